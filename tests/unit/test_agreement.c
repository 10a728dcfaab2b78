/* SPDX-License-Identifier: MIT */
#include "handlers/agreement.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "allocation.h"
#include "models.h"

/* Fill one side with rows; said: [n, n_outputs]. */
static void listen(struct agreement *agreement,
                   enum agreement_side side,
                   const size_t *rows,
                   size_t n,
                   const float *truths,
                   size_t n_targets,
                   const float *said,
                   size_t n_outputs)
{
    mlp_evaluate_options options = {0};
    agreement_listen(agreement, side, &options);
    for (size_t i = 0; i < n; i++)
        options.visit(options.visitor, rows[i], truths + i * n_targets,
                      said + i * n_outputs);
}

static struct agreement *
between(const mlp_model *a, const mlp_model *b, size_t n)
{
    struct agreement *agreement;
    mlp_error err;
    cr_assert_eq(agreement_create(a, b, n, &agreement, &err), MLP_OK, "%s",
                 err.text);
    return agreement;
}

static void
expect_text(struct agreement *agreement, size_t limit, const char *expected)
{
    mlp_buffer text;
    mlp_buffer_init(&text, 1 << 16);
    agreement_write(agreement, limit, &text);
    cr_assert_eq(text.status, MLP_OK);
    cr_expect_str_eq(text.data, expected);
    mlp_buffer_free(&text);
    agreement_destroy(agreement);
}

static const size_t rows[] = {0, 1, 3, 4};

Test(agreement, tells_who_is_right_and_where_they_part)
{
    static const float truths[] = {0, 1, 1, 0};
    static const float a[] = {0.9F, 0.1F, 0.2F, 0.8F, 0.7F, 0.3F, 0.4F, 0.6F};
    static const float b[] = {0.6F, 0.4F, 0.9F, 0.1F, 0.1F, 0.9F, 0.3F, 0.7F};
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    for (size_t limit = 2; limit != SIZE_MAX; limit--) {
        struct agreement *agreement = between(model, model, 4);
        listen(agreement, AGREEMENT_A, rows, 4, truths, 1, a, 2);
        listen(agreement, AGREEMENT_B, rows, 4, truths, 1, b, 2);
        const char *const changed[] = {
            "", "{\"row\":2,\"truth\":1,\"a\":1,\"b\":0,\"better\":\"a\"}",
            ",{\"row\":4,\"truth\":1,\"a\":0,\"b\":1,\"better\":\"b\"}"};
        char expected[512];
        (void)snprintf(expected, sizeof expected,
                       ",\"agreement\":{\"rows\":2,\"share\":0.5,"
                       "\"both_right\":1,\"only_a_right\":1,"
                       "\"only_b_right\":1,\"both_wrong\":1,\"p_value\":1},"
                       "\"changed\":[%s%s]",
                       limit > 0 ? changed[1] : "",
                       limit > 1 ? changed[2] : "");
        expect_text(agreement, limit, expected);
    }
    mlp_model_destroy(model);
}

/* The second model has a class that the first has not, before those it has, so
 * that equal numbers of outputs are different classes. */
Test(agreement, classes_are_the_same_by_what_they_say)
{
    static const char *const target[] = {"t"};
    static const float truths[] = {0, 1};
    static const float a[] = {0.9F, 0.1F, 0.9F, 0.1F};
    static const float b[] = {0.1F, 0.8F, 0.1F, 0.8F, 0.1F, 0.1F};
    mlp_fit_spec spec = spec_for(target);
    mlp_table *two = csv_table("a,t\n1,m\n2,m\n3,n\n4,n\n", "t");
    mlp_table *three = csv_table("a,t\n1,c\n2,m\n3,n\n4,c\n", "t");
    mlp_model *of_two = trained(two, &spec, NULL);
    mlp_model *of_three = trained(three, &spec, NULL);
    struct agreement *agreement = between(of_two, of_three, 2);
    listen(agreement, AGREEMENT_A, rows, 2, truths, 1, a, 2);
    listen(agreement, AGREEMENT_B, rows, 2, (const float[]){1, 2}, 1, b, 3);
    expect_text(agreement, 10,
                ",\"agreement\":{\"rows\":1,\"share\":0.5,\"both_right\":1,"
                "\"only_a_right\":0,\"only_b_right\":0,\"both_wrong\":1,"
                "\"p_value\":1},\"changed\":[{\"row\":2,\"truth\":\"n\","
                "\"a\":\"m\",\"b\":\"c\",\"better\":null}]");
    mlp_model_destroy(of_two);
    mlp_model_destroy(of_three);
    mlp_table_destroy(two);
    mlp_table_destroy(three);
}

Test(agreement, of_labels_it_is_all_of_a_rows_labels)
{
    static const float truths[] = {1, 0, 1, 1};
    static const float a[] = {0.5F, 0.1F, 0.9F, 0.1F};
    static const float b[] = {0.9F, 0.4F, 0.2F, 0.3F};
    mlp_model *model = small_model(MLP_TASK_MULTILABEL);
    struct agreement *agreement = between(model, model, 2);
    listen(agreement, AGREEMENT_A, rows, 2, truths, 2, a, 2);
    listen(agreement, AGREEMENT_B, rows, 2, truths, 2, b, 2);
    expect_text(agreement, 10,
                ",\"agreement\":{\"rows\":1,\"share\":0.5,\"both_right\":1,"
                "\"only_a_right\":0,\"only_b_right\":0,\"both_wrong\":1,"
                "\"p_value\":1},\"changed\":[{\"row\":2,\"truth\":[\"t\","
                "\"u\"],\"a\":[\"t\"],\"b\":[],\"better\":\"a\"}]");
    mlp_model_destroy(model);
}

Test(agreement, values_are_near_or_far_from_each_other_and_from_the_truth)
{
    static const float truths[] = {1, 10, 2, 20, 3, 30};
    static const float a[] = {1, 11, 2.5F, 20, 3, 30};
    static const float b[] = {1, 13, 2, 20, 5, (float)NAN};
    mlp_model *model = small_model(MLP_TASK_REGRESSION);
    struct agreement *agreement = between(model, model, 3);
    cr_assert_eq(mlp_model_n_targets(model), 2);
    listen(agreement, AGREEMENT_A, rows, 3, truths, 2, a, 2);
    listen(agreement, AGREEMENT_B, rows, 3, truths, 2, b, 2);
    expect_text(
        agreement, 10,
        ",\"agreement\":{\"rows\":0,\"share\":0},\"targets\":[{\"target\":"
        "\"t\",\"mean_difference\":0.8333333333333334,\"largest\":{\"row\":4,"
        "\"truth\":3,\"a\":3,\"b\":5},\"a_nearer\":1,\"b_nearer\":1,"
        "\"p_value\":1},{\"target\":\"u\",\"mean_difference\":1,\"largest\":{"
        "\"row\":1,\"truth\":10,\"a\":11,\"b\":13},\"a_nearer\":1,"
        "\"b_nearer\":0,\"p_value\":1}]");
    mlp_model_destroy(model);
}

/* Of the binomial distribution of n tosses of a coin. */
Test(agreement, chance_is_that_of_the_exact_sign_test)
{
    cr_expect_eq(agreement_chance(0, 0), 1);
    cr_expect_eq(agreement_chance(3, 3), 1);
    cr_expect_float_eq(agreement_chance(0, 5), 2.0 / 32, 1e-12);
    cr_expect_float_eq(agreement_chance(5, 0), 2.0 / 32, 1e-12);
    cr_expect_float_eq(agreement_chance(1, 9), 2.0 * 11 / 1024, 1e-12);
    cr_expect_float_eq(agreement_chance(40, 60), 0.05688793364098, 1e-9);
    cr_expect_eq(agreement_chance(10, 1000000), 0);
}

Test(agreement, leaks_nothing_when_any_single_allocation_fails)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    bool failed = true;
    for (size_t n = 0; failed; n++) {
        struct agreement *agreement = (void *)model;
        allocation_watch(n);
        mlp_status status = agreement_create(model, model, 3, &agreement, NULL);
        agreement_destroy(agreement);
        struct allocation_report report = allocation_unwatch();
        failed = report.failed;
        cr_expect_eq(status, failed ? MLP_NOMEM : MLP_OK, "%zu", n);
        cr_expect_eq(report.n_left, 0, "%zu", n);
    }
    mlp_model_destroy(model);
}
