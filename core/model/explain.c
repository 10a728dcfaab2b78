/* SPDX-License-Identifier: MIT
 *
 * From what a network's inputs add to its answer to what a model's columns do.
 */
#include "mlp/explain.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/bundle.h"
#include "nn/attribution.h"

struct mlp_explainer {
    struct attribution attribution;
    size_t max_rows;
    float *x;              /* [max_rows, n_inputs] */
    double *parts;         /* likewise: sums over the networks … */
    double *starts, *ends; /* … and these, [max_rows] */
};

static mlp_status allocate(mlp_explainer *explainer,
                           const mlp_model *model,
                           size_t max_rows,
                           size_t n_cells,
                           mlp_error *err)
{
    explainer->max_rows = max_rows;
    explainer->x = alloc_array(n_cells, sizeof *explainer->x);
    explainer->parts = alloc_array(n_cells, sizeof *explainer->parts);
    explainer->starts = alloc_array(max_rows, sizeof *explainer->starts);
    explainer->ends = alloc_array(max_rows, sizeof *explainer->ends);
    if (!explainer->x || !explainer->parts || !explainer->starts ||
        !explainer->ends)
        return mlp_fail(err, MLP_NOMEM, "out of memory for an explanation");
    return attribution_init(&explainer->attribution, model->networks[0],
                            max_rows, MLP_EXPLAIN_STEPS, err);
}

mlp_status mlp_explainer_create(const mlp_model *model,
                                size_t max_rows,
                                mlp_explainer **out,
                                mlp_error *err)
{
    size_t n_cells;
    *out = NULL;
    if (max_rows == 0 || !size_mul(max_rows, model->encoder.n_inputs, &n_cells))
        return mlp_fail(err, MLP_INVALID,
                        "max_rows: expected 1 or more, got %zu", max_rows);
    mlp_explainer *explainer = alloc_array(1, sizeof *explainer);
    if (explainer == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for an explanation");
    mlp_status status = allocate(explainer, model, max_rows, n_cells, err);
    if (status != MLP_OK) {
        mlp_explainer_destroy(explainer);
        return status;
    }
    *out = explainer;
    return MLP_OK;
}

void mlp_explainer_destroy(mlp_explainer *explainer)
{
    if (explainer == NULL)
        return;
    attribution_free(&explainer->attribution);
    free(explainer->x);
    free(explainer->parts);
    free(explainer->starts);
    free(explainer->ends);
    free(explainer);
}

/* One row: the means of the networks, column by column, in the target's unit.
 */
static void
fold(const mlp_model *model, const double *parts, double scale, float *out)
{
    for (size_t j = 0; j < model->encoder.n; j++) {
        const struct encoded_column *column = &model->encoder.columns[j];
        double sum = 0;
        for (size_t k = 0; k < column->n_inputs; k++)
            sum += parts[column->input + k];
        out[j] = (float)(sum * scale);
    }
}

static void explain_some(const mlp_model *model,
                         mlp_explainer *e,
                         const float *rows,
                         size_t n,
                         const size_t *outputs)
{
    size_t n_inputs = model->encoder.n_inputs;
    encoder_apply(&model->encoder, rows, n, e->x);
    memset(e->parts, 0, n * n_inputs * sizeof *e->parts);
    memset(e->starts, 0, n * sizeof *e->starts);
    memset(e->ends, 0, n * sizeof *e->ends);
    for (size_t k = 0; k < model->n_networks; k++)
        attribution_add(&e->attribution, model->networks[k], e->x, n, outputs,
                        e->parts, e->starts, e->ends);
}

void mlp_model_explain(const mlp_model *model,
                       mlp_explainer *e,
                       const float *rows,
                       size_t n_rows,
                       const size_t *outputs,
                       float *out,
                       float *baselines,
                       float *values)
{
    size_t n_features = model->features.n, n;
    for (size_t first = 0; first < n_rows; first += n) {
        n = n_rows - first < e->max_rows ? n_rows - first : e->max_rows;
        explain_some(model, e, rows + first * n_features, n, outputs + first);
        for (size_t i = 0; i < n; i++) {
            size_t row = first + i, output = outputs[row];
            double scale = 1 / (double)model->n_networks, shift = 0;
            if (model->target_scale != NULL) {
                scale *= (double)model->target_scale[output];
                shift = (double)model->target_shift[output];
            }
            fold(model, e->parts + i * model->encoder.n_inputs, scale,
                 out + row * n_features);
            baselines[row] = (float)(e->starts[i] * scale + shift);
            values[row] = (float)(e->ends[i] * scale + shift);
        }
    }
}
