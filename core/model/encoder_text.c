/* SPDX-License-Identifier: MIT */
#include "model/encoder_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { MAX_LEVELS = 1 << 24 };

/* Flags as bits, and how each set of them is spelled. */
enum { MISSING = 1, PERIODIC = 2, CLOCK = 4, DISCRETE = 8, N_FLAGS = 12 };
static const char *const flag_names[N_FLAGS] = {
    "plain",
    "missing",
    "periodic",
    "periodic+missing",
    "clock",
    "clock+missing",
    "", /* nothing has a clock and waves */
    "",
    "discrete",
    "discrete+missing",
    "discrete+periodic",
    "discrete+periodic+missing"};

static unsigned flags_of(const struct encoded_column *column)
{
    return (column->missing ? MISSING : 0U) |
           (column->periodic ? PERIODIC : 0U) | (column->clock ? CLOCK : 0U) |
           (column->discrete ? DISCRETE : 0U);
}

/* Nothing has a clock and levels either: those sets are past the table. */
static const char *flags_name(unsigned flags)
{
    return flags < N_FLAGS ? flag_names[flags] : "";
}

/* A column of plain numbers says nothing of itself. */
static bool is_silent(const struct encoder *encoder)
{
    for (size_t j = 0; j < encoder->n; j++)
        if (encoder->columns[j].kind != MLP_KIND_NUMERIC ||
            flags_of(&encoder->columns[j]) != 0)
            return false;
    return true;
}

static bool has_levels(const struct encoded_column *column)
{
    return column->kind == MLP_KIND_CATEGORICAL || column->discrete;
}

/* --- writing ------------------------------------------------------------- */

static void write_names(const struct encoder *encoder,
                        const char *(*name)(const struct encoded_column *),
                        mlp_buffer *out)
{
    if (is_silent(encoder))
        return;
    mlp_buffer_text(out, "[");
    for (size_t j = 0; j < encoder->n; j++)
        mlp_buffer_format(out, j == 0 ? "\"%s\"" : ",\"%s\"",
                          name(&encoder->columns[j]));
    mlp_buffer_text(out, "]");
}

static const char *kind_name(const struct encoded_column *column)
{
    return mlp_column_kind_name(column->kind);
}

static const char *flag_name(const struct encoded_column *column)
{
    return flags_name(flags_of(column));
}

void encoder_write_kinds(const struct encoder *encoder, mlp_buffer *out)
{
    write_names(encoder, kind_name, out);
}

void encoder_write_flags(const struct encoder *encoder, mlp_buffer *out)
{
    write_names(encoder, flag_name, out);
}

/* The lists of the columns that have levels, in order.  Owner: caller; free().
 */
static struct label_list **lists_of(const struct encoder *encoder, size_t *n)
{
    struct label_list **lists = alloc_array(encoder->n, sizeof *lists);
    *n = 0;
    for (size_t j = 0; lists != NULL && j < encoder->n; j++)
        if (has_levels(&encoder->columns[j]))
            lists[(*n)++] = &encoder->columns[j].levels;
    return lists;
}

void encoder_write_levels(const struct encoder *encoder, mlp_buffer *out)
{
    size_t n;
    struct label_list **lists = lists_of(encoder, &n);
    if (lists == NULL)
        out->status = MLP_NOMEM;
    else if (n > 0)
        labels_write_lists(lists, n, out);
    free(lists);
}

/* --- reading ------------------------------------------------------------- */

/* A text for each column, told to `set`, which refuses with false. */
static mlp_status
read_names(struct encoder *encoder,
           const char *text,
           size_t length,
           bool (*set)(struct encoded_column *column, const char *name),
           mlp_error *err)
{
    struct label_list names = {0};
    mlp_status status = labels_read(&names, text, length, encoder->n, err);
    if (status == MLP_OK && names.n != encoder->n)
        status = mlp_fail(err, MLP_FORMAT,
                          "expected %zu, one a feature, got "
                          "%zu",
                          encoder->n, names.n);
    for (size_t j = 0; status == MLP_OK && j < names.n; j++)
        if (names.items[j].kind != MLP_CELL_TEXT ||
            !set(&encoder->columns[j], names.items[j].text))
            status = mlp_fail(err, MLP_FORMAT, "no such value: '%.32s'",
                              names.items[j].text);
    labels_free(&names);
    return status;
}

static bool set_kind(struct encoded_column *column, const char *name)
{
    return mlp_column_kind_parse(name, &column->kind) &&
           (column->kind == MLP_KIND_NUMERIC ||
            column->kind == MLP_KIND_CATEGORICAL ||
            column->kind == MLP_KIND_DATETIME ||
            column->kind == MLP_KIND_IGNORE);
}

static bool set_flags(struct encoded_column *column, const char *name)
{
    unsigned i = 0;
    while (i < N_FLAGS &&
           (flag_names[i][0] == '\0' || strcmp(flag_names[i], name) != 0))
        i++;
    column->missing = i & MISSING;
    column->periodic = i & PERIODIC;
    column->clock = i & CLOCK;
    column->discrete = i & DISCRETE;
    return i < N_FLAGS;
}

mlp_status encoder_read_kinds(struct encoder *encoder,
                              const char *text,
                              size_t length,
                              mlp_error *err)
{
    return read_names(encoder, text, length, set_kind, err);
}

mlp_status encoder_read_flags(struct encoder *encoder,
                              const char *text,
                              size_t length,
                              mlp_error *err)
{
    return read_names(encoder, text, length, set_flags, err);
}

mlp_status encoder_read_levels(struct encoder *encoder,
                               const char *text,
                               size_t length,
                               mlp_error *err)
{
    size_t n;
    struct label_list **lists = lists_of(encoder, &n);
    mlp_status status =
        lists == NULL
            ? mlp_fail(err, MLP_NOMEM, "out of memory for levels")
            : labels_read_lists(lists, n, text, length, MAX_LEVELS, err);
    if (status == MLP_OK && n == 0)
        status = mlp_fail(err, MLP_FORMAT, "no column has any");
    free(lists);
    return status;
}

/* --- checking ------------------------------------------------------------ */

static mlp_status check_levels(const struct encoded_column *column,
                               mlp_error *err)
{
    const struct label_list *levels = &column->levels;
    if (levels->n == 0 ||
        (column->discrete && (levels->n > ENCODER_DISCRETE ||
                              levels->items[0].kind != MLP_CELL_NUMBER)))
        return mlp_fail(err, MLP_FORMAT,
                        "metadata: levels: a column has none, or others than "
                        "its kind has");
    for (size_t i = 1; i < levels->n; i++)
        if (levels->items[i].kind != levels->items[0].kind ||
            label_compare(&levels->items[i - 1], &levels->items[i]) >= 0)
            return mlp_fail(err, MLP_FORMAT,
                            "metadata: levels: '%.32s' does not come before "
                            "'%.32s'",
                            levels->items[i - 1].text, levels->items[i].text);
    return MLP_OK;
}

mlp_status encoder_check(const struct encoder *encoder, mlp_error *err)
{
    mlp_status status = MLP_OK;
    bool robust = encoder->scaling == MLP_SCALING_ROBUST;
    for (size_t j = 0; status == MLP_OK && j < encoder->n; j++) {
        const struct encoded_column *column = &encoder->columns[j];
        unsigned flags = flags_of(column), may = MISSING;
        if (column->kind == MLP_KIND_NUMERIC)
            may = robust ? MISSING | PERIODIC | DISCRETE : 0;
        else if (column->kind == MLP_KIND_DATETIME)
            may = MISSING | CLOCK;
        else if (column->kind == MLP_KIND_IGNORE)
            may = 0;
        if ((flags & ~may) != 0)
            return mlp_fail(err, MLP_FORMAT,
                            "metadata: encodings: '%s' does not go with %s",
                            flags_name(flags),
                            mlp_column_kind_name(column->kind));
        if (has_levels(column))
            status = check_levels(column, err);
    }
    return status;
}
