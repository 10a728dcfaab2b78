/* SPDX-License-Identifier: MIT
 *
 * The readers behind mlp_table_read_file(), one a format. Each reads `file`
 * from its start; *out is NULL on error. */
#ifndef MLP_DATA_READERS_H
#define MLP_DATA_READERS_H

#include "mlp/readers.h"

typedef mlp_status file_reader(FILE *file,
                               const mlp_read_options *options,
                               mlp_table **out,
                               mlp_error *err);

file_reader csv_read, npy_read, idx_read, ndjson_read;

/* Do the options ask for a label column of that name? One of texts is one. */
bool read_options_label(const mlp_read_options *options,
                        const char *name,
                        size_t length);
bool read_options_text(const mlp_read_options *options,
                       const char *name,
                       size_t length);

/* The name of column j of n in a file that names none. */
enum { NUMBERED_NAME_MAX = 320 };
void read_options_name(const mlp_read_options *options,
                       size_t j,
                       size_t n,
                       char out[NUMBERED_NAME_MAX]);

#endif
