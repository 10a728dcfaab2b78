/* SPDX-License-Identifier: MIT
 *
 * Problems: the table of types as data, and the text that tells one. */
#include "http/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mlp/json.h"
#include "telemetry/log.h"

static const struct kind {
    int status;
    const char *slug, *title;
} kinds[] = {
#define X(name, status, slug, title) [PROBLEM_##name] = {status, slug, title},
    PROBLEM_TABLE(X)
#undef X
};

static const struct kind *kind_of(enum problem_type type)
{
    return &kinds[type != PROBLEM_NONE ? type : PROBLEM_INTERNAL];
}

void problem_set(struct problem *problem,
                 enum problem_type type,
                 const char *pointer,
                 const char *format,
                 ...)
{
    if (problem_is_set(problem))
        return;
    problem->type = type;
    snprintf(problem->pointer, sizeof problem->pointer, "%s",
             pointer != NULL ? pointer : "");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->detail, sizeof problem->detail, format, arguments);
    va_end(arguments);
}

/* When to come back to a disk that fails. */
enum { STORAGE_RETRY_S = 10 };

/* The texts of these may speak of the machine: they are for the log. */
static void set_inner(struct problem *problem,
                      enum problem_type type,
                      const char *detail,
                      const mlp_error *err)
{
    log_event(LOG_ERROR, "request_failed", LOG_TEXT_FIELD("reason", err->text));
    problem_set(problem, type, NULL, "%s", detail);
}

void problem_from_error(struct problem *problem,
                        const char *pointer,
                        const mlp_error *err)
{
    switch (err->status) {
    case MLP_INVALID:
    case MLP_SHAPE:
        problem_set(problem, PROBLEM_INVALID, pointer, "%s", err->text);
        break;
    case MLP_FORMAT:
        problem_set(problem, PROBLEM_MALFORMED, pointer, "%s", err->text);
        break;
    case MLP_LIMIT:
        problem_set(problem, PROBLEM_TOO_LARGE, pointer, "%s", err->text);
        break;
    case MLP_NOMEM:
        problem->retry_after_s = 1;
        problem_set(problem, PROBLEM_OVERLOADED, NULL,
                    "there is not enough memory for this request now");
        break;
    case MLP_FULL:
        set_inner(problem, PROBLEM_STORAGE,
                  "there is no space left on the device to store the data",
                  err);
        break;
    case MLP_IO:
        problem->retry_after_s = STORAGE_RETRY_S;
        set_inner(problem, PROBLEM_STORAGE_FAILED,
                  "the data could not be stored or read", err);
        break;
    case MLP_CANCELLED:
        problem->retry_after_s = STORAGE_RETRY_S;
        problem_set(problem, PROBLEM_DRAINING, NULL, "the server is stopping");
        break;
    default:
        set_inner(problem, PROBLEM_INTERNAL, "the server failed", err);
    }
}

bool problem_is_set(const struct problem *problem)
{
    return problem->type != PROBLEM_NONE;
}

int problem_status(enum problem_type type)
{
    return kind_of(type)->status;
}

static void member(mlp_buffer *out, const char *key, const char *text)
{
    mlp_buffer_format(out, ",\"%s\":", key);
    mlp_json_write_string(out, text, strlen(text));
}

void problem_write(mlp_buffer *out,
                   const struct problem *problem,
                   const char *request_id)
{
    const struct kind *kind = kind_of(problem->type);
    mlp_buffer_format(out, "{\"type\":\"https://mlpd.dev/problems/%s\"",
                      kind->slug);
    member(out, "title", kind->title);
    mlp_buffer_format(out, ",\"status\":%d", kind->status);
    member(out, "detail", problem->detail);
    member(out, "error", problem->detail);
    if (problem->pointer[0] != '\0') {
        mlp_buffer_text(out, ",\"errors\":[{\"pointer\":");
        mlp_json_write_string(out, problem->pointer, strlen(problem->pointer));
        member(out, "detail", problem->detail);
        mlp_buffer_text(out, "}]");
    }
    if (request_id != NULL)
        member(out, "request_id", request_id);
    mlp_buffer_text(out, "}\n");
}
