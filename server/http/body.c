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

static bool is_beyond(const struct http_body *body, uint64_t n_bytes)
{
    const struct budget *budget = body->share.budget;
    return budget != NULL && budget->max_bytes != 0 &&
           n_bytes > budget->max_bytes;
}

static void refuse_size(const struct http_body *body,
                        uint64_t n_bytes,
                        struct problem *problem)
{
    problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                "the body has %" PRIu64 " bytes or more, all bodies and "
                "answers together may have %" PRIu64,
                n_bytes, body->share.budget->max_bytes);
}

/* Take what it holds by now. */
static void charge(struct http_body *body, struct problem *problem)
{
    const struct budget *budget = body->share.budget;
    if (budget_raise(&body->share, body->n_held))
        return;
    if (is_beyond(body, body->n_held)) {
        problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                    "the body takes %" PRIu64 " bytes of memory or more, all "
                    "bodies and answers together may have %" PRIu64,
                    body->n_held, budget->max_bytes);
        return;
    }
    problem->retry_after_s = RETRY_S;
    problem_set(problem, PROBLEM_OVERLOADED, NULL,
                "there is no room for %" PRIu64 " bytes more: the bodies and "
                "answers of all requests may have %" PRIu64
                ", and have %" PRIu64,
                body->n_held - body->share.n_bytes, budget->max_bytes,
                atomic_load(&budget->n_bytes));
}

void body_charge(struct http_body *body,
                 struct budget *budget,
                 uint64_t n_bytes,
                 struct problem *problem)
{
    struct http_body *inner = body_inner(body);
    if (!inner->stored) {
        inner->share.budget = budget;
        if (is_beyond(inner, n_bytes))
            refuse_size(inner, n_bytes, problem);
        charge(inner, problem);
    }
    if (inner != body) { /* who unpacks takes memory, too */
        body->share.budget = budget;
        charge(body, problem);
    }
}

/* --- any body ------------------------------------------------------------- */

void body_write(struct http_body *body,
                const char *bytes,
                size_t n,
                struct problem *problem)
{
    if (n == 0 || problem_is_set(problem))
        return;
    /* What is within the limit is judged first, however the body is cut. */
    uint64_t room = body->max_bytes - body->n_bytes;
    bool too_large = body->max_bytes != 0 && n > room;
    if (too_large)
        n = (size_t)room;
    body->n_bytes += n;
    if (body_inner(body) == body && is_beyond(body, body->n_bytes))
        refuse_size(body, body->n_bytes, problem);
    else if (n > 0)
        body->ops->write(body, bytes, n, problem);
    if (too_large)
        problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                    "the body is larger than the %" PRIu64
                    " bytes that are accepted here",
                    body->max_bytes);
    if (!problem_is_set(problem))
        charge(body, problem);
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
    struct budget_share share = body->share;
    body->ops->destroy(body);
    budget_return(&share); /* when it has gone */
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
    base->n_held = body->bytes.length;
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
