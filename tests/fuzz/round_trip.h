/* SPDX-License-Identifier: MIT
 *
 * What holds for any bytes: they are refused, or they give a table whose
 * canonical bytes read back and are written the same. */
#ifndef TESTS_FUZZ_ROUND_TRIP_H
#define TESTS_FUZZ_ROUND_TRIP_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/readers.h"

enum { FUZZ_MAX_CELLS = 1 << 20 };

static inline FILE *fuzz_file(const void *bytes, size_t n)
{
    FILE *file = n ? fmemopen((void *)(uintptr_t)bytes, n, "rb") : tmpfile();
    if (!file)
        abort();
    return file;
}

static inline mlp_buffer fuzz_bytes(const mlp_table *table)
{
    mlp_buffer buffer;
    mlp_error err;
    mlp_buffer_init(&buffer, SIZE_MAX - 1);
    if (mlp_table_write(table, mlp_buffer_sink(&buffer), &err) != MLP_OK)
        abort();
    return buffer;
}

/* Destroys the table, which may be NULL. */
static inline void fuzz_round_trip(mlp_table *table)
{
    if (!table)
        return;
    mlp_buffer first = fuzz_bytes(table);
    mlp_table_destroy(table);
    FILE *file = fuzz_file(first.data, first.length);
    mlp_error err;
    if (mlp_table_read(file, 0, &table, &err) != MLP_OK)
        abort();
    fclose(file);
    mlp_buffer again = fuzz_bytes(table);
    mlp_table_destroy(table);
    if (first.length != again.length ||
        memcmp(first.data, again.data, first.length) != 0)
        abort();
    mlp_buffer_free(&first);
    mlp_buffer_free(&again);
}

/* The first byte chooses options, the others are the file. */
static inline void
fuzz_reader(const uint8_t *data, size_t n, mlp_file_format format)
{
    mlp_table *table;
    mlp_error err;
    uint8_t choice = n ? data[0] : 0;
    const char *const labels[] = {"x1", "b"};
    mlp_read_options options = {
        .max_cells = FUZZ_MAX_CELLS,
        .labels = labels,
        .n_labels = choice & 1 ? 2 : 0,
        .all_labels = choice & 2,
        .no_header = choice & 4,
    };
    FILE *file = fuzz_file(data + (n > 0), n - (n > 0));
    mlp_status status =
        mlp_table_read_file(file, format, &options, &table, &err);
    if ((status == MLP_OK) != (table != NULL) ||
        (status != MLP_OK && !*err.text))
        abort();
    fclose(file);
    fuzz_round_trip(table);
}

#endif
