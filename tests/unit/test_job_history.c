/* SPDX-License-Identifier: MIT */
#include "jobs/job_history.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>

#include "jobs/job_runner.h"

static const char *const names[] = {"loss", "accuracy", NULL};

static struct job_history make(size_t n)
{
    struct job_history history = {0};
    for (size_t i = 1; i <= n; i++) {
        double metrics[JOB_METRICS_MAX] = {1.0 / (double)i, (double)NAN};
        job_history_append(&history, i, metrics);
    }
    return history;
}

Test(job_history, what_is_written_is_read_back)
{
    struct job_history history = make(1000), again = {0};
    mlp_buffer text;
    mlp_error err;
    mlp_buffer_init(&text, 1 << 20);
    job_history_write(&history, names, &text);
    cr_assert_eq(job_history_read(&again, text.data, names, &err), MLP_OK);
    cr_assert_eq(again.n, 1000);
    for (size_t i = 0; i < again.n; i++) {
        cr_assert_eq(again.rows[i].step, i + 1);
        cr_assert_eq(again.rows[i].metrics[0], 1.0 / (double)(i + 1));
        cr_assert(isnan(again.rows[i].metrics[1]));
        cr_assert(isnan(again.rows[i].metrics[JOB_METRICS_MAX - 1]));
    }
    mlp_buffer_free(&text);
    job_history_free(&history);
    job_history_free(&again);
}

Test(job_history, columns_that_are_unknown_or_too_long_do_no_harm)
{
    struct job_history history = {0};
    mlp_error err;
    cr_assert_eq(job_history_read(&history,
                                  "{\"before\":[1],\"epoch\":[3,9],\"x\":"
                                  "[1,2],\"loss\":[5,6,7,8]}",
                                  names, &err),
                 MLP_OK);
    cr_expect_eq(history.n, 2);
    cr_expect_eq(history.rows[1].step, 9);
    cr_expect_eq(history.rows[1].metrics[0], 6);
    cr_expect(isnan(history.rows[0].metrics[1]));
    job_history_free(&history);
}

Test(job_history, a_text_that_is_none_leaves_it_empty)
{
    static const char *const texts[] = {
        "",
        "{\"epoch\":[1,2],",
        "{\"epoch\":[-1]}",
        "{\"epoch\":[1e300]}",
        "{\"epoch\":[null]}",
        "{\"epoch\":[[[1]]]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct job_history history = {0};
        mlp_error err;
        cr_expect_neq(job_history_read(&history, texts[i], names, &err), MLP_OK,
                      "%s", texts[i]);
        cr_expect_eq(history.n, 0);
        cr_expect_null(history.rows);
    }
}

Test(job_history, copies_of_any_length_from_any_place_have_no_gap)
{
    struct job_history history = make(100);
    struct job_step steps[100];
    for (size_t n_max = 1; n_max <= 100; n_max += 9) {
        size_t last = 0, n;
        while ((n = job_history_copy(&history, last, steps, n_max)) > 0)
            for (size_t i = 0; i < n; i++)
                cr_assert_eq(steps[i].step, ++last);
        cr_expect_eq(last, 100);
    }
    cr_expect_eq(job_history_copy(&history, 99, steps, 100), 1);
    cr_expect_eq(job_history_copy(&history, 100, steps, 100), 0);
    cr_expect_eq(job_history_copy(&history, SIZE_MAX, steps, 100), 0);
    job_history_free(&history);
    cr_expect_eq(job_history_copy(&history, 0, steps, 100), 0);
}
