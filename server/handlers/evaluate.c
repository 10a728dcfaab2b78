/* SPDX-License-Identifier: MIT
 *
 * POST /models/NAME/evaluate: how good a model is on rows whose answers are
 * known. The rows come in any form that POST /train takes data in.
 *
 *   loop: who sends what?  →  pool: read, predict, score  →  loop: answer */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/admission.h"
#include "handlers/app.h"
#include "handlers/blob_body.h"
#include "handlers/evaluate_table.h"
#include "handlers/handlers.h"
#include "handlers/heavy.h"
#include "handlers/model_lookup.h"
#include "handlers/train_query.h"
#include "handlers/train_source.h"
#include "http/json.h"
#include "http/json_body.h"
#include "mlp/evaluate.h"
#include "mlp/json.h"
#include "training/score_json.h"

/* A class of an answer takes some 200 bytes and a line of the matrix. */
enum { REPLY_MAX_BYTES = 64 << 20 };

struct evaluate_task {
    struct http_request *request;
    struct app *app;
    const char *model;
    struct model_at at;
    struct train_source source;
    const char *pointer; /* where the rows are, for problems */
    bool entered;        /* heavy_leave() is due */
    uint64_t reading_bytes;
    struct problem problem;
    mlp_buffer text; /* the answer */
};

static void no_memory(struct problem *problem)
{
    problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
}

/* Threads: loop. */
static void finish(struct evaluate_task *task)
{
    struct http_request *request = task->request;
    struct problem problem = task->problem;
    struct http_reply *reply = NULL;

    if (task->entered)
        heavy_leave(task->app);
    admission_end_reading(task->app, &task->reading_bytes);
    if (!problem_is_set(&problem))
        reply = reply_buffer(200, "application/json", &task->text);
    train_source_free(&task->source);
    mlp_buffer_free(&task->text);
    free(task);
    if (reply != NULL)
        request_reply(request, reply);
    else
        request_fail(request, &problem);
}

/* --- the answer ----------------------------------------------------------- */

/* What mlp_plan_baseline() said when the model was trained, [n_outputs]; NULL:
 * its record, which may be anybody's, does not say. */
static double *baseline_of(const mlp_model *model, const json_t *record)
{
    const json_t *list = json_object_get(record, "baseline");
    size_t n = mlp_model_n_outputs(model);
    double *values;

    if (json_array_size(list) != n)
        return NULL;
    values = calloc(n, sizeof *values);
    for (size_t i = 0; i < n && values != NULL; i++)
        values[i] = json_number_value(json_array_get(list, i));
    return values;
}

static bool is_hurried(void *request)
{
    return heavy_is_hurried(request);
}

static mlp_score_table *score(struct evaluate_task *task,
                              const mlp_model *model,
                              const json_t *record,
                              const mlp_table *table)
{
    double *baseline = baseline_of(model, record);
    mlp_evaluate_options options = {.baseline = baseline,
                                    .is_cancelled = is_hurried,
                                    .context = task->request};
    mlp_score_table *scores;
    mlp_error err;

    if (mlp_model_evaluate(model, table, &options, &scores, &err) != MLP_OK)
        problem_from_error(&task->problem, task->pointer, &err);
    free(baseline);
    return scores;
}

static void write_answer(mlp_buffer *out,
                         const struct live_model *live,
                         const mlp_score_table *scores)
{
    mlp_buffer_text(out, "{\"model\":");
    mlp_json_write_string(out, live->name, strlen(live->name));
    mlp_buffer_format(out,
                      ",\"version\":%" PRIu32 ",\"rows\":%zu,\"skipped\":%zu,"
                      "\"scores\":{",
                      live->version, scores->scores.n_rows, scores->n_skipped);
    score_json_figures(out, &scores->scores);
    if (!isnan(scores->interval_coverage_90)) {
        mlp_buffer_text(out, ",\"interval_coverage_90\":");
        mlp_json_write_double(out, scores->interval_coverage_90);
    }
    mlp_buffer_text(out, "}");
    score_json_tables(out, live->model, scores);
    mlp_buffer_text(out, "}");
}

static void evaluate(struct evaluate_task *task, const struct live_model *live)
{
    json_t *record = json_read(mlp_model_record(live->model));
    mlp_table *table = evaluate_table_read(
        &task->source, live, task->app->limits.max_cells, &task->problem);
    mlp_score_table *scores =
        table == NULL ? NULL : score(task, live->model, record, table);

    if (scores != NULL)
        write_answer(&task->text, live, scores);
    mlp_score_table_destroy(scores);
    mlp_table_destroy(table);
    json_decref(record);
}

/* Threads: pool. */
static void work(void *argument)
{
    struct evaluate_task *task = argument;
    struct live_model *live =
        model_borrow(task->app, task->model, task->at, &task->problem);

    if (live != NULL) {
        evaluate(task, live);
        registry_release(task->app->registry, live);
    }
    train_source_free(&task->source); /* before the body, whose blob it has */
}

/* Threads: loop. */
static void on_done(void *argument)
{
    struct evaluate_task *task = argument;

    request_drop_body(task->request); /* all of it was in the table */
    finish(task);
}

/* --- the request ---------------------------------------------------------- */

static void read_json(struct evaluate_task *task)
{
    static const char *const of_csv[] = {"delimiter", "header"};
    struct http_body *body = request_body(task->request);
    const json_t *control = json_body_control(body);
    struct json_place root = json_root(control, &task->problem);

    for (size_t i = 0; i < sizeof of_csv / sizeof *of_csv; i++)
        if (request_query(task->request, of_csv[i]) != NULL)
            problem_set(&task->problem, PROBLEM_UNKNOWN_KEY, NULL,
                        "query: %s goes with a body that is data alone",
                        of_csv[i]);
    (void)json_get(&root, "data");
    (void)json_get(&root, "dataset");
    (void)json_get(&root, "target_dataset");
    json_close(&root);
    task->pointer = json_has(&root, "data") ? "/data" : "/dataset";
    if (!problem_is_set(&task->problem))
        train_source_open_json(task->app, body, control, &task->source,
                               &task->problem);
}

static void read_file(struct evaluate_task *task)
{
    mlp_read_options options = {0};

    train_query_csv(task->request, &options, &task->problem);
    train_source_open_file(
        blob_body_take(request_body(task->request)),
        request_has_type(task->request, "application/x-ndjson")
            ? MLP_FILE_NDJSON
            : MLP_FILE_CSV,
        &options, &task->source, &task->problem);
}

static void read_request(struct evaluate_task *task)
{
    struct http_request *request = task->request;
    struct problem *problem = &task->problem;

    task->model = request_segment(request, "model");
    if (!model_check_path(request, &task->at, problem))
        return;
    if (request_segment(request, "version") == NULL)
        model_query_at(request, "version", &task->at, problem);
    if (problem_is_set(problem))
        return;
    if (request_body(request) == NULL)
        problem_set(problem, PROBLEM_MALFORMED, NULL,
                    "the body is missing: rows with their answers are due");
    else if (request_has_type(request, "application/json"))
        read_json(task);
    else
        read_file(task);
}

/* Is there a place for it, and memory? */
static bool admit(struct evaluate_task *task)
{
    task->entered = heavy_enter(task->app, &task->problem);
    return task->entered &&
           admit_reading(task->app, evaluate_table_bytes(&task->source),
                         &task->reading_bytes, &task->problem);
}

void evaluate_post(struct http_request *request)
{
    struct app *app = request_app(request);
    struct evaluate_task *task = calloc(1, sizeof *task);
    struct problem problem = {0};
    mlp_error err;

    if (task == NULL) {
        no_memory(&problem);
        request_fail(request, &problem);
        return;
    }
    size_t most = request_answer_max_bytes(request);
    mlp_buffer_init(&task->text,
                    most < REPLY_MAX_BYTES ? most : REPLY_MAX_BYTES);
    task->request = request;
    task->app = app;
    read_request(task);
    if (!problem_is_set(&task->problem) && admit(task)) {
        /* From here on the task is the pool's. */
        if (loop_work(app->loop, work, on_done, task, &err) == MLP_OK)
            return;
        problem_from_error(&task->problem, NULL, &err);
    }
    finish(task);
}
