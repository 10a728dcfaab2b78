/* SPDX-License-Identifier: MIT */
#include "handlers/train_source.h"

#include <criterion/criterion.h>
#include <string.h>

#include "handlers/dataset_json.h"
#include "http/json_body.h"
#include "tables.h"
#include "temp_folder.h"

static char folder[TEMP_PATH];
static struct app app;

static void begin(void)
{
    mlp_error err;

    temp_folder_make(folder);
    cr_assert_eq(catalog_open(folder, &app.catalog, &err), MLP_OK);
    cr_assert_eq(datasets_create(folder, app.catalog, &app.datasets, &err),
                 MLP_OK);
}

static void end(void)
{
    datasets_destroy(app.datasets);
    catalog_close(app.catalog);
    temp_folder_remove(folder);
}

TestSuite(train_source, .init = begin, .fini = end);

static void put(const char *name,
                mlp_file_format format,
                const void *bytes,
                size_t n,
                const mlp_read_options *options)
{
    char sha256[BLOB_SHA256_TEXT];
    struct blob *blob;
    mlp_table *table;
    mlp_error err;

    cr_assert_eq(blob_create(datasets_folder(app.datasets), &blob, &err),
                 MLP_OK);
    cr_assert_eq(blob_write(blob, bytes, n, &err), MLP_OK);
    FILE *file = blob_open(blob, &err);
    cr_assert_not_null(file);
    cr_assert_eq(mlp_table_read_file(file, format, options, &table, &err),
                 MLP_OK, "%s", err.text);
    fclose(file);
    char *description = dataset_describe(table, options);
    cr_assert_eq(blob_sync(blob, sha256, &err), MLP_OK);
    cr_assert_eq(datasets_put(app.datasets, name, format, blob, sha256,
                              description, &err),
                 MLP_OK);
    free(description);
    mlp_table_destroy(table);
}

static void put_csv(const char *name, const char *text)
{
    put(name, MLP_FILE_CSV, text, strlen(text), &(mlp_read_options){0});
}

/* The table that a JSON request means, and its settings as they then are. */
static mlp_table *
read_json(const char *text, json_t **settings, struct problem *problem)
{
    const struct json_body_limits limits = {1 << 20, 1000, 1 << 20, 0, false};
    struct http_body *body = json_body_create(JSON_BODY_DATA, &limits);
    struct train_source source = {0};
    mlp_table *table = NULL;

    *settings = NULL;
    body_write(body, text, strlen(text), problem);
    body_finish(body, problem);
    if (!problem_is_set(problem)) {
        *settings = json_deep_copy(json_body_control(body));
        train_source_open_json(&app, body, json_body_control(body), &source,
                               problem);
        json_object_del(*settings, "data");
    }
    if (!problem_is_set(problem))
        table = train_source_read(&source, *settings, 1000, problem);
    train_source_free(&source);
    body_destroy(body);
    return table;
}

/* Names of all columns, and the settings' target, as "a b y | y". */
static void expect_columns(const char *request, const char *expected)
{
    struct problem problem = {0};
    json_t *settings;
    mlp_table *table = read_json(request, &settings, &problem);
    char text[256] = "";

    cr_assert_not_null(table, "%s: %s", request, problem.detail);
    for (size_t i = 0; i < mlp_table_n_columns(table); i++) {
        strcat(text, mlp_table_column(table, i)->name);
        strcat(text, " ");
    }
    strcat(text, "|");
    json_t *target = json_object_get(settings, "target");
    for (size_t i = 0; i < json_array_size(target); i++) {
        strcat(text, " ");
        strcat(text, json_string_value(json_array_get(target, i)));
    }
    if (json_is_string(target)) {
        strcat(text, " ");
        strcat(text, json_string_value(target));
    }
    cr_expect_str_eq(text, expected, "%s: %s", request, text);
    json_decref(settings);
    mlp_table_destroy(table);
}

static const unsigned char idx_labels[] = {0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 5};
static const unsigned char idx_images[] = {0, 0, 8, 2, 0, 0, 0, 3, 0,
                                           0, 0, 2, 1, 2, 3, 4, 5, 6};

Test(train_source, each_source_gives_its_columns_and_names_the_target)
{
    put_csv("flowers", "a,b,kind\n1,2,x\n3,4,y\n5,6,x\n");
    put_csv("kinds", "kind\nx\ny\nz\n");
    put_csv("b", "b\nx\ny\nz\n");
    put("bare", MLP_FILE_CSV, "7\n8\n9\n", 6,
        &(mlp_read_options){.no_header = true});
    put("images", MLP_FILE_IDX, idx_images, sizeof idx_images,
        &(mlp_read_options){0});
    put("labels", MLP_FILE_IDX, idx_labels, sizeof idx_labels,
        &(mlp_read_options){0});

    expect_columns("{\"data\":{\"inputs\":[[1,2],[3,4]],\"targets\":[0,1]}}",
                   "x0 x1 target | target");
    expect_columns("{\"target\":\"digit\",\"data\":{\"inputs\":[[1],[3]],"
                   "\"targets\":[0,1]}}",
                   "x0 digit | digit");
    expect_columns("{\"data\":{\"inputs\":[[1],[3]],"
                   "\"targets\":[[0,1],[1,0]]}}",
                   "x0 target0 target1 | target0 target1");
    expect_columns("{\"target\":\"c\",\"data\":{\"columns\":[\"a\",\"c\"],"
                   "\"rows\":[[1,\"x\"],[2,\"y\"]]}}",
                   "a c | c");
    expect_columns("{\"dataset\":\"flowers\",\"target\":\"kind\"}",
                   "a b kind | kind");
    expect_columns("{\"dataset\":\"images\",\"target_dataset\":\"labels\"}",
                   "x0 x1 target | target");
    expect_columns("{\"dataset\":\"images\",\"target_dataset\":\"labels\","
                   "\"target\":\"digit\"}",
                   "x0 x1 digit | digit");
    expect_columns("{\"dataset\":\"images\",\"target_dataset\":\"kinds\"}",
                   "x0 x1 kind | kind");
    expect_columns("{\"dataset\":\"images\",\"target_dataset\":\"bare\"}",
                   "x0 x1 target | target");
    expect_columns("{\"dataset\":\"flowers\",\"target_dataset\":\"b\"}",
                   "a b kind target | target");
}

Test(train_source, what_does_not_fit_together_is_refused_at_its_place)
{
    static const struct {
        const char *request, *pointer;
    } bad[] = {
        {"{}", "/data"},
        {"{\"data\":null}", "/data"},
        {"{\"dataset\":\"images\",\"data\":{}}", "/dataset"},
        {"{\"dataset\":\"nobody\"}", "/dataset"},
        {"{\"dataset\":7}", "/dataset"},
        {"{\"target_dataset\":\"labels\",\"data\":{\"inputs\":[[1]],"
         "\"targets\":[1]}}",
         "/target_dataset"},
        {"{\"dataset\":\"images\",\"target_dataset\":\"nobody\"}",
         "/target_dataset"},
        {"{\"dataset\":\"images\",\"target_dataset\":\"images\"}",
         "/target_dataset"},
        {"{\"dataset\":\"images\",\"target_dataset\":\"two\"}",
         "/target_dataset"},
        {"{\"dataset\":\"images\",\"target_dataset\":\"labels\","
         "\"target\":[\"a\",\"b\"]}",
         "/target"},
        {"{\"dataset\":\"images\",\"target_dataset\":\"labels\","
         "\"target\":\"x0\"}",
         "/target"},
        {"{\"data\":{}}", "/data"},
        {"{\"data\":{\"inputs\":[[1]]}}", "/data/targets"},
        {"{\"data\":{\"targets\":[1]}}", "/data/inputs"},
        {"{\"data\":{\"inputs\":[[1],[2]],\"targets\":[1]}}", "/data/targets"},
        {"{\"data\":{\"inputs\":[[1]],\"targets\":[1],\"columns\":[\"a\"],"
         "\"rows\":[[1]]}}",
         "/data"},
        {"{\"data\":{\"inputs\":[[1]],\"targets\":[1],"
         "\"records\":[{\"a\":1}]}}",
         "/data"},
        {"{\"data\":{\"records\":null}}", "/data"},
        {"{\"data\":{\"inputs\":[[1]],\"targets\":[1],\"weights\":[1]}}",
         "/data/weights"},
        {"{\"epochs\":3,\"data\":{\"inputs\":[[1]],\"targets\":[1]}}",
         "/epochs"},
    };

    put("images", MLP_FILE_IDX, idx_images, sizeof idx_images,
        &(mlp_read_options){0});
    put("labels", MLP_FILE_IDX, idx_labels, sizeof idx_labels,
        &(mlp_read_options){0});
    put_csv("two", "a\n1\n2\n");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct problem problem = {0};
        json_t *settings;
        mlp_table *table = read_json(bad[i].request, &settings, &problem);
        cr_expect_null(table, "%s", bad[i].request);
        cr_expect_str_eq(problem.pointer, bad[i].pointer, "%s: %s at '%s'",
                         bad[i].request, problem.detail, problem.pointer);
        cr_expect_eq(problem_status(problem.type), 422);
        json_decref(settings);
        mlp_table_destroy(table);
    }
}

/* Settings before and behind the data, and the same rows as a file. */
Test(train_source, the_same_rows_are_the_same_table_in_every_form)
{
    static const char *const requests[] = {
        "{\"dataset\":\"shop\",\"target\":\"code\","
        "\"columns\":{\"zip\":\"categorical\"}}",
        "{\"target\":\"code\",\"columns\":{\"zip\":\"categorical\"},"
        "\"data\":{\"columns\":[\"a\",\"zip\",\"on\",\"code\"],"
        "\"rows\":[[1.5,10001,true,16777217],[null,2134,false,1.25],"
        "[3,10001,null,16777217.0]]}}",
        "{\"data\":{\"rows\":[[15e-1,1.0001e4,true,16777217],"
        "[null,2134.0,false,1.250],[3,10001,null,16777217]],"
        "\"columns\":[\"a\",\"zip\",\"on\",\"code\"]},\"target\":[\"code\"],"
        "\"columns\":{\"zip\":\"categorical\"}}",
        "{\"data\":{\"records\":[{\"a\":1.5,\"zip\":10001,\"on\":true,"
        "\"code\":16777217},{\"code\":1.25,\"on\":false,\"zip\":2134},"
        "{\"a\":3,\"code\":16777217.0,\"zip\":10001,\"on\":null}]},"
        "\"target\":\"code\",\"columns\":{\"zip\":\"categorical\"}}",
        "{\"dataset\":\"lines\",\"target\":\"code\","
        "\"columns\":{\"zip\":\"categorical\"}}",
    };
    static const char lines[] =
        "{\"a\":1.5,\"zip\":10001,\"on\":true,\"code\":16777217}\n"
        "{\"zip\":2134,\"on\":false,\"code\":1.25}\n"
        "{\"a\":3,\"zip\":10001,\"code\":16777217.0}\n";
    mlp_table *first = NULL;

    put_csv("shop", "a,zip,on,code\n1.5,10001,true,16777217\n"
                    ",2134,False,1.25\n3,10001,,16777217.0\n");
    put("lines", MLP_FILE_NDJSON, lines, sizeof lines - 1,
        &(mlp_read_options){0});
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct problem problem = {0};
        json_t *settings;
        mlp_table *table = read_json(requests[i], &settings, &problem);
        cr_assert_not_null(table, "%s: %s", requests[i], problem.detail);
        if (first == NULL)
            first = table;
        cr_expect(same_bytes(table, first), "%s", requests[i]);
        if (first != table)
            mlp_table_destroy(table);
        json_decref(settings);
    }
    mlp_table_destroy(first);
}

Test(train_source, a_number_is_a_level_as_a_label_and_a_number_as_a_feature)
{
    struct problem problem = {0};
    json_t *settings;

    put_csv("codes", "n,code\n1.50,1.50\n2,1.5\n");
    mlp_table *table = read_json("{\"dataset\":\"codes\",\"target\":\"code\"}",
                                 &settings, &problem);
    cr_assert_not_null(table, "%s", problem.detail);
    cr_expect_eq(mlp_table_column(table, 0)->type, MLP_COLUMN_NUMERIC);
    cr_expect_str_eq(mlp_table_column(table, 1)->levels[0].text, "1.5");
    cr_expect_eq(mlp_table_column(table, 1)->n_levels, 1);
    json_decref(settings);
    mlp_table_destroy(table);
}
