/* SPDX-License-Identifier: MIT */
#include "torture/specs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture/check.h"
#include "torture/client.h"
#include "torture/process.h"

#define LEARN_NAME "x0-0000"

static const char *const files[N_TABLES] = {
    "tests/data/iris/train.csv",
    "tests/data/wdbc/train.csv",
    "tests/data/diabetes/train.csv",
};

/* From some milliseconds to some tenths of a second. */
static const struct spec {
    unsigned table, epochs;
    const char *query;
} specs[N_SPECS] = {
    {0, 101, "target=species&hidden=16&optimizer=sgd&early_stopping=0&seed=1"},
    {0, 402, "target=species&hidden=24,24&optimizer=adam&dropout=0.2&seed=2"},
    {1, 403,
     "target=diagnosis&hidden=48,24&optimizer=adamw&early_stopping=0&seed=3"},
    {1, 1004,
     "target=diagnosis&hidden=32&optimizer=momentum&learning_rate=0.01"
     "&schedule=cosine&early_stopping=0&seed=4"},
    {2, 405,
     "target=target&hidden=32,32&optimizer=rmsprop&early_stopping=0&seed=5"},
    {2, 606, "target=target&hidden=16,16&activation=tanh&patience=200&seed=6"},
};

struct content tables[N_TABLES];
struct content models[N_SPECS];

void spec_submit(struct client *client,
                 unsigned spec,
                 const char *model,
                 const char *key,
                 struct answer *answer)
{
    const struct content *table = &tables[specs[spec].table];
    char target[512], headers[256];

    snprintf(target, sizeof target, "/train?model=%s&epochs=%u&%s", model,
             specs[spec].epochs, specs[spec].query);
    snprintf(headers, sizeof headers, "Content-Type: text/csv\r\n%s%s%s",
             key != NULL ? "Idempotency-Key: " : "", key != NULL ? key : "",
             key != NULL ? "\r\n" : "");
    client_call(client, "POST", target, headers, table->bytes, table->length,
                answer);
}

int spec_of_epochs(int64_t epochs)
{
    for (int i = 0; i < N_SPECS; i++)
        if (specs[i].epochs == epochs)
            return i;
    return -1;
}

static void learn(struct process *process, unsigned spec)
{
    struct client client;
    struct answer answer;
    char target[64], path[PROCESS_PATH + 64];
    const char *state = "";

    client_init(&client, process->port);
    spec_submit(&client, spec, LEARN_NAME, NULL, &answer);
    if (answer.status != 202)
        give_up("spec %u is refused: %.300s", spec,
                answer.body != NULL ? answer.body : "no answer");
    answer_free(&answer);
    snprintf(target, sizeof target, "/jobs/%u", spec + 1);
    json_t *job = NULL;
    for (int i = 0; i < 8 && strcmp(state, "succeeded") != 0; i++) {
        json_decref(job);
        job = get_json(process->port, "%s?wait=30", target);
        const char *now = json_string_value(json_object_get(job, "state"));
        state = now != NULL ? now : "";
    }
    if (strcmp(state, "succeeded") != 0)
        give_up("spec %u does not train: %s", spec, state);
    json_decref(job);
    client_close(&client);
    snprintf(path, sizeof path, "%s/models/%s/%u.safetensors", process->data,
             LEARN_NAME, spec + 1);
    models[spec].bytes = read_file(path, &models[spec].length);
    if (models[spec].bytes == NULL)
        give_up("%s is missing", path);
    bytes_sha256(models[spec].bytes, models[spec].length, models[spec].sha256);
}

void specs_learn(const char *program)
{
    struct process process;

    for (unsigned i = 0; i < N_TABLES; i++) {
        tables[i].bytes = read_file(files[i], &tables[i].length);
        if (tables[i].bytes == NULL)
            give_up("%s is missing: run this from the tree's root", files[i]);
        bytes_sha256(tables[i].bytes, tables[i].length, tables[i].sha256);
    }
    process_init(&process, program);
    process_start(&process);
    for (unsigned i = 0; i < N_SPECS; i++)
        learn(&process, i);
    process_stop(&process);
    process_free(&process);
}

void specs_import(uint16_t port)
{
    struct client client;
    struct answer answer;

    client_init(&client, port);
    client_call(&client, "PUT", "/models/" LEARN_NAME,
                "Content-Type: application/octet-stream\r\n", models[0].bytes,
                models[0].length, &answer);
    check(answer.status == 201, "the first import gets %d", answer.status);
    answer_free(&answer);
    client_close(&client);
}

void specs_free(void)
{
    for (unsigned i = 0; i < N_TABLES; i++)
        free(tables[i].bytes);
    for (unsigned i = 0; i < N_SPECS; i++)
        free(models[i].bytes);
}

void spec_sha256(unsigned spec, const char *model, char out[65])
{
    const struct content *learnt = &models[spec];
    char *bytes = malloc(learnt->length);

    if (bytes == NULL || strlen(model) != NAME_LENGTH)
        give_up("the name %s cannot stand for %s", model, LEARN_NAME);
    memcpy(bytes, learnt->bytes, learnt->length);
    for (char *at = bytes;
         (at = memmem(at, learnt->length - (size_t)(at - bytes), LEARN_NAME,
                      NAME_LENGTH)) != NULL;)
        memcpy(at, model, NAME_LENGTH);
    bytes_sha256(bytes, learnt->length, out);
    free(bytes);
}
