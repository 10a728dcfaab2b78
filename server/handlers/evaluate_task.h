/* SPDX-License-Identifier: MIT
 *
 * A request that brings rows whose answers are known, in any form that POST
 * /train takes data in, on its way:
 *
 *   loop: who sends what?  →  pool: read, predict, score  →  loop: answer */
#ifndef MLPD_EVALUATE_TASK_H
#define MLPD_EVALUATE_TASK_H

#include "handlers/app.h"
#include "handlers/model_lookup.h"
#include "handlers/train_source.h"
#include "mlp/evaluate.h"

enum { EVALUATE_VERSIONS = 2 };

struct evaluate_task {
    struct http_request *request;
    struct app *app;
    const char *model;
    struct model_at at[EVALUATE_VERSIONS]; /* as many as its route asks about */
    size_t limit;                          /* of what its route lists */
    struct train_source source;
    struct problem problem;
    mlp_buffer text; /* the answer, JSON */
    const struct evaluate_route *route;
    const char *pointer; /* where the rows are, for problems */
    bool entered;        /* heavy_leave() is due */
    uint64_t reading_bytes;
};

/* What a route makes of the rows. */
struct evaluate_route {
    /* Which versions, from path and query.  Threads: loop. */
    void (*read)(struct evaluate_task *task);
    /* Set the text, or a problem.  Threads: pool. */
    void (*answer)(struct evaluate_task *task);
};

/* From the handler of the route, in place of an answer.  Threads: loop. */
void evaluate_task_run(struct http_request *request,
                       const struct evaluate_route *route);

/* Score `live` on the rows, beside the baseline of its record; of `options`
 * `beside` and the visitor are taken. `name` is before what a problem says, if
 * not NULL. NULL with a problem.
 * Owner: caller; mlp_score_table_destroy().  Slow.  Threads: pool. */
mlp_score_table *evaluate_task_score(struct evaluate_task *task,
                                     const struct live_model *live,
                                     const mlp_table *table,
                                     const char *name,
                                     const mlp_evaluate_options *options);

#endif
