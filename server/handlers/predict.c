/* SPDX-License-Identifier: MIT
 *
 * POST /predict: read the question, borrow the model, push the rows through it
 * slice by slice, write the answer. What is quick is done on the HTTP thread,
 * in memory: no file, no loop, no lock that training holds. What would keep
 * others waiting there goes to the pool. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/heavy.h"
#include "handlers/model_lookup.h"
#include "handlers/predict_explain.h"
#include "handlers/predict_health.h"
#include "handlers/predict_question.h"
#include "handlers/predict_reply.h"
#include "handlers/predict_rows.h"
#include "handlers/slices.h"
#include "http/json_body.h"
#include "mlp/interval.h"

enum {
    REPLY_MAX_BYTES = 256 << 20, /* beyond it a 413 */
    CONTROL_MAX_NODES = 4096,    /* there are neither maps nor lists in it */
    HEAD_BYTES = 128,            /* of a reply, about; with each row … */
    ROW_BYTES = 40,
    NUMBER_BYTES = 20, /* … and each of its numbers */
    FIRST_ROOM_BYTES = 64 << 10,
    CELL_WORK = 8, /* bytes of numbers that a cell of levels is as slow as */
};

/* To take apart in as little time as slices_are_quick() allows for. */
static const uint64_t QUICK_BYTES = 1 << 20;

static const char JSON_TYPE[] = "application/json";

struct http_body *predict_open_body(struct http_request *request,
                                    struct problem *problem)
{
    struct app *app = request_app(request);
    const struct app_limits *limits = &app->limits;
    struct http_body *body;
    if (request_has_type(request, JSON_TYPE)) {
        body = json_body_create(
            JSON_BODY_ROOT, &(struct json_body_limits){
                                .max_bytes = limits->predict_body_max_bytes,
                                .max_cells = limits->max_cells,
                                .max_control_bytes = limits->control_max_bytes,
                                .max_control_nodes = CONTROL_MAX_NODES,
                                .may_be_brief = true,
                            });
    } else if (predict_rows_takes(request)) {
        body = body_memory(limits->predict_body_max_bytes);
        if (body != NULL)
            body = body_gunzip(body, true);
    } else {
        problem_set(problem, PROBLEM_UNSUPPORTED_MEDIA, NULL,
                    "Content-Type: expected application/json, text/csv, "
                    "application/x-ndjson, application/x-npy or "
                    "application/octet-stream");
        return NULL;
    }
    if (body == NULL)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    return body;
}

/* --- the answer ----------------------------------------------------------- */

static bool
take_slice(void *context, const float *rows, const float *outputs, size_t n)
{
    struct predict_reply *reply = context;
    if (reply->explain != NULL)
        predict_explain_rows(reply->explain, rows, outputs, n);
    predict_reply_rows(reply, outputs, n);
    return reply->out->status == MLP_OK;
}

/* How much there is to take apart, and at most how many rows of n_features come
 * of it: a number is a byte or more. JSON inputs are numbers already. */
static void measure(const struct http_request *request,
                    size_t n_features,
                    uint64_t *n_bytes,
                    uint64_t *n_rows)
{
    struct http_body *body = request_body(request);
    size_t length = 0, rows = 0, columns;
    if (!request_has_type(request, JSON_TYPE)) {
        (void)body_memory_bytes(body_inner(body), &length);
    } else if (json_body_inputs(body, &rows, &columns) == NULL) {
        length = request_body_length(request);
        length = length > 0 ? length : SIZE_MAX; /* nobody knows */
    }
    *n_bytes = length;
    *n_rows = rows > 0 ? rows : length / (n_features > 0 ? n_features : 1);
}

/* Levels are looked up, and warnings written, cell by cell. */
static bool is_by_cell(const struct predict_question *question,
                       const mlp_model *model)
{
    return question->warnings == WARNINGS_ON || !mlp_model_takes_numbers(model);
}

static bool is_quick(const struct http_request *request,
                     const struct predict_question *question,
                     const struct live_model *live)
{
    size_t n_features = mlp_model_n_features(live->model);
    uint64_t n_bytes, n_rows, times = 1;
    measure(request, n_features, &n_bytes, &n_rows);
    if (question->explain)
        times += predict_explain_cost(live->model);
    if (is_by_cell(question, live->model) &&
        (n_bytes > QUICK_BYTES / CELL_WORK ||
         n_rows > QUICK_BYTES / CELL_WORK / n_features))
        return false;
    return n_bytes <= QUICK_BYTES &&
           slices_are_quick(live->model, n_rows, times);
}

/* Of the intervals that are asked for; NULL: none, or no memory. */
static float *half_widths_for(const struct predict_question *question,
                              const mlp_model *model)
{
    size_t n = mlp_model_n_targets(model);
    float *half_widths =
        question->has_interval ? calloc(n, sizeof *half_widths) : NULL;
    for (size_t i = 0; half_widths != NULL && i < n; i++)
        (void)mlp_model_interval(model, i, question->interval, &half_widths[i]);
    return half_widths;
}

/* The reply's text, or its first failure, is in *text. */
static mlp_status write_answer(const struct http_request *request,
                               const struct predict_form *form,
                               const struct live_model *live,
                               const struct predict_rows *rows,
                               mlp_buffer *text,
                               mlp_error *err)
{
    struct predict_reply reply;
    struct predict_explain explain = {0};
    mlp_status status =
        predict_reply_begin(&reply, text, live->model, form, err);
    if (status != MLP_OK)
        return status;
    if (form->explain) {
        status = predict_explain_begin(
            &explain, live->model, rows->n < SLICE_ROWS ? rows->n : SLICE_ROWS,
            err);
        reply.explain = &explain;
    }
    if (status == MLP_OK)
        status = slices_push(request, live, rows->values, rows->n, take_slice,
                             &reply, err);
    predict_explain_end(&explain);
    predict_reply_end(&reply);
    /* What the buffer remembers becomes the reply's status by itself. */
    return text->status == MLP_OK ? status : MLP_OK;
}

static mlp_status answer_rows(const struct http_request *request,
                              const struct predict_question *question,
                              const struct live_model *live,
                              const struct predict_rows *rows,
                              mlp_buffer *text,
                              mlp_error *err)
{
    struct app *app = request_app(request);
    struct predict_health health = {.model = live->model, .rows = rows};
    bool looks = question->warnings == WARNINGS_ON ||
                 (question->warnings == WARNINGS_AUTO && rows->named);
    float *half_widths = half_widths_for(question, live->model);
    struct predict_form form = {
        .name = live->name,
        .version = live->version,
        .top = (size_t)question->top,
        .csv = question->csv,
        .explain = question->explain,
        .half_widths = half_widths,
        .health = looks ? &health : NULL,
    };
    mlp_status status =
        question->has_interval && half_widths == NULL
            ? mlp_fail(err, MLP_NOMEM, "out of memory")
            : write_answer(request, &form, live, rows, text, err);
    free(half_widths);
    if (status != MLP_OK || text->status != MLP_OK)
        return status;
    metrics_predicted(app->metrics, live->name, live->version, rows->n);
    if (looks)
        metrics_odd_cells(app->metrics, live->name, health.counts);
    return MLP_OK;
}

/* For what most rows' answers need, so that it need not grow by and by. */
static void make_room(mlp_buffer *text, size_t n_rows, const mlp_model *model)
{
    size_t n = mlp_model_n_outputs(model), bytes = FIRST_ROOM_BYTES;
    if (n_rows <= bytes / (n * NUMBER_BYTES + ROW_BYTES))
        bytes = n_rows * (n * NUMBER_BYTES + ROW_BYTES) + HEAD_BYTES;
    if (bytes <= text->max_bytes)
        (void)mlp_buffer_reserve(text, bytes);
}

static struct http_reply *answer(struct http_request *request,
                                 const struct predict_question *question,
                                 const struct live_model *live,
                                 struct problem *problem)
{
    struct predict_rows rows = {0};
    mlp_buffer text;
    mlp_error err;
    if (!predict_question_check(question, live, problem) ||
        !predict_rows_read(&rows, request, live, question->may_lack, problem))
        return NULL;
    if (question->explain && !predict_explain_check(live, rows.n, problem)) {
        predict_rows_free(&rows);
        return NULL;
    }
    size_t most = request_answer_max_bytes(request);
    mlp_buffer_init(&text, most < REPLY_MAX_BYTES ? most : REPLY_MAX_BYTES);
    make_room(&text, rows.n, live->model);
    mlp_status status =
        answer_rows(request, question, live, &rows, &text, &err);
    predict_rows_free(&rows);
    if (status != MLP_OK) {
        mlp_buffer_free(&text);
        problem_from_error(problem, NULL, &err);
        return NULL;
    }
    return reply_buffer(
        200, question->csv ? "text/csv; charset=utf-8" : JSON_TYPE, &text);
}

/* False: it is not quick, and nothing was done. */
static bool predict(struct http_request *request, bool quick_only)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct predict_question question;
    struct http_reply *reply = NULL;
    struct live_model *live = NULL;
    if (predict_question_read(request, &question, &problem)) {
        if (quick_only &&
            registry_sleeps(app->registry, question.model, question.at.version,
                            question.at.alias))
            return false;
        live = model_borrow(app, question.model, question.at, &problem);
    }
    bool done =
        live == NULL || !quick_only || is_quick(request, &question, live);
    if (live != NULL && done)
        reply = answer(request, &question, live, &problem);
    if (live != NULL && done && reply == NULL)
        metrics_predict_failed(app->metrics, live->name, live->version);
    if (live != NULL)
        registry_release(app->registry, live);
    if (reply != NULL)
        request_reply(request, reply);
    else if (done)
        request_fail(request, &problem);
    return done;
}

/* Threads: pool. */
static void predict_slowly(struct http_request *request)
{
    (void)predict(request, false);
}

void predict_post(struct http_request *request)
{
    if (!predict(request, true))
        heavy_answer(request, predict_slowly);
}
