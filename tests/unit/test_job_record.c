/* SPDX-License-Identifier: MIT */
#include "jobs/job_record.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

static const char *const names[] = {"loss", "accuracy", NULL};
static const char *const swapped[] = {"accuracy", "loss", "new", NULL};

static struct job_progress nothing(void)
{
    struct job_progress progress = {.rate = (double)NAN, .eta_s = (double)NAN};
    for (size_t i = 0; i < JOB_METRICS_MAX; i++)
        progress.metrics[i] = progress.best_metrics[i] = (double)NAN;
    return progress;
}

static struct job_progress read_progress(const char *text,
                                         const char *const *metric_names)
{
    struct job_progress progress = nothing();
    mlp_error err;

    cr_assert_eq(job_progress_read(text, metric_names, &progress, &err), MLP_OK,
                 "%s", err.text);
    return progress;
}

static char *write_progress(const struct job_progress *progress)
{
    mlp_buffer out;

    mlp_buffer_init(&out, 1 << 16);
    job_progress_write(progress, names, &out);
    return mlp_buffer_take(&out, NULL);
}

Test(job_record, figures_read_back_as_they_were_written)
{
    struct job_progress progress = nothing();

    progress.progress = 0.1;
    progress.step = 12;
    progress.n_steps = 30;
    progress.rate = 812345.678;
    progress.best_step = 11;
    progress.metrics[0] = 1.0 / 3;
    progress.best_metrics[1] = 1e-300;
    strcpy(progress.stopped, "early");
    char *text = write_progress(&progress);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    cr_assert_not_null(json, "%s", text);
    json_decref(json);
    struct job_progress got = read_progress(text, names);
    cr_expect_eq(got.progress, progress.progress);
    cr_expect_eq(got.step, 12);
    cr_expect_eq(got.n_steps, 30);
    cr_expect_eq(got.rate, progress.rate);
    cr_expect_eq(got.best_step, 11);
    cr_expect_eq(got.metrics[0], progress.metrics[0]);
    cr_expect_eq(got.best_metrics[1], progress.best_metrics[1]);
    cr_expect_str_eq(got.stopped, "early");
    cr_expect(isnan(got.eta_s));
    cr_expect(isnan(got.metrics[1]));
    cr_expect(isnan(got.best_metrics[0]));
    free(text);
}

Test(job_record, metrics_are_found_by_name_not_by_place)
{
    struct job_progress progress = nothing();

    progress.metrics[0] = 0.5;
    progress.metrics[1] = 0.9;
    char *text = write_progress(&progress);
    struct job_progress got = read_progress(text, swapped);
    cr_expect_eq(got.metrics[0], 0.9);
    cr_expect_eq(got.metrics[1], 0.5);
    cr_expect(isnan(got.metrics[2]));
    free(text);
}

Test(job_record, figures_that_make_no_sense_are_passed_over)
{
    struct job_progress got = read_progress(
        "{\"step\":-1,\"n_steps\":1e300,\"best_step\":null,\"more\":7,"
        "\"stopped\":\"sixteen_letters_\",\"progress\":{\"loss\":3},"
        "\"metrics\":[1,2],\"rate\":\"x\","
        "\"best_metrics\":{\"loss\":{\"loss\":4}},\"loss\":5}",
        names);
    cr_expect_eq(got.step, 0);
    cr_expect_eq(got.n_steps, 0);
    cr_expect_str_eq(got.stopped, "");
    cr_expect_eq(got.best_step, 0);
    cr_expect(isnan(got.metrics[0]));
    cr_expect(isnan(got.metrics[1]));
    cr_expect(isnan(got.rate));
}

Test(job_record, what_is_no_json_is_refused)
{
    struct job_progress progress = nothing();
    mlp_error err;

    cr_expect_eq(job_progress_read("{\"step\":", names, &progress, &err),
                 MLP_FORMAT);
    cr_expect_eq(job_progress_read("", names, &progress, &err), MLP_FORMAT);
    cr_expect_neq(job_progress_read("[[[[[[1]]]]]]", names, &progress, &err),
                  MLP_OK);
}

static struct job *make_job(void)
{
    struct job *job = job_create(NULL, "m", "{}", NULL, NULL);
    cr_assert_not_null(job);
    return job;
}

Test(job_record, an_error_reads_back_as_it_was_written)
{
    struct job *job = make_job(), *copy = make_job();
    mlp_buffer out;
    mlp_error err;

    mlp_buffer_init(&out, 1 << 16);
    job_fail(job, "diverged", "a \"quoted\"\nline, é");
    job_error_write(job, &out);
    cr_assert_eq(job_error_read(out.data, copy, &err), MLP_OK);
    cr_expect_str_eq(copy->error_reason, "diverged");
    cr_expect_str_eq(copy->error.text, "a \"quoted\"\nline, é");
    mlp_buffer_free(&out);
    job_destroy(job);
    job_destroy(copy);
}

Test(job_record, a_long_error_is_cut_between_characters)
{
    struct job *job = make_job();
    char detail[1000];

    for (size_t i = 0; i + 1 < sizeof detail; i++)
        detail[i] = "\xc3\xa9"[i % 2];
    detail[sizeof detail - 1] = '\0';
    job_fail(job, "long", detail);
    cr_expect_lt(strlen(job->error.text), sizeof job->error.text);
    cr_expect_eq(strlen(job->error.text) % 2, 0);
    cr_expect_gt(strlen(job->error.text), 200);
    job_destroy(job);
}

Test(job_record, an_error_of_another_form_is_unknown_and_never_crashes)
{
    struct job *job = make_job();
    mlp_error err;

    cr_expect_eq(
        job_error_read("{\"detail\":[\"x\",{}],\"a\":\"b\"}", job, &err),
        MLP_OK);
    cr_expect_str_eq(job->error_reason, "unknown");
    cr_expect_eq(job_error_read("nonsense", job, &err), MLP_FORMAT);
    job_destroy(job);
}

Test(job_record, time_left_follows_from_the_share_that_is_done)
{
    struct job *job = make_job();
    struct job_progress progress = nothing();

    job_report(job, &progress, false);
    cr_expect(isnan(job_progress_now(job).eta_s));
    job->start_clock_ms -= 10000;
    progress.progress = 0.2;
    job_report(job, &progress, false);
    cr_expect_float_eq(job_progress_now(job).eta_s, 40, 10);
    progress.progress = 1;
    job_report(job, &progress, false);
    cr_expect_eq(job_progress_now(job).eta_s, 0);
    job_destroy(job);
}
