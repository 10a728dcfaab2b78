/* SPDX-License-Identifier: MIT
 *
 * The jobs' bench: the loop runs on a thread of its own, and every call into
 * it is waited for. */
#include "jobs_bench.h"

#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "telemetry/log.h"

struct bench bench;

/* --- the runner ----------------------------------------------------------- */

static const char *const metric_names[] = {"loss", "accuracy", NULL};

static void report(struct job *job, size_t step, double loss, bool step_done)
{
    struct job_progress progress = {.progress = (double)step / 4,
                                    .step = step,
                                    .n_steps = 4,
                                    .metrics = {loss, (double)NAN},
                                    .best_step = step,
                                    .best_metrics = {loss, (double)NAN},
                                    .rate = 1000,
                                    .eta_s = (double)NAN};
    job_report(job, &progress, step_done);
}

/* Begin, and go on when told; or stop when asked, unless it is stubborn. */
static mlp_status block(struct job *job, bool stubborn)
{
    report(job, 1, 0.5, true);
    sem_post(&bench.started);
    for (;;) {
        if (!stubborn && job_should_stop(job))
            return MLP_CANCELLED;
        if (sem_trywait(&bench.go_on) == 0)
            return MLP_OK;
        sched_yield();
    }
}

static mlp_status run(void *context, struct job *job, void **result)
{
    const char *spec = job_spec(job);

    cr_assert_eq(context, &bench);
    pthread_mutex_lock(&bench.lock);
    bench.runs[bench.n_runs++ % BENCH_MAX_RUNS] = job_id(job);
    pthread_mutex_unlock(&bench.lock);
    *result = NULL;
    if (strcmp(spec, "block") == 0)
        return block(job, false);
    if (strcmp(spec, "stubborn") == 0)
        return block(job, true);
    if (strcmp(spec, "doomed") == 0) {
        mlp_status status = block(job, false);
        if (status == MLP_OK)
            job_fail(job, "diverged", "as it was bound to");
        return status == MLP_OK ? MLP_DIVERGED : status;
    }
    if (strcmp(spec, "silent") == 0)
        return MLP_NOMEM;
    report(job, 1, 0.5, true);
    report(job, 1, 0.4, false);
    report(job, 2, 0.25, true);
    if (strcmp(spec, "fail") == 0) {
        job_fail(job, "diverged", "the loss is not finite at epoch 3 é");
        return MLP_DIVERGED;
    }
    *result = &bench.n_finished;
    return MLP_OK;
}

static mlp_status reserve(void *context,
                          struct job *job,
                          void *result,
                          uint32_t *version,
                          mlp_error *err)
{
    (void)context, (void)job, (void)result, (void)err;
    if (*version == 0)
        *version = ++bench.n_reserved;
    return MLP_OK;
}

static void discard(void *context, const struct job *job, void *result)
{
    (void)context, (void)job, (void)result;
    bench.n_discarded++;
}

static bool published(void *context, struct job *job, uint32_t version)
{
    (void)context, (void)job;
    return version == bench.version_there;
}

static mlp_status sync_tables(void *context, mlp_error *err)
{
    (void)context, (void)err;
    bench.n_syncs++;
    return MLP_OK;
}

static mlp_status finish(void *context,
                         struct job *job,
                         void *result,
                         uint32_t *version,
                         mlp_error *err)
{
    (void)context;
    if (strcmp(job_spec(job), "unpublishable") == 0)
        return mlp_fail(err, MLP_INVALID, "no such place");
    if (bench.n_failures > 0) {
        bench.n_failures--;
        sem_post(&bench.failed);
        return mlp_fail(err, MLP_FULL, "no space left on the device");
    }
    if (strcmp(job_spec(job), "ok") == 0)
        cr_expect_eq(result, &bench.n_finished);
    bench.n_finished++;
    cr_expect_neq(*version, 0);
    return MLP_OK;
}

static void forget_table(void *context, const char *sha256)
{
    (void)context;
    strncat(bench.forgotten, sha256, sizeof bench.forgotten - 1);
}

static uint64_t memory(void *context, const struct job *job)
{
    const char *table = job_table(job);

    (void)context;
    return table != NULL ? strtoull(table, NULL, 10) : 0;
}

static void forget_job(void *context, int64_t id)
{
    (void)context;
    bench.forgotten_jobs |= 1U << id;
}

static void on_end(void *context, enum job_state state, int64_t started_ms)
{
    (void)context;
    (void)started_ms;
    bench.ended[state]++;
}

/* --- the bench ------------------------------------------------------------ */

static void *run_loop(void *loop)
{
    loop_run(loop);
    return NULL;
}

static void stop_loop(void *loop)
{
    loop_stop(loop);
}

void bench_wait_for(sem_t *sem)
{
    struct timespec deadline;

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += BENCH_DEADLINE_S;
    cr_assert_eq(sem_timedwait(sem, &deadline), 0, "waited in vain");
}

static void post_semaphore(void *sem)
{
    sem_post(sem);
}

/* Open what is in the folder, as a daemon's start does. */
void bench_start_with(unsigned n_parallel, size_t max_queued)
{
    const struct jobs_options options = {
        .n_parallel = n_parallel,
        .max_queued = max_queued,
        .memory_max_bytes = bench.memory_max_bytes,
        .save_interval_ms = bench.save_interval_ms,
        .publish_retry_ms = 1,
        .publish_patience_ms = bench.publish_patience_ms,
        .runner = {.metrics = metric_names,
                   .context = &bench,
                   .run = run,
                   .reserve = reserve,
                   .finish = finish,
                   .discard = discard,
                   .published = published,
                   .sync_tables = sync_tables,
                   .forget_table = forget_table,
                   .forget_job = forget_job,
                   .memory = memory},
        .on_end = on_end,
    };
    mlp_error err;

    cr_assert_eq(loop_create(n_parallel + 2, &bench.loop, &err), MLP_OK);
    cr_assert_eq(catalog_open(bench.folder, &bench.catalog, &err), MLP_OK, "%s",
                 err.text);
    cr_assert_eq(
        jobs_create(bench.loop, bench.catalog, &options, &bench.jobs, &err),
        MLP_OK, "%s", err.text);
    pthread_create(&bench.thread, NULL, run_loop, bench.loop);
}

void bench_start(void)
{
    bench_start_with(1, 8);
}

/* The loop waits for running jobs: let them end first. */
void bench_stop(void)
{
    loop_post(bench.loop, stop_loop, bench.loop);
    pthread_join(bench.thread, NULL);
    jobs_destroy(bench.jobs);
    catalog_close(bench.catalog);
    loop_destroy(bench.loop);
}

void bench_set_up(void)
{
    log_open(LOG_ERROR, LOG_JSON);
    temp_folder_make(bench.folder);
    sem_init(&bench.called, 0, 0);
    sem_init(&bench.started, 0, 0);
    sem_init(&bench.go_on, 0, 0);
    sem_init(&bench.failed, 0, 0);
    pthread_mutex_init(&bench.lock, NULL);
}

void bench_tear_down(void)
{
    temp_folder_remove(bench.folder);
}

/* --- calls on the loop ---------------------------------------------------- */

static void on_call(void *argument)
{
    struct bench_call *call = argument;
    call->function(call);
    sem_post(&bench.called);
}

void bench_call(struct bench_call *call,
                void (*function)(struct bench_call *call))
{
    call->function = function;
    cr_assert(loop_post(bench.loop, on_call, call));
    bench_wait_for(&bench.called);
}

static void ignore(void *argument)
{
    (void)argument;
}

void bench_do_submit(struct bench_call *c)
{
    struct jobs_submission submission = {.model = c->model,
                                         .spec = c->spec,
                                         .table = c->table,
                                         .key = c->key,
                                         .request = c->request,
                                         .done = ignore};

    jobs_submit(bench.jobs, &submission);
    jobs_flush(bench.jobs);
    c->outcome = submission.outcome;
    c->id = submission.id;
    c->err = submission.err;
    c->status =
        submission.outcome == JOBS_REFUSED ? submission.err.status : MLP_OK;
}

int64_t bench_submit_table(const char *spec, const char *table)
{
    struct bench_call c = {.model = "iris", .spec = spec, .table = table};

    bench_call(&c, bench_do_submit);
    cr_assert_eq(c.status, MLP_OK, "%s", c.err.text);
    return c.id;
}

int64_t bench_submit(const char *spec)
{
    return bench_submit_table(spec, NULL);
}

static void copy_view(struct bench_call *c, const struct job_view *view)
{
    c->view = *view;
    snprintf(c->reason, sizeof c->reason, "%s",
             view->error_reason ? view->error_reason : "none");
    snprintf(c->detail, sizeof c->detail, "%s",
             view->error_detail ? view->error_detail : "none");
}

static void do_get(struct bench_call *c)
{
    struct job_view view;

    c->found = jobs_get(bench.jobs, c->id, &view);
    if (c->found)
        copy_view(c, &view);
}

struct bench_call bench_get(int64_t id)
{
    struct bench_call c = {.id = id};
    bench_call(&c, do_get);
    return c;
}

enum job_state bench_state(int64_t id)
{
    struct bench_call c = bench_get(id);
    cr_assert(c.found);
    return c.view.state;
}

static void do_cancel(struct bench_call *c)
{
    c->change = jobs_cancel(bench.jobs, c->id);
}

static void do_delete(struct bench_call *c)
{
    c->change = jobs_delete(bench.jobs, c->id);
}

static enum jobs_change change(int64_t id,
                               void (*function)(struct bench_call *call))
{
    struct bench_call c = {.id = id};
    bench_call(&c, function);
    return c.change;
}

enum jobs_change bench_cancel(int64_t id)
{
    return change(id, do_cancel);
}

enum jobs_change bench_delete(int64_t id)
{
    return change(id, do_delete);
}

void bench_do_history(struct bench_call *c)
{
    char *text;

    c->status = jobs_history(bench.jobs, c->id, &text, &c->err);
    if (c->status == MLP_OK)
        snprintf(c->text, sizeof c->text, "%s", text);
    free(text);
}

void bench_expect_history(int64_t id, const char *expected)
{
    struct bench_call c = {.id = id};

    bench_call(&c, bench_do_history);
    cr_assert_eq(c.status, MLP_OK);
    cr_expect_str_eq(c.text, expected);
}

static void do_count(struct bench_call *c)
{
    jobs_count(bench.jobs, &c->n_queued, &c->n_running);
}

void bench_expect_count(size_t n_queued, size_t n_running)
{
    struct bench_call c = {0};

    bench_call(&c, do_count);
    cr_expect_eq(c.n_queued, n_queued);
    cr_expect_eq(c.n_running, n_running);
}

static void do_wait(struct bench_call *c)
{
    struct bench_wait *wait = c->argument;
    c->status = jobs_wait(bench.jobs, c->id, wait->wait_ms, post_semaphore,
                          &wait->over, &c->err);
}

void bench_begin_wait(struct bench_wait *wait, int64_t id, uint64_t wait_ms)
{
    struct bench_call c = {.id = id, .argument = wait};

    sem_init(&wait->over, 0, 0);
    wait->wait_ms = wait_ms;
    bench_call(&c, do_wait);
    cr_assert_eq(c.status, MLP_OK);
}

enum job_state bench_wait_end(int64_t id)
{
    struct bench_wait wait;

    bench_begin_wait(&wait, id, 1000 * BENCH_DEADLINE_S);
    bench_wait_for(&wait.over);
    return bench_state(id);
}

static void do_drain(struct bench_call *c)
{
    jobs_drain(bench.jobs, post_semaphore,
               &((struct bench_wait *)c->argument)->over);
}

void bench_drain(struct bench_wait *drained)
{
    struct bench_call c = {.argument = drained};

    sem_init(&drained->over, 0, 0);
    bench_call(&c, do_drain);
}

/* --- a disk that takes nothing -------------------------------------------- */

void bench_limit_files(bool full)
{
    struct rlimit limit = {full ? 0 : RLIM_INFINITY, RLIM_INFINITY};

    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}
