/* SPDX-License-Identifier: MIT
 *
 * What all bodies share, the limit above all, and the one in memory. */
#include "http/body.h"

#include <inttypes.h>
#include <stdlib.h>

void body_write(struct http_body *body,
                const char *bytes,
                size_t n,
                struct problem *problem)
{
    if (n == 0 || problem_is_set(problem))
        return;
    body->n_bytes += n;
    if (body->max_bytes != 0 && body->n_bytes > body->max_bytes)
        problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                    "the body is larger than the %" PRIu64
                    " bytes that are accepted here",
                    body->max_bytes);
    else
        body->ops->write(body, bytes, n, problem);
}

void body_finish(struct http_body *body, struct problem *problem)
{
    if (!problem_is_set(problem))
        body->ops->finish(body, problem);
}

void body_destroy(struct http_body *body)
{
    if (body != NULL)
        body->ops->destroy(body);
}

struct memory_body {
    struct http_body base;
    mlp_buffer bytes;
};

static void memory_write(struct http_body *base,
                         const char *bytes,
                         size_t n,
                         struct problem *problem)
{
    struct memory_body *body = (struct memory_body *)base;
    mlp_buffer_append(&body->bytes, bytes, n);
    if (body->bytes.status != MLP_OK)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
}

static void memory_finish(struct http_body *body, struct problem *problem)
{
    (void)body;
    (void)problem;
}

static void memory_destroy(struct http_body *base)
{
    struct memory_body *body = (struct memory_body *)base;
    mlp_buffer_free(&body->bytes);
    free(body);
}

struct http_body *body_memory(size_t max_bytes)
{
    static const struct http_body_ops ops = {memory_write, memory_finish,
                                             memory_destroy};
    struct memory_body *body = malloc(sizeof *body);
    if (body == NULL)
        return NULL;
    body->base = (struct http_body){.ops = &ops, .max_bytes = max_bytes};
    mlp_buffer_init(&body->bytes, max_bytes != 0 ? max_bytes : SIZE_MAX);
    return &body->base;
}

const char *body_memory_bytes(const struct http_body *base, size_t *length)
{
    const struct memory_body *body = (const struct memory_body *)base;
    *length = body->bytes.length;
    return body->bytes.data != NULL ? body->bytes.data : "";
}
