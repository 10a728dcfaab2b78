/* SPDX-License-Identifier: MIT
 *
 * What is wrong with the columns that were asked for, told so that the next
 * request can be right: which ones there are, which cell is in the way, which
 * list leaves the others out. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "data/text.h"
#include "mlp/json.h"
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

/* --- features that are no numbers ----------------------------------------- */

/* The column of a feature, if it is not one of numbers; else NULL. */
static const mlp_column *levels_of(const mlp_plan *plan, size_t feature)
{
    const mlp_column *face =
        mlp_table_column(plan->table, plan->columns[feature]);
    return face->type == MLP_COLUMN_LEVELS ? face : NULL;
}

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

/* Whether the names can stand in a query with commas between them; if not, the
 * list is a JSON one. */
static bool are_plain(const mlp_plan *plan)
{
    for (size_t i = 0; i < plan->spec.n_features; i++) {
        const mlp_column *face = levels_of(plan, i);
        if (face != NULL && strpbrk(face->name, ",[") != NULL)
            return false;
    }
    return true;
}

static void list_culprits(const mlp_plan *plan, struct sentence *sentence)
{
    bool plain = are_plain(plan);
    append(sentence, END_BYTES, plain ? "" : "[");
    for (size_t i = 0; i < plan->spec.n_features; i++) {
        const mlp_column *face = levels_of(plan, i);
        mlp_buffer name;
        if (face == NULL)
            continue;
        mlp_buffer_init(&name, sizeof sentence->text);
        if (plain)
            mlp_buffer_text(&name, face->name);
        else
            mlp_json_write_string(&name, face->name, strlen(face->name));
        add_name(sentence, ",", name.status == MLP_OK ? name.data : "?");
        mlp_buffer_free(&name);
    }
    if (!plain && sentence->n_left == 0)
        append(sentence, 0, "]");
}

/* "feature 'b' holds text, first 'NA' in row 5", for one or several. */
static void name_culprit(const mlp_plan *plan,
                         size_t feature,
                         size_t n,
                         struct sentence *sentence)
{
    static const char *const kinds[] = {[MLP_CELL_NUMBER] = "labels",
                                        [MLP_CELL_TEXT] = "text",
                                        [MLP_CELL_BOOLEAN] = "booleans"};
    size_t column = plan->columns[feature];
    const mlp_column *face = mlp_table_column(plan->table, column);
    size_t level = find_culprit(face);
    size_t row = find_row(plan->table, column, level);
    const mlp_label *label = &face->levels[level];
    const char *what = kinds[label->kind];
    const char *quote = label->kind == MLP_CELL_TEXT ? "'" : "";
    struct excerpt name = excerpt_of(face->name);
    struct excerpt value = text_excerpt(label->text, label->length);
    if (n == 1)
        append(sentence, END_BYTES,
               "feature '%s' holds %s, first %s%s%s in row %zu; make it a "
               "number, leave it empty if it is missing, or leave it out",
               name.text, what, quote, value.text, quote, row);
    else
        append(sentence, END_BYTES,
               "features: %zu columns hold %s, first %s%s%s of '%s' in row "
               "%zu; make them numbers (empty: missing) or leave them out",
               n, what, quote, value.text, quote, name.text, row);
}

mlp_status plan_refusal_levels(const mlp_plan *plan, bool named, mlp_error *err)
{
    struct sentence sentence = {.length = 0};
    size_t n = 0, first = 0;
    for (size_t i = plan->spec.n_features; i-- > 0;)
        if (levels_of(plan, i) != NULL) {
            first = i;
            n++;
        }
    if (n == 0)
        return MLP_OK;
    name_culprit(plan, first, n, &sentence);
    append(&sentence, END_BYTES, named ? " of features: " : " with exclude=");
    list_culprits(plan, &sentence);
    return refuse(&sentence, err);
}
