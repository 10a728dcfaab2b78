/* SPDX-License-Identifier: MIT
 *
 * The files under DATA/models: NAME/VERSION.safetensors, regular files alone,
 * never through a symbolic link. `folder_fd` is an open DATA/models. */
#ifndef MLPD_MODEL_FILES_H
#define MLPD_MODEL_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "mlp/model.h"
#include "store/blob.h"

enum { MODEL_FILE_NAME = 32 };

struct model_facts {
    uint64_t size;      /* bytes */
    int64_t created_ms; /* its last change, since 1970 */
    char sha256[BLOB_SHA256_TEXT];
};

/* "3.safetensors" */
void model_file_name(uint32_t version, char out[MODEL_FILE_NAME]);
/* And back: a number from 1, no leading zero, no sign. */
bool model_file_parse(const char *file_name, uint32_t *out);

/* An open descriptor of a regular file. MLP_IO; MLP_NOMEM also when there are
 * too many open files.  Threads: any. */
mlp_status model_file_open(int folder_fd,
                           const char *name,
                           uint32_t version,
                           int *out,
                           mlp_error *err);

/* Its size and time; sha256 is "".  Threads: any. */
mlp_status model_file_stat(int folder_fd,
                           const char *name,
                           uint32_t version,
                           struct model_facts *out,
                           mlp_error *err);

/* Its bytes must hash to `sha256`, unless that is "". facts->sha256 is theirs
 * as soon as they could be read, also when they are refused, else "".
 * Errors as mlp_model_read() and MLP_IO.  Owner: caller.  Threads: any. */
mlp_status model_file_read(int folder_fd,
                           const char *name,
                           uint32_t version,
                           const char *sha256,
                           struct model_facts *facts,
                           mlp_model **out,
                           mlp_error *err);

/* The same of an open file, wherever it is. */
mlp_status model_file_read_descriptor(int fd,
                                      const char *sha256,
                                      struct model_facts *facts,
                                      mlp_model **out,
                                      mlp_error *err);

/* Unlink it, durably; one that is gone already is fine.  Threads: loop. */
mlp_status model_file_remove(int folder_fd,
                             const char *name,
                             uint32_t version,
                             mlp_error *err);

/* Move it out of the way, into DATA/quarantine; `data_fd` is an open DATA.
 * Threads: any. */
mlp_status model_file_quarantine(int data_fd,
                                 int folder_fd,
                                 const char *name,
                                 uint32_t version,
                                 mlp_error *err);

/* Call `each` for every file whose name is a version of a model, in no order;
 * facts are NULL when it is refused for what it is. What has no place there is
 * logged; left-over temporary files are removed. */
mlp_status model_files_scan(int folder_fd,
                            void (*each)(void *context,
                                         const char *name,
                                         uint32_t version,
                                         const struct model_facts *facts),
                            void *context,
                            mlp_error *err);

#endif
