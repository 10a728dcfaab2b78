/* SPDX-License-Identifier: MIT */
#include "handlers/train_query.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "http/json_text.h"
#include "http/request_inner.h"
#include "training/spec.h"

/* A request with this query; free it. */
static struct http_request *request_of(const char *query)
{
    struct problem problem = {0};
    struct http_request *request =
        calloc(1, sizeof *request + strlen(query) + 1);

    cr_assert_not_null(request);
    strcpy(request->text, query);
    query_parse(request->text, &request->query, &problem);
    cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
    query_check(&request->query, train_query_keys, &problem);
    cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
    return request;
}

static void expect_settings(const char *query, const char *expected)
{
    struct problem problem = {0};
    struct http_request *request = request_of(query);
    json_t *settings = train_query_settings(request, &problem);
    mlp_buffer text;

    cr_assert_not_null(settings, "%s: %s", query, problem.detail);
    mlp_buffer_init(&text, 65536);
    json_text_write(&text, settings);
    cr_expect_str_eq(text.data, expected, "%s: %s", query, text.data);
    mlp_buffer_free(&text);
    json_decref(settings);
    free(request);
}

Test(train_query, each_form_of_value_becomes_its_json)
{
    expect_settings("", "{}");
    expect_settings("wait=3&dry_run=1&delimiter=;&header=0", "{}");
    expect_settings("model=iris&target=species",
                    "{\"model\":\"iris\",\"target\":\"species\"}");
    expect_settings("target=a,b&exclude=c",
                    "{\"target\":[\"a\",\"b\"],\"exclude\":\"c\"}");
    expect_settings("exclude=%5B%22a, b%22,\"c\"]&target=[\"[x]\"]",
                    "{\"target\":[\"[x]\"],\"exclude\":[\"a, b\",\"c\"]}");
    expect_settings("ignore=id&categorical=zip,dow&numeric=[\"a,b\"]",
                    "{\"columns\":{\"a,b\":\"numeric\","
                    "\"zip\":\"categorical\",\"dow\":\"categorical\","
                    "\"id\":\"ignore\"}}");
    expect_settings("hidden=16,8&activation=tanh",
                    "{\"network\":{\"hidden\":[16,8],"
                    "\"activation\":\"tanh\"}}");
    expect_settings("hidden=", "{\"network\":{\"hidden\":[]}}");
    expect_settings("seed=9223372036854775807",
                    "{\"training\":{\"seed\":9223372036854775807}}");
    expect_settings("learning_rate=1e-3",
                    "{\"training\":{\"learning_rate\":0.001}}");
    expect_settings("batch_size=full&shuffle=false",
                    "{\"training\":{\"batch_size\":\"full\","
                    "\"shuffle\":false}}");
    expect_settings("validation=0.25",
                    "{\"training\":{\"validation\":{\"fraction\":0.25}}}");
    expect_settings("validation=0.2&validation_group=p",
                    "{\"training\":{\"validation\":{\"fraction\":0.2,"
                    "\"group\":\"p\"}}}");
    expect_settings("validation_time=t",
                    "{\"training\":{\"validation\":{\"time\":\"t\"}}}");
    expect_settings("batch_size=32&shuffle=1",
                    "{\"training\":{\"batch_size\":32,\"shuffle\":true}}");
    expect_settings("optimizer=adam&beta1=0.5",
                    "{\"training\":{\"optimizer\":{\"name\":\"adam\","
                    "\"beta1\":0.5}}}");
}

Test(train_query, patience_alone_or_with_early_stopping_means_the_same)
{
    const char *expected =
        "{\"training\":{\"early_stopping\":{\"patience\":5}}}";

    expect_settings("patience=5", expected);
    expect_settings("patience=5&early_stopping=1", expected);
    expect_settings("early_stopping=true",
                    "{\"training\":{\"early_stopping\":true}}");
}

/* Whatever is wrong, here or in the codec: the text begins with the key, and
 * there is no pointer into a body that nobody sent. */
Test(train_query, complaints_are_told_in_the_querys_words)
{
    static const struct {
        const char *query, *detail;
    } bad[] = {
        {"epochs=many", "epochs: expected a number, got 'many'"},
        {"seed=", "seed: expected a number, got ''"},
        {"hidden=16,,8", "hidden: expected widths like 16,16"},
        {"hidden=16,0", "hidden: expected a whole number"},
        {"shuffle=yes", "shuffle: expected 0, 1, true or false"},
        {"early_stopping=0&patience=3", "patience: goes with early_stopping"},
        {"exclude=[a,b]", "exclude: expected names with commas between them"},
        {"exclude=[\"a\"", "exclude: expected names with commas"},
        {"exclude=[\"a\"]x", "exclude: expected names with commas"},
        {"exclude=[\"a\\u0000\"]", "exclude: expected names with commas"},
        {"exclude=[1]", "exclude: expected a column's name or a list"},
        {"exclude=[]", "exclude: expected at least one column"},
        {"boolean=[1]", "boolean: expected names with commas"},
        {"numeric=a,b&ignore=b", "ignore: the column 'b' is declared already"},
        {"datetime=a,a", "datetime: the column 'a' is declared already"},
        {"epochs=0", "epochs: expected a whole number"},
        {"seed=99999999999999999999", "seed: expected a whole number"},
        {"activation=sigmod", "activation: expected one of sigmoid"},
        {"optimizer=adm", "optimizer: expected one of"},
        {"momentum=0.9", "optimizer: expected a name"},
        {"optimizer=adam&momentum=0.9", "momentum: adam has no momentum"},
        {"schedule=steps", "schedule: expected one of"},
        {"patience=0", "patience: expected a whole number"},
        {"class_weight=even", "class_weight: expected one of balanced"},
        {"validation=2", "validation: expected a number"},
        {"validation_group=a&validation_time=b", "validation_time: expected"},
        {"model=Iris", "model: expected"},
        {"from=x@0", "from: expected"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct problem problem = {0};
        struct spec spec = {0};
        struct http_request *request = request_of(bad[i].query);
        json_t *settings = train_query_settings(request, &problem);
        if (settings != NULL)
            spec_parse(settings, &spec, &problem);
        train_query_rephrase(&problem);
        cr_expect(problem_is_set(&problem), "%s", bad[i].query);
        cr_expect_eq(problem_status(problem.type), 422);
        cr_expect_str_eq(problem.pointer, "", "%s", bad[i].query);
        cr_expect_eq(
            strncmp(problem.detail, bad[i].detail, strlen(bad[i].detail)), 0,
            "%s: %s", bad[i].query, problem.detail);
        spec_free(&spec);
        json_decref(settings);
        free(request);
    }
}

Test(train_query, a_json_body_leaves_only_wait_and_dry_run_to_the_query)
{
    struct problem problem = {0};
    struct http_request *request = request_of("wait=3&dry_run=1");

    train_query_refuse_settings(request, &problem);
    cr_expect_not(problem_is_set(&problem));
    free(request);
    request = request_of("wait=3&epochs=4");
    train_query_refuse_settings(request, &problem);
    cr_expect_eq(problem_status(problem.type), 422);
    cr_expect_not_null(strstr(problem.detail, "epochs"));
    free(request);
}

Test(train_query, how_a_csv_is_written_is_read_or_refused)
{
    static const struct {
        const char *query;
        char delimiter;
        bool no_header, good;
    } cases[] = {
        {"", 0, false, true},
        {"delimiter=%3B", ';', false, true},
        {"delimiter=tab&header=0", '\t', true, true},
        {"delimiter=%09&header=1", '\t', false, true},
        {"delimiter=x", 0, false, false},
        {"delimiter=,,", 0, false, false},
        {"header=maybe", 0, false, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct problem problem = {0};
        mlp_read_options options = {0};
        struct http_request *request = request_of(cases[i].query);
        train_query_csv(request, &options, &problem);
        cr_expect_eq(!problem_is_set(&problem), cases[i].good, "%s",
                     cases[i].query);
        if (cases[i].good) {
            cr_expect_eq(options.delimiter, cases[i].delimiter);
            cr_expect_eq(options.no_header, cases[i].no_header);
        }
        free(request);
    }
}
