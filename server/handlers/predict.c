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
#include "handlers/predict_reply.h"
#include "handlers/predict_rows.h"
#include "http/json.h"
#include "http/json_body.h"

enum {
    SLICE_ROWS = 64,             /* at once: their outputs stay in the cache */
    REPLY_MAX_BYTES = 256 << 20, /* beyond it a 413 */
    CONTROL_MAX_NODES = 4096,    /* there are neither maps nor lists in it */
};

/* Some 5 ms of an HTTP thread, of which there are few. */
static const uint64_t QUICK_MULTIPLICATIONS = 300000000;
static const uint64_t QUICK_BYTES = 1 << 20; /* to take apart */

static const char JSON_TYPE[] = "application/json";

/* What is asked, wherever it stood. */
struct question {
    const char *model;
    int64_t version; /* 0: the latest */
    int64_t top;     /* 0: all */
    bool json;       /* the question, so that there are pointers into it */
    bool csv;        /* the answer */
    bool explain;
};

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

/* --- the question --------------------------------------------------------- */

enum { TOP_MAX = MLP_MAX_WIDTH };

static void read_control(const json_t *control,
                         struct question *out,
                         struct problem *problem)
{
    struct json_place place = json_root(control, problem);
    (void)json_get_text(&place, "model", NAME_MAX_BYTES, &out->model);
    (void)json_get_integer(&place, "version", 1, UINT32_MAX, &out->version);
    (void)json_get_integer(&place, "top", 1, TOP_MAX, &out->top);
    (void)json_get_bool(&place, "explain", &out->explain);
    (void)json_get(&place, "inputs");
    (void)json_get(&place, "columns");
    (void)json_get(&place, "rows");
    (void)json_get(&place, "records");
    json_close(&place);
}

static void read_query(struct http_request *request,
                       struct question *out,
                       struct problem *problem)
{
    out->model = request_query(request, "model");
    out->version =
        request_query_integer(request, "version", 1, UINT32_MAX, 0, problem);
    out->top = request_query_integer(request, "top", 1, TOP_MAX, 0, problem);
    out->explain = request_query_flag(request, "explain", problem);
}

/* A JSON body says everything itself: a key in the query as well would leave
 * open which of them holds. */
static void refuse_key(void *context, const char *key, const char *value)
{
    (void)value;
    problem_set(context, PROBLEM_UNKNOWN_KEY, NULL,
                "query: %.64s goes with bodies that are data alone; what a "
                "JSON body asks is inside it",
                key);
}

static bool read_question(struct http_request *request,
                          struct question *out,
                          struct problem *problem)
{
    *out = (struct question){
        .json = request_has_type(request, JSON_TYPE),
        .csv = request_accepts(request, "text/csv"),
    };
    if (request_body(request) == NULL) {
        problem_set(problem, PROBLEM_MALFORMED, NULL,
                    "the body is missing: rows to predict are due");
    } else if (out->json) {
        request_each_query(request, refuse_key, problem);
        read_control(json_body_control(request_body(request)), out, problem);
    } else {
        read_query(request, out, problem);
    }
    if (out->model == NULL)
        problem_set(problem, PROBLEM_INVALID, out->json ? "/model" : NULL,
                    "%smodel is missing: which one shall predict?",
                    out->json ? "/" : "query: ");
    return !problem_is_set(problem);
}

/* Does what is asked go with the model's task? */
static bool check_top(const struct question *question,
                      const struct live_model *live,
                      struct problem *problem)
{
    const char *pointer = question->json ? "/top" : NULL;
    mlp_task task = mlp_model_task(live->model);
    if (question->top == 0)
        return true;
    if (task == MLP_TASK_REGRESSION)
        problem_set(problem, PROBLEM_INVALID, pointer,
                    "top: %s@%" PRIu32 " predicts values, it has no classes",
                    live->name, live->version);
    else if (question->csv)
        problem_set(problem, PROBLEM_INVALID, pointer,
                    "top does not go with a text/csv answer, where each class "
                    "is a column");
    return !problem_is_set(problem);
}

static bool check_explain(const struct question *question,
                          const struct live_model *live,
                          size_t n_rows,
                          struct problem *problem)
{
    if (!question->explain)
        return true;
    if (question->csv)
        problem_set(problem, PROBLEM_INVALID,
                    question->json ? "/explain" : NULL,
                    "explain does not go with a text/csv answer");
    return !problem_is_set(problem) &&
           predict_explain_check(live, n_rows, problem);
}

/* --- the answer ----------------------------------------------------------- */

/* One predictor and one slice's outputs. */
static mlp_status push_rows(const struct http_request *request,
                            const mlp_model *model,
                            const struct predict_rows *rows,
                            struct predict_reply *reply,
                            mlp_error *err)
{
    size_t n_features = mlp_model_n_features(model);
    size_t slice = rows->n < SLICE_ROWS ? rows->n : SLICE_ROWS;
    mlp_predictor *predictor = NULL;
    float *outputs =
        calloc(slice * mlp_model_n_outputs(model), sizeof *outputs);
    mlp_status status =
        outputs == NULL ? mlp_fail(err, MLP_NOMEM, "out of memory")
                        : mlp_predictor_create(model, slice, &predictor, err);
    for (size_t i = 0; status == MLP_OK && i < rows->n; i += slice) {
        if (heavy_is_hurried(request)) {
            status = mlp_fail(err, MLP_CANCELLED, "the server is stopping");
            break;
        }
        size_t n = rows->n - i < slice ? rows->n - i : slice;
        mlp_model_predict(model, predictor, rows->values + i * n_features, n,
                          outputs);
        if (reply->explain != NULL)
            predict_explain_rows(reply->explain, rows->values + i * n_features,
                                 outputs, n);
        predict_reply_rows(reply, outputs, n);
        status = reply->out->status;
    }
    mlp_predictor_destroy(predictor);
    free(outputs);
    return status;
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

static bool is_quick(const struct http_request *request,
                     const struct question *question,
                     const struct live_model *live)
{
    size_t n_weights = 0, n_biases = 0;
    uint64_t n_bytes, n_rows, cost, times = 1;
    measure(request, mlp_model_n_features(live->model), &n_bytes, &n_rows);
    mlp_model_count(live->model, &n_weights, &n_biases);
    if (question->explain)
        times += predict_explain_cost(live->model);
    return !__builtin_mul_overflow(n_rows, n_weights + n_biases, &cost) &&
           !__builtin_mul_overflow(cost, times, &cost) &&
           cost <= QUICK_MULTIPLICATIONS && n_bytes <= QUICK_BYTES;
}

/* The reply's text, or its first failure, is in *text. */
static mlp_status write_answer(const struct http_request *request,
                               const struct question *question,
                               const struct live_model *live,
                               const struct predict_rows *rows,
                               mlp_buffer *text,
                               mlp_error *err)
{
    struct predict_reply reply;
    struct predict_explain explain = {0};
    mlp_status status = predict_reply_begin(
        &reply, text, live->model, live->name, live->version,
        (size_t)question->top, question->csv, err);
    if (status != MLP_OK)
        return status;
    if (question->explain) {
        status = predict_explain_begin(
            &explain, live->model, rows->n < SLICE_ROWS ? rows->n : SLICE_ROWS,
            err);
        reply.explain = &explain;
    }
    if (status == MLP_OK)
        status = push_rows(request, live->model, rows, &reply, err);
    predict_explain_end(&explain);
    predict_reply_end(&reply);
    /* What the buffer remembers becomes the reply's status by itself. */
    return text->status == MLP_OK ? status : MLP_OK;
}

static struct http_reply *answer(struct http_request *request,
                                 const struct question *question,
                                 const struct live_model *live,
                                 struct problem *problem)
{
    struct app *app = request_app(request);
    struct predict_rows rows = {0};
    mlp_buffer text;
    mlp_error err;
    if (!check_top(question, live, problem) ||
        !predict_rows_read(&rows, request, live, false, problem))
        return NULL;
    if (!check_explain(question, live, rows.n, problem)) {
        predict_rows_free(&rows);
        return NULL;
    }
    size_t most = request_answer_max_bytes(request);
    mlp_buffer_init(&text, most < REPLY_MAX_BYTES ? most : REPLY_MAX_BYTES);
    mlp_status status =
        write_answer(request, question, live, &rows, &text, &err);
    size_t n_rows = rows.n;
    predict_rows_free(&rows);
    if (status != MLP_OK) {
        mlp_buffer_free(&text);
        problem_from_error(problem, NULL, &err);
        return NULL;
    }
    if (text.status == MLP_OK)
        metrics_rows_predicted(app->metrics, n_rows);
    return reply_buffer(
        200, question->csv ? "text/csv; charset=utf-8" : JSON_TYPE, &text);
}

/* False: it is not quick, and nothing was done. */
static bool predict(struct http_request *request, bool quick_only)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct question question;
    struct http_reply *reply = NULL;
    struct live_model *live = NULL;
    if (read_question(request, &question, &problem)) {
        uint32_t version = (uint32_t)question.version;
        if (quick_only &&
            registry_sleeps(app->registry, question.model, version))
            return false;
        live = model_borrow(app, question.model, version, &problem);
    }
    bool done =
        live == NULL || !quick_only || is_quick(request, &question, live);
    if (live != NULL && done)
        reply = answer(request, &question, live, &problem);
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
