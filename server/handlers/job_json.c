/* SPDX-License-Identifier: MIT
 *
 * A job's view as JSON. A figure that the job does not have is null, so that a
 * reader can ask for each key without a thought. */
#include "handlers/job_json.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "handlers/time_json.h"
#include "http/json.h"

/* A figure; NaN is null. */
static json_t *figure(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *count(size_t n)
{
    return json_integer((json_int_t)n);
}

/* Round to `step`, so that a share does not read 0.30000000000000004. */
static json_t *rounded(double value, double steps_per_one)
{
    return figure(round(value * steps_per_one) / steps_per_one);
}

/* Samples per second: nobody asks for a fraction of one. */
static json_t *rate(double value)
{
    return value >= 0 && value < 1e15 ? json_integer((json_int_t)round(value))
                                      : json_null();
}

/* Text of our own store; null where there is none. */
static json_t *parsed(const char *text)
{
    json_t *json = text == NULL ? NULL : json_read(text);
    return json == NULL ? json_null() : json;
}

/* spec[key], or null. */
static json_t *member(const json_t *stored, const char *key)
{
    json_t *value = json_object_get(stored, key);
    return value == NULL ? json_null() : json_incref(value);
}

static json_t *metrics(const struct job_view *view, const double *values)
{
    json_t *object = json_object();
    for (size_t i = 0; view->metric_names[i] != NULL; i++)
        (void)json_object_set_new(object, view->metric_names[i],
                                  figure(values[i]));
    return object;
}

/* The best step with the figures that it has. */
static json_t *best(const struct job_view *view)
{
    const struct job_progress *progress = &view->progress;
    if (progress->best_step == 0)
        return json_null();
    json_t *object = json_pack("{s:o}", "epoch", count(progress->best_step));
    for (size_t i = 0; view->metric_names[i] != NULL; i++)
        if (isfinite(progress->best_metrics[i]))
            (void)json_object_set_new(object, view->metric_names[i],
                                      json_real(progress->best_metrics[i]));
    return object;
}

/* Before the first report the plan is in the spec. */
static json_t *epochs(const struct job_view *view, const json_t *stored)
{
    if (view->progress.n_steps > 0)
        return count(view->progress.n_steps);
    const json_t *settings = json_object_get(stored, "settings");
    return member(json_object_get(settings, "training"), "epochs");
}

static json_t *queue_position(const struct job_view *view)
{
    return view->state == JOB_QUEUED ? count(view->queue_position)
                                     : json_null();
}

static json_t *result(const struct job_view *view)
{
    if (view->version == 0)
        return json_null();
    json_t *object = json_pack("{s:o}", "version", count(view->version));
    json_t *outcome = parsed(view->outcome);
    if (json_is_object(outcome))
        (void)json_object_update(object, outcome);
    json_decref(outcome);
    return object;
}

/* A run that ended by itself may still wait for its model's publishing. */
static json_t *stopped(const struct job_view *view)
{
    const char *word = view->progress.stopped;
    bool over = view->state != JOB_QUEUED && view->state != JOB_RUNNING;

    return over && word[0] != '\0' ? json_string(word) : json_null();
}

static json_t *error(const struct job_view *view)
{
    return view->error_reason == NULL
               ? json_null()
               : json_pack("{s:s, s:s?}", "reason", view->error_reason,
                           "detail", view->error_detail);
}

static json_t *eta(const struct job_view *view)
{
    return view->state == JOB_RUNNING ? rounded(view->progress.eta_s, 10)
                                      : json_null();
}

static json_t *warnings(const struct job_view *view)
{
    json_t *array = view->warnings == NULL ? NULL : json_read(view->warnings);
    return array == NULL ? json_array() : array;
}

static json_t *build(const struct job_view *view, const json_t *stored)
{
    const struct job_progress *progress = &view->progress;
    /* clang-format off */
    return json_pack(
        "{s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o,"
        " s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
        "id", (json_int_t)view->id,
        "model", view->model,
        "state", job_state_name(view->state),
        "progress", rounded(progress->progress, 1e4),
        "epoch", count(progress->step),
        "epochs", epochs(view, stored),
        "eta_s", eta(view),
        "queue_position", queue_position(view),
        "metrics", metrics(view, progress->metrics),
        "best", best(view),
        "samples_per_second", rate(progress->rate),
        "warnings", warnings(view),
        "parameters", member(stored, "parameters"),
        "rows", member(stored, "rows"),
        "memory_bytes", member(stored, "memory_bytes"),
        "stopped", stopped(view),
        "result", result(view),
        "error", error(view),
        "created_at", time_json(view->created_ms),
        "started_at", time_json(view->started_ms),
        "finished_at", time_json(view->finished_ms),
        "restarts", count(view->restarts));
    /* clang-format on */
}

static json_t *job(const struct job_view *view, bool with_spec)
{
    json_t *stored = parsed(view->spec);
    json_t *json = build(view, stored);
    if (with_spec && json != NULL &&
        json_object_set_new(json, "spec", member(stored, "settings")) != 0) {
        json_decref(json);
        json = NULL;
    }
    json_decref(stored);
    return json;
}

json_t *job_json(const struct job_view *view)
{
    return job(view, true);
}

json_t *job_json_brief(const struct job_view *view)
{
    return job(view, false);
}
