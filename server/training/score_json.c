/* SPDX-License-Identifier: MIT */
#include "training/score_json.h"

#include <math.h>
#include <string.h>

#include "mlp/json.h"

void score_json_label(mlp_buffer *out, const mlp_label *label)
{
    mlp_decimal decimal;

    if (label->kind == MLP_CELL_TEXT)
        mlp_json_write_string(out, label->text, label->length);
    else if (label->kind == MLP_CELL_BOOLEAN ||
             mlp_decimal_scan(label->text, label->length, &decimal) ==
                 label->length)
        mlp_buffer_append(out, label->text, label->length);
    else
        mlp_json_write_double(out, label->number);
}

/* --- figures -------------------------------------------------------------- */

/* NaN: the task has no such score. */
static void figure(mlp_buffer *out, const char *name, double value)
{
    if (isnan(value))
        return;
    mlp_buffer_format(out, ",\"%s\":", name);
    mlp_json_write_double(out, value);
}

static void baseline(mlp_buffer *out, const mlp_baseline_scores *of)
{
    if (isnan(of->loss))
        return;
    if (isnan(of->accuracy)) {
        mlp_buffer_text(out, ",\"baseline\":{\"rmse\":");
        mlp_json_write_double(out, of->rmse);
        figure(out, "mae", of->mae);
        figure(out, "r2", of->r2);
    } else {
        mlp_buffer_text(out, ",\"baseline\":{\"accuracy\":");
        mlp_json_write_double(out, of->accuracy);
        figure(out, "log_loss", of->loss);
    }
    mlp_buffer_text(out, "}");
}

void score_json_figures(mlp_buffer *out, const mlp_scores *scores)
{
    mlp_buffer_format(out, "\"rows\":%zu", scores->n_rows);
    figure(out, "loss", scores->loss);
    if (!isnan(scores->accuracy))
        figure(out, "log_loss", scores->loss);
    figure(out, "accuracy", scores->accuracy);
    figure(out, "balanced_accuracy", scores->balanced_accuracy);
    figure(out, "macro_f1", scores->macro_f1);
    figure(out, "auc", scores->auc);
    figure(out, "ece", scores->ece);
    figure(out, "rmse", scores->rmse);
    figure(out, "mae", scores->mae);
    figure(out, "r2", scores->r2);
    baseline(out, &scores->baseline);
}

/* --- tables --------------------------------------------------------------- */

static void cell(mlp_buffer *out, const char *name, double value)
{
    mlp_buffer_format(out, ",\"%s\":", name);
    mlp_json_write_double(out, value);
}

static void comma(mlp_buffer *out, size_t i)
{
    if (i > 0)
        mlp_buffer_text(out, ",");
}

static void target(mlp_buffer *out, const mlp_model *model, size_t i)
{
    const char *name = mlp_model_target(model, i);

    mlp_json_write_string(out, name, strlen(name));
}

/* Of output i: a class, or a label of multilabel. */
static void label(mlp_buffer *out, const mlp_model *model, size_t i)
{
    if (mlp_model_task(model) == MLP_TASK_CLASSIFICATION)
        score_json_label(out, mlp_model_class(model, i));
    else
        target(out, model, i);
}

static void
classes(mlp_buffer *out, const mlp_model *model, const mlp_score_table *table)
{
    mlp_buffer_text(out, ",\"classes\":[");
    for (size_t i = 0; i < table->n_classes; i++) {
        const mlp_class_scores *class = &table->classes[i];
        comma(out, i);
        mlp_buffer_text(out, "{\"label\":");
        label(out, model, i);
        cell(out, "precision", class->precision);
        cell(out, "recall", class->recall);
        cell(out, "f1", class->f1);
        mlp_buffer_format(out, ",\"support\":%zu", class->support);
        cell(out, "auc", class->auc);
        mlp_buffer_text(out, "}");
    }
    mlp_buffer_text(out, "]");
}

static void
confusion(mlp_buffer *out, const mlp_model *model, const mlp_score_table *table)
{
    size_t n = table->n_classes;

    mlp_buffer_text(out, ",\"confusion_matrix\":{\"labels\":[");
    for (size_t i = 0; i < n; i++) {
        comma(out, i);
        label(out, model, i);
    }
    mlp_buffer_text(out, "],\"counts\":[");
    for (size_t i = 0; i < n * n; i++) {
        comma(out, i);
        mlp_buffer_format(out, "%s%zu%s", i % n == 0 ? "[" : "",
                          table->confusion[i], i % n == n - 1 ? "]" : "");
    }
    mlp_buffer_text(out, "]}");
}

static void calibration(mlp_buffer *out, const mlp_score_table *table)
{
    mlp_buffer_text(out, ",\"calibration\":[");
    for (size_t i = 0; i < table->n_bins; i++) {
        const mlp_calibration_bin *bin = &table->bins[i];
        comma(out, i);
        mlp_buffer_format(out, "{\"rows\":%zu", bin->n_rows);
        cell(out, "confidence", bin->confidence);
        cell(out, "accuracy", bin->accuracy);
        mlp_buffer_text(out, "}");
    }
    mlp_buffer_text(out, "]");
}

static void
targets(mlp_buffer *out, const mlp_model *model, const mlp_score_table *table)
{
    mlp_buffer_text(out, ",\"targets\":[");
    for (size_t i = 0; i < table->n_targets; i++) {
        const mlp_target_scores *of = &table->targets[i];
        comma(out, i);
        mlp_buffer_text(out, "{\"target\":");
        target(out, model, i);
        cell(out, "rmse", of->rmse);
        cell(out, "mae", of->mae);
        cell(out, "r2", of->r2);
        mlp_buffer_text(out, "}");
    }
    mlp_buffer_text(out, "]");
}

void score_json_tables(mlp_buffer *out,
                       const mlp_model *model,
                       const mlp_score_table *table)
{
    if (table->n_classes > 0)
        classes(out, model, table);
    if (table->confusion != NULL)
        confusion(out, model, table);
    if (table->n_bins > 0)
        calibration(out, table);
    if (table->n_targets > 1)
        targets(out, model, table);
}
