/* SPDX-License-Identifier: MIT */
#include "handlers/model_onnx.h"

#include <stdlib.h>
#include <string.h>

#include "http/request.h"

static const char onnx_type[] = "application/onnx";

bool model_onnx_is_sent(const struct http_request *request)
{
    return request_has_type(request, onnx_type);
}

/* A model file is the length of its header in 8 bytes, then '{'; ONNX begins
 * with field 1, a number: its version. */
bool model_onnx_sniff(const char *bytes, size_t length)
{
    enum { HEADER_LENGTH_BYTES = 8, FIELD_1 = 0x08 };
    bool own =
        length > HEADER_LENGTH_BYTES && bytes[HEADER_LENGTH_BYTES] == '{';
    return length > 0 && bytes[0] == FIELD_1 && !own;
}

/* --- the query --------------------------------------------------------------
 */

static bool read_task(const struct http_request *request,
                      struct model_onnx_query *out,
                      struct problem *problem)
{
    const char *task = request_query(request, "task");
    if (task == NULL || mlp_task_parse(task, &out->options.task))
        return true;
    problem_set(problem, PROBLEM_INVALID, NULL,
                "task: expected auto, classification, regression or "
                "multilabel, got '%.32s'",
                task);
    return false;
}

/* Split at commas, in place. */
static bool read_labels(const struct http_request *request,
                        struct model_onnx_query *out,
                        struct problem *problem)
{
    const char *labels = request_query(request, "labels");
    size_t n = 1;
    if (labels == NULL)
        return true;
    for (const char *c = labels; *c != '\0'; c++)
        n += *c == ',';
    char **list = out->list = calloc(n, sizeof *list);
    out->text = strdup(labels);
    if (list == NULL || out->text == NULL) {
        problem_set(problem, PROBLEM_OVERLOADED, NULL, "out of memory");
        return false;
    }
    char *rest = out->text;
    for (size_t i = 0; i < n; i++)
        list[i] = strsep(&rest, ",");
    out->options.labels = (const char *const *)list;
    out->options.n_labels = n;
    return true;
}

bool model_onnx_query_read(const struct http_request *request,
                           struct model_onnx_query *out,
                           struct problem *problem)
{
    *out = (struct model_onnx_query){0};
    return read_task(request, out, problem) &&
           read_labels(request, out, problem);
}

void model_onnx_query_free(struct model_onnx_query *query)
{
    free(query->list);
    free(query->text);
    *query = (struct model_onnx_query){0};
}

/* --- the file
 * ----------------------------------------------------------------- */

mlp_status model_onnx_convert(const char *bytes,
                              size_t length,
                              const struct model_onnx_query *query,
                              const char *folder,
                              struct blob **blob,
                              mlp_model **out,
                              mlp_error *err)
{
    struct blob *own = NULL;
    mlp_status status =
        mlp_model_read_onnx(bytes, length, &query->options, out, err);
    if (status == MLP_OK)
        status = blob_create(folder, &own, err);
    if (status == MLP_OK)
        status = mlp_model_write(*out, blob_sink(own), err);
    if (status != MLP_OK) {
        blob_abort(own);
        return status;
    }
    blob_abort(*blob);
    *blob = own;
    return MLP_OK;
}
