/* SPDX-License-Identifier: MIT
 *
 * Each activation is two scalar functions, its value and its slope; a macro
 * makes the block loops of them, so that simple ones vectorise.
 *
 * References: elu, Clevert et al. 2016; selu, Klambauer et al. 2017; gelu,
 * Hendrycks & Gimpel 2016 (the exact one); silu, Elfwing et al. 2018; mish,
 * Misra 2020. */
#include "math/activation.h"

#include <assert.h>

#include "math/real.h"

static const mlp_real LEAK = REAL(0.01);
static const mlp_real SELU_SCALE = REAL(1.0507009873554805);
static const mlp_real SELU_ALPHA = REAL(1.6732632423543772);
static const mlp_real SQRT_HALF = REAL(0.70710678118654752440);
static const mlp_real DENSITY_AT_0 = REAL(0.39894228040143267794);

static inline mlp_real sigmoid(mlp_real x)
{
    mlp_real e = real_exp(-real_fabs(x)); /* never overflows */
    mlp_real s = 1 / (1 + e);
    return x < 0 ? e * s : s;
}

static inline mlp_real sigmoid_slope(mlp_real z, mlp_real a)
{
    (void)z;
    return a * (1 - a);
}

static inline mlp_real tanh_slope(mlp_real z, mlp_real a)
{
    (void)z;
    return 1 - a * a;
}

/* The comparison lets a NaN through, so that it is seen further on. */
static inline mlp_real relu(mlp_real x)
{
    return x < 0 ? 0 : x;
}

static inline mlp_real relu_slope(mlp_real z, mlp_real a)
{
    (void)a;
    return z > 0 ? REAL(1) : 0;
}

static inline mlp_real leaky_relu(mlp_real x)
{
    return x > 0 ? x : LEAK * x;
}

static inline mlp_real leaky_relu_slope(mlp_real z, mlp_real a)
{
    (void)a;
    return z > 0 ? 1 : LEAK;
}

static inline mlp_real elu(mlp_real x)
{
    return x > 0 ? x : real_expm1(x);
}

static inline mlp_real elu_slope(mlp_real z, mlp_real a)
{
    return z > 0 ? 1 : a + 1;
}

static inline mlp_real selu(mlp_real x)
{
    return SELU_SCALE * (x > 0 ? x : SELU_ALPHA * real_expm1(x));
}

static inline mlp_real selu_slope(mlp_real z, mlp_real a)
{
    return z > 0 ? SELU_SCALE : a + SELU_SCALE * SELU_ALPHA;
}

/* The normal distribution function; erfc keeps its left tail exact. */
static inline mlp_real normal_cdf(mlp_real x)
{
    return REAL(0.5) * real_erfc(-x * SQRT_HALF);
}

static inline mlp_real gelu(mlp_real x)
{
    return x * normal_cdf(x);
}

static inline mlp_real gelu_slope(mlp_real z, mlp_real a)
{
    (void)a;
    mlp_real density = DENSITY_AT_0 * real_exp(REAL(-0.5) * z * z);
    return normal_cdf(z) + z * density;
}

static inline mlp_real silu(mlp_real x)
{
    return x * sigmoid(x);
}

static inline mlp_real silu_slope(mlp_real z, mlp_real a)
{
    mlp_real s = sigmoid(z);
    return s + a * (1 - s);
}

static inline mlp_real softplus(mlp_real x)
{
    return relu(x) + real_log1p(real_exp(-real_fabs(x)));
}

static inline mlp_real softplus_slope(mlp_real z, mlp_real a)
{
    (void)a;
    return sigmoid(z);
}

static inline mlp_real mish(mlp_real x)
{
    return x * real_tanh(softplus(x));
}

static inline mlp_real mish_slope(mlp_real z, mlp_real a)
{
    (void)a;
    mlp_real t = real_tanh(softplus(z));
    return t + z * (1 - t * t) * sigmoid(z);
}

static inline mlp_real identity(mlp_real x)
{
    return x;
}

static inline mlp_real identity_slope(mlp_real z, mlp_real a)
{
    (void)z;
    (void)a;
    return 1;
}

#define BLOCKS(name, value)                                                    \
    static void apply_##name(const mlp_real *z, size_t n, mlp_real *a)         \
    {                                                                          \
        for (size_t i = 0; i < n; i++)                                         \
            a[i] = value(z[i]);                                                \
    }                                                                          \
    static void chain_##name(const mlp_real *z, const mlp_real *a, size_t n,   \
                             mlp_real *d)                                      \
    {                                                                          \
        for (size_t i = 0; i < n; i++)                                         \
            d[i] *= name##_slope(z[i], a[i]);                                  \
    }
BLOCKS(sigmoid, sigmoid)
BLOCKS(tanh, real_tanh)
BLOCKS(relu, relu)
BLOCKS(leaky_relu, leaky_relu)
BLOCKS(elu, elu)
BLOCKS(selu, selu)
BLOCKS(gelu, gelu)
BLOCKS(silu, silu)
BLOCKS(mish, mish)
BLOCKS(softplus, softplus)
BLOCKS(identity, identity)
#undef BLOCKS

#define ROW(name)                                                              \
    {                                                                          \
        apply_##name, chain_##name                                             \
    }
static const struct {
    void (*apply)(const mlp_real *z, size_t n, mlp_real *a);
    void (*chain)(const mlp_real *z, const mlp_real *a, size_t n, mlp_real *d);
} activations[] = {
    [MLP_SIGMOID] = ROW(sigmoid),   [MLP_TANH] = ROW(tanh),
    [MLP_RELU] = ROW(relu),         [MLP_LEAKY_RELU] = ROW(leaky_relu),
    [MLP_ELU] = ROW(elu),           [MLP_SELU] = ROW(selu),
    [MLP_GELU] = ROW(gelu),         [MLP_SILU] = ROW(silu),
    [MLP_MISH] = ROW(mish),         [MLP_SOFTPLUS] = ROW(softplus),
    [MLP_IDENTITY] = ROW(identity),
};
#undef ROW

mlp_real activation_sigmoid(mlp_real x)
{
    return sigmoid(x);
}

mlp_real activation_softplus(mlp_real x)
{
    return softplus(x);
}

void activation_apply(mlp_activation f,
                      const mlp_real *z,
                      size_t n,
                      mlp_real *a)
{
    assert((size_t)f < sizeof activations / sizeof *activations);
    activations[f].apply(z, n, a);
}

void activation_chain(mlp_activation f,
                      const mlp_real *z,
                      const mlp_real *a,
                      size_t n,
                      mlp_real *d)
{
    assert((size_t)f < sizeof activations / sizeof *activations);
    activations[f].chain(z, a, n, d);
}
