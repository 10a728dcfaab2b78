/* SPDX-License-Identifier: MIT
 *
 * The bundle: what it is and how it answers. */
#include "mlp/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/names.h"
#include "mlp/fit.h"
#include "mlp/json.h"
#include "model/bundle.h"
#include "nn/network.h"

enum { RECORD_MAX_BYTES = 1 << 20, RECORD_MAX_DEPTH = 32 };

/* --- names --------------------------------------------------------------- */

NAMES(task, MLP_TASK_TABLE)
NAMES(scaling, MLP_SCALING_TABLE)

/* --- what tasks ask of a network ----------------------------------------- */

size_t model_n_outputs(mlp_task task, size_t n_targets, size_t n_classes)
{
    return task == MLP_TASK_CLASSIFICATION ? n_classes : n_targets;
}

/* Of the outputs that fit, the first is the default. */
static const struct {
    mlp_task task;
    mlp_output output;
} task_outputs[] = {
    {MLP_TASK_CLASSIFICATION, MLP_OUTPUT_SOFTMAX},
    {MLP_TASK_CLASSIFICATION, MLP_OUTPUT_SIGMOID}, /* one a class, unbound */
    {MLP_TASK_REGRESSION, MLP_OUTPUT_IDENTITY},
    {MLP_TASK_MULTILABEL, MLP_OUTPUT_SIGMOID},
};
enum { N_TASK_OUTPUTS = sizeof task_outputs / sizeof *task_outputs };

bool model_output_fits(mlp_task task, mlp_output output)
{
    for (size_t i = 0; i < N_TASK_OUTPUTS; i++)
        if (task_outputs[i].task == task && task_outputs[i].output == output)
            return true;
    return false;
}

mlp_output model_output_for(mlp_task task)
{
    for (size_t i = 0; i < N_TASK_OUTPUTS; i++)
        if (task_outputs[i].task == task)
            return task_outputs[i].output;
    return MLP_OUTPUT_AUTO;
}

/* --- making -------------------------------------------------------------- */

mlp_status model_create(mlp_task task, mlp_model **out, mlp_error *err)
{
    *out = alloc_array(1, sizeof **out);
    if (*out == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for a model");
    (*out)->task = task;
    return MLP_OK;
}

mlp_status model_allocate_targets(mlp_model *model, mlp_error *err)
{
    size_t n = model->targets.n;
    if (model->task != MLP_TASK_REGRESSION)
        return MLP_OK;
    model->target_shift = alloc_array(n, sizeof *model->target_shift);
    model->target_scale = alloc_array(n, sizeof *model->target_scale);
    return model->target_shift && model->target_scale
               ? MLP_OK
               : mlp_fail(err, MLP_NOMEM, "out of memory");
}

mlp_status model_allocate_clamp(mlp_model *model, mlp_error *err)
{
    size_t n = model->targets.n;
    model->target_low = alloc_array(n, sizeof *model->target_low);
    model->target_high = alloc_array(n, sizeof *model->target_high);
    return model->target_low && model->target_high
               ? MLP_OK
               : mlp_fail(err, MLP_NOMEM, "out of memory");
}

mlp_status model_allocate_residuals(mlp_model *model, size_t n, mlp_error *err)
{
    size_t n_cells;
    if (size_mul(n, model->targets.n, &n_cells))
        model->residuals = alloc_array(n_cells, sizeof *model->residuals);
    if (model->residuals == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for %zu residuals", n);
    model->n_residuals = n;
    return MLP_OK;
}

void mlp_model_destroy(mlp_model *model)
{
    if (model == NULL)
        return;
    labels_free(&model->features);
    labels_free(&model->targets);
    labels_free(&model->ignored);
    labels_free(&model->classes);
    encoder_free(&model->encoder);
    free(model->target_shift);
    free(model->target_scale);
    free(model->target_low);
    free(model->target_high);
    free(model->residuals);
    for (size_t i = 0; i < model->n_networks; i++)
        mlp_network_destroy(model->networks[i]);
    free(model->networks);
    free(model->record);
    free(model);
}

static mlp_status
on_record_token(void *context, const mlp_json_token *token, mlp_error *err)
{
    (void)context;
    if (token->depth == 0 && token->event != MLP_JSON_OBJECT_BEGIN &&
        token->event != MLP_JSON_OBJECT_END)
        return mlp_fail(err, MLP_INVALID, "expected a JSON object");
    return MLP_OK;
}

mlp_status model_check_record(const char *json, size_t length, mlp_error *err)
{
    if (length > RECORD_MAX_BYTES)
        return mlp_fail(err, MLP_LIMIT,
                        "record: %zu bytes, at most %d are kept", length,
                        RECORD_MAX_BYTES);
    mlp_error inner = {0};
    mlp_status status = mlp_json_read(json, length, on_record_token, NULL,
                                      RECORD_MAX_DEPTH, &inner);
    if (status == MLP_FORMAT)
        status = MLP_INVALID;
    if (status != MLP_OK)
        return mlp_fail(err, status, "record: %s", inner.text);
    return MLP_OK;
}

mlp_status mlp_model_set_record(mlp_model *model,
                                const char *json,
                                size_t length,
                                mlp_error *err)
{
    mlp_status status = model_check_record(json, length, err);
    if (status != MLP_OK)
        return status;
    char *copy = alloc_text(json, length);
    if (copy == NULL)
        return mlp_fail(err, MLP_NOMEM, "record: out of memory");
    free(model->record);
    model->record = copy;
    model->record_length = length;
    return MLP_OK;
}

/* --- asking -------------------------------------------------------------- */

mlp_task mlp_model_task(const mlp_model *model)
{
    return model->task;
}

mlp_scaling mlp_model_scaling(const mlp_model *model)
{
    return model->encoder.scaling;
}

size_t mlp_model_n_features(const mlp_model *model)
{
    return model->features.n;
}

const char *mlp_model_feature(const mlp_model *model, size_t i)
{
    assert(i < model->features.n);
    return model->features.items[i].text;
}

size_t mlp_model_n_targets(const mlp_model *model)
{
    return model->targets.n;
}

const char *mlp_model_target(const mlp_model *model, size_t i)
{
    assert(i < model->targets.n);
    return model->targets.items[i].text;
}

size_t mlp_model_n_ignored(const mlp_model *model)
{
    return model->ignored.n;
}

const char *mlp_model_ignored(const mlp_model *model, size_t i)
{
    assert(i < model->ignored.n);
    return model->ignored.items[i].text;
}

size_t mlp_model_n_outputs(const mlp_model *model)
{
    return model_n_outputs(model->task, model->targets.n, model->classes.n);
}

const mlp_label *mlp_model_class(const mlp_model *model, size_t i)
{
    assert(i < model->classes.n);
    return &model->classes.items[i];
}

const mlp_network *mlp_model_network(const mlp_model *model)
{
    return model->networks[0];
}

size_t mlp_model_n_networks(const mlp_model *model)
{
    return model->n_networks;
}

void mlp_model_count(const mlp_model *model,
                     size_t *n_weights,
                     size_t *n_biases)
{
    const mlp_network *network = model->networks[0];
    *n_weights = network->n_weights * model->n_networks;
    *n_biases =
        (network->n_parameters - network->n_weights) * model->n_networks;
}

const char *mlp_model_record(const mlp_model *model)
{
    return model->record != NULL ? model->record : "{}";
}
