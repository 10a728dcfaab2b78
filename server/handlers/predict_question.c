/* SPDX-License-Identifier: MIT */
#include "handlers/predict_question.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "http/json.h"
#include "http/json_body.h"
#include "mlp/interval.h"
#include "mlp/number.h"

static const char JSON_TYPE[] = "application/json";

enum { TOP_MAX = MLP_MAX_WIDTH, OPTION_MAX_BYTES = 64 };

static void refuse_missing_columns(const char *found,
                                   const char *pointer,
                                   struct problem *problem)
{
    problem_set(problem, PROBLEM_INVALID, pointer,
                "%smissing_columns: expected error or missing, got '%.64s'",
                pointer != NULL ? "/" : "query: ", found);
}

/* NULL: as usual. */
static void read_missing_columns(const char *text,
                                 const char *pointer,
                                 struct predict_question *out,
                                 struct problem *problem)
{
    out->may_lack = text != NULL && strcmp(text, "missing") == 0;
    if (text != NULL && !out->may_lack && strcmp(text, "error") != 0)
        refuse_missing_columns(text, pointer, problem);
}

static void read_options(struct json_place *place, struct predict_question *out)
{
    const char *text = NULL;
    bool warnings;
    (void)json_get_text(place, "missing_columns", OPTION_MAX_BYTES, &text);
    if (json_get_bool(place, "warnings", &warnings))
        out->warnings = warnings ? WARNINGS_ON : WARNINGS_OFF;
    out->has_interval =
        json_get_number(place, "interval", 0, 1, &out->interval);
    read_missing_columns(text, "/missing_columns", out, place->problem);
}

/* A number or an alias. */
static void read_version(struct json_place *place, struct model_at *out)
{
    int64_t version = 0;
    const char *text;
    if (!json_is_string(json_get(place, "version"))) {
        (void)json_get_integer(place, "version", 1, UINT32_MAX, &version);
        *out = (struct model_at){.version = (uint32_t)version};
    } else if (json_get_text(place, "version", ALIAS_MAX_BYTES, &text) &&
               (!model_parse_at(text, out) || out->version != 0)) {
        problem_set(
            place->problem, PROBLEM_INVALID, "/version",
            "/version: expected a whole number from 1, or an alias: " ALIAS_RULE
            ", got the text '%.64s'",
            text);
    }
}

static void read_control(const json_t *control,
                         struct predict_question *out,
                         struct problem *problem)
{
    struct json_place place = json_root(control, problem);
    (void)json_get_text(&place, "model", NAME_MAX_BYTES, &out->model);
    read_version(&place, &out->at);
    (void)json_get_integer(&place, "top", 1, TOP_MAX, &out->top);
    (void)json_get_bool(&place, "explain", &out->explain);
    read_options(&place, out);
    (void)json_get(&place, "inputs");
    (void)json_get(&place, "columns");
    (void)json_get(&place, "rows");
    (void)json_get(&place, "records");
    json_close(&place);
}

/* NULL: none. */
static void read_interval(const char *text,
                          struct predict_question *out,
                          struct problem *problem)
{
    mlp_decimal decimal;
    out->has_interval = text != NULL;
    if (text == NULL)
        return;
    if (!mlp_parse_decimal(text, strlen(text), &decimal))
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "query: interval: expected a number, got '%.64s'", text);
    else
        out->interval = mlp_decimal_to_double(&decimal);
}

static void read_query(struct http_request *request,
                       struct predict_question *out,
                       struct problem *problem)
{
    out->model = request_query(request, "model");
    model_query_at(request, "version", &out->at, problem);
    out->top = request_query_integer(request, "top", 1, TOP_MAX, 0, problem);
    out->explain = request_query_flag(request, "explain", problem);
    read_missing_columns(request_query(request, "missing_columns"), NULL, out,
                         problem);
    if (request_query(request, "warnings") != NULL)
        out->warnings = request_query_flag(request, "warnings", problem)
                            ? WARNINGS_ON
                            : WARNINGS_OFF;
    read_interval(request_query(request, "interval"), out, problem);
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

bool predict_question_read(struct http_request *request,
                           struct predict_question *out,
                           struct problem *problem)
{
    *out = (struct predict_question){
        .json = request_has_type(request, JSON_TYPE),
        .csv = request_accepts(request, "text/csv"),
    };
    if (request_body(request) == NULL) {
        problem_set(problem, PROBLEM_MALFORMED, NULL,
                    "the body is missing: rows to predict are due");
    } else if (out->json) {
        request_each_query(request, refuse_key, problem);
        out->model = json_body_brief(request_body(request));
        if (out->model == NULL)
            read_control(json_body_control(request_body(request)), out,
                         problem);
        else if (out->model[0] == '\0')
            out->model = NULL;
    } else {
        read_query(request, out, problem);
    }
    if (out->model == NULL)
        problem_set(problem, PROBLEM_INVALID, out->json ? "/model" : NULL,
                    "%smodel is missing: which one shall predict?",
                    out->json ? "/" : "query: ");
    return !problem_is_set(problem);
}

/* --- the question and the model ------------------------------------------- */

static bool check_top(const struct predict_question *question,
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

/* What n errors are enough for, rounded down so that it can be asked. */
static double most_coverage(size_t n)
{
    return floor(1000 * (double)n / (double)(n + 1)) / 1000;
}

static bool check_interval(const struct predict_question *question,
                           const struct live_model *live,
                           struct problem *problem)
{
    const char *pointer = question->json ? "/interval" : NULL;
    size_t n = mlp_model_n_residuals(live->model);
    float half_width;
    if (!question->has_interval)
        return true;
    if (mlp_model_task(live->model) != MLP_TASK_REGRESSION)
        problem_set(problem, PROBLEM_INVALID, pointer,
                    "interval: %s@%" PRIu32 " is no regression", live->name,
                    live->version);
    else if (!(question->interval > 0 && question->interval < 1))
        problem_set(problem, PROBLEM_INVALID, pointer,
                    "interval: expected a coverage above 0 and below 1, got %g",
                    question->interval);
    else if (n == 0)
        problem_set(problem, PROBLEM_INVALID, pointer,
                    "interval: %s@%" PRIu32 " has none: it takes 20 rows or "
                    "more that its training held out",
                    live->name, live->version);
    else if (!mlp_model_interval(live->model, 0, question->interval,
                                 &half_width))
        problem_set(problem, PROBLEM_INVALID, pointer,
                    "interval: %s@%" PRIu32 " remembers %zu rows that its "
                    "training held out, enough for a coverage of up to %g",
                    live->name, live->version, n, most_coverage(n));
    return !problem_is_set(problem);
}

static bool check_explain(const struct predict_question *question,
                          struct problem *problem)
{
    if (question->explain && question->csv)
        problem_set(problem, PROBLEM_INVALID,
                    question->json ? "/explain" : NULL,
                    "explain does not go with a text/csv answer");
    return !problem_is_set(problem);
}

bool predict_question_check(const struct predict_question *question,
                            const struct live_model *live,
                            struct problem *problem)
{
    return check_top(question, live, problem) &&
           check_interval(question, live, problem) &&
           check_explain(question, problem);
}
