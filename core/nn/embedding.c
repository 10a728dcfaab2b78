/* SPDX-License-Identifier: MIT
 *
 * Embeddings: sums over rows go in the order of the rows, and a column's
 * parameters are one member's alone. */
#include "nn/embedding.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "base/team.h"
#include "math/periodic.h"
#include "math/real.h"
#include "math/update.h"
#include "nn/streams.h"

enum { MAX_LEVELS = 1 << 24 };

/* --- shape ---------------------------------------------------------------- */

static bool size_of(const mlp_embedding_spec *spec, size_t *out)
{
    if (spec->kind == MLP_EMBEDDING_LEVELS)
        return size_mul(spec->n_levels, spec->n_units, out);
    *out = MLP_PERIODIC_PARAMETERS;
    return true;
}

bool embeddings_count(const mlp_network_spec *spec,
                      size_t *n_embedded,
                      size_t *n_parameters)
{
    bool fits = true;
    *n_embedded = spec->n_inputs - spec->n_embeddings;
    *n_parameters = 0;
    for (size_t i = 0; i < spec->n_embeddings && fits; i++) {
        size_t size;
        fits = size_of(&spec->embeddings[i], &size) &&
               size_add(*n_parameters, size, n_parameters) &&
               size_add(*n_embedded, spec->embeddings[i].n_units, n_embedded);
    }
    return fits;
}

static mlp_status
check_one(const mlp_embedding_spec *spec, size_t i, mlp_error *err)
{
    if (spec->kind == MLP_EMBEDDING_PERIODIC) {
        if (spec->n_units != MLP_PERIODIC_UNITS)
            return mlp_fail(err, MLP_INVALID,
                            "embeddings[%zu].n_units: expected %d, got %zu", i,
                            MLP_PERIODIC_UNITS, spec->n_units);
        return MLP_OK;
    }
    if (spec->kind != MLP_EMBEDDING_LEVELS)
        return mlp_fail(err, MLP_INVALID, "embeddings[%zu].kind: no such kind",
                        i);
    if (spec->n_levels < 1 || spec->n_levels > MAX_LEVELS)
        return mlp_fail(err, MLP_INVALID,
                        "embeddings[%zu].n_levels: expected 1 to %d, got %zu",
                        i, MAX_LEVELS, spec->n_levels);
    if (spec->n_units < 1 || spec->n_units > MLP_MAX_WIDTH)
        return mlp_fail(err, MLP_INVALID,
                        "embeddings[%zu].n_units: expected 1 to %d, got %zu", i,
                        MLP_MAX_WIDTH, spec->n_units);
    return MLP_OK;
}

mlp_status embeddings_check(const mlp_network_spec *spec, mlp_error *err)
{
    mlp_status status = MLP_OK;
    for (size_t i = 0; status == MLP_OK && i < spec->n_embeddings; i++) {
        size_t input = spec->embeddings[i].input;
        if (input >= spec->n_inputs ||
            (i > 0 && input <= spec->embeddings[i - 1].input))
            return mlp_fail(err, MLP_INVALID,
                            "embeddings[%zu].input: expected ascending numbers "
                            "below %zu, got %zu",
                            i, spec->n_inputs, input);
        status = check_one(&spec->embeddings[i], i, err);
    }
    return status;
}

void embeddings_place(mlp_network *network)
{
    const mlp_network_spec *spec = &network->spec;
    size_t parameters = network->n_layered, shift = 0;
    for (size_t i = 0; i < spec->n_embeddings; i++) {
        struct embedding *e = &network->embeddings[i];
        size_t size = 0;
        size_of(&spec->embeddings[i], &size); /* it was counted: it fits */
        *e = (struct embedding){spec->embeddings[i],
                                spec->embeddings[i].input + shift, parameters,
                                size};
        parameters += size;
        shift += e->spec.n_units - 1;
    }
}

/* --- the first parameters --------------------------------------------------
 */

static double uniform(random_stream *random, double limit)
{
    return (2 * random_double(random) - 1) * limit;
}

static void draw_periodic(random_stream *random, mlp_real *w)
{
    static const double pi = 3.14159265358979323846;
    const size_t waves = MLP_PERIODIC_WAVES;
    for (size_t i = 0; i < waves; i++)
        w[i] = REAL(0.1 * random_normal(random));
    for (size_t i = waves; i < 2 * waves; i++)
        w[i] = REAL(uniform(random, pi));
    for (size_t i = 2 * waves; i < MLP_PERIODIC_PARAMETERS; i++)
        w[i] = REAL(uniform(random, 0.25)); /* 1 / sqrt(waves) */
}

void embeddings_draw(mlp_network *network, uint64_t seed)
{
    for (size_t i = 0; i < network->spec.n_embeddings; i++) {
        const struct embedding *e = &network->embeddings[i];
        mlp_real *w = network->parameters + e->parameters;
        random_stream random;
        random_init(&random, seed, stream_id(STREAM_EMBEDDING, i));
        if (e->spec.kind == MLP_EMBEDDING_PERIODIC) {
            draw_periodic(&random, w);
            continue;
        }
        for (size_t k = 0; k < e->n_parameters; k++)
            w[k] = REAL(random_normal(&random));
    }
}

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

/* --- … to the inputs -------------------------------------------------------
 */

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

/* --- in and out ------------------------------------------------------------
 */

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
