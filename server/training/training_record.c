/* SPDX-License-Identifier: MIT
 *
 * What a model file says about its own training. No clock has a word in it, no
 * number of threads, and not what is done with the model: equal spec, data and
 * seed give equal bytes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/json.h"
#include "training/score_json.h"
#include "training/training_inner.h"

static const char *const stops[] = {
    [MLP_STOP_EPOCHS] = "epochs",
    [MLP_STOP_EARLY] = "early",
    [MLP_STOP_TIME] = "time",
};

/* A record ends at 1 MiB (mlp_model_set_record()), and the settings in it are
 * worth more than tables. Tables may fill it up to here, the baseline a bit
 * further, and the importance of columns to the same place. */
enum {
    TABLES_END = 512 << 10,
    BASELINE_END = 768 << 10,
    IMPORTANCE_END = BASELINE_END,
};

/* Append a part that may be left out: when the record would then end behind
 * `end`. That depends on nothing but the part. */
static void append_part(mlp_buffer *out, mlp_buffer *part, size_t end)
{
    if (part->status == MLP_NOMEM)
        out->status = MLP_NOMEM;
    else if (part->status == MLP_OK && out->length < end &&
             part->length <= end - out->length)
        mlp_buffer_append(out, part->data, part->length);
    mlp_buffer_free(part);
}

static void
tables(mlp_buffer *out, const mlp_model *model, const mlp_score_table *table)
{
    mlp_buffer part;

    mlp_buffer_init(&part, TABLES_END);
    if (table != NULL && table->n_classes <= MLP_CONFUSION_CLASSES)
        score_json_tables(&part, model, table);
    append_part(out, &part, TABLES_END);
}

/* table NULL: the figures alone. */
static void scores(mlp_buffer *out,
                   const char *name,
                   const mlp_scores *of,
                   const mlp_model *model,
                   const mlp_score_table *table)
{
    mlp_buffer_format(out, "\"%s\":", name);
    if (of->n_rows == 0) {
        mlp_buffer_text(out, "null");
        return;
    }
    mlp_buffer_text(out, "{");
    score_json_figures(out, of);
    tables(out, model, table);
    mlp_buffer_text(out, "}");
}

/* What an evaluation compares with: mlp_plan_baseline(). */
static void baseline(mlp_buffer *out, const struct training_scores *scores)
{
    mlp_buffer part;

    mlp_buffer_init(&part, BASELINE_END);
    mlp_buffer_text(&part, ",\"baseline\":[");
    for (size_t i = 0; i < scores->n_outputs; i++) {
        if (i > 0)
            mlp_buffer_text(&part, ",");
        mlp_json_write_double(&part, scores->baseline[i]);
    }
    mlp_buffer_text(&part, "]");
    append_part(out, &part, BASELINE_END);
}

/* A column and by how much the loss rises without it. */
struct ranked {
    size_t column;
    double rise;
};

/* Falling; what is no number comes last, equals in the order of the columns. */
static int by_rise(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;

    if (a->rise > b->rise || (!isnan(a->rise) && isnan(b->rise)))
        return -1;
    if (a->rise < b->rise || (isnan(a->rise) && !isnan(b->rise)))
        return 1;
    return (a->column > b->column) - (a->column < b->column);
}

static void put_importance(mlp_buffer *out,
                           const mlp_model *model,
                           const struct ranked *ranked,
                           size_t n)
{
    mlp_buffer part;

    mlp_buffer_init(&part, IMPORTANCE_END);
    mlp_buffer_text(&part, ",\"importance\":[");
    for (size_t i = 0; i < n; i++) {
        const char *name = mlp_model_feature(model, ranked[i].column);
        mlp_buffer_text(&part, i > 0 ? ",{\"column\":" : "{\"column\":");
        mlp_json_write_string(&part, name, strlen(name));
        mlp_buffer_text(&part, ",\"loss_increase\":");
        mlp_json_write_double(&part, ranked[i].rise);
        mlp_buffer_text(&part, "}");
    }
    mlp_buffer_text(&part, "]");
    append_part(out, &part, IMPORTANCE_END);
}

/* null: it was not measured. */
static void importance(mlp_buffer *out,
                       const mlp_model *model,
                       const struct training_scores *scores)
{
    struct ranked *ranked;

    if (scores->importance == NULL) {
        mlp_buffer_text(out, ",\"importance\":null");
        return;
    }
    ranked = calloc(scores->n_features, sizeof *ranked);
    if (ranked == NULL) {
        out->status = MLP_NOMEM;
        return;
    }
    for (size_t j = 0; j < scores->n_features; j++)
        ranked[j] = (struct ranked){j, scores->importance[j]};
    qsort(ranked, scores->n_features, sizeof *ranked, by_rise);
    put_importance(out, model, ranked, scores->n_features);
    free(ranked);
}

void training_record(const struct training_setup *setup,
                     const mlp_table *table,
                     const char *sha256,
                     const mlp_model *model,
                     const mlp_fit_report *report,
                     const struct training_scores *more,
                     mlp_buffer *out)
{
    struct spec spec = setup->resolved;

    spec.fit.training.threads = 0;
    spec.promotion.alias = NULL;
    mlp_buffer_text(out, "{\"mlpd\":\"" MLPD_VERSION "\",\"spec\":");
    spec_write(&spec, out);
    mlp_buffer_format(out,
                      ",\"seed\":%llu,\"data\":{\"sha256\":\"%s\",\"rows\":%zu,"
                      "\"columns\":%zu},\"scores\":{",
                      (unsigned long long)spec.fit.training.seed, sha256,
                      mlp_table_n_rows(table), mlp_table_n_columns(table));
    scores(out, "train", &report->train, model, NULL);
    mlp_buffer_text(out, ",");
    scores(out, "validation", &report->validation, model, more->validation);
    mlp_buffer_text(out, "}");
    baseline(out, more);
    importance(out, model, more);
    if (spec.fit.task == MLP_TASK_CLASSIFICATION && spec.fit.calibrate) {
        mlp_buffer_text(out, ",\"temperature\":");
        mlp_json_write_double(out, report->temperature);
    }
    mlp_buffer_format(out,
                      ",\"epochs_run\":%zu,\"best_epoch\":%zu,"
                      "\"stopped\":\"%s\"}",
                      report->training.epochs_run, report->training.best_epoch,
                      stops[report->training.stop]);
}
