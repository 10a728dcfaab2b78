/* SPDX-License-Identifier: MIT
 *
 * The models that answer: every version in DATA/models, each an immutable,
 * counted snapshot. A prediction borrows one; publishing a newer one only
 * swaps which is the latest. The folder is the truth: a file dropped into it
 * before the start is served. From the first time that it is seen a file must
 * keep its bytes: the catalog knows their hash, and one that has changed is
 * moved to DATA/quarantine, never served. */
#ifndef MLPD_REGISTRY_H
#define MLPD_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/model.h"
#include "store/blob.h"
#include "store/live_model.h"

struct audit_author;
struct catalog;
struct registry;

/* Open DATA/models (made if missing) and load the latest version of each model
 * as long as they fit into max_bytes (0: no limit); the rest is read when
 * somebody asks. A file that is no model is logged and left alone, one that is
 * not what the catalog says is moved away, neither is served; the next lower
 * version is then the latest.
 * Errors:  MLP_IO, MLP_NOMEM.  Owner: caller; registry_destroy(). */
mlp_status registry_create(const char *data_folder,
                           struct catalog *catalog,
                           uint64_t max_bytes,
                           struct registry **out,
                           mlp_error *err);
void registry_destroy(struct registry *registry);

/* The folder to begin a model's blob in: DATA/models/NAME, made if missing. */
mlp_status registry_folder(struct registry *registry,
                           const char *name,
                           char **path,
                           mlp_error *err);

/* The highest version that there was on disk; 0: none.  Threads: any. */
uint32_t registry_highest(struct registry *registry, const char *name);

/* The latest version that there is; 0: none.  Threads: any. */
uint32_t registry_latest(struct registry *registry, const char *name);

/* Is there that version, not 0?  Threads: any. */
bool registry_has(struct registry *registry,
                  const char *name,
                  uint32_t version);

/* Name a synced blob as `version`, which must be new and be reserved in the
 * catalog, and publish `model`. On MLP_OK both are the registry's; a blob that
 * failed is only good for blob_abort().  Threads: loop. */
mlp_status registry_publish(struct registry *registry,
                            const char *name,
                            uint32_t version,
                            struct blob *blob,
                            const char *sha256,
                            mlp_model *model,
                            mlp_error *err);

/* version 0: the latest. Waits for nobody but a moment for the lock, with no
 * disk, unless that version is not in memory: then it reads the file, and
 * others who want such a version wait for it. Versions that were borrowed
 * longer ago make room; one alone always has it.
 *
 * Errors: NULL, and *err (or NULL) says
 *         MLP_INVALID         there is none; one that proves to be no model is
 *                             logged and gone
 *         MLP_NOMEM, MLP_IO   it cannot be read now; another try may succeed
 * Owner:  the registry; registry_release().  Threads: any. */
struct live_model *registry_borrow(struct registry *registry,
                                   const char *name,
                                   uint32_t version,
                                   mlp_error *err);
/* The version that the alias names at this moment, in one step: however often
 * it moves, and whatever is deleted then, the borrower has one of those that it
 * named. Otherwise as registry_borrow(). */
struct live_model *registry_borrow_alias(struct registry *registry,
                                         const char *name,
                                         const char *alias,
                                         mlp_error *err);
void registry_release(struct registry *registry, struct live_model *model);

/* Would a borrower of the version, or the alias if there is one, have to wait
 * for the file to be read?  Threads: any. */
bool registry_sleeps(struct registry *registry,
                     const char *name,
                     uint32_t version,
                     const char *alias);

/* Remove one version (0: all of them) from serving and from disk, and the
 * aliases that name it; it is gone for good when this returns MLP_OK. Those who
 * borrowed it keep it. `author` (NULL: the daemon) is for the audit trail.
 * MLP_INVALID when there is none; MLP_FULL, MLP_IO: all is as it was.
 * Threads: loop. */
mlp_status registry_remove(struct registry *registry,
                           const char *name,
                           uint32_t version,
                           const struct audit_author *author,
                           mlp_error *err);

/* Call `each` for every version, by name and then by number, under the lock: do
 * little and call nothing of the registry. A version that is not in memory has
 * model NULL here, one that never was maybe sha256 "", too.  Threads: any. */
void registry_each(struct registry *registry,
                   void (*each)(void *context,
                                const struct live_model *model,
                                bool latest),
                   void *context);
/* An open descriptor of the version's file, whose bytes were hashed just now;
 * close() it. Errors as with registry_borrow(), with *out -1.  Threads: any. */
mlp_status registry_open_file(struct registry *registry,
                              const struct live_model *model,
                              int *out,
                              mlp_error *err);
/* The bytes of the models in memory, and how many there may be; 0: no limit.
 * Threads: any. */
uint64_t registry_awake_bytes(const struct registry *registry);
uint64_t registry_max_bytes(const struct registry *registry);
void registry_count(struct registry *registry,
                    size_t *n_models,
                    size_t *n_versions);
/* Files moved to DATA/quarantine since the start.  Threads: any. */
size_t registry_n_quarantined(const struct registry *registry);

#endif
