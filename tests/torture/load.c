/* SPDX-License-Identifier: MIT */
#include "torture/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture/process.h"

enum { TARGET_BYTES = 160 };

void load_init(struct load *load, unsigned client, uint64_t seed, bool keyed)
{
    *load = (struct load){
        .dice = {.state = seed * 1000003 + client},
        .keyed = keyed,
        .n_specs = N_SPECS,
    };
    ledger_init(&load->ledger, client);
    client_init(&load->client, 0);
    atomic_store(&load->deadline_us, INT64_MAX);
}

void load_free(struct load *load)
{
    client_close(&load->client);
    ledger_free(&load->ledger);
}

/* --- one request ---------------------------------------------------------- */

/* What may be said instead of yes: come later, no room, no disk. */
static bool is_busy(const struct load *load, int status)
{
    return status == 429 || status == 503 || status == 507 ||
           (load->health != HEALTHY && status == 500);
}

/* It may have been done: nobody said, or an error of the server's. */
static bool in_doubt(const struct answer *answer)
{
    return answer->outcome == BROKEN || answer->outcome == LATE ||
           (answer->outcome == ANSWERED && answer->status >= 500);
}

static void judge(struct load *load,
                  const char *method,
                  const char *target,
                  const struct answer *answer)
{
    int64_t deadline = atomic_load(&load->deadline_us);
    bool owed = answer->sent_us != 0 && answer->sent_us < deadline;

    claim(answer->outcome != LATE, "%s %s: no answer in time", method, target);
    if (answer->outcome == ANSWERED)
        atomic_fetch_add(&load->n_answers, 1);
    if (answer->outcome != BROKEN)
        return;
    load->n_cut++;
    if (deadline == INT64_MAX) { /* it was killed, unless it should not be */
        claim(load->health != BAD_DISK, "%s %s: no answer", method, target);
        return;
    }
    claim(answer->n_received == 0, "%s %s: half an answer", method, target);
    claim(!owed, "%s %s: sent %.1f ms before the signal, never answered",
          method, target, (double)(deadline - answer->sent_us) / 1000);
}

/* Sends it; the status, 0: no answer. */
static int call(struct load *load,
                const char *method,
                const char *target,
                const char *type,
                const struct content *body,
                struct answer *answer)
{
    char headers[128];

    snprintf(headers, sizeof headers, "Content-Type: %s\r\n",
             type != NULL ? type : "");
    client_call(&load->client, method, target, type != NULL ? headers : NULL,
                body != NULL ? body->bytes : NULL,
                body != NULL ? body->length : 0, answer);
    judge(load, method, target, answer);
    return answer->status;
}

/* Anything else than these is wrong. */
static bool expect(const struct load *load,
                   const struct answer *answer,
                   const char *method,
                   const char *target,
                   bool good)
{
    claim(good || answer->outcome != ANSWERED || is_busy(load, answer->status),
          "%s %s: %d %.300s", method, target, answer->status,
          answer->body != NULL ? answer->body : "");
    return good;
}

static json_int_t integer_in(const struct answer *answer, const char *key)
{
    json_t *json = json_loadb(answer->body, answer->length, 0, NULL);
    json_int_t value = json_integer_value(json_object_get(json, key));

    json_decref(json);
    return value;
}

/* --- trainings ------------------------------------------------------------ */

static bool train(struct load *load)
{
    struct ledger *ledger = &load->ledger;
    struct ledger_job *added = NULL;
    char name[NAME_BYTES], key[32];
    struct answer answer;

    if (ledger->used == (1u << load->n_specs) - 1) {
        ledger->n_models++;
        ledger->used = 0;
    }
    unsigned spec = dice_below(&load->dice, load->n_specs);
    while (ledger->used & 1u << spec)
        spec = (spec + 1) % load->n_specs;
    ledger_model_name(ledger->client, ledger->n_models - 1, name);
    snprintf(key, sizeof key, "%s-%u", name, spec);
    spec_submit(&load->client, spec, name, load->keyed ? key : NULL, &answer);
    judge(load, "POST", "/train", &answer);
    bool good = expect(load, &answer, "POST", "/train", answer.status == 202);
    if (answer.outcome == ANSWERED && answer.status == 202)
        added = ledger_add_job(ledger, integer_in(&answer, "id"), spec);
    else if (in_doubt(&answer))
        added = ledger_add_job(ledger, 0, spec);
    if (added != NULL) {
        added->may_fail = load->health != HEALTHY;
        ledger->used |= 1u << spec;
    }
    answer_free(&answer);
    return good;
}

/* A job of ours that is there, and ended or not; NULL: there is none. */
static struct ledger_job *choose_job(struct load *load, bool ended)
{
    struct ledger *ledger = &load->ledger;
    size_t n = ledger->n_jobs;
    /* The younger ones: the old are ended. */
    size_t from = n > 40 ? n - 40 : 0;

    if (n == 0)
        return NULL;
    size_t at = from + dice_below(&load->dice, (unsigned)(n - from));
    for (size_t i = from; i < n; i++, at = at + 1 < n ? at + 1 : from)
        if (ledger->jobs[at].is == SURE &&
            ledger_ended(&ledger->jobs[at]) == ended)
            return &ledger->jobs[at];
    return NULL;
}

static bool look(struct load *load)
{
    struct ledger_job *job = choose_job(load, false);
    char target[TARGET_BYTES];
    struct answer answer;

    if (job == NULL)
        return false;
    snprintf(target, sizeof target, "/jobs/%" PRId64 "?wait=%u", job->id,
             dice_below(&load->dice, 2));
    int status = call(load, "GET", target, NULL, NULL, &answer);
    bool good = expect(load, &answer, "GET", target, status == 200);
    if (status == 200) {
        json_t *json = json_loadb(answer.body, answer.length, 0, NULL);
        ledger_see_job(&load->ledger, job, json);
        json_decref(json);
    }
    answer_free(&answer);
    return good;
}

static bool cancel(struct load *load)
{
    struct ledger_job *job = choose_job(load, false);
    char target[TARGET_BYTES];
    struct answer answer;

    if (job == NULL || dice_below(&load->dice, 3) != 0)
        return false;
    job->cancel_asked = true;
    snprintf(target, sizeof target, "/jobs/%" PRId64 "/cancel", job->id);
    int status = call(load, "POST", target, NULL, NULL, &answer);
    bool good = expect(load, &answer, "POST", target,
                       status == 200 || status == 202 || status == 409);
    answer_free(&answer);
    return good;
}

static enum certainty certainty_of(const struct answer *answer)
{
    if (answer->outcome == REFUSED)
        return SURE;
    if (in_doubt(answer))
        return MAYBE_GONE;
    return answer->status == 204 ? GONE : SURE;
}

static bool delete_job(struct load *load)
{
    struct ledger_job *job = choose_job(load, true);
    char target[TARGET_BYTES];
    struct answer answer;

    if (job == NULL)
        return false;
    snprintf(target, sizeof target, "/jobs/%" PRId64, job->id);
    call(load, "DELETE", target, NULL, NULL, &answer);
    bool good = expect(load, &answer, "DELETE", target, answer.status == 204);
    job->is = certainty_of(&answer);
    answer_free(&answer);
    return good;
}

/* --- models --------------------------------------------------------------- */

static bool import(struct load *load)
{
    struct ledger *ledger = &load->ledger;
    unsigned spec = dice_below(&load->dice, N_SPECS);
    char name[NAME_BYTES], target[TARGET_BYTES];
    struct answer answer;

    ledger_model_name(ledger->client, ledger->n_models - 1, name);
    snprintf(target, sizeof target, "/models/%s", name);
    int status = call(load, "PUT", target, "application/octet-stream",
                      &models[spec], &answer);
    bool good = expect(load, &answer, "PUT", target, status == 201);
    if (status == 201)
        ledger_add_version(ledger, ledger->n_models - 1,
                           (uint32_t)integer_in(&answer, "version"), spec,
                           true);
    else if (in_doubt(&answer))
        ledger_add_version(ledger, ledger->n_models - 1, 0, spec, true);
    ledger->n_acknowledged += status == 201;
    answer_free(&answer);
    return good;
}

static struct ledger_version *choose_version(struct load *load)
{
    struct ledger *ledger = &load->ledger;
    size_t n = ledger->n_versions;

    if (n == 0)
        return NULL;
    size_t at = dice_below(&load->dice, (unsigned)n);
    for (size_t i = 0; i < n; i++, at = at + 1 < n ? at + 1 : 0)
        if (ledger->versions[at].is == SURE)
            return &ledger->versions[at];
    return NULL;
}

static void version_target(const struct load *load,
                           const struct ledger_version *version,
                           const char *more,
                           char *out)
{
    char name[NAME_BYTES];

    ledger_model_name(load->ledger.client, version->model, name);
    snprintf(out, TARGET_BYTES, "/models/%s/versions/%u%s", name,
             version->version, more);
}

static bool delete_version(struct load *load)
{
    struct ledger_version *version = choose_version(load);
    char target[TARGET_BYTES];
    struct answer answer;

    if (version == NULL)
        return false;
    version_target(load, version, "", target);
    call(load, "DELETE", target, NULL, NULL, &answer);
    bool good = expect(load, &answer, "DELETE", target, answer.status == 204);
    version->is = certainty_of(&answer);
    answer_free(&answer);
    return good;
}

/* An old model, with all its versions. */
static bool delete_model(struct load *load)
{
    struct ledger *ledger = &load->ledger;
    char name[NAME_BYTES], target[TARGET_BYTES];
    struct answer answer;
    bool any = false;

    if (ledger->n_models < 2)
        return false;
    unsigned model = dice_below(&load->dice, ledger->n_models - 1);
    for (size_t i = 0; i < ledger->n_jobs; i++) {
        const struct ledger_job *job = &ledger->jobs[i];
        if (job->model == model && job->is != GONE && !ledger_ended(job))
            return false; /* it may yet publish */
    }
    for (size_t i = 0; i < ledger->n_versions; i++)
        any = any || (ledger->versions[i].model == model &&
                      ledger->versions[i].is == SURE);
    if (!any)
        return false;
    ledger_model_name(ledger->client, model, name);
    snprintf(target, sizeof target, "/models/%s", name);
    call(load, "DELETE", target, NULL, NULL, &answer);
    bool good = expect(load, &answer, "DELETE", target, answer.status == 204);
    for (size_t i = 0; i < ledger->n_versions; i++)
        if (ledger->versions[i].model == model &&
            ledger->versions[i].is == SURE)
            ledger->versions[i].is = certainty_of(&answer);
    answer_free(&answer);
    return good;
}

static bool read_version(struct load *load)
{
    struct ledger_version *version = choose_version(load);
    char target[TARGET_BYTES], expected[65], found[65] = "";
    struct answer answer;

    if (version == NULL)
        return false;
    version_target(load, version, "/file", target);
    int status = call(load, "GET", target, NULL, NULL, &answer);
    bool good = expect(load, &answer, "GET", target, status == 200);
    if (status == 200) {
        ledger_sha256(&load->ledger, version, expected);
        bytes_sha256(answer.body, answer.length, found);
        claim(strcmp(found, expected) == 0, "%s: other bytes, %zu of them",
              target, answer.length);
    }
    answer_free(&answer);
    return good;
}

static bool predict(struct load *load)
{
    static const char rows[] = "{\"model\":\"x0-0000\",\"inputs\":"
                               "[[5.1,3.5,1.4,0.2],[6.3,3.3,6,2.5]]}";
    struct content body = {.bytes = strdup(rows), .length = sizeof rows - 1};
    struct answer answer;

    int status =
        call(load, "POST", "/predict", "application/json", &body, &answer);
    bool good = claim(status == 200 || answer.outcome != ANSWERED ||
                          (load->health == NO_MEMORY && is_busy(load, status)),
                      "POST /predict: %d %.300s", status,
                      answer.body != NULL ? answer.body : "") &&
                status == 200;
    answer_free(&answer);
    free(body.bytes);
    return good;
}

/* --- data sets ------------------------------------------------------------ */

static bool change_dataset(struct load *load, const char *method, int table)
{
    struct ledger *ledger = &load->ledger;
    char name[NAME_BYTES], target[TARGET_BYTES];
    struct answer answer;

    ledger_dataset_name(ledger->client, name);
    snprintf(target, sizeof target, "/datasets/%s", name);
    int status = call(load, method, target, table < 0 ? NULL : "text/csv",
                      table < 0 ? NULL : &tables[table], &answer);
    bool done = table < 0 ? status == 204 : status == 200 || status == 201;
    bool good = expect(load, &answer, method, target, done);
    if (done) {
        ledger->dataset = table;
        ledger->dataset_doubt = NO_DOUBT;
    } else if (in_doubt(&answer))
        ledger->dataset_doubt = table;
    ledger->n_acknowledged += done && table >= 0;
    answer_free(&answer);
    return good;
}

static bool upload(struct load *load)
{
    return change_dataset(load, "PUT", (int)dice_below(&load->dice, N_TABLES));
}

static bool delete_dataset(struct load *load)
{
    return load->ledger.dataset != HOLDS_NOTHING &&
           change_dataset(load, "DELETE", HOLDS_NOTHING);
}

/* --- all of it ------------------------------------------------------------ */

static const struct {
    bool (*run)(struct load *load);
    unsigned weight;
} deeds[N_DEEDS] = {
    [TRAIN] = {train, 24},
    [LOOK] = {look, 24},
    [CANCEL] = {cancel, 4},
    [DELETE_JOB] = {delete_job, 6},
    [IMPORT] = {import, 8},
    [DELETE_VERSION] = {delete_version, 6},
    [DELETE_MODEL] = {delete_model, 6},
    [READ_VERSION] = {read_version, 6},
    [PREDICT] = {predict, 8},
    [UPLOAD] = {upload, 8},
    [DELETE_DATASET] = {delete_dataset, 4},
};

bool load_do(struct load *load, enum deed deed)
{
    return deeds[deed].run(load);
}

static enum deed any_deed(struct load *load)
{
    unsigned sum = 0;

    for (size_t i = 0; i < N_DEEDS; i++)
        sum += deeds[i].weight;
    unsigned at = dice_below(&load->dice, sum);
    for (size_t i = 0; i < N_DEEDS; i++) {
        if (at < deeds[i].weight)
            return (enum deed)i;
        at -= deeds[i].weight;
    }
    return PREDICT;
}

static void *run(void *argument)
{
    struct load *load = argument;

    while (!atomic_load(&load->stop) && load->n_cut == 0) {
        load_do(load, any_deed(load));
        if (load->client.fd < 0 && load->n_cut == 0) {
            int fd = connect_port(load->client.port);
            if (fd < 0)
                break; /* nobody is there any more */
            load->client.fd = fd;
        }
    }
    client_close(&load->client);
    return NULL;
}

void load_start(struct load *load, uint16_t port)
{
    load->client.port = port;
    load->n_cut = 0;
    atomic_store(&load->stop, false);
    if (pthread_create(&load->thread, NULL, run, load) != 0)
        give_up("no thread for a client");
}

void load_join(struct load *load)
{
    pthread_join(load->thread, NULL);
}
