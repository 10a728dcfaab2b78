/* SPDX-License-Identifier: MIT */
#include "cli/follow.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/interrupt.h"
#include "cli/scores_text.h"

enum { POLL_FIRST_MS = 30, POLL_MS = 200, WAIT_S = 1, PATH_BYTES = 256 };

double follow_figure(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

bool follow_is_open(const json_t *job)
{
    const char *state = text_of(job, "state");
    return strcmp(state, "queued") == 0 || strcmp(state, "running") == 0;
}

static void show(struct progress *progress, const json_t *job)
{
    const json_t *metrics = json_object_get(job, "metrics");
    const struct progress_view view = {
        .state = text_of(job, "state"),
        .share = follow_figure(job, "progress"),
        .epoch = follow_figure(job, "epoch"),
        .epochs = follow_figure(job, "epochs"),
        .loss = follow_figure(metrics, "loss"),
        .validation_loss = follow_figure(metrics, "validation_loss"),
        .validation_accuracy = follow_figure(metrics, "validation_accuracy"),
        .samples_per_second = follow_figure(job, "samples_per_second"),
        .eta_s = follow_figure(job, "eta_s"),
        .queue_position = follow_figure(job, "queue_position"),
    };
    progress_show(progress, &view);
}

/* The daemon is asked, and goes on saying how the job is until it has ended. */
static int
cancel(struct session *session, json_int_t id, struct progress *progress)
{
    char path[PATH_BYTES];
    struct client_answer answer;
    (void)snprintf(path, sizeof path, "/jobs/%" JSON_INTEGER_FORMAT "/cancel",
                   id);
    progress_end(progress);
    (void)fprintf(stderr,
                  "Cancelling job %" JSON_INTEGER_FORMAT
                  ". Once more leaves at once.\n",
                  id);
    session->client.stop = NULL;
    int code = session_ask(
        session, &(struct client_request){.method = "POST", .path = path},
        &answer);
    client_answer_free(&answer);
    return code;
}

/* On a terminal look often; else be told of the end within a second. */
static int look(struct session *session,
                json_int_t id,
                bool often,
                struct client_answer *text,
                json_t **job)
{
    char path[PATH_BYTES];
    client_answer_free(text);
    json_decref(*job);
    *job = NULL;
    (void)snprintf(path, sizeof path, "/jobs/%" JSON_INTEGER_FORMAT "%s", id,
                   often ? "" : "?wait=1");
    int code = session_ask(
        session, &(struct client_request){.method = "GET", .path = path}, text);
    if (code == CLI_OK && (*job = session_json(text)) == NULL)
        code = CLI_NO_CONNECTION;
    return code;
}

static void rest(long ms)
{
    (void)nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

int follow_job(struct session *session,
               json_int_t id,
               bool cancels,
               struct progress *progress,
               struct client_answer *text,
               json_t **job)
{
    bool cancelled = false;
    long pause_ms = POLL_FIRST_MS;
    *job = NULL;
    *text = (struct client_answer){0};
    for (;;) {
        int code = look(session, id, progress->bar, text, job);
        if (code == CLI_OK && !follow_is_open(*job))
            break;
        if (code == CLI_OK)
            show(progress, *job);
        if (code != CLI_OK && !(code == CLI_INTERRUPTED && cancels))
            return code;
        if (interrupt_came() && !cancels)
            return CLI_INTERRUPTED;
        if (interrupt_came() && !cancelled) {
            cancelled = true;
            (void)cancel(session, id, progress);
            continue;
        }
        if (progress->bar) {
            rest(pause_ms);
            pause_ms = POLL_MS;
        }
    }
    progress_end(progress);
    return cancelled ? CLI_INTERRUPTED : CLI_OK;
}

/* --- how it ended ----------------------------------------------------------
 */

static void print_warnings(const json_t *job)
{
    size_t i;
    json_t *warning;
    json_array_foreach(json_object_get(job, "warnings"), i, warning)
    {
        const char *text = json_is_object(warning) ? text_of(warning, "detail")
                                                   : json_string_value(warning);
        if (text != NULL && text[0] != '\0')
            (void)fprintf(stderr, "warning: %s\n", text);
    }
}

static int report_model(struct session *session, const json_t *job)
{
    char path[PATH_BYTES];
    struct client_answer answer;
    double version = follow_figure(json_object_get(job, "result"), "version");
    (void)snprintf(path, sizeof path, "/models/%s/versions/%.0f",
                   text_of(job, "model"), version);
    int code = session_ask(
        session, &(struct client_request){.method = "GET", .path = path},
        &answer);
    json_t *model = code == CLI_OK ? session_json(&answer) : NULL;
    if (model != NULL)
        scores_text_print_model(model, stdout);
    json_decref(model);
    client_answer_free(&answer);
    return code;
}

int follow_report(struct session *session, const json_t *job)
{
    const char *state = text_of(job, "state");
    const json_t *error = json_object_get(job, "error");
    if (!session->args->quiet)
        print_warnings(job);
    if (strcmp(state, "succeeded") == 0)
        return report_model(session, job);
    if (strcmp(state, "cancelled") == 0)
        return session_fail(CLI_REFUSED, "job %.0f was cancelled",
                            follow_figure(job, "id"));
    return session_fail(CLI_REFUSED, "job %.0f %s: %s",
                        follow_figure(job, "id"), state,
                        text_of(error, "detail"));
}
