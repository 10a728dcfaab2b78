/* SPDX-License-Identifier: MIT
 *
 * The way of the daemon's trainings: a plan, a run, a record, a file. */
#include "mlp/json.h"

#include "trials.h"

enum { RECORD_MAX_BYTES = 1 << 20 };

/* What is no number is null. */
static void number(mlp_buffer *out, const char *before, double value)
{
    mlp_buffer_text(out, before);
    mlp_json_write_double(out, value);
}

static void on_epoch(void *context, const mlp_epoch *epoch)
{
    mlp_buffer *record = context;
    number(record, epoch->epoch > 1 ? ",[" : "[", epoch->loss);
    number(record, ",", epoch->accuracy);
    number(record, ",", epoch->validation_loss);
    number(record, ",", epoch->validation_accuracy);
    number(record, ",", epoch->learning_rate);
    mlp_buffer_text(record, "]");
}

static void scores(mlp_buffer *out, const char *before, const mlp_scores *of)
{
    mlp_buffer_text(out, before);
    number(out, "[", of->loss);
    number(out, ",", of->accuracy);
    number(out, ",", of->rmse);
    number(out, ",", of->mae);
    number(out, ",", of->r2);
    mlp_buffer_text(out, "]");
}

static mlp_fit_spec spec_of(const struct trial *trial,
                            const mlp_class_weight *weight,
                            const mlp_column_declaration *codes)
{
    struct sample_targets targets = sample_targets(trial->sample);
    mlp_fit_spec spec = {
        .task = trial->task,
        .scaling = trial->scaling,
        .targets = targets.names,
        .n_targets = targets.n,
        .columns = codes,
        .n_columns = trial->categorical != NULL ? 1 : 0,
        .numeric_embedding = trial->numeric_embedding,
        .quality = trial->quality,
        .n_members = trial->n_members,
        .hidden_given = !trial->by_recipe,
        .network = {.hidden = trial->hidden,
                    .output = trial->output,
                    .initializer = trial->initializer},
        .training = trial->training,
        .validation_given = trial->validation > 0 || trial->no_validation,
        .validation = trial->validation,
        .early_stopping_given = trial->training.early_stopping,
        .balanced = trial->balanced,
        .class_weights = weight,
        .n_class_weights = trial->weighted ? 1 : 0,
    };
    size_t n = 0;
    while (n < MAX_HIDDEN && trial->hidden[n].n_units > 0)
        n++;
    spec.network.n_hidden = n;
    if (trial->optimizer != MLP_OPTIMIZER_AUTO)
        spec.training.optimizer = mlp_optimizer_defaults(trial->optimizer);
    if (trial->weight_decay > 0)
        spec.training.optimizer.weight_decay = trial->weight_decay;
    spec.training.seed = 20240704;
    return spec;
}

static mlp_status finish(mlp_model *model,
                         const mlp_fit_report *report,
                         mlp_buffer *record,
                         mlp_sink sink,
                         mlp_error *err)
{
    scores(record, "],\"train\":", &report->train);
    scores(record, ",\"validation\":", &report->validation);
    mlp_buffer_text(record, "}");
    if (record->status != MLP_OK)
        return mlp_fail(err, record->status, "record: %s",
                        mlp_status_text(record->status));
    mlp_status status =
        mlp_model_set_record(model, record->data, record->length, err);
    return status == MLP_OK ? mlp_model_write(model, sink, err) : status;
}

mlp_status trial_run(const struct trial *trial,
                     const mlp_table *table,
                     size_t n_threads,
                     mlp_sink sink,
                     mlp_error *err)
{
    static const mlp_class_weight weight = {"setosa", 2.5};
    const mlp_column_declaration codes = {trial->categorical,
                                          MLP_KIND_CATEGORICAL};
    mlp_fit_spec spec = spec_of(trial, &weight, &codes);
    mlp_plan *plan = NULL;
    mlp_model *model = NULL;
    mlp_fit_report report;
    mlp_buffer record;
    mlp_hooks hooks = {.context = &record, .on_epoch = on_epoch};

    spec.training.threads = n_threads;
    mlp_buffer_init(&record, RECORD_MAX_BYTES);
    mlp_buffer_text(&record, "{\"epochs\":[");
    mlp_status status = mlp_plan_create(table, &spec, &plan, err);
    if (status == MLP_OK)
        status = mlp_plan_run(plan, &hooks, &model, &report, err);
    if (status == MLP_OK)
        status = finish(model, &report, &record, sink, err);
    mlp_model_destroy(model);
    mlp_plan_destroy(plan);
    mlp_buffer_free(&record);
    return status;
}
