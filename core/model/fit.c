/* SPDX-License-Identifier: MIT
 *
 * Running a plan: network, trainer, model, scores. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mlp/checkpoint.h"
#include "mlp/evaluate.h"
#include "model/bundle.h"
#include "model/plan.h"
#include "model/scores.h"

/* Rows that are scored at a time. */
enum { SCORE_ROWS = 256 };

/* What a run goes on from; bytes NULL: from the start. */
struct checkpoint {
    const void *bytes;
    size_t length;
};

/* --- training ------------------------------------------------------------- */

static mlp_status copy_layer(const mlp_network *from,
                             mlp_network *to,
                             size_t layer,
                             mlp_error *err)
{
    size_t n_in = mlp_network_layer_inputs(from, layer);
    size_t n_out = mlp_network_layer_outputs(from, layer);
    float *weights = alloc_array(n_in * n_out, sizeof *weights);
    float *biases = alloc_array(n_out, sizeof *biases);
    if (weights != NULL && biases != NULL) {
        mlp_network_get_layer(from, layer, weights, biases);
        mlp_network_set_layer(to, layer, weights, biases);
    }
    mlp_status status =
        weights != NULL && biases != NULL
            ? MLP_OK
            : mlp_fail(err, MLP_NOMEM, "out of memory for layer %zu", layer);
    free(weights);
    free(biases);
    return status;
}

static mlp_status copy_embedding(const mlp_network *from,
                                 mlp_network *to,
                                 size_t embedding,
                                 mlp_error *err)
{
    size_t n = mlp_network_embedding_size(from, embedding);
    float *parameters = alloc_array(n, sizeof *parameters);
    if (parameters == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for an embedding");
    mlp_network_get_embedding(from, embedding, parameters);
    mlp_network_set_embedding(to, embedding, parameters);
    free(parameters);
    return MLP_OK;
}

static mlp_status
make_network(const mlp_plan *plan, mlp_network **out, mlp_error *err)
{
    const mlp_fit_spec *spec = &plan->spec;
    mlp_status status =
        mlp_network_create(&spec->network, spec->training.seed, out, err);
    if (status != MLP_OK || spec->from == NULL)
        return status;
    for (size_t i = 0; status == MLP_OK && i < mlp_network_n_layers(*out); i++)
        status = copy_layer(spec->from->network, *out, i, err);
    for (size_t i = 0; status == MLP_OK && i < spec->network.n_embeddings; i++)
        status = copy_embedding(spec->from->network, *out, i, err);
    return status;
}

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
                        mlp_network *network,
                        const mlp_hooks *hooks,
                        mlp_training_result *result,
                        mlp_error *err)
{
    float *values;
    mlp_trainer *trainer = NULL;
    mlp_status status = make_values(plan, &values, err);
    mlp_examples examples = plan_examples(plan, values);
    if (status == MLP_OK)
        status = mlp_trainer_create(
            network, &plan->spec.training, &examples, plan->train,
            plan->n_train, plan->validation, plan->n_validation, &trainer, err);
    if (status == MLP_OK && from.bytes != NULL)
        status = mlp_trainer_restore(trainer, from.bytes, from.length, err);
    if (status == MLP_OK)
        status = mlp_trainer_run(trainer, hooks, result, err);
    mlp_trainer_destroy(trainer);
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
    if (model->task == MLP_TASK_REGRESSION) {
        memcpy(model->target_shift, plan->target_shift,
               n_targets * sizeof *model->target_shift);
        memcpy(model->target_scale, plan->target_scale,
               n_targets * sizeof *model->target_scale);
    }
    return MLP_OK;
}

/* --- scores --------------------------------------------------------------- */

/* What one slice of rows goes through: the way of a prediction. */
struct scorer {
    const mlp_plan *plan;
    const mlp_model *model;
    mlp_predictor *predictor;
    float *rows;       /* [SCORE_ROWS, n_features] */
    float *y;          /* [SCORE_ROWS, n_outputs] */
    float *t;          /* the same; not of classification … */
    uint32_t *classes; /* … which has [SCORE_ROWS] of these */
    double *baseline;  /* [n_outputs] */
};

static mlp_status scorer_init(struct scorer *scorer,
                              const mlp_plan *plan,
                              const mlp_model *model,
                              mlp_error *err)
{
    size_t n_outputs = mlp_model_n_outputs(model);
    *scorer = (struct scorer){.plan = plan, .model = model};
    scorer->rows =
        alloc_array(SCORE_ROWS * plan->spec.n_features, sizeof(float));
    scorer->y = alloc_array(SCORE_ROWS * n_outputs, sizeof(float));
    scorer->t = alloc_array(SCORE_ROWS * n_outputs, sizeof(float));
    scorer->classes = alloc_array(SCORE_ROWS, sizeof *scorer->classes);
    scorer->baseline = alloc_array(n_outputs, sizeof *scorer->baseline);
    if (!scorer->rows || !scorer->y || !scorer->t || !scorer->classes ||
        !scorer->baseline)
        return mlp_fail(err, MLP_NOMEM, "out of memory for scores");
    mlp_plan_baseline(plan, scorer->baseline);
    return mlp_predictor_create(model, SCORE_ROWS, &scorer->predictor, err);
}

static void scorer_free(struct scorer *scorer)
{
    mlp_predictor_destroy(scorer->predictor);
    free(scorer->rows);
    free(scorer->y);
    free(scorer->t);
    free(scorer->classes);
    free(scorer->baseline);
}

static void score_slice(struct scorer *s,
                        const uint32_t *rows,
                        size_t n,
                        struct scores *scores)
{
    const mlp_plan *plan = s->plan;
    size_t n_outputs = scores->n_outputs;
    alignment_cells(&plan->alignment, rows, n, s->rows);
    mlp_model_predict(s->model, s->predictor, s->rows, n, s->y);
    for (size_t i = 0; i < n && plan->class_of != NULL; i++)
        s->classes[i] = plan->class_of[rows[i]];
    for (size_t i = 0; i < n && plan->values != NULL; i++)
        memcpy(s->t + i * n_outputs, plan->values + rows[i] * n_outputs,
               n_outputs * sizeof *s->t);
    if (plan->class_of != NULL)
        scores_add_classes(scores, s->y, s->classes, n);
    else
        scores_add_values(scores, s->y, s->t, n);
}

/* `scores` is to be freed in any case. */
static mlp_status score_rows(struct scorer *scorer,
                             mlp_plan_part part,
                             struct scores *scores,
                             mlp_error *err)
{
    const mlp_plan *plan = scorer->plan;
    bool validation = part == MLP_PLAN_VALIDATION;
    const uint32_t *rows = validation ? plan->validation : plan->train;
    size_t n = validation ? plan->n_validation : plan->n_train;
    mlp_status status = scores_init(scores, scorer->model->task,
                                    mlp_model_n_outputs(scorer->model), n, err);
    if (status != MLP_OK)
        return status;
    scores_compare(scores, scorer->baseline);
    for (size_t i = 0; i < n; i += SCORE_ROWS)
        score_slice(scorer, rows + i, n - i < SCORE_ROWS ? n - i : SCORE_ROWS,
                    scores);
    return MLP_OK;
}

static mlp_status score_part(struct scorer *scorer,
                             mlp_plan_part part,
                             mlp_scores *out,
                             mlp_error *err)
{
    struct scores scores;
    mlp_status status = score_rows(scorer, part, &scores, err);
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
    struct scorer scorer;
    mlp_status status = scorer_init(&scorer, plan, model, err);
    if (status == MLP_OK)
        status = score_part(&scorer, MLP_PLAN_TRAINING, &report->train, err);
    if (status == MLP_OK)
        status =
            score_part(&scorer, MLP_PLAN_VALIDATION, &report->validation, err);
    scorer_free(&scorer);
    return status;
}

mlp_status mlp_plan_score(const mlp_plan *plan,
                          const mlp_model *model,
                          mlp_plan_part part,
                          mlp_score_table **out,
                          mlp_error *err)
{
    struct scorer scorer;
    struct scores scores = {0};
    *out = NULL;
    mlp_status status = scorer_init(&scorer, plan, model, err);
    if (status == MLP_OK)
        status = score_rows(&scorer, part, &scores, err);
    if (status == MLP_OK)
        status = scores_tables(&scores, out, err);
    scores_free(&scores);
    scorer_free(&scorer);
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
    mlp_status status = make_network(plan, &model->network, err);
    if (status == MLP_OK)
        status = fill_model(plan, model, err);
    if (status == MLP_OK)
        status =
            train(plan, from, model->network, hooks, &report->training, err);
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
