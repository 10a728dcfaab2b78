/* SPDX-License-Identifier: MIT
 *
 * Input scaling. */
#include "model/scaling.h"

#include <math.h>

/* Fewer columns than this are a table, not a picture; and a picture has a cell
 * in the upper half of a byte's range. */
enum { MIN_PIXELS = 16, MIN_BRIGHTEST = 128, MAX_BYTE = 255 };

mlp_scaling
scaling_choose(const struct column_statistics *columns, size_t n, size_t n_rows)
{
    float brightest = 0;
    for (size_t j = 0; j < n; j++) {
        if (columns[j].n != n_rows || !columns[j].whole || columns[j].low < 0 ||
            columns[j].high > MAX_BYTE)
            return MLP_SCALING_STANDARD;
        brightest = fmaxf(brightest, columns[j].high);
    }
    return n >= MIN_PIXELS && brightest >= MIN_BRIGHTEST ? MLP_SCALING_BYTE
                                                         : MLP_SCALING_STANDARD;
}

/* A column that never changes tells nothing: 0 whatever comes later. So does
 * one whose spread is too small for its inverse to be a float. */
static void
standardise(const struct column_statistics *column, float *shift, float *scale)
{
    bool constant = column->low == column->high;
    float inverse = constant ? 0 : (float)(1 / column->deviation);
    *shift = (float)column->mean;
    *scale = isfinite(inverse) ? inverse : 0;
}

void scaling_fit(mlp_scaling scaling,
                 const struct column_statistics *columns,
                 size_t n,
                 float *shift,
                 float *scale)
{
    for (size_t j = 0; j < n; j++) {
        shift[j] = 0;
        scale[j] = scaling == MLP_SCALING_BYTE ? 1.0F / MAX_BYTE : 1;
        if (scaling == MLP_SCALING_STANDARD)
            standardise(&columns[j], &shift[j], &scale[j]);
    }
}

bool scaling_is_uniform(const float *shift, const float *scale, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        if (shift[j] != 0 || scale[j] != scale[0])
            return false;
    }
    return true;
}
