/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "jobs/job.h"
#include "models.h"
#include "telemetry/log.h"
#include "temp_folder.h"
#include "training/checkpoints.h"
#include "training/training_inner.h"

enum { EPOCHS = 400, JOB = 17, DEADLINE_S = 30 };

static char folder[TEMP_PATH];
static struct training training;
static mlp_table *table;
static mlp_plan *plan;
static mlp_buffer undisturbed; /* the model file of a plain run */

static mlp_plan *make_plan(uint64_t seed)
{
    static const char *const target[] = {"species"};
    mlp_fit_spec spec = spec_for(target);

    spec.training.seed = seed;
    spec.training.epochs = EPOCHS;
    spec.training.patience = EPOCHS;
    spec.dropout = 0.1;
    spec.n_members = 1;
    spec.training.batch_size = 16;
    return plan_of(table, &spec);
}

static void set_up(void)
{
    mlp_fit_report report;
    mlp_model *model;

    log_open((enum log_level)(LOG_ERROR + 1), LOG_JSON);
    temp_folder_make(folder);
    training = (struct training){.checkpoints = folder};
    table = file_table("tests/data/iris/train.csv", "species");
    plan = make_plan(3);
    cr_assert_eq(mlp_plan_run(plan, NULL, &model, &report, NULL), MLP_OK);
    undisturbed = file_of(model);
    mlp_model_destroy(model);
}

static void tear_down(void)
{
    mlp_buffer_free(&undisturbed);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
    temp_folder_remove(folder);
}

TestSuite(training_watch, .init = set_up, .fini = tear_down, .timeout = 60);

static struct job *make_job(void)
{
    struct job *job = job_create(NULL, "iris", "{}", NULL, NULL);

    cr_assert_not_null(job);
    job->id = JOB;
    return job;
}

static void stop(struct job *job, bool to_resume)
{
    atomic_store(&job->will_resume, to_resume);
    atomic_store(&job->should_stop, true);
}

/* One that runs to its end, with the bytes of an undisturbed run. */
static void expect_same_model(struct job *job)
{
    mlp_fit_report report;
    mlp_model *model;
    mlp_error err = {.text = ""};

    cr_assert_eq(training_watch(&training, job, plan, &model, &report, &err),
                 MLP_OK, "%s", err.text);
    mlp_buffer file = file_of(model);
    cr_assert_eq(file.length, undisturbed.length);
    cr_expect_arr_eq(file.data, undisturbed.data, file.length);
    cr_expect_eq(report.training.epochs_run, EPOCHS);
    cr_expect_eq(job->history.n, EPOCHS, "its history has a gap");
    mlp_buffer_free(&file);
    mlp_model_destroy(model);
    job_destroy(job);
}

/* Waits until the job has done ten epochs more than before, then stops it. */
struct stopper {
    struct job *job;
    size_t step;
    bool to_resume;
};

static void *stop_later(void *argument)
{
    const struct stopper *stopper = argument;
    time_t deadline = time(NULL) + DEADLINE_S;

    while (job_progress_now(stopper->job).step < stopper->step &&
           time(NULL) < deadline)
        sched_yield();
    stop(stopper->job, stopper->to_resume);
    return NULL;
}

/* Run until step or a little more; where it then was. */
static struct job_progress run_until(size_t step, bool to_resume)
{
    struct job *job = make_job();
    struct stopper stopper = {job, step, to_resume};
    mlp_fit_report report;
    mlp_model *model;
    mlp_error err;
    pthread_t thread;

    pthread_create(&thread, NULL, stop_later, &stopper);
    cr_assert_eq(training_watch(&training, job, plan, &model, &report, &err),
                 MLP_CANCELLED);
    pthread_join(thread, NULL);
    struct job_progress progress = job_progress_now(job);
    job_destroy(job);
    return progress;
}

/* Where a job that is stopped at once says that it stands. */
static struct job_progress start_and_stop(void)
{
    struct job *job = make_job();
    mlp_fit_report report;
    mlp_model *model;
    mlp_error err;

    stop(job, true);
    cr_assert_eq(training_watch(&training, job, plan, &model, &report, &err),
                 MLP_CANCELLED);
    struct job_progress progress = job_progress_now(job);
    job_destroy(job);
    return progress;
}

static void damage(size_t i)
{
    struct checkpoint list[CHECKPOINTS_MAX];
    char name[160], path[TEMP_PATH];

    cr_assert_gt(checkpoints_of(folder, JOB, list), i);
    snprintf(name, sizeof name, "%d-%d-%s.ckpt", JOB, (int)list[i].generation,
             list[i].sha256);
    temp_file_write(temp_path(folder, name, path), "mlpdjob1 no more");
}

/* --- stopped and gone on -------------------------------------------------- */

Test(training_watch, a_job_stopped_for_later_goes_on_to_the_same_bits)
{
    struct job_progress first = run_until(20, true);
    struct job_progress second = run_until(first.step + 20, true);

    cr_expect_eq(temp_folder_count(folder), 2);
    cr_expect_geq(second.step, first.step + 20);
    cr_expect_lt(second.step, EPOCHS);
    expect_same_model(make_job());
}

Test(training_watch, a_job_that_goes_on_says_what_it_said_before)
{
    struct job_progress before = run_until(20, true);
    struct job_progress after = start_and_stop();

    cr_expect_eq(after.step, before.step);
    cr_expect_eq(after.n_steps, EPOCHS);
    cr_expect_eq(after.best_step, before.best_step);
    cr_expect_eq(after.rate, before.rate);
    cr_expect_arr_eq(after.metrics, before.metrics, sizeof after.metrics);
    cr_expect_arr_eq(after.best_metrics, before.best_metrics,
                     sizeof after.best_metrics);
    cr_expect_geq(after.progress, before.progress);
}

Test(training_watch, a_job_stopped_before_its_next_batch_keeps_what_it_had)
{
    struct checkpoint list[CHECKPOINTS_MAX];

    start_and_stop();
    cr_expect_eq(checkpoints_of(folder, JOB, list), 0);
    run_until(20, true);
    cr_assert_eq(checkpoints_of(folder, JOB, list), 1);
    start_and_stop();
    cr_assert_eq(checkpoints_of(folder, JOB, list), 1);
    cr_expect_eq(list[0].generation, 1);
}

Test(training_watch, a_job_that_is_cancelled_leaves_no_checkpoint)
{
    run_until(20, false);
    cr_expect_eq(temp_folder_count(folder), 0);
}

/* --- on a timer ----------------------------------------------------------- */

Test(training_watch, with_its_time_come_every_batch_leaves_one_and_two_stay)
{
    struct checkpoint list[CHECKPOINTS_MAX];

    training.options.checkpoint_interval_s = 1e-9;
    run_until(20, false); /* of 6 batches each; not the one it stops at */
    cr_expect_eq(checkpoints_of(folder, JOB, list), 2);
    cr_expect_geq(list[0].generation, 20 * 6 - 1);
    cr_expect_eq(list[1].generation, list[0].generation - 1);
    cr_expect_geq(start_and_stop().step, 19);
    training.options.checkpoint_interval_s = 0;
    expect_same_model(make_job());
}

Test(training_watch, without_a_timer_a_run_leaves_none)
{
    expect_same_model(make_job());
    cr_expect_eq(temp_folder_count(folder), 0);
}

/* --- what is not as it should be ------------------------------------------ */

Test(training_watch, a_damaged_checkpoint_gives_way_to_the_one_before)
{
    struct checkpoint list[CHECKPOINTS_MAX];
    struct job_progress first = run_until(20, true);

    run_until(first.step + 20, true);
    damage(0);
    cr_expect_eq(start_and_stop().step, first.step);
    cr_assert_eq(checkpoints_of(folder, JOB, list), 1);
    cr_expect_eq(list[0].generation, 1);
    expect_same_model(make_job());
}

Test(training_watch, with_no_good_checkpoint_a_job_begins_again)
{
    run_until(20, true);
    damage(0);
    cr_expect_eq(start_and_stop().step, 0);
    cr_expect_eq(temp_folder_count(folder), 0);
    expect_same_model(make_job());
}

Test(training_watch, a_checkpoint_of_another_plan_is_refused)
{
    run_until(20, true);
    mlp_plan *good = plan;
    plan = make_plan(4);
    cr_expect_eq(start_and_stop().step, 0);
    cr_expect_eq(temp_folder_count(folder), 0);
    mlp_plan_destroy(plan);
    plan = good;
}

Test(training_watch, forged_heads_are_refused_whatever_they_count)
{
    static const uint64_t counts[] = {0, 1, 1ULL << 32, UINT64_MAX / 64,
                                      UINT64_MAX};

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct blob *blob;
        mlp_error err;
        cr_assert_eq(blob_create(folder, &blob, &err), MLP_OK);
        cr_assert_eq(blob_write(blob, "mlpdjob1", 8, &err), MLP_OK);
        cr_assert_eq(blob_write(blob, &counts[i], 8, &err), MLP_OK);
        cr_assert_eq(blob_write(blob, "mlpckpt\n", 8, &err), MLP_OK);
        cr_assert_eq(checkpoints_commit(folder, JOB, 1, blob, &err), MLP_OK);
        cr_expect_eq(start_and_stop().step, 0);
        cr_expect_eq(temp_folder_count(folder), 0);
    }
}

Test(training_watch, a_checkpoint_that_cannot_be_written_does_not_stop_a_run)
{
    char path[TEMP_PATH];

    temp_path(folder, "gone", path);
    training.checkpoints = path;
    training.options.checkpoint_interval_s = 1e-9;
    expect_same_model(make_job());
    run_until(20, true);
    training.checkpoints = folder;
}
