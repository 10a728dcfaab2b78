/* SPDX-License-Identifier: MIT
 *
 * Raw rows in, answers out. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mlp/forward.h"
#include "mlp/model.h"
#include "model/alignment.h"
#include "model/bundle.h"

struct mlp_predictor {
    mlp_workspace *workspace;
    float *x; /* [max_rows, n_inputs] */
    float *y; /* [max_rows, n_outputs], for an ensemble */
    size_t max_rows;
};

mlp_status mlp_predictor_create(const mlp_model *model,
                                size_t max_rows,
                                mlp_predictor **out,
                                mlp_error *err)
{
    size_t n_cells;
    *out = NULL;
    if (max_rows == 0 || !size_mul(max_rows, model->encoder.n_inputs, &n_cells))
        return mlp_fail(err, MLP_INVALID,
                        "max_rows: expected 1 or more, got %zu", max_rows);
    mlp_predictor *predictor = alloc_array(1, sizeof *predictor);
    if (predictor == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for a predictor");
    predictor->max_rows = max_rows;
    predictor->x = alloc_array(n_cells, sizeof *predictor->x);
    predictor->y = alloc_array(
        model->n_networks > 1 ? max_rows * mlp_model_n_outputs(model) : 0,
        sizeof *predictor->y);
    mlp_status status =
        predictor->x == NULL || predictor->y == NULL
            ? mlp_fail(err, MLP_NOMEM, "out of memory for a predictor")
            : mlp_workspace_create(model->networks[0], max_rows,
                                   &predictor->workspace, err);
    if (status != MLP_OK) {
        mlp_predictor_destroy(predictor);
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
    free(predictor->x);
    free(predictor->y);
    free(predictor);
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

/* --- alignment ----------------------------------------------------------- */

/* Columns that the model knows and does not need. */
static void
pass_over(const struct label_list *names, const mlp_table *table, bool *known)
{
    size_t column;
    for (size_t i = 0; i < names->n; i++)
        if (mlp_table_find(table, names->items[i].text, &column))
            known[column] = true;
}

/* Where each feature stands in the table; one that tells nothing may be away.
 */
static mlp_status find_features(const mlp_model *model,
                                const mlp_table *table,
                                size_t *columns,
                                bool *known,
                                mlp_error *err)
{
    for (size_t i = 0; i < model->features.n; i++) {
        const char *name = model->features.items[i].text;
        if (mlp_table_find(table, name, &columns[i])) {
            known[columns[i]] = true;
            continue;
        }
        columns[i] = ALIGNMENT_NOWHERE;
        if (model->encoder.columns[i].kind != MLP_KIND_IGNORE)
            return mlp_fail(err, MLP_INVALID,
                            "column '%.64s' is missing, the model needs it",
                            name);
    }
    return MLP_OK;
}

static mlp_status
refuse_strangers(const mlp_table *table, const bool *known, mlp_error *err)
{
    for (size_t i = 0; i < mlp_table_n_columns(table); i++) {
        if (!known[i])
            return mlp_fail(err, MLP_INVALID,
                            "column '%.64s': the model has no such feature",
                            mlp_table_column(table, i)->name);
    }
    return MLP_OK;
}

static mlp_status align(const mlp_model *model,
                        const mlp_table *table,
                        size_t *columns,
                        bool *known,
                        float *rows,
                        mlp_error *err)
{
    mlp_status status = find_features(model, table, columns, known, err);
    pass_over(&model->targets, table, known);
    pass_over(&model->ignored, table, known);
    if (status == MLP_OK)
        status = refuse_strangers(table, known, err);
    if (status != MLP_OK)
        return status;
    struct alignment alignment;
    status = alignment_init(&alignment, table, &model->encoder, columns, err);
    if (status == MLP_OK)
        alignment_cells(&alignment, NULL, mlp_table_n_rows(table), rows);
    alignment_free(&alignment);
    return status;
}

mlp_status mlp_model_align(const mlp_model *model,
                           const mlp_table *table,
                           float *rows,
                           mlp_error *err)
{
    size_t *columns = alloc_array(model->features.n, sizeof *columns);
    bool *known = alloc_array(mlp_table_n_columns(table), sizeof *known);
    mlp_status status =
        columns != NULL && known != NULL
            ? align(model, table, columns, known, rows, err)
            : mlp_fail(err, MLP_NOMEM, "out of memory for columns");
    free(columns);
    free(known);
    return status;
}
