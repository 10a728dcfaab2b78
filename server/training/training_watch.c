/* SPDX-License-Identifier: MIT
 *
 * A run as it is watched from its own thread: what it tells of itself, and
 * the checkpoints that it leaves and goes on from. A job's checkpoint is
 *
 *     "mlpdjob1"  n_epochs: u64  [n_epochs, 8] of the diary: u64  the engine's
 *
 * little-endian; the sha256 in the name of its file covers all of it. The
 * diary is what on_epoch was told, so that a run that goes on in another
 * process has the whole of its history. A checkpoint that cannot be written is
 * logged, and the run goes on without. */
#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mlp/checkpoint.h"
#include "telemetry/log.h"
#include "training/checkpoints.h"
#include "training/training_inner.h"

struct watch {
    const struct training *training;
    struct job *job;
    struct job_progress now;
    double began, reported, limit_s;
    size_t n_threads, n_rows;            /* n_rows: of an epoch */
    double share_before, seconds_before; /* in former sittings */

    bool begun;           /* the first batch is at hand, or was */
    bool stop;            /* what job_should_stop() said last */
    mlp_position kept;    /* where the last checkpoint was written, … */
    double kept_at;       /* … or tried to be */
    uint64_t generation;  /* of the last one */
    mlp_buffer diary;     /* rows, as in the file */
    char *bytes;          /* of a checkpoint, until the run has begun */
    const char *engine;   /* within them … */
    size_t engine_length; /* … is the engine's */
};

#define NO_FIGURE ((double)NAN)

/* Between two reports from within an epoch, unless it is done. */
#define REPORT_EVERY_S 0.05

static double clock_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* --- the diary ------------------------------------------------------------ */

static const char MAGIC[8] = "mlpdjob1";
enum {
    WORD = sizeof(uint64_t),
    ROW_WORDS = 8,
    ROW_BYTES = ROW_WORDS * WORD,
    HEAD_BYTES = sizeof MAGIC + WORD,
    DIARY_MAX_BYTES = 1 << 26,
};

static uint64_t word_of(double number)
{
    uint64_t word;

    memcpy(&word, &number, sizeof word);
    return htole64(word);
}

static double number_of(uint64_t word)
{
    double number;

    word = le64toh(word);
    memcpy(&number, &word, sizeof number);
    return number;
}

/* A run does not fail because of its diary: a row without room is left out. */
static void write_row(mlp_buffer *diary, const mlp_epoch *epoch)
{
    const uint64_t row[ROW_WORDS] = {
        htole64(epoch->epoch),
        htole64(epoch->best),
        word_of(epoch->loss),
        word_of(epoch->accuracy),
        word_of(epoch->validation_loss),
        word_of(epoch->validation_accuracy),
        word_of(epoch->learning_rate),
        word_of(epoch->samples_per_second),
    };

    mlp_buffer_append(diary, row, sizeof row);
}

static mlp_epoch read_row(const char *bytes, size_t n_epochs)
{
    uint64_t row[ROW_WORDS];

    memcpy(row, bytes, sizeof row);
    return (mlp_epoch){
        .epoch = (size_t)le64toh(row[0]),
        .n_epochs = n_epochs,
        .best = row[1] != 0,
        .loss = number_of(row[2]),
        .accuracy = number_of(row[3]),
        .validation_loss = number_of(row[4]),
        .validation_accuracy = number_of(row[5]),
        .learning_rate = number_of(row[6]),
        .samples_per_second = number_of(row[7]),
    };
}

/* --- telling -------------------------------------------------------------- */

static void report(struct watch *watch, double progress, bool step_done)
{
    double now = clock_s(), elapsed = now - watch->began;
    double share = progress - watch->share_before;
    double eta = share > 0 ? elapsed * (1 - progress) / share : NO_FIGURE;

    if (watch->limit_s > 0)
        eta = fmin(eta,
                   fmax(0, watch->limit_s - watch->seconds_before - elapsed));
    watch->now.progress = progress;
    watch->now.eta_s = eta;
    watch->reported = now;
    job_report(watch->job, &watch->now, step_done);
}

static void tell_epoch(struct watch *watch, const mlp_epoch *epoch)
{
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

static void on_epoch(void *context, const mlp_epoch *epoch)
{
    struct watch *watch = context;

    struct metrics *metrics = watch->training->options.metrics;

    write_row(&watch->diary, epoch);
    tell_epoch(watch, epoch);
    if (metrics != NULL)
        metrics_trained(metrics, watch->n_rows);
}

static void tell_end(struct watch *watch, mlp_stop why)
{
    static const char *const words[] = {[MLP_STOP_EPOCHS] = "epochs",
                                        [MLP_STOP_EARLY] = "early",
                                        [MLP_STOP_TIME] = "time"};

    snprintf(watch->now.stopped, sizeof watch->now.stopped, "%s", words[why]);
    report(watch, watch->now.progress, false);
}

static void on_batch(void *context, double progress)
{
    struct watch *watch = context;

    if (clock_s() - watch->reported >= REPORT_EVERY_S)
        report(watch, progress, false);
}

/* --- keeping -------------------------------------------------------------- */

static mlp_status write_all(const struct watch *watch,
                            mlp_trainer *trainer,
                            struct blob *blob,
                            mlp_error *err)
{
    const mlp_buffer *diary = &watch->diary;
    uint64_t n_rows = htole64(diary->length / ROW_BYTES);
    mlp_status status = blob_write(blob, MAGIC, sizeof MAGIC, err);

    if (status == MLP_OK)
        status = blob_write(blob, &n_rows, sizeof n_rows, err);
    if (status == MLP_OK && diary->length > 0)
        status = blob_write(blob, diary->data, diary->length, err);
    if (status == MLP_OK)
        status = mlp_trainer_save(trainer, blob_sink(blob), err);
    return status;
}

static mlp_status write_checkpoint(const struct watch *watch,
                                   mlp_trainer *trainer,
                                   uint64_t *size,
                                   mlp_error *err)
{
    const char *folder = watch->training->checkpoints;
    struct blob *blob;
    mlp_status status = blob_create(folder, &blob, err);

    if (status != MLP_OK)
        return status;
    status = write_all(watch, trainer, blob, err);
    *size = blob_size(blob);
    if (status == MLP_OK)
        return checkpoints_commit(folder, job_id(watch->job), watch->generation,
                                  blob, err);
    blob_abort(blob);
    return status;
}

static void keep(struct watch *watch, mlp_trainer *trainer, mlp_position at)
{
    double began = clock_s();
    uint64_t size = 0;
    mlp_error err = {.text = ""};

    watch->generation++;
    mlp_status status = write_checkpoint(watch, trainer, &size, &err);
    watch->kept_at = clock_s();
    if (status != MLP_OK) {
        log_event(LOG_WARN, "checkpoint_failed",
                  LOG_INT("job", job_id(watch->job)),
                  LOG_TEXT_FIELD("reason", err.text));
        return;
    }
    watch->kept = at;
    log_event(
        LOG_DEBUG, "checkpoint_written", LOG_INT("job", job_id(watch->job)),
        LOG_INT("generation", watch->generation), LOG_INT("epoch", at.epoch),
        LOG_INT("batch", at.batch), LOG_INT("bytes", size),
        LOG_REAL("seconds", watch->kept_at - began));
}

/* The engine has taken the checkpoint, if there was one. */
static void begin(struct watch *watch, mlp_position at)
{
    const mlp_buffer *diary = &watch->diary;

    watch->begun = true;
    watch->kept = at;
    watch->share_before = at.progress;
    watch->seconds_before = at.seconds;
    watch->began = watch->kept_at = clock_s();
    for (size_t i = 0; i + ROW_BYTES <= diary->length; i += ROW_BYTES) {
        mlp_epoch epoch = read_row(diary->data + i, watch->now.n_steps);
        tell_epoch(watch, &epoch);
    }
    report(watch, at.progress, false);
    log_event(LOG_INFO, "training_begun", LOG_INT("job", job_id(watch->job)),
              LOG_INT("epoch", at.epoch), LOG_INT("batch", at.batch),
              LOG_TEXT_FIELD("from", watch->bytes ? "checkpoint" : "start"),
              LOG_INT("threads", watch->n_threads));
    free(watch->bytes);
    watch->bytes = NULL;
}

static bool is_due(const struct watch *watch)
{
    double interval_s = watch->training->options.checkpoint_interval_s;

    return interval_s > 0 && clock_s() - watch->kept_at >= interval_s;
}

static void on_pause(void *context, mlp_trainer *trainer)
{
    struct watch *watch = context;
    mlp_position at = mlp_trainer_position(trainer);

    if (!watch->begun)
        begin(watch, at);
    watch->stop = job_should_stop(watch->job);
    bool moved = at.epoch != watch->kept.epoch || at.batch != watch->kept.batch;
    bool wanted = watch->stop ? job_will_resume(watch->job) : is_due(watch);
    if (moved && wanted)
        keep(watch, trainer, at);
}

/* As on_pause saw it: who stops for the next daemon has left a checkpoint. */
static bool should_stop(void *context)
{
    const struct watch *watch = context;

    return watch->stop;
}

static bool wants_pause(void *context)
{
    const struct watch *watch = context;

    return job_should_stop(watch->job);
}

/* --- going on ------------------------------------------------------------- */

static mlp_status take_apart(struct watch *watch, size_t length, mlp_error *err)
{
    uint64_t n_rows = 0;

    if (length >= HEAD_BYTES && memcmp(watch->bytes, MAGIC, sizeof MAGIC) == 0)
        memcpy(&n_rows, watch->bytes + sizeof MAGIC, sizeof n_rows);
    else
        return mlp_fail(err, MLP_FORMAT, "checkpoint: not one of a job");
    n_rows = le64toh(n_rows);
    if (n_rows > (length - HEAD_BYTES) / ROW_BYTES)
        return mlp_fail(err, MLP_FORMAT,
                        "checkpoint: %llu epochs do not fit %zu bytes",
                        (unsigned long long)n_rows, length);
    size_t diary = (size_t)n_rows * ROW_BYTES;
    mlp_buffer_append(&watch->diary, watch->bytes + HEAD_BYTES, diary);
    watch->engine = watch->bytes + HEAD_BYTES + diary;
    watch->engine_length = length - HEAD_BYTES - diary;
    return MLP_OK;
}

static mlp_status
load(struct watch *watch, const struct checkpoint *checkpoint, mlp_error *err)
{
    size_t length;
    mlp_status status = checkpoints_read(
        watch->training->checkpoints, checkpoint, &watch->bytes, &length, err);

    return status == MLP_OK ? take_apart(watch, length, err) : status;
}

/* One that is damaged stays so; a disk that fails may come round. */
static void refuse(struct watch *watch,
                   const struct checkpoint *checkpoint,
                   const mlp_error *err)
{
    log_event(LOG_WARN, "checkpoint_refused", LOG_INT("job", checkpoint->job),
              LOG_INT("generation", checkpoint->generation),
              LOG_TEXT_FIELD("reason", err->text));
    if (err->status == MLP_FORMAT)
        checkpoints_remove(watch->training->checkpoints, checkpoint);
    mlp_buffer_clear(&watch->diary);
    free(watch->bytes);
    watch->bytes = NULL;
}

/* From the newest checkpoint that is good, else from the start. */
static mlp_status run(struct watch *watch,
                      const mlp_plan *plan,
                      mlp_model **out,
                      mlp_fit_report *figures,
                      mlp_error *err)
{
    const mlp_hooks hooks = {
        .context = watch,
        .on_epoch = on_epoch,
        .on_batch = on_batch,
        .should_stop = should_stop,
        .on_pause = on_pause,
        .wants_pause = wants_pause,
    };
    struct checkpoint list[CHECKPOINTS_MAX];
    size_t n =
        checkpoints_of(watch->training->checkpoints, job_id(watch->job), list);

    watch->generation = n > 0 ? list[0].generation : 0;
    for (size_t i = 0; i < n; i++) {
        mlp_status status = load(watch, &list[i], err);
        if (status == MLP_OK)
            status = mlp_plan_resume(plan, watch->engine, watch->engine_length,
                                     &hooks, out, figures, err);
        if (status == MLP_OK || watch->begun)
            return status;
        refuse(watch, &list[i], err);
    }
    return mlp_plan_run(plan, &hooks, out, figures, err);
}

mlp_status training_watch(const struct training *training,
                          struct job *job,
                          const mlp_plan *plan,
                          mlp_model **out,
                          mlp_fit_report *figures,
                          mlp_error *err)
{
    const mlp_fit_spec *fit = mlp_plan_resolved(plan);
    const mlp_training_spec *spec = &fit->training;
    struct watch watch = {
        .training = training,
        .job = job,
        .began = clock_s(),
        .limit_s = spec->time_limit_s,
        .n_threads = spec->threads,
        .n_rows = mlp_plan_n_train(plan),
        .now = {.n_steps = spec->epochs * fit->n_members,
                .rate = NO_FIGURE,
                .eta_s = NO_FIGURE},
    };

    for (size_t i = 0; i < JOB_METRICS_MAX; i++)
        watch.now.metrics[i] = watch.now.best_metrics[i] = NO_FIGURE;
    mlp_buffer_init(&watch.diary, DIARY_MAX_BYTES);
    mlp_status status = run(&watch, plan, out, figures, err);
    if (status == MLP_OK)
        tell_end(&watch, figures->training.stop);
    mlp_buffer_free(&watch.diary);
    free(watch.bytes);
    return status;
}
