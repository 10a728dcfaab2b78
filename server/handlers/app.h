/* SPDX-License-Identifier: MIT
 *
 * What every handler can reach: request_app() gives it. Made by main.c, never
 * changed afterwards; each part says itself which threads may use it. */
#ifndef MLPD_APP_H
#define MLPD_APP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "handlers/v2_heads.h"
#include "handlers/v2_stats.h"
#include "http/listener.h"
#include "http/request.h"
#include "http/route.h"
#include "jobs/jobs.h"
#include "jobs/loop.h"
#include "store/catalog.h"
#include "store/datasets.h"
#include "store/registry.h"
#include "store/storage.h"
#include "telemetry/metrics.h"
#include "training/training.h"

struct app_limits {
    uint64_t predict_body_max_bytes; /* 16 MiB */
    uint64_t train_body_max_bytes;   /* 256 MiB of JSON; files 4 GiB */
    uint64_t file_max_bytes;
    size_t predict_max_rows;      /* 65,536 */
    size_t max_cells;             /* 100 M */
    size_t max_parameters;        /* 100 M */
    size_t control_max_bytes;     /* 1 MiB */
    uint64_t memory_budget_bytes; /* all trainings and readings; 0: no limit */
    uint64_t disk_reserve_bytes;  /* stays free; 0: none does */
    uint64_t wait_max_ms;         /* 55,000 */
    unsigned max_watchers;        /* of jobs' events, at once */
};

struct app {
    struct loop *loop;
    struct catalog *catalog;
    struct storage *storage;
    struct registry *registry;
    struct datasets *datasets;
    struct training *training;
    struct jobs *jobs;
    struct metrics *metrics;
    struct v2_stats v2_stats;  /* zero at first; v2_stats_free() */
    struct v2_heads v2_heads;  /* zero at first; v2_heads_free() */
    struct listener *listener; /* set before the first request is served */
    const char *data_folder;
    bool read_only; /* no data folder: data sets and training are NULL */
    struct app_limits limits;
    uint64_t reading_bytes; /* the loop's; see admission.h */
    unsigned n_heavy;       /* the loop's; see heavy.h */
    atomic_uint n_watchers; /* of jobs' events */
    atomic_bool draining;
    atomic_bool hurried; /* draining, and the time for it is over */
};

/* The whole HTTP surface: one table, one screen (routes.c). */
extern const struct http_route app_routes[];
extern const char *const app_route_names[]; /* "GET /jobs", … */
extern const size_t app_n_routes;

#endif
