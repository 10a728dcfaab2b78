/* SPDX-License-Identifier: MIT
 *
 * How much memory and disk and how many processors there are: this machine's
 * or this container's. It only reads; what to make of the figures is for
 * others. */
#ifndef MLPD_MACHINE_H
#define MLPD_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The smallest of all memory and the memory limits of the control groups that
 * the process is in, version 1 or 2, and of those around them. `root` is "" but
 * in tests. 0: the kernel does not say.  Threads: any. */
uint64_t machine_memory(const char *root);

/* Processors that the process may run on, no more than its control groups let
 * it use; parts of one do not count, 1 is the least. `root` as above.
 * Threads: any. */
size_t machine_processors(const char *root);

/* The file system that `folder` is on; what only root may use counts as used.
 * False, and both 0, when it cannot be asked.  Threads: any. */
bool machine_disk(const char *folder, uint64_t *n_free, uint64_t *size);

#endif
