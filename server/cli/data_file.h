/* SPDX-License-Identifier: MIT
 *
 * A file of rows that is sent to the daemon: what it is, by the ending of its
 * name, and how long. */
#ifndef MLPD_DATA_FILE_H
#define MLPD_DATA_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "mlp/status.h"

enum data_file_kind {
    DATA_FILE_CSV,
    DATA_FILE_NDJSON,
    DATA_FILE_NPY,
    DATA_FILE_IDX,
};

enum { DATA_FILE_STEM_MAX = 65 };

struct data_file {
    enum data_file_kind kind;
    bool zipped;      /* gzip */
    const char *type; /* Content-Type */
    int fd;
    uint64_t n_bytes;
    char stem[DATA_FILE_STEM_MAX]; /* of its name, as a model may be called */
};

/* What a name says, without opening anything.
 * Errors: MLP_INVALID, with the endings that are known. */
mlp_status
data_file_name(const char *path, struct data_file *out, mlp_error *err);

/* Open it; "-" is the standard input as CSV, kept in a file that has no name.
 * Errors: MLP_INVALID, also for what is no file.
 * Owner:  caller; data_file_close(). */
mlp_status
data_file_open(const char *path, struct data_file *out, mlp_error *err);
void data_file_close(struct data_file *file);

/* Rows without binary forms: may be read line by line. */
static inline bool data_file_is_text(const struct data_file *file)
{
    return file->kind == DATA_FILE_CSV || file->kind == DATA_FILE_NDJSON;
}

#endif
