/* SPDX-License-Identifier: MIT
 *
 * Short forms for tests of tables and readers. */
#include "tables.h"

#include <criterion/criterion.h>
#include <string.h>

mlp_cell cell_missing(void)
{
    return (mlp_cell){.kind = MLP_CELL_MISSING};
}

mlp_cell cell_text(const char *text)
{
    return (mlp_cell){
        .kind = MLP_CELL_TEXT, .text = text, .length = strlen(text)};
}

mlp_cell cell_number(const char *spelling)
{
    mlp_cell cell = {.kind = MLP_CELL_NUMBER};
    cr_assert(mlp_parse_decimal(spelling, strlen(spelling), &cell.decimal));
    return cell;
}

mlp_cell cell_boolean(bool value)
{
    return (mlp_cell){.kind = MLP_CELL_BOOLEAN, .boolean = value};
}

mlp_table *table_of(size_t max_cells, const char *const *names)
{
    mlp_table *table;
    mlp_error err;
    cr_assert_eq(mlp_table_create(max_cells, &table, &err), MLP_OK);
    for (; *names; names++) {
        bool label = **names == '*';
        const char *name = *names + label;
        cr_assert_eq(
            mlp_table_add_column(table, name, strlen(name), label, &err),
            MLP_OK, "%s", err.text);
    }
    return table;
}

void add_row(mlp_table *table, const mlp_cell *cells, size_t n)
{
    mlp_error err;
    mlp_status status = mlp_table_append(table, cells, n, &err);
    cr_assert_eq(status, MLP_OK, "%s", err.text);
}

mlp_buffer bytes_of(const mlp_table *table)
{
    mlp_buffer buffer;
    mlp_error err;
    mlp_buffer_init(&buffer, SIZE_MAX - 1);
    cr_assert_eq(mlp_table_write(table, mlp_buffer_sink(&buffer), &err),
                 MLP_OK);
    return buffer;
}

bool same_bytes(const mlp_table *a, const mlp_table *b)
{
    mlp_buffer x = bytes_of(a);
    mlp_buffer y = bytes_of(b);
    bool same = x.length == y.length && memcmp(x.data, y.data, x.length) == 0;
    mlp_buffer_free(&x);
    mlp_buffer_free(&y);
    return same;
}

mlp_status read_bytes(const void *bytes,
                      size_t n,
                      mlp_file_format format,
                      const mlp_read_options *options,
                      mlp_table **out,
                      mlp_error *err)
{
    FILE *file = tmpfile();
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, n, file), n);
    mlp_status status = mlp_table_read_file(file, format, options, out, err);
    cr_assert_eq(status != MLP_OK, *out == NULL);
    fclose(file);
    return status;
}
