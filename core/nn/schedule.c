/* SPDX-License-Identifier: MIT
 *
 * Learning rate schedules: pure functions of how far a run is. */
#include <math.h>

#include "base/scalar.h"
#include "mlp/optimizer.h"

/* From a at t = 0 to b at t = 1 along half a cosine. */
static double ease(double a, double b, double t)
{
    return b + (a - b) * 0.5 * (1 + scalar_cos_pi(t));
}

/* What a schedule sees: steps after the warm-up, and epochs likewise. */
struct position {
    double share;           /* of all of them, in [0, 1] */
    double epoch, n_epochs; /* whole ones done; may be a fraction in all */
};

static double constant(const mlp_schedule_spec *spec, struct position at)
{
    (void)spec;
    (void)at;
    return 1;
}

static double step(const mlp_schedule_spec *spec, struct position at)
{
    double every = spec->step_epochs > 0 ? (double)spec->step_epochs
                                         : fmax(1, ceil(at.n_epochs / 3));
    double gamma = spec->gamma > 0 ? spec->gamma : 0.1;
    return scalar_power(gamma, (uint64_t)(at.epoch / every));
}

static double exponential(const mlp_schedule_spec *spec, struct position at)
{
    return scalar_power(spec->gamma > 0 ? spec->gamma : 0.95,
                        (uint64_t)at.epoch);
}

static double cosine(const mlp_schedule_spec *spec, struct position at)
{
    (void)spec;
    return ease(1, 0, at.share);
}

static double one_cycle(const mlp_schedule_spec *spec, struct position at)
{
    (void)spec;
    static const double rise = 0.3, start = 1 / 25.0, end = 1e-4;
    return at.share < rise ? ease(start, 1, at.share / rise)
                           : ease(1, end, (at.share - rise) / (1 - rise));
}

static double coslog4(const mlp_schedule_spec *spec, struct position at)
{
    (void)spec;
    static const double ln_2 = 0.69314718055994530942;
    double waves = scalar_log(1 + 15 * at.share) / ln_2;
    double half = 2 * (waves - floor(waves)); /* in half turns, from 0 to 2 */
    return (1 - scalar_cos_pi(half > 1 ? 2 - half : half)) / 2;
}

static double (*const schedules[])(const mlp_schedule_spec *,
                                   struct position) = {
    [MLP_SCHEDULE_CONSTANT] = constant,       [MLP_SCHEDULE_STEP] = step,
    [MLP_SCHEDULE_EXPONENTIAL] = exponential, [MLP_SCHEDULE_COSINE] = cosine,
    [MLP_SCHEDULE_ONE_CYCLE] = one_cycle,     [MLP_SCHEDULE_COSLOG4] = coslog4,
};

double mlp_schedule_factor(const mlp_schedule_spec *schedule,
                           size_t step,
                           size_t n_steps,
                           size_t steps_per_epoch)
{
    double per_epoch = steps_per_epoch > 0 ? (double)steps_per_epoch : 1;
    double warmup = schedule->kind == MLP_SCHEDULE_ONE_CYCLE
                        ? 0
                        : (double)schedule->warmup_epochs * per_epoch;
    if ((double)step < warmup)
        return ((double)step + 1) / warmup;
    double done = (double)step - warmup;
    double all = fmax(1, (double)n_steps - warmup);
    struct position at = {fmin(1, done / all), floor(done / per_epoch),
                          all / per_epoch};
    return schedules[schedule->kind](schedule, at);
}
