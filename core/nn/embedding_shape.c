/* SPDX-License-Identifier: MIT
 *
 * Embeddings before there is a network: checked, counted, placed, drawn. */
#include "nn/embedding_shape.h"

#include "base/alloc.h"
#include "base/random.h"
#include "math/real.h"
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

void embeddings_place(const mlp_network_spec *spec,
                      size_t parameters,
                      struct embedding *embeddings)
{
    size_t shift = 0;
    for (size_t i = 0; i < spec->n_embeddings; i++) {
        struct embedding *e = &embeddings[i];
        size_t size = 0;
        size_of(&spec->embeddings[i], &size); /* it was counted: it fits */
        *e = (struct embedding){spec->embeddings[i],
                                spec->embeddings[i].input + shift, parameters,
                                size};
        parameters += size;
        shift += e->spec.n_units - 1;
    }
}

/* --- the first parameters ------------------------------------------------ */

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

void embeddings_draw(const struct embedding *embeddings,
                     size_t n,
                     uint64_t seed,
                     mlp_real *parameters)
{
    for (size_t i = 0; i < n; i++) {
        const struct embedding *e = &embeddings[i];
        mlp_real *w = parameters + e->parameters;
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
