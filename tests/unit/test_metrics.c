/* SPDX-License-Identifier: MIT */
#include "telemetry/metrics.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const routes[] = {"GET /jobs", "POST /predict"};

static char *render(struct metrics *metrics,
                    const struct metrics_gauges *gauges)
{
    mlp_buffer out;

    mlp_buffer_init(&out, 1 << 20);
    metrics_render(metrics, gauges, &out);
    cr_assert_eq(out.status, MLP_OK);
    return mlp_buffer_take(&out, NULL);
}

/* Is there this whole line? */
static bool has_line(const char *text, const char *line)
{
    size_t n = strlen(line);

    for (const char *at = text; (at = strstr(at, line)) != NULL; at++)
        if ((at == text || at[-1] == '\n') && at[n] == '\n')
            return true;
    return false;
}

static double value_of(const char *text, const char *series)
{
    char key[256];

    snprintf(key, sizeof key, "\n%s ", series);
    const char *at = strstr(text, key);
    cr_assert_not_null(at, "no %s", series);
    return strtod(at + strlen(key), NULL);
}

Test(metrics, requests_are_counted_by_route_and_code)
{
    struct metrics *metrics = metrics_create(routes, 2);
    const struct metrics_gauges gauges = {0};

    metrics_request(metrics, 0, 200, 0.001);
    metrics_request(metrics, 0, 200, 0.001);
    metrics_request(metrics, 1, 422, 0.001);
    metrics_request(metrics, 7, 404, 0.001);
    char *text = render(metrics, &gauges);
    cr_expect(has_line(
        text, "mlpd_http_requests_total{route=\"GET /jobs\",code=\"200\"} 2"));
    cr_expect(has_line(
        text,
        "mlpd_http_requests_total{route=\"POST /predict\",code=\"422\"} 1"));
    cr_expect(has_line(
        text, "mlpd_http_requests_total{route=\"unmatched\",code=\"404\"} 1"));
    free(text);
    metrics_destroy(metrics);
}

Test(metrics, a_bucket_holds_what_is_at_most_its_bound)
{
    struct metrics *metrics = metrics_create(routes, 2);
    const struct metrics_gauges gauges = {0};

    metrics_request(metrics, 0, 200, 0.00001);
    metrics_request(metrics, 0, 200, 0.0001);
    metrics_request(metrics, 0, 200, 0.3);
    metrics_request(metrics, 0, 200, 100);
    char *text = render(metrics, &gauges);
#define SERIES(end) "mlpd_http_request_duration_seconds" end
#define BUCKET(le)  SERIES("_bucket{route=\"GET /jobs\",le=\"" le "\"} ")
    cr_expect(has_line(text, BUCKET("5e-05") "1"));
    cr_expect(has_line(text, BUCKET("0.0001") "2"));
    cr_expect(has_line(text, BUCKET("0.25") "2"));
    cr_expect(has_line(text, BUCKET("0.5") "3"));
    cr_expect(has_line(text, BUCKET("10") "3"));
    cr_expect(has_line(text, BUCKET("+Inf") "4"));
    cr_expect(has_line(text, SERIES("_count{route=\"GET /jobs\"} 4")));
    cr_expect_float_eq(value_of(text, SERIES("_sum{route=\"GET /jobs\"}")),
                       100.30011, 1e-6);
    cr_expect_null(strstr(text, BUCKET("+Inf") "0"));
    free(text);
    metrics_destroy(metrics);
}

Test(metrics, gauges_and_jobs_show_what_they_were_told)
{
    struct metrics *metrics = metrics_create(routes, 2);
    const struct metrics_gauges gauges = {.jobs_queued = 3,
                                          .jobs_running = 1,
                                          .models = 4,
                                          .model_versions = 9,
                                          .connections = 12};

    metrics_job_ended(metrics, "failed", false, 0);
    metrics_job_ended(metrics, "succeeded", true, 2);
    metrics_job_ended(metrics, "succeeded", true, 2);
    metrics_predicted(metrics, "iris", 1, 5000000000);
    char *text = render(metrics, &gauges);
    cr_expect(has_line(text, "mlpd_jobs{state=\"queued\"} 3"));
    cr_expect(has_line(text, "mlpd_jobs{state=\"running\"} 1"));
    cr_expect(has_line(text, "mlpd_models 4"));
    cr_expect(has_line(text, "mlpd_model_versions 9"));
    cr_expect(has_line(text, "mlpd_http_connections 12"));
    cr_expect(has_line(text, "mlpd_jobs_ended_total{state=\"succeeded\"} 2"));
    cr_expect(has_line(text, "mlpd_jobs_ended_total{state=\"failed\"} 1"));
    cr_expect(has_line(text, "mlpd_jobs_ended_total{state=\"cancelled\"} 0"));
    cr_expect(has_line(text, "mlpd_rows_predicted_total 5000000000"));
    cr_expect(
        has_line(text, "mlpd_build_info{version=\"" MLPD_VERSION "\"} 1"));
    free(text);
    metrics_destroy(metrics);
}

Test(metrics, the_process_is_described_as_proc_sees_it)
{
    struct metrics *metrics = metrics_create(NULL, 0);
    const struct metrics_gauges gauges = {0};
    char *text = render(metrics, &gauges);

    cr_expect_gt(value_of(text, "process_resident_memory_bytes"), 1e5);
    cr_expect_gt(value_of(text, "process_virtual_memory_bytes"),
                 value_of(text, "process_resident_memory_bytes"));
    cr_expect_geq(value_of(text, "process_threads"), 1);
    cr_expect_geq(value_of(text, "process_open_fds"), 3);
    cr_expect_gt(value_of(text, "process_start_time_seconds"), 1.6e9);
    cr_expect_geq(value_of(text, "process_cpu_seconds_total"), 0);
    free(text);
    metrics_destroy(metrics);
}

Test(metrics, every_series_comes_behind_its_own_type_line)
{
    struct metrics *metrics = metrics_create(routes, 2);
    const struct metrics_gauges gauges = {0};
    char family[128] = "";

    metrics_request(metrics, 0, 200, 0.1);
    char *text = render(metrics, &gauges);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        if (strncmp(line, "# TYPE ", 7) == 0)
            sscanf(line + 7, "%127s", family);
        else if (line[0] != '#')
            cr_expect_eq(strncmp(line, family, strlen(family)), 0, "%s", line);
    free(text);
    metrics_destroy(metrics);
}

static void *bump(void *argument)
{
    for (int i = 0; i < 10000; i++)
        metrics_request(argument, 1, 200, 0.001);
    return NULL;
}

Test(metrics, no_request_of_many_threads_is_lost)
{
    struct metrics *metrics = metrics_create(routes, 2);
    const struct metrics_gauges gauges = {0};
    pthread_t threads[4];

    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, bump, metrics);
    free(render(metrics, &gauges));
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    char *text = render(metrics, &gauges);
    cr_expect(has_line(text, "mlpd_http_requests_total{route=\"POST "
                             "/predict\",code=\"200\"} 40000"));
    cr_expect(has_line(text, SERIES("_count{route=\"POST /predict\"} 40000")));
    free(text);
    metrics_destroy(metrics);
}

/* --- odd cells ------------------------------------------------------------ */

static const uint64_t some[MLP_N_ODDITIES] = {1, 0, 3};

static void *bump_odd(void *argument)
{
    char model[16];

    for (int i = 0; i < 4000; i++) {
        snprintf(model, sizeof model, "m%d", i % 40);
        metrics_odd_cells(argument, model, some);
    }
    return NULL;
}

Test(metrics, odd_cells_are_counted_by_model_and_none_is_lost)
{
    struct metrics *metrics = metrics_create(NULL, 0);
    const struct metrics_gauges gauges = {0};
    pthread_t threads[4];

    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, bump_odd, metrics);
    free(render(metrics, &gauges));
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    char *text = render(metrics, &gauges);
    for (int i = 0; i < 40; i++) {
        char line[80];
        snprintf(line, sizeof line,
                 "mlpd_predict_unseen_levels_total{model=\"m%d\"} 400", i);
        cr_expect(has_line(text, line), "%s", line);
        snprintf(line, sizeof line,
                 "mlpd_predict_imputed_total{model=\"m%d\"} 1200", i);
        cr_expect(has_line(text, line), "%s", line);
    }
    cr_expect_null(strstr(text, "mlpd_predict_out_of_range_total{"));
    free(text);
    metrics_destroy(metrics);
}

Test(metrics, models_beyond_the_last_place_share_one_series)
{
    struct metrics *metrics = metrics_create(NULL, 0);
    const struct metrics_gauges gauges = {0};
    size_t n = 0;

    for (int i = 0; i < 300; i++) {
        char model[16];
        snprintf(model, sizeof model, "m%d", i);
        metrics_odd_cells(metrics, model, some);
    }
    char *text = render(metrics, &gauges);
    for (const char *at = text;
         (at = strstr(at, "mlpd_predict_imputed_total{")) != NULL; at++)
        n++;
    cr_expect_eq(n, 257);
    cr_expect(has_line(text, "mlpd_predict_imputed_total{model=\"\"} 132"));
    free(text);
    metrics_destroy(metrics);
}

Test(metrics, jobs_that_ran_are_timed_by_their_end)
{
    struct metrics *metrics = metrics_create(routes, 2);
    const struct metrics_gauges gauges = {.queue_age_s = 7};

    metrics_job_ended(metrics, "succeeded", true, 0.2);
    metrics_job_ended(metrics, "succeeded", true, 100);
    metrics_job_ended(metrics, "cancelled", false, 1e9);
    metrics_trained(metrics, 96);
    metrics_trained(metrics, 96);
    char *text = render(metrics, &gauges);
#define JOB(end) "mlpd_job_duration_seconds" end
    cr_expect(has_line(text, JOB("_bucket{state=\"succeeded\",le=\"0.5\"} 1")));
    cr_expect(has_line(text, JOB("_bucket{state=\"succeeded\",le=\"300\"} 2")));
    cr_expect(has_line(text, JOB("_count{state=\"succeeded\"} 2")));
    cr_expect_null(strstr(text, JOB("_count{state=\"cancelled\"}")));
    cr_expect(has_line(text, "mlpd_jobs_queue_age_seconds 7"));
    cr_expect(has_line(text, "mlpd_trained_epochs_total 2"));
    cr_expect(has_line(text, "mlpd_trained_samples_total 192"));
    free(text);
    metrics_destroy(metrics);
}

Test(metrics, each_version_of_a_model_has_its_own_series)
{
    struct metrics *metrics = metrics_create(routes, 2);
    const struct metrics_gauges gauges = {0};

    metrics_predicted(metrics, "iris", 1, 10);
    metrics_predicted(metrics, "iris", 2, 5);
    metrics_predicted(metrics, "iris", 2, 5);
    metrics_predict_failed(metrics, "iris", 2);
    metrics_predict_failed(metrics, "odd", 1);
    char *text = render(metrics, &gauges);
#define OF(model, version) "{model=\"" model "\",version=\"" version "\"} "
    cr_expect(has_line(text, "mlpd_predict_rows_total" OF("iris", "1") "10"));
    cr_expect(has_line(text, "mlpd_predict_rows_total" OF("iris", "2") "10"));
    cr_expect(
        has_line(text, "mlpd_predict_requests_total" OF("iris", "2") "2"));
    cr_expect(has_line(text, "mlpd_predict_errors_total" OF("iris", "1") "0"));
    cr_expect(has_line(text, "mlpd_predict_errors_total" OF("iris", "2") "1"));
    cr_expect(has_line(text, "mlpd_predict_errors_total" OF("odd", "1") "1"));
    cr_expect(has_line(text, "mlpd_rows_predicted_total 20"));
    cr_expect_gt(value_of(text,
                          "mlpd_predict_last_timestamp_seconds{model=\"iris\","
                          "version=\"1\"}"),
                 1.6e9);
    cr_expect_null(
        strstr(text, "mlpd_predict_last_timestamp_seconds{model=\"odd\""));
    free(text);
    metrics_destroy(metrics);
}

enum { VERSIONS = 600, THREADS = 4 };

static void *predict_with_all(void *metrics)
{
    for (uint32_t version = 1; version <= VERSIONS; version++)
        metrics_predicted(metrics, "many", version, 1);
    return NULL;
}

Test(metrics, versions_beyond_the_limit_share_one_series_and_none_is_lost)
{
    struct metrics *metrics = metrics_create(routes, 2);
    const struct metrics_gauges gauges = {0};
    pthread_t threads[THREADS];
    double sum = 0;
    size_t n = 0;

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, predict_with_all, metrics);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    char *text = render(metrics, &gauges);
    for (const char *at = text;
         (at = strstr(at, "\nmlpd_predict_rows_total{")) != NULL; at++, n++)
        sum += strtod(strstr(at, "} ") + 2, NULL);
    cr_expect_eq(n, 513);
    cr_expect_eq(sum, VERSIONS * THREADS);
    cr_expect_eq(
        value_of(text, "mlpd_predict_rows_total{model=\"\",version=\"\"}"),
        (VERSIONS - 512) * THREADS);
    free(text);
    metrics_destroy(metrics);
}
