/* SPDX-License-Identifier: MIT
 *
 * What all bodies share, the limit above all, and the one in memory. */
#include "http/body.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

/* --- the budget ----------------------------------------------------------- */

/* When to come back: bodies are quick, unless their senders are slow. */
enum { RETRY_S = 2 };

static void refuse(struct http_body *body,
                   uint64_t n_bytes,
                   uint64_t n_taken,
                   struct problem *problem)
{
    uint64_t max = body->budget->max_bytes;
    if (body->n_reserved + n_bytes > max) {
        problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                    "the body has %" PRIu64 " bytes or more, all bodies "
                    "together may have %" PRIu64,
                    body->n_reserved + n_bytes, max);
        return;
    }
    problem->retry_after_s = RETRY_S;
    problem_set(problem, PROBLEM_OVERLOADED, NULL,
                "there is no room for %" PRIu64 " bytes more: the bodies of "
                "all requests may have %" PRIu64 ", and have %" PRIu64,
                n_bytes, max, n_taken);
}

static bool grow(struct http_body *body, uint64_t n_bytes, struct problem *out)
{
    struct body_budget *budget = body->budget;
    uint64_t taken = atomic_load(&budget->n_bytes);
    do {
        if (n_bytes > budget->max_bytes - taken) {
            refuse(body, n_bytes, taken, out);
            return false;
        }
    } while (!atomic_compare_exchange_weak(&budget->n_bytes, &taken,
                                           taken + n_bytes));
    body->n_reserved += n_bytes;
    return true;
}

void body_reserve(struct http_body *body,
                  struct body_budget *budget,
                  uint64_t n_bytes,
                  struct problem *problem)
{
    body = body_inner(body);
    if (budget->max_bytes == 0 || body->stored)
        return;
    body->budget = budget;
    (void)grow(body, n_bytes, problem);
}

/* n_bytes counts those that are about to be written. */
static bool make_room(struct http_body *body, struct problem *problem)
{
    return body->budget == NULL || body->n_bytes <= body->n_reserved ||
           grow(body, body->n_bytes - body->n_reserved, problem);
}

/* --- any body ------------------------------------------------------------- */

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
    else if (make_room(body, problem))
        body->ops->write(body, bytes, n, problem);
}

void body_finish(struct http_body *body, struct problem *problem)
{
    if (!problem_is_set(problem))
        body->ops->finish(body, problem);
}

void body_destroy(struct http_body *body)
{
    if (body == NULL)
        return;
    if (body->budget != NULL)
        atomic_fetch_sub(&body->budget->n_bytes, body->n_reserved);
    body->ops->destroy(body);
}

/* --- in memory ------------------------------------------------------------ */

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
