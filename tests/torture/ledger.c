/* SPDX-License-Identifier: MIT */
#include "torture/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture/check.h"

void ledger_init(struct ledger *ledger, unsigned client)
{
    *ledger = (struct ledger){
        .client = client,
        .n_models = 1,
        .dataset = HOLDS_NOTHING,
        .dataset_doubt = NO_DOUBT,
    };
}

void ledger_free(struct ledger *ledger)
{
    free(ledger->jobs);
    free(ledger->versions);
}

void ledger_model_name(unsigned client, unsigned model, char out[NAME_BYTES])
{
    snprintf(out, NAME_BYTES, "%c0-%04u", (char)('a' + client % 23),
             model % 10000);
}

void ledger_dataset_name(unsigned client, char out[NAME_BYTES])
{
    snprintf(out, NAME_BYTES, "data-%c", (char)('a' + client % 23));
}

static void *grow(void *items, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return items;
    *capacity = 2 * *capacity + 64;
    items = reallocarray(items, *capacity, size);
    if (items == NULL)
        give_up("out of memory for the ledger");
    return items;
}

struct ledger_job *
ledger_add_job(struct ledger *ledger, int64_t id, unsigned spec)
{
    ledger->jobs = grow(ledger->jobs, ledger->n_jobs, &ledger->jobs_capacity,
                        sizeof *ledger->jobs);
    struct ledger_job *job = &ledger->jobs[ledger->n_jobs++];
    *job = (struct ledger_job){
        .id = id,
        .model = ledger->n_models - 1,
        .spec = spec,
        .is = id != 0 ? SURE : MAYBE,
    };
    ledger->n_acknowledged += id != 0;
    return job;
}

struct ledger_version *ledger_add_version(struct ledger *ledger,
                                          unsigned model,
                                          uint32_t version,
                                          unsigned spec,
                                          bool imported)
{
    ledger->versions =
        grow(ledger->versions, ledger->n_versions, &ledger->versions_capacity,
             sizeof *ledger->versions);
    struct ledger_version *added = &ledger->versions[ledger->n_versions++];
    *added = (struct ledger_version){
        .model = model,
        .version = version,
        .spec = spec,
        .imported = imported,
        .is = version != 0 ? SURE : MAYBE,
    };
    return added;
}

struct ledger_version *
ledger_find_version(struct ledger *ledger, unsigned model, uint32_t version)
{
    for (size_t i = 0; i < ledger->n_versions; i++)
        if (ledger->versions[i].model == model &&
            ledger->versions[i].version == version)
            return &ledger->versions[i];
    return NULL;
}

void ledger_sha256(const struct ledger *ledger,
                   const struct ledger_version *version,
                   char out[65])
{
    char name[NAME_BYTES];

    ledger_model_name(ledger->client, version->model, name);
    if (version->imported)
        memcpy(out, models[version->spec].sha256, 65);
    else
        spec_sha256(version->spec, name, out);
}

static bool is_end(const char *state)
{
    return strcmp(state, "succeeded") == 0 || strcmp(state, "failed") == 0 ||
           strcmp(state, "cancelled") == 0;
}

bool ledger_ended(const struct ledger_job *job)
{
    return is_end(job->state);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* Only two ends need no excuse. */
static void see_end(const struct ledger_job *job, const json_t *seen)
{
    const json_t *error = json_object_get(seen, "error");

    if (strcmp(job->state, "cancelled") == 0)
        claim(job->cancel_asked,
              "job %" PRId64 " is cancelled, nobody asked for it", job->id);
    else if (strcmp(job->state, "failed") == 0)
        claim(job->may_fail ||
                  strcmp(text_of(error, "reason"), "crash-loop") == 0,
              "job %" PRId64 " failed: %s, %.200s", job->id,
              text_of(error, "reason"), text_of(error, "detail"));
}

static void
see_version(struct ledger *ledger, struct ledger_job *job, const json_t *seen)
{
    json_int_t version = json_integer_value(
        json_object_get(json_object_get(seen, "result"), "version"));
    const struct ledger_version *other =
        ledger_find_version(ledger, job->model, (uint32_t)version);

    job->version = (uint32_t)version;
    claim(version > 0, "job %" PRId64 " succeeded without a version", job->id);
    if (claim(other == NULL, "job %" PRId64 " claims version %u of another",
              job->id, job->version))
        ledger_add_version(ledger, job->model, job->version, job->spec, false);
}

void ledger_see_job(struct ledger *ledger,
                    struct ledger_job *job,
                    const json_t *seen)
{
    const char *state = text_of(seen, "state");
    json_int_t version = json_integer_value(
        json_object_get(json_object_get(seen, "result"), "version"));
    const json_t *error = json_object_get(seen, "error");

    bool same = strcmp(job->state, state) == 0 && version == job->version;
    if (ledger_ended(job)) {
        if (claim(same,
                  "job %" PRId64 " was %s (version %u), now it is %s (%d): "
                  "%s, %.200s",
                  job->id, job->state, job->version, state, (int)version,
                  text_of(error, "reason"), text_of(error, "detail")))
            return;
        job->may_fail = true; /* told once is enough */
        job->version = 0;
    }
    snprintf(job->state, sizeof job->state, "%s", state);
    if (!is_end(state))
        return;
    see_end(job, seen);
    if (strcmp(state, "succeeded") == 0)
        see_version(ledger, job, seen);
}
