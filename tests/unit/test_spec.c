/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/json.h"
#include "training/spec.h"

static json_t *tree(const char *text)
{
    struct problem problem = {0};
    json_t *json = json_parse(text, strlen(text), &problem);
    cr_assert_not_null(json, "%s: %s", text, problem.detail);
    return json;
}

/* --- what is refused ------------------------------------------------------ */

struct bad {
    const char *settings, *pointer;
    const char *word; /* somewhere in the detail */
};

static const struct bad bad[] = {
    {"{\"model\":\"Iris\"}", "/model", "letter or digit"},
    {"{\"model\":7}", "/model", "text"},
    {"{\"modl\":\"a\"}", "/modl", "model"},
    {"{\"promote\":7}", "/promote", "object"},
    {"{\"promote\":{}}", "/promote/alias", "got none"},
    {"{\"promote\":{\"alias\":\"latest\"}}", "/promote/alias", "not latest"},
    {"{\"promote\":{\"alias\":\"a\",\"if\":\"ece\",\"better_than\":1}}",
     "/promote/if", "validation_ece"},
    {"{\"promote\":{\"alias\":\"a\",\"if\":\"validation_\"}}", "/promote/if",
     "balanced_accuracy"},
    {"{\"promote\":{\"alias\":\"a\",\"if\":\"loss\"}}", "/promote/better_than",
     "alias or a number"},
    {"{\"promote\":{\"alias\":\"a\",\"better_than\":\"3\"}}",
     "/promote/better_than", "alias"},
    {"{\"promote\":{\"alias\":\"a\",\"min_delta\":1}}", "/promote/min_delta",
     "'if'"},
    {"{\"promote\":{\"alias\":\"a\",\"min_delta\":-1}}", "/promote/min_delta",
     "0"},
    {"{\"target\":[]}", "/target", "at least one"},
    {"{\"target\":[1]}", "/target", "name"},
    {"{\"features\":3}", "/features", "name"},
    {"{\"exclude\":{}}", "/exclude", "name"},
    {"{\"weight\":[\"w\"]}", "/weight", "text"},
    {"{\"columns\":[]}", "/columns", "object"},
    {"{\"columns\":{\"zip\":\"category\"}}", "/columns/zip",
     "expected one of auto, numeric, categorical"},
    {"{\"columns\":{\"a/b\":null}}", "/columns/a~1b", "kind"},
    {"{\"columns\":{\"a\":7}}", "/columns/a", "text"},
    {"{\"task\":\"cluster\"}", "/task", "classification"},
    {"{\"scaling\":\"minmax\"}", "/scaling", "standard"},
    {"{\"network\":[]}", "/network", "object"},
    {"{\"network\":{\"depth\":3}}", "/network/depth", "hidden"},
    {"{\"network\":{\"activation\":\"sigmod\"}}", "/network/activation",
     "expected one of sigmoid, tanh, relu"},
    {"{\"network\":{\"activation\":\"sigmod\"}}", "/network/activation",
     "got 'sigmod'"},
    {"{\"network\":{\"output\":\"linear\"}}", "/network/output", "softmax"},
    {"{\"network\":{\"init\":\"xavier\"}}", "/network/init", "glorot_uniform"},
    {"{\"network\":{\"hidden\":16}}", "/network/hidden", "list"},
    {"{\"network\":{\"hidden\":[16,0]}}", "/network/hidden/1", "65536"},
    {"{\"network\":{\"hidden\":[65537]}}", "/network/hidden/0", "65536"},
    {"{\"network\":{\"hidden\":[\"16\"]}}", "/network/hidden/0", "whole"},
    {"{\"network\":{\"hidden\":[1.5]}}", "/network/hidden/0", "whole"},
    {"{\"network\":{\"hidden\":[1],\"layers\":[]}}", "/network/layers", "both"},
    {"{\"network\":{\"layers\":[3]}}", "/network/layers/0", "object"},
    {"{\"network\":{\"layers\":[{\"units\":3},{}]}}", "/network/layers/1/units",
     "width"},
    {"{\"network\":{\"layers\":[{\"units\":3,\"dropout\":1}]}}",
     "/network/layers/0/dropout", "below 1"},
    {"{\"network\":{\"layers\":[{\"units\":3,\"bias\":true}]}}",
     "/network/layers/0/bias", "units"},
    {"{\"training\":true}", "/training", "object"},
    {"{\"training\":{\"epoch\":3}}", "/training/epoch", "epochs"},
    {"{\"training\":{\"epochs\":0}}", "/training/epochs", "1"},
    {"{\"training\":{\"epochs\":100001}}", "/training/epochs", "100000"},
    {"{\"training\":{\"epochs\":2.5}}", "/training/epochs", "whole"},
    {"{\"training\":{\"epochs\":\"3\"}}", "/training/epochs", "whole"},
    {"{\"training\":{\"batch_size\":0}}", "/training/batch_size", "1"},
    {"{\"training\":{\"batch_size\":\"half\"}}", "/training/batch_size",
     "full"},
    {"{\"training\":{\"optimizer\":\"gd\",\"batch_size\":8}}",
     "/training/batch_size", "whole batch"},
    {"{\"training\":{\"learning_rate\":0}}", "/training/learning_rate",
     "above 0"},
    {"{\"training\":{\"learning_rate\":-1}}", "/training/learning_rate",
     "above 0"},
    {"{\"training\":{\"learning_rate\":\"fast\"}}", "/training/learning_rate",
     "number"},
    {"{\"training\":{\"loss\":\"hinge\"}}", "/training/loss", "huber"},
    {"{\"training\":{\"optimizer\":\"lion\"}}", "/training/optimizer", "adamw"},
    {"{\"training\":{\"optimizer\":3}}", "/training/optimizer", "name"},
    {"{\"training\":{\"optimizer\":{\"momentum\":0.9}}}",
     "/training/optimizer/name", "name"},
    {"{\"training\":{\"optimizer\":{\"name\":\"adam\",\"momentum\":0.9}}}",
     "/training/optimizer/momentum", "adam has no momentum"},
    {"{\"training\":{\"optimizer\":{\"name\":\"adam\",\"beta1\":1}}}",
     "/training/optimizer/beta1", "below 1"},
    {"{\"training\":{\"optimizer\":{\"name\":\"adam\",\"epsilon\":0}}}",
     "/training/optimizer/epsilon", "above 0"},
    {"{\"training\":{\"optimizer\":{\"name\":\"adam\",\"amsgrad\":true}}}",
     "/training/optimizer/amsgrad", "beta1"},
    {"{\"training\":{\"schedule\":\"linear\"}}", "/training/schedule",
     "cosine"},
    {"{\"training\":{\"schedule\":{\"name\":\"cosine\",\"gamma\":0.5}}}",
     "/training/schedule/gamma", "cosine has no gamma"},
    {"{\"training\":{\"schedule\":{\"name\":\"one_cycle\","
     "\"warmup_epochs\":2}}}",
     "/training/schedule/warmup_epochs", "one_cycle has no warmup_epochs"},
    {"{\"training\":{\"weight_decay\":-0.1}}", "/training/weight_decay",
     "at least 0"},
    {"{\"training\":{\"label_smoothing\":1}}", "/training/label_smoothing",
     "below 1"},
    {"{\"training\":{\"gradient_clip\":[]}}", "/training/gradient_clip",
     "number"},
    {"{\"training\":{\"dropout\":1}}", "/training/dropout", "below 1"},
    {"{\"training\":{\"class_weight\":\"even\"}}", "/training/class_weight",
     "balanced"},
    {"{\"training\":{\"class_weight\":{\"a\":0}}}", "/training/class_weight/a",
     "number"},
    {"{\"training\":{\"class_weight\":{\"x/y\":\"1\"}}}",
     "/training/class_weight/x~1y", "number"},
    {"{\"training\":{\"validation\":0.95}}", "/training/validation", "0.9"},
    {"{\"training\":{\"validation\":{\"fraction\":0.95}}}",
     "/training/validation/fraction", "0.9"},
    {"{\"training\":{\"validation\":{\"group\":7}}}",
     "/training/validation/group", "text"},
    {"{\"training\":{\"validation\":{\"by\":\"a\"}}}",
     "/training/validation/by", "fraction"},
    {"{\"training\":{\"validation\":{\"group\":\"a\",\"time\":\"b\"}}}",
     "/training/validation/time", "both"},
    {"{\"training\":{\"early_stopping\":5}}", "/training/early_stopping",
     "true or false"},
    {"{\"training\":{\"early_stopping\":{\"patience\":0}}}",
     "/training/early_stopping/patience", "1"},
    {"{\"training\":{\"early_stopping\":{\"patence\":3}}}",
     "/training/early_stopping/patence", "patience"},
    {"{\"training\":{\"shuffle\":1}}", "/training/shuffle", "true or false"},
    {"{\"training\":{\"seed\":-1}}", "/training/seed", "0"},
    {"{\"training\":{\"seed\":1.5}}", "/training/seed", "whole"},
    {"{\"training\":{\"threads\":0}}", "/training/threads", "1"},
    {"{\"training\":{\"threads\":257}}", "/training/threads", "256"},
    {"{\"training\":{\"threads\":1.5}}", "/training/threads", "whole"},
    {"{\"training\":{\"threads\":\"auto\"}}", "/training/threads", "whole"},
    {"{\"from\":\"Digits\"}", "/from", "name@version"},
    {"{\"from\":\"digits@\"}", "/from", "name@version"},
    {"{\"from\":\"digits@0\"}", "/from", "name@version"},
    {"{\"from\":\"digits@-1\"}", "/from", "name@version"},
    {"{\"from\":\"digits@4294967296\"}", "/from", "name@version"},
    {"{\"from\":\"digits@Production\"}", "/from", "name@alias"},
    {"{\"from\":\"digits@1x\"}", "/from", "name@version"},
};

Test(spec, what_is_wrong_is_refused_at_its_place_with_what_is_right)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct problem problem = {0};
        struct spec spec;
        json_t *json = tree(bad[i].settings);
        spec_parse(json, &spec, &problem);
        cr_expect(problem_is_set(&problem), "%s is taken", bad[i].settings);
        cr_expect_str_eq(problem.pointer, bad[i].pointer, "%s: at '%s'",
                         bad[i].settings, problem.pointer);
        cr_expect_eq(problem_status(problem.type), 422, "%s", bad[i].settings);
        cr_expect_not_null(strstr(problem.detail, bad[i].word), "%s: %s",
                           bad[i].settings, problem.detail);
        spec_free(&spec);
        json_decref(json);
    }
}

/* Whatever stands where: no crash, no leak, and a problem or a spec. */
Test(spec, every_key_takes_every_wrong_type_without_harm)
{
    static const char *const keys[] = {
        "model",   "target",         "features", "exclude", "task",
        "scaling", "network",        "training", "from",    "data",
        "dataset", "target_dataset", "columns",  "weight"};
    static const char *const network[] = {"hidden", "layers", "activation",
                                          "output", "init"};
    static const char *const training[] = {"loss",
                                           "optimizer",
                                           "epochs",
                                           "batch_size",
                                           "learning_rate",
                                           "schedule",
                                           "weight_decay",
                                           "l1",
                                           "l2",
                                           "dropout",
                                           "label_smoothing",
                                           "gradient_clip",
                                           "class_weight",
                                           "validation",
                                           "early_stopping",
                                           "shuffle",
                                           "seed",
                                           "time_limit_s",
                                           "threads"};
    static const struct {
        const char *before, *after;
        const char *const *keys;
        size_t n;
    } places[] = {
        {"", "", keys, sizeof keys / sizeof *keys},
        {"{\"network\":", "}", network, sizeof network / sizeof *network},
        {"{\"training\":", "}", training, sizeof training / sizeof *training},
    };
    static const char *const values[] = {"null",
                                         "true",
                                         "false",
                                         "0",
                                         "-1",
                                         "1e300",
                                         "\"\"",
                                         "\"x\"",
                                         "[]",
                                         "[[]]",
                                         "[null]",
                                         "[{}]",
                                         "{}",
                                         "{\"name\":null}",
                                         "{\"name\":{}}",
                                         "{\"\":1}"};

    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        for (size_t k = 0; k < places[p].n; k++) {
            for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
                char *text;
                struct problem problem = {0};
                struct spec spec;
                cr_assert(asprintf(&text, "%s{\"%s\":%s}%s", places[p].before,
                                   places[p].keys[k], values[v],
                                   places[p].after) > 0);
                json_t *json = tree(text);
                spec_parse(json, &spec, &problem);
                cr_expect(v != 0 || !problem_is_set(&problem),
                          "%s: null is absent: %s", text, problem.detail);
                spec_free(&spec);
                json_decref(json);
                free(text);
            }
        }
    }
}

/* --- what is read --------------------------------------------------------- */

Test(spec, a_full_request_arrives_in_the_engines_terms)
{
    struct problem problem = {0};
    struct spec spec;
    json_t *json =
        tree("{\"model\":\"digits\",\"target\":\"y\",\"exclude\":[\"id\"],"
             "\"task\":\"classification\",\"scaling\":\"byte\","
             "\"network\":{\"hidden\":[16,8],\"activation\":\"sigmoid\"},"
             "\"training\":{\"epochs\":30,\"batch_size\":32,\"dropout\":0.25,"
             "\"optimizer\":{\"name\":\"momentum\",\"momentum\":0.5},"
             "\"learning_rate\":0.5,\"weight_decay\":0.125,\"validation\":0.2,"
             "\"early_stopping\":{\"patience\":3,\"restore_best\":false},"
             "\"shuffle\":false,\"seed\":9223372036854775807,"
             "\"threads\":3},"
             "\"from\":\"digits@3\"}");

    spec_parse(json, &spec, &problem);
    const mlp_fit_spec *fit = &spec.fit;
    cr_assert(!problem_is_set(&problem), "%s", problem.detail);
    cr_expect_str_eq(spec.model, "digits");
    cr_expect_str_eq(fit->targets[0], "y");
    cr_expect_str_eq(fit->exclude[0], "id");
    cr_expect_null(fit->features);
    cr_expect_eq(fit->task, MLP_TASK_CLASSIFICATION);
    cr_expect_eq(fit->scaling, MLP_SCALING_BYTE);
    cr_assert_eq(fit->network.n_hidden, 2);
    cr_expect_eq(fit->network.hidden[1].n_units, 8);
    cr_expect_eq(fit->network.hidden[1].activation, MLP_SIGMOID);
    cr_expect_eq((double)fit->network.hidden[1].dropout, 0.25);
    cr_expect_eq(fit->training.epochs, 30);
    cr_expect_eq(fit->training.batch_size, 32);
    cr_expect_eq(fit->training.optimizer.kind, MLP_OPTIMIZER_MOMENTUM);
    cr_expect_eq(fit->training.optimizer.momentum, 0.5);
    cr_expect_eq(fit->training.optimizer.weight_decay, 0.125);
    cr_expect_eq(fit->training.learning_rate, 0.5);
    cr_expect(fit->validation_given && fit->early_stopping_given);
    cr_expect(fit->training.early_stopping && fit->training.keep_last);
    cr_expect_eq(fit->training.patience, 3);
    cr_expect(fit->training.no_shuffle);
    cr_expect_eq(fit->training.seed, (uint64_t)INT64_MAX);
    cr_expect_eq(fit->training.threads, 3);
    cr_expect_str_eq(spec.from, "digits");
    cr_expect_eq(spec.from_version, 3);
    spec_free(&spec);
    json_decref(json);
}

Test(spec, where_it_starts_may_be_an_alias_which_latest_is_not)
{
    static const struct {
        const char *text, *alias;
    } cases[] = {
        {"{\"from\":\"digits@production\"}", "production"},
        {"{\"from\":\"digits@latest\"}", ""},
        {"{\"from\":\"digits\"}", ""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct problem problem = {0};
        struct spec spec;
        json_t *json = tree(cases[i].text);
        spec_parse(json, &spec, &problem);
        cr_assert(!problem_is_set(&problem), "%s", problem.detail);
        cr_expect_str_eq(spec.from, "digits");
        cr_expect_str_eq(spec.from_alias, cases[i].alias);
        cr_expect_eq(spec.from_version, 0);
        spec_free(&spec);
        json_decref(json);
    }
}

Test(spec, a_layer_takes_from_the_network_what_it_does_not_say)
{
    struct problem problem = {0};
    struct spec spec;
    json_t *json = tree("{\"training\":{\"dropout\":0.5},\"network\":"
                        "{\"activation\":\"tanh\",\"layers\":[{\"units\":4},"
                        "{\"units\":2,\"activation\":\"relu\","
                        "\"dropout\":0}]}}");

    spec_parse(json, &spec, &problem);
    cr_assert(!problem_is_set(&problem), "%s", problem.detail);
    cr_expect_eq(spec.layers[0].activation, MLP_TANH);
    cr_expect_eq((double)spec.layers[0].dropout, 0.5);
    cr_expect_eq(spec.layers[1].activation, MLP_RELU);
    cr_expect_eq((double)spec.layers[1].dropout, 0.0);
    spec_free(&spec);
    json_decref(json);
}

Test(spec, nothing_said_leaves_everything_open)
{
    struct problem problem = {0};
    struct spec spec, zero = {0};
    json_t *json = tree("{}");

    spec_parse(json, &spec, &problem);
    cr_assert(!problem_is_set(&problem), "%s", problem.detail);
    cr_expect_eq(memcmp(&spec, &zero, sizeof spec), 0);
    spec_free(&spec);
    json_decref(json);
}

Test(spec, columns_are_declared_in_any_order)
{
    struct problem problem = {0};
    struct spec spec;
    json_t *json = tree("{\"columns\":{\"zip\":\"categorical\","
                        "\"id\":\"ignore\",\"a\":\"numeric\"}}");

    spec_parse(json, &spec, &problem);
    cr_assert(!problem_is_set(&problem), "%s", problem.detail);
    cr_assert_eq(spec.fit.n_columns, 3);
    cr_expect_str_eq(spec.fit.columns[0].column, "a");
    cr_expect_eq(spec.fit.columns[0].kind, MLP_KIND_NUMERIC);
    cr_expect_str_eq(spec.fit.columns[1].column, "id");
    cr_expect_eq(spec.fit.columns[1].kind, MLP_KIND_IGNORE);
    cr_expect_str_eq(spec.fit.columns[2].column, "zip");
    cr_expect_eq(spec.fit.columns[2].kind, MLP_KIND_CATEGORICAL);
    spec_free(&spec);
    json_decref(json);
}

/* --- there and back ------------------------------------------------------- */

#define HEAD                                                                   \
    "{\"model\":\"m\",\"target\":\"y\",\"task\":\"classification\","           \
    "\"scaling\":\"standard\","
#define NETWORK                                                                \
    "\"network\":{\"hidden\":[16,16],\"activation\":\"relu\","                 \
    "\"output\":\"softmax\",\"init\":\"he_uniform\","                          \
    "\"numeric_embedding\":\"none\"},"
#define TRAINING_HEAD "\"training\":{\"loss\":\"cross_entropy\","
#define ADAM                                                                   \
    "\"optimizer\":{\"name\":\"adam\",\"beta1\":0.9,\"beta2\":0.999,"          \
    "\"epsilon\":1e-8},"
#define CONSTANT "\"schedule\":{\"name\":\"constant\",\"warmup_epochs\":0},"
#define NUMBERS                                                                \
    "\"epochs\":100,\"learning_rate\":0.001,\"weight_decay\":0,\"l1\":0,"      \
    "\"l2\":0,\"label_smoothing\":0,\"gradient_clip\":0,\"time_limit_s\":0,"
#define PLAIN "\"dropout\":0,\"class_weight\":null,"
#define KIND  "\"parametrization\":\"ntk\",\"ensemble\":5,\"calibrate\":true,"
#define TAIL                                                                   \
    "\"validation\":0.2,\"early_stopping\":{\"patience\":10,"                  \
    "\"min_delta\":0,\"restore_best\":true},\"shuffle\":true,\"seed\":7}}"

static const char *const canonical[] = {
    HEAD NETWORK TRAINING_HEAD ADAM CONSTANT
    "\"batch_size\":32," NUMBERS PLAIN KIND TAIL,
    HEAD NETWORK TRAINING_HEAD ADAM CONSTANT
    "\"batch_size\":\"full\"," NUMBERS
    "\"dropout\":0.1,\"class_weight\":\"balanced\"," KIND TAIL,
    HEAD NETWORK TRAINING_HEAD ADAM CONSTANT
    "\"batch_size\":1," NUMBERS
    "\"dropout\":0,\"class_weight\":{\"a\\\"b\":0.1,\"ü\":3}," KIND TAIL,
    /* layers that differ, other optimizers, other schedules */
    HEAD "\"network\":{\"layers\":[{\"units\":64,\"activation\":\"relu\","
         "\"dropout\":0.1},{\"units\":3,\"activation\":\"gelu\","
         "\"dropout\":0}],"
         "\"output\":\"sigmoid\",\"init\":\"zeros\","
         "\"numeric_embedding\":\"none\"}," TRAINING_HEAD
         "\"optimizer\":{\"name\":\"nesterov\",\"momentum\":0.95},"
         "\"schedule\":{\"name\":\"step\",\"warmup_epochs\":2,"
         "\"step_epochs\":5,\"gamma\":0.3333333333333333},"
         "\"batch_size\":7," NUMBERS "\"class_weight\":null," KIND TAIL,
    HEAD
    "\"network\":{\"hidden\":[],\"output\":\"identity\","
    "\"init\":\"lecun_normal\",\"numeric_embedding\":\"none\"}," TRAINING_HEAD
    "\"optimizer\":{\"name\":\"gd\"},"
    "\"schedule\":{\"name\":\"one_cycle\"},\"batch_size\":\"full\","
    "\"epochs\":1,\"learning_rate\":1e-30,\"weight_decay\":0.1,"
    "\"l1\":1e-9,\"l2\":0.30000000000000004,\"label_smoothing\":0.1,"
    "\"gradient_clip\":5,\"time_limit_s\":0.5," PLAIN KIND "\"validation\":0,"
    "\"early_stopping\":false,\"shuffle\":false,"
    "\"seed\":9223372036854775807}}",
    HEAD NETWORK TRAINING_HEAD ADAM CONSTANT
    "\"batch_size\":32," NUMBERS PLAIN KIND
    "\"validation\":0.2,\"early_stopping\":false,\"restore_best\":false,"
    "\"shuffle\":true,\"seed\":7}}",
    /* where things come from */
    "{\"model\":\"m\",\"dataset\":\"train\",\"target_dataset\":\"labels\","
    "\"target\":[\"a\",\"b\\n\"],\"features\":[\"c\",\"d\"],"
    "\"task\":\"multilabel\",\"scaling\":\"none\"," NETWORK
    "\"training\":{\"loss\":\"mse\",\"optimizer\":{\"name\":\"rmsprop\","
    "\"rho\":0.99,\"epsilon\":1e-8},"
    "\"schedule\":{\"name\":\"exponential\",\"warmup_epochs\":0,"
    "\"gamma\":0.95},\"batch_size\":2147483647," NUMBERS PLAIN
    "\"parametrization\":\"standard\",\"ensemble\":1,"
    "\"validation\":0.9,\"early_stopping\":{\"patience\":1,\"min_delta\":0.01,"
    "\"restore_best\":false},\"shuffle\":true,\"seed\":0},"
    "\"from\":\"digits@4294967295\"}",
    "{\"model\":\"m\",\"target\":\"y\",\"exclude\":[\"id\"],"
    "\"columns\":{\"a,\\\"b\":\"auto\",\"c\":\"boolean\","
    "\"when\":\"datetime\",\"zip\":\"categorical\"},"
    "\"task\":\"regression\",\"scaling\":\"byte\"," NETWORK TRAINING_HEAD
    "\"optimizer\":{\"name\":\"adagrad\",\"epsilon\":1e-10},"
    "\"schedule\":{\"name\":\"cosine\",\"warmup_epochs\":3},"
    "\"batch_size\":8," NUMBERS "\"threads\":256," PLAIN
    "\"parametrization\":\"standard\",\"ensemble\":1,\"clamp\":true," TAIL,
};

Test(spec, how_rows_are_held_out_reads_back_to_itself)
{
    static const char *const written[] = {
        "\"validation\":{\"fraction\":0.2,\"group\":\"patient\"}",
        "\"validation\":{\"fraction\":0,\"time\":\"when\"}",
        "\"validation\":0.3",
    };
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        struct problem problem = {0};
        struct spec spec;
        mlp_buffer out;
        char *text;
        cr_assert(asprintf(&text,
                           "{\"model\":\"m\",\"target\":\"y\",\"weight\":\"w\","
                           "\"training\":{%s}}",
                           written[i]) > 0);
        json_t *json = tree(text);
        mlp_buffer_init(&out, 65536);
        spec_parse(json, &spec, &problem);
        cr_assert(!problem_is_set(&problem), "%s", problem.detail);
        spec_write(&spec, &out);
        cr_expect_not_null(strstr(out.data, written[i]), "%s", out.data);
        cr_expect_not_null(strstr(out.data, "\"weight\":\"w\""));
        mlp_buffer_free(&out);
        spec_free(&spec);
        json_decref(json);
        free(text);
    }
}

Test(spec, what_is_written_reads_back_to_itself)
{
    for (size_t i = 0; i < sizeof canonical / sizeof *canonical; i++) {
        struct problem problem = {0};
        struct spec spec;
        mlp_buffer out;
        json_t *json = tree(canonical[i]);
        mlp_buffer_init(&out, 65536);
        spec_parse(json, &spec, &problem);
        cr_assert(!problem_is_set(&problem), "%s", problem.detail);
        spec_write(&spec, &out);
        cr_assert_eq(out.status, MLP_OK);
        cr_expect_str_eq(out.data, canonical[i]);
        mlp_buffer_free(&out);
        spec_free(&spec);
        json_decref(json);
    }
}

Test(spec, a_promotion_reads_back_to_itself)
{
    static const char *const promotions[] = {
        "{\"alias\":\"a\"}",
        "{\"alias\":\"a\",\"if\":\"loss\",\"better_than\":-0.5}",
        ("{\"alias\":\"a\",\"if\":\"validation_auc\",\"better_than\":\"b\","
         "\"min_delta\":0.01}"),
    };

    for (size_t i = 0; i < sizeof promotions / sizeof *promotions; i++) {
        struct problem problem = {0};
        struct spec spec;
        mlp_buffer out;
        char text[4096];
        snprintf(text, sizeof text, "%.*s,\"promote\":%s}",
                 (int)strlen(canonical[0]) - 1, canonical[0], promotions[i]);
        json_t *json = tree(text);
        mlp_buffer_init(&out, 65536);
        spec_parse(json, &spec, &problem);
        cr_assert(!problem_is_set(&problem), "%s", problem.detail);
        spec_write(&spec, &out);
        cr_expect_str_eq(out.data, text);
        mlp_buffer_free(&out);
        spec_free(&spec);
        json_decref(json);
    }
}
