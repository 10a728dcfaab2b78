/* SPDX-License-Identifier: MIT
 *
 * A hash table with linear probing that only grows: a place is taken by setting
 * its name, once, and who comes second uses what the first one set. */
#include "telemetry/odd_cells.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void odd_cells_free(struct odd_cells *cells)
{
    for (size_t i = 0; i < ODD_CELLS_MODELS; i++)
        free(atomic_load(&cells->models[i].model));
}

/* FNV-1a. */
static uint32_t hash_of(const char *name)
{
    uint32_t hash = 2166136261U;
    for (; *name != '\0'; name++)
        hash = (hash ^ (uint8_t)*name) * 16777619U;
    return hash;
}

/* Is the place this model's, or could it be made so? */
static bool take(struct odd_cells_of *place, const char *model)
{
    char *name = atomic_load(&place->model);
    if (name == NULL) {
        char *own = strdup(model);
        if (own == NULL)
            return false;
        if (atomic_compare_exchange_strong(&place->model, &name, own))
            return true;
        free(own);
    }
    return strcmp(name, model) == 0;
}

void odd_cells_add(struct odd_cells *cells,
                   const char *model,
                   const uint64_t counts[MLP_N_ODDITIES])
{
    struct odd_cells_of *place = &cells->others;
    uint32_t hash = hash_of(model);
    for (uint32_t i = 0; i < ODD_CELLS_MODELS; i++) {
        struct odd_cells_of *next =
            &cells->models[(hash + i) & (ODD_CELLS_MODELS - 1)];
        if (take(next, model)) {
            place = next;
            break;
        }
    }
    for (size_t k = 0; k < MLP_N_ODDITIES; k++)
        if (counts[k] > 0)
            atomic_fetch_add_explicit(&place->n[k], counts[k],
                                      memory_order_relaxed);
}

static void render(struct odd_cells_of *place,
                   mlp_oddity kind,
                   const char *name,
                   const char *label,
                   mlp_buffer *out)
{
    uint64_t n = atomic_load_explicit(&place->n[kind], memory_order_relaxed);
    if (n > 0)
        mlp_buffer_format(out, "%s{model=\"%s\"} %" PRIu64 "\n", name, label,
                          n);
}

void odd_cells_render(struct odd_cells *cells,
                      mlp_oddity kind,
                      const char *name,
                      mlp_buffer *out)
{
    for (size_t i = 0; i < ODD_CELLS_MODELS; i++) {
        const char *model = atomic_load(&cells->models[i].model);
        if (model != NULL)
            render(&cells->models[i], kind, name, model, out);
    }
    render(&cells->others, kind, name, "", out);
}
