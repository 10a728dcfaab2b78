/* SPDX-License-Identifier: MIT
 *
 * Making a plan, and asking it. */
#include "model/plan.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/names.h"
#include "data/table_gather.h"
#include "model/bundle.h"

enum {
    N_TASKS = MLP_TASK_MULTILABEL + 1,
    N_SCALINGS = MLP_SCALING_NONE + 1,
    N_QUALITIES = MLP_QUALITY_BEST + 1
};

NAMES(quality, MLP_QUALITY_TABLE)

static mlp_status check_kinds(const mlp_fit_spec *spec, mlp_error *err)
{
    if ((size_t)spec->task >= N_TASKS)
        return mlp_fail(err, MLP_INVALID, "task: no such task");
    if ((size_t)spec->scaling >= N_SCALINGS)
        return mlp_fail(err, MLP_INVALID, "scaling: no such scaling");
    if ((size_t)spec->quality >= N_QUALITIES)
        return mlp_fail(err, MLP_INVALID, "quality: no such quality");
    return MLP_OK;
}

static mlp_status resolve(mlp_plan *plan, mlp_error *err)
{
    static mlp_status (*const steps[])(mlp_plan * plan, mlp_error * err) = {
        plan_columns, plan_targets, plan_rows,     plan_encoder,
        plan_recipe,  plan_network, plan_training, plan_memory,
    };
    mlp_status status = check_kinds(&plan->spec, err);
    for (size_t i = 0; status == MLP_OK && i < sizeof steps / sizeof *steps;
         i++)
        status = steps[i](plan, err);
    return status;
}

/* Who names a part of the network or its optimizer gets just that, and the
 * rest by rules of thumb, unless he asks for a quality as well. */
static bool is_by_recipe(const mlp_fit_spec *spec)
{
    if (spec->quality != MLP_QUALITY_AUTO)
        return spec->from == NULL;
    return !spec->hidden_given && !spec->default_activation_given &&
           spec->training.optimizer.kind == MLP_OPTIMIZER_AUTO &&
           spec->from == NULL;
}

mlp_status mlp_plan_create(const mlp_table *table,
                           const mlp_fit_spec *spec,
                           mlp_plan **out,
                           mlp_error *err)
{
    *out = NULL;
    mlp_plan *plan = alloc_array(1, sizeof *plan);
    if (plan == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for a plan");
    plan->table = table;
    plan->spec = *spec;
    plan->by_recipe = is_by_recipe(spec);
    mlp_status status = resolve(plan, err);
    if (status != MLP_OK) {
        mlp_plan_destroy(plan);
        return status;
    }
    *out = plan;
    return MLP_OK;
}

void mlp_plan_destroy(mlp_plan *plan)
{
    if (plan == NULL)
        return;
    labels_free(&plan->ignored);
    labels_free(&plan->classes);
    labels_free(&plan->warnings);
    alignment_free(&plan->alignment);
    encoder_free(&plan->encoder);
    void *const owned[] = {
        plan->names,      plan->columns,       plan->targets,
        plan->usable,     plan->fold_of,       plan->class_of,
        plan->values,     plan->train,         plan->validation,
        plan->hidden,     plan->class_weights, plan->weights_given,
        plan->statistics, plan->scales,        plan->why_ignored,
        plan->embeddings, plan->target_shift,  plan->target_scale,
        plan->weights,
    };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    free(plan);
}

mlp_status plan_warn(mlp_plan *plan, mlp_error *err, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return labels_add_text(&plan->warnings, text, err);
}

/* --- examples ------------------------------------------------------------- */

static void
gather(const void *context, const uint32_t *rows, size_t n, mlp_real *x)
{
    const mlp_plan *plan = context;
    const struct encoder *encoder = &plan->encoder;
    if (plan->alignment.direct)
        table_gather_scaled(plan->table, rows, n, plan->columns, encoder->n,
                            plan->scaled_alike ? NULL : encoder->shift,
                            encoder->scale, x);
    else
        alignment_inputs(&plan->alignment, rows, n, x);
}

mlp_examples plan_examples(const mlp_plan *plan, const float *values)
{
    return (mlp_examples){.n_rows = mlp_table_n_rows(plan->table),
                          .n_inputs = plan->encoder.n_inputs,
                          .gather = gather,
                          .context = plan,
                          .classes = plan->class_of,
                          .values = values,
                          .weights = plan->weights};
}

/* --- asking --------------------------------------------------------------- */

const mlp_fit_spec *mlp_plan_resolved(const mlp_plan *plan)
{
    return &plan->spec;
}

size_t mlp_plan_n_weights(const mlp_plan *plan)
{
    return plan->n_weights;
}

size_t mlp_plan_n_biases(const mlp_plan *plan)
{
    return plan->n_biases;
}

size_t mlp_plan_n_train(const mlp_plan *plan)
{
    return plan->n_train;
}

size_t mlp_plan_n_validation(const mlp_plan *plan)
{
    return plan->n_validation;
}

size_t mlp_plan_n_classes(const mlp_plan *plan)
{
    return plan->classes.n;
}

const mlp_label *mlp_plan_class(const mlp_plan *plan, size_t i)
{
    assert(i < plan->classes.n);
    return &plan->classes.items[i];
}

size_t mlp_plan_memory(const mlp_plan *plan)
{
    return plan->memory;
}

size_t mlp_plan_n_warnings(const mlp_plan *plan)
{
    return plan->warnings.n;
}

const char *mlp_plan_warning(const mlp_plan *plan, size_t i)
{
    assert(i < plan->warnings.n);
    return plan->warnings.items[i].text;
}
