/* SPDX-License-Identifier: MIT
 *
 * The daemon under test: a process of our own on a port of its own, seen from
 * outside. */
#ifndef TESTS_MALFORMED_DAEMON_H
#define TESTS_MALFORMED_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct daemon {
    pid_t pid;
    uint16_t port;
    char folder[256]; /* of its data, log and port file */
};

/* Start `program` and wait until it answers; false with a word on stderr. */
bool daemon_start(struct daemon *daemon, const char *program);
/* SIGTERM; true when it ends in order. Its folder goes. */
bool daemon_stop(struct daemon *daemon);

/* Is the process still there? */
bool daemon_lives(const struct daemon *daemon);
/* Descriptors that it has open. */
int daemon_descriptors(const struct daemon *daemon);
/* Its resident memory, in KiB. */
long daemon_resident_kib(const struct daemon *daemon);
/* Time of processors that it took so far. */
long daemon_cpu_ms(const struct daemon *daemon);
/* The end of its log, to stderr. */
void daemon_show_log(const struct daemon *daemon);

#endif
