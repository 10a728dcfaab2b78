/* SPDX-License-Identifier: MIT
 *
 * mlpd jobs: list, show, wait, cancel, rm, log. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/follow.h"
#include "cli/session.h"
#include "cli/text_table.h"

enum { PATH_BYTES = 128, NUMBER_MAX_DIGITS = 18, HISTORY_COLUMNS_MAX = 16 };

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

/* --- list ------------------------------------------------------------------
 */

static void add_job(struct text_table *table, const json_t *job)
{
    char left[24];
    double version = follow_figure(json_object_get(job, "result"), "version");
    text_table_format(table, "%.0f", follow_figure(job, "id"));
    if (isfinite(version))
        text_table_format(table, "%s@%.0f", text_of(job, "model"), version);
    else
        text_table_add(table, text_of(job, "model"));
    text_table_add(table, text_of(job, "state"));
    text_table_format(table, "%.0f%%",
                      floor(100 * fmax(follow_figure(job, "progress"), 0)));
    progress_format_time(follow_figure(job, "eta_s"), left, sizeof left);
    text_table_add(table, left);
    text_table_format(table, "%.19s", text_of(job, "created_at"));
}

static int print_list(const json_t *json)
{
    struct text_table table;
    mlp_error err;
    size_t i;
    json_t *job;
    text_table_init(&table, ">JOB|MODEL|STATE|>DONE|>LEFT|CREATED");
    json_array_foreach(json_object_get(json, "jobs"), i, job)
        add_job(&table, job);
    mlp_status status = text_table_print(&table, true, stdout, &err);
    text_table_free(&table);
    return status == MLP_OK ? CLI_OK
                            : session_fail(CLI_REFUSED, "%s", err.text);
}

static int list(struct session *session)
{
    const struct args *args = session->args;
    const char *const pairs[][2] = {
        {"state", args->state}, {"model", args->model}, {"limit", args->limit}};
    mlp_buffer path;
    json_t *json = NULL;
    mlp_buffer_init(&path, 4096);
    mlp_buffer_text(&path, "/jobs");
    for (size_t i = 0, n = 0; i < 3; i++) {
        if (pairs[i][1] == NULL)
            continue;
        mlp_buffer_format(&path, "%c%s=", n++ == 0 ? '?' : '&', pairs[i][0]);
        client_escape(&path, pairs[i][1]);
    }
    int code = path.status == MLP_OK
                   ? session_get(session, "GET", path.data, &json)
                   : session_fail(CLI_USAGE, "a value is too long");
    if (json != NULL)
        code = print_list(json);
    json_decref(json);
    mlp_buffer_free(&path);
    return code;
}

/* --- one -------------------------------------------------------------------
 */

static int show(struct session *session, json_int_t id)
{
    char path[PATH_BYTES];
    json_t *job;
    (void)snprintf(path, sizeof path, "/jobs/%" JSON_INTEGER_FORMAT, id);
    int code = session_get(session, "GET", path, &job);
    if (job == NULL)
        return code;
    const struct progress_view view = {
        .state = text_of(job, "state"),
        .share = follow_figure(job, "progress"),
        .epoch = follow_figure(job, "epoch"),
        .epochs = follow_figure(job, "epochs"),
        .loss = follow_figure(json_object_get(job, "metrics"), "loss"),
        .validation_loss =
            follow_figure(json_object_get(job, "metrics"), "validation_loss"),
        .validation_accuracy = (double)NAN,
        .samples_per_second = follow_figure(job, "samples_per_second"),
        .eta_s = follow_figure(job, "eta_s"),
        .queue_position = follow_figure(job, "queue_position"),
    };
    char line[256];
    progress_format(&view, 120, false, line, sizeof line);
    (void)printf("job %" JSON_INTEGER_FORMAT " of %s: %s\n", id,
                 text_of(job, "model"), line);
    if (!follow_is_open(job) && strcmp(view.state, "cancelled") != 0)
        code = follow_report(session, job);
    json_decref(job);
    return code;
}

static int wait_for(struct session *session, json_int_t id)
{
    struct progress progress;
    struct client_answer text;
    json_t *job;
    progress_begin(&progress, stderr, session->args->quiet);
    int code = follow_job(session, id, false, &progress, &text, &job);
    progress_end(&progress);
    if (code == CLI_INTERRUPTED)
        (void)fprintf(stderr, "Job %" JSON_INTEGER_FORMAT " goes on.\n", id);
    if (code == CLI_OK && session->args->json) {
        session_print(&text);
        code = strcmp(text_of(job, "state"), "succeeded") == 0 ? CLI_OK
                                                               : CLI_REFUSED;
    } else if (code == CLI_OK) {
        code = follow_report(session, job);
    }
    json_decref(job);
    client_answer_free(&text);
    return code;
}

/* One request that says little; `done` is printed when it went well. */
static int order(struct session *session,
                 const char *method,
                 const char *path,
                 json_int_t id,
                 const char *done)
{
    json_t *json;
    int code = session_get(session, method, path, &json);
    if (code == CLI_OK && !session->args->json && !session->args->quiet)
        (void)printf("job %" JSON_INTEGER_FORMAT " %s\n", id, done);
    json_decref(json);
    return code;
}

static int cancel(struct session *session, json_int_t id)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "/jobs/%" JSON_INTEGER_FORMAT "/cancel",
                   id);
    return order(session, "POST", path, id, "is told to stop");
}

static int remove_job(struct session *session, json_int_t id)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "/jobs/%" JSON_INTEGER_FORMAT, id);
    return order(session, "DELETE", path, id, "is removed");
}

/* --- log -------------------------------------------------------------------
 */

struct history {
    const char *names[HISTORY_COLUMNS_MAX];
    const json_t *columns[HISTORY_COLUMNS_MAX];
    size_t n;
};

static void take_columns(struct history *history, json_t *json)
{
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value)
    {
        if (!json_is_array(value) || history->n == HISTORY_COLUMNS_MAX)
            continue;
        history->names[history->n] = key;
        history->columns[history->n++] = value;
    }
}

static int print_history(json_t *json)
{
    struct history history = {.n = 0};
    struct text_table table;
    char heading[512] = "";
    size_t used = 0, n_rows = 0;
    mlp_error err;
    take_columns(&history, json);
    for (size_t i = 0; i < history.n; i++) {
        int n = snprintf(heading + used, sizeof heading - used, "%s>%.24s",
                         i > 0 ? "|" : "", history.names[i]);
        used += n > 0 ? (size_t)n : 0;
        size_t rows = json_array_size(history.columns[i]);
        n_rows = rows > n_rows ? rows : n_rows;
    }
    text_table_init(&table, heading);
    for (size_t row = 0; row < n_rows; row++)
        for (size_t i = 0; i < history.n; i++) {
            const json_t *cell = json_array_get(history.columns[i], row);
            if (json_is_number(cell))
                text_table_format(&table, "%.6g", json_number_value(cell));
            else
                text_table_add(&table, "");
        }
    mlp_status status = text_table_print(&table, true, stdout, &err);
    text_table_free(&table);
    return status == MLP_OK ? CLI_OK
                            : session_fail(CLI_REFUSED, "%s", err.text);
}

static int print_log(struct session *session, json_int_t id)
{
    char path[PATH_BYTES];
    json_t *json;
    (void)snprintf(path, sizeof path, "/jobs/%" JSON_INTEGER_FORMAT "/history",
                   id);
    int code = session_get(session, "GET", path, &json);
    if (json != NULL)
        code = print_history(json);
    json_decref(json);
    return code;
}

/* --- the verb --------------------------------------------------------------
 */

static const struct {
    const char *word;
    int (*run)(struct session *session, json_int_t id);
} actions[] = {
    {"show", show},     {"wait", wait_for}, {"cancel", cancel},
    {"rm", remove_job}, {"log", print_log},
};

static bool parse_id(const char *text, json_int_t *out)
{
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > NUMBER_MAX_DIGITS || text[n] != '\0')
        return false;
    *out = 0;
    for (size_t i = 0; i < n; i++)
        *out = *out * 10 + (text[i] - '0');
    return true;
}

int verb_jobs(const struct args *args)
{
    const char *word = args->n_words > 0 ? args->words[0] : "list";
    bool lists = strcmp(word, "list") == 0;
    struct session session;
    json_int_t id = 0;
    size_t action = 0;
    while (!lists && action < sizeof actions / sizeof actions[0] &&
           strcmp(actions[action].word, word) != 0)
        action++;
    if (action == sizeof actions / sizeof actions[0])
        return session_fail(CLI_USAGE,
                            "jobs: expected list, show, wait, cancel, rm or "
                            "log, got '%s'",
                            word);
    if (args->n_words > (lists ? 1 : 2))
        return session_fail(CLI_USAGE, "jobs %s: '%s' is too much", word,
                            args->words[lists ? 1 : 2]);
    if (!lists && (args->n_words < 2 || !parse_id(args->words[1], &id)))
        return session_fail(CLI_USAGE,
                            "jobs %s: expected a job's number behind it", word);
    int code = session_open(&session, args, false);
    if (code == CLI_OK)
        code = lists ? list(&session) : actions[action].run(&session, id);
    session_close(&session);
    return code;
}
