/* SPDX-License-Identifier: MIT
 *
 * Rows as they come, columns as they are shown and stored. */
#include "jobs/job_history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/job_runner.h"
#include "mlp/json.h"

enum { FIRST_CAPACITY = 32 };

static bool grow(struct job_history *history)
{
    size_t capacity = history->n ? 2 * history->n : FIRST_CAPACITY;
    struct job_step *rows = reallocarray(history->rows, capacity, sizeof *rows);

    if (rows == NULL)
        return false;
    history->rows = rows;
    history->capacity = capacity;
    return true;
}

void job_history_append(struct job_history *history,
                        size_t step,
                        const double *metrics)
{
    if (history->n == history->capacity && !grow(history))
        return;
    struct job_step *row = &history->rows[history->n++];
    row->step = step;
    memcpy(row->metrics, metrics, sizeof row->metrics);
}

void job_history_write(const struct job_history *history,
                       const char *const *names,
                       mlp_buffer *out)
{
    mlp_buffer_text(out, "{\"epoch\":[");
    for (size_t i = 0; i < history->n; i++)
        mlp_buffer_format(out, "%s%zu", i ? "," : "", history->rows[i].step);
    for (size_t m = 0; names[m] != NULL; m++) {
        mlp_buffer_text(out, "],");
        mlp_json_write_string(out, names[m], strlen(names[m]));
        mlp_buffer_text(out, ":[");
        for (size_t i = 0; i < history->n; i++) {
            mlp_buffer_text(out, i ? "," : "");
            mlp_json_write_double(out, history->rows[i].metrics[m]);
        }
    }
    mlp_buffer_text(out, "]}");
}

/* --- reading -------------------------------------------------------------- */

enum { MAX_DEPTH = 2, STEPS = -1, NOBODYS = -2 };

struct columns_reader {
    struct job_history *out;
    const char *const *names;
    int column; /* of the names, STEPS, or NOBODYS */
    size_t row; /* the next one of the column */
};

static bool token_is(const mlp_json_token *token, const char *text)
{
    return strlen(text) == token->length &&
           memcmp(text, token->text, token->length) == 0;
}

static void begin_column(struct columns_reader *reader,
                         const mlp_json_token *token)
{
    reader->row = 0;
    reader->column = token_is(token, "epoch") ? STEPS : NOBODYS;
    for (int i = 0; reader->names[i] != NULL; i++)
        if (token_is(token, reader->names[i]))
            reader->column = i;
}

static mlp_status
take_step(struct columns_reader *reader, double value, mlp_error *err)
{
    /* Counts are far below 2^53; anything else was not written here. */
    const double most = 9007199254740992.0;
    double metrics[JOB_METRICS_MAX];
    size_t n = reader->out->n;

    if (!(value >= 0 && value <= most))
        return mlp_fail(err, MLP_FORMAT, "history: no number of a step");
    for (size_t i = 0; i < JOB_METRICS_MAX; i++)
        metrics[i] = (double)NAN;
    job_history_append(reader->out, (size_t)value, metrics);
    if (reader->out->n == n)
        return mlp_fail(err, MLP_NOMEM, "history: out of memory");
    return MLP_OK;
}

static mlp_status
take_figure(struct columns_reader *reader, double value, mlp_error *err)
{
    if (reader->column == STEPS)
        return take_step(reader, value, err);
    if (reader->column >= 0 && reader->row < reader->out->n)
        reader->out->rows[reader->row++].metrics[reader->column] = value;
    return MLP_OK;
}

static mlp_status
columns_token(void *context, const mlp_json_token *token, mlp_error *err)
{
    if (token->event == MLP_JSON_KEY)
        begin_column(context, token);
    else if (token->event == MLP_JSON_NUMBER)
        return take_figure(context, mlp_decimal_to_double(&token->decimal),
                           err);
    else if (token->event == MLP_JSON_NULL)
        return take_figure(context, (double)NAN, err);
    return MLP_OK;
}

mlp_status job_history_read(struct job_history *history,
                            const char *text,
                            const char *const *names,
                            mlp_error *err)
{
    struct columns_reader reader = {
        .out = history, .names = names, .column = NOBODYS};
    mlp_status status = mlp_json_read(text, strlen(text), columns_token,
                                      &reader, MAX_DEPTH, err);

    if (status != MLP_OK)
        job_history_free(history);
    return status;
}

/* --- looking -------------------------------------------------------------- */

/* How many rows have a step of at most `step`. */
static size_t count_to(const struct job_history *history, size_t step)
{
    size_t low = 0, high = history->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (history->rows[middle].step <= step)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t job_history_copy(const struct job_history *history,
                        size_t after,
                        struct job_step *out,
                        size_t n_max)
{
    size_t first = count_to(history, after);
    size_t n = history->n - first < n_max ? history->n - first : n_max;

    if (n > 0)
        memcpy(out, history->rows + first, n * sizeof *out);
    return n;
}

void job_history_free(struct job_history *history)
{
    free(history->rows);
    *history = (struct job_history){NULL, 0, 0};
}
