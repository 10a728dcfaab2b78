/* SPDX-License-Identifier: MIT
 *
 * Each activation is two functions of vectors, its value and its slope; a
 * macro makes the block loops of them.
 *
 * References: elu, Clevert et al. 2016; selu, Klambauer et al. 2017; gelu,
 * Hendrycks & Gimpel 2016 (the exact one); silu, Elfwing et al. 2018; mish,
 * Misra 2020. */
#ifndef MLP_MATH_ACTIVATIONS_H
#define MLP_MATH_ACTIVATIONS_H

#include "math/functions.h"
#include "math/kernels.h"
#include "mlp/network.h"

static const mlp_real LEAK = REAL(0.01);
static const mlp_real SELU_SCALE = REAL(1.0507009873554805);
static const mlp_real SELU_ALPHA = REAL(1.6732632423543772);
static const mlp_real DENSITY_AT_0 = REAL(0.39894228040143267794);

INLINE vector sigmoid_slope(vector z, vector a)
{
    (void)z;
    return a * (1 - a);
}

INLINE vector tanh_slope(vector z, vector a)
{
    (void)z;
    return fused(-a, a, all(1));
}

/* The comparison lets a NaN through, so that it is seen further on. */
INLINE vector relu_of(vector x)
{
    return choose(x < 0, all(0), x);
}

INLINE vector relu_slope(vector z, vector a)
{
    (void)a;
    return choose(z > 0, all(1), all(0));
}

INLINE vector leaky_relu_of(vector x)
{
    return choose(x > 0, x, LEAK * x);
}

INLINE vector leaky_relu_slope(vector z, vector a)
{
    (void)a;
    return choose(z > 0, all(1), all(LEAK));
}

/* exp(x) - 1 below 0; elsewhere a number that is not used. */
INLINE vector expm1_below(vector x)
{
    return expm1_of(choose(x > 0, all(0), x));
}

INLINE vector elu_of(vector x)
{
    return choose(x > 0, x, expm1_below(x));
}

INLINE vector elu_slope(vector z, vector a)
{
    return choose(z > 0, all(1), a + 1);
}

INLINE vector selu_of(vector x)
{
    return SELU_SCALE * choose(x > 0, x, SELU_ALPHA * expm1_below(x));
}

INLINE vector selu_slope(vector z, vector a)
{
    return choose(z > 0, all(SELU_SCALE), a + SELU_SCALE * SELU_ALPHA);
}

INLINE vector gelu_of(vector x)
{
    return x * normal_cdf(x);
}

INLINE vector gelu_slope(vector z, vector a)
{
    (void)a;
    vector density = DENSITY_AT_0 * exp_of(REAL(-0.5) * z * z);
    return fused(z, density, normal_cdf(z));
}

INLINE vector silu_of(vector x)
{
    return x * sigmoid_of(x);
}

INLINE vector silu_slope(vector z, vector a)
{
    vector s = sigmoid_of(z);
    return fused(a, 1 - s, s);
}

INLINE vector softplus_slope(vector z, vector a)
{
    (void)a;
    return sigmoid_of(z);
}

INLINE vector mish_of(vector x)
{
    return x * tanh_of(softplus_of(x));
}

INLINE vector mish_slope(vector z, vector a)
{
    (void)a;
    vector t = tanh_of(softplus_of(z));
    return fused(z * fused(-t, t, all(1)), sigmoid_of(z), t);
}

INLINE vector identity_of(vector x)
{
    return x;
}

INLINE vector identity_slope(vector z, vector a)
{
    (void)z;
    (void)a;
    return all(1);
}

#define BLOCKS(name)                                                           \
    static void apply_##name(const mlp_real *z, size_t n, mlp_real *a)         \
    {                                                                          \
        size_t i = 0;                                                          \
        for (; i + LANES <= n; i += LANES)                                     \
            store(a + i, name##_of(load(z + i)));                              \
        if (i < n)                                                             \
            store_some(a + i, name##_of(load_some(z + i, n - i)), n - i);      \
    }                                                                          \
    static void chain_##name(const mlp_real *z, const mlp_real *a, size_t n,   \
                             mlp_real *d)                                      \
    {                                                                          \
        size_t i = 0;                                                          \
        for (; i + LANES <= n; i += LANES)                                     \
            store(d + i,                                                       \
                  load(d + i) * name##_slope(load(z + i), load(a + i)));       \
        if (i < n)                                                             \
            store_some(d + i,                                                  \
                       load_some(d + i, n - i) *                               \
                           name##_slope(load_some(z + i, n - i),               \
                                        load_some(a + i, n - i)),              \
                       n - i);                                                 \
    }
BLOCKS(sigmoid)
BLOCKS(tanh)
BLOCKS(relu)
BLOCKS(leaky_relu)
BLOCKS(elu)
BLOCKS(selu)
BLOCKS(gelu)
BLOCKS(silu)
BLOCKS(mish)
BLOCKS(softplus)
BLOCKS(identity)
#undef BLOCKS

#define ROW(name)                                                              \
    {                                                                          \
        apply_##name, chain_##name                                             \
    }
static const struct activation_blocks activations[] = {
    [MLP_SIGMOID] = ROW(sigmoid),   [MLP_TANH] = ROW(tanh),
    [MLP_RELU] = ROW(relu),         [MLP_LEAKY_RELU] = ROW(leaky_relu),
    [MLP_ELU] = ROW(elu),           [MLP_SELU] = ROW(selu),
    [MLP_GELU] = ROW(gelu),         [MLP_SILU] = ROW(silu),
    [MLP_MISH] = ROW(mish),         [MLP_SOFTPLUS] = ROW(softplus),
    [MLP_IDENTITY] = ROW(identity),
};
#undef ROW

#define BLOCK(name)                                                            \
    static void block_##name(const mlp_real *x, size_t n, mlp_real *y)         \
    {                                                                          \
        for (size_t i = 0; i + LANES <= n; i += LANES)                         \
            store(y + i, name##_of(load(x + i)));                              \
        size_t some = n % LANES, whole = n - some;                             \
        if (some > 0)                                                          \
            store_some(y + whole, name##_of(load_some(x + whole, some)),       \
                       some);                                                  \
    }
BLOCK(exp)
BLOCK(log)
BLOCK(expm1)
BLOCK(log1p)
BLOCK(erf)
BLOCK(erfc)
#undef BLOCK

static block_function *const functions[N_FUNCTIONS] = {
    [FUNCTION_EXP] = block_exp, [FUNCTION_EXPM1] = block_expm1,
    [FUNCTION_LOG] = block_log, [FUNCTION_LOG1P] = block_log1p,
    [FUNCTION_ERF] = block_erf, [FUNCTION_ERFC] = block_erfc,
};

#endif
