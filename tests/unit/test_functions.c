/* SPDX-License-Identifier: MIT
 *
 * exp, log and their kin against the C library in double: the bounds that
 * functions.h states, in units of the last place, over floats of every size
 * and sign; and one result for all instruction sets. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/random.h"
#include "isa_wide.h"
#include "math/update.h"
#include "mlp/network.h"

/* A prime step through all bit patterns, and a count that fills no vector. */
enum { STEP = 1021, BLOCK = 4093 };

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* |got - exact| in the distance of the floats around `exact`. */
static double ulps(float got, double exact)
{
    if (isnan(exact))
        return isnan(got) ? 0 : HUGE_VAL;
    if ((float)exact == got)
        return 0;
    int exponent;
    (void)frexp(exact, &exponent);
    double unit = ldexp(1, exponent < -125 ? -149 : exponent - 24);
    return fabs((double)got - exact) / unit;
}

typedef double exact_function(double x);

struct claim {
    const char *name;
    int function; /* FUNCTION_…, or an activation below */
    mlp_activation activation;
    exact_function *exact;
    double bound, from, to; /* ulps, for x in [from, to] */
};

static void
evaluate(const struct kernels *k, const struct claim *c, float *x, float *y)
{
    if (c->function >= 0)
        k->functions[c->function](x, BLOCK, y);
    else
        k->activations[c->activation].apply(x, BLOCK, y);
}

static bool same(const float *a, const float *b)
{
    for (size_t i = 0; i < BLOCK; i++) {
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 &&
            !(isnan(a[i]) && isnan(b[i])))
            return false;
    }
    return true;
}

/* The next BLOCK floats of the claim's range, from bit pattern *bits on. */
static bool fill(const struct claim *c, uint64_t *bits, float *x)
{
    size_t n = 0;
    for (; n < BLOCK && *bits <= UINT32_MAX; *bits += STEP) {
        float next = float_of((uint32_t)*bits);
        if (isnan(next) || ((double)next >= c->from && (double)next <= c->to))
            x[n++] = next;
    }
    for (size_t i = n; i < BLOCK; i++)
        x[i] = 1;
    return n > 0;
}

static void check(const struct claim *c)
{
    static float x[BLOCK], y[BLOCK], other[BLOCK];
    const struct kernels *k, *best = isa_available(0);
    double worst = 0, where = 0;
    for (uint64_t bits = 0; fill(c, &bits, x);) {
        evaluate(best, c, x, y);
        for (size_t i = 0; i < BLOCK; i++) {
            double error = ulps(y[i], c->exact((double)x[i]));
            if (error > worst) {
                worst = error;
                where = (double)x[i];
            }
        }
        for (size_t i = 1; (k = kernels_to_test(i)) != NULL; i++) {
            evaluate(k, c, x, other);
            cr_assert(same(y, other), "%s: %s is not %s", c->name, k->name,
                      best->name);
        }
    }
    cr_expect_leq(worst, c->bound, "%s: %.2f ulp at %a", c->name, worst, where);
}

static double exact_sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

#define FUNCTION(name, NAME, bound, from, to)                                  \
    {                                                                          \
#name, FUNCTION_##NAME, 0, name, bound, from, to                       \
    }
static const struct claim claims[] = {
    FUNCTION(exp, EXP, 1, -HUGE_VAL, HUGE_VAL),
    FUNCTION(expm1, EXPM1, 1, -HUGE_VAL, 0),
    FUNCTION(log, LOG, 1, -HUGE_VAL, HUGE_VAL),
    FUNCTION(log1p, LOG1P, 2, 0, 1),
    FUNCTION(erf, ERF, 2, -HUGE_VAL, HUGE_VAL),
    FUNCTION(erfc, ERFC, 5, 0, HUGE_VAL),
    {"tanh", -1, MLP_TANH, tanh, 3, -HUGE_VAL, HUGE_VAL},
    {"sigmoid", -1, MLP_SIGMOID, exact_sigmoid, 3, -HUGE_VAL, HUGE_VAL},
};

Test(functions, stay_within_their_bounds_and_have_one_result_for_every_machine)
{
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        check(&claims[i]);
}

/* --- what is built of them ------------------------------------------------ */

enum { N = 1003 };

static void draw(float *x, uint32_t seed, float scale)
{
    for (size_t i = 0; i < N; i++) {
        seed = seed * 1664525 + 1013904223;
        x[i] = ((float)(seed >> 8) * 0x1p-23F - 1) * scale;
    }
}

Test(functions, activations_and_slopes_are_the_same_for_every_machine)
{
    static float z[N], a[N], d[N], other_a[N], other_d[N];
    const struct kernels *k, *best = isa_available(0);
    draw(z, 1, 20);
    for (int f = 0; f <= MLP_IDENTITY; f++) {
        best->activations[f].apply(z, N, a);
        draw(d, 2, 1);
        best->activations[f].chain(z, a, N, d);
        for (size_t i = 1; (k = kernels_to_test(i)) != NULL; i++) {
            k->activations[f].apply(z, N, other_a);
            draw(other_d, 2, 1);
            k->activations[f].chain(z, a, N, other_d);
            cr_expect_arr_eq(a, other_a, sizeof a, "%d by %s", f, k->name);
            cr_expect_arr_eq(d, other_d, sizeof d, "slope %d, %s", f, k->name);
        }
    }
}

/* One row by itself: the sum in plain order, the rest as the vectors do it. */
static void softmax_of_row(const float *z, size_t n, float *p)
{
    float max = z[0], sum = 0;
    for (size_t c = 1; c < n; c++)
        max = z[c] > max ? z[c] : max;
    for (size_t c = 0; c < n; c++)
        p[c] = z[c] - max;
    isa_available(0)->functions[FUNCTION_EXP](p, n, p);
    for (size_t c = 0; c < n; c++)
        sum += p[c];
    for (size_t c = 0; c < n; c++)
        p[c] /= sum;
}

/* Around vectors, tiles of the turn and the widest that is turned. */
static const size_t widths[] = {1, 2, 7, 10, 16, 17, 33, 63, 64, 65, 100};
enum { N_WIDTHS = sizeof widths / sizeof *widths, MOST_ROWS = 21 };

Test(functions, softmax_is_that_of_each_row_for_every_machine)
{
    static float z[MOST_ROWS * 100], p[MOST_ROWS * 100], got[MOST_ROWS * 100];
    const struct kernels *k;
    random_stream random;
    random_init(&random, 3, 0);
    for (size_t i = 0; i < MOST_ROWS * 100; i++)
        z[i] = 10 * (float)random_normal(&random);
    for (size_t w = 0; w < N_WIDTHS; w++) {
        size_t width = widths[w];
        for (size_t i = 0; i < MOST_ROWS; i++)
            softmax_of_row(z + i * width, width, p + i * width);
        for (size_t i = 0; (k = kernels_to_test(i)) != NULL; i++) {
            for (size_t n = 1; n <= MOST_ROWS; n += 1 + n / 3) {
                k->softmax(n, width, z, got);
                cr_expect_arr_eq(p, got, n * width * sizeof *p,
                                 "%zu x %zu by %s", n, width, k->name);
            }
        }
    }
}

/* Everything but the last bits against float64. */
static void check_cross_entropy(const struct cross_entropy *of)
{
    for (size_t i = 0; i < of->n; i++) {
        const float *z = of->z + i * of->width, *t = of->t + i * of->width;
        double sum = 0, loss = 0, weight = of->u ? (double)of->u[i] : 1;
        for (size_t c = 0; c < of->width; c++)
            sum += exp((double)z[c]);
        for (size_t c = 0; c < of->width; c++) {
            double log_p = (double)z[c] - log(sum);
            loss -= weight * (double)t[c] * log_p;
            double d = weight * of->scale * (exp(log_p) - (double)t[c]);
            cr_expect_lt(fabs((double)of->d[i * of->width + c] - d), 2e-6);
        }
        cr_expect_lt(fabs(of->losses[i] - loss), 1e-5 * (1 + loss));
    }
}

Test(functions, cross_entropy_is_right_and_the_same_for_every_machine)
{
    static float z[MOST_ROWS * 100], t[MOST_ROWS * 100], u[MOST_ROWS];
    static float p[2][MOST_ROWS * 100], d[2][MOST_ROWS * 100];
    static double losses[2][MOST_ROWS];
    const struct kernels *k;
    random_stream random;
    random_init(&random, 4, 0);
    for (size_t i = 0; i < MOST_ROWS * 100; i++)
        z[i] = 3 * (float)random_normal(&random);
    for (size_t i = 0; i < MOST_ROWS; i++)
        u[i] = random_float(&random);
    for (size_t w = 0; w < N_WIDTHS; w++) {
        size_t width = widths[w];
        for (size_t i = 0; i < MOST_ROWS * width; i++)
            t[i] = (i % width == i / width % width ? 0.9F : 0) +
                   0.1F / (float)width;
        for (size_t i = 0; (k = kernels_to_test(i)) != NULL; i++) {
            struct cross_entropy of = {MOST_ROWS,        width, z,    t,
                                       i % 2 ? u : NULL, 0.25,  p[1], d[1],
                                       losses[1]};
            k->cross_entropy(&of);
            check_cross_entropy(&of);
            of.p = p[0], of.d = d[0], of.losses = losses[0];
            isa_available(0)->cross_entropy(&of);
            size_t bytes = MOST_ROWS * width * sizeof **p;
            cr_expect_arr_eq(p[0], p[1], bytes, "%zu by %s", width, k->name);
            cr_expect_arr_eq(d[0], d[1], bytes, "%zu by %s", width, k->name);
            cr_expect_arr_eq(losses[0], losses[1], sizeof *losses);
        }
    }
}

Test(functions, a_row_is_gathered_as_scaling_says_by_every_machine)
{
    enum { ROWS = 9, COLUMNS = 53, STRIDE = 60 };
    static const uint32_t rows[] = {8, 0, 3, 3, 7, 1};
    enum { N_GATHERED = sizeof rows / sizeof *rows };
    static uint8_t bytes[ROWS * STRIDE];
    static float numbers[ROWS * STRIDE], shift[COLUMNS], scale[COLUMNS];
    static float x[N_GATHERED * STRIDE];
    const struct kernels *k;
    for (size_t i = 0; i < ROWS * STRIDE; i++) {
        numbers[i] = i % 11 == 5 ? NAN : (float)i / 7;
        bytes[i] = (uint8_t)(i * 37);
    }
    for (size_t j = 0; j < COLUMNS; j++) {
        shift[j] = (float)j / 3;
        scale[j] = 1 / (1 + (float)j);
    }
    for (size_t i = 0; (k = kernels_to_test(i)) != NULL; i++) {
        for (int form = 0; form < 4; form++) {
            bool of_bytes = form & 1, uniform = form & 2;
            struct gather from = {.bytes = of_bytes ? bytes : NULL,
                                  .numbers = of_bytes ? NULL : numbers,
                                  .stride = STRIDE,
                                  .n_columns = COLUMNS,
                                  .shift = uniform ? NULL : shift,
                                  .scale = scale + (uniform ? 5 : 0)};
            k->gather(&from, rows, N_GATHERED, x, STRIDE);
            for (size_t r = 0; r < N_GATHERED; r++) {
                for (size_t j = 0; j < COLUMNS; j++) {
                    size_t at = rows[r] * STRIDE + j;
                    float v = of_bytes ? (float)bytes[at] : numbers[at];
                    float of =
                        uniform ? v * scale[5] : (v - shift[j]) * scale[j];
                    cr_expect_eq(x[r * STRIDE + j], isnan(v) ? 0 : of,
                                 "%s, form %d, %zu, %zu", k->name, form, r, j);
                }
            }
        }
    }
}

/* w and the two states after three steps, one behind the other. */
static void steps(const struct kernels *k,
                  mlp_optimizer kind,
                  bool plain,
                  size_t n,
                  float *out)
{
    static float g[N];
    struct update how = {kind, 0.5F, 0.01F, 0.02F, 0.99F, 0.1F, 0.9F,
                         0.9F, 0.1F, 0.99F, 0.01F, 1.5F,  1e-8F};
    if (plain) {
        how.clip = how.decay = 1;
        how.l1 = how.l2 = 0;
    }
    memset(out, 0, 3 * N * sizeof *out);
    draw(out, 4, 1);
    for (uint32_t step = 0; step < 3; step++) {
        draw(g, 5 + step, 2);
        k->update(&(struct descending){&how, out, out + N, out + 2 * N}, n, g);
    }
}

Test(functions, updates_are_the_same_for_every_machine)
{
    static float out[3 * N], other[3 * N];
    const struct kernels *k;
    for (int kind = MLP_OPTIMIZER_GD; kind <= MLP_OPTIMIZER_ADAMW; kind++) {
        for (size_t n = 1; n < N; n += 1 + n / 3) {
            bool plain = n % 2 == 0;
            steps(isa_available(0), (mlp_optimizer)kind, plain, n, out);
            for (size_t i = 1; (k = kernels_to_test(i)) != NULL; i++) {
                steps(k, (mlp_optimizer)kind, plain, n, other);
                cr_expect_arr_eq(out, other, sizeof out, "%d by %s", kind,
                                 k->name);
            }
        }
    }
}
