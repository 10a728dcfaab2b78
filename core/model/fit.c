/* SPDX-License-Identifier: MIT
 *
 * Running a plan: networks, model, calibration, scores. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mlp/checkpoint.h"
#include "model/bundle.h"
#include "model/calibration.h"
#include "model/ensemble.h"
#include "model/plan.h"
#include "model/scorer.h"
#include "model/scores.h"

/* --- training ------------------------------------------------------------- */

/* The values as the network says them: regression's standardised, 0 and 1 as
 * they are.  Owner: caller; free(*out). */
static mlp_status make_values(const mlp_plan *plan, float **out, mlp_error *err)
{
    size_t n = plan->spec.n_targets;
    size_t n_cells = mlp_table_n_rows(plan->table) * n;
    *out = NULL;
    if (plan->values == NULL)
        return MLP_OK;
    *out = alloc_array(n_cells, sizeof **out);
    if (*out == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for the targets");
    memcpy(*out, plan->values, n_cells * sizeof **out);
    if (plan->spec.task != MLP_TASK_REGRESSION)
        return MLP_OK;
    for (size_t i = 0; i < n_cells; i++)
        (*out)[i] =
            ((*out)[i] - plan->target_shift[i % n]) / plan->target_scale[i % n];
    return MLP_OK;
}

static mlp_status train(const mlp_plan *plan,
                        struct checkpoint from,
                        const mlp_hooks *hooks,
                        mlp_model *model,
                        mlp_training_result *result,
                        mlp_error *err)
{
    float *values;
    mlp_status status = make_values(plan, &values, err);
    if (status == MLP_OK)
        status = ensemble_train(plan, from, values, hooks, model, result, err);
    free(values);
    return status;
}

/* --- the model ------------------------------------------------------------ */

static mlp_status
name_model(const mlp_plan *plan, mlp_model *model, mlp_error *err)
{
    const mlp_fit_spec *spec = &plan->spec;
    mlp_status status = labels_copy(&model->classes, &plan->classes, err);
    if (status == MLP_OK)
        status = labels_copy(&model->ignored, &plan->ignored, err);
    for (size_t i = 0; status == MLP_OK && i < spec->n_features; i++)
        status = labels_add_text(&model->features, spec->features[i], err);
    for (size_t i = 0; status == MLP_OK && i < spec->n_targets; i++)
        status = labels_add_text(&model->targets, spec->targets[i], err);
    return status;
}

/* The range of the training rows' values, and of those that the model before
 * had. */
static mlp_status
set_clamp(const mlp_plan *plan, mlp_model *model, mlp_error *err)
{
    const mlp_model *from = plan->spec.from;
    size_t n = plan->spec.n_targets;
    mlp_status status = model_allocate_clamp(model, err);
    for (size_t j = 0; status == MLP_OK && j < n; j++) {
        float low = INFINITY, high = -INFINITY;
        if (from != NULL && from->target_low != NULL) {
            low = from->target_low[j];
            high = from->target_high[j];
        }
        for (size_t i = 0; i < plan->n_train; i++) {
            float value = plan->values[plan->train[i] * n + j];
            low = fminf(low, value);
            high = fmaxf(high, value);
        }
        model->target_low[j] = low;
        model->target_high[j] = high;
    }
    return status;
}

static mlp_status
fill_model(const mlp_plan *plan, mlp_model *model, mlp_error *err)
{
    size_t n_targets = plan->spec.n_targets;
    mlp_status status = name_model(plan, model, err);
    if (status == MLP_OK)
        status = encoder_copy(&model->encoder, &plan->encoder, err);
    if (status == MLP_OK)
        status = model_allocate_targets(model, err);
    if (status != MLP_OK)
        return status;
    if (model->task == MLP_TASK_REGRESSION && plan->spec.clamp)
        status = set_clamp(plan, model, err);
    if (model->task == MLP_TASK_REGRESSION) {
        memcpy(model->target_shift, plan->target_shift,
               n_targets * sizeof *model->target_shift);
        memcpy(model->target_scale, plan->target_scale,
               n_targets * sizeof *model->target_scale);
    }
    return status;
}

/* --- behind the training -------------------------------------------------- */

static mlp_status calibrate(const mlp_plan *plan,
                            mlp_model *model,
                            mlp_fit_report *report,
                            mlp_error *err)
{
    report->temperature = 1;
    if (plan->n_validation == 0)
        return MLP_OK;
    if (plan->spec.calibrate && model->task == MLP_TASK_CLASSIFICATION)
        return calibration_temperature(plan, model, &report->temperature, err);
    if (model->task == MLP_TASK_REGRESSION)
        return calibration_residuals(plan, model, err);
    return MLP_OK;
}

static void add_scores(void *context, const struct scorer *s, size_t n)
{
    struct scores *scores = context;
    if (s->plan->class_of != NULL)
        scores_add_classes(scores, s->y, s->classes, n);
    else
        scores_add_values(scores, s->y, s->t, n);
}

/* `scores` is to be freed in any case. */
static mlp_status score_rows(const mlp_plan *plan,
                             const mlp_model *model,
                             mlp_plan_part part,
                             struct scores *scores,
                             mlp_error *err)
{
    size_t n_outputs = mlp_model_n_outputs(model);
    size_t n = part == MLP_PLAN_VALIDATION ? plan->n_validation : plan->n_train;
    double *baseline = alloc_array(n_outputs, sizeof *baseline);
    struct scorer scorer = {0};
    mlp_status status = scores_init(scores, model->task, n_outputs, n, err);
    if (status == MLP_OK && baseline == NULL)
        status = mlp_fail(err, MLP_NOMEM, "out of memory for scores");
    if (status == MLP_OK)
        status = scorer_init(&scorer, plan, model, err);
    if (status == MLP_OK) {
        mlp_plan_baseline(plan, baseline);
        scores_compare(scores, baseline);
        scorer_each(&scorer, part, add_scores, scores);
    }
    scorer_free(&scorer);
    free(baseline);
    return status;
}

static mlp_status score_part(const mlp_plan *plan,
                             const mlp_model *model,
                             mlp_plan_part part,
                             mlp_scores *out,
                             mlp_error *err)
{
    struct scores scores = {0};
    mlp_status status = score_rows(plan, model, part, &scores, err);
    if (status == MLP_OK)
        *out = scores_result(&scores);
    scores_free(&scores);
    return status;
}

static mlp_status score(const mlp_plan *plan,
                        const mlp_model *model,
                        mlp_fit_report *report,
                        mlp_error *err)
{
    mlp_status status =
        score_part(plan, model, MLP_PLAN_TRAINING, &report->train, err);
    if (status == MLP_OK)
        status = score_part(plan, model, MLP_PLAN_VALIDATION,
                            &report->validation, err);
    return status;
}

mlp_status mlp_plan_score(const mlp_plan *plan,
                          const mlp_model *model,
                          mlp_plan_part part,
                          mlp_score_table **out,
                          mlp_error *err)
{
    struct scores scores = {0};
    *out = NULL;
    mlp_status status = score_rows(plan, model, part, &scores, err);
    if (status == MLP_OK)
        status = scores_tables(&scores, out, err);
    scores_free(&scores);
    return status;
}

/* -------------------------------------------------------------------------- */

static mlp_status run(const mlp_plan *plan,
                      struct checkpoint from,
                      const mlp_hooks *hooks,
                      mlp_model *model,
                      mlp_fit_report *report,
                      mlp_error *err)
{
    mlp_status status = fill_model(plan, model, err);
    if (status == MLP_OK)
        status = train(plan, from, hooks, model, &report->training, err);
    if (status == MLP_OK)
        status = calibrate(plan, model, report, err);
    if (status == MLP_OK)
        status = score(plan, model, report, err);
    return status;
}

static mlp_status run_from(const mlp_plan *plan,
                           struct checkpoint from,
                           const mlp_hooks *hooks,
                           mlp_model **out,
                           mlp_fit_report *report,
                           mlp_error *err)
{
    mlp_model *model;
    *out = NULL;
    *report = (mlp_fit_report){0};
    mlp_status status = model_create(plan->spec.task, &model, err);
    if (status == MLP_OK)
        status = run(plan, from, hooks, model, report, err);
    if (status != MLP_OK) {
        mlp_model_destroy(model);
        return status;
    }
    *out = model;
    return MLP_OK;
}

mlp_status mlp_plan_run(const mlp_plan *plan,
                        const mlp_hooks *hooks,
                        mlp_model **out,
                        mlp_fit_report *report,
                        mlp_error *err)
{
    struct checkpoint none = {NULL, 0};
    return run_from(plan, none, hooks, out, report, err);
}

mlp_status mlp_plan_resume(const mlp_plan *plan,
                           const void *bytes,
                           size_t length,
                           const mlp_hooks *hooks,
                           mlp_model **out,
                           mlp_fit_report *report,
                           mlp_error *err)
{
    struct checkpoint from = {bytes, length};
    return run_from(plan, from, hooks, out, report, err);
}
