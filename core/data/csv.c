/* SPDX-License-Identifier: MIT
 *
 * CSV into a table. The first pass takes each column for numbers until a cell
 * is none; a second one is made only when there was such a cell, and fills the
 * columns of text. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/csv_records.h"
#include "data/readers.h"
#include "data/source.h"
#include "data/table_inner.h"

typedef enum column_state {
    STATE_NUMBER,  /* an ordinary column, all cells numbers so far */
    STATE_LABEL,   /* a label column, likewise */
    STATE_BOOLEAN, /* all cells true or false so far */
    STATE_TEXT,    /* neither */
} column_state;

struct column_scan {
    column_state state;
    size_t overflow_line; /* where the first number beyond float is; 0: none */
};

struct csv {
    const mlp_read_options *options;
    struct csv_records records;
    mlp_table *table;
    struct column_scan *scans; /* [n_columns] */
    bool has_text;             /* or booleans */
};

static mlp_status
at_line(const struct csv *csv, mlp_status status, mlp_error *err)
{
    if (status == MLP_INVALID)
        status = MLP_FORMAT;
    if (status == MLP_OK || !err)
        return status;
    return mlp_fail(err, status, "line %zu: %s", csv->records.line, err->text);
}

/* --- the header ----------------------------------------------------------- */

static mlp_status add_column(struct csv *csv, size_t j, mlp_error *err)
{
    const struct csv_records *records = &csv->records;
    const struct csv_cell *cell = &records->cells[j];
    const char *name = cell->text;
    size_t length = cell->length;
    char numbered[NUMBERED_NAME_MAX];
    if (csv->options->no_header || length == 0) {
        read_options_name(csv->options, j, records->n_cells, numbered);
        name = numbered;
        length = strlen(numbered);
    }
    bool label = read_options_label(csv->options, name, length);
    bool text = read_options_text(csv->options, name, length);
    csv->scans[j].state = text    ? STATE_TEXT
                          : label ? STATE_LABEL
                                  : STATE_NUMBER;
    csv->has_text |= text;
    return mlp_table_add_column(csv->table, name, length, label, err);
}

static mlp_status read_header(struct csv *csv, mlp_error *err)
{
    bool found;
    mlp_status status = csv_records_next(&csv->records, &found, err);
    if (status != MLP_OK)
        return status;
    if (!found)
        return mlp_fail(err, MLP_FORMAT, "line 1: expected %s, got no text",
                        csv->options->no_header ? "a row" : "column names");
    size_t n = csv->records.n_cells;
    csv->scans = alloc_array(n, sizeof *csv->scans);
    if (!csv->scans)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    for (size_t j = 0; j < n && status == MLP_OK; j++)
        status = add_column(csv, j, err);
    if (status != MLP_OK)
        return at_line(csv, status, err);
    return csv->options->no_header ? csv_records_rewind(&csv->records, err)
                                   : MLP_OK;
}

/* --- the first pass: numbers ---------------------------------------------- */

/* One to seven digits: most cells of most files, exact in a float. */
static inline bool small_number(const struct csv_cell *cell, float *out)
{
    if (cell->length - 1 >= 7)
        return false;
    uint32_t value = 0;
    for (uint32_t i = 0; i < cell->length; i++) {
        uint32_t digit = (uint32_t)cell->text[i] - '0';
        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    *out = (float)value;
    return true;
}

/* As JSON, pandas and spreadsheets write them. */
static bool is_boolean(const struct csv_cell *cell, bool *out)
{
    static const char *const words[][3] = {{"false", "False", "FALSE"},
                                           {"true", "True", "TRUE"}};
    for (size_t k = 0; k < 6; k++) {
        const char *word = words[k / 3][k % 3];
        *out = k >= 3;
        if (cell->length == strlen(word) &&
            memcmp(cell->text, word, cell->length) == 0)
            return true;
    }
    return false;
}

/* A column that was one of numbers, or empty, so far has a cell that is none:
 * its cells are filled later. */
static void turn_to_text(struct csv *csv, size_t j)
{
    struct table_column *column = &csv->table->columns[j];
    bool empty = column->face.n_missing == csv->table->n_rows, value;
    csv->scans[j].state = empty && is_boolean(&csv->records.cells[j], &value)
                              ? STATE_BOOLEAN
                              : STATE_TEXT;
    csv->has_text = true;
    table_reset_column(column);
}

static void check_boolean(struct csv *csv, size_t j)
{
    const struct csv_cell *cell = &csv->records.cells[j];
    bool value;
    if (cell->length > 0 && !is_boolean(cell, &value))
        csv->scans[j].state = STATE_TEXT;
}

/* Any cell that is not a small number of an ordinary column. */
static mlp_status
read_number(struct csv *csv, size_t j, float *value, mlp_error *err)
{
    const struct csv_cell *text = &csv->records.cells[j];
    struct column_scan *scan = &csv->scans[j];
    struct table_column *column = &csv->table->columns[j];
    mlp_cell cell = {.kind = MLP_CELL_NUMBER};
    *value = NAN;
    if (scan->state == STATE_BOOLEAN)
        check_boolean(csv, j);
    if (scan->state == STATE_BOOLEAN || scan->state == STATE_TEXT)
        return MLP_OK;
    if (text->length == 0) {
        column->face.n_missing++;
        return MLP_OK;
    }
    if (!mlp_parse_decimal(text->text, text->length, &cell.decimal)) {
        turn_to_text(csv, j);
        return MLP_OK;
    }
    *value = mlp_decimal_to_float(&cell.decimal);
    if (isfinite(*value))
        return scan->state == STATE_NUMBER
                   ? MLP_OK
                   : table_encode(column, csv->table->n_rows, &cell, value,
                                  err);
    /* Out of range, unless the column proves to be text. */
    if (scan->overflow_line == 0)
        scan->overflow_line = csv->records.line;
    return MLP_OK;
}

static mlp_status read_numbers(struct csv *csv, mlp_error *err)
{
    float *row;
    mlp_status status = table_open_row(csv->table, &row, err);
    size_t n = csv->table->n_columns;
    for (size_t j = 0; j < n && status == MLP_OK; j++) {
        if (csv->scans[j].state == STATE_NUMBER &&
            small_number(&csv->records.cells[j], &row[j]))
            continue;
        status = read_number(csv, j, &row[j], err);
    }
    csv->table->n_rows++;
    return status;
}

/* What the first pass found out about each column. */
static mlp_status settle_types(struct csv *csv, mlp_error *err)
{
    for (size_t j = 0; j < csv->table->n_columns; j++) {
        const struct column_scan *scan = &csv->scans[j];
        struct table_column *column = &csv->table->columns[j];
        if (scan->state == STATE_TEXT || scan->state == STATE_BOOLEAN)
            continue;
        if (scan->overflow_line > 0)
            return mlp_fail(err, MLP_FORMAT,
                            "line %zu: column '%.64s': the number is out of "
                            "range",
                            scan->overflow_line, column->face.name);
        if (scan->state == STATE_NUMBER &&
            column->face.n_missing < csv->table->n_rows) {
            column->kind = MLP_CELL_NUMBER;
            column->face.type = MLP_COLUMN_NUMERIC;
        }
    }
    return MLP_OK;
}

/* --- the second pass: words ---------------------------------------------- */

static mlp_status read_texts(struct csv *csv, size_t row, mlp_error *err)
{
    if (row >= csv->table->n_rows)
        return mlp_fail(err, MLP_IO, "the file changed while it was read");
    float *values = table_cells(&csv->table->blocks[0], row, 0);
    mlp_status status = MLP_OK;
    for (size_t j = 0; j < csv->table->n_columns && status == MLP_OK; j++) {
        column_state state = csv->scans[j].state;
        if (state != STATE_TEXT && state != STATE_BOOLEAN)
            continue;
        const struct csv_cell *text = &csv->records.cells[j];
        mlp_cell cell = {
            .kind = text->length > 0 ? MLP_CELL_TEXT : MLP_CELL_MISSING,
            .text = text->text,
            .length = text->length,
        };
        if (state == STATE_BOOLEAN && is_boolean(text, &cell.boolean))
            cell.kind = MLP_CELL_BOOLEAN;
        status =
            table_encode(&csv->table->columns[j], row, &cell, &values[j], err);
    }
    return status;
}

/* --- both ----------------------------------------------------------------- */

typedef enum csv_pass { PASS_NUMBERS, PASS_TEXTS } csv_pass;

static mlp_status run_pass(struct csv *csv, csv_pass pass, mlp_error *err)
{
    size_t n_columns = csv->table->n_columns;
    for (size_t row = 0;; row++) {
        bool found;
        mlp_status status = csv_records_next(&csv->records, &found, err);
        if (status != MLP_OK || !found)
            return status;
        if (csv->records.n_cells != n_columns)
            return mlp_fail(err, MLP_FORMAT,
                            "line %zu: expected %zu cells, got %zu",
                            csv->records.line, n_columns, csv->records.n_cells);
        status = pass == PASS_NUMBERS ? read_numbers(csv, err)
                                      : read_texts(csv, row, err);
        if (status != MLP_OK)
            return at_line(csv, status, err);
    }
}

static mlp_status run_second_pass(struct csv *csv, mlp_error *err)
{
    bool found;
    mlp_status status = csv_records_rewind(&csv->records, err);
    if (status == MLP_OK && !csv->options->no_header)
        status = csv_records_next(&csv->records, &found, err);
    return status == MLP_OK ? run_pass(csv, PASS_TEXTS, err) : status;
}

static mlp_status read_all(struct csv *csv, FILE *file, mlp_error *err)
{
    mlp_status status =
        csv_records_init(&csv->records, file, csv->options->delimiter, err);
    if (status == MLP_OK)
        status = read_header(csv, err);
    if (status == MLP_OK)
        status = run_pass(csv, PASS_NUMBERS, err);
    if (status == MLP_OK)
        status = settle_types(csv, err);
    if (status == MLP_OK && csv->has_text)
        status = run_second_pass(csv, err);
    return status;
}

mlp_status csv_read(FILE *file,
                    const mlp_read_options *options,
                    mlp_table **out,
                    mlp_error *err)
{
    *out = NULL;
    struct csv csv = {.options = options};
    unsigned char delimiter = (unsigned char)options->delimiter;
    if (delimiter == '"' || delimiter == '\r' || delimiter == '\n' ||
        delimiter > 0x7f)
        return mlp_fail(err, MLP_INVALID,
                        "delimiter: expected an ASCII character that is no "
                        "quote and no line end, got byte %u",
                        delimiter);
    mlp_status status = mlp_table_create(options->max_cells, &csv.table, err);
    if (status != MLP_OK)
        return status;
    status = read_all(&csv, file, err);
    csv_records_free(&csv.records);
    free(csv.scans);
    if (status != MLP_OK) {
        mlp_table_destroy(csv.table);
        return status;
    }
    table_trim(csv.table);
    *out = csv.table;
    return MLP_OK;
}
