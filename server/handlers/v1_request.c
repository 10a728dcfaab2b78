/* SPDX-License-Identifier: MIT */
#include "handlers/v1_request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "handlers/model_lookup.h"

static const char *const method_names[] = {
    [V1_NO_METHOD] = "",        [V1_PREDICT] = "predict",
    [V1_CLASSIFY] = "classify", [V1_REGRESS] = "regress",
    [V1_EXPLAIN] = "explain",
};
enum { N_METHODS = sizeof method_names / sizeof *method_names };

const char *v1_method_name(enum v1_method method)
{
    return method_names[method];
}

void v1_malformed(const struct http_request *request, struct problem *problem)
{
    problem_set(problem, PROBLEM_MALFORMED, NULL,
                "Malformed request: %s %.200s", request_method(request),
                request_target(request));
}

void v1_not_found(const struct v1_request *request, struct problem *problem)
{
    if (request->at[0] == '\0')
        problem_set(problem, PROBLEM_NOT_FOUND, NULL,
                    "Servable not found for request: Latest(%s)",
                    request->model);
    else
        problem_set(problem, PROBLEM_NOT_FOUND, NULL,
                    "Servable not found for request: Specific(%s, %s)",
                    request->model, request->at);
}

void v1_use_codes(struct problem *problem)
{
    if (problem_is_set(problem) &&
        problem_status(problem->type) == problem_status(PROBLEM_INVALID))
        problem->type = PROBLEM_INVALID_ARGUMENT;
}

/* --- the path ------------------------------------------------------------- */

/* "half:predict" → "half" and the method; the case of that is free. A name
 * without a colon has none. */
static bool split(const char *segment, char out[80], enum v1_method *method)
{
    size_t length = strcspn(segment, ":");
    snprintf(out, 80, "%.*s", (int)length, segment);
    *method = V1_NO_METHOD;
    if (segment[length] == '\0')
        return length > 0;
    for (int i = V1_PREDICT; i < N_METHODS; i++)
        if (strcasecmp(segment + length + 1, method_names[i]) == 0)
            *method = (enum v1_method)i;
    return length > 0 && *method != V1_NO_METHOD;
}

static bool all_digits(const char *text)
{
    return text[strspn(text, "0123456789")] == '\0';
}

static bool read_path(const struct http_request *request,
                      struct v1_request *out)
{
    const char *model = request_segment(request, "model");
    const char *version = request_segment(request, "version");
    const char *label = request_segment(request, "label");
    const char *at = version != NULL ? version : label;
    out->is_label = label != NULL;
    if (model == NULL || !split(model, out->model, &out->method))
        return false;
    if (at == NULL)
        return true;
    if (out->method != V1_NO_METHOD || !split(at, out->at, &out->method))
        return false;
    return out->is_label || all_digits(out->at);
}

bool v1_request_read(const struct http_request *request,
                     struct v1_request *out,
                     struct problem *problem)
{
    bool posted = strcmp(request_method(request), "POST") == 0;
    *out = (struct v1_request){0};
    if (read_path(request, out) && (out->method != V1_NO_METHOD) == posted)
        return true;
    v1_malformed(request, problem);
    return false;
}

/* --- the model ------------------------------------------------------------ */

struct live_model *v1_request_borrow(struct app *app,
                                     const struct v1_request *request,
                                     struct problem *problem)
{
    struct problem why = {0};
    struct live_model *live = NULL;
    bool looks_wrong = request->is_label && all_digits(request->at);
    if (!looks_wrong)
        live =
            model_borrow_at(app, request->model,
                            request->at[0] != '\0' ? request->at : NULL, &why);
    if (live != NULL)
        return live;
    int status = problem_status(why.type);
    bool unknown = looks_wrong || status == problem_status(PROBLEM_NOT_FOUND) ||
                   status == problem_status(PROBLEM_INVALID);
    if (!unknown)
        *problem = why;
    else if (request->is_label)
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, NULL,
                    "Unrecognized servable version label: %s", request->at);
    else
        v1_not_found(request, problem);
    return NULL;
}
