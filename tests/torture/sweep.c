/* SPDX-License-Identifier: MIT
 *
 * Lets the n-th call fail, for n = 1, 2, … until nothing is left to fail: of
 * the calls that write to the data folder, with each of several errors, and of
 * all allocations. What is in hand then ends well or with a clear error; the
 * daemon lives, predicts, knows what it has acknowledged, and does the same
 * thing without a fault as soon as the failure is over.
 *
 *     sweep --mlpd build/mlpd --library build/torture/fail.so
 *           [--what files|memory|all] [--scenario NAME] [--from 1] [--step 1]
 *           [--seconds 600] [--seed 1] */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "torture/audit.h"
#include "torture/load.h"
#include "torture/preload/fail.h"
#include "torture/process.h"

enum {
    FILE_CALLS = FAIL_WRITE | FAIL_SYNC | FAIL_RENAME | FAIL_OPEN | FAIL_SPACE |
                 FAIL_UNLINK,
    JOB_MS = 20000,
    LASTING_MS = 300,
    RESTART_EVERY = 10,
    MODELS_KEPT = 4,
    CALLS_MAX = 20000,
};

struct sweep {
    struct process process;
    struct load load;
    struct fail_control *control;
    char control_path[PROCESS_PATH], control_variable[PROCESS_PATH + 32];
    long step, seed, from;
    int64_t end_ms;
    const char *only;    /* the name of a scenario; "": all */
    unsigned n_failures; /* injected */
};

/* --- the library ---------------------------------------------------------- */

static void make_control(struct sweep *sweep)
{
    snprintf(sweep->control_path, sizeof sweep->control_path, "%.400s/control",
             sweep->process.folder);
    snprintf(sweep->control_variable, sizeof sweep->control_variable,
             "TORTURE_CONTROL=%s", sweep->control_path);
    int fd = open(sweep->control_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *sweep->control) != 0)
        give_up("%s: %s", sweep->control_path, strerror(errno));
    sweep->control = mmap(NULL, sizeof *sweep->control, PROT_READ | PROT_WRITE,
                          MAP_SHARED, fd, 0);
    close(fd);
    if (sweep->control == MAP_FAILED)
        give_up("mmap: %s", strerror(errno));
    snprintf(sweep->control->folder, sizeof sweep->control->folder, "%s",
             sweep->process.data);
    sweep->process.environment[0] = sweep->control_variable;
    /* A sanitizer wants to be first, and to abort where malloc gives NULL. */
    sweep->process.environment[1] =
        "ASAN_OPTIONS=verify_asan_link_order=0:allocator_may_return_null=1";
}

struct failure {
    const char *name;
    int kinds, error;
    bool lasting;
};

static void arm(struct sweep *sweep, const struct failure *failure, long n)
{
    struct fail_control *control = sweep->control;

    control->kinds = failure->kinds;
    control->error = failure->error;
    control->lasting = failure->lasting;
    control->failed[0] = '\0';
    atomic_store(&control->n_calls, 0);
    atomic_store(&control->n_failed, 0);
    atomic_store(&control->countdown, n);
    atomic_store(&control->armed, 1);
    sweep->load.health = failure->kinds == FAIL_MEMORY ? NO_MEMORY : BAD_DISK;
}

/* Did the call fail? */
static bool disarm(struct sweep *sweep)
{
    atomic_store(&sweep->control->armed, 0);
    sweep->load.health = HEALTHY;
    bool failed = atomic_load(&sweep->control->n_failed) > 0;
    sweep->n_failures += failed;
    return failed;
}

/* --- what is done meanwhile ----------------------------------------------- */

static bool jobs_ended(const struct sweep *sweep)
{
    uint16_t port = sweep->process.port;
    json_t *running = get_json(port, "/jobs?state=running&limit=1");
    json_t *queued = get_json(port, "/jobs?state=queued&limit=1");
    bool known = running != NULL && queued != NULL;
    size_t n = json_array_size(json_object_get(running, "jobs")) +
               json_array_size(json_object_get(queued, "jobs"));

    json_decref(running);
    json_decref(queued);
    return known && n == 0;
}

/* What cannot be written down cannot end: not as long as that lasts. */
static void wait_for_jobs(struct sweep *sweep)
{
    bool lasting = atomic_load(&sweep->control->armed) != 0 &&
                   sweep->control->lasting != 0;
    int64_t end = now_ms() + (lasting ? LASTING_MS : JOB_MS);

    while (process_lives(&sweep->process)) {
        if (jobs_ended(sweep))
            return;
        if (now_ms() >= end)
            break;
        pause_ms(3);
    }
    claim(lasting || !process_lives(&sweep->process), "a job does not end");
}

static bool do_train(struct sweep *sweep)
{
    bool done = load_do(&sweep->load, TRAIN);

    wait_for_jobs(sweep);
    return done;
}

static bool do_import(struct sweep *sweep)
{
    return load_do(&sweep->load, IMPORT);
}

static bool do_upload(struct sweep *sweep)
{
    return load_do(&sweep->load, UPLOAD);
}

static bool do_delete(struct sweep *sweep)
{
    bool version = load_do(&sweep->load, DELETE_VERSION);
    bool job = load_do(&sweep->load, DELETE_JOB);
    bool dataset = load_do(&sweep->load, DELETE_DATASET);

    return version && job && dataset;
}

static bool do_predict(struct sweep *sweep)
{
    return load_do(&sweep->load, PREDICT);
}

static bool do_read(struct sweep *sweep)
{
    client_close(&sweep->load.client);
    return load_do(&sweep->load, READ_VERSION) && do_predict(sweep);
}

/* Something of each that can be deleted. */
static void before_delete(struct sweep *sweep)
{
    load_do(&sweep->load, IMPORT);
    load_do(&sweep->load, UPLOAD);
    load_do(&sweep->load, TRAIN);
    wait_for_jobs(sweep);
    audit_catalog(sweep->process.port, &sweep->load, 1);
}

static const struct scenario {
    const char *name;
    void (*before)(struct sweep *sweep);
    bool (*run)(struct sweep *sweep);
    int kinds; /* what it may meet */
} scenarios[] = {
    {"train", NULL, do_train, FILE_CALLS | FAIL_MEMORY},
    {"upload", NULL, do_upload, FILE_CALLS | FAIL_MEMORY},
    {"import", NULL, do_import, FILE_CALLS | FAIL_MEMORY},
    {"delete", before_delete, do_delete, FILE_CALLS | FAIL_MEMORY},
    {"read", NULL, do_read, FAIL_MEMORY},
};

static const struct failure failures[] = {
    {"EIO", FILE_CALLS, EIO, false},
    {"ENOSPC", FILE_CALLS, ENOSPC, false},
    {"EINTR", FAIL_WRITE | FAIL_SYNC | FAIL_OPEN | FAIL_SPACE, EINTR, false},
    {"short write", FAIL_WRITE, FAIL_SHORT, false},
    {"disk full", FAIL_WRITE | FAIL_OPEN | FAIL_SPACE, ENOSPC, true},
    {"no memory", FAIL_MEMORY, ENOMEM, false},
};

/* --- one failure ---------------------------------------------------------- */

static void start(struct sweep *sweep)
{
    process_start(&sweep->process);
    client_close(&sweep->load.client);
    sweep->load.client.port = sweep->process.port;
}

/* The first time is another one: threads start, caches fill. */
static void warm_up(struct sweep *sweep, const struct scenario *scenario)
{
    if (scenario->before != NULL)
        scenario->before(sweep);
    scenario->run(sweep);
}

/* What a crash would leave. */
static void restart(struct sweep *sweep, const struct scenario *scenario)
{
    process_kill(&sweep->process);
    audit_folder(&sweep->process, 0);
    start(sweep);
    audit_catalog(sweep->process.port, &sweep->load, 1);
    warm_up(sweep, scenario);
}

/* Behind the failure: alive, knows what it knew, and can do it. */
static void check_after(struct sweep *sweep, const struct scenario *scenario)
{
    load_do(&sweep->load, PREDICT);
    wait_for_jobs(sweep);
    audit_catalog(sweep->process.port, &sweep->load, 1);
    if (sweep->load.ledger.n_models > MODELS_KEPT)
        load_do(&sweep->load, DELETE_MODEL);
    if (scenario->before != NULL)
        scenario->before(sweep);
    claim(scenario->run(sweep), "it does not work after the failure, either");
}

/* True: there was a call to fail. */
static bool fail_once(struct sweep *sweep,
                      const struct scenario *scenario,
                      const struct failure *failure,
                      long n)
{
    unsigned n_failed = check_n_failed();

    if (scenario->before != NULL)
        scenario->before(sweep);
    arm(sweep, failure, n);
    scenario->run(sweep);
    if (failure->kinds != FAIL_MEMORY)
        load_do(&sweep->load, PREDICT); /* no disk is no reason */
    bool failed = disarm(sweep);
    if (!process_lives(&sweep->process)) {
        claim(false, "the daemon ended with %d",
              process_wait(&sweep->process, 1000));
        process_show_log(&sweep->process);
        start(sweep);
    }
    client_close(&sweep->load.client);
    check_after(sweep, scenario);
    if (n / sweep->step % RESTART_EVERY == 0)
        restart(sweep, scenario);
    check(check_n_failed() == n_failed, "%s, %s at call %ld (%s)",
          scenario->name, failure->name, n, sweep->control->failed);
    return failed;
}

/* --- a sweep -------------------------------------------------------------- */

/* Every step-th call, from one that the seed chooses. */
static void sweep_calls(struct sweep *sweep,
                        const struct scenario *scenario,
                        const struct failure *failure)
{
    unsigned before = sweep->n_failures, n_failed = check_n_failed();
    int64_t begun = now_ms();
    long n = sweep->from + sweep->seed % sweep->step;
    bool over = false;

    warm_up(sweep, scenario);
    while (!over && n < CALLS_MAX) {
        over = !fail_once(sweep, scenario, failure, n) ||
               now_ms() > sweep->end_ms || check_n_failed() > n_failed + 60;
        n += sweep->step;
    }
    process_stop(&sweep->process); /* a sanitizer tells of leaks here */
    start(sweep);
    audit_catalog(sweep->process.port, &sweep->load, 1);
    bool cut = now_ms() > sweep->end_ms;
    check(!cut || sweep->step > 1, "%s, %s: the time was over", scenario->name,
          failure->name);
    note("sweep: %-7s %-12s %4u failures, the last at call %ld, %.1f s%s",
         scenario->name, failure->name, sweep->n_failures - before,
         n - 2 * sweep->step, (double)(now_ms() - begun) / 1000,
         cut ? ", CUT SHORT" : "");
}

/* A start that meets a failure starts all the same, or says why not; the next
 * one starts. */
static void sweep_start(struct sweep *sweep, const struct failure *failure)
{
    int64_t begun = now_ms();
    long n = 1 + sweep->seed % sweep->step;
    unsigned before = sweep->n_failures;
    bool failed = true;

    process_stop(&sweep->process);
    for (; failed && n < CALLS_MAX && now_ms() <= sweep->end_ms;
         n += sweep->step) {
        unsigned n_failed = check_n_failed();
        arm(sweep, failure, n);
        process_spawn(&sweep->process);
        bool ready = process_ready(&sweep->process);
        failed = disarm(sweep);
        int status = ready ? 0 : process_wait(&sweep->process, 1000);
        claim(ready || status == 1, "the start ends with %d", status);
        process_kill(&sweep->process);
        start(sweep);
        audit_catalog(sweep->process.port, &sweep->load, 1);
        process_kill(&sweep->process);
        check(check_n_failed() == n_failed, "start, %s at call %ld (%s)",
              failure->name, n, sweep->control->failed);
    }
    start(sweep);
    note("sweep: start   %-12s %4u failures, %.1f s", failure->name,
         sweep->n_failures - before, (double)(now_ms() - begun) / 1000);
}

static void sweep_all(struct sweep *sweep, const char *what)
{
    bool all = strcmp(what, "all") == 0;

    for (size_t f = 0; f < sizeof failures / sizeof *failures; f++) {
        const struct failure *failure = &failures[f];
        bool memory = failure->kinds == FAIL_MEMORY;
        if (!all && memory != (strcmp(what, "memory") == 0))
            continue;
        for (size_t s = 0; s < sizeof scenarios / sizeof *scenarios; s++)
            if ((scenarios[s].kinds & failure->kinds) != 0 &&
                (*sweep->only == '\0' ||
                 strcmp(sweep->only, scenarios[s].name) == 0))
                sweep_calls(sweep, &scenarios[s], failure);
        if (*sweep->only == '\0' || strcmp(sweep->only, "start") == 0)
            sweep_start(sweep, failure);
    }
}

int main(int argc, char **argv)
{
    static struct sweep sweep;
    const char *program = option_text(argc, argv, "mlpd", "build/mlpd");
    char library[PATH_MAX];

    if (realpath(option_text(argc, argv, "library", "build/torture/fail.so"),
                 library) == NULL)
        give_up("--library: %s", strerror(errno));
    sweep.step = option_number(argc, argv, "step", 1);
    sweep.seed = option_number(argc, argv, "seed", 1);
    sweep.from = option_number(argc, argv, "from", 1);
    sweep.only = option_text(argc, argv, "scenario", "");
    sweep.end_ms = now_ms() + 1000 * option_number(argc, argv, "seconds", 600);
    specs_learn(program);
    process_init(&sweep.process, program);
    make_control(&sweep);
    sweep.process.preload = library;
    load_init(&sweep.load, 0, (uint64_t)sweep.seed, false);
    sweep.load.n_specs = 2;
    start(&sweep);
    specs_import(sweep.process.port);
    sweep_all(&sweep, option_text(argc, argv, "what", "all"));
    audit_end(&sweep.process, &sweep.load, 1);
    process_stop(&sweep.process);
    note("sweep: %u calls failed", sweep.n_failures);
    process_free(&sweep.process);
    load_free(&sweep.load);
    specs_free();
    return check_finish();
}
