/* SPDX-License-Identifier: MIT
 *
 * POST /models/NAME/evaluate: how good a model is on rows whose answers are
 * known. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "handlers/evaluate_table.h"
#include "handlers/evaluate_task.h"
#include "handlers/handlers.h"
#include "mlp/json.h"
#include "training/score_json.h"

static void write_answer(mlp_buffer *out,
                         const struct live_model *live,
                         const mlp_score_table *scores)
{
    mlp_buffer_text(out, "{\"model\":");
    mlp_json_write_string(out, live->name, strlen(live->name));
    mlp_buffer_format(out,
                      ",\"version\":%" PRIu32 ",\"rows\":%zu,\"skipped\":%zu,"
                      "\"scores\":{",
                      live->version, scores->scores.n_rows, scores->n_skipped);
    score_json_figures(out, &scores->scores);
    if (!isnan(scores->interval_coverage_90)) {
        mlp_buffer_text(out, ",\"interval_coverage_90\":");
        mlp_json_write_double(out, scores->interval_coverage_90);
    }
    mlp_buffer_text(out, "}");
    score_json_tables(out, live->model, scores);
    mlp_buffer_text(out, "}");
}

static void evaluate(struct evaluate_task *task, const struct live_model *live)
{
    mlp_table *table = evaluate_table_read(
        &task->source, live, NULL, task->app->limits.max_cells, &task->problem);
    mlp_score_table *scores =
        table == NULL ? NULL
                      : evaluate_task_score(task, live, table, NULL,
                                            &(mlp_evaluate_options){0});

    if (scores != NULL)
        write_answer(&task->text, live, scores);
    mlp_score_table_destroy(scores);
    mlp_table_destroy(table);
}

static void answer(struct evaluate_task *task)
{
    struct live_model *live =
        model_borrow(task->app, task->model, task->at[0], &task->problem);

    if (live == NULL)
        return;
    evaluate(task, live);
    registry_release(task->app->registry, live);
}

static void read_version(struct evaluate_task *task)
{
    struct http_request *request = task->request;

    if (model_check_path(request, &task->at[0], &task->problem) &&
        request_segment(request, "version") == NULL)
        model_query_at(request, "version", &task->at[0], &task->problem);
}

void evaluate_post(struct http_request *request)
{
    static const struct evaluate_route route = {read_version, answer};

    evaluate_task_run(request, &route);
}
