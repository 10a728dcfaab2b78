/* SPDX-License-Identifier: MIT
 *
 * What is wrong with the columns that were asked for, told so that the next
 * request can be right: which ones there are, which cell is in the way. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "data/text.h"
#include "model/plan.h"

static struct excerpt excerpt_of(const char *text)
{
    return text_excerpt(text, strlen(text));
}

/* --- a text that ends with a list of names -------------------------------- */

struct sentence {
    char text[sizeof((mlp_error *)NULL)->text];
    size_t length;
    size_t n_names, n_left; /* listed; left out for lack of room */
};

/* What " and 1048576 more" and a closing bracket take. */
enum { END_BYTES = 24 };

static bool
append(struct sentence *sentence, size_t spare, const char *format, ...)
    MLP_PRINTF(3, 4);

/* All of it or, when less than `spare` bytes would be left, nothing. */
static bool
append(struct sentence *sentence, size_t spare, const char *format, ...)
{
    char *end = sentence->text + sentence->length;
    size_t room = sizeof sentence->text - sentence->length;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(end, room, format, args);
    va_end(args);
    if (n < 0 || (size_t)n + spare >= room) {
        *end = '\0';
        return false;
    }
    sentence->length += (size_t)n;
    return true;
}

/* Behind the first name without room no other is listed. */
static void
add_name(struct sentence *sentence, const char *separator, const char *name)
{
    const char *between = sentence->n_names > 0 ? separator : "";
    if (sentence->n_left == 0 &&
        append(sentence, END_BYTES, "%s%s", between, name))
        sentence->n_names++;
    else
        sentence->n_left++;
}

static mlp_status refuse(struct sentence *sentence, mlp_error *err)
{
    if (sentence->n_left > 0 && sentence->n_names > 0)
        append(sentence, 0, " and %zu more", sentence->n_left);
    else if (sentence->n_left > 0)
        append(sentence, 0, "...");
    return mlp_fail(err, MLP_INVALID, "%s", sentence->text);
}

/* --- a column that is not there ------------------------------------------- */

mlp_status plan_refusal_unknown(const mlp_table *table,
                                const char *role,
                                const char *name,
                                mlp_error *err)
{
    struct sentence sentence = {.length = 0};
    append(&sentence, END_BYTES, "%s: there is no column '%s'; there are ",
           role, excerpt_of(name).text);
    for (size_t i = 0; i < mlp_table_n_columns(table); i++) {
        char quoted[EXCERPT_MAX + 2];
        snprintf(quoted, sizeof quoted, "'%s'",
                 excerpt_of(mlp_table_column(table, i)->name).text);
        add_name(&sentence, ", ", quoted);
    }
    return refuse(&sentence, err);
}

/* --- a feature that is no number ----------------------------------------- */

/* The level that keeps a column from being numbers: the first that is none,
 * where all cells became text for the sake of one. */
static size_t find_culprit(const mlp_column *face)
{
    mlp_decimal decimal;
    for (size_t i = 0; i < face->n_levels; i++)
        if (face->levels[i].kind != MLP_CELL_TEXT ||
            !mlp_parse_decimal(face->levels[i].text, face->levels[i].length,
                               &decimal))
            return i;
    return 0;
}

/* The first row, from 1, with that level. */
static size_t find_row(const mlp_table *table, size_t column, size_t level)
{
    size_t row = 0, n = mlp_table_n_rows(table);
    while (row < n && mlp_table_value(table, row, column) != (float)level)
        row++;
    return row + 1;
}

mlp_status
plan_refusal_text(const mlp_plan *plan, size_t feature, mlp_error *err)
{
    size_t column = plan->columns[feature];
    const mlp_column *face = mlp_table_column(plan->table, column);
    if (face->type != MLP_COLUMN_LEVELS || face->n_levels == 0 ||
        face->levels[0].kind == MLP_CELL_NUMBER)
        return MLP_OK;
    size_t level = find_culprit(face);
    const mlp_label *label = &face->levels[level];
    return mlp_fail(
        err, MLP_INVALID,
        "columns: '%s' is declared numeric, but holds %s, first '%s' in row "
        "%zu; leave it empty if it is missing",
        excerpt_of(face->name).text,
        label->kind == MLP_CELL_BOOLEAN ? "booleans" : "text",
        text_excerpt(label->text, label->length).text,
        find_row(plan->table, column, level));
}
