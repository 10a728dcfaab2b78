/* SPDX-License-Identifier: MIT */
#include "handlers/evaluate_task.h"

#include <stdlib.h>

#include "handlers/admission.h"
#include "handlers/blob_body.h"
#include "handlers/evaluate_table.h"
#include "handlers/heavy.h"
#include "handlers/train_query.h"
#include "http/json.h"
#include "http/json_body.h"

/* A class of an answer takes some 200 bytes and a line of the matrix. */
enum { REPLY_MAX_BYTES = 64 << 20 };

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

/* --- on the pool ---------------------------------------------------------- */

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

mlp_score_table *evaluate_task_score(struct evaluate_task *task,
                                     const struct live_model *live,
                                     const mlp_table *table,
                                     const char *name,
                                     const mlp_evaluate_options *options)
{
    json_t *record = json_read(mlp_model_record(live->model));
    double *baseline = baseline_of(live->model, record);
    mlp_evaluate_options all = *options;
    mlp_score_table *scores;
    mlp_error err, named;

    all.baseline = baseline;
    all.is_cancelled = is_hurried;
    all.context = task->request;
    if (mlp_model_evaluate(live->model, table, &all, &scores, &err) != MLP_OK) {
        (void)mlp_fail(&named, err.status, "%s%s%.200s",
                       name != NULL ? name : "", name != NULL ? ": " : "",
                       err.text);
        problem_from_error(&task->problem, task->pointer, &named);
    }
    free(baseline);
    json_decref(record);
    return scores;
}

/* Threads: pool. */
static void work(void *argument)
{
    struct evaluate_task *task = argument;

    task->route->answer(task);
    train_source_free(&task->source); /* before the body, whose blob it has */
}

/* Threads: loop. */
static void on_done(void *argument)
{
    struct evaluate_task *task = argument;

    request_drop_body(task->request); /* all of it was in the table */
    finish(task);
}

/* --- on the loop ---------------------------------------------------------- */

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
    task->route->read(task);
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

void evaluate_task_run(struct http_request *request,
                       const struct evaluate_route *route)
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
    task->route = route;
    read_request(task);
    if (!problem_is_set(&task->problem) && admit(task)) {
        /* From here on the task is the pool's. */
        if (loop_work(app->loop, work, on_done, task, &err) == MLP_OK)
            return;
        problem_from_error(&task->problem, NULL, &err);
    }
    finish(task);
}
