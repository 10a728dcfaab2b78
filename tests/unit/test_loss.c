/* SPDX-License-Identifier: MIT
 *
 * Losses where arithmetic gets hard; plain values are in test_reference.c. */
#include <criterion/criterion.h>

#include "math/real.h"
#include "near.h"
#include "nn/loss.h"

static double one_row(mlp_loss kind,
                      mlp_output output,
                      size_t n,
                      const mlp_real *z,
                      const mlp_real *t,
                      mlp_real *d)
{
    struct loss loss = {kind, output, n};
    mlp_real y[8];
    double l;
    loss_rows(&loss, 1, z, t, NULL, 1, y, d, &l);
    return l;
}

Test(loss, cross_entropy_of_extreme_logits_is_their_difference)
{
    const mlp_real z[] = {REAL(1e4), REAL(-1e4)}, t[] = {0, 1};
    mlp_real d[2];
    double l = one_row(MLP_LOSS_CROSS_ENTROPY, MLP_OUTPUT_SOFTMAX, 2, z, t, d);
    cr_expect_eq(l, 20000);
    cr_expect_eq(d[0], 1);
    cr_expect_eq(d[1], -1);
}

Test(loss, binary_cross_entropy_of_extreme_logits_is_finite_on_both_sides)
{
    const mlp_real z[] = {REAL(1e4), REAL(-1e4), REAL(1e4), REAL(-1e4)};
    const mlp_real t[] = {1, 0, 0, 1};
    mlp_real d[4];
    double l =
        one_row(MLP_LOSS_BINARY_CROSS_ENTROPY, MLP_OUTPUT_SIGMOID, 4, z, t, d);
    cr_expect_eq(l, 5000);
    cr_expect_eq(d[0], 0);
    cr_expect_eq(d[1], 0);
    cr_expect_eq(d[2], REAL(0.25));
    cr_expect_eq(d[3], REAL(-0.25));
}

Test(loss, binary_cross_entropy_of_a_sure_right_answer_does_not_vanish)
{
    const mlp_real z[] = {20}, t[] = {1};
    mlp_real d[1];
    double l =
        one_row(MLP_LOSS_BINARY_CROSS_ENTROPY, MLP_OUTPUT_SIGMOID, 1, z, t, d);
    cr_expect(fabs(l / 2.06115362e-9 - 1) < 1e-5, "%g", l);
}

Test(loss, absolute_error_has_no_slope_at_its_bottom)
{
    const mlp_real z[] = {1, 2, 3}, t[] = {1, 1, 4};
    mlp_real d[3];
    double l = one_row(MLP_LOSS_MAE, MLP_OUTPUT_IDENTITY, 3, z, t, d);
    cr_expect(near(l, 2.0 / 3, 1e-6));
    cr_expect_eq(d[0], 0);
    cr_expect_gt(d[1], 0);
    cr_expect_lt(d[2], 0);
}

Test(loss, rows_are_weighted_and_scaled)
{
    struct loss loss = {MLP_LOSS_MSE, MLP_OUTPUT_IDENTITY, 1};
    const mlp_real z[] = {1, 2, 3}, t[] = {0, 0, 0}, u[] = {1, 0, 2};
    mlp_real y[3], d[3];
    double losses[3];
    loss_rows(&loss, 3, z, t, u, 0.5, y, d, losses);
    cr_expect_eq(losses[0] + losses[2], 19);
    cr_expect_eq(losses[1], 0);
    cr_expect_eq(d[0], 1);
    cr_expect_eq(d[1], 0);
    cr_expect_eq(d[2], 6);
}

Test(loss, goes_only_with_the_outputs_that_it_is_defined_on)
{
    cr_expect(loss_goes_with(MLP_LOSS_CROSS_ENTROPY, MLP_OUTPUT_SOFTMAX));
    cr_expect_not(loss_goes_with(MLP_LOSS_CROSS_ENTROPY, MLP_OUTPUT_SIGMOID));
    cr_expect_not(
        loss_goes_with(MLP_LOSS_BINARY_CROSS_ENTROPY, MLP_OUTPUT_IDENTITY));
    cr_expect(loss_goes_with(MLP_LOSS_HUBER, MLP_OUTPUT_SIGMOID));
    cr_expect_eq(loss_for(MLP_OUTPUT_SIGMOID), MLP_LOSS_BINARY_CROSS_ENTROPY);
}
