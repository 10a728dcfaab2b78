/* SPDX-License-Identifier: MIT
 *
 * The loop over epochs and batches, and what happens between them: schedule,
 * validation, early stopping, limits, hooks. It allocates nothing. */
#include "nn/trainer.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "nn/streams.h"

static void read_clock(struct mlp_trainer *t)
{
    t->progress.seconds = clock_s() - t->started;
}

void trainer_order(uint64_t seed,
                   size_t epoch,
                   const uint32_t *train,
                   uint32_t n,
                   uint32_t *order)
{
    random_permutation(seed, stream_id(STREAM_SHUFFLE, epoch), order, n);
    for (uint32_t i = 0; i < n; i++)
        order[i] = train[order[i]];
}

static void order_rows(struct mlp_trainer *t)
{
    if (t->spec.no_shuffle)
        memcpy(t->order, t->train, t->n_train * sizeof *t->order);
    else
        trainer_order(t->spec.seed, t->progress.epoch, t->train,
                      (uint32_t)t->n_train, t->order);
}

static bool out_of_time(const struct mlp_trainer *t)
{
    double limit = t->spec.time_limit_s;
    return limit > 0 && t->progress.seconds >= limit;
}

static mlp_status
diverged(const struct mlp_trainer *t, const char *what, mlp_error *err)
{
    const struct progress *p = &t->progress;
    return mlp_fail(err, MLP_DIVERGED,
                    "epoch %zu, batch %zu of %zu: %s is not finite; try a "
                    "learning_rate below %g, gradient_clip, or inputs of a "
                    "smaller scale",
                    p->epoch + 1, p->batch, t->n_batches, what,
                    t->spec.learning_rate);
}

static void add_score(struct score *sum, const struct score *score)
{
    sum->loss_sum += score->loss_sum;
    sum->weight_sum += score->weight_sum;
    sum->hits.right += score->hits.right;
    sum->hits.asked += score->hits.asked;
}

/* A schedule goes by the epochs or by the time limit, whichever is further. */
static double learning_rate(const struct mlp_trainer *t)
{
    size_t step = t->progress.epoch * t->n_batches + t->progress.batch;
    size_t n_steps = t->spec.epochs * t->n_batches;
    if (t->spec.time_limit_s > 0) {
        double share = fmin(1, t->progress.seconds / t->spec.time_limit_s);
        size_t due = (size_t)(share * (double)(n_steps - 1));
        step = due > step ? due : step;
    }
    return t->spec.learning_rate *
           mlp_schedule_factor(&t->spec.schedule, step, n_steps, t->n_batches);
}

/* What a call that takes long is to ask. */
struct patience {
    const struct mlp_trainer *trainer;
    const mlp_hooks *hooks;
};

static bool is_wanted(void *context)
{
    const struct patience *patience = context;
    const mlp_hooks *hooks = patience->hooks;
    return hooks->wants_pause && hooks->wants_pause(hooks->context);
}

/* A time limit leaves the first batch alone: no model comes of none. */
static bool is_wanted_or_late(void *context)
{
    const struct patience *patience = context;
    const struct mlp_trainer *t = patience->trainer;
    double limit = t->spec.time_limit_s;
    return is_wanted(context) || (limit > 0 && t->progress.rows > 0 &&
                                  clock_s() - t->started >= limit);
}

static void account(struct mlp_trainer *t, size_t n_rows)
{
    struct progress *p = &t->progress;
    double began = p->seconds;
    read_clock(t);
    p->rows += n_rows;
    p->epoch_rows += n_rows;
    p->batch_seconds += p->seconds - began;
    p->epoch_seconds += p->seconds - began;
}

/* One that is given up leaves everything but the clock as it was. */
static mlp_status
run_batch(struct mlp_trainer *t, const mlp_hooks *hooks, mlp_error *err)
{
    struct progress *p = &t->progress;
    struct patience patience = {t, hooks};
    size_t first = p->batch * t->batch_size;
    size_t n = t->n_train - first;
    if (n > t->batch_size)
        n = t->batch_size;
    double at_rate = learning_rate(t);
    struct score score = step_learn(&t->step, t->order + first, n, at_rate,
                                    is_wanted_or_late, &patience);
    if (t->step.given_up) {
        read_clock(t);
        return MLP_OK;
    }
    p->learning_rate = at_rate;
    p->batch++;
    if (!isfinite(score.loss_sum))
        return diverged(t, "the loss", err);
    add_score(&p->score, &score);
    account(t, n);
    return MLP_OK;
}

double trainer_share_done(const struct mlp_trainer *t)
{
    double epochs = (double)t->progress.epoch +
                    (double)t->progress.batch / (double)t->n_batches;
    return epochs / (double)t->spec.epochs;
}

static mlp_status
pause_run(struct mlp_trainer *t, const mlp_hooks *hooks, mlp_error *err)
{
    const struct progress *p = &t->progress;
    if (hooks->on_pause)
        hooks->on_pause(hooks->context, t);
    if (hooks->should_stop && hooks->should_stop(hooks->context))
        return mlp_fail(err, MLP_CANCELLED,
                        "stopped in epoch %zu of %zu after %zu of %zu batches",
                        p->epoch + 1, t->spec.epochs, p->batch, t->n_batches);
    return MLP_OK;
}

static mlp_status
run_batches(struct mlp_trainer *t, const mlp_hooks *hooks, mlp_error *err)
{
    struct progress *p = &t->progress;
    while (p->batch < t->n_batches) {
        mlp_status status = pause_run(t, hooks, err);
        if (status == MLP_OK)
            status = run_batch(t, hooks, err);
        if (status != MLP_OK)
            return status;
        if (hooks->on_batch && !t->step.given_up)
            hooks->on_batch(hooks->context, trainer_share_done(t));
        if (out_of_time(t))
            break;
    }
    return MLP_OK;
}

static bool all_finite(const mlp_real *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(w[i]))
            return false;
    }
    return true;
}

static double rate(uint64_t rows, double seconds)
{
    return seconds > 0 ? (double)rows / seconds : 0;
}

/* The epoch's figures, with those of the validation rows. */
static mlp_epoch measure(struct mlp_trainer *t, const mlp_hooks *hooks)
{
    const struct progress *p = &t->progress;
    struct patience patience = {t, hooks};
    struct score validation = step_evaluate(
        &t->step, t->validation, t->n_validation, is_wanted, &patience);
    read_clock(t);
    return (mlp_epoch){
        .epoch = p->epoch + 1,
        .n_epochs = t->spec.epochs,
        .loss = score_loss(&p->score),
        .accuracy = score_accuracy(&p->score),
        .validation_loss = score_loss(&validation),
        .validation_accuracy = score_accuracy(&validation),
        .learning_rate = p->learning_rate,
        .seconds = p->seconds,
        .samples_per_second = rate(p->epoch_rows, p->epoch_seconds),
    };
}

/* Best is the lowest validation loss, by however little; patience asks for
 * min_delta more. A loss that is not finite is neither. */
static void judge(struct mlp_trainer *t, mlp_epoch *epoch)
{
    struct progress *p = &t->progress;
    double loss = epoch->validation_loss;
    epoch->best = isfinite(loss) &&
                  (p->best.epoch == 0 || loss < p->best.validation_loss);
    if (epoch->best) {
        p->best = *epoch;
        if (t->best)
            memcpy(t->best, t->network->parameters,
                   t->network->n_parameters * sizeof *t->best);
    }
    p->stale++;
    if (loss < p->milestone - t->spec.min_delta) {
        p->milestone = loss;
        p->stale = 0;
    }
}

static void end_if_due(struct mlp_trainer *t)
{
    struct progress *p = &t->progress;
    p->over = true;
    if (p->epoch == t->spec.epochs)
        p->stop = MLP_STOP_EPOCHS;
    else if (out_of_time(t))
        p->stop = MLP_STOP_TIME;
    else if (t->spec.early_stopping && p->stale >= t->spec.patience)
        p->stop = MLP_STOP_EARLY;
    else
        p->over = false;
}

static mlp_status
end_epoch(struct mlp_trainer *t, const mlp_hooks *hooks, mlp_error *err)
{
    struct progress *p = &t->progress;
    if (!all_finite(t->network->parameters, t->network->n_parameters))
        return diverged(t, "a weight", err);
    mlp_epoch epoch = measure(t, hooks);
    while (t->step.given_up) {
        mlp_status status = pause_run(t, hooks, err);
        if (status != MLP_OK)
            return status;
        epoch = measure(t, hooks);
    }
    judge(t, &epoch);
    p->last = epoch;
    p->epoch++;
    p->batch = 0;
    p->score = (struct score){0};
    p->epoch_seconds = 0;
    p->epoch_rows = 0;
    end_if_due(t);
    if (hooks->on_epoch)
        hooks->on_epoch(hooks->context, &epoch);
    return MLP_OK;
}

static bool has_best(const struct mlp_trainer *t)
{
    return t->best && t->progress.best.epoch > 0;
}

static void keep_best(struct mlp_trainer *t)
{
    if (has_best(t))
        memcpy(t->network->parameters, t->best,
               t->network->n_parameters * sizeof *t->best);
}

static mlp_training_result result_of(const struct mlp_trainer *t)
{
    const struct progress *p = &t->progress;
    mlp_epoch best = p->over && !has_best(t) ? p->last : p->best;
    return (mlp_training_result){
        .epochs_run = p->epoch,
        .best_epoch = best.epoch,
        .best = best,
        .last = p->last,
        .stop = p->stop,
        .seconds = p->seconds,
        .samples_per_second = rate(p->rows, p->batch_seconds),
    };
}

static mlp_status
run_epochs(struct mlp_trainer *t, const mlp_hooks *hooks, mlp_error *err)
{
    while (!t->progress.over) {
        order_rows(t);
        mlp_status status = run_batches(t, hooks, err);
        if (status == MLP_OK && t->progress.batch > 0)
            status = end_epoch(t, hooks, err);
        else if (status == MLP_OK)
            end_if_due(t); /* time was over within its first batch */
        if (status != MLP_OK)
            return status;
    }
    keep_best(t);
    return MLP_OK;
}

mlp_status mlp_trainer_run(mlp_trainer *trainer,
                           const mlp_hooks *hooks,
                           mlp_training_result *result,
                           mlp_error *err)
{
    static const mlp_hooks none = {0};
    trainer->started = clock_s() - trainer->progress.seconds;
    mlp_status status = run_epochs(trainer, hooks ? hooks : &none, err);
    if (result)
        *result = result_of(trainer);
    return status;
}
