/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "nn/initializer.h"
#include "nn/names.h"

enum { N_IN = 200, N_OUT = 100, N = N_IN * N_OUT };

struct moments {
    double mean, variance, largest;
};

static struct moments measure(const mlp_real *w, size_t n)
{
    struct moments m = {0};
    for (size_t i = 0; i < n; i++) {
        m.mean += (double)w[i] / (double)n;
        m.largest = fmax(m.largest, fabs((double)w[i]));
    }
    for (size_t i = 0; i < n; i++)
        m.variance +=
            ((double)w[i] - m.mean) * ((double)w[i] - m.mean) / (double)(n - 1);
    return m;
}

static const struct {
    mlp_initializer kind;
    double variance;
    bool uniform;
} expected[] = {
    {MLP_INIT_GLOROT_UNIFORM, 2.0 / (N_IN + N_OUT), true},
    {MLP_INIT_GLOROT_NORMAL, 2.0 / (N_IN + N_OUT), false},
    {MLP_INIT_HE_UNIFORM, 2.0 / N_IN, true},
    {MLP_INIT_HE_NORMAL, 2.0 / N_IN, false},
    {MLP_INIT_LECUN_UNIFORM, 1.0 / N_IN, true},
    {MLP_INIT_LECUN_NORMAL, 1.0 / N_IN, false},
};

Test(initializer, draws_have_mean_zero_and_the_stated_variance)
{
    mlp_real *w = calloc(N, sizeof *w);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        initializer_draw(expected[i].kind, 11, 0, N_IN, N_OUT, w);
        struct moments m = measure(w, N);
        double deviation = sqrt(expected[i].variance);
        const char *name = mlp_initializer_name(expected[i].kind);
        cr_expect(fabs(m.mean) < 4 * deviation / sqrt(N), "%s", name);
        cr_expect(fabs(m.variance / expected[i].variance - 1) < 0.04,
                  "%s: variance %g, expected %g", name, m.variance,
                  expected[i].variance);
        double edge = deviation * sqrt(3);
        cr_expect_eq(m.largest <= edge * 1.0001, expected[i].uniform,
                     "%s: largest %g, edge %g", name, m.largest, edge);
    }
    free(w);
}

Test(initializer, zeros_are_zeros)
{
    mlp_real w[6] = {1, 1, 1, 1, 1, 1}, none[6] = {0};
    initializer_draw(MLP_INIT_ZEROS, 1, 0, 2, 3, w);
    cr_expect_arr_eq(w, none, sizeof w);
}

Test(initializer, is_a_pure_function_of_seed_and_layer)
{
    mlp_real first[N], again[N], other_seed[N], other_layer[N];
    initializer_draw(MLP_INIT_HE_NORMAL, 7, 1, N_IN, N_OUT, first);
    initializer_draw(MLP_INIT_HE_NORMAL, 7, 1, N_IN, N_OUT, again);
    initializer_draw(MLP_INIT_HE_NORMAL, 8, 1, N_IN, N_OUT, other_seed);
    initializer_draw(MLP_INIT_HE_NORMAL, 7, 2, N_IN, N_OUT, other_layer);
    cr_expect_arr_eq(first, again, sizeof first);
    cr_expect_neq(first[0], other_seed[0]);
    cr_expect_neq(first[0], other_layer[0]);
}

Test(initializer, auto_goes_by_the_activation)
{
    cr_expect_eq(initializer_for(MLP_RELU), MLP_INIT_HE_NORMAL);
    cr_expect_eq(initializer_for(MLP_MISH), MLP_INIT_HE_NORMAL);
    cr_expect_eq(initializer_for(MLP_SELU), MLP_INIT_LECUN_NORMAL);
    cr_expect_eq(initializer_for(MLP_TANH), MLP_INIT_GLOROT_UNIFORM);
    for (size_t f = 0; f < N_ACTIVATIONS; f++)
        cr_expect_neq(initializer_for((mlp_activation)f), MLP_INIT_AUTO);
}
