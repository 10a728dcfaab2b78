/* SPDX-License-Identifier: MIT
 *
 * A job's work, on the pool, and its end, on the loop. Files come last: a job
 * that fails or is told to stop leaves none. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/json.h"
#include "training/training_inner.h"

/* What run() hands to finish(). */
struct trained {
    char *folder;
    struct blob *blob; /* synced */
    mlp_model *model;
    char sha256[BLOB_SHA256_TEXT];
};

static void trained_destroy(struct trained *trained)
{
    if (trained == NULL)
        return;
    blob_abort(trained->blob);
    mlp_model_destroy(trained->model);
    free(trained->folder);
    free(trained);
}

/* --- failing -------------------------------------------------------------- */

/* The stable words of a failed job's `error.reason`. */
static const char *const reasons[] = {
    [MLP_INVALID] = "invalid",     [MLP_SHAPE] = "invalid",
    [MLP_FORMAT] = "corrupt",      [MLP_LIMIT] = "too-large",
    [MLP_NOMEM] = "out-of-memory", [MLP_IO] = "storage",
    [MLP_DIVERGED] = "diverged",
};

static mlp_status fail_job(struct job *job, const mlp_error *err)
{
    if (err->status == MLP_CANCELLED)
        return MLP_CANCELLED;
    job_fail(job, reasons[err->status], err->text);
    return err->status;
}

/* --- progress ------------------------------------------------------------- */

#define NO_FIGURE ((double)NAN)

/* Between two reports from within an epoch, unless it is done. */
#define REPORT_EVERY_S 0.05

struct watch {
    struct job *job;
    struct job_progress now;
    double began, reported, limit_s;
};

static double clock_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void report(struct watch *watch, double progress, bool step_done)
{
    double now = clock_s(), elapsed = now - watch->began;
    double eta = progress > 0 ? elapsed * (1 - progress) / progress : NO_FIGURE;

    if (watch->limit_s > 0)
        eta = fmin(eta, fmax(0, watch->limit_s - elapsed));
    watch->now.progress = progress;
    watch->now.eta_s = eta;
    watch->reported = now;
    job_report(watch->job, &watch->now, step_done);
}

static void on_epoch(void *context, const mlp_epoch *epoch)
{
    struct watch *watch = context;
    struct job_progress *now = &watch->now;
    /* The order of the runner's metrics. */
    const double figures[JOB_METRICS_MAX] = {
        epoch->loss, epoch->accuracy, epoch->validation_loss,
        epoch->validation_accuracy, epoch->learning_rate};

    memcpy(now->metrics, figures, sizeof figures);
    now->step = epoch->epoch;
    now->n_steps = epoch->n_epochs;
    now->rate = epoch->samples_per_second;
    if (epoch->best) {
        now->best_step = epoch->epoch;
        memcpy(now->best_metrics, figures, sizeof figures);
    }
    report(watch, (double)epoch->epoch / (double)epoch->n_epochs, true);
}

static void on_batch(void *context, double progress)
{
    struct watch *watch = context;

    if (clock_s() - watch->reported >= REPORT_EVERY_S)
        report(watch, progress, false);
}

static bool should_stop(void *context)
{
    const struct watch *watch = context;

    return job_should_stop(watch->job);
}

static struct watch begin_watch(struct job *job, const mlp_fit_spec *fit)
{
    struct watch watch = {
        .job = job,
        .began = clock_s(),
        .limit_s = fit->training.time_limit_s,
        .now = {.n_steps = fit->training.epochs,
                .rate = NO_FIGURE,
                .eta_s = NO_FIGURE},
    };

    for (size_t i = 0; i < JOB_METRICS_MAX; i++)
        watch.now.metrics[i] = watch.now.best_metrics[i] = NO_FIGURE;
    return watch;
}

/* --- the work ------------------------------------------------------------- */

static mlp_status read_table(const struct training *training,
                             const char *sha256,
                             mlp_table **out,
                             mlp_error *err)
{
    char *path;

    if (asprintf(&path, "%s/%s", training->folder, sha256) < 0)
        return mlp_fail(err, MLP_NOMEM, "out of memory for the table");
    FILE *file = fopen(path, "rbe");
    free(path);
    if (file == NULL)
        return mlp_fail(err, MLP_IO, "the job's table cannot be opened");
    mlp_status status = mlp_table_read(file, SIZE_MAX, out, err);
    fclose(file);
    return status;
}

static mlp_status set_record(const struct training_setup *setup,
                             const mlp_table *table,
                             const char *sha256,
                             const mlp_fit_report *figures,
                             mlp_model *model,
                             mlp_error *err)
{
    mlp_buffer text;
    mlp_status status;

    mlp_buffer_init(&text, TRAINING_TEXT_MAX);
    training_record(setup, table, sha256, figures, &text);
    if (text.status != MLP_OK)
        status = mlp_fail(err, text.status, "no room for the training record");
    else
        status = mlp_model_set_record(model, text.data, text.length, err);
    mlp_buffer_free(&text);
    return status;
}

static mlp_status write_model(struct training *training,
                              const char *name,
                              struct trained *trained,
                              mlp_error *err)
{
    mlp_status status =
        registry_folder(training->registry, name, &trained->folder, err);

    if (status == MLP_OK)
        status = blob_create(trained->folder, &trained->blob, err);
    if (status == MLP_OK)
        status = mlp_model_write(trained->model, blob_sink(trained->blob), err);
    if (status == MLP_OK)
        status = blob_sync(trained->blob, trained->sha256, err);
    return status;
}

static mlp_status train(struct training *training,
                        struct job *job,
                        const struct training_setup *setup,
                        const mlp_table *table,
                        struct trained *out,
                        mlp_error *err)
{
    struct watch watch = begin_watch(job, &setup->resolved.fit);
    const mlp_hooks hooks = {
        .context = &watch,
        .on_epoch = on_epoch,
        .on_batch = on_batch,
        .should_stop = should_stop,
    };
    mlp_fit_report figures;
    mlp_status status =
        mlp_plan_run(setup->plan, &hooks, &out->model, &figures, err);

    if (status == MLP_OK)
        status =
            set_record(setup, table, job_table(job), &figures, out->model, err);
    if (status == MLP_OK)
        status = write_model(training, job_model(job), out, err);
    return status;
}

static mlp_status train_settings(struct training *training,
                                 struct job *job,
                                 const json_t *settings,
                                 const mlp_table *table,
                                 struct trained *out,
                                 mlp_error *err)
{
    struct problem problem = {0};
    struct training_setup setup;
    mlp_status status;

    training_setup_open(training, settings, table, &setup, &problem);
    if (problem_is_set(&problem))
        status = mlp_fail(err, MLP_INVALID, "%s", problem.detail);
    else
        status = train(training, job, &setup, table, out, err);
    training_setup_free(training, &setup);
    return status;
}

static mlp_status train_job(struct training *training,
                            struct job *job,
                            struct trained *out,
                            mlp_error *err)
{
    struct problem problem = {0};
    mlp_table *table = NULL;
    json_t *spec = json_parse(job_spec(job), strlen(job_spec(job)), &problem);
    mlp_status status;

    if (spec == NULL)
        status =
            mlp_fail(err, MLP_FORMAT, "the job's spec: %s", problem.detail);
    else
        status = read_table(training, job_table(job), &table, err);
    if (status == MLP_OK)
        status = train_settings(
            training, job, json_object_get(spec, "settings"), table, out, err);
    mlp_table_destroy(table);
    json_decref(spec);
    return status;
}

mlp_status training_run(void *context, struct job *job, void **result)
{
    mlp_error err = {.text = ""};
    struct trained *trained = calloc(1, sizeof *trained);

    *result = NULL;
    if (trained == NULL) {
        job_fail(job, reasons[MLP_NOMEM], "out of memory");
        return MLP_NOMEM;
    }
    mlp_status status = train_job(context, job, trained, &err);
    if (status != MLP_OK) {
        trained_destroy(trained);
        return fail_job(job, &err);
    }
    *result = trained;
    return MLP_OK;
}

mlp_status training_finish(void *context,
                           struct job *job,
                           void *result,
                           uint32_t *version,
                           mlp_error *err)
{
    struct training *training = context;
    struct trained *trained = result;
    const char *name = job_model(job);
    mlp_status status = catalog_next_version(
        training->catalog, name, registry_highest(training->registry, name),
        version, err);

    if (status == MLP_OK)
        status =
            registry_publish(training->registry, name, *version, trained->blob,
                             trained->sha256, trained->model, err);
    if (status == MLP_OK) {
        trained->blob = NULL;
        trained->model = NULL;
    }
    trained_destroy(trained);
    return status;
}
