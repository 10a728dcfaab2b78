/* SPDX-License-Identifier: MIT
 *
 * Holds what a daemon knows, and what lies in its folder, against the ledgers
 * of all its clients. No client may be at work meanwhile. */
#ifndef TESTS_TORTURE_AUDIT_H
#define TESTS_TORTURE_AUDIT_H

#include <stddef.h>
#include <stdint.h>

struct load;
struct process;

/* While no daemon runs: every file that is no temporary one is whole. Files
 * older than `since_s` (of time()) were looked at before. */
void audit_folder(const struct process *process, int64_t since_s);

/* The temporary files of a daemon that was killed: they must be gone after the
 * next start. */
struct leftovers {
    char (*paths)[1024];
    size_t n, capacity;
};
void leftovers_note(struct leftovers *leftovers, const struct process *process);
void leftovers_check(struct leftovers *leftovers);

/* Behind a restart: settle what was in doubt, check all else. */
void audit_catalog(uint16_t port, struct load *loads, size_t n_loads);

/* At the end: wait for all jobs, then check each version's bytes, in the API
 * and on disk, and that no file is there that nothing needs. */
void audit_end(const struct process *process,
               struct load *loads,
               size_t n_loads);

#endif
