/* SPDX-License-Identifier: MIT
 *
 * The arithmetic is that of encoder.h, calendar.h and alignment.h, in the
 * operators of ONNX. */
#include "onnx/export_columns.h"

#include <string.h>

#include "onnx/export_levels.h"

/* A cell may be this far out before robust scaling squares it, which changes
 * no bit: x / sqrt(1 + (x / 3)^2) is 3 long before. */
static const double farthest = 1e15;
static const double two_pi = 6.283185307179586477;
static const double year_days = 365.2425, week_days = 7, day_seconds = 86400;
static const double epoch_seconds = 946684800; /* 2000-01-01, as Unix counts */

struct columns {
    struct graph *g;
    const mlp_model *model;
    struct export_columns *out;
    struct export_parts parts;
    const char *raw;  /* [N, n_numbers]: cells that are numbers, or days */
    const char *gaps; /* likewise: is it missing? */
    size_t *numbers;  /* their columns */
    size_t n_numbers;
};

void export_parts_add(struct export_parts *parts,
                      const char *name,
                      size_t width)
{
    parts->names[parts->n++] = name;
    parts->width += width;
}

static const struct encoded_column *column_of(const struct columns *c, size_t j)
{
    return &c->model->encoder.columns[j];
}

static bool is_number(const struct encoded_column *column)
{
    return column->kind == MLP_KIND_NUMERIC ||
           column->kind == MLP_KIND_DATETIME;
}

/* --- raw numbers --------------------------------------------------------- */

static const char *days_input(struct graph *g, const char *name)
{
    graph_input(g, name, GRAPH_DOUBLE, 1,
                "a date, in seconds since 1970-01-01T00:00Z; NaN: missing");
    const char *since = graph_binary(
        g, "Sub", name, graph_number(g, GRAPH_DOUBLE, epoch_seconds));
    const char *days = graph_binary(g, "Div", since,
                                    graph_number(g, GRAPH_DOUBLE, day_seconds));
    return graph_cast(g, days, GRAPH_FLOAT);
}

static const char *number_input(struct graph *g, const char *name)
{
    graph_input(g, name, GRAPH_FLOAT, 1, "a number; NaN: missing");
    return name;
}

static bool has_numbers_alone(const struct encoder *encoder)
{
    for (size_t j = 0; j < encoder->n; j++)
        if (encoder->columns[j].kind != MLP_KIND_NUMERIC)
            return false;
    return true;
}

static const char *matrix_input(struct graph *g, const mlp_model *model)
{
    const char *name = "inputs";
    graph_input(g, name, GRAPH_FLOAT, model->features.n,
                "the features, in the order of metadata_props; NaN: missing");
    return name;
}

static void take_numbers(struct columns *c)
{
    const struct encoder *encoder = &c->model->encoder;
    const char **names = graph_alloc(c->g, encoder->n, sizeof *names);
    c->numbers = graph_alloc(c->g, encoder->n, sizeof *c->numbers);
    if (c->numbers == NULL)
        return;
    bool matrix = has_numbers_alone(encoder);
    for (size_t j = 0; j < encoder->n; j++) {
        const char *name = c->model->features.items[j].text;
        if (!is_number(&encoder->columns[j]))
            continue;
        if (!matrix)
            names[c->n_numbers] = encoder->columns[j].kind == MLP_KIND_DATETIME
                                      ? days_input(c->g, name)
                                      : number_input(c->g, name);
        c->numbers[c->n_numbers++] = j;
    }
    if (c->n_numbers == 0)
        return;
    c->raw = matrix ? matrix_input(c->g, c->model)
                    : graph_concat(c->g, names, c->n_numbers);
    c->gaps = graph_unary(c->g, "IsNaN", c->raw);
}

/* --- scaled -------------------------------------------------------------- */

/* [1, n_numbers]: the shift or the scale of each; NULL where all are `none`. */
static const char *row_of(struct columns *c, const float *of_inputs, float none)
{
    const char *name;
    bool any = false;
    for (size_t i = 0; i < c->n_numbers; i++)
        any = any || of_inputs[column_of(c, c->numbers[i])->input] != none;
    if (!any)
        return NULL;
    float *row = graph_constant(c->g, GRAPH_FLOAT, 2,
                                (const size_t[]){1, c->n_numbers}, &name);
    for (size_t i = 0; row != NULL && i < c->n_numbers; i++)
        row[i] = of_inputs[column_of(c, c->numbers[i])->input];
    return name;
}

static const char *tame(struct graph *g, const char *x)
{
    const char *clipped = graph_node(
        g, "Clip",
        (const char *const[]){x, graph_number(g, GRAPH_FLOAT, -farthest),
                              graph_number(g, GRAPH_FLOAT, farthest)},
        3);
    const char *third =
        graph_binary(g, "Div", clipped, graph_number(g, GRAPH_FLOAT, 3));
    const char *square = graph_binary(g, "Mul", third, third);
    const char *sum =
        graph_binary(g, "Add", square, graph_number(g, GRAPH_FLOAT, 1));
    return graph_binary(g, "Div", clipped, graph_unary(g, "Sqrt", sum));
}

static void add_scaled(struct columns *c)
{
    struct graph *g = c->g;
    const struct encoder *encoder = &c->model->encoder;
    const char *shift = row_of(c, encoder->shift, 0);
    const char *scale = row_of(c, encoder->scale, 1);
    const char *x = c->raw;
    if (shift != NULL)
        x = graph_binary(g, "Sub", x, shift);
    if (scale != NULL)
        x = graph_binary(g, "Mul", x, scale);
    if (encoder->scaling == MLP_SCALING_ROBUST)
        x = tame(g, x);
    x = graph_node(
        g, "Where",
        (const char *const[]){c->gaps, graph_number(g, GRAPH_FLOAT, 0), x}, 3);
    for (size_t i = 0; i < c->n_numbers; i++)
        c->out->at[column_of(c, c->numbers[i])->input] = c->parts.width + i;
    export_parts_add(&c->parts, x, c->n_numbers);
}

/* --- gaps and few values -------------------------------------------------- */

static void add_gaps(struct columns *c)
{
    int64_t *which = graph_alloc(c->g, c->n_numbers, sizeof *which);
    size_t n = 0;
    for (size_t i = 0; which != NULL && i < c->n_numbers; i++) {
        const struct encoded_column *column = column_of(c, c->numbers[i]);
        if (!column->missing)
            continue;
        c->out->at[column->input + column->n_inputs - 1] = c->parts.width + n;
        which[n++] = (int64_t)i;
    }
    if (n == 0)
        return;
    const char *chosen =
        graph_gather(c->g, graph_cast(c->g, c->gaps, GRAPH_FLOAT),
                     graph_ints(c->g, which, n), 1);
    export_parts_add(&c->parts, chosen, n);
}

static size_t count_values(const struct columns *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_numbers; i++) {
        const struct encoded_column *column = column_of(c, c->numbers[i]);
        n += column->discrete ? column->levels.n : 0;
    }
    return n;
}

/* 1 where a cell is just that value: each value has the number of its column
 * among the numbers. */
static void add_discrete(struct columns *c)
{
    struct graph *g = c->g;
    const char *values_name, *which_name;
    size_t n = count_values(c), k = 0;
    if (n == 0)
        return;
    float *values =
        graph_constant(g, GRAPH_FLOAT, 2, (const size_t[]){1, n}, &values_name);
    int64_t *which = graph_constant(g, GRAPH_INT64, 1, &n, &which_name);
    if (which == NULL || values == NULL)
        return;
    for (size_t i = 0; i < c->n_numbers; i++) {
        const struct encoded_column *column = column_of(c, c->numbers[i]);
        for (size_t l = 0; column->discrete && l < column->levels.n; l++) {
            c->out->at[column->input + 1 + l] = c->parts.width + k;
            values[k] = (float)column->levels.items[l].number;
            which[k++] = (int64_t)i;
        }
    }
    const char *cells = graph_gather(g, c->raw, which_name, 1);
    const char *equal = graph_binary(g, "Equal", cells, values_name);
    export_parts_add(&c->parts, graph_cast(g, equal, GRAPH_FLOAT), n);
}

/* --- what comes again ----------------------------------------------------- */

/* Turns of the year, the week and the day, [N, n], in double: whole ones are
 * taken off before a float would lose the rest. */
static const char *turns_of(struct graph *g, const char *days, size_t n)
{
    const char *d = graph_cast(g, days, GRAPH_DOUBLE);
    const char *year =
        graph_binary(g, "Div", d, graph_number(g, GRAPH_DOUBLE, year_days));
    const char *week = graph_binary(g, "Div", graph_unary(g, "Floor", d),
                                    graph_number(g, GRAPH_DOUBLE, week_days));
    const char *all = graph_concat(g, (const char *const[]){year, week, d}, n);
    const char *part =
        graph_binary(g, "Sub", all, graph_unary(g, "Floor", all));
    return graph_cast(g, part, GRAPH_FLOAT);
}

static void add_calendar(struct columns *c, size_t i)
{
    struct graph *g = c->g;
    const struct encoded_column *column = column_of(c, c->numbers[i]);
    const int64_t which = (int64_t)i;
    size_t n = column->clock ? 3 : 2;
    const char *index = graph_ints(g, &which, 1);
    const char *days = graph_gather(g, c->raw, index, 1);
    const char *turn = graph_binary(g, "Mul", turns_of(g, days, n),
                                    graph_number(g, GRAPH_FLOAT, two_pi));
    const char *both =
        graph_concat(g,
                     (const char *const[]){graph_unary(g, "Sin", turn),
                                           graph_unary(g, "Cos", turn)},
                     2);
    both =
        graph_node(g, "Where",
                   (const char *const[]){graph_gather(g, c->gaps, index, 1),
                                         graph_number(g, GRAPH_FLOAT, 0), both},
                   3);
    for (size_t k = 0; k < n; k++) {
        c->out->at[column->input + 1 + 2 * k] = c->parts.width + k;
        c->out->at[column->input + 2 + 2 * k] = c->parts.width + n + k;
    }
    export_parts_add(&c->parts, both, 2 * n);
}

/* --- levels --------------------------------------------------------------- */

static void add_levels(struct columns *c, size_t j)
{
    const struct encoded_column *column = column_of(c, j);
    const char *name = c->model->features.items[j].text;
    const char *index = export_level_index(c->g, column, name);
    if (export_is_embedded(column)) {
        c->out->levels[j] = index;
        return;
    }
    for (size_t k = 0; k < column->n_inputs; k++)
        c->out->at[column->input + k] = c->parts.width + k;
    const char *table = export_level_table(c->g, column);
    export_parts_add(&c->parts, graph_gather(c->g, table, index, 0),
                     column->n_inputs);
}

void export_columns(struct graph *g,
                    const mlp_model *model,
                    struct export_columns *out)
{
    const struct encoder *encoder = &model->encoder;
    struct columns c = {.g = g, .model = model, .out = out};
    /* Scaled numbers, gaps and values, and something of each column. */
    c.parts.names = graph_alloc(g, encoder->n + 3, sizeof *c.parts.names);
    out->at = graph_alloc(g, encoder->n_inputs, sizeof *out->at);
    out->levels = graph_alloc(g, encoder->n, sizeof *out->levels);
    take_numbers(&c);
    if (g->status != MLP_OK)
        return;
    if (c.n_numbers > 0) {
        add_scaled(&c);
        add_gaps(&c);
        add_discrete(&c);
    }
    for (size_t i = 0; i < c.n_numbers; i++)
        if (column_of(&c, c.numbers[i])->kind == MLP_KIND_DATETIME)
            add_calendar(&c, i);
    for (size_t j = 0; j < encoder->n; j++)
        if (encoder->columns[j].kind == MLP_KIND_CATEGORICAL)
            add_levels(&c, j);
    out->width = c.parts.width;
    if (c.parts.n > 0)
        out->x = graph_concat(g, c.parts.names, c.parts.n);
}
