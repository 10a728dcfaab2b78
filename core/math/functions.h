/* SPDX-License-Identifier: MIT
 *
 * exp, log, tanh and what is built of them, on vectors: the same operations in
 * each lane with every instruction set, so the same bits. Errors, in units of
 * the last place of the exact value, over all floats, are held by
 * test_functions.c. NaN gives NaN.
 *
 *     exp_of       1    inf above, 0 below, subnormal results in between
 *     log_of       1    -inf at 0, NaN below
 *     expm1_of     1    for x <= 0
 *     log1p_of     2    for 0 <= x <= 1
 *     tanh_of      3
 *     erf_of       2
 *     erfc_of      5    for x >= 0
 *     sigmoid_of   3
 *
 * and turn_of has an absolute error of 2e-7 at most.
 *
 * Polynomials interpolate at Chebyshev's nodes. As double (MLP_FLOAT64) it is
 * the C library that is asked, lane by lane. */
#ifndef MLP_MATH_FUNCTIONS_H
#define MLP_MATH_FUNCTIONS_H

#include "math/lanes.h"
#include "math/real.h"

/* a where the mask is -1, b where it is 0. */
INLINE vector choose(int_vector mask, vector a, vector b)
{
    return (vector)((mask & (int_vector)a) | (~mask & (int_vector)b));
}

INLINE vector magnitude(vector x)
{
    return choose(x < 0, -x, x);
}

#ifdef MLP_FLOAT64

#define BY_LANE(name, value)                                                   \
    INLINE vector name(vector x)                                               \
    {                                                                          \
        for (size_t lane = 0; lane < LANES; lane++)                            \
            x[lane] = value(x[lane]);                                          \
        return x;                                                              \
    }
BY_LANE(exp_of, real_exp)
BY_LANE(log_of, real_log)
BY_LANE(expm1_of, real_expm1)
BY_LANE(log1p_of, real_log1p)
BY_LANE(tanh_of, real_tanh)
BY_LANE(erf_of, erf)
BY_LANE(erfc_of, real_erfc)
#undef BY_LANE

#else

/* c[0] + c[1] x + … + c[n - 1] x^(n - 1), from the highest term down. */
INLINE vector polynomial(vector x, const float *c, size_t n)
{
    vector sum = all(c[n - 1]);
    EACH_FROM (1, i, n)
        sum = fused(sum, x, all(c[n - 1 - i]));
    return sum;
}

/* Whole numbers in lanes are counted as bits, that is without a sign: those
 * that a NaN gives may overflow.
 *
 * x = n ln 2 + r with |r| <= ln 2 / 2: exp(x) = 2^n (1 + m). */
struct reduced {
    int_vector n;
    vector m; /* exp(r) - 1 */
};

/* Adding 1.5 2^23 rounds to a whole number, which is then in the low bits. */
INLINE struct reduced exp_reduce(vector x)
{
    static const float c[] = {0x1p-1F,        0x1.555556p-3F,  0x1.5554eap-5F,
                              0x1.1110e0p-7F, 0x1.6d4324p-10F, 0x1.a124f2p-13F};
    const vector shift = all(0x1.8p23F);
    vector shifted = fused(x, all(0x1.715476p0F), shift), n = shifted - shift;
    vector r = fused(n, all(-0x1.62e430p-1F), x);
    r = fused(n, all(0x1.05c610p-29F), r);
    return (struct reduced){
        (int_vector)((bits_vector)shifted - (bits_vector)shift),
        fused(polynomial(r, c, 6), r * r, r),
    };
}

/* 2^n for -126 <= n <= 127. */
INLINE vector power_of_two(int_vector n)
{
    return (vector)(((bits_vector)n + 127) << 23);
}

/* In two steps, as 2^n alone may be out of range where the result is not. */
INLINE vector exp_of(vector x)
{
    x = choose(x > 89, all(89), x);     /* is inf already … */
    x = choose(x < -104, all(-104), x); /* … or 0 */
    struct reduced e = exp_reduce(x);
    int_vector half = e.n >> 1;
    return (1 + e.m) * power_of_two(half) * power_of_two(e.n - half);
}

/* 2^n (1 + m) - 1 = 2^n m + (2^n - 1) */
INLINE vector expm1_of(vector x)
{
    x = choose(x < -80, all(-80), x); /* is -1 already */
    struct reduced e = exp_reduce(x);
    vector scale = power_of_two(e.n);
    return fused(scale, e.m, scale - 1);
}

/* x = 2^n (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)):
 * log x = n ln 2 + f - f^2 / 2 + f^3 P(f) */
INLINE vector log_of(vector x)
{
    static const float c[] = {-0x1p-1F,        0x1.555554p-2F,  -0x1.fffffcp-3F,
                              0x1.999d5ap-3F,  -0x1.555b4ap-3F, 0x1.23d21ap-3F,
                              -0x1.fcf4c6p-4F, 0x1.dea282p-4F,  -0x1.d635bcp-4F,
                              0x1.1d8ea6p-4F};
    int_vector small = x < 0x1p-126F; /* subnormal: 2^23 x is not */
    vector scaled = choose(small, x * 0x1p23F, x);
    bits_vector bits = (bits_vector)scaled;
    int_vector n = (int_vector)(bits - 0x3f3504f3) >> 23;
    vector f = (vector)(bits - ((bits_vector)n << 23)) - 1;
    vector whole =
        __builtin_convertvector(n, vector) - choose(small, all(23), all(0));
    vector rest = polynomial(f, c, 10) * (f * f);
    rest = fused(whole, all(-0x1.05c610p-29F), rest) + f;
    vector y = fused(whole, all(0x1.62e430p-1F), rest);
    y = choose(x < 0x1.fffffep127F, y, x + x); /* inf and NaN */
    y = choose(x > 0, y, all(-INFINITY));
    return choose(x >= 0, y, all(NAN));
}

/* Of w = 1 + x, rounded; the rest of x, exact, makes up for it. */
INLINE vector log1p_of(vector x)
{
    vector w = 1 + x, rest = x - (w - 1);
    return log_of(w) + rest / w;
}

/* tanh |x| = -E / (2 + E),  E = exp(-2 |x|) - 1 */
INLINE vector tanh_of(vector x)
{
    vector e = expm1_of(-2 * magnitude(x)), y = -e / (2 + e);
    return choose(x < 0, -y, choose(x > 0, y, x));
}

/* erfc(x) (1 + 2 x) exp(x^2) - 1 is smooth in q = (x - 2) / (x + 2), which maps
 * all x >= 0 into [-1, 1) (Shepherd & Laframboise 1981). The square of x is
 * taken with its rounding error, as its exponential is wanted. */
INLINE vector erfc_of(vector x)
{
    static const float c[] = {
        0x1.1ba038p-2F,   -0x1.7bf5e8p-4F,  -0x1.5407c6p-3F, 0x1.4ff9dcp-3F,
        -0x1.bc2932p-5F,  -0x1.071a0cp-7F,  0x1.1d9434p-7F,  0x1.479bf8p-10F,
        -0x1.7865b0p-10F, -0x1.a67ad0p-12F, 0x1.7f0866p-13F, 0x1.6ab01cp-14F};
    x = choose(x > 12, all(12), x); /* is 0 already */
    vector q = (x - 2) / (x + 2);
    q = fused(fused(-q, x + 2, x - 2), 1 / (x + 2), q);
    vector square = x * x, error = fused(x, x, -square);
    vector e = exp_of(-square);
    e = fused(-e, error, e);
    return (1 + polynomial(q, c, 12)) * e / fused(all(2), x, all(1));
}

/* x (1 + P(x^2)) below 15/16, 1 - erfc beyond. */
INLINE vector erf_of(vector x)
{
    static const float c[] = {
        0x1.06eba8p-3F, -0x1.812740p-2F,  0x1.ce2d80p-4F, -0x1.b8034ep-6F,
        0x1.545d8cp-8F, -0x1.a6a940p-11F, 0x1.5152bep-14F};
    vector size = magnitude(x);
    vector near = fused(polynomial(x * x, c, 7), x, x);
    vector far = 1 - erfc_of(size);
    return choose(size > 0.9375F, choose(x < 0, -far, far), near);
}

#endif

/* cos and sin of 2 pi u, a whole turn for each 1 of u. */
struct turned {
    vector cosine, sine;
};

#ifdef MLP_FLOAT64

INLINE struct turned turn_of(vector u)
{
    struct turned t = {u, u};
    for (size_t lane = 0; lane < LANES; lane++) {
        t.cosine[lane] = cos(2 * 3.14159265358979323846 * u[lane]);
        t.sine[lane] = sin(2 * 3.14159265358979323846 * u[lane]);
    }
    return t;
}

#else

/* What is left of u beyond whole turns, r in [-1/2, 1/2], is exact; beyond a
 * quarter of a turn it is measured from the half. What is beyond 2^22 has no
 * fraction that a float could tell: r is 0 then, or small. */
INLINE struct turned turn_of(vector u)
{
    static const float c[] = {0x1p0F,         -0x1.3bd3ccp4F, 0x1.03c1e4p6F,
                              -0x1.55d074p6F, 0x1.e126b0p5F,  -0x1.8fb3f4p4F};
    static const float s[] = {0x1.921fb6p2F,  -0x1.4abbcep5F, 0x1.466bc0p6F,
                              -0x1.32d12ep6F, 0x1.501408p5F,  -0x1.cc9b5ep3F};
    const vector shift = all(0x1.8p23F);
    vector r = u - ((u + shift) - shift), size = magnitude(r);
    int_vector far = size > 0.25F;
    vector a = choose(far, 0.5F - size, size), z = a * a;
    vector cosine = polynomial(z, c, 6), sine = polynomial(z, s, 6) * a;
    return (struct turned){choose(far, -cosine, cosine),
                           choose(r < 0, -sine, sine)};
}

#endif

/* Never overflows: exp is taken of -|x|. */
INLINE vector sigmoid_of(vector x)
{
    vector e = exp_of(-magnitude(x)), s = 1 / (1 + e);
    return choose(x < 0, e * s, s);
}

/* log(1 + exp(x)) */
INLINE vector softplus_of(vector x)
{
    vector positive = choose(x < 0, all(0), x);
    return positive + log1p_of(exp_of(-magnitude(x)));
}

/* The normal distribution function; erfc keeps its left tail exact. */
INLINE vector normal_cdf(vector x)
{
    vector tail =
        REAL(0.5) * erfc_of(magnitude(x) * REAL(0.70710678118654752440));
    return choose(x < 0, tail, 1 - tail);
}

#endif
