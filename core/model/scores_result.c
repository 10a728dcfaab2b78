/* SPDX-License-Identifier: MIT
 *
 * Scores from sums. */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "model/scores.h"

static const double none = (double)NAN;

static double share(double part, double of)
{
    return of > 0 ? part / of : none;
}

/* The mean of those that are numbers. */
struct mean {
    double sum;
    size_t n;
};

static void mean_add(struct mean *mean, double value)
{
    if (isnan(value))
        return;
    mean->sum += value;
    mean->n++;
}

static double mean_of(const struct mean *mean)
{
    return share(mean->sum, (double)mean->n);
}

/* --- classes and labels --------------------------------------------------- */

static mlp_class_scores class_scores(struct scores *scores, size_t i)
{
    const struct class_counts *counts = &scores->counts[i];
    double both = (double)counts->both;
    bool two = scores->task == MLP_TASK_CLASSIFICATION && //
               scores->n_outputs == 2;
    return (mlp_class_scores){
        .support = counts->there,
        .precision = share(both, (double)counts->said),
        .recall = share(both, (double)counts->there),
        .f1 = share(2 * both, (double)(counts->there + counts->said)),
        /* Of two classes, what is more of the one is less of the other. */
        .auc = ranking_auc(&scores->ranking, two ? 0 : i),
    };
}

static double calibration_error(const struct scores *scores)
{
    double sum = 0;
    for (size_t i = 0; i < MLP_CALIBRATION_BINS; i++)
        sum +=
            fabs(scores->bins[i].confidence - (double)scores->bins[i].n_right);
    return sum / (double)scores->n_rows;
}

static void add_class_means(struct scores *scores, mlp_scores *out)
{
    struct mean recall = {0}, f1 = {0}, auc = {0};
    for (size_t i = 0; i < scores->n_outputs; i++) {
        mlp_class_scores class = class_scores(scores, i);
        mean_add(&recall, class.recall);
        mean_add(&f1, class.f1);
        mean_add(&auc, class.auc);
    }
    out->macro_f1 = mean_of(&f1);
    out->auc = mean_of(&auc);
    if (scores->task != MLP_TASK_CLASSIFICATION)
        return;
    out->balanced_accuracy = mean_of(&recall);
    out->ece = calibration_error(scores);
}

/* --- targets -------------------------------------------------------------- */

/* The sum of squares around the mean. */
static double total_squared(const struct scores *scores, size_t target)
{
    const struct target_sums *s = &scores->sums[target];
    return s->t_squared - s->t * s->t / (double)scores->n_rows;
}

/* A target that never changes has no R2. */
static double r_squared(double error_squared, double total)
{
    return total > 0 ? 1 - error_squared / total : none;
}

static mlp_target_scores target_scores(const struct scores *scores, size_t j)
{
    const struct target_sums *s = &scores->sums[j];
    double n = (double)scores->n_rows;
    return (mlp_target_scores){
        .rmse = sqrt(s->error_squared / n),
        .mae = s->error / n,
        .r2 = r_squared(s->error_squared, total_squared(scores, j)),
    };
}

/* --- the baseline --------------------------------------------------------- */

static mlp_baseline_scores value_baseline(const struct scores *scores)
{
    double n = (double)scores->n_rows * (double)scores->n_outputs;
    double squared = 0, error = 0, r2 = 0;
    for (size_t j = 0; j < scores->n_outputs; j++) {
        const struct target_sums *s = &scores->sums[j];
        squared += s->base_squared;
        error += s->base_error;
        r2 += r_squared(s->base_squared, total_squared(scores, j));
    }
    return (mlp_baseline_scores){
        .loss = squared / n,
        .accuracy = none,
        .rmse = sqrt(squared / n),
        .mae = error / n,
        .r2 = r2 / (double)scores->n_outputs,
    };
}

static mlp_baseline_scores baseline(const struct scores *scores, double n_asked)
{
    if (scores->baseline == NULL)
        return (mlp_baseline_scores){none, none, none, none, none};
    if (scores->task == MLP_TASK_REGRESSION)
        return value_baseline(scores);
    return (mlp_baseline_scores){
        .loss = scores->base_loss / n_asked,
        .accuracy = (double)scores->base_right / n_asked,
        .rmse = none,
        .mae = none,
        .r2 = none,
    };
}

/* --- all of it ------------------------------------------------------------ */

static void add_value_means(const struct scores *scores, mlp_scores *out)
{
    double n = (double)scores->n_rows * (double)scores->n_outputs, r2 = 0;
    for (size_t j = 0; j < scores->n_outputs; j++)
        r2 += target_scores(scores, j).r2;
    out->rmse = sqrt(scores->loss / n);
    out->mae = scores->error / n;
    out->r2 = r2 / (double)scores->n_outputs;
}

mlp_scores scores_result(struct scores *scores)
{
    bool classes = scores->task == MLP_TASK_CLASSIFICATION;
    double n = (double)scores->n_rows;
    double n_asked = classes ? n : n * (double)scores->n_outputs;
    mlp_scores out = {
        scores->n_rows,
        none,
        none,
        none,
        none,
        none,
        none,
        none,
        none,
        none,
        {none, none, none, none, none},
    };
    if (scores->n_rows == 0)
        return out;
    out.loss = scores->loss / n_asked;
    out.baseline = baseline(scores, n_asked);
    if (scores->task == MLP_TASK_REGRESSION) {
        add_value_means(scores, &out);
        return out;
    }
    out.accuracy = (double)scores->n_right / n_asked;
    add_class_means(scores, &out);
    return out;
}

static void fill_classes(struct scores *scores, mlp_score_table *table)
{
    for (size_t i = 0; i < table->n_classes; i++)
        table->classes[i] = class_scores(scores, i);
    if (scores->task != MLP_TASK_CLASSIFICATION)
        return;
    table->n_bins = MLP_CALIBRATION_BINS;
    for (size_t i = 0; i < MLP_CALIBRATION_BINS; i++) {
        const struct calibration_sums *bin = &scores->bins[i];
        table->bins[i] = (mlp_calibration_bin){
            .n_rows = bin->n_rows,
            .confidence = share(bin->confidence, (double)bin->n_rows),
            .accuracy = share((double)bin->n_right, (double)bin->n_rows),
        };
    }
    for (size_t i = 0;
         table->confusion != NULL && i < table->n_classes * table->n_classes;
         i++)
        table->confusion[i] = scores->confusion[i];
}

static bool allocate(const struct scores *scores, mlp_score_table *table)
{
    size_t n = scores->n_outputs;
    if (scores->task == MLP_TASK_REGRESSION) {
        table->n_targets = n;
        table->targets = alloc_array(n, sizeof *table->targets);
        return table->targets != NULL;
    }
    table->n_classes = n;
    table->classes = alloc_array(n, sizeof *table->classes);
    if (scores->confusion != NULL)
        table->confusion = alloc_array(n * n, sizeof *table->confusion);
    return table->classes != NULL &&
           (table->confusion != NULL || scores->confusion == NULL);
}

mlp_status
scores_tables(struct scores *scores, mlp_score_table **out, mlp_error *err)
{
    mlp_score_table *table = alloc_array(1, sizeof *table);
    *out = NULL;
    if (table == NULL || !allocate(scores, table)) {
        mlp_score_table_destroy(table);
        return mlp_fail(err, MLP_NOMEM, "out of memory for scores");
    }
    table->scores = scores_result(scores);
    table->interval_coverage_90 = none;
    fill_classes(scores, table);
    for (size_t j = 0; j < table->n_targets; j++)
        table->targets[j] = target_scores(scores, j);
    *out = table;
    return MLP_OK;
}

void mlp_score_table_destroy(mlp_score_table *table)
{
    if (table == NULL)
        return;
    free(table->classes);
    free(table->confusion);
    free(table->targets);
    free(table);
}
