/* SPDX-License-Identifier: MIT
 *
 * POST /models/NAME/compare?a=3&b=production: the scores of two versions on the
 * rows that it brings, and how far both say the same of them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/agreement.h"
#include "handlers/compare_score.h"
#include "handlers/evaluate_table.h"
#include "handlers/evaluate_task.h"
#include "handlers/handlers.h"
#include "http/json.h"
#include "mlp/json.h"
#include "training/score_json.h"

/* Rows of the answer that tell where they differ. */
enum { CHANGED_ROWS = 100, CHANGED_ROWS_MAX = 10000 };

static const char *const sides[] = {[AGREEMENT_A] = "a", [AGREEMENT_B] = "b"};

struct comparison {
    struct evaluate_task *task;
    struct live_model *lives[2];
    mlp_table *table;
    mlp_score_table *scores[2];
    struct agreement *agreement;
};

static void no_memory(struct problem *problem)
{
    problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
}

/* --- do they answer the same question? ------------------------------------ */

static void refuse(struct comparison *c, const char *what)
{
    const struct live_model *a = c->lives[AGREEMENT_A],
                            *b = c->lives[AGREEMENT_B];

    problem_set(&c->task->problem, PROBLEM_INVALID, NULL,
                "a, %s@%" PRIu32 ", and b, %s@%" PRIu32
                ", cannot be compared on the same rows: %s",
                a->name, a->version, b->name, b->version, what);
}

static bool check_both(struct comparison *c)
{
    const mlp_model *a = c->lives[AGREEMENT_A]->model,
                    *b = c->lives[AGREEMENT_B]->model;
    size_t n = mlp_model_n_targets(a), i = 0;

    if (mlp_model_task(a) != mlp_model_task(b))
        refuse(c, "one is of another task");
    else if (n != mlp_model_n_targets(b))
        refuse(c, "they have not the same number of targets");
    while (!problem_is_set(&c->task->problem) && i < n &&
           strcmp(mlp_model_target(a, i), mlp_model_target(b, i)) == 0)
        i++;
    if (i < n)
        refuse(c, "they have not the same targets");
    return i == n;
}

/* --- the answer ----------------------------------------------------------- */

/* {"loss":0.1,…}, to be read again; NULL: no memory. */
static json_t *figures_json(const mlp_scores *scores)
{
    mlp_buffer text;
    json_t *json = NULL;

    mlp_buffer_init(&text, SIZE_MAX);
    mlp_buffer_text(&text, "{");
    score_json_figures(&text, scores);
    mlp_buffer_append(&text, "}", 2);
    if (text.status == MLP_OK)
        json = json_read(text.data);
    mlp_buffer_free(&text);
    return json;
}

static json_t *scores_json(json_t *a, json_t *b)
{
    json_t *object = json_object();

    for (size_t i = 0; spec_scores[i].key != NULL; i++) {
        json_t *of_a = json_object_get(a, spec_scores[i].key);
        json_t *of_b = json_object_get(b, spec_scores[i].key);
        if (of_a != NULL || of_b != NULL)
            (void)json_object_set_new(
                object, spec_scores[i].key,
                compare_score_json(&spec_scores[i], of_a, of_b));
    }
    return object;
}

static void write_scores(struct comparison *c, mlp_buffer *out)
{
    json_t *a = figures_json(&c->scores[AGREEMENT_A]->scores);
    json_t *b = figures_json(&c->scores[AGREEMENT_B]->scores);
    json_t *json = a != NULL && b != NULL ? scores_json(a, b) : NULL;
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;

    if (text != NULL)
        mlp_buffer_text(out, text);
    else
        no_memory(&c->task->problem);
    free(text);
    json_decref(json);
    json_decref(a);
    json_decref(b);
}

static void write_answer(struct comparison *c)
{
    mlp_buffer *out = &c->task->text;
    const struct live_model *a = c->lives[AGREEMENT_A],
                            *b = c->lives[AGREEMENT_B];

    mlp_buffer_text(out, "{\"model\":");
    mlp_json_write_string(out, a->name, strlen(a->name));
    mlp_buffer_format(out,
                      ",\"a\":{\"version\":%" PRIu32
                      "},\"b\":{\"version\":%" PRIu32 "},\"task\":\"%s\","
                      "\"rows\":%zu,\"skipped\":%zu,\"scores\":",
                      a->version, b->version,
                      mlp_task_name(mlp_model_task(a->model)),
                      c->scores[AGREEMENT_A]->scores.n_rows,
                      c->scores[AGREEMENT_A]->n_skipped);
    write_scores(c, out);
    agreement_write(c->agreement, c->task->limit, out);
    mlp_buffer_text(out, "}");
}

/* --- on the pool ---------------------------------------------------------- */

static bool evaluate(struct comparison *c, enum agreement_side side)
{
    mlp_evaluate_options options = {0};

    agreement_listen(c->agreement, side, &options);
    c->scores[side] = evaluate_task_score(c->task, c->lives[side], c->table,
                                          sides[side], &options);
    return c->scores[side] != NULL;
}

static void compare(struct comparison *c)
{
    struct evaluate_task *task = c->task;
    mlp_error err;

    if (!check_both(c))
        return;
    c->table = evaluate_table_read(&task->source, c->lives[AGREEMENT_A],
                                   c->lives[AGREEMENT_B],
                                   task->app->limits.max_cells, &task->problem);
    if (c->table == NULL)
        return;
    if (agreement_create(
            c->lives[AGREEMENT_A]->model, c->lives[AGREEMENT_B]->model,
            mlp_table_n_rows(c->table), &c->agreement, &err) != MLP_OK)
        problem_from_error(&task->problem, NULL, &err);
    else if (evaluate(c, AGREEMENT_A) && evaluate(c, AGREEMENT_B))
        write_answer(c);
    agreement_destroy(c->agreement);
    mlp_score_table_destroy(c->scores[AGREEMENT_A]);
    mlp_score_table_destroy(c->scores[AGREEMENT_B]);
    mlp_table_destroy(c->table);
}

static void answer(struct evaluate_task *task)
{
    struct comparison c = {.task = task};
    struct app *app = task->app;

    c.lives[AGREEMENT_A] =
        model_borrow(app, task->model, task->at[AGREEMENT_A], &task->problem);
    if (c.lives[AGREEMENT_A] == NULL)
        return;
    c.lives[AGREEMENT_B] =
        model_borrow(app, task->model, task->at[AGREEMENT_B], &task->problem);
    if (c.lives[AGREEMENT_B] != NULL) {
        compare(&c);
        registry_release(app->registry, c.lives[AGREEMENT_B]);
    }
    registry_release(app->registry, c.lives[AGREEMENT_A]);
}

/* --- on the loop ---------------------------------------------------------- */

static void read_versions(struct evaluate_task *task)
{
    struct http_request *request = task->request;

    if (!model_check_name(task->model, &task->problem))
        return;
    for (size_t i = 0; i < 2; i++)
        model_query_due(request, sides[i], &task->at[i], &task->problem);
    task->limit = (size_t)request_query_integer(
        request, "limit", 0, CHANGED_ROWS_MAX, CHANGED_ROWS, &task->problem);
}

void compare_rows_post(struct http_request *request)
{
    static const struct evaluate_route route = {read_versions, answer};

    evaluate_task_run(request, &route);
}
