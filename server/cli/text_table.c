/* SPDX-License-Identifier: MIT */
#include "cli/text_table.h"

#include <stdarg.h>
#include <string.h>

#include "cli/terminal.h"

enum { MAX_BYTES = 1 << 28, GAP = 2 };

void text_table_init(struct text_table *table, const char *heading)
{
    *table = (struct text_table){0};
    mlp_buffer_init(&table->cells, MAX_BYTES);
    size_t n = 1;
    for (const char *bar = heading; (bar = strchr(bar, '|')) != NULL; bar++)
        n++;
    table->n_columns = n < TEXT_TABLE_COLUMNS_MAX ? n : TEXT_TABLE_COLUMNS_MAX;
    for (size_t i = 0; i < table->n_columns; i++) {
        size_t length = strcspn(heading, "|");
        table->right[i] = heading[0] == '>';
        text_table_format(table, "%.*s", (int)length - table->right[i],
                          heading + table->right[i]);
        heading += length + (heading[length] == '|');
    }
}

void text_table_free(struct text_table *table)
{
    mlp_buffer_free(&table->cells);
}

void text_table_add(struct text_table *table, const char *text)
{
    char cell[TEXT_TABLE_CELL_MAX];
    terminal_clean(text, cell, sizeof cell);
    size_t columns = terminal_columns(cell);
    size_t *width = &table->widths[table->n_cells++ % table->n_columns];
    if (columns > *width)
        *width = columns;
    mlp_buffer_append(&table->cells, cell, strlen(cell) + 1);
}

void text_table_format(struct text_table *table, const char *format, ...)
{
    char text[4 * TEXT_TABLE_CELL_MAX];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    text_table_add(table, text);
}

static void print_cell(const struct text_table *table,
                       size_t column,
                       const char *cell,
                       FILE *out)
{
    int padding = (int)(table->widths[column] - terminal_columns(cell));
    bool last = column + 1 == table->n_columns;
    if (table->right[column])
        (void)fprintf(out, "%*s%s", padding, "", cell);
    else
        (void)fprintf(out, "%s%*s", cell, last ? 0 : padding, "");
    if (last)
        (void)fputc('\n', out);
    else
        (void)fprintf(out, "%*s", GAP, "");
}

mlp_status text_table_print(struct text_table *table,
                            bool with_heading,
                            FILE *out,
                            mlp_error *err)
{
    if (table->cells.status != MLP_OK)
        return mlp_fail(err, table->cells.status, "the table is too large");
    if (table->n_columns == 0)
        return MLP_OK;
    const char *cell = table->cells.data;
    bool bold = with_heading && terminal_has_colour(out);
    size_t heading_bytes = 0;
    for (size_t i = 0; i < table->n_cells; i++) {
        if (i == table->n_columns)
            heading_bytes = (size_t)(cell - table->cells.data);
        if (bold && i == 0)
            (void)fputs(TERMINAL_BOLD, out);
        if (i >= table->n_columns || with_heading)
            print_cell(table, i % table->n_columns, cell, out);
        if (bold && i == table->n_columns - 1)
            (void)fputs(TERMINAL_PLAIN, out);
        cell += strlen(cell) + 1;
    }
    if (heading_bytes > 0) {
        table->cells.length = heading_bytes;
        table->n_cells = table->n_columns;
    }
    return MLP_OK;
}
