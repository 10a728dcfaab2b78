/* SPDX-License-Identifier: MIT
 *
 * Counting who has a model. */
#include "store/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct snapshot *snapshot_create(const struct live_model *live,
                                 mlp_model *model,
                                 atomic_ullong *awake_bytes)
{
    struct snapshot *snapshot = malloc(sizeof *snapshot);

    if (snapshot == NULL)
        return NULL;
    snapshot->live = *live;
    snapshot->live.model = snapshot->model = model;
    snapshot->n_bytes = live->size;
    snapshot->awake_bytes = awake_bytes;
    atomic_fetch_add(awake_bytes, snapshot->n_bytes);
    atomic_init(&snapshot->n_holders, 1);
    atomic_init(&snapshot->spare, NULL);
    return snapshot;
}

struct snapshot *snapshot_hold(struct snapshot *snapshot)
{
    atomic_fetch_add_explicit(&snapshot->n_holders, 1, memory_order_relaxed);
    return snapshot;
}

void snapshot_release(struct snapshot *snapshot)
{
    if (snapshot == NULL || atomic_fetch_sub(&snapshot->n_holders, 1) > 1)
        return;
    mlp_predictor_destroy(atomic_load(&snapshot->spare));
    mlp_model_destroy(snapshot->model);
    atomic_fetch_sub(snapshot->awake_bytes, snapshot->n_bytes);
    free(snapshot);
}

static struct snapshot *of(const struct live_model *live)
{
    return (struct snapshot *)(uintptr_t)live;
}

mlp_status live_model_take_predictor(const struct live_model *live,
                                     size_t max_rows,
                                     mlp_predictor **out,
                                     mlp_error *err)
{
    *out = max_rows == 1 ? atomic_exchange(&of(live)->spare, NULL) : NULL;
    return *out != NULL ? MLP_OK
                        : mlp_predictor_create(live->model, max_rows, out, err);
}

void live_model_give_predictor(const struct live_model *live,
                               size_t max_rows,
                               mlp_predictor *predictor)
{
    if (max_rows == 1)
        predictor = atomic_exchange(&of(live)->spare, predictor);
    mlp_predictor_destroy(predictor);
}

struct live_model live_model_of(const char *name,
                                uint32_t version,
                                const struct model_facts *facts)
{
    struct live_model live = {.version = version};

    snprintf(live.name, sizeof live.name, "%s", name);
    if (facts != NULL) {
        live.size = facts->size;
        live.created_ms = facts->created_ms;
        memcpy(live.sha256, facts->sha256, sizeof live.sha256);
    }
    return live;
}
