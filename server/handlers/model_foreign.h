/* SPDX-License-Identifier: MIT
 *
 * A file of another format that was sent in place of a model file: ONNX, or
 * NumPy's arrays. What the query says of it, and the model file that it
 * becomes. */
#ifndef MLPD_MODEL_FOREIGN_H
#define MLPD_MODEL_FOREIGN_H

#include <stdbool.h>

#include "handlers/app.h"
#include "mlp/npz.h"
#include "mlp/onnx.h"
#include "store/blob.h"

enum model_format { MODEL_OWN, MODEL_ONNX, MODEL_NPZ };

/* By the body's type. A body without one, or application/octet-stream, may be
 * any (MODEL_OWN): then its first bytes tell. False: another type. */
bool model_foreign_type(const struct http_request *request,
                        enum model_format *format);
enum model_format model_foreign_sniff(const char *bytes, size_t length);

/* Memory that reading a file of so many bytes takes, all copies of its numbers
 * together. */
uint64_t model_foreign_bytes(enum model_format format, uint64_t size);

/* ?task=, ?labels=a,b,c and of arrays what they do not tell. */
struct model_foreign_query {
    mlp_npz_options options; /* of ONNX task and labels alone */
    mlp_activation activations[MLP_MAX_LAYERS];
    char **lists[3]; /* labels, target and inputs … */
    char *texts[3];  /* … and their bytes */
};

/* What is said must be open in that format. False with a problem.
 * Owner:   the caller's storage; model_foreign_query_free(), also then.
 * Threads: any. */
bool model_foreign_query_read(const struct http_request *request,
                              enum model_format format,
                              struct model_foreign_query *out,
                              struct problem *problem);
void model_foreign_query_free(struct model_foreign_query *query);

/* Read the model, write it as a model file in `folder`, which must outlive the
 * blob, and put that in place of *blob. On an error *blob is as it was.
 * Threads: pool. */
mlp_status model_foreign_convert(const char *bytes,
                                 size_t length,
                                 enum model_format format,
                                 const struct model_foreign_query *query,
                                 const char *folder,
                                 struct blob **blob,
                                 mlp_model **out,
                                 mlp_error *err);

#endif
