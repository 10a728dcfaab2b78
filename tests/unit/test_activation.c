/* SPDX-License-Identifier: MIT
 *
 * Activations and softmax where arithmetic gets hard; their plain values are
 * checked in test_reference.c. */
#include <criterion/criterion.h>
#include <float.h>

#include "math/activation.h"
#include "math/real.h"
#include "math/softmax.h"
#include "near.h"
#include "nn/names.h"

Test(activation, is_finite_with_a_finite_slope_for_every_input_to_1e4)
{
    static const mlp_real x[] = {
        0,           REAL(-0.0),   REAL(1e-30), REAL(-1e-30), REAL(17.3),
        REAL(-17.3), REAL(88.7),   REAL(-88.7), REAL(104.5),  REAL(-104.5),
        REAL(745.2), REAL(-745.2), REAL(1e4),   REAL(-1e4)};
    enum { N = sizeof x / sizeof *x };
    for (size_t f = 0; f < N_ACTIVATIONS; f++) {
        mlp_real a[N], d[N];
        activation_apply((mlp_activation)f, x, N, a);
        for (size_t i = 0; i < N; i++)
            d[i] = 1;
        activation_chain((mlp_activation)f, x, a, N, d);
        for (size_t i = 0; i < N; i++)
            cr_expect(isfinite(a[i]) && isfinite(d[i]), "%s(%g)",
                      mlp_activation_name((mlp_activation)f), (double)x[i]);
    }
}

Test(activation, lets_a_nan_through_so_that_divergence_is_seen)
{
    for (size_t f = 0; f < N_ACTIVATIONS; f++) {
        mlp_real x = (mlp_real)NAN, a = 0;
        activation_apply((mlp_activation)f, &x, 1, &a);
        cr_expect(isnan(a), "%s", mlp_activation_name((mlp_activation)f));
    }
}

Test(activation, may_work_in_place)
{
    mlp_real x[37], apart[37];
    for (size_t f = 0; f < N_ACTIVATIONS; f++) {
        for (size_t i = 0; i < 37; i++)
            x[i] = REAL(0.3) * ((mlp_real)i - 18);
        activation_apply((mlp_activation)f, x, 37, apart);
        activation_apply((mlp_activation)f, x, 37, x);
        cr_expect_arr_eq(x, apart, sizeof x);
    }
}

Test(activation, chain_multiplies_what_comes_from_above)
{
    mlp_real z = 2, a, d = 3;
    activation_apply(MLP_SIGMOID, &z, 1, &a);
    activation_chain(MLP_SIGMOID, &z, &a, 1, &d);
    cr_expect(near((double)d, 3 * 0.104993585403507, 1e-6));
}

Test(softmax, of_huge_logits_sums_to_one)
{
    mlp_real z[] = {REAL(1e4), REAL(1e4), REAL(-1e4)}, p[3];
    softmax(1, 3, z, p);
    cr_expect_eq(p[0], REAL(0.5));
    cr_expect_eq(p[1], REAL(0.5));
    cr_expect_eq(p[2], 0);
}

Test(softmax, does_not_change_when_all_logits_move_together)
{
    mlp_real z[] = {1, 2, 3}, moved[] = {129, 130, 131};
    softmax(1, 3, z, z);
    softmax(1, 3, moved, moved);
    cr_expect_arr_eq(z, moved, sizeof z);
}

Test(softmax, of_one_output_is_one)
{
    mlp_real z = REAL(-123.4);
    softmax(1, 1, &z, &z);
    cr_expect_eq(z, 1);
}
