/* SPDX-License-Identifier: MIT */
#include "torture/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture/load.h"
#include "torture/process.h"

enum { END_MS = 180000, PAGE = 500 };

/* --- jobs ----------------------------------------------------------------- */

static struct load *
load_of(struct load *loads, size_t n, const char *name, unsigned *model)
{
    for (size_t i = 0; i < n && name != NULL; i++) {
        char first[NAME_BYTES];
        ledger_model_name(loads[i].ledger.client, 0, first);
        if (strlen(name) == NAME_LENGTH && strncmp(name, first, 3) == 0) {
            *model = (unsigned)strtoul(name + 3, NULL, 10);
            return &loads[i];
        }
    }
    return NULL;
}

/* The ledger's job of this id; or the one in doubt that it must be. */
static struct ledger_job *
find_job(struct ledger *ledger, int64_t id, unsigned model, int spec)
{
    struct ledger_job *doubtful = NULL;

    for (size_t i = 0; i < ledger->n_jobs; i++) {
        struct ledger_job *job = &ledger->jobs[i];
        if (job->id == id)
            return job;
        if (job->id == 0 && job->is == MAYBE && job->model == model &&
            (int)job->spec == spec)
            doubtful = job;
    }
    return doubtful;
}

struct seen {
    bool *jobs; /* by the ledger's index */
};

static void see_job(struct load *load,
                    unsigned model,
                    const json_t *json,
                    struct seen *seen)
{
    struct ledger *ledger = &load->ledger;
    int64_t id = json_integer_value(json_object_get(json, "id"));
    int spec =
        spec_of_epochs(json_integer_value(json_object_get(json, "epochs")));
    struct ledger_job *job = find_job(ledger, id, model, spec);

    if (!claim(job != NULL, "job %" PRId64 " of %c0-%04u is nobody's", id,
               (char)('a' + ledger->client), model))
        return;
    claim(job->is != GONE, "job %" PRId64 " is back", id);
    claim(job->model == model && (int)job->spec == spec,
          "job %" PRId64 " is another one now", id);
    if (job->is == MAYBE || job->is == MAYBE_GONE)
        job->is = SURE;
    job->id = id;
    seen->jobs[job - ledger->jobs] = true;
    ledger_see_job(ledger, job, json);
}

static void
see_jobs(uint16_t port, struct load *loads, size_t n_loads, struct seen *seen)
{
    int64_t after = 0;

    do {
        char page[48] = "";
        size_t i;
        json_t *job, *json;
        unsigned model = 0;
        if (after != 0)
            snprintf(page, sizeof page, "&after=%" PRId64, after);
        json = get_json(port, "/jobs?limit=%d%s", PAGE, page);
        claim(json != NULL, "GET /jobs gives no list");
        json_array_foreach(json_object_get(json, "jobs"), i, job)
        {
            struct load *load = load_of(
                loads, n_loads,
                json_string_value(json_object_get(job, "model")), &model);
            if (load != NULL)
                see_job(load, model, job, &seen[load - loads]);
        }
        after = json_integer_value(json_object_get(json, "next"));
        json_decref(json);
    } while (after != 0);
}

/* What was not seen: lost, or never there, or deleted. */
static void settle_jobs(struct ledger *ledger, const struct seen *seen)
{
    for (size_t i = 0; i < ledger->n_jobs; i++) {
        struct ledger_job *job = &ledger->jobs[i];
        if (seen->jobs[i] || job->is == GONE)
            continue;
        claim(job->is != SURE, "job %" PRId64 " (%s) is lost", job->id,
              job->state[0] != '\0' ? job->state : "just acknowledged");
        job->is = GONE;
    }
}

/* --- versions ------------------------------------------------------------- */

static json_t *versions_of(const json_t *list, const char *name)
{
    size_t i;
    json_t *model;

    json_array_foreach(json_object_get(list, "models"), i, model)
    {
        const char *other = json_string_value(json_object_get(model, "name"));
        if (other != NULL && strcmp(other, name) == 0)
            return json_object_get(model, "versions");
    }
    return NULL;
}

static bool has_version(const json_t *versions, uint32_t version)
{
    size_t i;
    json_t *number;

    json_array_foreach(versions, i, number)
    {
        if (json_integer_value(number) == version)
            return true;
    }
    return false;
}

/* An import that was cut off may have become this version. */
static struct ledger_version *
adopt_import(struct ledger *ledger, unsigned model, uint32_t version)
{
    for (size_t i = 0; i < ledger->n_versions; i++) {
        struct ledger_version *known = &ledger->versions[i];
        if (known->version == 0 && known->model == model &&
            known->is == MAYBE) {
            known->version = version;
            return known;
        }
    }
    return NULL;
}

static void see_version(struct ledger *ledger,
                        unsigned model,
                        const char *name,
                        uint32_t version)
{
    struct ledger_version *known = ledger_find_version(ledger, model, version);

    if (known == NULL)
        known = adopt_import(ledger, model, version);
    if (!claim(known != NULL, "%s@%u is no job's and no import's", name,
               version)) {
        /* Not to be told again. */
        known = ledger_add_version(ledger, model, version, 0, false);
        known->is = GONE;
        known->spec = N_SPECS;
    }
    if (known->spec == N_SPECS)
        return;
    claim(known->is != GONE, "%s@%u is back", name, version);
    known->is = SURE;
}

/* `list` is older than the look at the jobs: what it shows is explained. */
static void see_versions(struct ledger *ledger,
                         const json_t *list,
                         const struct ledger_version *before,
                         size_t n_before)
{
    for (unsigned model = 0; model < ledger->n_models; model++) {
        char name[NAME_BYTES];
        size_t i;
        json_t *number;
        ledger_model_name(ledger->client, model, name);
        json_t *versions = versions_of(list, name);
        json_array_foreach(versions, i, number)
        {
            see_version(ledger, model, name,
                        (uint32_t)json_integer_value(number));
        }
        for (i = 0; i < n_before; i++) {
            const struct ledger_version *known = &before[i];
            if (known->model == model && known->is == SURE &&
                !claim(has_version(versions, known->version), "%s@%u is lost",
                       name, known->version))
                ledger->versions[i].is = GONE; /* not to be told again */
        }
    }
    for (size_t i = 0; i < ledger->n_versions; i++) {
        struct ledger_version *known = &ledger->versions[i];
        if (known->is == MAYBE || known->is == MAYBE_GONE)
            known->is = GONE; /* else it would have been seen */
    }
}

/* --- data sets ------------------------------------------------------------ */

static bool holds(int table, const char *sha256)
{
    return table >= 0 ? strcmp(sha256, tables[table].sha256) == 0
                      : table == HOLDS_NOTHING && sha256[0] == '\0';
}

static void see_dataset(struct ledger *ledger, const json_t *list)
{
    char name[NAME_BYTES];
    const char *sha256 = "";
    size_t i;
    json_t *dataset;

    ledger_dataset_name(ledger->client, name);
    json_array_foreach(json_object_get(list, "datasets"), i, dataset)
    {
        const char *other = json_string_value(json_object_get(dataset, "name"));
        if (other != NULL && strcmp(other, name) == 0)
            sha256 = json_string_value(json_object_get(dataset, "sha256"));
    }
    if (holds(ledger->dataset_doubt, sha256))
        ledger->dataset = ledger->dataset_doubt;
    else
        claim(holds(ledger->dataset, sha256),
              "data set %s: table %d was acknowledged, sha256 is '%s'", name,
              ledger->dataset, sha256);
    ledger->dataset_doubt = NO_DOUBT;
}

/* --- all of it ------------------------------------------------------------ */

/* A client whose request got no answer sends it again, with the same key. */
static void retry(struct load *load, uint16_t port)
{
    struct ledger *ledger = &load->ledger;

    for (size_t i = 0; i < ledger->n_jobs; i++) {
        struct ledger_job *job = &ledger->jobs[i];
        char name[NAME_BYTES], key[32];
        struct client client;
        struct answer answer;
        if (job->is != MAYBE || job->id != 0 || !load->keyed ||
            dice_below(&load->dice, 2) == 0)
            continue;
        ledger_model_name(ledger->client, job->model, name);
        snprintf(key, sizeof key, "%s-%u", name, job->spec);
        client_init(&client, port);
        spec_submit(&client, job->spec, name, key, &answer);
        if (answer.status == 202) {
            json_t *json = json_loadb(answer.body, answer.length, 0, NULL);
            job->id = json_integer_value(json_object_get(json, "id"));
            job->is = SURE;
            ledger->n_acknowledged++;
            json_decref(json);
        } else {
            claim(answer.status == 429 || answer.status == 503,
                  "a retry of %s gets %d", key, answer.status);
        }
        answer_free(&answer);
        client_close(&client);
    }
}

void audit_catalog(uint16_t port, struct load *loads, size_t n_loads)
{
    struct seen *seen = calloc(n_loads, sizeof *seen);
    struct ledger_version **before = calloc(n_loads, sizeof *before);
    size_t *n_before = calloc(n_loads, sizeof *n_before);

    for (size_t i = 0; i < n_loads; i++) {
        struct ledger *ledger = &loads[i].ledger;
        retry(&loads[i], port);
        seen[i].jobs = calloc(ledger->n_jobs + 1, sizeof(bool));
        n_before[i] = ledger->n_versions;
        before[i] = calloc(ledger->n_versions + 1, sizeof **before);
        if (ledger->n_versions > 0)
            memcpy(before[i], ledger->versions,
                   ledger->n_versions * sizeof **before);
    }
    json_t *list = get_json(port, "/models");
    json_t *datasets = get_json(port, "/datasets");
    if (!claim(list != NULL && datasets != NULL, "the lists cannot be read"))
        give_up("a daemon without lists cannot be audited");
    see_jobs(port, loads, n_loads, seen);
    for (size_t i = 0; i < n_loads; i++) {
        settle_jobs(&loads[i].ledger, &seen[i]);
        see_versions(&loads[i].ledger, list, before[i], n_before[i]);
        see_dataset(&loads[i].ledger, datasets);
        free(seen[i].jobs);
        free(before[i]);
    }
    json_decref(list);
    json_decref(datasets);
    free(seen);
    free(before);
    free(n_before);
}

static bool all_ended(uint16_t port)
{
    json_t *running = get_json(port, "/jobs?state=running&limit=1");
    json_t *queued = get_json(port, "/jobs?state=queued&limit=1");
    size_t n = json_array_size(json_object_get(running, "jobs")) +
               json_array_size(json_object_get(queued, "jobs"));
    bool both = running != NULL && queued != NULL;

    json_decref(running);
    json_decref(queued);
    return both && n == 0;
}

static void check_bytes(const struct process *process,
                        const struct ledger *ledger,
                        const struct ledger_version *version)
{
    char name[NAME_BYTES], expected[65], found[65], path[2 * PROCESS_PATH];

    ledger_model_name(ledger->client, version->model, name);
    ledger_sha256(ledger, version, expected);
    json_t *json = get_json(process->port, "/models/%s/versions/%u", name,
                            version->version);
    const char *told = json_string_value(json_object_get(json, "sha256"));
    claim(told != NULL && strcmp(told, expected) == 0,
          "%s@%u: expected sha256 %.12s, the daemon says %.12s", name,
          version->version, expected, told != NULL ? told : "nothing");
    json_decref(json);
    snprintf(path, sizeof path, "%s/models/%s/%u.safetensors", process->data,
             name, version->version);
    file_sha256(path, found);
    claim(strcmp(found, expected) == 0,
          "%s: expected sha256 %.12s, found %.12s", path, expected, found);
}

struct inventory {
    const struct process *process;
    struct load *loads;
    size_t n_loads;
};

static bool is_kept_dataset(const struct inventory *inventory,
                            const char *sha256)
{
    for (size_t i = 0; i < inventory->n_loads; i++) {
        int table = inventory->loads[i].ledger.dataset;
        if (table >= 0 && strcmp(tables[table].sha256, sha256) == 0)
            return true;
    }
    return false;
}

static void check_needed(void *context, const char *path)
{
    const struct inventory *inventory = context;
    const char *inside = path + strlen(inventory->process->data) + 1;
    const char *file = strrchr(path, '/') + 1;
    struct ledger_version *version = NULL;
    unsigned model = 0;

    if (strchr(inside, '/') == NULL)
        return; /* the catalog and the lock */
    if (strncmp(inside, "models/", 7) == 0) {
        char name[NAME_BYTES] = "";
        memcpy(name, inside + 7,
               strlen(inside + 7) < NAME_LENGTH ? strlen(inside + 7)
                                                : NAME_LENGTH);
        if (strcmp(name, "x0-0000") == 0)
            return;
        struct load *load =
            load_of(inventory->loads, inventory->n_loads, name, &model);
        if (load != NULL)
            version = ledger_find_version(&load->ledger, model,
                                          (uint32_t)strtoul(file, NULL, 10));
        claim(version != NULL && version->is == SURE, "%s should not be there",
              inside);
        return;
    }
    if (strncmp(inside, "datasets/", 9) == 0 &&
        is_kept_dataset(inventory, file))
        return;
    claim(false, "nothing needs %s any more", inside);
}

void audit_end(const struct process *process,
               struct load *loads,
               size_t n_loads)
{
    struct inventory inventory = {process, loads, n_loads};
    int64_t end = now_ms() + END_MS;

    while (!all_ended(process->port) && now_ms() < end)
        pause_ms(50);
    claim(all_ended(process->port), "jobs have not ended after %d s",
          END_MS / 1000);
    audit_catalog(process->port, loads, n_loads);
    for (size_t i = 0; i < n_loads; i++) {
        struct ledger *ledger = &loads[i].ledger;
        for (size_t k = 0; k < ledger->n_jobs; k++)
            claim(ledger->jobs[k].is == GONE || ledger_ended(&ledger->jobs[k]),
                  "job %" PRId64 " has not ended", ledger->jobs[k].id);
        for (size_t k = 0; k < ledger->n_versions; k++)
            if (ledger->versions[k].is == SURE)
                check_bytes(process, ledger, &ledger->versions[k]);
    }
    each_file(process->data, check_needed, &inventory);
}
