/* SPDX-License-Identifier: MIT
 *
 * POST /v1/models/{model}:predict, :classify, :regress and :explain. The rows
 * are aligned, and answered bit by bit, as those of POST /predict are. */
#include <stdlib.h>
#include <string.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/heavy.h"
#include "handlers/model_lookup.h"
#include "handlers/predict_explain.h"
#include "handlers/predict_health.h"
#include "handlers/slices.h"
#include "handlers/v1_body.h"
#include "handlers/v1_reply.h"
#include "handlers/v1_request.h"
#include "handlers/v1_rows.h"

enum {
    REPLY_MAX_BYTES = 256 << 20, /* beyond it a 413 */
    QUICK_CELLS = 32768,         /* of levels, which are looked up */
};

struct http_body *v1_open_body(struct http_request *request,
                               struct problem *problem)
{
    const struct app *app = request_app(request);
    struct v1_request what;
    if (!v1_request_read(request, &what, problem))
        return NULL;
    return v1_body_create(&(struct v1_body_limits){
        .max_bytes = app->limits.predict_body_max_bytes,
        .max_cells = app->limits.max_cells,
        .max_control_bytes = app->limits.control_max_bytes,
    });
}

/* --- the question --------------------------------------------------------- */

static bool check_signature(const char *name, struct problem *problem)
{
    static const char *const known[] = {
        "", "serving_default", "tensorflow/serving/predict",
        "tensorflow/serving/classify", "tensorflow/serving/regress"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i]) == 0)
            return true;
    problem_set(problem, PROBLEM_INVALID, "/signature_name",
                "Serving signature key \"%.64s\" not found.", name);
    return false;
}

static bool check_question(const struct http_request *request,
                           enum v1_method method,
                           struct problem *problem)
{
    struct http_body *body = request_body(request);
    const char *member = v1_body_member(body);
    bool examples = member != NULL && strcmp(member, "examples") == 0;
    bool wants_examples = method == V1_CLASSIFY || method == V1_REGRESS;
    if (wants_examples && !examples)
        problem_set(problem, PROBLEM_INVALID, "/examples",
                    "When method is %s, key 'examples' is expected and was "
                    "not found",
                    v1_method_name(method));
    else if (!wants_examples && (member == NULL || examples))
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "Missing 'inputs' or 'instances' key");
    else if (!wants_examples && v1_body_context(body) != NULL)
        problem_set(problem, PROBLEM_INVALID, "/context",
                    "a context goes with examples");
    return !problem_is_set(problem) &&
           check_signature(v1_body_signature(body), problem);
}

static bool is_quick(const struct http_request *request,
                     enum v1_method method,
                     const mlp_model *model)
{
    bool numbers;
    uint64_t n_rows = v1_rows_count(request, &numbers), times = 1;
    if (method == V1_EXPLAIN)
        times += predict_explain_cost(model);
    if (!numbers && n_rows > QUICK_CELLS / mlp_model_n_features(model))
        return false;
    return slices_are_quick(model, n_rows, times);
}

/* --- the answer ----------------------------------------------------------- */

/* What becomes of the text becomes the reply's status by itself. */
static bool
take_slice(void *context, const float *rows, const float *outputs, size_t n)
{
    struct v1_reply *reply = context;
    if (reply->explain != NULL)
        predict_explain_rows(reply->explain, rows, outputs, n);
    v1_reply_rows(reply, outputs, n);
    return reply->out->status == MLP_OK;
}

static mlp_status push_rows(const struct http_request *request,
                            const struct live_model *live,
                            const struct predict_rows *rows,
                            struct v1_reply *reply,
                            mlp_error *err)
{
    struct predict_explain explain = {0};
    mlp_status status = MLP_OK;
    if (reply->method == V1_EXPLAIN) {
        status = predict_explain_begin(
            &explain, reply->model, rows->n < SLICE_ROWS ? rows->n : SLICE_ROWS,
            err);
        reply->explain = &explain;
    }
    if (status == MLP_OK)
        status = slices_push(request, live, rows->values, rows->n, take_slice,
                             reply, err);
    predict_explain_end(&explain);
    reply->explain = NULL;
    return status;
}

/* Of rows whose columns have names, as /predict does. */
static void count_odd_cells(struct app *app,
                            const struct live_model *live,
                            const struct predict_rows *rows)
{
    struct predict_health health = {.model = live->model, .rows = rows};
    if (!rows->named)
        return;
    for (size_t i = 0; i < rows->n; i++)
        predict_health_row(&health, i, NULL);
    metrics_odd_cells(app->metrics, live->name, health.counts);
}

static struct http_reply *answer_rows(struct http_request *request,
                                      enum v1_method method,
                                      const struct live_model *live,
                                      const struct predict_rows *rows,
                                      struct problem *problem)
{
    struct app *app = request_app(request);
    size_t most = request_answer_max_bytes(request);
    mlp_buffer text;
    mlp_error err;
    mlp_buffer_init(&text, most < REPLY_MAX_BYTES ? most : REPLY_MAX_BYTES);
    struct v1_reply reply = {
        .out = &text, .model = live->model, .method = method};
    const char *member = v1_body_member(request_body(request));
    v1_reply_begin(&reply, strcmp(member, "inputs") == 0);
    if (push_rows(request, live, rows, &reply, &err) != MLP_OK) {
        mlp_buffer_free(&text);
        problem_from_error(problem, NULL, &err);
        return NULL;
    }
    v1_reply_end(&reply);
    if (text.status == MLP_OK) {
        metrics_predicted(app->metrics, live->name, live->version, rows->n);
        count_odd_cells(app, live, rows);
    }
    return reply_buffer(200, "application/json", &text);
}

static struct http_reply *answer(struct http_request *request,
                                 enum v1_method method,
                                 const struct live_model *live,
                                 struct problem *problem)
{
    struct predict_rows rows = {0};
    struct http_reply *reply = NULL;
    if (!v1_reply_check(method, live, problem) ||
        !v1_rows_read(&rows, request, live, problem))
        return NULL;
    if (method != V1_EXPLAIN || predict_explain_check(live, rows.n, problem))
        reply = answer_rows(request, method, live, &rows, problem);
    predict_rows_free(&rows);
    return reply;
}

static bool sleeps(struct app *app, const struct v1_request *what)
{
    struct model_at at;
    return model_parse_at(what->at[0] != '\0' ? what->at : NULL, &at) &&
           registry_sleeps(app->registry, what->model, at.version, at.alias);
}

/* False: it is not quick, and nothing was done. */
static bool predict(struct http_request *request, bool quick_only)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct v1_request what;
    struct http_reply *reply = NULL;
    struct live_model *live = NULL;
    if (v1_request_read(request, &what, &problem)) {
        if (quick_only && sleeps(app, &what))
            return false;
        live = v1_request_borrow(app, &what, &problem);
    }
    bool good = live != NULL && check_question(request, what.method, &problem);
    bool done =
        !good || !quick_only || is_quick(request, what.method, live->model);
    if (good && done)
        reply = answer(request, what.method, live, &problem);
    if (live != NULL && done && reply == NULL)
        metrics_predict_failed(app->metrics, live->name, live->version);
    if (live != NULL)
        registry_release(app->registry, live);
    v1_use_codes(&problem);
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

void v1_post(struct http_request *request)
{
    if (!predict(request, true))
        heavy_answer(request, predict_slowly);
}
