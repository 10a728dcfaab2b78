/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>

#include "mlp/optimizer.h"
#include "near.h"
#include "nn/names.h"

static double
at(mlp_schedule_spec spec, size_t step, size_t n_steps, size_t steps_per_epoch)
{
    return mlp_schedule_factor(&spec, step, n_steps, steps_per_epoch);
}

Test(schedule, constant_is_one)
{
    mlp_schedule_spec spec = {.kind = MLP_SCHEDULE_CONSTANT};
    cr_expect_eq(at(spec, 0, 100, 10), 1);
    cr_expect_eq(at(spec, 99, 100, 10), 1);
}

Test(schedule, step_falls_every_so_many_epochs)
{
    mlp_schedule_spec spec = {
        .kind = MLP_SCHEDULE_STEP, .step_epochs = 3, .gamma = 0.5};
    cr_expect(near(at(spec, 29, 100, 10), 1, 1e-15));
    cr_expect(near(at(spec, 30, 100, 10), 0.5, 1e-15));
    cr_expect(near(at(spec, 99, 100, 10), 0.125, 1e-15));
}

Test(schedule, step_falls_to_a_tenth_at_each_third_unless_told_otherwise)
{
    mlp_schedule_spec spec = {.kind = MLP_SCHEDULE_STEP};
    cr_expect(near(at(spec, 99, 300, 10), 1, 1e-15));
    cr_expect(near(at(spec, 100, 300, 10), 0.1, 1e-15));
    cr_expect(near(at(spec, 200, 300, 10), 0.01, 1e-15));
}

Test(schedule, exponential_falls_each_epoch)
{
    mlp_schedule_spec spec = {.kind = MLP_SCHEDULE_EXPONENTIAL};
    cr_expect_eq(at(spec, 9, 100, 10), 1);
    cr_expect(near(at(spec, 20, 100, 10), 0.95 * 0.95, 1e-15));
}

Test(schedule, cosine_falls_from_one_to_zero)
{
    mlp_schedule_spec spec = {.kind = MLP_SCHEDULE_COSINE};
    cr_expect_eq(at(spec, 0, 100, 10), 1);
    cr_expect(near(at(spec, 50, 100, 10), 0.5, 1e-15));
    cr_expect(near(at(spec, 100, 100, 10), 0, 1e-15));
    for (size_t step = 1; step < 100; step++)
        cr_expect_lt(at(spec, step, 100, 10), at(spec, step - 1, 100, 10));
}

Test(schedule, one_cycle_rises_over_three_tenths_and_falls_to_almost_nothing)
{
    mlp_schedule_spec spec = {.kind = MLP_SCHEDULE_ONE_CYCLE,
                              .warmup_epochs = 5};
    cr_expect(near(at(spec, 0, 1000, 10), 1 / 25.0, 1e-15));
    cr_expect(near(at(spec, 150, 1000, 10), 0.52, 1e-15));
    cr_expect(near(at(spec, 300, 1000, 10), 1, 1e-15));
    cr_expect(near(at(spec, 1000, 1000, 10), 1e-4, 1e-15));
}

Test(schedule, coslog4_has_four_waves_each_twice_as_long)
{
    mlp_schedule_spec spec = {.kind = MLP_SCHEDULE_COSLOG4};
    const size_t bottoms[] = {0, 100, 300, 700, 1500}; /* t = (2^k - 1) / 15 */
    for (size_t k = 0; k < 5; k++)
        cr_expect(near(at(spec, bottoms[k], 1500, 10), 0, 1e-12), "%zu", k);
    for (size_t k = 0; k < 4; k++) {
        double top = (exp2((double)k + 0.5) - 1) / 15 * 1500;
        cr_expect(at(spec, (size_t)(top + 0.5), 1500, 10) > 0.999, "%zu", k);
    }
    cr_expect(near(at(spec, 150, 1500, 10),
                   (1 - cos(2 * acos(-1) * log2(2.5))) / 2, 1e-12));
}

Test(schedule, warm_up_is_linear_and_comes_before_the_rest)
{
    mlp_schedule_spec spec = {.kind = MLP_SCHEDULE_COSINE, .warmup_epochs = 2};
    cr_expect(near(at(spec, 0, 100, 10), 0.05, 1e-15));
    cr_expect(near(at(spec, 9, 100, 10), 0.5, 1e-15));
    cr_expect_eq(at(spec, 19, 100, 10), 1);
    cr_expect_eq(at(spec, 20, 100, 10), 1);
    cr_expect(near(at(spec, 60, 100, 10), 0.5, 1e-15));
    cr_expect(near(at(spec, 100, 100, 10), 0, 1e-15));
}

Test(schedule, stays_between_zero_and_one_wherever_it_is_asked)
{
    for (size_t kind = 0; kind < N_SCHEDULES; kind++) {
        for (size_t warmup = 0; warmup < 400; warmup += 7) {
            mlp_schedule_spec spec = {.kind = (mlp_schedule)kind,
                                      .warmup_epochs = warmup};
            for (size_t step = 0; step < 200; step += 3) {
                double factor = at(spec, step, 150, warmup % 3);
                cr_expect(factor >= 0 && factor <= 1, "%s: %g",
                          mlp_schedule_name(spec.kind), factor);
            }
        }
    }
}
