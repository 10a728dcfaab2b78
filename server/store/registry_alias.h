/* SPDX-License-Identifier: MIT
 *
 * Names for versions, which move: "production" of a model is version 3 now, and
 * version 4 a moment later. The catalog has them, the registry a copy that
 * registry_borrow_alias() looks them up in under the lock that it borrows
 * under, so that a borrower has what the name meant at that moment. */
#ifndef MLPD_REGISTRY_ALIAS_H
#define MLPD_REGISTRY_ALIAS_H

#include "store/catalog_audit.h"
#include "store/registry.h"

enum { ALIASES_MAX = 64 }; /* of a model; more are a mistake in a script */

/* Threads: any. */
bool registry_alias(struct registry *registry,
                    const char *model,
                    const char *alias,
                    struct model_alias *out);
/* The first by name that names that version.  Threads: any. */
bool registry_alias_of(struct registry *registry,
                       const char *model,
                       uint32_t version,
                       struct model_alias *out);
/* Call `each` for every alias of `model` (NULL: of all) by name, under the
 * lock: do little and call nothing of the registry.  Threads: any. */
void registry_each_alias(struct registry *registry,
                         const char *model,
                         void (*each)(void *context,
                                      const char *model,
                                      const struct model_alias *alias),
                         void *context);

/* A move: how it is written down, and where to. */
struct alias_move {
    const char *model, *alias; /* valid names; not "latest" */
    uint32_t version;
    enum audit_action action; /* ALIAS_SET, ROLLBACK or PROMOTE */
    const char *detail;       /* more for the trail, or NULL */
};

/* Make the alias, or move it; durable on MLP_OK, with *out as it is now and
 * *was as it was, version 0 if it was not. Where it already is nothing happens
 * and nothing is written down.
 * Errors:  MLP_INVALID  there is no such version
 *          MLP_LIMIT    the model has ALIASES_MAX
 *          MLP_NOMEM, MLP_FULL, MLP_IO: all is as it was
 * Threads: loop. */
mlp_status registry_move_alias(struct registry *registry,
                               const struct alias_move *move,
                               const struct audit_author *author,
                               struct model_alias *out,
                               struct model_alias *was,
                               mlp_error *err);
/* MLP_INVALID: there is none; MLP_FULL, MLP_IO.  Threads: loop. */
mlp_status registry_drop_alias(struct registry *registry,
                               const char *model,
                               const char *alias,
                               const struct audit_author *author,
                               mlp_error *err);

#endif
