/* SPDX-License-Identifier: MIT
 *
 * Raw rows in, answers out. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mlp/forward.h"
#include "mlp/model.h"
#include "model/bundle.h"

struct mlp_predictor {
    mlp_workspace *workspace;
    float *y; /* [max_rows, n_outputs], for an ensemble */
    size_t max_rows;
    float x[]; /* [max_rows, n_inputs] */
};

mlp_status mlp_predictor_create(const mlp_model *model,
                                size_t max_rows,
                                mlp_predictor **out,
                                mlp_error *err)
{
    size_t n_others = model->n_networks > 1 ? mlp_model_n_outputs(model) : 0;
    size_t width = model->encoder.n_inputs, n_cells, bytes;
    *out = NULL;
    if (max_rows == 0 || !size_mul(max_rows, width + n_others, &n_cells) ||
        !size_mul(n_cells, sizeof(float), &bytes) ||
        !size_add(bytes, sizeof(mlp_predictor), &bytes))
        return mlp_fail(err, MLP_INVALID,
                        "max_rows: expected 1 or more, got %zu", max_rows);
    mlp_predictor *predictor = alloc_array(1, bytes);
    if (predictor == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for a predictor");
    predictor->max_rows = max_rows;
    predictor->y = predictor->x + max_rows * width;
    mlp_status status = mlp_workspace_create(model->networks[0], max_rows,
                                             &predictor->workspace, err);
    if (status != MLP_OK) {
        free(predictor);
        return status;
    }
    *out = predictor;
    return MLP_OK;
}

void mlp_predictor_destroy(mlp_predictor *predictor)
{
    if (predictor == NULL)
        return;
    mlp_workspace_destroy(predictor->workspace);
    free(predictor);
}

mlp_status model_predictor_use_threads(mlp_predictor *predictor,
                                       size_t threads,
                                       mlp_error *err)
{
    return mlp_workspace_use_threads(predictor->workspace, threads, err);
}

static void restore_targets(const mlp_model *model, size_t n_rows, float *y)
{
    size_t n = model->targets.n;
    for (size_t i = 0; i < n_rows * n; i++) {
        size_t j = i % n;
        y[i] = y[i] * model->target_scale[j] + model->target_shift[j];
        if (model->target_low == NULL)
            continue;
        y[i] = y[i] < model->target_low[j] ? model->target_low[j] : y[i];
        y[i] = y[i] > model->target_high[j] ? model->target_high[j] : y[i];
    }
}

/* What its networks say of the encoded rows, or their mean: sums go in the
 * order of the networks. */
static void answer(const mlp_model *model,
                   mlp_predictor *predictor,
                   size_t n,
                   size_t member,
                   float *out)
{
    size_t n_numbers = n * mlp_model_n_outputs(model);
    if (member == MODEL_ALL && model->n_networks == 1)
        member = 0;
    if (member != MODEL_ALL) {
        mlp_network_forward(model->networks[member], predictor->workspace,
                            predictor->x, n, out);
        return;
    }
    for (size_t k = 0; k < model->n_networks; k++) {
        float *y = k == 0 ? out : predictor->y;
        mlp_network_forward(model->networks[k], predictor->workspace,
                            predictor->x, n, y);
        for (size_t i = 0; k > 0 && i < n_numbers; i++)
            out[i] += y[i];
    }
    float share = 1 / (float)model->n_networks;
    for (size_t i = 0; i < n_numbers; i++)
        out[i] *= share;
}

void model_predict_by(const mlp_model *model,
                      mlp_predictor *predictor,
                      const float *cells,
                      size_t n_rows,
                      size_t member,
                      float *out)
{
    size_t n_in = model->features.n, n_out = mlp_model_n_outputs(model);
    for (size_t i = 0; i < n_rows; i += predictor->max_rows) {
        size_t left = n_rows - i;
        size_t n = left < predictor->max_rows ? left : predictor->max_rows;
        encoder_apply(&model->encoder, cells + i * n_in, n, predictor->x);
        answer(model, predictor, n, member, out + i * n_out);
    }
    if (model->target_scale != NULL)
        restore_targets(model, n_rows, out);
}

void mlp_model_predict(const mlp_model *model,
                       mlp_predictor *predictor,
                       const float *rows,
                       size_t n_rows,
                       float *out)
{
    model_predict_by(model, predictor, rows, n_rows, MODEL_ALL, out);
}
