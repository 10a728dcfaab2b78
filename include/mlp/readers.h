/* SPDX-License-Identifier: MIT
 *
 * Files that people have, read as tables. */
#ifndef MLP_READERS_H
#define MLP_READERS_H

#include "mlp/table.h"

/* CSV  RFC 4180: quotes, embedded line ends, CRLF or LF (a carriage return
 *      alone is refused), a byte order mark; an empty cell is missing, quoted
 *      or not. Two passes, so that a column's type comes from all of its rows:
 *      numbers if each cell is one (blanks around it are skipped), booleans if
 *      each is true, True, TRUE or likewise false, else levels of text, which
 *      is not trimmed. Empty lines are skipped at the end. A
 *      column without a name (the index that pandas writes, or what a comma at
 *      the end of each line makes) gets that of its place, as without a header.
 * NPY  NumPy's format 1 to 3; bool, integer and float types of either byte
 *      order; one axis is one column, the axes behind the first are flattened.
 *      Fortran order up to two axes. A NaN is missing. |u1 and |b1 stay bytes.
 * IDX  LeCun's format of MNIST, all its types; likewise.
 * NDJSON  An object a line, of numbers, texts, true, false and null; blank
 * lines are skipped. A column is where its name is first seen; a name that an
 *      object has not is a missing cell. */
#define MLP_FILE_FORMAT_TABLE(X)                                               \
    X(CSV, "csv") X(NPY, "npy") X(IDX, "idx") X(NDJSON, "ndjson")

#define X(name, text) MLP_FILE_##name,
typedef enum mlp_file_format { MLP_FILE_FORMAT_TABLE(X) } mlp_file_format;
#undef X

MLP_API const char *mlp_file_format_name(mlp_file_format format);
MLP_API bool mlp_file_format_parse(const char *name, mlp_file_format *out);

/* Guess from the first bytes: IDX and NPY have a magic number, NDJSON begins
 * with a brace, all else is CSV.  Threads: any. */
MLP_API mlp_file_format mlp_file_format_sniff(const void *bytes, size_t n);

typedef struct mlp_read_options {
    size_t max_cells;          /* 0: no limit but memory */
    const char *const *labels; /* columns whose numbers are levels, too; one
                                  that the file has not is passed over … */
    size_t n_labels;
    bool all_labels;          /* … or all of them: a file of targets */
    const char *const *texts; /* likewise, and of a CSV texts whatever they look
                                 like: "02134" keeps its zero */
    size_t n_texts;
    bool sorted;      /* both lists ascend, as of strcmp(): for long ones */
    const char *stem; /* names columns that the file does not: "y0", "y1", …,
                         or just "y" when there is one; NULL: "x0", "x1", … */
    char delimiter;   /* CSV; 0: the one of , ; tab | that fits the header */
    bool no_header;   /* CSV: the first line is data */
} mlp_read_options;

/* Does such a file name its columns? Those of others go by their place. */
MLP_API bool mlp_file_format_names(mlp_file_format format,
                                   const mlp_read_options *options);

/* Read `file` from its start (it must be seekable) into a new table. `options`
 * may be NULL.
 *
 * Errors:  MLP_FORMAT  with the line ("line 17: expected 5 cells, got 4")
 *          MLP_LIMIT   max_cells, or a CSV row of more than 64 MB
 *          MLP_INVALID an option; MLP_NOMEM; MLP_IO
 * Owner:   caller; mlp_table_destroy(). *out is NULL on error.
 * Threads: any. */
MLP_API MLP_NODISCARD mlp_status
mlp_table_read_file(FILE *file,
                    mlp_file_format format,
                    const mlp_read_options *options,
                    mlp_table **out,
                    mlp_error *err);

#endif
