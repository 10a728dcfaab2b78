/* SPDX-License-Identifier: MIT
 *
 * A folder of models that somebody else fills and this process only reads. What
 * is in it says by its name which version of which model it is:
 *
 *   NAME.safetensors         version 1 of NAME
 *   NAME/3.safetensors       version 3 of NAME
 *   3.safetensors, 3/model.safetensors    version 3 of `model_name`
 *   a single other file      version 1 of `model_name`
 *
 * Links are followed: Kubernetes mounts volumes as links to a hidden folder.
 * Names that begin with a dot are passed over. */
#ifndef MLPD_MODEL_FOLDER_H
#define MLPD_MODEL_FOLDER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "mlp/status.h"
#include "store/names.h"

enum { MODEL_FOLDER_PATH = 520, MODEL_FOLDER_FILES_MAX = 2000 };

/* What is another whenever the file is. */
struct model_folder_stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    int64_t changed_ns;
};

struct model_folder_file {
    char path[MODEL_FOLDER_PATH]; /* below the folder */
    char name[NAME_MAX_BYTES + 1];
    uint32_t version;
    struct model_folder_stamp stamp;
    const char *trouble; /* a constant: why it is no model's; or NULL */
};

/* Sorted by name and version, those with trouble anywhere; model_name may be
 * NULL. Errors: MLP_IO, MLP_NOMEM, MLP_LIMIT.  Owner of *out: caller; free().
 * Threads: any. */
mlp_status model_folder_list(const char *folder,
                             const char *model_name,
                             struct model_folder_file **out,
                             size_t *n,
                             mlp_error *err);

/* Errors as with model_file_open().  Threads: any. */
mlp_status model_folder_open(const char *folder,
                             const char *path,
                             int *out,
                             mlp_error *err);

#endif
