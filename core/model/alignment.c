/* SPDX-License-Identifier: MIT
 *
 * Cells of a table in a model's terms: each level is translated once, each
 * cell is then looked up. */
#include "model/alignment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/table_gather.h"
#include "data/text.h"
#include "model/calendar.h"

/* Rows that are translated at a time, on the stack. */
enum { CELLS_AT_ONCE = 256 };

static mlp_status refuse(const mlp_column *column,
                         const mlp_label *label,
                         const char *expected,
                         mlp_error *err)
{
    return mlp_fail(err, MLP_INVALID,
                    "column '%.64s': expected %s, got %s '%s'", column->name,
                    expected,
                    label->kind == MLP_CELL_TEXT ? "text, first" : "booleans:",
                    text_excerpt(label->text, label->length).text);
}

static mlp_status translate(const struct encoded_column *to,
                            const mlp_column *column,
                            const mlp_label *label,
                            float *out,
                            mlp_error *err)
{
    switch (to->kind) {
    case MLP_KIND_CATEGORICAL:
        *out = encoder_level(to, label);
        return MLP_OK;
    case MLP_KIND_DATETIME:
        if (calendar_parse(label->text, label->length, out, NULL))
            return MLP_OK;
        return refuse(column, label, "dates (YYYY-MM-DD, YYYY-MM-DDThh:mm:ss)",
                      err);
    case MLP_KIND_NUMERIC:
        *out = (float)label->number;
        if (label->kind == MLP_CELL_NUMBER)
            return MLP_OK;
        return refuse(column, label, "numbers", err);
    default:
        *out = NAN;
        return MLP_OK;
    }
}

static mlp_status make_map(struct alignment *a, size_t j, mlp_error *err)
{
    const struct encoded_column *to = &a->encoder->columns[j];
    const mlp_column *column = mlp_table_column(a->table, a->columns[j]);
    mlp_status status = MLP_OK;
    if (column->type != MLP_COLUMN_LEVELS && to->kind == MLP_KIND_DATETIME &&
        column->type != MLP_COLUMN_EMPTY)
        return mlp_fail(err, MLP_INVALID,
                        "column '%.64s': expected dates (YYYY-MM-DD, "
                        "YYYY-MM-DDThh:mm:ss), got numbers",
                        column->name);
    if (column->type != MLP_COLUMN_LEVELS)
        return MLP_OK;
    a->maps[j] = alloc_array(column->n_levels, sizeof **a->maps);
    if (a->maps[j] == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for %zu levels",
                        column->n_levels);
    for (size_t i = 0; status == MLP_OK && i < column->n_levels; i++)
        status = translate(to, column, &column->levels[i], &a->maps[j][i], err);
    return status;
}

mlp_status alignment_init(struct alignment *alignment,
                          const mlp_table *table,
                          const struct encoder *encoder,
                          const size_t *columns,
                          mlp_error *err)
{
    mlp_status status = MLP_OK;
    *alignment = (struct alignment){.table = table, .encoder = encoder};
    alignment->columns = alloc_array(encoder->n, sizeof *columns);
    alignment->maps = alloc_array(encoder->n, sizeof *alignment->maps);
    if (alignment->columns == NULL || alignment->maps == NULL) {
        alignment_free(alignment);
        return mlp_fail(err, MLP_NOMEM, "out of memory for columns");
    }
    memcpy(alignment->columns, columns, encoder->n * sizeof *columns);
    alignment->direct = encoder->plain;
    for (size_t j = 0; status == MLP_OK && j < encoder->n; j++) {
        if (columns[j] != ALIGNMENT_NOWHERE &&
            encoder->columns[j].kind != MLP_KIND_IGNORE)
            status = make_map(alignment, j, err);
        if (columns[j] == ALIGNMENT_NOWHERE ||
            (status == MLP_OK && alignment->maps[j] != NULL))
            alignment->direct = false;
    }
    if (status != MLP_OK)
        alignment_free(alignment);
    return status;
}

void alignment_free(struct alignment *alignment)
{
    for (size_t j = 0; alignment->maps != NULL && j < alignment->encoder->n;
         j++)
        free(alignment->maps[j]);
    free(alignment->maps);
    free(alignment->columns);
    *alignment = (struct alignment){0};
}

/* Column j of n rows, from `rows` or, where that is NULL, from `first` on. */
static void column_cells(const struct alignment *a,
                         size_t j,
                         const uint32_t *rows,
                         size_t first,
                         size_t n,
                         float *out)
{
    const struct encoded_column *to = &a->encoder->columns[j];
    const float *map = a->maps[j];
    size_t column = a->columns[j];
    if (column == ALIGNMENT_NOWHERE || to->kind == MLP_KIND_IGNORE) {
        for (size_t i = 0; i < n; i++)
            out[i] = NAN;
        return;
    }
    if (rows != NULL)
        mlp_table_gather(a->table, rows + first, n, &column, 1, out);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = mlp_table_value(a->table, first + i, column);
    for (size_t i = 0; i < n; i++) {
        if (isnan(out[i]))
            continue;
        if (map != NULL)
            out[i] = map[(size_t)out[i]];
        else if (to->kind == MLP_KIND_CATEGORICAL)
            out[i] = encoder_level_of_number(to, out[i]);
    }
}

void alignment_cells(const struct alignment *alignment,
                     const uint32_t *rows,
                     size_t n,
                     float *cells)
{
    float column[CELLS_AT_ONCE];
    size_t width = alignment->encoder->n;
    if (alignment->direct) {
        mlp_table_gather(alignment->table, rows, n, alignment->columns, width,
                         cells);
        return;
    }
    for (size_t first = 0; first < n; first += CELLS_AT_ONCE) {
        size_t some = n - first < CELLS_AT_ONCE ? n - first : CELLS_AT_ONCE;
        for (size_t j = 0; j < width; j++) {
            column_cells(alignment, j, rows, first, some, column);
            for (size_t i = 0; i < some; i++)
                cells[(first + i) * width + j] = column[i];
        }
    }
}

void alignment_inputs(const struct alignment *alignment,
                      const uint32_t *rows,
                      size_t n,
                      float *x)
{
    const struct encoder *encoder = alignment->encoder;
    float column[CELLS_AT_ONCE];
    for (size_t first = 0; first < n; first += CELLS_AT_ONCE) {
        size_t some = n - first < CELLS_AT_ONCE ? n - first : CELLS_AT_ONCE;
        for (size_t j = 0; j < encoder->n; j++) {
            column_cells(alignment, j, rows, first, some, column);
            encoder_apply_column(encoder, j, column, 1, some,
                                 x + first * encoder->n_inputs);
        }
    }
}
