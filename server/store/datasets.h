/* SPDX-License-Identifier: MIT
 *
 * Uploaded data sets: a file under DATA/datasets, named by its sha256 so that
 * equal uploads share it, and a row in the catalog with what is in it. */
#ifndef MLPD_DATASETS_H
#define MLPD_DATASETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "mlp/readers.h"
#include "mlp/status.h"
#include "store/blob.h"
#include "store/catalog.h"

struct datasets;

/* Valid for the call that hands it out. */
struct dataset_view {
    const char *name;
    mlp_file_format format;
    const char *sha256;
    const char *description; /* JSON: {"rows":150,"columns":[{…}]} */
    uint64_t size;           /* bytes */
    int64_t created_ms;
};

/* Everything here: Threads: loop, unless said otherwise. */
mlp_status datasets_create(const char *data_folder,
                           struct catalog *catalog,
                           struct datasets **out,
                           mlp_error *err);
void datasets_destroy(struct datasets *datasets);

/* DATA/datasets, to begin a blob in.  Threads: any. */
const char *datasets_folder(const struct datasets *datasets);
/* Take a synced blob as the data set `name`, replacing an older one of that
 * name; the blob is consumed in any case. */
mlp_status datasets_put(struct datasets *datasets,
                        const char *name,
                        mlp_file_format format,
                        struct blob *blob,
                        const char *sha256,
                        const char *description,
                        mlp_error *err);
bool datasets_get(struct datasets *datasets,
                  const char *name,
                  struct dataset_view *out);
void datasets_each(struct datasets *datasets,
                   void (*each)(void *context, const struct dataset_view *view),
                   void *context);
/* Gone for good on MLP_OK. MLP_INVALID: there is none; MLP_FULL, MLP_IO: it is
 * still there. */
mlp_status
datasets_remove(struct datasets *datasets, const char *name, mlp_error *err);
/* Its file, open for reading, or NULL; a later removal does not harm it. */
FILE *datasets_open(struct datasets *datasets,
                    const char *name,
                    mlp_file_format *format);

#endif
