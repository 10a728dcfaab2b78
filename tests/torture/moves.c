/* SPDX-License-Identifier: MIT
 *
 * Versions come and go and an alias moves while many clients predict: by the
 * alias, by `latest`, by number. No request fails; each answer names a version
 * that was meant at some moment between question and answer, and has exactly
 * that version's numbers. It goes on for --seconds, or until there were --each
 * publications and as many rollbacks, which must then be before they are over.
 *
 * Version v of the model is file (v - 1) % N_KINDS: what an answer must hold is
 * known before its version is there. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture/check.h"
#include "torture/client.h"
#include "torture/process.h"

enum {
    N_KINDS = 8,
    CLIENTS_MAX = 64,
    CHANGES_MAX = 100000,
    KEEP = 6,   /* versions at least */
    REACH = 24, /* how far back a client asks for versions */
};

#define ROW    "\"inputs\":[[5.1,3.5,1.4,0.2]]"
#define JSON   "Content-Type: application/json\r\n"
#define BINARY "Content-Type: application/octet-stream\r\n"
#define ALIAS  "/models/m/aliases/production"

static struct kind {
    char *file;
    size_t length;
    json_t *answer; /* without model and version */
} kinds[N_KINDS];

/* What there is, as far as is known: `begun` before a change is asked for,
 * `done` when it is acknowledged. Between the two either may be seen. */
static struct world {
    uint16_t port;
    atomic_bool stop;
    atomic_uint published_begun, published_done; /* the highest version */
    atomic_uint alias_begun, alias_done;         /* places in alias_at */
    atomic_uint alias_at[CHANGES_MAX + 2];
    atomic_bool dying[CHANGES_MAX + 2], gone[CHANGES_MAX + 2]; /* by version */

    /* The changer's alone. */
    unsigned oldest, n_live, previous;
    unsigned n_publishes, n_moves, n_rollbacks, n_deletes;
} world;

struct asker {
    struct client client;
    struct dice dice;
    pthread_t thread;
    unsigned long n_by[3], n_missing;
};

/* --- asking --------------------------------------------------------------- */

/* An answer's version, with its numbers in *rest. */
static unsigned open_answer(const struct answer *answer, json_t **rest)
{
    json_t *json = json_loadb(answer->body != NULL ? answer->body : "",
                              answer->length, 0, NULL);
    unsigned version =
        (unsigned)json_integer_value(json_object_get(json, "version"));

    json_object_del(json, "version");
    json_object_del(json, "model");
    *rest = json;
    return version;
}

static void check_numbers(unsigned version, json_t *rest)
{
    claim(version >= 1 &&
              json_equal(rest, kinds[(version - 1) % N_KINDS].answer) == 1,
          "version %u answers with another's numbers", version);
}

static bool ask(struct asker *asker, const char *version, struct answer *out)
{
    char body[128];
    int n = snprintf(body, sizeof body, "{\"model\":\"m\",%s%s%s" ROW "}",
                     version[0] != '\0' ? "\"version\":" : "", version,
                     version[0] != '\0' ? "," : "");

    client_call(&asker->client, "POST", "/predict", JSON, body, (size_t)n, out);
    return claim(out->outcome == ANSWERED, "version %s: no whole answer",
                 version);
}

static void ask_alias(struct asker *asker)
{
    unsigned from = atomic_load(&world.alias_done);
    struct answer answer;
    json_t *rest = NULL;
    bool meant = false;

    if (ask(asker, "\"production\"", &answer) &&
        claim(answer.status == 200, "by alias: %d %.200s", answer.status,
              answer.body)) {
        unsigned to = atomic_load(&world.alias_begun);
        unsigned version = open_answer(&answer, &rest);
        for (unsigned i = from; i <= to; i++)
            meant = meant || atomic_load(&world.alias_at[i]) == version;
        claim(meant, "the alias never was at %u between moves %u and %u",
              version, from, to);
        check_numbers(version, rest);
        asker->n_by[0]++;
    }
    json_decref(rest);
    answer_free(&answer);
}

static void ask_latest(struct asker *asker)
{
    unsigned from = atomic_load(&world.published_done);
    struct answer answer;
    json_t *rest = NULL;

    if (ask(asker, dice_below(&asker->dice, 2) ? "\"latest\"" : "", &answer) &&
        claim(answer.status == 200, "the latest: %d %.200s", answer.status,
              answer.body)) {
        unsigned to = atomic_load(&world.published_begun);
        unsigned version = open_answer(&answer, &rest);
        claim(version >= from && version <= to,
              "the latest is %u, which is not from %u to %u", version, from,
              to);
        check_numbers(version, rest);
        asker->n_by[1]++;
    }
    json_decref(rest);
    answer_free(&answer);
}

static void ask_version(struct asker *asker)
{
    unsigned newest = atomic_load(&world.published_done);
    unsigned reach = newest < REACH ? newest : REACH;
    unsigned wanted = newest - dice_below(&asker->dice, reach);
    bool gone = atomic_load(&world.gone[wanted]);
    char text[16];
    struct answer answer;
    json_t *rest = NULL;

    (void)snprintf(text, sizeof text, "%u", wanted);
    if (!ask(asker, text, &answer)) {
        answer_free(&answer);
        return;
    }
    if (answer.status == 404) {
        claim(atomic_load(&world.dying[wanted]),
              "version %u is there, and is not found", wanted);
        asker->n_missing++;
    } else if (claim(answer.status == 200, "version %u: %d %.200s", wanted,
                     answer.status, answer.body)) {
        unsigned version = open_answer(&answer, &rest);
        claim(version == wanted, "asked for %u, got %u", wanted, version);
        claim(!gone, "version %u was deleted, and answers", wanted);
        check_numbers(version, rest);
        asker->n_by[2]++;
    }
    json_decref(rest);
    answer_free(&answer);
}

static void *run_asker(void *argument)
{
    static void (*const ways[])(struct asker * asker) = {ask_alias, ask_latest,
                                                         ask_version};
    struct asker *asker = argument;

    while (!atomic_load(&world.stop))
        ways[dice_below(&asker->dice, 3)](asker);
    client_close(&asker->client);
    return NULL;
}

/* --- changing ------------------------------------------------------------- */

/* Its status, which must be `expected`. */
static bool change(struct client *client,
                   const char *method,
                   const char *target,
                   const char *type,
                   const void *body,
                   size_t length,
                   int expected)
{
    struct answer answer;

    client_call(client, method, target, type, body, length, &answer);
    bool good = claim(answer.status == expected, "%s %s: %d, not %d: %.300s",
                      method, target, answer.status, expected,
                      answer.body != NULL ? answer.body : "no answer");
    answer_free(&answer);
    return good;
}

static void publish(struct client *client)
{
    unsigned version = atomic_load(&world.published_done) + 1;
    const struct kind *kind = &kinds[(version - 1) % N_KINDS];
    struct answer answer;
    json_t *rest;

    atomic_store(&world.published_begun, version);
    client_call(client, "PUT", "/models/m", BINARY, kind->file, kind->length,
                &answer);
    if (answer.status != 201)
        give_up("version %u is not published: %d %.300s", version,
                answer.status, answer.body != NULL ? answer.body : "");
    unsigned made = open_answer(&answer, &rest);
    if (made != version)
        give_up("version %u came as %u", version, made);
    json_decref(rest);
    answer_free(&answer);
    atomic_store(&world.published_done, version);
    world.n_live++;
    world.n_publishes++;
}

static unsigned alias_now(void)
{
    return atomic_load(&world.alias_at[atomic_load(&world.alias_done)]);
}

/* A move of the alias to `version` by that request. */
static void move_by(struct client *client,
                    const char *method,
                    const char *target,
                    const char *body,
                    unsigned version)
{
    unsigned place = atomic_load(&world.alias_done) + 1;
    unsigned before = alias_now();

    atomic_store(&world.alias_at[place], version);
    atomic_store(&world.alias_begun, place);
    if (!change(client, method, target, body != NULL ? JSON : NULL, body,
                body != NULL ? strlen(body) : 0, 200))
        give_up("nobody knows where the alias is");
    atomic_store(&world.alias_done, place);
    world.previous = before;
}

static void move_alias(struct client *client, struct dice *dice)
{
    unsigned newest = atomic_load(&world.published_done);
    unsigned version =
        world.oldest + dice_below(dice, newest - world.oldest + 1);
    char body[64];

    if (version == alias_now() || atomic_load(&world.gone[version]))
        return;
    (void)snprintf(body, sizeof body, "{\"version\":%u,\"expected\":%u}",
                   version, alias_now());
    move_by(client, "PUT", ALIAS, body, version);
    world.n_moves++;
}

static void roll_back(struct client *client)
{
    if (world.previous == 0 || atomic_load(&world.gone[world.previous]))
        return;
    move_by(client, "POST", ALIAS "/rollback", NULL, world.previous);
    world.n_rollbacks++;
}

/* The oldest that is left; one that is named stays. */
static void delete_one(struct client *client)
{
    unsigned version = world.oldest;
    char target[64];

    while (atomic_load(&world.gone[version]))
        version++;
    world.oldest = version;
    if (world.n_live <= KEEP)
        return;
    (void)snprintf(target, sizeof target, "/models/m/versions/%u", version);
    if (version == alias_now()) {
        change(client, "DELETE", target, NULL, NULL, 0, 409);
        for (version++; atomic_load(&world.gone[version]);)
            version++;
        (void)snprintf(target, sizeof target, "/models/m/versions/%u", version);
    }
    atomic_store(&world.dying[version], true);
    if (change(client, "DELETE", target, NULL, NULL, 0, 204)) {
        atomic_store(&world.gone[version], true);
        world.n_live--;
        world.n_deletes++;
    }
}

/* each: 0, as long as it takes. */
static bool is_over(unsigned each, int64_t end)
{
    return now_ms() >= end ||
           (each > 0 && world.n_publishes >= each && world.n_rollbacks >= each);
}

static void change_until(struct client *client,
                         struct dice *dice,
                         unsigned each,
                         int64_t end)
{
    for (unsigned n = 0; !is_over(each, end) && n < CHANGES_MAX - N_KINDS;
         n++) {
        switch (dice_below(dice, 4)) {
        case 0:
            publish(client);
            break;
        case 1:
            move_alias(client, dice);
            break;
        case 2:
            roll_back(client);
            break;
        default:
            delete_one(client);
        }
    }
}

/* --- the beginning -------------------------------------------------------- */

/* A file, and what it answers. */
static void
learn(struct client *client, unsigned kind, const char *table, size_t length)
{
    struct asker asker = {.client = *client};
    struct answer answer;
    char target[128];

    (void)snprintf(target, sizeof target,
                   "/train?model=m&target=species&hidden=4&epochs=3&seed=%u"
                   "&wait=50",
                   kind + 1);
    if (!change(&asker.client, "POST", target, "Content-Type: text/csv\r\n",
                table, length, 200))
        give_up("no model to publish");
    (void)snprintf(target, sizeof target, "/models/m/versions/%u/file",
                   kind + 1);
    client_call(&asker.client, "GET", target, NULL, NULL, 0, &answer);
    if (answer.status != 200)
        give_up("%s: %d", target, answer.status);
    kinds[kind].file = malloc(answer.length);
    if (kinds[kind].file == NULL)
        give_up("no memory for a file");
    memcpy(kinds[kind].file, answer.body, answer.length);
    kinds[kind].length = answer.length;
    answer_free(&answer);
    if (!ask(&asker, "\"latest\"", &answer) || answer.status != 200)
        give_up("no answer to learn");
    (void)open_answer(&answer, &kinds[kind].answer);
    answer_free(&answer);
    for (unsigned i = 0; i < kind; i++)
        if (json_equal(kinds[i].answer, kinds[kind].answer))
            give_up("files %u and %u answer the same", i, kind);
    *client = asker.client;
}

/* The first versions are those that were trained. */
static void begin(struct client *client)
{
    size_t length;
    char *table = read_file("tests/data/iris/train.csv", &length);

    if (table == NULL)
        give_up("tests/data/iris/train.csv is missing");
    for (unsigned i = 0; i < N_KINDS; i++)
        learn(client, i, table, length);
    free(table);
    atomic_store(&world.published_begun, N_KINDS);
    atomic_store(&world.published_done, N_KINDS);
    world.n_live = N_KINDS;
    world.oldest = 1;
    atomic_store(&world.alias_at[0], 1);
    if (!change(client, "PUT", ALIAS, JSON, "{\"version\":1}",
                strlen("{\"version\":1}"), 201))
        give_up("no alias");
}

static void tell(const struct asker *askers, size_t n, int64_t ms)
{
    unsigned long by[3] = {0}, missing = 0;

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 3; k++)
            by[k] += askers[i].n_by[k];
        missing += askers[i].n_missing;
    }
    note("moves: %u publications, %u moves, %u rollbacks, %u deletions in "
         "%.1f s; %zu clients had %lu answers by alias, %lu by latest, %lu by "
         "version, %lu of versions that were gone",
         world.n_publishes, world.n_moves, world.n_rollbacks, world.n_deletes,
         (double)ms / 1000, n, by[0], by[1], by[2], missing);
    check(world.n_publishes > 0 && world.n_moves > 0 && world.n_rollbacks > 0 &&
              world.n_deletes > 0,
          "something of everything was done");
    check(by[0] > 0 && by[1] > 0 && by[2] > 0, "everything was asked for");
}

static void finish(struct process *process)
{
    process_stop(process);
    process_free(process);
    for (size_t i = 0; i < N_KINDS; i++) {
        free(kinds[i].file);
        json_decref(kinds[i].answer);
    }
}

int main(int argc, char **argv)
{
    static struct asker askers[CLIENTS_MAX];
    struct process process;
    struct client client;
    uint64_t seed = (uint64_t)option_number(argc, argv, "seed", 1);
    struct dice dice = {.state = seed};
    size_t n = (size_t)option_number(argc, argv, "clients", 32);
    int64_t ms = 1000 * option_number(argc, argv, "seconds", 10);
    unsigned each = (unsigned)option_number(argc, argv, "each", 0);

    if (n == 0 || n > CLIENTS_MAX)
        give_up("--clients: 1 … %d", CLIENTS_MAX);
    process_init(&process, option_text(argc, argv, "mlpd", "build/mlpd"));
    process_start(&process);
    client_init(&client, process.port);
    begin(&client);
    int64_t begun = now_ms();
    for (size_t i = 0; i < n; i++) {
        client_init(&askers[i].client, process.port);
        askers[i].dice.state = seed * 1000003 + i;
        if (pthread_create(&askers[i].thread, NULL, run_asker, &askers[i]) != 0)
            give_up("no thread for a client");
    }
    change_until(&client, &dice, each, begun + ms);
    atomic_store(&world.stop, true);
    for (size_t i = 0; i < n; i++)
        pthread_join(askers[i].thread, NULL);
    client_close(&client);
    tell(askers, n, now_ms() - begun);
    check(world.n_publishes >= each && world.n_rollbacks >= each,
          "there were as many publications and rollbacks as asked for");
    check(check_n_failed() == 0, "every answer is one that was meant");
    check(process_lives(&process), "the daemon ended by itself");
    finish(&process);
    return check_finish();
}
