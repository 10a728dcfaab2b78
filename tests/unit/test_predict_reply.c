/* SPDX-License-Identifier: MIT
 *
 * The text of a prediction for outputs that the test chooses. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>

#include "handlers/predict_reply.h"
#include "models.h"

static const char species[] = "x,species\n1,setosa\n2,versicolor\n3,virginica\n"
                              "1,setosa\n2,versicolor\n3,virginica\n";

/* A model that has seen `csv` for one epoch. targets end with NULL. */
static mlp_model *
tiny_model(const char *csv, mlp_task task, const char *const *targets)
{
    bool classes = task == MLP_TASK_CLASSIFICATION;
    mlp_table *table = csv_table(csv, classes ? targets[0] : NULL);
    mlp_fit_spec spec = {
        .task = task,
        .targets = targets,
        .hidden_given = true,
        .validation_given = true,
        .training = {.epochs = 1, .seed = 1},
    };
    while (targets[spec.n_targets] != NULL)
        spec.n_targets++;
    mlp_model *model = trained(table, &spec, NULL);
    mlp_table_destroy(table);
    return model;
}

#define TINY_MODEL(csv, task, ...)                                             \
    tiny_model(csv, task, (const char *const[]){__VA_ARGS__, NULL})

/* The reply's text for n_rows rows; the caller frees it. The model goes. */
static char *reply_text(mlp_model *model,
                        const float *outputs,
                        size_t n_rows,
                        size_t top,
                        bool csv)
{
    struct predict_reply reply;
    mlp_buffer out;
    mlp_error err;
    mlp_buffer_init(&out, 1 << 20);
    cr_assert_eq(predict_reply_begin(
                     &reply, &out, model,
                     &(struct predict_form){
                         .name = "m", .version = 3, .top = top, .csv = csv},
                     &err),
                 MLP_OK);
    predict_reply_rows(&reply, outputs, n_rows);
    predict_reply_end(&reply);
    mlp_model_destroy(model);
    char *text = mlp_buffer_take(&out, NULL);
    cr_assert_not_null(text);
    return text;
}

static void expect(mlp_model *model,
                   const float *outputs,
                   size_t n_rows,
                   size_t top,
                   bool csv,
                   const char *expected)
{
    char *text = reply_text(model, outputs, n_rows, top, csv);
    cr_expect_str_eq(text, expected);
    free(text);
}

#define PREDICTIONS(text)                                                      \
    "{\"model\":\"m\",\"version\":3,\"predictions\":[" text "]}\n"

Test(predict_reply, the_label_is_the_likeliest_class)
{
    expect(TINY_MODEL(species, MLP_TASK_CLASSIFICATION, "species"),
           (const float[]){0.25F, 0.5F, 0.25F, 1, 0, 0}, 2, 0, false,
           PREDICTIONS("{\"label\":\"versicolor\",\"probabilities\":{"
                       "\"setosa\":0.25,\"versicolor\":0.5,"
                       "\"virginica\":0.25}},"
                       "{\"label\":\"setosa\",\"probabilities\":{"
                       "\"setosa\":1,\"versicolor\":0,\"virginica\":0}}"));
}

Test(predict_reply, of_equals_the_first_is_the_label)
{
    expect(TINY_MODEL(species, MLP_TASK_CLASSIFICATION, "species"),
           (const float[]){0.25F, 0.375F, 0.375F}, 1, 2, false,
           PREDICTIONS("{\"label\":\"versicolor\",\"probabilities\":{"
                       "\"versicolor\":0.375,\"virginica\":0.375}}"));
}

Test(predict_reply, top_keeps_the_best_in_falling_order)
{
    expect(TINY_MODEL(species, MLP_TASK_CLASSIFICATION, "species"),
           (const float[]){0.3F, 0.1F, 0.6F}, 1, 2, false,
           PREDICTIONS("{\"label\":\"virginica\",\"probabilities\":{"
                       "\"virginica\":0.6,\"setosa\":0.3}}"));
}

Test(predict_reply, a_top_above_the_number_of_classes_keeps_all)
{
    expect(TINY_MODEL(species, MLP_TASK_CLASSIFICATION, "species"),
           (const float[]){0.3F, 0.1F, 0.6F}, 1, 99, false,
           PREDICTIONS("{\"label\":\"virginica\",\"probabilities\":{"
                       "\"virginica\":0.6,\"setosa\":0.3,"
                       "\"versicolor\":0.1}}"));
}

Test(predict_reply, floats_have_the_shortest_digits)
{
    expect(TINY_MODEL(species, MLP_TASK_CLASSIFICATION, "species"),
           (const float[]){0.1F, 1e-20F, 0.9F}, 1, 1, false,
           PREDICTIONS("{\"label\":\"virginica\",\"probabilities\":{"
                       "\"virginica\":0.9}}"));
}

Test(predict_reply, a_number_is_a_number_in_its_shortest_spelling)
{
    expect(TINY_MODEL("x,y\n1,4\n2,9\n1,4\n", MLP_TASK_CLASSIFICATION, "y"),
           (const float[]){0, 1}, 1, 0, false,
           PREDICTIONS("{\"label\":9,\"probabilities\":{\"4\":0,\"9\":1}}"));
    expect(TINY_MODEL("x,y\n1,1.50\n2,2.50\n1,1.50\n", MLP_TASK_CLASSIFICATION,
                      "y"),
           (const float[]){1, 0}, 1, 1, false,
           PREDICTIONS("{\"label\":1.5,\"probabilities\":{\"1.5\":1}}"));
}

Test(predict_reply, a_spelling_that_json_does_not_have_becomes_its_value)
{
    char *text = reply_text(
        TINY_MODEL("x,y\n1,007\n2,+8\n1,007\n", MLP_TASK_CLASSIFICATION, "y"),
        (const float[]){1, 0, 0, 1}, 2, 0, false);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    cr_expect_not_null(json, "%s", text);
    cr_expect_not_null(strstr(text, "{\"label\":7,"), "%s", text);
    json_decref(json);
    free(text);
}

Test(predict_reply, names_are_escaped)
{
    expect(TINY_MODEL("x,y\n1,\"a\"\"b\"\n2,\"c\nd\"\n1,\"a\"\"b\"\n",
                      MLP_TASK_CLASSIFICATION, "y"),
           (const float[]){1, 0}, 1, 0, false,
           PREDICTIONS("{\"label\":\"a\\\"b\",\"probabilities\":{"
                       "\"a\\\"b\":1,\"c\\nd\":0}}"));
}

Test(predict_reply, what_is_not_finite_is_null_and_never_the_label)
{
    expect(TINY_MODEL(species, MLP_TASK_CLASSIFICATION, "species"),
           (const float[]){NAN, 0.5F, INFINITY, NAN, NAN, NAN}, 2, 0, false,
           PREDICTIONS("{\"label\":\"virginica\",\"probabilities\":{"
                       "\"setosa\":null,\"versicolor\":0.5,"
                       "\"virginica\":null}},"
                       "{\"label\":null,\"probabilities\":{\"setosa\":null,"
                       "\"versicolor\":null,\"virginica\":null}}"));
}

Test(predict_reply, one_target_has_a_value_and_several_have_values)
{
    expect(TINY_MODEL("x,y\n1,10\n2,20\n", MLP_TASK_REGRESSION, "y"),
           (const float[]){3.2F, NAN}, 2, 0, false,
           PREDICTIONS("{\"value\":3.2},{\"value\":null}"));
    expect(TINY_MODEL("x,y,z\n1,10,1\n2,20,2\n", MLP_TASK_REGRESSION, "y", "z"),
           (const float[]){1, -2.5F}, 1, 0, false,
           PREDICTIONS("{\"values\":{\"y\":1,\"z\":-2.5}}"));
}

Test(predict_reply, multilabel_names_what_is_at_least_as_likely_as_not)
{
    expect(TINY_MODEL("x,a,b,c\n1,0,1,0\n2,1,0,1\n", MLP_TASK_MULTILABEL, "a",
                      "b", "c"),
           (const float[]){0.5F, 0.25F, 0.75F, 0, 0, 0}, 2, 0, false,
           PREDICTIONS("{\"labels\":[\"a\",\"c\"],\"probabilities\":{"
                       "\"a\":0.5,\"b\":0.25,\"c\":0.75}},"
                       "{\"labels\":[],\"probabilities\":{"
                       "\"a\":0,\"b\":0,\"c\":0}}"));
}

Test(predict_reply, csv_has_a_line_of_names_and_a_line_a_row)
{
    expect(TINY_MODEL(species, MLP_TASK_CLASSIFICATION, "species"),
           (const float[]){0.25F, 0.5F, 0.25F, 1, NAN, 0}, 2, 0, true,
           "label,setosa,versicolor,virginica\n"
           "versicolor,0.25,0.5,0.25\n"
           "setosa,1,,0\n");
    expect(TINY_MODEL("x,y,z\n1,10,1\n2,20,2\n", MLP_TASK_REGRESSION, "y", "z"),
           (const float[]){1, -2.5F}, 1, 0, true, "y,z\n1,-2.5\n");
}

Test(predict_reply, csv_quotes_what_would_lead_a_reader_astray)
{
    expect(TINY_MODEL("x,y\n1,\"a,b\"\n2,\"c\"\"d\"\n1,\"a,b\"\n",
                      MLP_TASK_CLASSIFICATION, "y"),
           (const float[]){1, 0}, 1, 0, true,
           "label,\"a,b\",\"c\"\"d\"\n\"a,b\",1,0\n");
}

Test(predict_reply, a_buffer_at_its_ceiling_remembers_it)
{
    mlp_model *model = TINY_MODEL(species, MLP_TASK_CLASSIFICATION, "species");
    struct predict_reply reply;
    mlp_buffer out;
    mlp_error err;
    mlp_buffer_init(&out, 100);
    cr_assert_eq(predict_reply_begin(
                     &reply, &out, model,
                     &(struct predict_form){.name = "m", .version = 1}, &err),
                 MLP_OK);
    for (int i = 0; i < 10; i++)
        predict_reply_rows(&reply, (const float[]){1, 0, 0}, 1);
    predict_reply_end(&reply);
    cr_expect_eq(out.status, MLP_LIMIT);
    mlp_buffer_free(&out);
    mlp_model_destroy(model);
}

/* --- intervals ------------------------------------------------------------ */

static void expect_intervals(mlp_model *model,
                             const float *outputs,
                             bool csv,
                             const char *expected)
{
    static const float half_widths[] = {0.5F, 2};
    const struct predict_form form = {
        .name = "m", .version = 3, .csv = csv, .half_widths = half_widths};
    struct predict_reply reply;
    mlp_buffer out;
    mlp_error err;
    mlp_buffer_init(&out, 1 << 20);
    cr_assert_eq(predict_reply_begin(&reply, &out, model, &form, &err), MLP_OK);
    predict_reply_rows(&reply, outputs, 2);
    predict_reply_end(&reply);
    char *text = mlp_buffer_take(&out, NULL);
    cr_expect_str_eq(text, expected);
    free(text);
    mlp_model_destroy(model);
}

static const char numbers[] = "x,a,\"b, c\"\n1,0,9\n2,5,3\n3,9,0\n4,2,2\n";

Test(predict_reply, an_interval_goes_around_its_value)
{
    const float y[] = {3, NAN};
    expect_intervals(
        TINY_MODEL("x,a\n1,0\n2,5\n3,9\n", MLP_TASK_REGRESSION, "a"), y, false,
        PREDICTIONS("{\"value\":3,\"interval\":[2.5,3.5]},"
                    "{\"value\":null,\"interval\":[null,null]}"));
    expect_intervals(
        TINY_MODEL("x,a\n1,0\n2,5\n3,9\n", MLP_TASK_REGRESSION, "a"), y, true,
        "a,low,high\n3,2.5,3.5\n,,\n");
}

Test(predict_reply, intervals_of_several_targets_are_named)
{
    const float y[] = {3, 4, 5, 6};
    expect_intervals(
        TINY_MODEL(numbers, MLP_TASK_REGRESSION, "a", "b, c"), y, false,
        PREDICTIONS("{\"values\":{\"a\":3,\"b, c\":4},\"intervals\":"
                    "{\"a\":[2.5,3.5],\"b, c\":[2,6]}},"
                    "{\"values\":{\"a\":5,\"b, c\":6},\"intervals\":"
                    "{\"a\":[4.5,5.5],\"b, c\":[4,8]}}"));
    expect_intervals(TINY_MODEL(numbers, MLP_TASK_REGRESSION, "a", "b, c"), y,
                     true,
                     "a,\"b, c\",a_low,a_high,\"b, c_low\",\"b, c_high\"\n"
                     "3,4,2.5,3.5,2,6\n5,6,4.5,5.5,4,8\n");
}
