/* SPDX-License-Identifier: MIT */
#include "handlers/blob_body.h"

#include <stdlib.h>
#include <string.h>

#include "handlers/admission.h"

/* How much is written between two looks at the disk: no more than that is
 * taken from the reserve by an upload that does not say its length. */
enum { DISK_STEP_BYTES = 16 << 20 };

struct blob_body {
    struct http_body base;
    const struct app *app;
    struct blob *blob;
    char *folder;
    uint64_t checked_bytes; /* the disk has room for so many */
};

static void write_blob(struct http_body *body,
                       const char *bytes,
                       size_t n,
                       struct problem *problem)
{
    struct blob_body *self = (struct blob_body *)body;
    mlp_error err;
    if (body->n_bytes > self->checked_bytes) {
        if (!admit_to_disk(self->app, DISK_STEP_BYTES, problem))
            return;
        self->checked_bytes = body->n_bytes + DISK_STEP_BYTES;
    }
    if (blob_write(self->blob, bytes, n, &err) != MLP_OK)
        problem_from_error(problem, NULL, &err);
}

static void finish_blob(struct http_body *body, struct problem *problem)
{
    (void)body;
    (void)problem;
}

static void destroy_blob(struct http_body *body)
{
    struct blob_body *self = (struct blob_body *)body;
    blob_abort(self->blob);
    free(self->folder);
    free(self);
}

static const struct http_body_ops blob_ops = {
    .write = write_blob,
    .finish = finish_blob,
    .destroy = destroy_blob,
};

struct http_body *blob_body_create(const struct http_request *request,
                                   const char *folder,
                                   uint64_t max_bytes,
                                   struct problem *problem)
{
    mlp_error err = {.status = MLP_NOMEM, .text = "out of memory"};
    const struct app *app = request_app(request);
    uint64_t length = request_body_length(request);
    /* A longer one is a 413, which is nothing that a disk can help. */
    if (length <= max_bytes && !admit_to_disk(app, length, problem))
        return NULL;
    struct blob_body *self = calloc(1, sizeof *self);
    if (self == NULL || (self->folder = strdup(folder)) == NULL ||
        blob_create(self->folder, &self->blob, &err) != MLP_OK) {
        problem_from_error(problem, NULL, &err);
        if (self != NULL)
            destroy_blob(&self->base);
        return NULL;
    }
    self->base = (struct http_body){
        .ops = &blob_ops, .max_bytes = max_bytes, .stored = true};
    self->app = app;
    self->checked_bytes = length;
    return &self->base;
}

struct blob *blob_body_take(struct http_body *body)
{
    struct blob_body *self = (struct blob_body *)body;
    struct blob *blob = self->blob;
    self->blob = NULL;
    return blob;
}
