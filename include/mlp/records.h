/* SPDX-License-Identifier: MIT
 *
 * Rows that name their cells, {"a": 1, "b": "x"}, put into a table as their
 * tokens come. Columns stand in the order in which their names are first seen;
 * a name that a row has not is a missing cell there, as null is. */
#ifndef MLP_RECORDS_H
#define MLP_RECORDS_H

#include "mlp/json.h"
#include "mlp/readers.h"

typedef struct mlp_records mlp_records;

/* Of the options: max_cells and the labels, which must outlive it.
 * max_text_bytes: of one name or text.  Owner: caller, mlp_records_destroy().
 * Threads: one at a time. */
MLP_API MLP_NODISCARD mlp_status
mlp_records_create(const mlp_read_options *options,
                   size_t max_text_bytes,
                   mlp_records **out,
                   mlp_error *err);
MLP_API void mlp_records_destroy(mlp_records *records);

/* Take the next token of a record, from its brace to its brace. After an error
 * it is only good to be asked where that was, and to be destroyed.
 * Errors:  MLP_INVALID  what is no record, or a name in it twice; a cell that
 *                       is no single value; as of mlp_table_append()
 *          MLP_LIMIT, MLP_NOMEM */
MLP_API MLP_NODISCARD mlp_status mlp_records_push(mlp_records *records,
                                                  const mlp_json_token *token,
                                                  mlp_error *err);

/* Whole records so far: the number, from 0, of the one that is being read. */
MLP_API size_t mlp_records_n_rows(const mlp_records *records);
/* The column of its cell that is being read, or NULL. */
MLP_API const char *mlp_records_column(const mlp_records *records);
/* Bytes of memory held; what a few rows added to texts may be missing. */
MLP_API size_t mlp_records_bytes(const mlp_records *records);

/* The table of all records; nothing may be pushed any more.
 * Errors:  MLP_INVALID  there is no column; MLP_NOMEM
 * Owner:   caller, mlp_table_destroy().  *out is NULL on error. */
MLP_API MLP_NODISCARD mlp_status mlp_records_finish(mlp_records *records,
                                                    mlp_table **out,
                                                    mlp_error *err);

#endif
