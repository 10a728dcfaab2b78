/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>

#include "model/scores.h"

/* The figures are scikit-learn 1.2.1's (metrics as m, numpy as np), but ece,
 * which is three lines of numpy:
 *
 * def rows(n, k):
 *     y = np.array([(i * i + i // 3) % k for i in range(n)])
 *     w = np.array([[(i * 37 + c * 11) % 17 + 1 + 9 * (c == y[i] and i % 3 > 0)
 *                    for c in range(k)] for i in range(n)], dtype=float)
 *     return y, (w / w.sum(1, keepdims=True)).astype(np.float32).astype(float)
 * def ece(p, right):
 *     b = np.clip(np.ceil(p * 15) - 1, 0, 14).astype(int)
 *     return sum(abs(p[b == i].sum() - right[b == i].sum())
 *                for i in range(15)) / len(p)
 * for k in (2, 4):
 *     y, p = rows(60, k); said = p.argmax(1); q = p / p.sum(1, keepdims=True)
 *     m.log_loss(y, q), m.accuracy_score(y, said)
 *     m.balanced_accuracy_score(y, said), m.f1_score(y, said, average="macro")
 *     m.roc_auc_score(y, p[:, 1]) or m.roc_auc_score(y, p, multi_class="ovr")
 *     [m.roc_auc_score(y == c, p[:, c]) for c in range(k)]
 *     ece(q.max(1), said == y)
 *     m.precision_recall_fscore_support(y, said), m.confusion_matrix(y, said)
 * m.log_loss(y, np.tile([.1, .2, .3, .4], (60, 1))), np.mean(y == 3)
 *
 * n, k = 60, 3
 * t = np.array([[(i * (j + 2) + i // 4) % 3 == 0 for j in range(k)]
 *               for i in range(n)])
 * p = np.array([[((i * 29 + j * 5) % 19 + 1 + 6 * t[i, j]) / 32
 *                for j in range(k)] for i in range(n)])
 * np.mean([m.log_loss(t[:, j], p[:, j]) for j in range(k)])
 * np.mean((p >= .5) == t), m.f1_score(t, p >= .5, average="macro")
 * m.roc_auc_score(t, p, average="macro")
 *
 * t = np.array([[(i * 7 % 13) * 1.5, 100 + i % 5] for i in range(30)])
 * y = t + np.array([[(i % 4) - 1.25, (i % 3) * .5] for i in range(30)])
 * b = np.tile([8, 101.5], (30, 1))
 * m.mean_squared_error(t, y) ** .5, m.mean_absolute_error(t, y)
 * m.r2_score(t, y); the same of each column, and of t and b
 */
static const double tolerance = 1e-7; /* of probabilities that are floats */

enum { N_ROWS = 60, MAX_CLASSES = 4 };

#define SAME(found, expected) cr_expect_float_eq(found, expected, tolerance)

static struct scores scores_for(mlp_task task, size_t n, const double *baseline)
{
    struct scores scores;
    cr_assert_eq(scores_init(&scores, task, n, N_ROWS, NULL), MLP_OK);
    scores_compare(&scores, baseline);
    return scores;
}

static mlp_score_table *tables_of(struct scores *scores)
{
    mlp_score_table *table;
    cr_assert_eq(scores_tables(scores, &table, NULL), MLP_OK);
    return table;
}

static void add_class_rows(struct scores *scores)
{
    unsigned k = (unsigned)scores->n_outputs;
    for (unsigned i = 0; i < N_ROWS; i++) {
        uint32_t class = (i * i + i / 3) % k;
        double w[MAX_CLASSES], sum = 0;
        float p[MAX_CLASSES];
        for (unsigned c = 0; c < k; c++)
            sum += w[c] =
                (i * 37 + c * 11) % 17 + 1 + 9U * (c == class && i % 3 > 0);
        for (unsigned c = 0; c < k; c++)
            p[c] = (float)(w[c] / sum);
        scores_add_classes(scores, p, &class, 1);
    }
}

static void same_class(const mlp_class_scores *found, mlp_class_scores expected)
{
    cr_expect_eq(found->support, expected.support);
    SAME(found->precision, expected.precision);
    SAME(found->recall, expected.recall);
    SAME(found->f1, expected.f1);
    SAME(found->auc, expected.auc);
}

Test(scores_result, two_classes_agree_with_scikit_learn)
{
    struct scores scores = scores_for(MLP_TASK_CLASSIFICATION, 2, NULL);
    add_class_rows(&scores);
    mlp_score_table *table = tables_of(&scores);
    SAME(table->scores.loss, 0.5918548556364619);
    SAME(table->scores.accuracy, 0.7666666666666667);
    SAME(table->scores.balanced_accuracy, 0.825);
    SAME(table->scores.macro_f1, 0.7643097643097643);
    SAME(table->scores.auc, 0.844375);
    SAME(table->scores.ece, 0.18647951106570648);
    cr_assert_eq(table->n_classes, 2);
    same_class(&table->classes[0],
               (mlp_class_scores){40, 1, 0.65, 0.78787878787, 0.844375});
    same_class(&table->classes[1], (mlp_class_scores){20, 0.58823529411, 1,
                                                      0.74074074074, 0.844375});
    static const size_t confusion[] = {26, 14, 0, 20};
    cr_expect_arr_eq(table->confusion, confusion, sizeof confusion);
    cr_expect(isnan(table->scores.baseline.loss));
    mlp_score_table_destroy(table);
    scores_free(&scores);
}

Test(scores_result, four_classes_agree_with_scikit_learn)
{
    const double baseline[] = {.1, .2, .3, .4};
    struct scores scores = scores_for(MLP_TASK_CLASSIFICATION, 4, baseline);
    add_class_rows(&scores);
    mlp_score_table *table = tables_of(&scores);
    SAME(table->scores.loss, 1.136275901162043);
    SAME(table->scores.accuracy, 0.5666666666666667);
    SAME(table->scores.balanced_accuracy, 0.6);
    SAME(table->scores.macro_f1, 0.5774356869184456);
    SAME(table->scores.auc, 0.82425);
    SAME(table->scores.ece, 0.19420433758094385);
    SAME(table->scores.baseline.loss, 1.58980740649137);
    SAME(table->scores.baseline.accuracy, 0.16666666666666666);
    cr_expect(isnan(table->scores.baseline.rmse) && isnan(table->scores.rmse));
    same_class(&table->classes[0],
               (mlp_class_scores){20, 2 / 3., 0.5, 0.57142857142, 0.7825});
    same_class(&table->classes[1],
               (mlp_class_scores){10, 7 / 19., 0.7, 0.48275862068, 0.828});
    same_class(&table->classes[2],
               (mlp_class_scores){20, 0.625, 0.5, 0.55555555555, 0.7525});
    same_class(&table->classes[3], (mlp_class_scores){10, 0.7, 0.7, 0.7, .934});
    static const size_t confusion[] = {10, 6, 3,  1, 0, 7, 3, 0,
                                       5,  3, 10, 2, 0, 3, 0, 7};
    cr_expect_arr_eq(table->confusion, confusion, sizeof confusion);
    cr_expect_eq(table->n_targets, 0);
    mlp_score_table_destroy(table);
    scores_free(&scores);
}

Test(scores_result, labels_agree_with_scikit_learn)
{
    const double baseline[] = {.5, .4, .3};
    struct scores scores = scores_for(MLP_TASK_MULTILABEL, 3, baseline);
    for (unsigned i = 0; i < N_ROWS; i++) {
        float t[3], y[3];
        for (unsigned j = 0; j < 3; j++) {
            t[j] = (i * (j + 2) + i / 4) % 3 == 0;
            y[j] = (float)((i * 29 + j * 5) % 19 + 1 + 6U * (t[j] > 0)) / 32;
        }
        scores_add_values(&scores, y, t, 1);
    }
    mlp_score_table *table = tables_of(&scores);
    SAME(table->scores.loss, 0.5524519860031192);
    SAME(table->scores.accuracy, 0.6833333333333333);
    SAME(table->scores.macro_f1, 0.5462747815688992);
    SAME(table->scores.auc, 0.7555787037037036);
    cr_expect(isnan(table->scores.ece));
    cr_expect(isnan(table->scores.balanced_accuracy));
    cr_expect_null(table->confusion);
    cr_expect_eq(table->n_bins, 0);
    cr_expect_eq(table->classes[0].support, 30);
    cr_expect_eq(table->classes[1].support, 20);
    /* Half, two thirds and two thirds of 60 are right. */
    SAME(table->scores.baseline.accuracy, (30 + 40 + 40) / 180.);
    SAME(table->scores.baseline.loss,
         -(log(.5) + (20 * log(.4) + 40 * log(.6)) / 60 +
           (20 * log(.3) + 40 * log(.7)) / 60) /
             3);
    mlp_score_table_destroy(table);
    scores_free(&scores);
}

Test(scores_result, targets_agree_with_scikit_learn)
{
    const double baseline[] = {8, 101.5};
    struct scores scores = scores_for(MLP_TASK_REGRESSION, 2, baseline);
    for (unsigned i = 0; i < 30; i++) {
        float t[] = {(float)(i * 7 % 13) * 1.5F, (float)(100 + i % 5)};
        float y[] = {t[0] + (float)(i % 4) - 1.25F,
                     t[1] + (float)(i % 3) * .5F};
        scores_add_values(&scores, y, t, 1);
    }
    mlp_score_table *table = tables_of(&scores);
    cr_assert_eq(table->n_targets, 2);
    SAME(table->targets[0].rmse, 1.131002505154903);
    SAME(table->targets[0].mae, 0.9833333333333333);
    SAME(table->targets[0].r2, 0.9601381531110419);
    SAME(table->targets[1].rmse, 0.6454972243679028);
    SAME(table->targets[1].mae, 0.5);
    SAME(table->targets[1].r2, 0.7916666666666666);
    SAME(table->scores.rmse, 0.920823906437418);
    SAME(table->scores.mae, 0.7416666666666667);
    SAME(table->scores.r2, 0.8759024098888543);
    SAME(table->scores.baseline.rmse, 4.165333119931706);
    SAME(table->scores.baseline.mae, 3.1333333333333333);
    SAME(table->scores.baseline.r2, -0.06810922405733866);
    cr_expect_null(table->classes);
    cr_expect(isnan(table->scores.auc) && isnan(table->scores.macro_f1));
    mlp_score_table_destroy(table);
    scores_free(&scores);
}

/* Four rows by hand: 0.9 and 0.95 are in the 14th and 15th of 15 bins; of a
 * bin's end, 0.6 = 9 / 15, the float is above. */
Test(scores_result, calibration_compares_confidence_with_accuracy)
{
    const float p[] = {.9F, .1F, .9F, .1F, .05F, .95F, .4F, .6F};
    const uint32_t classes[] = {0, 1, 1, 1};
    struct scores scores = scores_for(MLP_TASK_CLASSIFICATION, 2, NULL);
    scores_add_classes(&scores, p, classes, 4);
    mlp_score_table *table = tables_of(&scores);
    cr_assert_eq(table->n_bins, 15);
    cr_expect_eq(table->bins[13].n_rows, 2);
    SAME(table->bins[13].confidence, .9);
    SAME(table->bins[13].accuracy, .5);
    cr_expect_eq(table->bins[14].n_rows, 1);
    cr_expect_eq(table->bins[9].n_rows, 1);
    cr_expect_eq(table->bins[0].n_rows, 0);
    cr_expect(isnan(table->bins[0].accuracy));
    SAME(table->scores.ece, (2 * .4 + .05 + .4) / 4);
    mlp_score_table_destroy(table);
    scores_free(&scores);
}

/* Of three classes nobody has the last and nobody is said to have it. */
Test(scores_result, class_without_rows_is_left_out_of_the_means)
{
    const float p[] = {.8F, .2F, 0, .3F, .7F, 0, .6F, .4F, 0};
    const uint32_t classes[] = {0, 1, 1};
    struct scores scores = scores_for(MLP_TASK_CLASSIFICATION, 3, NULL);
    scores_add_classes(&scores, p, classes, 3);
    mlp_score_table *table = tables_of(&scores);
    SAME(table->scores.balanced_accuracy, (1 + .5) / 2);
    SAME(table->scores.macro_f1, (2 / 3. + 2 / 3.) / 2);
    SAME(table->scores.auc, 1);
    cr_expect_eq(table->classes[2].support, 0);
    cr_expect(isnan(table->classes[2].recall));
    cr_expect(isnan(table->classes[2].precision));
    cr_expect(isnan(table->classes[2].f1) && isnan(table->classes[2].auc));
    mlp_score_table_destroy(table);
    scores_free(&scores);
}

Test(scores_result, more_than_a_hundred_classes_have_no_matrix)
{
    float p[101] = {0.5F, 0.5F};
    const uint32_t class = 1;
    struct scores scores = scores_for(MLP_TASK_CLASSIFICATION, 101, NULL);
    scores_add_classes(&scores, p, &class, 1);
    mlp_score_table *table = tables_of(&scores);
    cr_expect_null(table->confusion);
    cr_expect_eq(table->n_classes, 101);
    mlp_score_table_destroy(table);
    scores_free(&scores);
}

Test(scores_result, answers_that_are_no_numbers_are_survived)
{
    const float p[] = {NAN, NAN, NAN};
    const uint32_t class = 1;
    struct scores scores = scores_for(MLP_TASK_CLASSIFICATION, 3, NULL);
    scores_add_classes(&scores, p, &class, 1);
    mlp_scores result = scores_result(&scores);
    cr_expect(isnan(result.loss));
    cr_expect_eq(result.accuracy, 0);
    scores_free(&scores);
}
