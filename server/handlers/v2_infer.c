/* SPDX-License-Identifier: MIT
 *
 * POST /v2/models/NAME[/versions/N]/infer: tensors in, tensors out. What is
 * quick is done on the HTTP thread, in memory; the rest goes to the pool. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/heavy.h"
#include "handlers/slices.h"
#include "handlers/v2_body.h"
#include "handlers/v2_lookup.h"
#include "handlers/v2_problem.h"
#include "handlers/v2_reply.h"
#include "handlers/v2_request.h"
#include "handlers/v2_rows.h"
#include "handlers/v2_stats.h"
#include "http/coding.h"

enum {
    REPLY_MAX_BYTES = 256 << 20,
    PACK_MIN_BYTES = 1024, /* packing less saves nothing */
    FLOAT_TEXT_BYTES = 10, /* on the average */
};

/* What takes as little time as slices_are_quick() allows for. */
static const uint64_t QUICK_ELEMENTS = 1 << 20;
static const uint64_t QUICK_BY_ELEMENT = 1 << 17; /* each of them a cell */
static const uint64_t QUICK_PACKED_BYTES = 1 << 18;

static const char HEADER_LENGTH[] = "Inference-Header-Content-Length";

/* --- the body ------------------------------------------------------------- */

/* How long the JSON is. Without the header all of the body is. */
static bool json_length(const struct http_request *request,
                        uint64_t *out,
                        struct problem *problem)
{
    const char *text = request_header(request, HEADER_LENGTH);
    *out = V2_ALL_JSON;
    if (text == NULL)
        return true;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits] != '\0') {
        problem_set(problem, PROBLEM_MALFORMED, NULL,
                    "%s: expected a number of bytes, found %.40s",
                    HEADER_LENGTH, text);
        return false;
    }
    *out = strtoull(text, NULL, 10);
    return true;
}

/* The Content-Type is not looked at: tritonclient sends none. */
struct http_body *v2_infer_open_body(struct http_request *request,
                                     struct problem *problem)
{
    struct app *app = request_app(request);
    const struct v2_body_limits limits = {
        .max_bytes = app->limits.predict_body_max_bytes,
        .max_elements = app->limits.max_cells,
        .max_control_bytes = app->limits.control_max_bytes,
        .heads = &app->v2_heads,
    };
    uint64_t json_bytes;
    if (!json_length(request, &json_bytes, problem))
        return NULL;
    struct http_body *body = v2_body_create(json_bytes, &limits);
    if (body == NULL)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    return body;
}

/* --- the answer ----------------------------------------------------------- */

/* A question on its way to its answer. */
struct inference {
    struct http_request *request;
    const struct live_model *live;
    struct v2_request asked;
    struct v2_outputs outputs;
    struct v2_rows rows;
    float *values; /* [rows.n, n_outputs of the model] */
    mlp_buffer text;
    size_t json_bytes;
};

static bool fail(struct problem *problem, const mlp_error *err)
{
    problem_from_error(problem, NULL, err);
    return false;
}

/* Behind the rows before. */
struct outputs_end {
    float *at;
    size_t n_outputs;
};

static bool
take_slice(void *context, const float *rows, const float *outputs, size_t n)
{
    struct outputs_end *end = context;
    (void)rows;
    memcpy(end->at, outputs, n * end->n_outputs * sizeof *outputs);
    end->at += n * end->n_outputs;
    return true;
}

static bool push_rows(const struct inference *inference,
                      struct problem *problem)
{
    const mlp_model *model = inference->live->model;
    struct outputs_end end = {inference->values, mlp_model_n_outputs(model)};
    mlp_error err;
    return slices_push(inference->request, inference->live,
                       inference->rows.values, inference->rows.n, take_slice,
                       &end, &err) == MLP_OK ||
           fail(problem, &err);
}

static bool read_rows(struct inference *inference, struct problem *problem)
{
    const struct app *app = request_app(inference->request);
    const struct v2_rows_limits limits = {
        .max_rows = app->limits.predict_max_rows,
        .max_cells = app->limits.max_cells,
    };
    return v2_outputs_choose(&inference->outputs, &inference->asked,
                             inference->live, problem) &&
           v2_rows_read(&inference->rows, &inference->asked, inference->live,
                        &limits, problem);
}

static bool infer_values(struct inference *inference, struct problem *problem)
{
    size_t n, size;
    if (__builtin_mul_overflow(inference->rows.n,
                               mlp_model_n_outputs(inference->live->model),
                               &n) ||
        __builtin_mul_overflow(n, sizeof(float), &size) ||
        size > inference->text.max_bytes) {
        problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                    "the answer would be too large; ask for less at a time");
        return false;
    }
    inference->values = malloc(size);
    if (inference->values == NULL)
        return fail(problem, &(mlp_error){.status = MLP_NOMEM});
    return push_rows(inference, problem);
}

/* Each phase with its time; what goes wrong ends it. */
static bool infer_timed(struct inference *inference,
                        struct v2_entry *entry,
                        struct problem *problem)
{
    uint64_t start = v2_stats_now_ns(), read, inferred;
    if (!read_rows(inference, problem))
        return false;
    read = v2_stats_now_ns();
    if (!infer_values(inference, problem))
        return false;
    inferred = v2_stats_now_ns();
    if (!v2_reply_write(&inference->outputs, &inference->asked, inference->live,
                        inference->values, inference->rows.n, &inference->text,
                        &inference->json_bytes, problem))
        return false;
    v2_stats_add(entry, V2_COMPUTE_INPUT, read - start);
    v2_stats_add(entry, V2_COMPUTE_INFER, inferred - read);
    v2_stats_add(entry, V2_COMPUTE_OUTPUT, v2_stats_now_ns() - inferred);
    return true;
}

/* What the buffer remembers becomes the reply's status by itself. */
static struct http_reply *make_reply(struct inference *inference,
                                     struct problem *problem)
{
    enum http_coding coding =
        coding_accepted(request_header(inference->request, "Accept-Encoding"));
    bool binary = inference->outputs.binary;
    mlp_error err;
    if (inference->text.length < PACK_MIN_BYTES)
        coding = CODING_IDENTITY;
    if (coding_pack(coding, &inference->text, &err) != MLP_OK) {
        (void)fail(problem, &err);
        return NULL;
    }
    bool whole = inference->text.status == MLP_OK;
    struct http_reply *reply = reply_buffer(
        200, binary ? "application/octet-stream" : "application/json",
        &inference->text);
    if (whole && binary)
        reply_header(reply, HEADER_LENGTH, "%zu", inference->json_bytes);
    if (whole && coding != CODING_IDENTITY)
        reply_header(reply, "Content-Encoding", "%s", coding_name(coding));
    return reply_header(reply, "Vary", "Accept-Encoding");
}

/* NULL with a problem. */
static struct http_reply *answer(struct inference *inference,
                                 struct problem *problem)
{
    struct app *app = request_app(inference->request);
    const struct live_model *live = inference->live;
    size_t most = request_answer_max_bytes(inference->request);
    uint64_t start = v2_stats_now_ns();
    struct v2_entry *entry =
        v2_stats_entry(&app->v2_stats, live->name, live->version);
    struct http_reply *reply = NULL;
    mlp_buffer_init(&inference->text,
                    most < REPLY_MAX_BYTES ? most : REPLY_MAX_BYTES);
    if (infer_timed(inference, entry, problem))
        reply = make_reply(inference, problem);
    if (reply != NULL) {
        metrics_predicted(app->metrics, live->name, live->version,
                          inference->rows.n);
        v2_stats_rows(entry, inference->rows.n);
    }
    if (reply == NULL)
        metrics_predict_failed(app->metrics, live->name, live->version);
    v2_stats_add(entry, reply != NULL ? V2_SUCCESS : V2_FAIL,
                 v2_stats_now_ns() - start);
    mlp_buffer_free(&inference->text);
    free(inference->values);
    v2_rows_free(&inference->rows);
    v2_outputs_free(&inference->outputs);
    return reply;
}

/* --- here, or on the pool ------------------------------------------------- */

/* Bytes of an answer that has to be packed; 0: it goes as it is. */
static uint64_t packed_bytes(const struct inference *inference, uint64_t n_rows)
{
    bool packs = coding_accepted(request_header(
                     inference->request, "Accept-Encoding")) != CODING_IDENTITY;
    return packs ? n_rows * mlp_model_n_outputs(inference->live->model) *
                       FLOAT_TEXT_BYTES
                 : 0;
}

static bool is_quick(const struct inference *inference)
{
    const mlp_model *model = inference->live->model;
    bool by_element;
    uint64_t n = v2_request_count(&inference->asked, &by_element);
    uint64_t n_rows = n / mlp_model_n_features(model) + 1;
    by_element = by_element || inference->asked.n_inputs > 1 ||
                 !mlp_model_takes_numbers(model);
    return n <= (by_element ? QUICK_BY_ELEMENT : QUICK_ELEMENTS) &&
           packed_bytes(inference, n_rows) <= QUICK_PACKED_BYTES &&
           slices_are_quick(model, n_rows, 1);
}

/* A body that the protocol does not have fails, too, if the model is known. */
static void count_failure(struct app *app, const struct live_model *live)
{
    v2_stats_add(v2_stats_entry(&app->v2_stats, live->name, live->version),
                 V2_FAIL, 0);
    metrics_predict_failed(app->metrics, live->name, live->version);
}

/* False: it is not quick, and nothing was done. */
static bool infer(struct http_request *request, bool quick_only)
{
    struct app *app = request_app(request);
    struct inference inference = {.request = request};
    struct problem problem = {0};
    struct http_reply *reply = NULL;
    if (quick_only && v2_lookup_sleeps(request))
        return false;
    struct live_model *live = v2_lookup(request, &problem);
    inference.live = live;
    bool read =
        live != NULL &&
        v2_request_read(&inference.asked, request_body(request), &problem);
    bool done = !read || !quick_only || is_quick(&inference);
    if (read && done)
        reply = answer(&inference, &problem);
    else if (live != NULL && !read)
        count_failure(app, live);
    v2_request_free(&inference.asked);
    if (live != NULL)
        registry_release(app->registry, live);
    if (reply != NULL)
        request_reply(request, reply);
    else if (done)
        v2_problem_reply(request, &problem);
    return done;
}

/* Threads: pool. */
static void infer_slowly(struct http_request *request)
{
    (void)infer(request, false);
}

void v2_infer_post(struct http_request *request)
{
    if (!infer(request, true))
        heavy_answer(request, infer_slowly);
}
