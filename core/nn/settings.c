/* SPDX-License-Identifier: MIT
 *
 * The trainer's rules, as a table where they are ranges. */
#include "nn/settings.h"

#include <math.h>

#include "math/real.h"
#include "nn/loss.h"
#include "nn/names.h"

enum { DEFAULT_PATIENCE = 10, DEFAULT_EPOCHS = 100, DEFAULT_BATCH_SIZE = 32 };

void settings_complete(mlp_training_spec *spec)
{
    mlp_optimizer kind = spec->optimizer.kind;
    if (spec->learning_rate == 0 && (size_t)kind < N_OPTIMIZERS)
        spec->learning_rate = mlp_optimizer_learning_rate(kind);
    if (spec->patience == 0)
        spec->patience = DEFAULT_PATIENCE;
    if (kind == MLP_OPTIMIZER_GD)
        spec->full_batch = true;
}

void settings_choose(mlp_training_spec *spec, mlp_output output)
{
    if (spec->loss == MLP_LOSS_AUTO)
        spec->loss = loss_for(output);
    if (spec->optimizer.kind == MLP_OPTIMIZER_AUTO)
        spec->optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_ADAM);
    if (spec->epochs == 0)
        spec->epochs = DEFAULT_EPOCHS;
    if (spec->batch_size == 0)
        spec->batch_size = DEFAULT_BATCH_SIZE;
}

/* A number and the half-open range [low, high) that it must lie in. */
struct range {
    const char *name;
    double value, low, high;
    bool positive; /* low itself is excluded */
    bool unused;   /* means nothing here: any value will do */
};

static bool inside(const struct range *range)
{
    if (range->unused)
        return true;
    if (range->positive && !(range->value > range->low))
        return false;
    return range->value >= range->low && range->value < range->high;
}

static mlp_status
check_ranges(const struct range *ranges, size_t n, mlp_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!inside(&ranges[i]))
            return mlp_fail(
                err, MLP_INVALID, "%s: expected %s %g and below %g, got %g",
                ranges[i].name, ranges[i].positive ? "above" : "at least",
                ranges[i].low, ranges[i].high, ranges[i].value);
    }
    return MLP_OK;
}

/* Which numbers of its spec an optimizer reads. */
static const struct reads {
    bool momentum, betas, rho, epsilon;
} reads[N_OPTIMIZERS] = {
    [MLP_OPTIMIZER_MOMENTUM] = {.momentum = true},
    [MLP_OPTIMIZER_NESTEROV] = {.momentum = true},
    [MLP_OPTIMIZER_ADAGRAD] = {.epsilon = true},
    [MLP_OPTIMIZER_RMSPROP] = {.rho = true, .epsilon = true},
    [MLP_OPTIMIZER_ADAM] = {.betas = true, .epsilon = true},
    [MLP_OPTIMIZER_ADAMW] = {.betas = true, .epsilon = true},
};

/* An epsilon must not vanish in the engine's arithmetic: it keeps 0 / 0 away
 * where a gradient is 0. */
static mlp_status check_optimizer(const mlp_optimizer_spec *spec,
                                  mlp_error *err)
{
    if (spec->kind == MLP_OPTIMIZER_AUTO || (size_t)spec->kind >= N_OPTIMIZERS)
        return mlp_fail(err, MLP_INVALID, "optimizer: none was chosen");
    struct reads r = reads[spec->kind];
    double epsilon = (double)REAL(spec->epsilon);
    struct range ranges[] = {
        {"optimizer.momentum", spec->momentum, 0, 1, false, !r.momentum},
        {"optimizer.beta1", spec->beta1, 0, 1, false, !r.betas},
        {"optimizer.beta2", spec->beta2, 0, 1, false, !r.betas},
        {"optimizer.rho", spec->rho, 0, 1, false, !r.rho},
        {"optimizer.epsilon", epsilon, 0, 1, true, !r.epsilon},
        {"optimizer.weight_decay", spec->weight_decay, 0, HUGE_VAL, false,
         false},
    };
    return check_ranges(ranges, sizeof ranges / sizeof *ranges, err);
}

static mlp_status check_numbers(const mlp_training_spec *spec, mlp_error *err)
{
    struct range ranges[] = {
        {"learning_rate", spec->learning_rate, 0, HUGE_VAL, true, false},
        {"l1", spec->l1, 0, HUGE_VAL, false, false},
        {"l2", spec->l2, 0, HUGE_VAL, false, false},
        {"label_smoothing", spec->label_smoothing, 0, 1, false, false},
        {"gradient_clip", spec->gradient_clip, 0, HUGE_VAL, false, false},
        {"min_delta", spec->min_delta, 0, HUGE_VAL, false, false},
        {"time_limit_s", spec->time_limit_s, 0, HUGE_VAL, false, false},
        {"schedule.gamma", spec->schedule.gamma, 0, HUGE_VAL, false, false},
    };
    if ((size_t)spec->schedule.kind >= N_SCHEDULES)
        return mlp_fail(err, MLP_INVALID, "schedule: no such schedule");
    if (spec->epochs == 0)
        return mlp_fail(err, MLP_INVALID, "epochs: expected at least 1, got 0");
    if (spec->batch_size == 0 && !spec->full_batch)
        return mlp_fail(err, MLP_INVALID,
                        "batch_size: expected at least 1, got 0");
    if ((size_t)spec->parametrization >= N_PARAMETRIZATIONS)
        return mlp_fail(err, MLP_INVALID, "parametrization: no such kind");
    if (spec->parametrization == MLP_PARAMETRIZATION_NTK &&
        spec->optimizer.kind != MLP_OPTIMIZER_ADAM &&
        spec->optimizer.kind != MLP_OPTIMIZER_ADAMW)
        return mlp_fail(err, MLP_INVALID,
                        "parametrization: ntk goes with adam and adamw, not %s",
                        mlp_optimizer_name(spec->optimizer.kind));
    return check_ranges(ranges, sizeof ranges / sizeof *ranges, err);
}

static mlp_status check_loss(const mlp_training_spec *spec,
                             const mlp_network_spec *network,
                             const mlp_examples *examples,
                             mlp_error *err)
{
    if (spec->loss == MLP_LOSS_AUTO || (size_t)spec->loss >= N_LOSSES)
        return mlp_fail(err, MLP_INVALID, "loss: none was chosen");
    if (!loss_goes_with(spec->loss, network->output))
        return mlp_fail(
            err, MLP_INVALID, "loss: %s does not go with a %s output",
            mlp_loss_name(spec->loss), mlp_output_name(network->output));
    if (!examples->classes && !examples->values)
        return mlp_fail(err, MLP_INVALID,
                        "examples: expected classes or values, got neither");
    if (!examples->classes && spec->loss == MLP_LOSS_CROSS_ENTROPY)
        return mlp_fail(err, MLP_INVALID,
                        "loss: cross_entropy needs classes, not values");
    if (spec->label_smoothing > 0 && spec->loss != MLP_LOSS_CROSS_ENTROPY)
        return mlp_fail(err, MLP_INVALID,
                        "label_smoothing: goes with cross_entropy, not %s",
                        mlp_loss_name(spec->loss));
    return MLP_OK;
}

static mlp_status check_class_weights(const mlp_training_spec *spec,
                                      size_t n_outputs,
                                      const mlp_examples *examples,
                                      mlp_error *err)
{
    if (!spec->class_weights)
        return MLP_OK;
    if (!examples->classes)
        return mlp_fail(err, MLP_INVALID,
                        "class_weights: the examples have no classes");
    double sum = 0;
    for (size_t c = 0; c < n_outputs; c++) {
        double weight = (double)spec->class_weights[c];
        if (!(weight >= 0 && isfinite(weight)))
            return mlp_fail(err, MLP_INVALID,
                            "class_weights[%zu]: expected a finite number of "
                            "at least 0, got %g",
                            c, weight);
        sum += weight;
    }
    if (!(sum > 0))
        return mlp_fail(err, MLP_INVALID, "class_weights: all of them are 0");
    return MLP_OK;
}

mlp_status settings_check(const mlp_training_spec *spec,
                          const mlp_network_spec *network,
                          const mlp_examples *examples,
                          mlp_error *err)
{
    if (examples->n_inputs != network->n_inputs)
        return mlp_fail(err, MLP_SHAPE,
                        "examples: %zu inputs, but the network has %zu",
                        examples->n_inputs, network->n_inputs);
    mlp_status status = check_optimizer(&spec->optimizer, err);
    if (status == MLP_OK)
        status = check_numbers(spec, err);
    if (status == MLP_OK)
        status = check_loss(spec, network, examples, err);
    if (status == MLP_OK)
        status = check_class_weights(spec, network->n_outputs, examples, err);
    return status;
}

static mlp_status check_weight(const mlp_examples *examples,
                               size_t row,
                               double *sum,
                               mlp_error *err)
{
    double weight = examples->weights ? (double)examples->weights[row] : 1;
    *sum += weight;
    if (weight >= 0 && isfinite(weight))
        return MLP_OK;
    return mlp_fail(err, MLP_INVALID,
                    "weights[%zu]: expected a finite number of at least 0, got "
                    "%g",
                    row, weight);
}

mlp_status settings_check_rows(const char *name,
                               const uint32_t *rows,
                               size_t n,
                               size_t n_outputs,
                               const mlp_examples *examples,
                               mlp_error *err)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        size_t row = rows[i];
        if (row >= examples->n_rows)
            return mlp_fail(err, MLP_SHAPE,
                            "%s[%zu]: row %zu, but there are %zu rows", name, i,
                            row, examples->n_rows);
        if (examples->classes && examples->classes[row] >= n_outputs)
            return mlp_fail(err, MLP_SHAPE,
                            "classes[%zu]: expected below %zu, got %u", row,
                            n_outputs, (unsigned)examples->classes[row]);
        mlp_status status = check_weight(examples, row, &sum, err);
        if (status != MLP_OK)
            return status;
    }
    if (n > 0 && !(sum > 0))
        return mlp_fail(err, MLP_INVALID, "weights: all those of %s are 0",
                        name);
    return MLP_OK;
}
