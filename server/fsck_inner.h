/* SPDX-License-Identifier: MIT
 *
 * What the files of fsck share. Nothing here is for others. */
#ifndef MLPD_FSCK_INNER_H
#define MLPD_FSCK_INNER_H

#include <jansson.h>
#include <stdint.h>

#include "fsck.h"
#include "store/catalog.h"

struct fsck {
    const struct fsck_options *options;
    int data_fd;
    struct catalog *catalog; /* NULL: it is lost, and stays so */
    bool rebuilt;     /* … or it was, and is made again from the files */
    json_t *problems; /* NULL: lines are printed as they come */
    struct fsck_result result;
    bool no_memory;
};

/* Report a problem at `path` in the data folder; `action` (NULL: none) is what
 * --repair has done about it, `status` how that went: unless MLP_OK it is still
 * there. */
void fsck_found(struct fsck *fsck,
                const char *path,
                const char *problem,
                const char *action,
                mlp_status status);

/* Is --repair given, and is there a catalog to be put right? */
bool fsck_repairs(const struct fsck *fsck);

/* A name in a folder of the data folder, and an open descriptor of the folder.
 */
struct fsck_place {
    int folder_fd;
    const char *folder; /* "models/iris" */
    const char *name;
};

/* Visit the names in DATA/`folder`, hidden ones aside. A folder that is not
 * there is empty. */
typedef void fsck_each(void *context, const struct fsck_place *place);
void fsck_walk(struct fsck *fsck,
               const char *folder,
               fsck_each *each,
               void *context);

bool fsck_is_temporary(const char *name);
bool fsck_is_sha256(const char *name);
/* Is the file named by what it hashes to? MLP_FORMAT: no; MLP_IO. */
mlp_status fsck_check_name(const struct fsck_place *place, mlp_error *err);

/* Report a file that nobody needs, and unlink it. */
void fsck_orphan(struct fsck *fsck, const struct fsck_place *place);
/* Report a corrupt file, and move it to DATA/quarantine as `label`. */
void fsck_corrupt(struct fsck *fsck,
                  const struct fsck_place *place,
                  const char *label,
                  const char *reason);

/* (fsck_models.c, fsck_aliases.c, fsck_data.c) Models before aliases: what is
 * mended there is missing here. */
void fsck_models(struct fsck *fsck);
void fsck_aliases(struct fsck *fsck);
void fsck_datasets(struct fsck *fsck);
void fsck_tables(struct fsck *fsck);

#endif
