/* SPDX-License-Identifier: MIT
 *
 * The daemon under test: a process of our own, below a folder of our own, that
 * is started, killed, stopped and looked at from outside. */
#ifndef TESTS_TORTURE_PROCESS_H
#define TESTS_TORTURE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROCESS_PATH = 512, PROCESS_FLAGS = 24 };

struct process {
    const char *program;
    char folder[PROCESS_PATH]; /* of data, log and port file; ours */
    char data[PROCESS_PATH];   /* DATA: folder/data */
    const char
        *flags[PROCESS_FLAGS];  /* beside those of every start; NULL ends */
    const char *preload;        /* a library, or NULL */
    const char *environment[4]; /* "NAME=value"; NULL ends */
    /* Called in the child, before the daemon is there; or NULL. */
    void (*in_child)(void *argument);
    void *argument;
    pid_t pid; /* 0: none runs */
    uint16_t port;
};

/* A folder of its own below $TMPDIR; nothing is started. */
void process_init(struct process *process, const char *program);
/* Removes the folder; a daemon that still runs is killed. Where a check failed
 * and TORTURE_KEEP is set, the folder stays and its name is told. */
void process_free(struct process *process);

/* Run it, without waiting for an answer. */
void process_spawn(struct process *process);
/* Wait until it answers; false: it ended, or did not come within a minute. */
bool process_ready(struct process *process);
/* Both; a daemon that does not start is a failed check and the test's end. */
void process_start(struct process *process);

bool process_lives(struct process *process);
void process_kill(struct process *process); /* SIGKILL, and its end is seen */
void process_signal(struct process *process, int signal);
/* Wait for its end; -1: not within `ms`. A signal's number is negative. */
enum { PROCESS_LATE = -1000 };
int process_wait(struct process *process, int64_t ms);
/* SIGTERM and wait 20 s; checks that it ends in order. */
void process_stop(struct process *process);

long process_resident_kib(const struct process *process); /* VmRSS */
long process_peak_kib(const struct process *process);     /* VmHWM */
int process_descriptors(const struct process *process);
/* The last lines of its log that are no mere information. */
void process_show_log(const struct process *process);

/* Calls `each` for every file below `folder`. */
void each_file(const char *folder,
               void (*each)(void *context, const char *path),
               void *context);
/* All bytes of a file and a NUL, or NULL. */
char *read_file(const char *path, size_t *length);
/* "" when there is no such file. */
void file_sha256(const char *path, char out[65]);
void bytes_sha256(const void *bytes, size_t n, char out[65]);
/* A whole folder away. */
void remove_folder(const char *folder);

#endif
