/* SPDX-License-Identifier: MIT
 *
 * PUT /models/NAME: a model file becomes the next version. It goes to disk as
 * it arrives, is checked on the pool, and is published on the loop. One of
 * another format is made a model file on the pool. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/admission.h"
#include "handlers/app.h"
#include "handlers/author.h"
#include "handlers/blob_body.h"
#include "handlers/handlers.h"
#include "handlers/model_foreign.h"
#include "handlers/model_json.h"
#include "handlers/model_lookup.h"

/* Beyond its parameters a file has names, labels and a training record. */
enum { HEADER_MAX_BYTES = 64 << 20 };

/* No parameter has more than 4 bytes. */
static uint64_t file_max_bytes(const struct app_limits *limits)
{
    uint64_t max = (uint64_t)limits->max_parameters * 4 + HEADER_MAX_BYTES;
    return max < limits->file_max_bytes ? max : limits->file_max_bytes;
}

struct http_body *model_open_body(struct http_request *request,
                                  struct problem *problem)
{
    struct app *app = request_app(request);
    const char *name = request_segment(request, "model");
    mlp_error err;
    char *folder = NULL;
    enum model_format format;
    if (!model_foreign_type(request, &format)) {
        problem_set(problem, PROBLEM_UNSUPPORTED_MEDIA, NULL,
                    "a model file is application/octet-stream, "
                    "application/onnx or application/x-npz");
        return NULL;
    }
    if (!model_check_name(name, problem))
        return NULL;
    if (registry_folder(app->registry, name, &folder, &err) != MLP_OK) {
        problem_from_error(problem, NULL, &err);
        return NULL;
    }
    struct http_body *body = blob_body_create(
        request, folder, file_max_bytes(&app->limits), problem);
    free(folder);
    return body;
}

/* One import on its way: loop → pool → loop. */
struct import {
    struct http_request *request;
    struct blob *blob;
    uint64_t reading_bytes; /* admitted to read it */
    enum model_format format;
    struct model_foreign_query query;
    char *folder; /* the model's, which the blob is in */
    char sha256[BLOB_SHA256_TEXT];
    mlp_model *model;
    struct problem problem;
};

static void import_destroy(struct import *import)
{
    admission_end_reading(request_app(import->request), &import->reading_bytes);
    mlp_model_destroy(import->model);
    blob_abort(import->blob);
    model_foreign_query_free(&import->query);
    free(import->folder);
    free(import);
}

static void fail_import(struct import *import)
{
    struct http_request *request = import->request;
    struct problem problem = import->problem;
    import_destroy(import);
    request_fail(request, &problem);
}

/* All bytes of the file; free() them. */
static char *read_back(struct import *import, size_t *length)
{
    uint64_t size = blob_size(import->blob);
    mlp_error err = {.status = MLP_NOMEM, .text = "out of memory"};
    char *bytes = malloc(size + 1);
    FILE *file = bytes == NULL ? NULL : blob_open(import->blob, &err);
    if (file != NULL) {
        *length = fread(bytes, 1, size, file);
        (void)fclose(file);
        if (*length == size)
            return bytes;
        (void)mlp_fail(&err, MLP_IO, "the file could not be read back");
    }
    problem_from_error(&import->problem, NULL, &err);
    free(bytes);
    return NULL;
}

/* One that could not be in memory would never answer. */
static void check_memory(struct import *import)
{
    struct app *app = request_app(import->request);
    uint64_t size = blob_size(import->blob);
    uint64_t max = registry_max_bytes(app->registry);
    if (max != 0 && size > max)
        problem_set(&import->problem, PROBLEM_MEMORY, NULL,
                    "the model takes %" PRIu64 " bytes of memory, %" PRIu64
                    " are there for all models that answer",
                    size, max);
}

static void check_size(struct import *import)
{
    struct app *app = request_app(import->request);
    size_t n_weights = 0;
    size_t n_biases = 0;
    mlp_model_count(import->model, &n_weights, &n_biases);
    if (n_weights + n_biases <= app->limits.max_parameters) {
        check_memory(import);
        return;
    }
    problem_set(&import->problem, PROBLEM_TOO_LARGE, NULL,
                "the model has %zu parameters, at most %zu are allowed",
                n_weights + n_biases, app->limits.max_parameters);
}

/* Threads: pool. */
static void check_file(void *argument)
{
    struct import *import = argument;
    mlp_error err;
    size_t length = 0;
    char *bytes = read_back(import, &length);
    if (bytes == NULL)
        return;
    if (model_foreign_convert(bytes, length, import->format, &import->query,
                              import->folder, &import->blob, &import->model,
                              &err) != MLP_OK ||
        blob_sync(import->blob, import->sha256, &err) != MLP_OK)
        problem_from_error(&import->problem, NULL, &err);
    else
        check_size(import);
    free(bytes);
}

static struct http_reply *
created(struct app *app, const char *name, uint32_t version)
{
    /* It is the latest. By its number it would be kept in memory. */
    struct live_model *live = registry_borrow(app->registry, name, 0, NULL);
    json_t *json = live == NULL ? NULL : model_version_json(live);
    if (live != NULL)
        registry_release(app->registry, live);
    return reply_header(reply_json(201, json), "Location",
                        "/models/%s/versions/%" PRIu32, name, version);
}

/* The version is taken, and the hash known, before the file gets its name. */
static mlp_status reserve(struct http_request *request,
                          struct catalog_model_file *file,
                          mlp_error *err)
{
    struct app *app = request_app(request);
    const struct audit_author author = author_of(request);
    mlp_status status = catalog_begin(app->catalog, err);

    if (status != MLP_OK)
        return status;
    status = catalog_reserve_version(
        app->catalog, file, registry_highest(app->registry, file->model), err);
    const struct catalog_audit audit = {.model = file->model,
                                        .version = file->version};
    if (status == MLP_OK)
        status = catalog_put_audit_once(app->catalog, AUDIT_IMPORT, &author,
                                        &audit, err);
    return catalog_end(app->catalog, status, err);
}

/* Threads: loop. */
static void publish(void *argument)
{
    struct import *import = argument;
    struct http_request *request = import->request;
    struct app *app = request_app(request);
    const char *name = request_segment(request, "model");
    struct catalog_model_file file = {.model = name,
                                      .sha256 = import->sha256,
                                      .size = blob_size(import->blob)};
    mlp_error err;
    if (!problem_is_set(&import->problem) &&
        (reserve(request, &file, &err) != MLP_OK ||
         registry_publish(app->registry, name, file.version, import->blob,
                          import->sha256, import->model, &err) != MLP_OK))
        problem_from_error(&import->problem, NULL, &err);
    if (problem_is_set(&import->problem)) {
        if (file.version != 0) /* else the next start finds out */
            (void)catalog_withdraw_model_file(app->catalog, name, file.version,
                                              NULL);
        fail_import(import);
        return;
    }
    import->blob = NULL;
    import->model = NULL;
    import_destroy(import);
    request_reply(request, created(app, name, file.version));
}

static enum model_format sniff(struct blob *blob)
{
    char head[16];
    FILE *file = blob_open(blob, NULL);
    size_t n = file != NULL ? fread(head, 1, sizeof head, file) : 0;
    if (file != NULL)
        (void)fclose(file);
    return model_foreign_sniff(head, n);
}

/* What the query says, and memory for the file. False with a problem. */
static bool prepare(struct import *import)
{
    struct http_request *request = import->request;
    struct app *app = request_app(request);
    mlp_error err;
    if (!model_foreign_type(request, &import->format) ||
        import->format == MODEL_OWN)
        import->format = sniff(import->blob);
    if (!model_foreign_query_read(request, import->format, &import->query,
                                  &import->problem))
        return false;
    if (registry_folder(app->registry, request_segment(request, "model"),
                        &import->folder, &err) != MLP_OK) {
        problem_from_error(&import->problem, NULL, &err);
        return false;
    }
    return admit_reading(
        app, model_foreign_bytes(import->format, blob_size(import->blob)),
        &import->reading_bytes, &import->problem);
}

void model_put(struct http_request *request)
{
    struct app *app = request_app(request);
    struct http_body *body = request_body(request);
    struct problem problem = {0};
    mlp_error err = {.status = MLP_NOMEM, .text = "out of memory"};
    struct import *import = calloc(1, sizeof *import);
    if (import == NULL || body == NULL) {
        free(import);
        if (body == NULL)
            problem_set(&problem, PROBLEM_MALFORMED, NULL,
                        "the body is missing: a model file is due");
        else
            problem_from_error(&problem, NULL, &err);
        request_fail(request, &problem);
        return;
    }
    import->request = request;
    import->blob = blob_body_take(body);
    if (prepare(import)) {
        /* From here on the import is the pool's. */
        if (loop_work(app->loop, check_file, publish, import, &err) == MLP_OK)
            return;
        problem_from_error(&import->problem, NULL, &err);
    }
    fail_import(import);
}
