/* SPDX-License-Identifier: MIT
 *
 * A hash table with linear probing that only grows, like odd_cells.c: a place
 * is taken by setting its key, once, and who comes second uses what the first
 * one set. */
#include "telemetry/model_traffic.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct model_traffic_key {
    uint32_t version;
    char model[];
};

void model_traffic_free(struct model_traffic *traffic)
{
    for (size_t i = 0; i < MODEL_TRAFFIC_PLACES; i++)
        free(atomic_load(&traffic->places[i].key));
}

/* FNV-1a. */
static uint32_t hash_of(const char *model, uint32_t version)
{
    uint32_t hash = (2166136261U ^ version) * 16777619U;
    for (; *model != '\0'; model++)
        hash = (hash ^ (uint8_t)*model) * 16777619U;
    return hash;
}

static struct model_traffic_key *create_key(const char *model, uint32_t version)
{
    size_t size = strlen(model) + 1;
    struct model_traffic_key *key = malloc(sizeof *key + size);
    if (key == NULL)
        return NULL;
    key->version = version;
    memcpy(key->model, model, size);
    return key;
}

/* Is the place this version's, or could it be made so? */
static bool
take(struct model_traffic_of *place, const char *model, uint32_t version)
{
    struct model_traffic_key *key = atomic_load(&place->key);
    if (key == NULL) {
        struct model_traffic_key *own = create_key(model, version);
        if (own == NULL)
            return false;
        if (atomic_compare_exchange_strong(&place->key, &key, own))
            return true;
        free(own);
    }
    return key->version == version && strcmp(key->model, model) == 0;
}

static struct model_traffic_of *
find(struct model_traffic *traffic, const char *model, uint32_t version)
{
    uint32_t hash = hash_of(model, version);
    for (uint32_t i = 0; i < MODEL_TRAFFIC_PLACES; i++) {
        struct model_traffic_of *place =
            &traffic->places[(hash + i) & (MODEL_TRAFFIC_PLACES - 1)];
        if (take(place, model, version))
            return place;
    }
    return &traffic->others;
}

static void add(atomic_uint_fast64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void model_traffic_answered(struct model_traffic *traffic,
                            const char *model,
                            uint32_t version,
                            uint64_t n_rows)
{
    struct model_traffic_of *place = find(traffic, model, version);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    add(&place->requests, 1);
    add(&place->rows, n_rows);
    atomic_store_explicit(&place->last_s, (uint64_t)now.tv_sec,
                          memory_order_relaxed);
}

void model_traffic_refused(struct model_traffic *traffic,
                           const char *model,
                           uint32_t version)
{
    add(&find(traffic, model, version)->errors, 1);
}

/* --- the text ------------------------------------------------------------- */

/* 0 is shown of a counter, so that a rate is seen from the first one on; a time
 * that was not yet is not. */
static const struct family {
    const char *name, *type, *help;
    size_t offset; /* in struct model_traffic_of */
    bool from_zero;
} families[] = {
    {"mlpd_predict_requests_total", "counter",
     "Predictions answered, by model and version.",
     offsetof(struct model_traffic_of, requests), true},
    {"mlpd_predict_rows_total", "counter",
     "Rows predicted, by model and version.",
     offsetof(struct model_traffic_of, rows), true},
    {"mlpd_predict_errors_total", "counter",
     "Predictions of a model that is there which were refused, or failed.",
     offsetof(struct model_traffic_of, errors), true},
    {"mlpd_predict_last_timestamp_seconds", "gauge",
     "When a version last answered, seconds since 1970.",
     offsetof(struct model_traffic_of, last_s), false},
};

static void render(const struct family *family,
                   struct model_traffic_of *place,
                   mlp_buffer *out)
{
    const struct model_traffic_key *key = atomic_load(&place->key);
    void *at = (char *)place + family->offset;
    uint64_t value =
        atomic_load_explicit((atomic_uint_fast64_t *)at, memory_order_relaxed);
    bool there = key != NULL ||
                 atomic_load_explicit(&place->requests, memory_order_relaxed) ||
                 atomic_load_explicit(&place->errors, memory_order_relaxed);
    if (!there || (value == 0 && !family->from_zero))
        return;
    if (key == NULL)
        mlp_buffer_format(out, "%s{model=\"\",version=\"\"} %" PRIu64 "\n",
                          family->name, value);
    else
        mlp_buffer_format(
            out, "%s{model=\"%s\",version=\"%" PRIu32 "\"} %" PRIu64 "\n",
            family->name, key->model, key->version, value);
}

void model_traffic_render(struct model_traffic *traffic, mlp_buffer *out)
{
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        mlp_buffer_format(out, "# HELP %s %s\n# TYPE %s %s\n", families[f].name,
                          families[f].help, families[f].name, families[f].type);
        for (size_t i = 0; i < MODEL_TRAFFIC_PLACES; i++)
            render(&families[f], &traffic->places[i], out);
        render(&families[f], &traffic->others, out);
    }
}
