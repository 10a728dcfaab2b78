/* SPDX-License-Identifier: MIT
 *
 * Data sets over HTTP. An upload goes to disk as it arrives, is read once on
 * the pool, so that what is kept can be used, and gets its name on the loop. */
#include "store/datasets.h"

#include <stdlib.h>
#include <string.h>

#include "handlers/admission.h"
#include "handlers/app.h"
#include "handlers/blob_body.h"
#include "handlers/dataset_json.h"
#include "handlers/handlers.h"
#include "handlers/train_query.h"

enum { MAGIC_BYTES = 16 };

/* --- uploading ------------------------------------------------------------ */

/* By its type, or by its first bytes (RFC 9110, section 8.3). */
static const struct media {
    const char *type;
    bool sniff;
    mlp_file_format format;
} media[] = {
    {"text/csv", false, MLP_FILE_CSV},
    {"application/x-ndjson", false, MLP_FILE_NDJSON},
    {"application/x-npy", false, MLP_FILE_NPY},
    {"application/octet-stream", true, MLP_FILE_CSV},
    {"application/gzip", true, MLP_FILE_CSV},
};

/* No type at all, as curl -T sends it, is a stream of bytes. */
static const struct media *find_media(const struct http_request *request)
{
    static const struct media any = {NULL, true, MLP_FILE_CSV};

    if (request_header(request, "Content-Type") == NULL)
        return &any;
    for (size_t i = 0; i < sizeof media / sizeof *media; i++)
        if (request_has_type(request, media[i].type))
            return &media[i];
    return NULL;
}

static void check_name(const char *name, struct problem *problem)
{
    if (!name_is_valid(name))
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "a data set's name: expected " NAME_RULE ", got '%.64s'",
                    name);
}

struct http_body *dataset_open_body(struct http_request *request,
                                    struct problem *problem)
{
    struct app *app = request_app(request);

    check_name(request_segment(request, "dataset"), problem);
    if (find_media(request) == NULL)
        problem_set(problem, PROBLEM_UNSUPPORTED_MEDIA, NULL,
                    "expected Content-Type text/csv, application/x-ndjson, "
                    "application/x-npy or application/octet-stream (CSV, "
                    "NDJSON, NPY or IDX, gzip or not), or none, as curl -T "
                    "FILE sends it");
    if (problem_is_set(problem))
        return NULL;
    struct http_body *file =
        blob_body_create(request, datasets_folder(app->datasets),
                         app->limits.file_max_bytes, problem);
    struct http_body *body = file != NULL ? body_gunzip(file, true) : NULL;
    if (body == NULL && !problem_is_set(problem))
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    return body;
}

/* One upload on its way: loop → pool → loop. */
struct upload {
    struct http_request *request;
    struct blob *blob;
    uint64_t reading_bytes; /* admitted to read it */
    const struct media *media;
    mlp_read_options options;
    mlp_file_format format;
    char *description;
    char sha256[BLOB_SHA256_TEXT];
    struct problem problem;
};

static void upload_destroy(struct upload *upload)
{
    admission_end_reading(request_app(upload->request), &upload->reading_bytes);
    blob_abort(upload->blob);
    free(upload->description);
    free(upload);
}

static void fail_upload(struct upload *upload)
{
    struct http_request *request = upload->request;
    struct problem problem = upload->problem;

    upload_destroy(upload);
    request_fail(request, &problem);
}

static mlp_file_format find_format(const struct upload *upload, FILE *file)
{
    unsigned char magic[MAGIC_BYTES];

    if (!upload->media->sniff)
        return upload->media->format;
    return mlp_file_format_sniff(magic, fread(magic, 1, sizeof magic, file));
}

static void describe(struct upload *upload, FILE *file)
{
    mlp_table *table;
    mlp_error err;

    upload->format = find_format(upload, file);
    if (mlp_table_read_file(file, upload->format, &upload->options, &table,
                            &err) != MLP_OK) {
        problem_from_error(&upload->problem, NULL, &err);
        return;
    }
    upload->description = dataset_describe(table, &upload->options);
    mlp_table_destroy(table);
    if (upload->description == NULL)
        problem_from_error(&upload->problem, NULL,
                           &(mlp_error){.status = MLP_NOMEM});
}

/* Threads: pool. */
static void read_upload(void *argument)
{
    struct upload *upload = argument;
    mlp_error err;
    FILE *file = blob_open(upload->blob, &err);

    if (file != NULL) {
        describe(upload, file);
        fclose(file);
    }
    if (!problem_is_set(&upload->problem) &&
        (file == NULL ||
         blob_sync(upload->blob, upload->sha256, &err) != MLP_OK))
        problem_from_error(&upload->problem, NULL, &err);
}

/* Threads: loop. */
static void keep_upload(void *argument)
{
    struct upload *upload = argument;
    struct http_request *request = upload->request;
    struct app *app = request_app(request);
    const char *name = request_segment(request, "dataset");
    struct dataset_view view;
    bool replaced = datasets_get(app->datasets, name, &view);
    mlp_error err;

    if (!problem_is_set(&upload->problem)) {
        struct blob *blob = upload->blob;
        upload->blob = NULL;
        if (datasets_put(app->datasets, name, upload->format, blob,
                         upload->sha256, upload->description, &err) != MLP_OK)
            problem_from_error(&upload->problem, NULL, &err);
    }
    if (problem_is_set(&upload->problem) ||
        !datasets_get(app->datasets, name, &view)) {
        fail_upload(upload);
        return;
    }
    upload_destroy(upload);
    request_reply(request, reply_header(reply_json(replaced ? 200 : 201,
                                                   dataset_json(&view)),
                                        "Location", "/datasets/%s", name));
}

void dataset_put(struct http_request *request)
{
    struct app *app = request_app(request);
    struct http_body *body = request_body(request);
    mlp_error err = {.status = MLP_NOMEM, .text = "out of memory"};
    struct problem problem = {0};
    struct upload *upload = calloc(1, sizeof *upload);

    if (upload == NULL)
        problem_from_error(&problem, NULL, &err);
    else if (body == NULL)
        problem_set(&problem, PROBLEM_MALFORMED, NULL,
                    "the body is missing: the data is due");
    if (upload == NULL || body == NULL) {
        free(upload);
        request_fail(request, &problem);
        return;
    }
    upload->request = request;
    upload->media = find_media(request);
    upload->blob = blob_body_take(body);
    upload->options.max_cells = app->limits.max_cells;
    train_query_csv(request, &upload->options, &upload->problem);
    if (!problem_is_set(&upload->problem) &&
        admit_reading(app, blob_size(upload->blob), &upload->reading_bytes,
                      &upload->problem)) {
        /* From here on the upload is the pool's. */
        if (loop_work(app->loop, read_upload, keep_upload, upload, &err) ==
            MLP_OK)
            return;
        problem_from_error(&upload->problem, NULL, &err);
    }
    fail_upload(upload);
}

/* --- asking --------------------------------------------------------------- */

static void refuse_unknown(struct http_request *request)
{
    struct problem problem = {0};

    problem_set(&problem, PROBLEM_NOT_FOUND, NULL, "there is no data set '%s'",
                request_segment(request, "dataset"));
    request_fail(request, &problem);
}

static void list_one(void *context, const struct dataset_view *view)
{
    json_array_append_new(context, dataset_json(view));
}

void dataset_list(struct http_request *request)
{
    struct app *app = request_app(request);
    json_t *list = json_array();

    datasets_each(app->datasets, list_one, list);
    request_reply(request,
                  reply_json(200, json_pack("{s:o}", "datasets", list)));
}

void dataset_get(struct http_request *request)
{
    struct app *app = request_app(request);
    struct dataset_view view;

    if (datasets_get(app->datasets, request_segment(request, "dataset"), &view))
        request_reply(request, reply_json(200, dataset_json(&view)));
    else
        refuse_unknown(request);
}

void dataset_delete(struct http_request *request)
{
    struct app *app = request_app(request);
    const char *name = request_segment(request, "dataset");
    struct problem problem = {0};
    mlp_error err;
    mlp_status status = datasets_remove(app->datasets, name, &err);

    if (status == MLP_INVALID) {
        refuse_unknown(request);
    } else if (status == MLP_OK) {
        request_reply(request, reply_empty(204));
    } else {
        problem_from_error(&problem, NULL, &err);
        request_fail(request, &problem);
    }
}
