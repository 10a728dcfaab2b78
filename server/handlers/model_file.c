/* SPDX-License-Identifier: MIT
 *
 * GET …/versions/N/file: a model for others, as it lies on the disk, or made
 * into an ONNX file on the pool. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/admission.h"
#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/heavy.h"
#include "handlers/model_lookup.h"
#include "mlp/onnx.h"
#include "store/registry.h"

/* The same model has a tag in each format: that of its hash and this. */
static const char own_tag[] = "", onnx_tag[] = "-onnx";

/* Is it one of the tags in If-None-Match? */
static bool
has_tag(struct http_request *request, const char *sha256, const char *format)
{
    const char *tags = request_header(request, "If-None-Match");
    char tag[BLOB_SHA256_TEXT + 16];
    if (tags == NULL)
        return false;
    (void)snprintf(tag, sizeof tag, "\"%s%s\"", sha256, format);
    return strcmp(tags, "*") == 0 || strstr(tags, tag) != NULL;
}

static struct http_reply *name_it(struct http_reply *reply,
                                  const struct live_model *live,
                                  const char *extension)
{
    return reply_header(reply, "Content-Disposition",
                        "attachment; filename=\"%s-%" PRIu32 ".%s\"",
                        live->name, live->version, extension);
}

/* --- as it is ------------------------------------------------------------- */

static struct http_reply *file_reply(struct http_request *request,
                                     const struct live_model *live,
                                     struct problem *problem)
{
    struct app *app = request_app(request);
    struct http_reply *reply;
    if (has_tag(request, live->sha256, own_tag)) {
        reply = reply_empty(304);
    } else {
        mlp_error err;
        int fd;
        mlp_status status = registry_open_file(app->registry, live, &fd, &err);
        if (status == MLP_INVALID)
            problem_set(problem, PROBLEM_NOT_FOUND, NULL,
                        "the file of model '%s' version %" PRIu32 " is gone",
                        live->name, live->version);
        else if (status != MLP_OK)
            problem_from_error(problem, NULL, &err);
        if (status != MLP_OK)
            return NULL;
        reply = reply_file(200, "application/octet-stream", fd, live->size);
        reply = name_it(reply, live, "safetensors");
    }
    return reply_header(reply, "ETag", "\"%s\"", live->sha256);
}

/* Threads: pool. */
static void send_file(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct http_reply *reply = NULL;
    struct live_model *live = model_of_path(request, &problem);
    if (live != NULL) {
        reply = file_reply(request, live, &problem);
        registry_release(app->registry, live);
    }
    if (reply != NULL)
        request_reply(request, reply);
    else
        request_fail(request, &problem);
}

/* --- as ONNX ---------------------------------------------------------------
 */

/* One on its way: loop → pool → loop. */
struct export
{
    struct app *app;
    struct http_request *request;
    struct live_model *live;
    uint64_t reading_bytes; /* admitted to make it */
    mlp_buffer bytes;
    struct problem problem;
};

/* Threads: pool. */
static void make_onnx(void *argument)
{
    struct export *export = argument;
    const struct live_model *live = export->live;
    mlp_error err;
    if (mlp_model_write_onnx(live->model, live->name, live->version,
                             mlp_buffer_sink(&export->bytes), &err) != MLP_OK)
        problem_from_error(&export->problem, NULL, &err);
}

static struct http_reply *onnx_reply(struct export *export)
{
    const struct live_model *live = export->live;
    struct http_reply *reply =
        has_tag(export->request, live->sha256, onnx_tag)
            ? reply_empty(304)
            : name_it(reply_buffer(200, "application/onnx", &export->bytes),
                      live, "onnx");
    return reply_header(reply, "ETag", "\"%s%s\"", live->sha256, onnx_tag);
}

/* Threads: loop. */
static void send_onnx(void *argument)
{
    struct export *export = argument;
    if (export->live == NULL || problem_is_set(&export->problem))
        request_fail(export->request, &export->problem);
    else
        request_reply(export->request, onnx_reply(export));
    admission_end_reading(export->app, &export->reading_bytes);
    if (export->live != NULL)
        registry_release(export->app->registry, export->live);
    mlp_buffer_free(&export->bytes);
    free(export);
}

/* Its numbers in the graph, in the message and in the answer. */
enum { COPIES = 3 };

/* Threads: loop. */
static void begin_onnx(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    mlp_error err = {.status = MLP_NOMEM, .text = "out of memory"};
    struct export *export = calloc(1, sizeof *export);
    if (export == NULL) {
        problem_from_error(&problem, NULL, &err);
        request_fail(request, &problem);
        return;
    }
    export->app = app;
    export->request = request;
    mlp_buffer_init(&export->bytes, request_answer_max_bytes(request));
    export->live = model_of_path(request, &export->problem);
    bool work = export->live != NULL &&
                !has_tag(request, export->live->sha256, onnx_tag) &&
                admit_reading(app, COPIES * export->live->size,
                              &export->reading_bytes, &export->problem);
    if (work &&
        loop_work(app->loop, make_onnx, send_onnx, export, &err) == MLP_OK)
        return; /* the pool's from here on */
    if (work)
        problem_from_error(&export->problem, NULL, &err);
    send_onnx(export);
}

/* ---------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    bool onnx;
} formats[] = {{"safetensors", false}, {"onnx", true}};
enum { N_FORMATS = sizeof formats / sizeof *formats };

/* A file is read to its end before it is sent. */
void model_get_file(struct http_request *request)
{
    const char *format = request_query(request, "format");
    struct problem problem = {0};
    size_t i = 0;
    while (format != NULL && i < N_FORMATS &&
           strcmp(formats[i].name, format) != 0)
        i++;
    if (i == N_FORMATS) {
        problem_set(&problem, PROBLEM_INVALID, NULL,
                    "format: expected safetensors or onnx, got '%.32s'",
                    format);
        request_fail(request, &problem);
    } else if (formats[i].onnx) {
        request_move_to_loop(request, begin_onnx);
    } else {
        heavy_answer(request, send_file);
    }
}
