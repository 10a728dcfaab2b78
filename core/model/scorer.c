/* SPDX-License-Identifier: MIT */
#include "model/scorer.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

mlp_status scorer_init(struct scorer *scorer,
                       const mlp_plan *plan,
                       const mlp_model *model,
                       mlp_error *err)
{
    size_t n_outputs = mlp_model_n_outputs(model);
    *scorer = (struct scorer){.plan = plan, .model = model};
    scorer->rows = alloc_array(SCORER_ROWS, sizeof *scorer->rows);
    scorer->cells =
        alloc_array(SCORER_ROWS * plan->spec.n_features, sizeof(float));
    scorer->y = alloc_array(SCORER_ROWS * n_outputs, sizeof(float));
    scorer->t = alloc_array(SCORER_ROWS * n_outputs, sizeof(float));
    scorer->classes = alloc_array(SCORER_ROWS, sizeof *scorer->classes);
    if (!scorer->rows || !scorer->cells || !scorer->y || !scorer->t ||
        !scorer->classes)
        return mlp_fail(err, MLP_NOMEM, "out of memory for scores");
    mlp_status status =
        mlp_predictor_create(model, SCORER_ROWS, &scorer->predictor, err);
    if (status == MLP_OK && plan->spec.training.threads > 1)
        status = model_predictor_use_threads(scorer->predictor,
                                             plan->spec.training.threads, err);
    return status;
}

void scorer_free(struct scorer *scorer)
{
    mlp_predictor_destroy(scorer->predictor);
    free(scorer->rows);
    free(scorer->cells);
    free(scorer->y);
    free(scorer->t);
    free(scorer->classes);
    *scorer = (struct scorer){0};
}

/* The way of a prediction; member: MODEL_ALL or one alone. */
static void answer(struct scorer *s, size_t n, size_t member)
{
    const mlp_plan *plan = s->plan;
    size_t n_outputs = mlp_model_n_outputs(s->model);
    alignment_cells(&plan->alignment, s->rows, n, s->cells);
    model_predict_by(s->model, s->predictor, s->cells, n, member, s->y);
    for (size_t i = 0; i < n && plan->class_of != NULL; i++)
        s->classes[i] = plan->class_of[s->rows[i]];
    for (size_t i = 0; i < n && plan->values != NULL; i++)
        memcpy(s->t + i * n_outputs, plan->values + s->rows[i] * n_outputs,
               n_outputs * sizeof *s->t);
}

/* Those of rows[0..n) that are in a fold, or all of them; by a member. */
static void each(struct scorer *s,
                 const uint32_t *rows,
                 size_t n,
                 size_t member,
                 void (*visit)(void *context, const struct scorer *s, size_t n),
                 void *context)
{
    const unsigned char *fold_of =
        member != MODEL_ALL ? s->plan->fold_of : NULL;
    size_t at_hand = 0;
    for (size_t i = 0; i < n; i++) {
        if (fold_of != NULL && fold_of[rows[i]] != member)
            continue;
        s->rows[at_hand++] = rows[i];
        if (at_hand < SCORER_ROWS)
            continue;
        answer(s, at_hand, member);
        visit(context, s, at_hand);
        at_hand = 0;
    }
    if (at_hand == 0)
        return;
    answer(s, at_hand, member);
    visit(context, s, at_hand);
}

void scorer_each(struct scorer *scorer,
                 mlp_plan_part part,
                 void (*visit)(void *context, const struct scorer *s, size_t n),
                 void *context)
{
    const mlp_plan *plan = scorer->plan;
    if (part == MLP_PLAN_TRAINING) {
        each(scorer, plan->train, plan->n_train, MODEL_ALL, visit, context);
        return;
    }
    if (plan->fold_of == NULL) {
        each(scorer, plan->validation, plan->n_validation, MODEL_ALL, visit,
             context);
        return;
    }
    for (size_t m = 0; m < plan->spec.n_members; m++)
        each(scorer, plan->validation, plan->n_validation, m, visit, context);
}
