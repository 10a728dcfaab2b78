/* SPDX-License-Identifier: MIT
 *
 * What the kernel says about this process, from /proc/self. */
#ifndef MLPD_PROCESS_H
#define MLPD_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

struct process_usage {
    size_t resident_bytes, virtual_bytes;
    size_t threads;
    size_t open_fds, max_fds;
    double cpu_seconds;  /* user and system */
    double start_time_s; /* since 1970 */
};

/* False when /proc is not there; *out is then untouched.  Threads: any. */
bool process_usage_read(struct process_usage *out);

#endif
