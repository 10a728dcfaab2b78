/* SPDX-License-Identifier: MIT
 *
 * An ONNX file that was sent in place of a model file: what the query says of
 * it, and the model file that it becomes. */
#ifndef MLPD_MODEL_ONNX_H
#define MLPD_MODEL_ONNX_H

#include <stdbool.h>

#include "handlers/app.h"
#include "mlp/onnx.h"
#include "store/blob.h"

/* Is it sent as ONNX? A body without a type, or application/octet-stream, may
 * be either: then its first bytes tell. */
bool model_onnx_is_sent(const struct http_request *request);
bool model_onnx_sniff(const char *bytes, size_t length);

/* ?task= and ?labels=a,b,c. */
struct model_onnx_query {
    mlp_onnx_options options;
    char **list; /* the labels … */
    char *text;  /* … and their bytes */
};

/* False with a problem.  Owner: the caller's storage; model_onnx_query_free(),
 * also then.  Threads: any. */
bool model_onnx_query_read(const struct http_request *request,
                           struct model_onnx_query *out,
                           struct problem *problem);
void model_onnx_query_free(struct model_onnx_query *query);

/* Read the model, write it as a model file in `folder`, which must outlive the
 * blob, and put that in place of *blob. On an error *blob is as it was.
 * Threads: pool. */
mlp_status model_onnx_convert(const char *bytes,
                              size_t length,
                              const struct model_onnx_query *query,
                              const char *folder,
                              struct blob **blob,
                              mlp_model **out,
                              mlp_error *err);

#endif
