/* SPDX-License-Identifier: MIT
 *
 * mlpd: the only place where the parts meet. Reads the options, builds the
 * parts from the bottom up, runs the loop on this thread, stops in order.
 *
 *   RUNNING --on_signal--> DRAINING --on_drained / on_deadline--> STOPPED
 *                             \______ on_signal: exit 128 + signal        */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "fsck.h"
#include "gate.h"
#include "handlers/admission.h"
#include "handlers/app.h"
#include "healthcheck.h"
#include "http/access.h"
#include "http/address.h"
#include "key_command.h"
#include "lockdown.h"
#include "mlp/isa.h"
#include "notify.h"
#include "options.h"
#include "port_file.h"
#include "replica.h"
#include "retention.h"
#include "telemetry/log.h"
#include "verbs.h"

enum {
    EXIT_USAGE = 2,
    EXIT_NOT_LOOKED = 3,
    SPARE_WORKERS = 2,       /* beside the jobs: uploads, checks */
    SPARE_DESCRIPTORS = 256, /* beside the connections: files, database */
    WATCHERS_SHARE = 4,      /* of the connections; a stream holds one long */
    DRAIN_POLL_MS = 10,
    STORAGE_CHECK_MS = 2000, /* how soon it is seen that a disk has room */
};

struct daemon;
struct signal_watch {
    struct daemon *daemon;
    int signal;
};

/* Everything lives on the loop thread, which is main()'s. */
struct daemon {
    struct options options;
    struct listener_options listening;
    struct app app;
    struct replica *replica; /* NULL: there is a data folder */
    struct gate *gate;
    struct retention retention;
    struct signal_watch watches[2];
    struct lockdown lockdown;
    bool jobs_drained, deadline_passed;
};

/* --- stopping ------------------------------------------------------------- */

static void on_jobs_drained(void *argument)
{
    struct daemon *daemon = argument;
    daemon->jobs_drained = true;
}

static void on_deadline(void *argument)
{
    struct daemon *daemon = argument;
    daemon->deadline_passed = true;
    atomic_store(&daemon->app.hurried, true);
}

static void on_drain_poll(void *argument)
{
    struct daemon *daemon = argument;
    unsigned in_flight = listener_in_flight(daemon->app.listener);
    bool drained = daemon->jobs_drained && in_flight == 0;
    if (!drained && !daemon->deadline_passed)
        return;
    if (!drained)
        log_event(LOG_WARN, "drain_timeout", LOG_INT("in_flight", in_flight));
    loop_stop(daemon->app.loop);
}

/* Jobs are told at the same time: a request that waits for one is answered by
 * its end. */
static void begin_drain(struct daemon *daemon)
{
    struct app *app = &daemon->app;
    atomic_store(&app->draining, true);
    listener_drain(app->listener);
    if (daemon->replica != NULL)
        on_jobs_drained(daemon);
    else
        jobs_drain(app->jobs, on_jobs_drained, daemon);
    if (loop_timer_start(app->loop, DRAIN_POLL_MS, DRAIN_POLL_MS, on_drain_poll,
                         daemon) == NULL ||
        loop_timer_start(app->loop, daemon->options.drain_timeout_s * 1000, 0,
                         on_deadline, daemon) == NULL)
        loop_stop(app->loop);
}

static void on_signal(void *argument)
{
    struct signal_watch *watch = argument;
    struct daemon *daemon = watch->daemon;
    if (atomic_load(&daemon->app.draining)) {
        port_file_remove(daemon->options.port_file);
        _exit(128 + watch->signal);
    }
    log_event(LOG_INFO, "stopping", LOG_INT("signal", watch->signal));
    notify_send("STOPPING=1");
    begin_drain(daemon);
}

static void on_reload(void *argument)
{
    struct daemon *daemon = argument;
    gate_reload(daemon->gate);
}

static mlp_status watch_signals(struct daemon *daemon, mlp_error *err)
{
    static const int signals[] = {SIGTERM, SIGINT};
    mlp_status status = MLP_OK;
    for (size_t i = 0; i < 2 && status == MLP_OK; i++) {
        daemon->watches[i] = (struct signal_watch){daemon, signals[i]};
        status = loop_on_signal(daemon->app.loop, signals[i], on_signal,
                                &daemon->watches[i], err);
    }
    if (status == MLP_OK)
        status =
            loop_on_signal(daemon->app.loop, SIGHUP, on_reload, daemon, err);
    return status;
}

/* --- building ------------------------------------------------------------- */

/* Room for every connection: raise the soft limit, or take fewer. */
static void fit_descriptors(struct options *options)
{
    struct rlimit limit;
    rlim_t wanted = options->max_connections + SPARE_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted;
    if (limit.rlim_max < wanted)
        limit.rlim_max = wanted; /* works for root */
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted)
        return;
    options->max_connections = limit.rlim_cur > 2 * SPARE_DESCRIPTORS
                                   ? limit.rlim_cur - SPARE_DESCRIPTORS
                                   : limit.rlim_cur / 2;
    log_event(LOG_WARN, "few_descriptors", LOG_INT("limit", limit.rlim_cur),
              LOG_INT("max_connections", options->max_connections));
}

/* The budgets that nobody named. The data folder is there, or none is used. */
static void resolve_budgets(struct options *options)
{
    if (options->memory_budget_bytes == OPTIONS_AUTO)
        options->memory_budget_bytes = admission_memory();
    if (options->model_folder != NULL)
        options->disk_reserve_bytes = 0;
    else if (options->disk_reserve_bytes == OPTIONS_AUTO)
        options->disk_reserve_bytes = admission_reserve(options->data_folder);
    if (options->n_threads == OPTIONS_AUTO)
        options->n_threads = admission_threads();
    log_event(LOG_INFO, "budgets",
              LOG_INT("memory_bytes", options->memory_budget_bytes),
              LOG_INT("disk_reserve_bytes", options->disk_reserve_bytes),
              LOG_INT("threads", options->n_threads));
}

static struct app_limits limits_of(const struct options *options)
{
    uint64_t work = admission_shares(options->memory_budget_bytes).work;
    return (struct app_limits){
        .predict_body_max_bytes = options->predict_body_max_bytes,
        .train_body_max_bytes = options->train_body_max_bytes,
        .file_max_bytes = options->file_max_bytes,
        .predict_max_rows = options->predict_max_rows,
        .max_cells = admission_cells(work, options->max_cells),
        .max_parameters = options->max_parameters,
        .control_max_bytes = options->control_max_bytes,
        .memory_budget_bytes = work,
        .disk_reserve_bytes = options->disk_reserve_bytes,
        .wait_max_ms = 55000,
        .max_watchers =
            (unsigned)(options->max_connections / WATCHERS_SHARE + 1),
    };
}

static bool
post_to_loop(void *context, void (*function)(void *), void *argument)
{
    return loop_post(context, function, argument);
}

static void on_job_end(void *context, enum job_state state, int64_t started_ms)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    double now_s = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    metrics_job_ended(context, job_state_name(state), started_ms != 0,
                      now_s - (double)started_ms * 1e-3);
}

static mlp_status open_training(struct daemon *daemon, mlp_error *err)
{
    struct app *app = &daemon->app;
    const struct options *options = &daemon->options;
    const struct training_options training = {
        .max_parameters = app->limits.max_parameters,
        .n_threads = (size_t)options->n_threads,
        .n_jobs = (size_t)options->n_jobs,
        .checkpoint_interval_s = (double)options->checkpoint_interval_ms / 1000,
        .metrics = app->metrics,
    };
    return training_create(app->data_folder, app->catalog, app->registry,
                           &training, &app->training, err);
}

static mlp_status open_replica(struct daemon *daemon, mlp_error *err)
{
    struct app *app = &daemon->app;
    const struct options *options = &daemon->options;
    resolve_budgets(&daemon->options);
    app->limits = limits_of(options);
    app->read_only = true;
    app->data_folder = options->model_folder;
    return replica_open(app->loop, options->model_folder, options->model_name,
                        admission_shares(options->memory_budget_bytes).models,
                        &daemon->replica, &app->registry, err);
}

static mlp_status open_store(struct daemon *daemon, mlp_error *err)
{
    struct app *app = &daemon->app;
    mlp_status status = blob_make_folder(app->data_folder, err);
    resolve_budgets(&daemon->options);
    app->limits = limits_of(&daemon->options);
    if (status == MLP_OK)
        status = catalog_open(app->data_folder, &app->catalog, err);
    if (status == MLP_OK)
        status =
            storage_create(app->data_folder, app->limits.disk_reserve_bytes,
                           app->catalog, &app->storage, err);
    if (status == MLP_OK)
        status = registry_create(
            app->data_folder, app->catalog,
            admission_shares(daemon->options.memory_budget_bytes).models,
            &app->registry, err);
    if (status == MLP_OK)
        status = datasets_create(app->data_folder, app->catalog, &app->datasets,
                                 err);
    if (status == MLP_OK)
        status = open_training(daemon, err);
    return status;
}

static bool computes(void *loop)
{
    return loop_has_work(loop);
}

static mlp_status start_listener(struct daemon *daemon, mlp_error *err)
{
    struct app *app = &daemon->app;
    daemon->listening = (struct listener_options){
        .computes = computes,
        .max_body_bytes =
            admission_shares(daemon->options.memory_budget_bytes).bodies,
        .routes = app_routes,
        .n_routes = app_n_routes,
        .app = app,
        .metrics = app->metrics,
        .post = post_to_loop,
        .post_context = app->loop,
    };
    gate_fill(daemon->gate, &daemon->listening);
    mlp_status status = listener_start(&daemon->listening, &app->listener, err);
    gate_forget_tls(daemon->gate);
    return status;
}

static void on_storage_time(void *argument)
{
    struct app *app = argument;
    if (storage_check(app->storage))
        jobs_save_pending(app->jobs);
}

static mlp_status start_jobs(struct daemon *daemon, mlp_error *err)
{
    struct app *app = &daemon->app;
    if (loop_timer_start(app->loop, 0, STORAGE_CHECK_MS, on_storage_time,
                         app) == NULL ||
        !retention_start(&daemon->retention, app->loop, app->catalog,
                         daemon->options.audit_days))
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    return jobs_create(app->loop, app->catalog,
                       &(struct jobs_options){
                           .n_parallel = (unsigned)daemon->options.n_jobs,
                           .max_queued = daemon->options.max_queued,
                           .memory_max_bytes = app->limits.memory_budget_bytes,
                           .memory_elsewhere = &app->reading_bytes,
                           .runner = training_runner(app->training),
                           .on_end = on_job_end,
                           .on_end_context = app->metrics,
                       },
                       &app->jobs, err);
}

/* The jobs come last: a start that fails for its address must not count as a
 * restart of theirs. A request that needs them waits until the loop runs. */
static mlp_status build(struct daemon *daemon, mlp_error *err)
{
    struct app *app = &daemon->app;
    fit_descriptors(&daemon->options);
    app->data_folder = daemon->options.data_folder;
    app->metrics = metrics_create(app_route_names, app_n_routes);
    if (app->metrics == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    mlp_status status = gate_open(&daemon->options, &daemon->gate, err);
    if (status == MLP_OK)
        status = loop_create((unsigned)daemon->options.n_jobs + SPARE_WORKERS,
                             &app->loop, err);
    if (status == MLP_OK)
        status = watch_signals(daemon, err);
    if (status == MLP_OK)
        status = daemon->options.model_folder != NULL
                     ? open_replica(daemon, err)
                     : open_store(daemon, err);
    if (status == MLP_OK)
        status = start_listener(daemon, err);
    if (status == MLP_OK)
        status = port_file_write(daemon->options.port_file,
                                 listener_port(app->listener), err);
    if (status == MLP_OK && daemon->replica == NULL)
        status = start_jobs(daemon, err);
    if (status == MLP_OK && daemon->replica != NULL)
        status = replica_start(daemon->replica, err);
    lockdown_seal(&daemon->lockdown);
    return status;
}

static void take_down(struct daemon *daemon)
{
    struct app *app = &daemon->app;
    port_file_remove(daemon->options.port_file);
    if (app->listener != NULL)
        listener_stop(app->listener);
    if (app->jobs != NULL)
        jobs_destroy(app->jobs);
    replica_close(daemon->replica);
    training_destroy(app->training);
    datasets_destroy(app->datasets);
    registry_destroy(app->registry);
    storage_destroy(app->storage);
    catalog_close(app->catalog);
    metrics_destroy(app->metrics);
    v2_stats_free(&app->v2_stats);
    v2_heads_free(&app->v2_heads);
    loop_destroy(app->loop);
    gate_close(daemon->gate);
}

/* --- the verbs ------------------------------------------------------------ */

static int serve(const struct options *options)
{
    struct daemon daemon = {
        .options = *options,
        .lockdown = {.core_dumps = options->core_dumps,
                     .no_filter = options->no_seccomp},
    };
    mlp_error err;
    log_open(options->log_level, options->log_format);
    lockdown_begin(&daemon.lockdown);
    notify_open();
    (void)signal(SIGPIPE, SIG_IGN);
    json_object_seed(0); /* here, where there is one thread */
    mlp_status status = build(&daemon, &err);
    if (status == MLP_OK) {
        log_event(LOG_INFO, "ready", LOG_TEXT_FIELD("version", MLPD_VERSION),
                  LOG_TEXT_FIELD("isa", mlp_isa_name()),
                  LOG_TEXT_FIELD("url", listener_url(daemon.app.listener)),
                  LOG_TEXT_FIELD("data", daemon.app.data_folder));
        notify_send("READY=1");
        loop_run(daemon.app.loop);
    } else {
        log_event(LOG_ERROR, "start_failed",
                  LOG_TEXT_FIELD("reason", err.text));
    }
    take_down(&daemon);
    if (status != MLP_OK)
        return EXIT_FAILURE;
    log_event(LOG_INFO, "stopped");
    return EXIT_SUCCESS;
}

static int check(const struct options *options)
{
    mlp_error err;
    mlp_status status = healthcheck(options, &err);
    if (status == MLP_OK)
        return EXIT_SUCCESS;
    (void)fprintf(stderr, "mlpd: %s\n", err.text);
    return status == MLP_INVALID ? EXIT_USAGE : EXIT_FAILURE;
}

static int keep_keys(const struct options *options)
{
    mlp_error err;
    mlp_status status = key_command(options, stdout, stderr, &err);
    if (status == MLP_OK)
        return EXIT_SUCCESS;
    (void)fprintf(stderr, "mlpd: %s\n", err.text);
    return status == MLP_INVALID ? EXIT_USAGE : EXIT_FAILURE;
}

static int look_at_data(const struct options *options)
{
    struct fsck_result result;
    mlp_error err;
    log_open(LOG_ERROR, options->log_format);
    json_object_seed(0);
    if (fsck_run(&(struct fsck_options){.data_folder = options->data_folder,
                                        .repair = options->repair,
                                        .json = options->json,
                                        .out = stdout},
                 &result, &err) == MLP_OK)
        return result.n_left == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    (void)fprintf(stderr, "mlpd: %s\n", err.text);
    return EXIT_NOT_LOOKED;
}

/* Values that are any text to options_parse(), before anything is opened. */
static mlp_status check_texts(const struct options *options, mlp_error *err)
{
    struct access *access = NULL;
    if (options->verb != OPTIONS_SERVE)
        return MLP_OK;
    mlp_status status = address_check(options->listen, err);
    if (status == MLP_OK)
        status = access_create(options->allowed_hosts, options->allowed_origins,
                               &access, err);
    access_destroy(access);
    if (status == MLP_OK)
        status = mlp_isa_select(options->isa, err);
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    mlp_error err;
    int code;
    if (verbs_run(argc, argv, &code))
        return code;
    if (options_parse(argc, argv, getenv, &options, &err) != MLP_OK ||
        check_texts(&options, &err) != MLP_OK) {
        bool usage = err.status != MLP_NOMEM;
        (void)fprintf(stderr, "mlpd: %s%s\n", err.text,
                      usage ? "\nTry 'mlpd --help'." : "");
        return usage ? EXIT_USAGE : EXIT_FAILURE;
    }
    switch (options.verb) {
    case OPTIONS_HELP:
        options_print_manual(stdout);
        return EXIT_SUCCESS;
    case OPTIONS_VERSION:
        (void)puts("mlpd " MLPD_VERSION);
        return EXIT_SUCCESS;
    case OPTIONS_HEALTHCHECK:
        return check(&options);
    case OPTIONS_FSCK:
        return look_at_data(&options);
    case OPTIONS_KEY_CREATE:
    case OPTIONS_KEY_LIST:
    case OPTIONS_KEY_REVOKE:
        return keep_keys(&options);
    default:
        return serve(&options);
    }
}
