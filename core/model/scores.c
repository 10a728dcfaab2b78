/* SPDX-License-Identifier: MIT
 *
 * Adding rows up. */
#include "model/scores.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/scalar.h"

/* The logarithm of a probability, which is taken for no less than this: one
 * row that is wrong for sure is bad, but not infinitely. */
static const double least_probability = 1e-15;

static double safe_log(double p)
{
    return scalar_log(p < least_probability ? least_probability : p);
}

/* --- room ----------------------------------------------------------------- */

static mlp_status allocate(struct scores *scores, size_t n_rows, mlp_error *err)
{
    size_t n = scores->n_outputs;
    bool classes = scores->task == MLP_TASK_CLASSIFICATION;
    bool values = scores->task == MLP_TASK_REGRESSION;
    bool matrix = classes && n <= MLP_CONFUSION_CLASSES;
    if (values)
        scores->sums = alloc_array(n, sizeof *scores->sums);
    else
        scores->counts = alloc_array(n, sizeof *scores->counts);
    if (matrix)
        scores->confusion = alloc_array(n * n, sizeof *scores->confusion);
    if ((scores->sums == NULL && scores->counts == NULL) ||
        (matrix && scores->confusion == NULL))
        return mlp_fail(err, MLP_NOMEM, "out of memory for scores");
    return ranking_init(&scores->ranking,
                        values              ? 0
                        : classes && n == 2 ? 1
                                            : n,
                        n_rows, RANKING_MAX_KEYS, err);
}

mlp_status scores_init(struct scores *scores,
                       mlp_task task,
                       size_t n_outputs,
                       size_t n_rows,
                       mlp_error *err)
{
    *scores = (struct scores){.task = task, .n_outputs = n_outputs};
    mlp_status status = allocate(scores, n_rows, err);
    if (status != MLP_OK)
        scores_free(scores);
    return status;
}

void scores_free(struct scores *scores)
{
    free(scores->sums);
    free(scores->counts);
    free(scores->confusion);
    ranking_free(&scores->ranking);
    scores->sums = NULL;
    scores->counts = NULL;
    scores->confusion = NULL;
}

void scores_compare(struct scores *scores, const double *baseline)
{
    scores->baseline = baseline;
    scores->base_class = 0;
    for (size_t c = 1; c < scores->n_outputs && baseline != NULL; c++)
        if (baseline[c] > baseline[scores->base_class])
            scores->base_class = c;
}

/* --- classes -------------------------------------------------------------- */

/* Bin i is (i / n, (i + 1) / n]. */
static void calibrate(struct scores *scores, double confidence, bool right)
{
    double place = ceil(confidence * MLP_CALIBRATION_BINS) - 1;
    size_t i = place > 0 ? (size_t)place : 0; /* NaN: the first */
    if (i >= MLP_CALIBRATION_BINS)
        i = MLP_CALIBRATION_BINS - 1;
    scores->bins[i].n_rows++;
    scores->bins[i].n_right += right;
    scores->bins[i].confidence += confidence;
}

static void count_class(struct scores *scores, size_t class, size_t said)
{
    scores->counts[class].there++;
    scores->counts[said].said++;
    scores->counts[class].both += class == said;
    scores->n_right += class == said;
    if (scores->confusion != NULL)
        scores->confusion[class * scores->n_outputs + said]++;
}

/* Outputs of a softmax sum to 1; those of sigmoids are brought to it. They are
 * ranked as they are: each says of its class alone how likely it is. */
static void add_class(struct scores *scores, const float *y, uint32_t class)
{
    size_t first = scores->n_outputs == 2; /* that is ranked */
    double sum = 0;
    size_t best = 0;
    for (size_t c = 0; c < scores->n_outputs; c++) {
        sum += (double)y[c];
        if (y[c] > y[best])
            best = c;
    }
    scores->loss -= safe_log((double)y[class] / sum);
    count_class(scores, class, best);
    calibrate(scores, (double)y[best] / sum, best == class);
    ranking_add_class(&scores->ranking, y + first, class - first);
    if (scores->baseline != NULL) {
        scores->base_loss -= safe_log(scores->baseline[class]);
        scores->base_right += scores->base_class == class;
    }
}

void scores_add_classes(struct scores *scores,
                        const float *y,
                        const uint32_t *classes,
                        size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++)
        add_class(scores, y + i * scores->n_outputs, classes[i]);
    scores->n_rows += n_rows;
}

/* --- labels --------------------------------------------------------------- */

static double cross_entropy(double p, double t)
{
    return -(t * safe_log(p) + (1 - t) * safe_log(1 - p));
}

static void add_label(struct scores *scores, size_t label, double p, double t)
{
    struct class_counts *counts = &scores->counts[label];
    bool said = p >= 0.5, there = t >= 0.5;
    scores->loss += cross_entropy(p, t);
    scores->n_right += said == there;
    counts->said += said;
    counts->there += there;
    counts->both += said && there;
    if (scores->baseline != NULL) {
        double base = scores->baseline[label];
        scores->base_loss += cross_entropy(base, t);
        scores->base_right += (base >= 0.5) == there;
    }
}

/* --- values --------------------------------------------------------------- */

static void add_value(struct scores *scores, size_t target, double y, double t)
{
    struct target_sums *sums = &scores->sums[target];
    double error = y - t;
    scores->loss += error * error;
    scores->error += fabs(error);
    sums->error += fabs(error);
    sums->error_squared += error * error;
    sums->t += t - sums->first;
    sums->t_squared += (t - sums->first) * (t - sums->first);
    if (scores->baseline != NULL) {
        double base = scores->baseline[target] - t;
        sums->base_error += fabs(base);
        sums->base_squared += base * base;
    }
}

static void add_row(struct scores *scores, const float *y, const float *t)
{
    for (size_t j = 0; j < scores->n_outputs; j++) {
        if (scores->task == MLP_TASK_MULTILABEL)
            add_label(scores, j, (double)y[j], (double)t[j]);
        else
            add_value(scores, j, (double)y[j], (double)t[j]);
    }
    if (scores->task == MLP_TASK_MULTILABEL)
        ranking_add_labels(&scores->ranking, y, t);
}

void scores_add_values(struct scores *scores,
                       const float *y,
                       const float *t,
                       size_t n_rows)
{
    size_t n = scores->n_outputs;
    bool values = scores->task == MLP_TASK_REGRESSION;
    for (size_t j = 0; values && j < n && scores->n_rows == 0 && n_rows > 0;
         j++)
        scores->sums[j].first = (double)t[j];
    for (size_t i = 0; i < n_rows; i++)
        add_row(scores, y + i * n, t + i * n);
    scores->n_rows += n_rows;
}
