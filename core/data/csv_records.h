/* SPDX-License-Identifier: MIT
 *
 * CSV as RFC 4180 has it, record by record, from a file of any size: what the
 * cells are, not what they mean.
 *
 * Lines end in LF or CRLF; a carriage return alone is refused, and so are a
 * quote inside an unquoted cell, anything behind a closing quote, and an empty
 * line anywhere but at the end. Nothing is trimmed. */
#ifndef MLP_DATA_CSV_RECORDS_H
#define MLP_DATA_CSV_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "mlp/status.h"

/* One record is in memory at a time, with its line ends and quotes. A cell has
 * 16 bytes, so that a wide row stays in the cache. */
enum { CSV_RECORD_MAX = 64 << 20 };

struct csv_cell {
    const char *text; /* without its quotes, not terminated */
    uint32_t length;
    bool quoted;
    bool doubled; /* has doubled quotes; the reader's own */
};

struct csv_records {
    FILE *file;
    char *buffer; /* [capacity + 1], the record begins at `begin` */
    size_t capacity;
    size_t begin, end; /* of the bytes that are not yet read */
    bool at_end;       /* of the file */
    char delimiter;
    bool stops[256]; /* bytes that end an unquoted cell */

    struct csv_cell *cells; /* of the record, [n_cells] */
    size_t n_cells, cells_capacity;
    size_t line; /* where the record starts, from 1 */
    size_t next_line;
};

/* Start at the file's first byte, behind a byte order mark. delimiter 0: the
 * one of , ; tab | that parts the first record into the most cells.
 *
 * Errors:  MLP_IO, MLP_NOMEM, MLP_LIMIT
 * Owner:   the caller's storage; csv_records_free() on success and on error. */
MLP_NODISCARD
mlp_status csv_records_init(struct csv_records *records,
                            FILE *file,
                            char delimiter,
                            mlp_error *err);
void csv_records_free(struct csv_records *records);

/* Go back to the first record. */
MLP_NODISCARD
mlp_status csv_records_rewind(struct csv_records *records, mlp_error *err);

/* Read the next record into cells[0..n_cells), valid until the next call;
 * *found is false at the end.
 *
 * Errors:  MLP_FORMAT with the line; MLP_LIMIT, MLP_NOMEM, MLP_IO */
MLP_NODISCARD
mlp_status
csv_records_next(struct csv_records *records, bool *found, mlp_error *err);

#endif
