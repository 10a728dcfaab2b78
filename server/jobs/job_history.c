/* SPDX-License-Identifier: MIT
 *
 * Rows as they come, columns as they are shown. */
#include "jobs/job_history.h"

#include <stdlib.h>
#include <string.h>

#include "jobs/job_runner.h"
#include "mlp/json.h"

enum { FIRST_CAPACITY = 32 };

struct job_history_row {
    size_t step;
    double metrics[JOB_METRICS_MAX];
};

static bool grow(struct job_history *history)
{
    size_t capacity = history->n ? 2 * history->n : FIRST_CAPACITY;
    struct job_history_row *rows =
        reallocarray(history->rows, capacity, sizeof *rows);

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
    struct job_history_row *row = &history->rows[history->n++];
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

void job_history_free(struct job_history *history)
{
    free(history->rows);
    *history = (struct job_history){NULL, 0, 0};
}
