/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "handlers/job_json.h"

static const char *const metric_names[] = {"loss", "accuracy",
                                           "validation_loss", NULL};
static const char spec[] =
    "{\"settings\":{\"model\":\"iris\",\"training\":{\"epochs\":30}},"
    "\"parameters\":{\"weights\":12960,\"biases\":42},"
    "\"rows\":{\"training\":120,\"validation\":30}}";

/* The figures of a job are doubles. */
static const double none = (double)NAN;

static struct job_view queued(void)
{
    return (struct job_view){
        .id = 17,
        .model = "iris",
        .state = JOB_QUEUED,
        .progress = {.metrics = {none, none, none},
                     .best_metrics = {none, none, none},
                     .rate = none,
                     .eta_s = none},
        .metric_names = metric_names,
        .queue_position = 2,
        .spec = spec,
        .warnings = "[]",
        .created_ms = 1709164800250,
    };
}

static struct job_view running(void)
{
    struct job_view view = queued();
    view.state = JOB_RUNNING;
    view.started_ms = view.created_ms + 1000;
    view.progress = (struct job_progress){
        .progress = 0.4,
        .step = 12,
        .n_steps = 30,
        .metrics = {0.21, 0.94, none},
        .best_step = 11,
        .best_metrics = {0.22, 0.93, none},
        .rate = 812345.4,
        .eta_s = 3.14,
    };
    return view;
}

/* Is root[key] what `text` says? Objects match in any order. */
static void expect(const json_t *root, const char *key, const char *text)
{
    json_t *expected = json_loads(text, JSON_DECODE_ANY, NULL);
    const json_t *found = json_object_get(root, key);
    char *dump = json_dumps(found, JSON_ENCODE_ANY);
    cr_expect_not_null(found, "%s is not there", key);
    cr_expect(json_equal(found, expected), "%s is %s, not %s", key, dump, text);
    free(dump);
    json_decref(expected);
}

Test(job_json, a_queued_job_knows_its_plan_and_its_place)
{
    struct job_view view = queued();
    json_t *json = job_json(&view);
    expect(json, "id", "17");
    expect(json, "model", "\"iris\"");
    expect(json, "state", "\"queued\"");
    expect(json, "progress", "0.0");
    expect(json, "epoch", "0");
    expect(json, "epochs", "30");
    expect(json, "queue_position", "2");
    expect(json, "metrics",
           "{\"loss\":null,\"accuracy\":null,\"validation_loss\":null}");
    expect(json, "spec", "{\"model\":\"iris\",\"training\":{\"epochs\":30}}");
    expect(json, "parameters", "{\"weights\":12960,\"biases\":42}");
    expect(json, "rows", "{\"training\":120,\"validation\":30}");
    expect(json, "created_at", "\"2024-02-29T00:00:00.250Z\"");
    json_decref(json);
}

Test(job_json, what_has_not_happened_is_null_not_absent)
{
    static const char *const keys[] = {
        "eta_s", "best",       "samples_per_second", "result",
        "error", "started_at", "finished_at",        "stopped",
    };
    struct job_view view = queued();
    json_t *json = job_json(&view);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        expect(json, keys[i], "null");
    json_decref(json);
}

Test(job_json, a_running_job_shows_how_far_it_is)
{
    struct job_view view = running();
    json_t *json = job_json(&view);
    expect(json, "state", "\"running\"");
    expect(json, "progress", "0.4");
    expect(json, "epoch", "12");
    expect(json, "epochs", "30");
    expect(json, "eta_s", "3.1");
    expect(json, "queue_position", "null");
    expect(json, "metrics",
           "{\"loss\":0.21,\"accuracy\":0.94,\"validation_loss\":null}");
    expect(json, "best", "{\"epoch\":11,\"loss\":0.22,\"accuracy\":0.93}");
    expect(json, "samples_per_second", "812345");
    expect(json, "started_at", "\"2024-02-29T00:00:01.250Z\"");
    json_decref(json);
}

Test(job_json, a_success_names_its_version)
{
    struct job_view view = running();
    view.state = JOB_SUCCEEDED;
    view.version = 2;
    json_t *json = job_json(&view);
    expect(json, "result", "{\"version\":2}");
    expect(json, "eta_s", "null");
    json_decref(json);
}

Test(job_json, what_else_came_of_it_is_in_the_result)
{
    struct job_view view = running();
    view.state = JOB_SUCCEEDED;
    view.version = 2;
    view.outcome = "{\"promoted\":null,\"because\":\"worse\"}";
    json_t *json = job_json(&view);
    expect(json, "result",
           "{\"version\":2,\"promoted\":null,\"because\":\"worse\"}");
    json_decref(json);
}

Test(job_json, why_it_stopped_is_told_when_it_has_ended)
{
    struct job_view view = running();
    strcpy(view.progress.stopped, "early"); /* its model is being published */
    json_t *json = job_json(&view);
    expect(json, "stopped", "null");
    json_decref(json);
    view.state = JOB_SUCCEEDED;
    json = job_json(&view);
    expect(json, "stopped", "\"early\"");
    json_decref(json);
}

Test(job_json, a_failure_says_why)
{
    struct job_view view = running();
    view.state = JOB_FAILED;
    view.error_reason = "diverged";
    view.error_detail = "the loss of epoch 3 is not finite";
    view.warnings = "[\"column 'x' is constant\"]";
    view.restarts = 1;
    json_t *json = job_json(&view);
    expect(json, "error",
           "{\"reason\":\"diverged\","
           "\"detail\":\"the loss of epoch 3 is not finite\"}");
    expect(json, "result", "null");
    expect(json, "warnings", "[\"column 'x' is constant\"]");
    expect(json, "restarts", "1");
    json_decref(json);
}

Test(job_json, an_infinite_figure_is_null)
{
    struct job_view view = running();
    view.progress.metrics[0] = (double)INFINITY;
    view.progress.rate = (double)INFINITY;
    json_t *json = job_json(&view);
    expect(json, "metrics",
           "{\"loss\":null,\"accuracy\":0.94,\"validation_loss\":null}");
    expect(json, "samples_per_second", "null");
    json_decref(json);
}

Test(job_json, a_brief_one_is_the_same_without_the_spec)
{
    struct job_view view = running();
    json_t *whole = job_json(&view);
    json_t *brief = job_json_brief(&view);
    cr_expect_null(json_object_get(brief, "spec"));
    (void)json_object_del(whole, "spec");
    cr_expect(json_equal(whole, brief));
    json_decref(whole);
    json_decref(brief);
}

Test(job_json, a_job_without_texts_is_still_told)
{
    struct job_view view = queued();
    view.spec = NULL;
    view.warnings = NULL;
    json_t *json = job_json(&view);
    expect(json, "spec", "null");
    expect(json, "parameters", "null");
    expect(json, "epochs", "null");
    expect(json, "warnings", "[]");
    json_decref(json);
}
