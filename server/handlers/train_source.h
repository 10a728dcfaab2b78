/* SPDX-License-Identifier: MIT
 *
 * Where the table of a training run comes from: cells of a JSON body, a body
 * that is a file, or data sets. Opened on the loop, read on the pool. */
#ifndef MLPD_TRAIN_SOURCE_H
#define MLPD_TRAIN_SOURCE_H

#include <jansson.h>
#include <stdio.h>

#include "handlers/app.h"
#include "mlp/readers.h"

/* A file to read, and how. */
struct train_file {
    FILE *stream;
    mlp_file_format format;
    mlp_read_options options; /* labels are set when it is read */
};

struct train_source {
    float *inputs; /* [n_rows, n_columns] of data.inputs … */
    size_t n_rows, n_columns;
    mlp_table *targets;             /* … with data.targets */
    mlp_table *rows;                /* data.records, or .columns and .rows */
    struct blob *blob;              /* a body that is a file: data.stream */
    struct train_file data, labels; /* labels: of target_dataset */
};

/* Take the data of a JSON body, or find the data sets that `settings` name.
 * There must be exactly one source. *out is to be freed in any case.
 * Threads: loop. */
void train_source_open_json(struct app *app,
                            struct http_body *body,
                            const json_t *settings,
                            struct train_source *out,
                            struct problem *problem);
/* Take a body that is a file, the blob. Threads: loop. */
void train_source_open_file(struct blob *blob,
                            mlp_file_format format,
                            const mlp_read_options *options,
                            struct train_source *out,
                            struct problem *problem);

/* Make the table, with the columns that `settings` call targets read as labels.
 * Where the targets come apart from the rest, `target` in the settings names
 * them, and is set to their names if it was not there. NULL with a problem.
 * Slow.  Threads: pool. */
mlp_table *train_source_read(struct train_source *source,
                             json_t *settings,
                             size_t max_cells,
                             struct problem *problem);
/* Of its files.  Threads: any. */
uint64_t train_source_bytes(const struct train_source *source);
void train_source_free(struct train_source *source);

#endif
