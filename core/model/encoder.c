/* SPDX-License-Identifier: MIT
 *
 * Encoding, column by column. */
#include "model/encoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "math/gather.h"
#include "mlp/network.h"
#include "model/calendar.h"

mlp_status encoder_init(struct encoder *encoder, size_t n, mlp_error *err)
{
    *encoder = (struct encoder){.n = n};
    encoder->columns = alloc_array(n, sizeof *encoder->columns);
    encoder->low = alloc_array(n, sizeof *encoder->low);
    encoder->high = alloc_array(n, sizeof *encoder->high);
    if (!encoder->columns || !encoder->low || !encoder->high)
        return mlp_fail(err, MLP_NOMEM, "out of memory for %zu columns", n);
    for (size_t j = 0; j < n; j++)
        encoder->columns[j].kind = MLP_KIND_NUMERIC;
    return MLP_OK;
}

/* --- places -------------------------------------------------------------- */

static bool is_embedded(const struct encoded_column *column)
{
    return column->kind == MLP_KIND_CATEGORICAL &&
           column->levels.n > ENCODER_ONE_HOT;
}

/* Inputs of a column, but for the one that says "missing". */
static size_t width_of(const struct encoded_column *column)
{
    switch (column->kind) {
    case MLP_KIND_NUMERIC:
        return 1 + (column->discrete ? column->levels.n : 0);
    case MLP_KIND_CATEGORICAL:
        return is_embedded(column) || column->levels.n == 2 ? 1
                                                            : column->levels.n;
    case MLP_KIND_DATETIME:
        return ENCODER_CALENDAR + (column->clock ? ENCODER_CLOCK : 0u);
    default:
        return 0;
    }
}

mlp_status encoder_place(struct encoder *encoder, mlp_error *err)
{
    size_t n = 0;
    encoder->plain = encoder->scaling != MLP_SCALING_ROBUST;
    encoder->of_numbers = true;
    for (size_t j = 0; j < encoder->n; j++) {
        struct encoded_column *column = &encoder->columns[j];
        bool told = column->missing && !is_embedded(column) &&
                    column->kind != MLP_KIND_IGNORE;
        column->input = n;
        column->n_inputs = width_of(column) + told;
        n += column->n_inputs;
        encoder->of_numbers =
            encoder->of_numbers && (column->kind == MLP_KIND_NUMERIC ||
                                    column->kind == MLP_KIND_IGNORE);
        encoder->plain = encoder->plain && column->kind == MLP_KIND_NUMERIC &&
                         column->n_inputs == 1;
    }
    encoder->n_inputs = n;
    if (n == 0)
        return mlp_fail(err, MLP_INVALID,
                        "features: no column is left that tells anything");
    if (n > MLP_MAX_WIDTH)
        return mlp_fail(err, MLP_INVALID,
                        "features: they become %zu inputs, expected at most %d",
                        n, MLP_MAX_WIDTH);
    encoder->shift = alloc_array(n, sizeof *encoder->shift);
    encoder->scale = alloc_array(n, sizeof *encoder->scale);
    if (encoder->shift == NULL || encoder->scale == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for %zu inputs", n);
    for (size_t i = 0; i < n; i++)
        encoder->scale[i] = 1;
    return MLP_OK;
}

mlp_status encoder_copy(struct encoder *encoder,
                        const struct encoder *from,
                        mlp_error *err)
{
    mlp_status status = encoder_init(encoder, from->n, err);
    encoder->scaling = from->scaling;
    for (size_t j = 0; status == MLP_OK && j < from->n; j++) {
        struct encoded_column *column = &encoder->columns[j];
        *column = from->columns[j];
        column->levels = (struct label_list){0};
        status = labels_copy(&column->levels, &from->columns[j].levels, err);
    }
    if (status == MLP_OK)
        status = encoder_place(encoder, err);
    if (status != MLP_OK)
        return status;
    size_t bytes = from->n_inputs * sizeof *encoder->shift;
    memcpy(encoder->shift, from->shift, bytes);
    memcpy(encoder->scale, from->scale, bytes);
    memcpy(encoder->low, from->low, from->n * sizeof *encoder->low);
    memcpy(encoder->high, from->high, from->n * sizeof *encoder->high);
    return MLP_OK;
}

void encoder_free(struct encoder *encoder)
{
    for (size_t j = 0; encoder->columns != NULL && j < encoder->n; j++)
        labels_free(&encoder->columns[j].levels);
    free(encoder->columns);
    free(encoder->low);
    free(encoder->high);
    free(encoder->shift);
    free(encoder->scale);
    *encoder = (struct encoder){0};
}

bool encoder_number(const struct encoder *encoder, size_t j, size_t *input)
{
    const struct encoded_column *column = &encoder->columns[j];
    *input = column->input;
    return column->kind == MLP_KIND_NUMERIC ||
           column->kind == MLP_KIND_DATETIME;
}

size_t encoder_embeddings(const struct encoder *encoder,
                          mlp_embedding_spec *out)
{
    size_t n = 0;
    for (size_t j = 0; j < encoder->n; j++) {
        const struct encoded_column *column = &encoder->columns[j];
        if (is_embedded(column))
            out[n++] = (mlp_embedding_spec){MLP_EMBEDDING_LEVELS, column->input,
                                            column->levels.n + column->missing,
                                            ENCODER_EMBEDDING};
        else if (column->kind == MLP_KIND_NUMERIC && column->periodic)
            out[n++] = (mlp_embedding_spec){
                MLP_EMBEDDING_PERIODIC, column->input, 0, MLP_PERIODIC_UNITS};
    }
    return n;
}

/* --- cells to inputs ----------------------------------------------------- */

static float scaled(const struct encoder *encoder, size_t input, float value)
{
    float x = (value - encoder->shift[input]) * encoder->scale[input];
    if (encoder->scaling != MLP_SCALING_ROBUST)
        return x;
    /* x / 3 may overflow in its square: that is 3 then, as it should be. */
    float third = x / 3;
    return fabsf(third) > 1e18F ? copysignf(3, x)
                                : x / sqrtf(1 + third * third);
}

static void
encode_category(const struct encoded_column *column, float cell, float *x)
{
    size_t n = column->levels.n;
    bool known = cell >= 0; /* neither missing nor unseen */
    if (is_embedded(column)) {
        *x = isnan(cell) ? (column->missing ? (float)n : -1) : cell;
    } else if (n == 2) {
        *x = known ? 2 * cell - 1 : 0;
    } else {
        for (size_t k = 0; k < n; k++)
            x[k] = 0;
        if (known)
            x[(size_t)cell] = 1;
    }
}

/* A value that training had not is none of them. */
static void
encode_discrete(const struct encoded_column *column, float cell, float *x)
{
    for (size_t k = 0; k < column->levels.n; k++)
        x[k] = (float)column->levels.items[k].number == cell ? 1.0F : 0.0F;
}

void encoder_apply_column(const struct encoder *encoder,
                          size_t j,
                          const float *cells,
                          size_t stride,
                          size_t n,
                          float *x)
{
    const struct encoded_column *column = &encoder->columns[j];
    size_t first = column->input, n_inputs = column->n_inputs;
    bool told = column->missing && !is_embedded(column);
    for (size_t i = 0; i < n && n_inputs > 0; i++) {
        float cell = cells[i * stride];
        float *to = x + i * encoder->n_inputs + first;
        switch (column->kind) {
        case MLP_KIND_CATEGORICAL:
            encode_category(column, cell, to);
            break;
        case MLP_KIND_DATETIME:
            to[0] = isnan(cell) ? 0 : scaled(encoder, first, cell);
            calendar_encode(cell, column->clock, to + 1);
            break;
        default:
            to[0] = isnan(cell) ? 0 : scaled(encoder, first, cell);
            if (column->discrete)
                encode_discrete(column, cell, to + 1);
        }
        if (told)
            to[n_inputs - 1] = isnan(cell) ? 1.0F : 0.0F;
    }
}

void encoder_apply(const struct encoder *encoder,
                   const float *cells,
                   size_t n,
                   float *x)
{
    if (!encoder->plain) {
        for (size_t j = 0; j < encoder->n; j++)
            encoder_apply_column(encoder, j, cells + j, encoder->n, n, x);
        return;
    }
    const struct gather all = {.numbers = cells,
                               .stride = encoder->n,
                               .n_columns = encoder->n,
                               .shift = encoder->shift,
                               .scale = encoder->scale};
    gather_rows(&all, NULL, n, x, encoder->n);
}

/* --- levels -------------------------------------------------------------- */

static int by_label(const void *left, const void *right)
{
    return label_compare(left, right);
}

static float find(const struct label_list *levels, const mlp_label *label)
{
    const mlp_label *found = levels->n > 0
                                 ? bsearch(label, levels->items, levels->n,
                                           sizeof *levels->items, by_label)
                                 : NULL;
    return found != NULL ? (float)(found - levels->items) : -1;
}

/* A boolean as tables spell them, or as a number. */
static bool read_boolean(const mlp_label *label, mlp_label *out)
{
    static const char *const words[][3] = {{"false", "False", "FALSE"},
                                           {"true", "True", "TRUE"}};
    size_t which = 2;
    for (size_t k = 0; k < 6; k++)
        if (strcmp(label->text, words[k / 3][k % 3]) == 0)
            which = k / 3;
    if (label->kind == MLP_CELL_NUMBER)
        which = label->number == 0 ? 0 : label->number == 1 ? 1 : 2;
    if (which > 1)
        return false;
    out->text = words[which][0];
    out->length = strlen(out->text);
    return true;
}

float encoder_level(const struct encoded_column *column, const mlp_label *label)
{
    float level = find(&column->levels, label);
    mlp_decimal decimal;
    mlp_label other = *label;
    if (level >= 0 || column->levels.n == 0)
        return level;
    other.kind = column->levels.items[0].kind;
    if (other.kind == label->kind)
        return -1;
    if (other.kind == MLP_CELL_NUMBER) {
        if (!mlp_parse_decimal(label->text, label->length, &decimal))
            return -1;
        other.number = mlp_decimal_to_double(&decimal);
    } else if (other.kind == MLP_CELL_BOOLEAN && !read_boolean(label, &other)) {
        return -1;
    }
    return find(&column->levels, &other);
}

static int by_float(const void *left, const void *right)
{
    const mlp_label *a = left, *b = right;
    float x = (float)a->number, y = (float)b->number;
    return (x > y) - (x < y);
}

float encoder_level_of_number(const struct encoded_column *column, float number)
{
    const struct label_list *levels = &column->levels;
    char text[LABEL_OF_FLOAT_MAX];
    if (isnan(number))
        return number;
    mlp_label label = label_of_float(number, text);
    float level = encoder_level(column, &label);
    if (level >= 0 || levels->n == 0 ||
        levels->items[0].kind != MLP_CELL_NUMBER)
        return level;
    /* The level may have more digits than a float. */
    const mlp_label *found = bsearch(&label, levels->items, levels->n,
                                     sizeof *levels->items, by_float);
    return found != NULL ? (float)(found - levels->items) : -1;
}
