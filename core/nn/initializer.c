/* SPDX-License-Identifier: MIT
 *
 * Weights of mean 0 and variance gain / fan:
 *
 *     Glorot & Bengio 2010   2 / (fan_in + fan_out)
 *     He et al. 2015         2 / fan_in
 *     LeCun et al. 1998      1 / fan_in */
#include "nn/initializer.h"

#include <assert.h>

#include "base/random.h"
#include "math/gemm.h"
#include "math/real.h"
#include "nn/names.h"
#include "nn/streams.h"

enum shape { NOTHING, UNIFORM, NORMAL };

/* variance = gain / (fan_in [+ fan_out]) */
static const struct recipe {
    double gain;
    enum shape shape;
    bool both_fans;
} recipes[N_INITIALIZERS] = {
    [MLP_INIT_GLOROT_UNIFORM] = {2, UNIFORM, true},
    [MLP_INIT_GLOROT_NORMAL] = {2, NORMAL, true},
    [MLP_INIT_HE_UNIFORM] = {2, UNIFORM, false},
    [MLP_INIT_HE_NORMAL] = {2, NORMAL, false},
    [MLP_INIT_LECUN_UNIFORM] = {1, UNIFORM, false},
    [MLP_INIT_LECUN_NORMAL] = {1, NORMAL, false},
    [MLP_INIT_ZEROS] = {0, NOTHING, false},
    [MLP_INIT_NTK] = {1, NORMAL, false},
};

mlp_initializer initializer_for(mlp_activation activation)
{
    static const mlp_initializer chosen[N_ACTIVATIONS] = {
        [MLP_SIGMOID] = MLP_INIT_GLOROT_UNIFORM,
        [MLP_TANH] = MLP_INIT_GLOROT_UNIFORM,
        [MLP_RELU] = MLP_INIT_HE_NORMAL,
        [MLP_LEAKY_RELU] = MLP_INIT_HE_NORMAL,
        [MLP_ELU] = MLP_INIT_HE_NORMAL,
        [MLP_SELU] = MLP_INIT_LECUN_NORMAL,
        [MLP_GELU] = MLP_INIT_HE_NORMAL,
        [MLP_SILU] = MLP_INIT_HE_NORMAL,
        [MLP_MISH] = MLP_INIT_HE_NORMAL,
        [MLP_SOFTPLUS] = MLP_INIT_GLOROT_UNIFORM,
        [MLP_IDENTITY] = MLP_INIT_GLOROT_UNIFORM,
    };
    assert((size_t)activation < N_ACTIVATIONS);
    return chosen[activation];
}

static double draw(random_stream *random, enum shape shape, double deviation)
{
    switch (shape) {
    case UNIFORM: /* on [-l, l) the variance is l^2 / 3 */
        return (2 * random_double(random) - 1) * sqrt(3.0) * deviation;
    case NORMAL:
        return random_normal(random) * deviation;
    case NOTHING:
        break;
    }
    return 0;
}

void initializer_draw(mlp_initializer kind,
                      uint64_t seed,
                      size_t layer,
                      size_t n_in,
                      size_t n_out,
                      mlp_real *weights)
{
    assert((size_t)kind < N_INITIALIZERS && kind != MLP_INIT_AUTO);
    const struct recipe *recipe = &recipes[kind];
    double fan = (double)n_in + (recipe->both_fans ? (double)n_out : 0);
    double deviation = sqrt(recipe->gain / fan);
    random_stream random;
    random_init(&random, seed, stream_id(STREAM_WEIGHTS, layer));
    for (size_t o = 0; o < n_out; o++) {
        for (size_t k = 0; k < n_in; k++)
            weights[gemm_at(n_in, n_out, k, o)] =
                REAL(draw(&random, recipe->shape, deviation));
    }
}

void initializer_draw_biases(mlp_initializer kind,
                             uint64_t seed,
                             size_t layer,
                             size_t n_out,
                             mlp_real *biases)
{
    random_stream random;
    random_init(&random, seed, stream_id(STREAM_BIASES, layer));
    for (size_t o = 0; o < n_out; o++)
        biases[o] = kind == MLP_INIT_NTK ? REAL(random_normal(&random)) : 0;
}
