/* SPDX-License-Identifier: MIT
 *
 * SIGTERM under load, again and again: whatever was sent before it is answered,
 * an upload that is half sent may end, who waits for a job is told, the daemon
 * ends with 0 within 20 s, and a long training goes on behind every restart, to
 * the bytes that it would have ended with.
 *
 *     sigterm --mlpd build/mlpd [--stops 20] [--seed 1] [--clients 4] */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "torture/audit.h"
#include "torture/load.h"
#include "torture/process.h"

enum {
    CLIENTS_MAX = 16,
    LIFE_MIN_MS = 200,
    LIFE_MS = 700,
    LONG_SECONDS = 3, /* longer than any life: it ends only if it goes on */
    END_MS = 120000,
};

struct trial {
    struct process process;
    struct load loads[CLIENTS_MAX];
    size_t n_clients;
    struct dice dice;
    int64_t signalled_us;
    long epochs; /* of the long job */
    char sha256[65];
    int64_t job;   /* the long one, 0: none */
    int64_t epoch; /* that it had reached before the signal */
    unsigned n_stops, n_long, n_cut, n_behind;
    int64_t slowest_ms;
};

/* --- the long training ---------------------------------------------------- */

#define LONG_MODEL "z0-0000"

static int64_t submit(const struct trial *trial, long epochs)
{
    char target[256];
    struct client client;
    struct answer answer;
    int64_t id = 0;

    snprintf(target, sizeof target,
             "/train?model=" LONG_MODEL "&target=diagnosis&hidden=64,64"
             "&early_stopping=0&seed=9&epochs=%ld",
             epochs);
    client_init(&client, trial->process.port);
    client_call(&client, "POST", target, "Content-Type: text/csv\r\n",
                tables[1].bytes, tables[1].length, &answer);
    if (answer.status == 202) {
        json_t *json = json_loadb(answer.body, answer.length, 0, NULL);
        id = json_integer_value(json_object_get(json, "id"));
        json_decref(json);
    }
    answer_free(&answer);
    client_close(&client);
    return id;
}

static json_t *job(const struct trial *trial, int64_t id, const char *query)
{
    return get_json(trial->process.port, "/jobs/%" PRId64 "%s", id, query);
}

static int64_t number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static bool is_state(const json_t *object, const char *state)
{
    const char *found = json_string_value(json_object_get(object, "state"));
    return found != NULL && strcmp(found, state) == 0;
}

/* The job's end, within two minutes. */
static json_t *wait_for(const struct trial *trial, int64_t id)
{
    int64_t end = now_ms() + END_MS;
    json_t *json;

    do
        json = job(trial, id, "?wait=20");
    while ((is_state(json, "running") || is_state(json, "queued")) &&
           now_ms() < end && (json_decref(json), true));
    return json;
}

static void
version_sha256(const struct trial *trial, const json_t *ended, char out[65])
{
    int64_t version = number(json_object_get(ended, "result"), "version");
    json_t *json =
        get_json(trial->process.port,
                 "/models/" LONG_MODEL "/versions/%" PRId64, version);
    const char *sha256 = json_string_value(json_object_get(json, "sha256"));

    snprintf(out, 65, "%s", sha256 != NULL ? sha256 : "");
    json_decref(json);
}

/* How many epochs take so long here, and what comes out of them. */
static void learn_long(struct trial *trial)
{
    json_t *probe = wait_for(trial, submit(trial, 200));
    double rate =
        json_number_value(json_object_get(probe, "samples_per_second"));

    trial->epochs = (long)(rate * LONG_SECONDS / 364);
    if (trial->epochs < 200)
        trial->epochs = 200;
    json_decref(probe);
    json_t *ended = wait_for(trial, submit(trial, trial->epochs));
    const char *state = json_string_value(json_object_get(ended, "state"));
    check(is_state(ended, "succeeded"),
          "the long job of %ld epochs, undisturbed, is %s at epoch %" PRId64,
          trial->epochs, state != NULL ? state : "lost",
          number(ended, "epoch"));
    version_sha256(trial, ended, trial->sha256);
    json_decref(ended);
}

static void see_end(struct trial *trial, const json_t *ended)
{
    char sha256[65];

    version_sha256(trial, ended, sha256);
    check(strcmp(sha256, trial->sha256) == 0,
          "the long job ends with sha256 %.12s, undisturbed with %.12s", sha256,
          trial->sha256);
    trial->n_long++;
    trial->job = 0;
}

/* Behind a restart: it is still there, and not behind where it was. */
static void look_at_long(struct trial *trial)
{
    json_t *json = job(trial, trial->job, "");
    int64_t end = now_ms() + END_MS;

    /* Its first words come with its first epoch. */
    while ((is_state(json, "queued") ||
            (is_state(json, "running") && number(json, "epoch") == 0)) &&
           now_ms() < end) {
        pause_ms(5);
        json_decref(json);
        json = job(trial, trial->job, "");
    }
    check(number(json, "restarts") == 0, "an orderly stop counts as a crash");
    if (is_state(json, "succeeded")) {
        see_end(trial, json);
    } else {
        check(is_state(json, "running"), "the long job is gone");
        trial->n_behind += number(json, "epoch") < trial->epoch;
    }
    json_decref(json);
}

/* There is one in every round. */
static void look_after_long(struct trial *trial)
{
    if (trial->job != 0)
        look_at_long(trial);
    if (trial->job == 0) {
        trial->job = submit(trial, trial->epochs);
        trial->epoch = 0;
    }
}

/* --- requests that are on their way --------------------------------------- */

struct waiter {
    struct trial *trial;
    pthread_t thread;
};

static void *wait_long(void *argument)
{
    struct trial *trial = ((struct waiter *)argument)->trial;
    struct client client;
    struct answer answer;
    char target[64];

    snprintf(target, sizeof target, "/jobs/%" PRId64 "?wait=50", trial->job);
    client_init(&client, trial->process.port);
    client_call(&client, "GET", target, NULL, NULL, 0, &answer);
    check(answer.status == 200, "who waits for a job gets %d", answer.status);
    answer_free(&answer);
    client_close(&client);
    return NULL;
}

/* Half of it before the signal, the rest well behind. */
static void *upload_slowly(void *argument)
{
    struct trial *trial = ((struct waiter *)argument)->trial;
    const struct content *table = &tables[0];
    char text[512] = "";
    size_t n = 0;
    int fd = connect_port(trial->process.port);

    snprintf(text, sizeof text,
             "PUT /datasets/slow HTTP/1.1\r\nHost: 127.0.0.1\r\n"
             "Content-Type: text/csv\r\nContent-Length: %zu\r\n\r\n",
             table->length);
    send(fd, text, strlen(text), MSG_NOSIGNAL);
    send(fd, table->bytes, table->length / 2, MSG_NOSIGNAL);
    while (__atomic_load_n(&trial->signalled_us, __ATOMIC_ACQUIRE) == 0)
        pause_ms(5);
    pause_ms(200);
    send(fd, table->bytes + table->length / 2,
         table->length - table->length / 2, MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
    ssize_t got;
    while (n < sizeof text - 1 &&
           (got = recv(fd, text + n, sizeof text - 1 - n, 0)) > 0)
        n += (size_t)got;
    text[n] = '\0';
    check(strncmp(text, "HTTP/1.1 20", 11) == 0,
          "an upload across the signal gets '%.60s'", text);
    shutdown(fd, SHUT_RDWR);
    return NULL;
}

/* --- a round -------------------------------------------------------------- */

static void stop_under_load(struct trial *trial)
{
    int64_t begun = now_ms(), signalled = now_us();

    for (size_t i = 0; i < trial->n_clients; i++)
        atomic_store(&trial->loads[i].deadline_us, signalled);
    process_signal(&trial->process, SIGTERM);
    __atomic_store_n(&trial->signalled_us, signalled, __ATOMIC_RELEASE);
    int status = process_wait(&trial->process, 20000);
    if (!check(status == 0, "stop %u ends with %d", trial->n_stops, status))
        process_show_log(&trial->process);
    process_kill(&trial->process);
    trial->n_stops++;
    if (now_ms() - begun > trial->slowest_ms)
        trial->slowest_ms = now_ms() - begun;
}

static void one_round(struct trial *trial)
{
    struct waiter waiter = {.trial = trial}, uploader = {.trial = trial};

    look_after_long(trial);
    trial->signalled_us = 0;
    for (size_t i = 0; i < trial->n_clients; i++) {
        atomic_store(&trial->loads[i].deadline_us, INT64_MAX);
        load_start(&trial->loads[i], trial->process.port);
    }
    pthread_create(&waiter.thread, NULL, wait_long, &waiter);
    pthread_create(&uploader.thread, NULL, upload_slowly, &uploader);
    pause_ms(LIFE_MIN_MS + dice_below(&trial->dice, LIFE_MS));
    json_t *json = job(trial, trial->job, "");
    trial->epoch = number(json, "epoch");
    json_decref(json);
    stop_under_load(trial);
    pthread_join(waiter.thread, NULL);
    pthread_join(uploader.thread, NULL);
    for (size_t i = 0; i < trial->n_clients; i++) {
        load_join(&trial->loads[i]);
        trial->n_cut += trial->loads[i].n_cut;
    }
    process_start(&trial->process);
    audit_catalog(trial->process.port, trial->loads, trial->n_clients);
}

int main(int argc, char **argv)
{
    static struct trial trial;
    const char *program = option_text(argc, argv, "mlpd", "build/mlpd");
    unsigned n_stops = (unsigned)option_number(argc, argv, "stops", 20);
    uint64_t seed = (uint64_t)option_number(argc, argv, "seed", 1);
    unsigned n_answers = 0;

    trial.dice.state = seed;
    trial.n_clients = (size_t)option_number(argc, argv, "clients", 4);
    if (trial.n_clients == 0 || trial.n_clients > CLIENTS_MAX)
        give_up("--clients: 1 … %d", CLIENTS_MAX);
    specs_learn(program);
    process_init(&trial.process, program);
    memcpy(trial.process.flags,
           (const char *[]){"--jobs", "2", "--queue-max", "16", NULL},
           5 * sizeof(char *));
    process_start(&trial.process);
    for (size_t i = 0; i < trial.n_clients; i++)
        load_init(&trial.loads[i], (unsigned)i, seed, false);
    specs_import(trial.process.port);
    learn_long(&trial);
    while (trial.n_stops < n_stops)
        one_round(&trial);
    json_t *ended = wait_for(&trial, trial.job);
    if (trial.job != 0)
        see_end(&trial, ended);
    json_decref(ended);
    check(trial.n_behind == 0,
          "%u of %u times the long job began again from an earlier epoch",
          trial.n_behind, trial.n_stops);
    process_stop(&trial.process);
    process_free(&trial.process);
    for (size_t i = 0; i < trial.n_clients; i++) {
        n_answers += atomic_load(&trial.loads[i].n_answers);
        load_free(&trial.loads[i]);
    }
    note("sigterm: %u stops, the slowest took %" PRId64 " ms; %u answers; %u "
         "connections that came behind the signal were closed unanswered; the "
         "long job ended %u times",
         trial.n_stops, trial.slowest_ms, n_answers, trial.n_cut, trial.n_long);
    specs_free();
    return check_finish();
}
