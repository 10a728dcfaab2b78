/* SPDX-License-Identifier: MIT
 *
 * What a plan takes beyond its table. An upper bound of what the trainer, the
 * model and the scores allocate, term by term, each with an overflow check. */
#include "base/alloc.h"
#include "mlp/explain.h"
#include "mlp/network.h"
#include "model/calibration.h"
#include "model/plan.h"
#include "model/ranking.h"
#include "nn/embedding_shape.h"
#include "nn/names.h"

/* A trainer pushes so many rows through at once, fewer when their numbers
 * would be more than this (nn/pass.c). */
enum { SLICE_ROWS = 256, SLICE_NUMBERS = 1 << 23 };

/* What a thread touches of its stack, and what the kernel keeps of it. */
enum { THREAD_BYTES = 1 << 16 };

/* Numbers that each optimizer keeps for a parameter. */
static const unsigned char optimizer_slots[N_OPTIMIZERS] = {
    [MLP_OPTIMIZER_MOMENTUM] = 1, [MLP_OPTIMIZER_NESTEROV] = 1,
    [MLP_OPTIMIZER_ADAGRAD] = 1,  [MLP_OPTIMIZER_RMSPROP] = 1,
    [MLP_OPTIMIZER_ADAM] = 2,     [MLP_OPTIMIZER_ADAMW] = 2,
};

/* *total += a * b; false, for good, once that does not fit. */
static void add(size_t *total, size_t a, size_t b, bool *fits)
{
    size_t product;
    *fits =
        *fits && size_mul(a, b, &product) && size_add(*total, product, total);
}

/* Numbers that one row needs on its way there and back: x, and what embeddings
 * make of it with its dL/d; z and dL/dz of each layer, and of hidden ones f(z),
 * of dropout its mask and what it lets through; room for the widest input.
 * Target and output stand beside the logits, and the row's weight and loss, a
 * double. */
static size_t numbers_a_row(const mlp_network_spec *spec)
{
    size_t widest = spec->n_outputs, n_embedded, n_parameters;
    size_t all = spec->n_inputs + spec->n_outputs * 4 + 3;
    /* It was counted with the parameters: it fits. */
    (void)embeddings_count(spec, &n_embedded, &n_parameters);
    if (spec->n_embeddings > 0)
        all += 2 * n_embedded;
    for (size_t i = 0; i < spec->n_hidden; i++) {
        size_t n_units = spec->hidden[i].n_units;
        all += n_units * (spec->hidden[i].dropout > 0 ? 5 : 3);
        widest = n_units > widest ? n_units : widest;
    }
    return all + (widest > n_embedded ? widest : n_embedded);
}

static size_t slice_numbers(const mlp_plan *plan)
{
    const mlp_training_spec *training = &plan->spec.training;
    size_t a_row = numbers_a_row(&plan->spec.network);
    size_t rows = training->batch_size > plan->n_validation
                      ? training->batch_size
                      : plan->n_validation;
    if (rows > SLICE_ROWS)
        rows = SLICE_ROWS;
    if (rows > SLICE_NUMBERS / a_row)
        rows = SLICE_NUMBERS / a_row + 1;
    return rows * a_row;
}

/* What comes behind the training: the keys of the AUC, the logits that the
 * temperature is found by or the residuals, and the importance's rows. */
static void add_scores(const mlp_plan *plan, size_t *total, bool *fits)
{
    const mlp_fit_spec *spec = &plan->spec;
    size_t n_outputs = spec->network.n_outputs, numbers = 0;
    size_t n_rows =
        plan->n_train > plan->n_validation ? plan->n_train : plan->n_validation;
    add(&numbers, n_rows, n_outputs, fits);
    size_t keys = numbers < RANKING_MAX_KEYS ? numbers : RANKING_MAX_KEYS;
    size_t kept = numbers < CALIBRATION_NUMBERS || !spec->calibrate
                      ? numbers
                      : CALIBRATION_NUMBERS;
    add(total, keys, sizeof(uint32_t), fits);
    add(total, kept + n_rows, sizeof(float), fits);
    add(total, MLP_IMPORTANCE_ROWS, (spec->n_features + 4) * sizeof(float),
        fits);
    add(total, MLP_IMPORTANCE_ROWS, 2 * n_outputs * sizeof(float), fits);
}

mlp_status plan_memory(mlp_plan *plan, mlp_error *err)
{
    const mlp_fit_spec *spec = &plan->spec;
    size_t n_parameters = plan->n_weights + plan->n_biases;
    size_t n_rows = mlp_table_n_rows(plan->table);
    /* The network, a gradient, the best weights, a copy for the file; and a
     * checkpoint of network, best weights and slots that is gone on from. */
    size_t copies = 2U + 4U * spec->n_members +
                    2U * optimizer_slots[spec->training.optimizer.kind];
    size_t total = (size_t)64 << 10;
    bool fits = true;
    add(&total, n_parameters, copies * sizeof(float), &fits);
    add(&total, slice_numbers(plan), 2 * sizeof(float), &fits);
    add(&total, spec->training.threads, THREAD_BYTES, &fits);
    /* Row numbers: usable, train, validation, and the trainer's own. */
    add(&total, n_rows, 6 * sizeof(uint32_t), &fits);
    if (plan->weights != NULL)
        add(&total, n_rows, sizeof(float), &fits);
    if (plan->fold_of != NULL) /* and the rows of the member at hand */
        add(&total, n_rows, 1 + 2 * sizeof(uint32_t), &fits);
    add_scores(plan, &total, &fits);
    if (spec->task == MLP_TASK_CLASSIFICATION)
        add(&total, n_rows, sizeof(uint32_t), &fits);
    else
        add(&total, n_rows, 2 * spec->n_targets * sizeof(float), &fits);
    if (!fits)
        return mlp_fail(err, MLP_INVALID,
                        "network: %zu parameters need more memory than there "
                        "can be",
                        n_parameters);
    plan->memory = total;
    return MLP_OK;
}
