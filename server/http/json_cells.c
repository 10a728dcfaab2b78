/* SPDX-License-Identifier: MIT
 *
 * Rows of mixed cells. The texts of a row are kept, unescaped, until the table
 * has copied them: one behind the other, so that a cell needs to remember no
 * more than its length. */
#include "http/json_cells.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 16 };

static bool no_memory(struct problem *problem)
{
    problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    return false;
}

/* --- names ---------------------------------------------------------------- */

static bool push_name(struct json_part *part,
                      const mlp_json_token *token,
                      struct problem *problem)
{
    struct json_names *names = (struct json_names *)part;
    if (!names->inside) {
        names->inside = true; /* the bracket */
        return true;
    }
    if (token->event == MLP_JSON_ARRAY_END) {
        names->done = true;
        return true;
    }
    if (token->event != MLP_JSON_STRING) {
        json_part_fail(part, problem, PROBLEM_INVALID, names->n,
                       " should be a column's name, found %s",
                       json_token_name(token));
        return false;
    }
    mlp_json_unescape(token->text, token->length, &names->text);
    mlp_buffer_append(&names->text, "", 1);
    names->n++;
    if (names->text.status == MLP_LIMIT) {
        problem_set(problem, PROBLEM_TOO_LARGE, part->pointer,
                    "the columns' names are too long together");
        return false;
    }
    return names->text.status == MLP_OK || no_memory(problem);
}

void json_names_init(struct json_names *names,
                     const char *pointer,
                     size_t max_bytes)
{
    *names = (struct json_names){
        .part = {.push = push_name, .pointer = pointer, .name = "columns"}};
    mlp_buffer_init(&names->text, max_bytes);
}

void json_names_free(struct json_names *names)
{
    mlp_buffer_free(&names->text);
}

/* --- the columns of the table --------------------------------------------- */

static bool fail_name(const struct json_cells *cells,
                      size_t i,
                      const mlp_error *err,
                      struct problem *problem)
{
    char pointer[sizeof problem->pointer];
    snprintf(pointer, sizeof pointer, "%s/%zu", cells->names->part.pointer, i);
    problem_from_error(problem, pointer, err);
    return false;
}

/* Add or rename, by `apply`, each column as the list of names says. */
static bool apply_names(struct json_cells *cells,
                        mlp_status (*apply)(struct json_cells *cells,
                                            size_t i,
                                            const char *name,
                                            mlp_error *err),
                        struct problem *problem)
{
    const char *name = cells->names->text.data;
    mlp_error err = {0};
    for (size_t i = 0; i < cells->names->n; i++, name += strlen(name) + 1)
        if (apply(cells, i, name, &err) != MLP_OK)
            return fail_name(cells, i, &err, problem);
    cells->named = true;
    return true;
}

static mlp_status
add_column(struct json_cells *cells, size_t i, const char *name, mlp_error *err)
{
    (void)i;
    return mlp_table_add_column(cells->table, name, strlen(name), cells->labels,
                                err);
}

static mlp_status rename_column(struct json_cells *cells,
                                size_t i,
                                const char *name,
                                mlp_error *err)
{
    return mlp_table_rename_column(cells->table, i, name, strlen(name), err);
}

/* target, or target0, target1, …; and, while the names of rows are not known,
 * what reads well in an error and is nobody's name. */
static void
own_name(const struct json_cells *cells, size_t i, char *out, size_t size)
{
    if (!cells->labels)
        snprintf(out, size, "rows[..][%zu]", i);
    else if (cells->state == CELLS_FLAT)
        snprintf(out, size, "target");
    else
        snprintf(out, size, "target%zu", i);
}

static bool add_own_columns(struct json_cells *cells, struct problem *problem)
{
    mlp_error err = {0};
    char name[48];
    for (size_t i = 0; i < cells->n_cells; i++) {
        own_name(cells, i, name, sizeof name);
        if (add_column(cells, i, name, &err) != MLP_OK) {
            problem_from_error(problem, cells->part.pointer, &err);
            return false;
        }
    }
    return true;
}

static bool check_width(const struct json_cells *cells,
                        size_t row,
                        size_t n,
                        struct problem *problem)
{
    if (n == cells->names->n)
        return true;
    json_part_fail(&cells->part, problem, PROBLEM_INVALID, row,
                   " has %zu values, there are %zu columns", n,
                   cells->names->n);
    return false;
}

/* At the end of the first row its width is known. */
static bool create_table(struct json_cells *cells, struct problem *problem)
{
    mlp_error err = {0};
    if (mlp_table_create(cells->max_cells, &cells->table, &err) != MLP_OK) {
        problem_from_error(problem, cells->part.pointer, &err);
        return false;
    }
    if (cells->names == NULL || !cells->names->done)
        return add_own_columns(cells, problem);
    return check_width(cells, 0, cells->n_cells, problem) &&
           apply_names(cells, add_column, problem);
}

bool json_cells_finish(struct json_cells *cells, struct problem *problem)
{
    if (cells->names == NULL || cells->named ||
        (cells->table == NULL && !cells->names->done))
        return true;
    if (cells->table == NULL || !cells->names->done) {
        problem_set(problem, PROBLEM_INVALID,
                    cells->table == NULL ? cells->names->part.pointer
                                         : cells->part.pointer,
                    "columns and rows belong together, %s is not there",
                    cells->table == NULL ? "rows" : "columns");
        return false;
    }
    return check_width(cells, 0, mlp_table_n_columns(cells->table), problem) &&
           apply_names(cells, rename_column, problem);
}

/* --- rows ----------------------------------------------------------------- */

struct cell_pointer {
    char text[sizeof((struct problem *)NULL)->pointer];
};

/* To a cell of the open row: "/data/rows/3/0". */
static struct cell_pointer pointer_to(const struct json_cells *cells,
                                      size_t column)
{
    struct cell_pointer out;
    snprintf(out.text, sizeof out.text, "%s/%zu/%zu", cells->part.pointer,
             cells->n_rows, column);
    return out;
}

static mlp_cell *next_cell(struct json_cells *cells, struct problem *problem)
{
    if (cells->n_cells == cells->capacity) {
        size_t capacity =
            cells->capacity > 0 ? 2 * cells->capacity : FIRST_CAPACITY;
        if (cells->n_cells >= cells->max_cells ||
            capacity > SIZE_MAX / sizeof *cells->cells) {
            json_part_fail(&cells->part, problem, PROBLEM_TOO_LARGE,
                           cells->n_rows,
                           " goes beyond the %zu cells that are accepted here",
                           cells->max_cells);
            return NULL;
        }
        mlp_cell *grown =
            realloc(cells->cells, capacity * sizeof *cells->cells);
        if (grown == NULL) {
            no_memory(problem);
            return NULL;
        }
        cells->cells = grown;
        cells->capacity = capacity;
    }
    return &cells->cells[cells->n_cells++];
}

static bool push_cell(struct json_cells *cells,
                      const mlp_json_token *token,
                      struct problem *problem)
{
    size_t before = cells->text.length;
    mlp_cell cell = {.kind = MLP_CELL_MISSING};
    if (token->event == MLP_JSON_NUMBER) {
        cell.kind = MLP_CELL_NUMBER;
        cell.decimal = token->decimal;
        mlp_buffer_append(&cells->text, token->text, token->length);
    } else if (token->event == MLP_JSON_STRING) {
        cell.kind = MLP_CELL_TEXT;
        mlp_json_unescape(token->text, token->length, &cells->text);
        cell.length = cells->text.length - before;
    } else if (token->event != MLP_JSON_NULL) {
        cell.kind = MLP_CELL_BOOLEAN;
        cell.boolean = token->event == MLP_JSON_TRUE;
    }
    if (cells->text.status == MLP_LIMIT) {
        json_part_fail(&cells->part, problem, PROBLEM_TOO_LARGE, cells->n_rows,
                       " has more text than is accepted here");
        return false;
    }
    if (cells->text.status != MLP_OK)
        return no_memory(problem);
    mlp_cell *slot = next_cell(cells, problem);
    if (slot != NULL)
        *slot = cell;
    return slot != NULL;
}

/* The texts lie still from now on: point at them. */
static void place_texts(struct json_cells *cells)
{
    const char *text = cells->text.data != NULL ? cells->text.data : "";
    for (size_t i = 0; i < cells->n_cells; i++) {
        mlp_cell *cell = &cells->cells[i];
        if (cell->kind == MLP_CELL_NUMBER) {
            cell->decimal.text = text;
            text += cell->decimal.length;
        } else if (cell->kind == MLP_CELL_TEXT) {
            cell->text = text;
            text += cell->length;
        }
    }
}

/* The table did not take a row, for one of its cells or as a whole. */
static bool fail_row(const struct json_cells *cells,
                     const mlp_error *err,
                     struct problem *problem)
{
    size_t column = mlp_table_refused(cells->table);
    bool whole = cells->state == CELLS_FLAT || column == cells->n_cells;
    struct cell_pointer at = pointer_to(cells, column);
    if (whole)
        *strrchr(at.text, '/') = '\0';
    problem_from_error(problem, at.text, err);
    return false;
}

static bool end_row(struct json_cells *cells, struct problem *problem)
{
    mlp_error err = {0};
    if (cells->n_cells == 0) {
        json_part_fail(&cells->part, problem, PROBLEM_INVALID, cells->n_rows,
                       " is empty");
        return false;
    }
    if (cells->table == NULL && !create_table(cells, problem))
        return false;
    size_t n_columns = mlp_table_n_columns(cells->table);
    if (cells->n_cells != n_columns) {
        json_part_fail(&cells->part, problem, PROBLEM_INVALID, cells->n_rows,
                       " has %zu values, the rows before it %zu",
                       cells->n_cells, n_columns);
        return false;
    }
    place_texts(cells);
    if (mlp_table_append(cells->table, cells->cells, cells->n_cells, &err) !=
        MLP_OK)
        return fail_row(cells, &err, problem);
    cells->n_cells = 0;
    mlp_buffer_clear(&cells->text);
    cells->n_rows++;
    return true;
}

static bool push_in_row(struct json_cells *cells,
                        const mlp_json_token *token,
                        struct problem *problem)
{
    if (token->event == MLP_JSON_ARRAY_END) {
        cells->state = CELLS_ROWS;
        return end_row(cells, problem);
    }
    if (token->event == MLP_JSON_ARRAY_BEGIN ||
        token->event == MLP_JSON_OBJECT_BEGIN) {
        problem_set(problem, PROBLEM_INVALID,
                    pointer_to(cells, cells->n_cells).text,
                    "%s[%zu][%zu] should be a number, a text, true, false or "
                    "null, found %s",
                    cells->part.name, cells->n_rows, cells->n_cells,
                    json_token_name(token));
        return false;
    }
    return push_cell(cells, token, problem);
}

static bool end_rows(struct json_cells *cells, struct problem *problem)
{
    cells->state = CELLS_DONE;
    if (cells->n_rows > 0)
        return true;
    problem_set(problem, PROBLEM_INVALID, cells->part.pointer, "%s is empty",
                cells->part.name);
    return false;
}

/* In the outer list, where a row or, in a flat one, a cell is due. */
static bool push_between(struct json_cells *cells,
                         const mlp_json_token *token,
                         struct problem *problem)
{
    bool list = token->event == MLP_JSON_ARRAY_BEGIN;
    if (token->event == MLP_JSON_ARRAY_END)
        return end_rows(cells, problem);
    if (cells->labels && cells->n_rows == 0 && !list &&
        token->event != MLP_JSON_OBJECT_BEGIN)
        cells->state = CELLS_FLAT;
    if (cells->state == CELLS_FLAT && !list &&
        token->event != MLP_JSON_OBJECT_BEGIN)
        return push_cell(cells, token, problem) && end_row(cells, problem);
    if (cells->state == CELLS_ROWS && list) {
        cells->state = CELLS_ROW;
        return true;
    }
    json_part_fail(&cells->part, problem, PROBLEM_INVALID, cells->n_rows,
                   " should be %s, found %s",
                   cells->state == CELLS_FLAT
                       ? "a number, a text, true, false or null"
                       : "a list of values",
                   json_token_name(token));
    return false;
}

static bool push(struct json_part *part,
                 const mlp_json_token *token,
                 struct problem *problem)
{
    struct json_cells *cells = (struct json_cells *)part;
    if (cells->state == CELLS_ROW)
        return push_in_row(cells, token, problem);
    if (cells->state != CELLS_OUTSIDE)
        return push_between(cells, token, problem);
    cells->state = CELLS_ROWS; /* the outer bracket */
    return true;
}

void json_cells_init_rows(struct json_cells *cells,
                          const char *pointer,
                          const struct json_names *names,
                          size_t max_cells,
                          size_t max_row_bytes)
{
    *cells = (struct json_cells){
        .part = {.push = push, .pointer = pointer, .name = "rows"},
        .names = names,
        .max_cells = max_cells,
    };
    mlp_buffer_init(&cells->text, max_row_bytes);
}

void json_cells_init_targets(struct json_cells *cells,
                             const char *pointer,
                             size_t max_cells,
                             size_t max_row_bytes)
{
    json_cells_init_rows(cells, pointer, NULL, max_cells, max_row_bytes);
    cells->part.name = "targets";
    cells->labels = true;
}

size_t json_cells_held(struct json_cells *cells, size_t n)
{
    cells->n_unmeasured += n;
    if (cells->table != NULL &&
        cells->n_unmeasured >= mlp_table_n_columns(cells->table)) {
        cells->table_held = mlp_table_bytes(cells->table);
        cells->n_unmeasured = 0;
    }
    return cells->table_held + cells->capacity * sizeof *cells->cells +
           cells->text.capacity;
}

void json_cells_free(struct json_cells *cells)
{
    mlp_table_destroy(cells->table);
    free(cells->cells);
    mlp_buffer_free(&cells->text);
}
