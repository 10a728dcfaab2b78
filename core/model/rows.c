/* SPDX-License-Identifier: MIT
 *
 * Tables and numbers in a model's own terms, and what is odd about them. */
#include "mlp/rows.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "model/alignment.h"
#include "model/bundle.h"

mlp_column_kind mlp_model_column_kind(const mlp_model *model, size_t i)
{
    return model->encoder.columns[i].kind;
}

const mlp_label *mlp_model_levels(const mlp_model *model, size_t i, size_t *n)
{
    const struct label_list *levels = &model->encoder.columns[i].levels;
    *n = levels->n;
    return levels->n > 0 ? levels->items : NULL;
}

/* --- by name -------------------------------------------------------------- */

/* Columns that the model knows and does not need. */
static void
pass_over(const struct label_list *names, const mlp_table *table, bool *known)
{
    size_t column;
    for (size_t i = 0; i < names->n; i++)
        if (mlp_table_find(table, names->items[i].text, &column))
            known[column] = true;
}

/* Where each feature stands in the table; one that tells nothing may be away,
 * and others if somebody wants to know of it. */
static mlp_status find_features(const mlp_model *model,
                                const mlp_table *table,
                                size_t *columns,
                                bool *known,
                                bool *absent,
                                mlp_error *err)
{
    for (size_t i = 0; i < model->features.n; i++) {
        const char *name = model->features.items[i].text;
        bool found = mlp_table_find(table, name, &columns[i]);
        bool needed = model->encoder.columns[i].kind != MLP_KIND_IGNORE;
        if (found)
            known[columns[i]] = true;
        else
            columns[i] = ALIGNMENT_NOWHERE;
        if (absent != NULL)
            absent[i] = needed && !found;
        else if (needed && !found)
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

/* other, absent: or NULL. */
static mlp_status align(const mlp_model *model,
                        const mlp_model *other,
                        const mlp_table *table,
                        size_t *columns,
                        bool *known,
                        float *rows,
                        bool *absent,
                        mlp_error *err)
{
    mlp_status status =
        find_features(model, table, columns, known, absent, err);
    pass_over(&model->targets, table, known);
    pass_over(&model->ignored, table, known);
    if (other != NULL) {
        pass_over(&other->features, table, known);
        pass_over(&other->ignored, table, known);
    }
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

static mlp_status align_all(const mlp_model *model,
                            const mlp_model *other,
                            const mlp_table *table,
                            float *rows,
                            bool *absent,
                            mlp_error *err)
{
    size_t *columns = alloc_array(model->features.n, sizeof *columns);
    bool *known = alloc_array(mlp_table_n_columns(table), sizeof *known);
    mlp_status status =
        columns != NULL && known != NULL
            ? align(model, other, table, columns, known, rows, absent, err)
            : mlp_fail(err, MLP_NOMEM, "out of memory for columns");
    free(columns);
    free(known);
    return status;
}

mlp_status mlp_model_align(const mlp_model *model,
                           const mlp_table *table,
                           float *rows,
                           mlp_error *err)
{
    return align_all(model, NULL, table, rows, NULL, err);
}

mlp_status mlp_model_align_some(const mlp_model *model,
                                const mlp_table *table,
                                float *rows,
                                bool *absent,
                                mlp_error *err)
{
    return align_all(model, NULL, table, rows, absent, err);
}

mlp_status mlp_model_align_beside(const mlp_model *model,
                                  const mlp_model *other,
                                  const mlp_table *table,
                                  float *rows,
                                  mlp_error *err)
{
    return align_all(model, other, table, rows, NULL, err);
}

/* --- by position ---------------------------------------------------------- */

bool mlp_model_takes_numbers(const mlp_model *model)
{
    return model->encoder.of_numbers;
}

mlp_status mlp_model_cells_of_numbers(const mlp_model *model,
                                      const float *numbers,
                                      size_t n_rows,
                                      float *cells,
                                      mlp_error *err)
{
    size_t width = model->encoder.n;
    for (size_t i = 0; i < n_rows * width; i++) {
        const struct encoded_column *column =
            &model->encoder.columns[i % width];
        cells[i] = column->kind == MLP_KIND_CATEGORICAL
                       ? encoder_level_of_number(column, numbers[i])
                       : numbers[i];
        if (column->kind == MLP_KIND_DATETIME && !isnan(cells[i]))
            return mlp_fail(err, MLP_INVALID,
                            "row %zu: column '%.64s' is a date, which no "
                            "number says: send rows that name their columns",
                            i / width + 1,
                            model->features.items[i % width].text);
    }
    return MLP_OK;
}

/* --- what is odd ---------------------------------------------------------- */

const char *mlp_oddity_name(mlp_oddity oddity)
{
    static const char *const names[] = {
#define X(name, text) [MLP_ODDITY_##name] = (text),
        MLP_ODDITY_TABLE(X)
#undef X
    };
    return (size_t)oddity < MLP_N_ODDITIES ? names[oddity] : "?";
}

void mlp_model_check_row(const mlp_model *model,
                         const float *cells,
                         mlp_oddity_visitor *visit,
                         void *context)
{
    const struct encoder *encoder = &model->encoder;
    bool ranges = encoder->scaling == MLP_SCALING_ROBUST;
    for (size_t j = 0; j < encoder->n; j++) {
        mlp_column_kind kind = encoder->columns[j].kind;
        float cell = cells[j];
        if (kind == MLP_KIND_IGNORE)
            continue;
        if (isnan(cell))
            visit(context, j, MLP_ODDITY_IMPUTED);
        else if (kind == MLP_KIND_CATEGORICAL && cell < 0)
            visit(context, j, MLP_ODDITY_UNSEEN_LEVEL);
        else if (kind != MLP_KIND_CATEGORICAL && ranges &&
                 (cell < encoder->low[j] || cell > encoder->high[j]))
            visit(context, j, MLP_ODDITY_OUT_OF_RANGE);
    }
}
