/* SPDX-License-Identifier: MIT
 *
 * POST /train: the way of a request to a job.
 *
 *   loop: who sends what?  →  pool: read, plan, write the table
 *         →  loop: submit, in one commit with others, maybe wait, answer
 *
 * A request with an Idempotency-Key that has its job already goes the same way
 * as far as the pool, which hashes what was asked for, and is answered then.
 *
 * Nothing big is parsed on the loop; nothing is promised before it is on
 * stable storage. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/admission.h"
#include "handlers/app.h"
#include "handlers/blob_body.h"
#include "handlers/handlers.h"
#include "handlers/job_json.h"
#include "handlers/train_key.h"
#include "handlers/train_query.h"
#include "handlers/train_source.h"
#include "http/json.h"
#include "http/json_body.h"

/* When to come back to a full queue: a job takes minutes rather than
 * seconds, yet one may be about to end. */
enum { QUEUE_RETRY_S = 10 };

struct train_task {
    struct http_request *request;
    struct app *app;
    json_t *settings; /* without the data */
    bool from_query;  /* that is where they come from */
    bool dry_run;
    uint64_t wait_ms;
    struct train_source source;
    uint64_t reading_bytes; /* admitted to read it */
    struct training_prepared prepared;
    struct problem problem;
    const char *key; /* NULL: none */
    char key_text[TRAIN_KEY_BYTES];
    bool known_key; /* it has a job, of this request or another */
    char digest[BLOB_SHA256_TEXT]; /* of the request, if there is a key */
    struct jobs_submission submission;
};

static void task_destroy(struct train_task *task)
{
    admission_end_reading(task->app, &task->reading_bytes);
    json_decref(task->settings);
    train_source_free(&task->source);
    training_prepared_free(&task->prepared);
    free(task);
}

static void fail_task(struct train_task *task)
{
    struct http_request *request = task->request;
    struct problem problem = task->problem;

    if (task->from_query)
        train_query_rephrase(&problem);
    task_destroy(task);
    request_fail(request, &problem);
}

static void no_memory(struct problem *problem)
{
    if (!problem_is_set(problem))
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
}

/* --- the body ------------------------------------------------------------- */

/* Bodies that are data alone. */
static const struct file_type {
    const char *type;
    mlp_file_format format;
} file_types[] = {
    {"text/csv", MLP_FILE_CSV},
    {"application/x-ndjson", MLP_FILE_NDJSON},
};

static const struct file_type *find_type(const struct http_request *request)
{
    for (size_t i = 0; i < sizeof file_types / sizeof *file_types; i++)
        if (request_has_type(request, file_types[i].type))
            return &file_types[i];
    return NULL;
}

static struct http_body *open_file(const struct http_request *request,
                                   struct problem *problem)
{
    struct app *app = request_app(request);
    struct http_body *file =
        blob_body_create(request, datasets_folder(app->datasets),
                         app->limits.file_max_bytes, problem);

    return file != NULL ? body_gunzip(file, true) : NULL;
}

static struct http_body *open_json(struct app *app, struct problem *problem)
{
    const struct json_body_limits limits = {
        .max_bytes = app->limits.train_body_max_bytes,
        .max_cells = app->limits.max_cells,
        .max_control_bytes = app->limits.control_max_bytes,
    };

    /* Its table will want a place. */
    return admit_to_disk(app, 0, problem)
               ? json_body_create(JSON_BODY_DATA, &limits)
               : NULL;
}

static void refuse_draining(struct problem *problem)
{
    problem->retry_after_s = QUEUE_RETRY_S;
    problem_set(problem, PROBLEM_DRAINING, NULL,
                "the server is stopping and takes no new jobs");
}

struct http_body *train_open_body(struct http_request *request,
                                  struct problem *problem)
{
    struct app *app = request_app(request);
    struct http_body *body = NULL;
    char key[TRAIN_KEY_BYTES];

    (void)train_key_of(request, key, problem);
    if (app->draining)
        refuse_draining(problem);
    else if (problem_is_set(problem))
        return NULL;
    else if (app->read_only)
        problem_set(problem, PROBLEM_FORBIDDEN, NULL,
                    "this server only serves models, and keeps no tables");
    else if (request_has_type(request, "application/json"))
        body = open_json(app, problem);
    else if (find_type(request) != NULL)
        body = open_file(request, problem);
    else
        problem_set(
            problem, PROBLEM_UNSUPPORTED_MEDIA, NULL,
            "expected Content-Type application/json, with settings and "
            "data inside, or text/csv or application/x-ndjson, with the "
            "settings in the query; curl --data-binary says none of "
            "them unless told: "
            "-H 'Content-Type: text/csv'");
    if (body == NULL)
        no_memory(problem);
    return body;
}

/* --- answers -------------------------------------------------------------- */

/* What it takes and what there is. */
static json_t *with_memory(json_t *json,
                           const struct app *app,
                           const struct training_prepared *prepared)
{
    if (prepared->spec == NULL) /* nobody looked: the job is an older one */
        return json;
    json_object_set_new(json, "memory_bytes",
                        json_integer((json_int_t)prepared->memory_bytes));
    json_object_set_new(
        json, "memory_budget_bytes",
        json_integer((json_int_t)app->limits.memory_budget_bytes));
    return json;
}

static void reply_job(struct train_task *task)
{
    struct http_request *request = task->request;
    struct job_view view;
    int64_t id = task->submission.id;
    bool replayed = task->submission.outcome == JOBS_REPLAYED;

    if (!jobs_get(task->app->jobs, id, &view)) {
        problem_set(&task->problem, PROBLEM_NOT_FOUND, NULL,
                    "job %" PRId64 " was deleted meanwhile", id);
        fail_task(task);
        return;
    }
    /* 202 is a promise; 200, after a wait, is the end of the story. */
    bool ended = view.state != JOB_QUEUED && view.state != JOB_RUNNING;
    struct http_reply *reply =
        reply_json(ended ? 200 : 202,
                   with_memory(job_json(&view), task->app, &task->prepared));
    task_destroy(task);
    reply = reply_header(reply, "Location", "/jobs/%" PRId64, id);
    if (replayed)
        reply = reply_header(reply, "Idempotency-Replayed", "true");
    request_reply(request, reply);
}

static void on_waited(void *argument)
{
    reply_job(argument);
}

static json_t *dry_run_json(const struct app *app,
                            const struct training_prepared *prepared,
                            struct problem *problem)
{
    json_t *spec = json_parse(prepared->spec, strlen(prepared->spec), problem);
    json_t *json = json_pack("{s:b, s:s, s:O, s:O, s:O, s:o}", "dry_run", true,
                             "model", prepared->model, "parameters",
                             json_object_get(spec, "parameters"), "rows",
                             json_object_get(spec, "rows"), "spec",
                             json_object_get(spec, "settings"), "warnings",
                             json_read(prepared->warnings));

    json_decref(spec);
    if (json != NULL)
        json_object_update(json, prepared->estimate);
    return with_memory(json, app, prepared);
}

static void reply_dry_run(struct train_task *task)
{
    struct http_request *request = task->request;
    struct http_reply *reply = reply_json(
        200, dry_run_json(task->app, &task->prepared, &task->problem));

    task_destroy(task);
    request_reply(request, reply);
}

/* --- submitting ----------------------------------------------------------- */

static void refuse_job(struct train_task *task, const mlp_error *err)
{
    if (err->status != MLP_LIMIT) {
        problem_from_error(&task->problem, NULL, err);
        return;
    }
    task->problem.retry_after_s = QUEUE_RETRY_S;
    problem_set(&task->problem, PROBLEM_QUEUE_FULL, NULL, "%s", err->text);
}

/* What has become of the submission: a job, or a problem in place of any that
 * a retry met on its way. */
static void take_outcome(struct train_task *task)
{
    const struct jobs_submission *submission = &task->submission;

    task->problem = (struct problem){0};
    if (submission->outcome == JOBS_KEY_TAKEN)
        problem_set(&task->problem, PROBLEM_CONFLICT, NULL,
                    "this Idempotency-Key came with another request before: "
                    "job %" PRId64 " was made for that",
                    submission->id);
    else if (submission->outcome == JOBS_REFUSED)
        refuse_job(task, &submission->err);
}

static void answer(struct train_task *task)
{
    mlp_error err;

    if (problem_is_set(&task->problem))
        fail_task(task);
    else if (task->wait_ms == 0 ||
             jobs_wait(task->app->jobs, task->submission.id, task->wait_ms,
                       on_waited, task, &err) != MLP_OK)
        reply_job(task);
}

static void on_submitted(void *argument)
{
    struct train_task *task = argument;
    struct app *app = task->app;
    const char *table = task->prepared.table;

    if (task->submission.outcome != JOBS_ACCEPTED &&
        !jobs_uses_table(app->jobs, table))
        training_forget(app->training, table);
    take_outcome(task);
    answer(task);
}

/* Table first, then the job that means it. False with a problem. */
static bool submit(struct train_task *task)
{
    struct training_prepared *prepared = &task->prepared;
    struct app *app = task->app;
    mlp_error err;

    if (training_keep(app->training, prepared, &err) != MLP_OK)
        problem_from_error(&task->problem, NULL, &err);
    if (problem_is_set(&task->problem))
        return false;
    task->submission.model = prepared->model;
    task->submission.spec = prepared->spec;
    task->submission.table = prepared->table;
    task->submission.warnings = prepared->warnings;
    task->submission.done = on_submitted;
    task->submission.argument = task;
    jobs_submit(app->jobs, &task->submission);
    return true;
}

/* Has the key its job already? Then that is the answer, whatever the request
 * met this time. */
static bool find_job(struct train_task *task)
{
    struct jobs_submission *submission = &task->submission;
    mlp_error err;

    if (task->key == NULL || task->dry_run || task->digest[0] == '\0')
        return false;
    submission->key = task->key;
    submission->request = task->digest;
    if (jobs_find_key(task->app->jobs, submission, &err) != MLP_OK)
        problem_from_error(&task->problem, NULL, &err);
    else if (submission->outcome != JOBS_ACCEPTED)
        take_outcome(task);
    else if (task->known_key) /* its day ended while we were looking */
        problem_from_error(&task->problem, NULL,
                           &(mlp_error){.status = MLP_NOMEM});
    return problem_is_set(&task->problem) ||
           submission->outcome != JOBS_ACCEPTED;
}

/* Threads: loop. */
static void on_prepared(void *argument)
{
    struct train_task *task = argument;

    request_drop_body(task->request); /* all of it is in the table */
    admission_end_reading(task->app, &task->reading_bytes);
    if (find_job(task))
        answer(task);
    else if (task->dry_run && !problem_is_set(&task->problem))
        reply_dry_run(task);
    else if (problem_is_set(&task->problem) || !submit(task))
        fail_task(task);
}

/* Could it run, is there a place for it? Then its table is written. */
static void admit(struct train_task *task, const mlp_table *table)
{
    const struct app *app = task->app;
    struct training_prepared *prepared = &task->prepared;
    struct problem *problem = &task->problem;

    if (admit_training(app, prepared->memory_bytes, problem) &&
        !task->dry_run && admit_to_disk(app, prepared->disk_bytes, problem))
        training_write(app->training, table, prepared, problem);
}

static void plan(struct train_task *task)
{
    struct app *app = task->app;
    mlp_table *table = train_source_read(&task->source, task->settings,
                                         app->limits.max_cells, &task->problem);

    if (table != NULL)
        training_prepare(app->training, task->settings, table, task->dry_run,
                         &task->prepared, &task->problem);
    if (!problem_is_set(&task->problem))
        admit(task, table);
    mlp_table_destroy(table);
}

/* Threads: pool. */
static void prepare(void *argument)
{
    struct train_task *task = argument;

    if (task->key != NULL && !task->dry_run && task->settings != NULL)
        train_key_digest(task->settings, &task->source, task->digest,
                         &task->problem);
    if (!task->known_key && !problem_is_set(&task->problem))
        plan(task);
    train_source_free(&task->source);
}

/* --- the request ---------------------------------------------------------- */

static void read_json(struct train_task *task)
{
    struct http_body *body = request_body(task->request);
    struct problem *problem = &task->problem;
    const json_t *control = json_body_control(body);

    train_query_refuse_settings(task->request, problem);
    if (problem_is_set(problem))
        return;
    train_source_open_json(task->app, body, control, &task->source, problem);
    task->settings = json_deep_copy(control);
    if (task->settings == NULL)
        no_memory(problem);
    else
        json_object_del(task->settings, "data");
}

static void read_file(struct train_task *task, const struct file_type *type)
{
    struct http_body *body = request_body(task->request);
    mlp_read_options options = {0};

    task->from_query = true;
    task->settings = train_query_settings(task->request, &task->problem);
    train_query_csv(task->request, &options, &task->problem);
    train_source_open_file(blob_body_take(body), type->format, &options,
                           &task->source, &task->problem);
}

/* Who may not move an alias cannot have it moved. */
static void check_promotion(struct train_task *task)
{
    const json_t *promotion = json_object_get(task->settings, "promote");

    if (promotion != NULL && !json_is_null(promotion) &&
        request_scope(task->request) != SCOPE_ADMIN)
        problem_set(&task->problem, PROBLEM_FORBIDDEN, "/promote",
                    "/promote: this key may not move an alias: it needs the "
                    "scope admin");
}

static void read_request(struct train_task *task)
{
    struct problem *problem = &task->problem;
    const struct file_type *type;
    int64_t max_s = (int64_t)(task->app->limits.wait_max_ms / 1000);
    int64_t wait_s =
        request_query_integer(task->request, "wait", 0, max_s, 0, problem);

    task->wait_ms = (uint64_t)wait_s * 1000;
    task->dry_run = request_query_flag(task->request, "dry_run", problem);
    task->key = train_key_of(task->request, task->key_text, problem);
    if (problem_is_set(problem))
        return;
    if (request_body(task->request) == NULL)
        problem_set(problem, PROBLEM_MALFORMED, NULL,
                    "the body is missing: the data is due");
    else if ((type = find_type(task->request)) != NULL)
        read_file(task, type);
    else
        read_json(task);
    if (!problem_is_set(problem))
        check_promotion(task);
}

void train_post(struct http_request *request)
{
    struct app *app = request_app(request);
    struct train_task *task = calloc(1, sizeof *task);
    struct problem problem = {0};
    mlp_error err;

    if (task == NULL) {
        no_memory(&problem);
        request_fail(request, &problem);
        return;
    }
    task->request = request;
    task->app = app;
    read_request(task);
    if (!problem_is_set(&task->problem))
        (void)admit_reading(app, train_source_bytes(&task->source),
                            &task->reading_bytes, &task->problem);
    task->known_key = !task->dry_run && train_key_is_known(app, task->key);
    if (!problem_is_set(&task->problem) || task->known_key) {
        /* From here on the task is the pool's. */
        if (loop_work(app->loop, prepare, on_prepared, task, &err) == MLP_OK)
            return;
        problem_from_error(&task->problem, NULL, &err);
    }
    fail_task(task);
}
