/* SPDX-License-Identifier: MIT */
#include "training/score_json.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "mlp/evaluate.h"
#include "models.h"

static void expect_text(mlp_buffer *text, const char *expected)
{
    cr_assert_eq(text->status, MLP_OK);
    cr_expect_str_eq(text->data, expected);
    mlp_buffer_free(text);
}

static mlp_scores no_scores(void)
{
    const double none = (double)NAN;
    return (mlp_scores){0,
                        none,
                        none,
                        none,
                        none,
                        none,
                        none,
                        none,
                        none,
                        none,
                        {none, none, none, none, none}};
}

Test(score_json, figures_are_those_that_there_are)
{
    mlp_buffer text;
    mlp_scores scores = no_scores();
    scores.n_rows = 4;
    scores.loss = 0.5;
    scores.accuracy = 0.75;
    scores.auc = 1;
    scores.baseline.loss = 0.6;
    scores.baseline.accuracy = 0.5;
    mlp_buffer_init(&text, 4096);
    score_json_figures(&text, &scores);
    expect_text(&text, "\"rows\":4,\"loss\":0.5,\"log_loss\":0.5,"
                       "\"accuracy\":0.75,\"auc\":1,"
                       "\"baseline\":{\"accuracy\":0.5,\"log_loss\":0.6}");
    scores = no_scores();
    scores.n_rows = 2;
    scores.loss = 4;
    scores.rmse = 2;
    scores.mae = 1.5;
    scores.baseline = (mlp_baseline_scores){9, (double)NAN, 3, 3, (double)NAN};
    mlp_buffer_init(&text, 4096);
    score_json_figures(&text, &scores);
    expect_text(&text, "\"rows\":2,\"loss\":4,\"rmse\":2,\"mae\":1.5,"
                       "\"baseline\":{\"rmse\":3,\"mae\":3}");
}

Test(score_json, tables_name_labels_with_their_type)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    mlp_class_scores classes[] = {{3, 1, 0.5, 0.75, 1},
                                  {0, (double)NAN, (double)NAN, 0, 0.5}};
    size_t confusion[] = {2, 1, 0, 0};
    mlp_score_table table = {
        .n_classes = 2,
        .classes = classes,
        .confusion = confusion,
        .n_bins = 2,
        .bins = {{1, 0.25, 0}, {0, (double)NAN, (double)NAN}}};
    mlp_buffer text;
    mlp_buffer_init(&text, 4096);
    score_json_tables(&text, model, &table);
    expect_text(&text,
                ",\"classes\":[{\"label\":0,\"precision\":1,\"recall\":0.5,"
                "\"f1\":0.75,\"support\":3,\"auc\":1},{\"label\":1,"
                "\"precision\":null,\"recall\":null,\"f1\":0,\"support\":0,"
                "\"auc\":0.5}],\"confusion_matrix\":{\"labels\":[0,1],"
                "\"counts\":[[2,1],[0,0]]},\"calibration\":[{\"rows\":1,"
                "\"confidence\":0.25,\"accuracy\":0},{\"rows\":0,"
                "\"confidence\":null,\"accuracy\":null}]");
    mlp_model_destroy(model);
}

Test(score_json, several_targets_have_a_row_each)
{
    mlp_model *model = small_model(MLP_TASK_REGRESSION);
    mlp_target_scores targets[] = {{1, 2, 0.5}, {3, 4, (double)NAN}};
    mlp_score_table table = {.n_targets = 2, .targets = targets};
    mlp_buffer text;
    mlp_buffer_init(&text, 4096);
    score_json_tables(&text, model, &table);
    expect_text(&text, ",\"targets\":[{\"target\":\"t\",\"rmse\":1,\"mae\":2,"
                       "\"r2\":0.5},{\"target\":\"u\",\"rmse\":3,\"mae\":4,"
                       "\"r2\":null}]");
    mlp_model_destroy(model);
}
