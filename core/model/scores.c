/* SPDX-License-Identifier: MIT
 *
 * Log loss, accuracy, errors and R2. */
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

mlp_status scores_init(struct scores *scores,
                       mlp_task task,
                       size_t n_outputs,
                       mlp_error *err)
{
    scores->task = task;
    scores->n_outputs = n_outputs;
    scores->n_rows = scores->n_right = 0;
    scores->loss = scores->error = 0;
    scores->sums = alloc_array(n_outputs, sizeof *scores->sums);
    if (scores->sums == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for scores");
    return MLP_OK;
}

void scores_free(struct scores *scores)
{
    free(scores->sums);
    scores->sums = NULL;
}

/* Outputs of a softmax sum to 1; those of sigmoids are brought to it. */
static void add_class(struct scores *scores, const float *y, uint32_t class)
{
    double sum = 0;
    size_t best = 0;
    for (size_t c = 0; c < scores->n_outputs; c++) {
        sum += (double)y[c];
        if (y[c] > y[best])
            best = c;
    }
    scores->loss -= safe_log((double)y[class] / sum);
    scores->n_right += best == class;
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

static void add_label(struct scores *scores, double p, double t)
{
    scores->loss -= t * safe_log(p) + (1 - t) * safe_log(1 - p);
    scores->n_right += (p >= 0.5) == (t >= 0.5);
}

static void add_value(struct scores *scores, size_t target, double y, double t)
{
    struct target_sums *sums = &scores->sums[target];
    double error = y - t;
    scores->loss += error * error;
    scores->error += fabs(error);
    sums->error_squared += error * error;
    sums->t += t - sums->first;
    sums->t_squared += (t - sums->first) * (t - sums->first);
}

void scores_add_values(struct scores *scores,
                       const float *y,
                       const float *t,
                       size_t n_rows)
{
    size_t n = scores->n_outputs;
    for (size_t j = 0; j < n && scores->n_rows == 0 && n_rows > 0; j++)
        scores->sums[j].first = (double)t[j];
    for (size_t i = 0; i < n_rows; i++) {
        for (size_t j = 0; j < n; j++) {
            double answer = (double)y[i * n + j], right = (double)t[i * n + j];
            if (scores->task == MLP_TASK_MULTILABEL)
                add_label(scores, answer, right);
            else
                add_value(scores, j, answer, right);
        }
    }
    scores->n_rows += n_rows;
}

/* The mean over targets of 1 - SSE / SST; a target that never changes has no
 * R2, and then there is none. */
static double r_squared(const struct scores *scores)
{
    double sum = 0;
    for (size_t j = 0; j < scores->n_outputs; j++) {
        const struct target_sums *s = &scores->sums[j];
        double total = s->t_squared - s->t * s->t / (double)scores->n_rows;
        if (!(total > 0))
            return (double)NAN;
        sum += 1 - s->error_squared / total;
    }
    return sum / (double)scores->n_outputs;
}

mlp_scores scores_result(const struct scores *scores)
{
    const double none = (double)NAN;
    bool classes = scores->task == MLP_TASK_CLASSIFICATION;
    bool values = scores->task == MLP_TASK_REGRESSION;
    double n = (double)scores->n_rows;
    double n_asked = classes ? n : n * (double)scores->n_outputs;
    if (scores->n_rows == 0)
        return (mlp_scores){0, none, none, none, none, none};
    return (mlp_scores){
        .n_rows = scores->n_rows,
        .loss = scores->loss / n_asked,
        .accuracy = values ? none : (double)scores->n_right / n_asked,
        .rmse = values ? sqrt(scores->loss / n_asked) : none,
        .mae = values ? scores->error / n_asked : none,
        .r2 = values ? r_squared(scores) : none,
    };
}
