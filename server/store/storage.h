/* SPDX-License-Identifier: MIT
 *
 * Can the data folder be written? Predictions do not need it; all that changes
 * something does. It goes bad when a write fails or room runs out, and is tried
 * with a small write every now and then until that works: nobody has to restart
 * anything. */
#ifndef MLPD_STORAGE_H
#define MLPD_STORAGE_H

#include "mlp/status.h"
#include "store/catalog.h"

enum storage_state { STORAGE_OK, STORAGE_FULL, STORAGE_FAILED };
/* "ok", "full", "failed" */
const char *storage_state_name(enum storage_state state);

struct storage;

/* It counts as full when less than reserve_bytes are free. Errors: MLP_NOMEM.
 * Owner: caller; storage_destroy(). data_folder and catalog must outlive it. */
mlp_status storage_create(const char *data_folder,
                          uint64_t reserve_bytes,
                          struct catalog *catalog,
                          struct storage **out,
                          mlp_error *err);
void storage_destroy(struct storage *storage); /* accepts NULL */

/* Threads: any. */
enum storage_state storage_state(const struct storage *storage);
/* A write ended so: MLP_FULL and MLP_IO make it bad, the rest says nothing.
 * Threads: any. */
void storage_note(struct storage *storage, mlp_status status);
/* Look again, to be called every few seconds: cheap while all is well, else a
 * file and a row are written. True when it has just become good again.
 * Threads: loop. */
bool storage_check(struct storage *storage);

#endif
