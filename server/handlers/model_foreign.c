/* SPDX-License-Identifier: MIT */
#include "handlers/model_foreign.h"

#include <stdlib.h>
#include <string.h>

#include "http/request.h"

/* Copies of a file's numbers that are there at once: its bytes, its parts, the
 * layers in double and the model; arrays may be packed. Of the smallest, too,
 * layers that it did not bring (core/import/layers.c), or all that may be
 * unpacked of it (core/npz/npz.c). */
enum { COPIES_OF_ONNX = 5, COPIES_OF_NPZ = 10, LEAST_BYTES = 8 << 20 };

/* --- formats
 * ----------------------------------------------------------------- */

static mlp_status read_onnx(const void *bytes,
                            size_t length,
                            const struct model_foreign_query *query,
                            mlp_model **out,
                            mlp_error *err)
{
    const mlp_onnx_options options = {
        query->options.task, query->options.labels, query->options.n_labels};
    return mlp_model_read_onnx(bytes, length, &options, out, err);
}

static mlp_status read_npz(const void *bytes,
                           size_t length,
                           const struct model_foreign_query *query,
                           mlp_model **out,
                           mlp_error *err)
{
    return mlp_model_read_npz(bytes, length, &query->options, out, err);
}

static mlp_status read_own(const void *bytes,
                           size_t length,
                           const struct model_foreign_query *query,
                           mlp_model **out,
                           mlp_error *err)
{
    (void)query;
    return mlp_model_read(bytes, length, out, err);
}

static const struct {
    const char *name, *type;
    uint64_t copies, least;
    mlp_status (*read)(const void *bytes,
                       size_t length,
                       const struct model_foreign_query *query,
                       mlp_model **out,
                       mlp_error *err);
} formats[] = {
    [MODEL_OWN] = {"a model file", "application/octet-stream", 1, 0, read_own},
    [MODEL_ONNX] = {"an ONNX file", "application/onnx", COPIES_OF_ONNX,
                    LEAST_BYTES, read_onnx},
    [MODEL_NPZ] = {"an NPZ file", "application/x-npz", COPIES_OF_NPZ,
                   LEAST_BYTES, read_npz},
};

bool model_foreign_type(const struct http_request *request,
                        enum model_format *format)
{
    *format = MODEL_OWN;
    if (request_header(request, "Content-Type") == NULL)
        return true;
    for (int i = MODEL_OWN; i <= MODEL_NPZ; i++)
        if (request_has_type(request, formats[i].type)) {
            *format = (enum model_format)i;
            return true;
        }
    return false;
}

/* A model file is the length of its header in 8 bytes, then '{'; ONNX begins
 * with field 1, a number: its version; a ZIP archive with its first member, or
 * with its end. */
enum model_format model_foreign_sniff(const char *bytes, size_t length)
{
    enum { HEADER_LENGTH_BYTES = 8, FIELD_1 = 0x08 };
    if (length > HEADER_LENGTH_BYTES && bytes[HEADER_LENGTH_BYTES] == '{')
        return MODEL_OWN;
    if (length >= 4 &&
        (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0))
        return MODEL_NPZ;
    return length > 0 && bytes[0] == FIELD_1 ? MODEL_ONNX : MODEL_OWN;
}

uint64_t model_foreign_bytes(enum model_format format, uint64_t size)
{
    return formats[format].copies * size + formats[format].least;
}

/* --- the query --------------------------------------------------------------
 */

typedef bool parameter_read(const char *text,
                            struct model_foreign_query *out,
                            struct problem *problem);

static bool
read_task(const char *text, struct model_foreign_query *out, struct problem *p)
{
    if (mlp_task_parse(text, &out->options.task))
        return true;
    problem_set(p, PROBLEM_INVALID, NULL,
                "task: expected auto, classification, regression or "
                "multilabel, got '%.32s'",
                text);
    return false;
}

static bool read_output(const char *text,
                        struct model_foreign_query *out,
                        struct problem *p)
{
    if (mlp_output_parse(text, &out->options.output))
        return true;
    problem_set(p, PROBLEM_INVALID, NULL,
                "output: expected auto, softmax, sigmoid or identity, got "
                "'%.32s'",
                text);
    return false;
}

/* One, or one each hidden layer. */
static bool read_activation(const char *text,
                            struct model_foreign_query *out,
                            struct problem *p)
{
    char name[32];
    size_t n = 0;
    for (bool more = true; more; n++) {
        size_t length = strcspn(text, ",");
        more = text[length] == ',';
        if (n == MLP_MAX_LAYERS) {
            problem_set(p, PROBLEM_INVALID, NULL,
                        "activation: expected at most %d of them",
                        MLP_MAX_LAYERS);
            return false;
        }
        if (length < sizeof name) {
            memcpy(name, text, length);
            name[length] = '\0';
        }
        if (length >= sizeof name ||
            !mlp_activation_parse(name, &out->activations[n])) {
            problem_set(p, PROBLEM_INVALID, NULL,
                        "activation: expected the name of one, such as relu or "
                        "tanh, or one for each hidden layer, got '%.*s'",
                        (int)(length < 32 ? length : 32), text);
            return false;
        }
        text += length + more;
    }
    out->options.activations = out->activations;
    out->options.n_activations = n;
    return true;
}

/* Split at commas. */
static bool read_list(const char *text,
                      struct model_foreign_query *out,
                      size_t which,
                      size_t *n,
                      struct problem *problem)
{
    *n = 1;
    for (const char *c = text; *c != '\0'; c++)
        *n += *c == ',';
    char **list = out->lists[which] = calloc(*n, sizeof *list);
    char *rest = out->texts[which] = strdup(text);
    if (list == NULL || rest == NULL) {
        problem_set(problem, PROBLEM_OVERLOADED, NULL, "out of memory");
        return false;
    }
    for (size_t i = 0; i < *n; i++)
        list[i] = strsep(&rest, ",");
    return true;
}

static bool read_labels(const char *text,
                        struct model_foreign_query *out,
                        struct problem *p)
{
    bool read = read_list(text, out, 0, &out->options.n_labels, p);
    out->options.labels = (const char *const *)out->lists[0];
    return read;
}

static bool read_target(const char *text,
                        struct model_foreign_query *out,
                        struct problem *p)
{
    bool read = read_list(text, out, 1, &out->options.n_targets, p);
    out->options.targets = (const char *const *)out->lists[1];
    return read;
}

static bool read_inputs(const char *text,
                        struct model_foreign_query *out,
                        struct problem *p)
{
    bool read = read_list(text, out, 2, &out->options.n_features, p);
    out->options.features = (const char *const *)out->lists[2];
    return read;
}

/* Which of them a format leaves open. */
static const struct {
    const char *name;
    parameter_read *read;
    bool of[MODEL_NPZ + 1];
} parameters[] = {
    {"task", read_task, {[MODEL_ONNX] = true, [MODEL_NPZ] = true}},
    {"labels", read_labels, {[MODEL_ONNX] = true, [MODEL_NPZ] = true}},
    {"output", read_output, {[MODEL_NPZ] = true}},
    {"activation", read_activation, {[MODEL_NPZ] = true}},
    {"target", read_target, {[MODEL_NPZ] = true}},
    {"inputs", read_inputs, {[MODEL_NPZ] = true}},
};
enum { N_PARAMETERS = sizeof parameters / sizeof *parameters };

bool model_foreign_query_read(const struct http_request *request,
                              enum model_format format,
                              struct model_foreign_query *out,
                              struct problem *problem)
{
    *out = (struct model_foreign_query){.options = {.output = MLP_OUTPUT_AUTO}};
    for (size_t i = 0; i < N_PARAMETERS; i++) {
        const char *text = request_query(request, parameters[i].name);
        if (text == NULL)
            continue;
        if (!parameters[i].of[format]) {
            problem_set(problem, PROBLEM_INVALID, NULL,
                        "%s: %s has its own; it is said of %s",
                        parameters[i].name, formats[format].name,
                        parameters[i].of[MODEL_ONNX]
                            ? "ONNX files and of NumPy's arrays"
                            : "NumPy's arrays");
            return false;
        }
        if (!parameters[i].read(text, out, problem))
            return false;
    }
    return true;
}

void model_foreign_query_free(struct model_foreign_query *query)
{
    for (size_t i = 0; i < 3; i++) {
        free(query->lists[i]);
        free(query->texts[i]);
    }
    *query = (struct model_foreign_query){0};
}

/* --- the file
 * ----------------------------------------------------------------- */

mlp_status model_foreign_convert(const char *bytes,
                                 size_t length,
                                 enum model_format format,
                                 const struct model_foreign_query *query,
                                 const char *folder,
                                 struct blob **blob,
                                 mlp_model **out,
                                 mlp_error *err)
{
    struct blob *own = NULL;
    mlp_status status = formats[format].read(bytes, length, query, out, err);
    if (status != MLP_OK || format == MODEL_OWN)
        return status;
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
