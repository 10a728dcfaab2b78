/* SPDX-License-Identifier: MIT
 *
 * The catalog's rows of aliases: which version of a model goes by which name.
 * Errors as in catalog.h.  Threads: loop. */
#ifndef MLPD_CATALOG_ALIASES_H
#define MLPD_CATALOG_ALIASES_H

#include "store/catalog.h"

struct catalog_alias {
    const char *model, *alias;
    uint32_t version;
    uint32_t previous; /* before the last move; 0: none */
    int64_t changed_ms;
};

/* Insert or replace by model and alias. */
mlp_status catalog_put_alias(struct catalog *catalog,
                             const struct catalog_alias *alias,
                             mlp_error *err);
mlp_status catalog_delete_alias(struct catalog *catalog,
                                const char *model,
                                const char *alias,
                                mlp_error *err);
/* By model and alias; texts are valid for the call. */
mlp_status catalog_each_alias(struct catalog *catalog,
                              void (*each)(void *context,
                                           const struct catalog_alias *alias),
                              void *context,
                              mlp_error *err);

#endif
