/* SPDX-License-Identifier: MIT
 *
 * A job queue with a catalog, a loop and a runner that does what the spec of a
 * job says:
 *
 *   ok             two steps, then success
 *   fail, silent   fails with and without a reason
 *   unpublishable  succeeds, but its result cannot be published
 *   block          says `started` and waits for `go_on`, or to be stopped
 *   stubborn       the same, but does not let itself be stopped */
#ifndef JOBS_BENCH_H
#define JOBS_BENCH_H

#include <criterion/criterion.h>
#include <pthread.h>
#include <semaphore.h>

#include "jobs/jobs.h"
#include "temp_folder.h"

enum { BENCH_MAX_RUNS = 16, BENCH_DEADLINE_S = 20 };

/* One test, one of these. */
extern struct bench {
    char folder[TEMP_PATH];
    unsigned save_interval_ms;
    uint64_t
        memory_max_bytes; /* a job takes as much as its table's name says */
    struct loop *loop;
    struct catalog *catalog;
    struct jobs *jobs;
    pthread_t thread;
    sem_t called; /* a call on the loop has returned */

    /* The runner's. */
    pthread_mutex_t lock;
    int64_t runs[BENCH_MAX_RUNS]; /* ids in the order of their start */
    size_t n_runs;
    sem_t started; /* a job that blocks has begun */
    sem_t go_on;   /* lets one of them end */
    /* So many publications fail for want of space, one after the other. */
    int n_failures;
    sem_t failed;
    unsigned publish_patience_ms; /* 0: what the daemon has */
    uint32_t n_reserved;
    uint32_t version_there; /* the version whose file a start finds */
    int n_discarded, n_syncs;
    int n_finished, ended[JOB_CANCELLED + 1];
    char forgotten[256];     /* the tables, one after the other */
    unsigned forgotten_jobs; /* a bit for each id */
} bench;

#define BENCH_SUITE(suite)                                                     \
    TestSuite(suite, .init = bench_set_up, .fini = bench_tear_down,            \
              .timeout = 60)
void bench_set_up(void);
void bench_tear_down(void);

/* Open what is in the folder, as a daemon's start does; one job at once and
 * eight in the queue, unless said otherwise. */
void bench_start(void);
void bench_start_with(unsigned n_parallel, size_t max_queued);
/* The loop waits for running jobs: let them end first. */
void bench_stop(void);

/* Wait, at most BENCH_DEADLINE_S. */
void bench_wait_for(sem_t *sem);

/* A call on the loop: what goes in and what comes out. */
struct bench_call {
    const char *model, *spec, *table, *key, *request;
    void *argument;
    int64_t id;
    enum jobs_outcome outcome;

    mlp_status status;
    mlp_error err;
    enum jobs_change change;
    bool found, flag;
    struct job_view view; /* its texts are gone but these two */
    char reason[64], detail[300], text[512];
    size_t n_queued, n_running;
    void (*function)(struct bench_call *call);
};
void bench_call(struct bench_call *call,
                void (*function)(struct bench_call *call));
void bench_do_submit(struct bench_call *call);
void bench_do_history(struct bench_call *call);

int64_t bench_submit(const char *spec);
int64_t bench_submit_table(const char *spec, const char *table);
struct bench_call bench_get(int64_t id);
enum job_state bench_state(int64_t id);
enum jobs_change bench_cancel(int64_t id);
enum jobs_change bench_delete(int64_t id);
void bench_expect_history(int64_t id, const char *expected);
void bench_expect_count(size_t n_queued, size_t n_running);

/* Something that the loop will say is over, at most once. */
struct bench_wait {
    sem_t over;
    uint64_t wait_ms;
};
void bench_begin_wait(struct bench_wait *wait, int64_t id, uint64_t wait_ms);
void bench_drain(struct bench_wait *drained);
/* Wait for a job's end. */
enum job_state bench_wait_end(int64_t id);

/* While it is full no file can grow. */
void bench_limit_files(bool full);

#endif
