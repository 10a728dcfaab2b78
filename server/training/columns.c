/* SPDX-License-Identifier: MIT */
#include "training/columns.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *type_name(const mlp_column *column)
{
    if (column->type == MLP_COLUMN_EMPTY)
        return "empty";
    if (column->type == MLP_COLUMN_NUMERIC || column->n_levels == 0 ||
        column->levels[0].kind == MLP_CELL_NUMBER)
        return "numeric";
    return column->levels[0].kind == MLP_CELL_BOOLEAN ? "boolean" : "text";
}

static json_t *describe(const mlp_column *column)
{
    json_t *json =
        json_pack("{s:s, s:s, s:I}", "name", column->name, "type",
                  type_name(column), "missing", (json_int_t)column->n_missing);

    if (json != NULL && column->type == MLP_COLUMN_LEVELS &&
        json_object_set_new(json, "levels",
                            json_integer((json_int_t)column->n_levels)) != 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

json_t *columns_describe(const mlp_table *table)
{
    json_t *list = json_array();
    size_t n = mlp_table_n_columns(table);

    for (size_t i = 0; i < n && i < COLUMNS_MAX_LISTED && list != NULL; i++) {
        if (json_array_append_new(list, describe(mlp_table_column(table, i))) !=
            0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

/* A number written as a whole one that int64_t surely holds comes back as one;
 * one that no double holds, as its text. */
static json_t *number(const mlp_label *label)
{
    bool whole = strspn(label->text, "-0123456789") == label->length;

    if (whole && label->length <= 18)
        return json_integer((json_int_t)strtoll(label->text, NULL, 10));
    json_t *real = json_real(label->number);
    return real != NULL ? real : json_stringn(label->text, label->length);
}

json_t *columns_label(const mlp_label *label)
{
    if (label->kind == MLP_CELL_NUMBER)
        return number(label);
    if (label->kind == MLP_CELL_BOOLEAN)
        return json_boolean(label->text[0] == 't');
    return json_stringn(label->text, label->length);
}
