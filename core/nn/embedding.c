/* SPDX-License-Identifier: MIT
 *
 * Embeddings: sums over rows go in the order of the rows, and a column's
 * parameters are one member's alone. */
#include "nn/embedding.h"

#include <assert.h>
#include <string.h>

#include "base/team.h"
#include "math/periodic.h"
#include "math/real.h"
#include "math/update.h"

/* --- there ---------------------------------------------------------------- */

/* The table's row for an input, or NULL. */
static const mlp_real *
row_of(const struct embedding *e, const mlp_real *table, mlp_real level)
{
    if (!(level >= 0 && level < REAL((double)e->spec.n_levels)))
        return NULL;
    return table + (size_t)level * e->spec.n_units;
}

static void embed_levels(const mlp_network *network,
                         const struct embedding *e,
                         size_t n,
                         const mlp_real *x,
                         mlp_real *h)
{
    const mlp_real *table = network->parameters + e->parameters;
    size_t units = e->spec.n_units;
    for (size_t i = 0; i < n; i++) {
        const mlp_real *row =
            row_of(e, table, x[i * network->spec.n_inputs + e->spec.input]);
        mlp_real *to = h + i * network->n_embedded + e->at;
        for (size_t k = 0; k < units; k++)
            to[k] = row != NULL ? row[k] : 0;
    }
}

/* Inputs without an embedding: [first, end) of x go to `at` of h. */
static void copy_plain(const mlp_network *network,
                       size_t n,
                       const mlp_real *x,
                       size_t first,
                       size_t end,
                       size_t at,
                       mlp_real *h)
{
    for (size_t i = 0; i < n && first < end; i++)
        memcpy(h + i * network->n_embedded + at,
               x + i * network->spec.n_inputs + first,
               (end - first) * sizeof *h);
}

void embeddings_forward(const mlp_network *network,
                        size_t n,
                        const mlp_real *x,
                        mlp_real *h)
{
    size_t n_inputs = network->spec.n_inputs, first = 0, at = 0;
    for (size_t i = 0; i < network->spec.n_embeddings; i++) {
        const struct embedding *e = &network->embeddings[i];
        copy_plain(network, n, x, first, e->spec.input, at, h);
        if (e->spec.kind == MLP_EMBEDDING_LEVELS) {
            embed_levels(network, e, n, x, h);
        } else {
            struct periodic column =
                periodic_at(network->parameters + e->parameters);
            periodic_embed(&column, n, x + e->spec.input, n_inputs, h + e->at,
                           network->n_embedded);
        }
        first = e->spec.input + 1;
        at = e->at + e->spec.n_units;
    }
    copy_plain(network, n, x, first, n_inputs, at, h);
}

/* --- and back ------------------------------------------------------------- */

static void levels_gradient(const mlp_network *network,
                            const struct embedding *e,
                            size_t n,
                            const mlp_real *x,
                            const mlp_real *dh,
                            bool add,
                            mlp_real *g)
{
    size_t units = e->spec.n_units;
    if (!add)
        memset(g, 0, e->n_parameters * sizeof *g);
    for (size_t i = 0; i < n; i++) {
        mlp_real level = x[i * network->spec.n_inputs + e->spec.input];
        const mlp_real *d = dh + i * network->n_embedded + e->at;
        if (row_of(e, g, level) == NULL)
            continue;
        mlp_real *to = g + (size_t)level * units;
        for (size_t k = 0; k < units; k++)
            to[k] += d[k];
    }
}

void embeddings_gradient(const mlp_network *network,
                         size_t n,
                         const mlp_real *x,
                         const mlp_real *dh,
                         bool add,
                         size_t member,
                         size_t n_members,
                         mlp_real *gradient,
                         const struct descent *then)
{
    size_t first, end;
    team_share(network->spec.n_embeddings, 1, member, n_members, &first, &end);
    for (size_t i = first; i < end; i++) {
        const struct embedding *e = &network->embeddings[i];
        mlp_real *g = gradient + e->parameters;
        if (e->spec.kind == MLP_EMBEDDING_LEVELS) {
            levels_gradient(network, e, n, x, dh, add, g);
        } else {
            struct periodic column =
                periodic_at(network->parameters + e->parameters);
            periodic_gradient(&column, n, x + e->spec.input,
                              network->spec.n_inputs, dh + e->at,
                              network->n_embedded, add, g);
        }
        if (then != NULL)
            update_apply(&then[i].weights, e->n_parameters, g);
    }
}

/* --- … to the inputs ----------------------------------------------------- */

static void levels_slope(const mlp_network *network,
                         const struct embedding *e,
                         size_t n,
                         const mlp_real *x,
                         const mlp_real *dh,
                         mlp_real *dx)
{
    const mlp_real *table = network->parameters + e->parameters;
    for (size_t i = 0; i < n; i++) {
        size_t at = i * network->spec.n_inputs + e->spec.input;
        const mlp_real *row = row_of(e, table, x[at]);
        const mlp_real *d = dh + i * network->n_embedded + e->at;
        mlp_real sum = 0;
        for (size_t k = 0; row != NULL && k < e->spec.n_units; k++)
            sum += row[k] * d[k];
        dx[at] = sum;
    }
}

/* Of inputs [first, end) without an embedding. */
static void plain_slopes(const mlp_network *network,
                         size_t n,
                         const mlp_real *dh,
                         size_t at,
                         size_t first,
                         size_t end,
                         mlp_real *dx)
{
    for (size_t i = 0; i < n && first < end; i++)
        memcpy(dx + i * network->spec.n_inputs + first,
               dh + i * network->n_embedded + at, (end - first) * sizeof *dx);
}

void embeddings_slopes(const mlp_network *network,
                       size_t n,
                       const mlp_real *x,
                       const mlp_real *dh,
                       mlp_real *dx)
{
    size_t n_inputs = network->spec.n_inputs, first = 0, at = 0;
    for (size_t i = 0; i < network->spec.n_embeddings; i++) {
        const struct embedding *e = &network->embeddings[i];
        plain_slopes(network, n, dh, at, first, e->spec.input, dx);
        if (e->spec.kind == MLP_EMBEDDING_LEVELS) {
            levels_slope(network, e, n, x, dh, dx);
        } else {
            struct periodic column =
                periodic_at(network->parameters + e->parameters);
            periodic_slope(&column, n, x + e->spec.input, n_inputs, dh + e->at,
                           network->n_embedded, dx + e->spec.input, n_inputs);
        }
        first = e->spec.input + 1;
        at = e->at + e->spec.n_units;
    }
    plain_slopes(network, n, dh, at, first, n_inputs, dx);
}

void embeddings_scale_levels(const mlp_network *network,
                             size_t n,
                             const mlp_real *scale,
                             mlp_real *h)
{
    for (size_t j = 0; j < network->spec.n_embeddings; j++) {
        const struct embedding *e = &network->embeddings[j];
        if (e->spec.kind != MLP_EMBEDDING_LEVELS)
            continue;
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < e->spec.n_units; k++)
                h[i * network->n_embedded + e->at + k] *= scale[i];
    }
}

/* --- in and out ---------------------------------------------------------- */

size_t mlp_network_embedding_size(const mlp_network *network, size_t embedding)
{
    assert(embedding < network->spec.n_embeddings);
    return network->embeddings[embedding].n_parameters;
}

void mlp_network_get_embedding(const mlp_network *network,
                               size_t embedding,
                               mlp_real *parameters)
{
    assert(embedding < network->spec.n_embeddings);
    const struct embedding *e = &network->embeddings[embedding];
    memcpy(parameters, network->parameters + e->parameters,
           e->n_parameters * sizeof *parameters);
}

void mlp_network_set_embedding(mlp_network *network,
                               size_t embedding,
                               const mlp_real *parameters)
{
    assert(embedding < network->spec.n_embeddings);
    const struct embedding *e = &network->embeddings[embedding];
    memcpy(network->parameters + e->parameters, parameters,
           e->n_parameters * sizeof *parameters);
}
