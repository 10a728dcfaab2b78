/* SPDX-License-Identifier: MIT
 *
 * Bodies of the Open Inference Protocol, from bytes to tensors: each case
 * whole and in pieces, and whole again, when its head may be known. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/v2_body.h"
#include "handlers/v2_request.h"

static struct v2_heads heads;
static const struct v2_body_limits limits = {
    .max_bytes = 1 << 20,
    .max_elements = 64,
    .max_control_bytes = 2000,
    .heads = &heads,
};
static const size_t steps[] = {1, 2, 5, 1 << 20, 1 << 20};
enum { N_STEPS = sizeof steps / sizeof *steps };

/* The body, to be destroyed behind the request. */
static struct http_body *read_n(const char *bytes,
                                size_t length,
                                uint64_t json_bytes,
                                size_t step,
                                struct v2_request *request,
                                struct problem *problem)
{
    struct http_body *body = v2_body_create(json_bytes, &limits);
    *problem = (struct problem){0};
    *request = (struct v2_request){0};
    for (size_t i = 0; i < length; i += step)
        body_write(body, bytes + i, length - i < step ? length - i : step,
                   problem);
    body_finish(body, problem);
    if (!problem_is_set(problem))
        (void)v2_request_read(request, body, problem);
    return body;
}

static struct http_body *
must_read(const char *text, size_t step, struct v2_request *request)
{
    struct problem problem;
    struct http_body *body =
        read_n(text, strlen(text), V2_ALL_JSON, step, request, &problem);
    cr_assert_not(problem_is_set(&problem), "%s: %s", text, problem.detail);
    return body;
}

static void
expect_floats(const struct v2_tensor *tensor, const float *expected, size_t n)
{
    struct problem problem = {0};
    float *values = calloc(n, sizeof *values);
    cr_assert_eq(tensor->n, n);
    cr_assert(v2_tensor_floats(tensor, values, &problem), "%s", problem.detail);
    for (size_t i = 0; i < n; i++)
        cr_expect(values[i] == expected[i] ||
                      (isnan(values[i]) && isnan(expected[i])),
                  "element %zu: %g, expected %g", i, (double)values[i],
                  (double)expected[i]);
    free(values);
}

/* --- JSON ----------------------------------------------------------------- */

#define INPUTS(type, shape, data)                                              \
    "\"inputs\":[{\"name\":\"x\",\"shape\":" shape ",\"datatype\":\"" type     \
    "\",\"data\":" data "}]"
#define TENSOR(type, shape, data) "{" INPUTS(type, shape, data) "}"

Test(v2_body, data_may_be_flat_or_nested_and_stand_before_its_datatype)
{
    static const char *const texts[] = {
        TENSOR("FP32", "[2,3]", "[1,2.5,-3e2,null,0,1e-60]"),
        TENSOR("FP32", "[2,3]", "[[1,2.5,-3e2],[null,0,1e-60]]"),
        TENSOR("FP64", "[2,3]", " [ [1,2.5,-3e2] , [null,0,1e-60] ] "),
        "{\"inputs\":[{\"data\":[[1,2.5,-3e2],[null,0,1e-60]],\"shape\":[2,3],"
        "\"datatype\":\"FP32\",\"name\":\"x\"}]}",
        "{\"inputs\":[{\"data\":[1,2.5,-3e2,null,0,1e-60],\"shape\":[2,3],"
        "\"datatype\":\"\\u0046P32\",\"name\":\"x\"}]}",
    };
    static const float expected[] = {1, 2.5F, -300, NAN, 0, 0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t k = 0; k < N_STEPS; k++) {
            struct v2_request request;
            struct http_body *body = must_read(texts[i], steps[k], &request);
            cr_assert_eq(request.n_inputs, 1);
            cr_expect_str_eq(request.inputs[0].name, "x");
            cr_expect_eq(request.inputs[0].rank, 2);
            expect_floats(&request.inputs[0], expected, 6);
            cr_expect(request.all_outputs && !request.binary);
            v2_request_free(&request);
            body_destroy(body);
        }
}

Test(v2_body, all_of_the_control_part_is_read)
{
    static const char text[] =
        "{\"id\":\"q \\u00e4\",\"parameters\":{\"binary_data_output\":true,"
        "\"priority\":1,\"x\":\"y\",\"z\":null},\"model_name\":\"m\","
        "\"outputs\":[{\"name\":\"b\",\"parameters\":{\"binary_data\":false}},"
        "{\"name\":\"a\",\"parameters\":{\"classification\":3}}],"
        "\"inputs\":[{\"name\":\"one\",\"shape\":[1],\"datatype\":\"INT64\","
        "\"data\":[-7],\"parameters\":{\"content_type\":\"np\"}},"
        "{\"name\":\"two\",\"shape\":[1,1],\"datatype\":\"BYTES\","
        "\"data\":[\"a\\\"b\"]}]}";
    for (size_t k = 0; k < N_STEPS; k++) {
        struct v2_request request;
        struct problem problem = {0};
        mlp_cell cell;
        struct http_body *body = must_read(text, steps[k], &request);
        cr_expect_str_eq(request.id, "q \u00e4");
        cr_assert_eq(request.n_outputs, 2);
        cr_expect_str_eq(request.outputs[0].name, "b");
        cr_expect_not(request.outputs[0].binary);
        cr_expect(request.outputs[1].binary, "the request's own");
        cr_expect_eq(request.outputs[1].n_classes, 3);
        cr_assert_eq(request.n_inputs, 2);
        expect_floats(&request.inputs[0], (const float[]){-7}, 1);
        struct v2_cursor cursor = {.tensor = &request.inputs[1]};
        cr_assert(v2_cursor_next(&cursor, &cell, &problem));
        cr_expect_eq(cell.kind, MLP_CELL_TEXT);
        cr_expect_eq(cell.length, 3);
        cr_expect_arr_eq(cell.text, "a\"b", 3);
        v2_request_free(&request);
        body_destroy(body);
    }
}

Test(v2_body, json_that_is_not_as_it_should_be_is_a_400_at_its_place)
{
    static const struct {
        const char *text, *pointer;
    } cases[] = {
        {"", ""},
        {"[]", ""},
        {"{\"inputs\":[", ""},
        {"{}", "/inputs"},
        {"{\"inputs\":null}", "/inputs"},
        {"{\"inputs\":[]}", "/inputs"},
        {"{\"inputs\":{\"x\":{\"data\":[1]}}}", "/inputs"},
        {"{\"inputs\":[[{\"data\":[1]}]]}", "/inputs/0"},
        {"{\"inputs\":[1]}", "/inputs/0"},
        {"{\"inputs\":[{}]}", "/inputs/0"},
        {"{\"inputs\":[{\"name\":\"x\",\"name\":\"y\"}]}", "/inputs/0/name"},
        {"{\"inputs\":[{\"data\":[1],\"data\":[1]}]}", "/inputs/0/data"},
        {"{\"id\":1,\"inputs\":[]}", "/id"},
        {"{\"extra\":1," INPUTS("FP32", "[1]", "[1]") "}", "/extra"},
        {"{\"parameters\":{\"a\":[]}," INPUTS("FP32", "[1]", "[1]") "}",
         "/parameters"},
        {"{\"parameters\":1," INPUTS("FP32", "[1]", "[1]") "}", "/parameters"},
        {TENSOR("FLOAT", "[1]", "[1]"), "/inputs/0/datatype"},
        {TENSOR("fp32", "[1]", "[1]"), "/inputs/0/datatype"},
        {TENSOR("BF16", "[1]", "[1]"), "/inputs/0/datatype"},
        {TENSOR("FP16", "[1]", "[1]"), "/inputs/0/data"},
        {TENSOR("FP32", "[]", "[1]"), "/inputs/0/shape"},
        {TENSOR("FP32", "1", "[1]"), "/inputs/0/shape"},
        {TENSOR("FP32", "[0]", "[1]"), "/inputs/0/shape"},
        {TENSOR("FP32", "[-1]", "[1]"), "/inputs/0/shape"},
        {TENSOR("FP32", "[1.0]", "[1]"), "/inputs/0/shape"},
        {TENSOR("FP32", "[1,1,1,1,1,1,1,1,1]", "[1]"), "/inputs/0/shape"},
        {TENSOR("FP32", "[4294967296,4294967296]", "[1]"), "/inputs/0/shape"},
        {TENSOR("FP32", "[9223372036854775807,2,1]", "[1]"), "/inputs/0/data"},
        {TENSOR("FP32", "[9223372036854775807,9]", "[1]"), "/inputs/0/shape"},
        {TENSOR("FP32", "[99999999999999999999]", "[1]"), "/inputs/0/shape"},
        {TENSOR("FP32", "[2]", "[1]"), "/inputs/0/data"},
        {TENSOR("FP32", "[2]", "[1,2,3]"), "/inputs/0/data"},
        {TENSOR("FP32", "[2,2]", "[[1,2,3,4]]"), "/inputs/0/data"},
        {TENSOR("FP32", "[1,2,2]", "[[1,2],[3,4]]"), "/inputs/0/data"},
        {TENSOR("FP32", "[4]", "[[1,2],[3,4]]"), "/inputs/0/data"},
        {TENSOR("FP32", "[2,2]", "[[1,2],[3]]"), "/inputs/0/data/1"},
        {TENSOR("FP32", "[2,2]", "[[1,2],3]"), "/inputs/0/data/1"},
        {TENSOR("FP32", "[2,2]", "[1,[2,3]]"), "/inputs/0/data/1"},
        {TENSOR("FP32", "[1,1]", "[[]]"), "/inputs/0/data/0"},
        {TENSOR("FP32", "[1]", "[]"), "/inputs/0/data"},
        {TENSOR("FP32", "[1]", "3"), "/inputs/0/data"},
        {TENSOR("FP32", "[1]", "{}"), "/inputs/0/data"},
        {TENSOR("FP32", "[1]", "[{}]"), "/inputs/0/data/0"},
        {TENSOR("FP32", "[2]", "[1,\"2\"]"), "/inputs/0/data/1"},
        {TENSOR("FP32", "[2]", "[1,true]"), "/inputs/0/data/1"},
        {TENSOR("FP32", "[2]", "[1,1e39]"), "/inputs/0/data/1"},
        {TENSOR("FP32", "[1]", "[[[[[[[[[1]]]]]]]]]"),
         "/inputs/0/data/0/0/0/0/0/0/0/0"},
        {TENSOR("FP32", "[1]", "[NaN]"), ""},
        {TENSOR("BYTES", "[2]", "[\"a\",1]"), "/inputs/0/data/1"},
        {"{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\"}]}",
         "/inputs/0"},
        {"{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\","
         "\"data\":[1],\"colour\":1}]}",
         "/inputs/0/colour"},
        {"{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\","
         "\"data\":[1],\"parameters\":{\"binary_data_size\":4}}]}",
         "/inputs/0"},
        {"{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\","
         "\"parameters\":{\"binary_data_size\":4}}]}",
         "/inputs/0"},
        {"{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\","
         "\"parameters\":{\"binary_data_size\":-4}}]}",
         "/inputs/0"},
        {"{\"outputs\":[{}]," INPUTS("FP32", "[1]", "[1]") "}", "/outputs/0"},
        {"{\"outputs\":[{\"name\":\"y\",\"parameters\":{\"binary_data\":1}}]"
         "," INPUTS("FP32", "[1]", "[1]") "}",
         "/outputs/0"},
        {"{\"outputs\":[{\"name\":\"y\",\"parameters\":{\"classification\":0}}]"
         "," INPUTS("FP32", "[1]", "[1]") "}",
         "/outputs/0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t k = 0; k < N_STEPS; k++) {
            struct v2_request request;
            struct problem problem;
            const char *text = cases[i].text;
            body_destroy(read_n(text, strlen(text), V2_ALL_JSON, steps[k],
                                &request, &problem));
            cr_expect_eq(problem_status(problem.type), 400, "%s: %s", text,
                         problem.detail);
            cr_expect_str_eq(problem.pointer, cases[i].pointer, "%s: %s", text,
                             problem.detail);
        }
}

Test(v2_body, elements_that_are_not_of_their_datatype_are_a_400)
{
    static const struct {
        const char *type, *element;
        bool good;
    } cases[] = {
        {"INT8", "127", true},
        {"INT8", "-128", true},
        {"INT8", "128", false},
        {"INT8", "-129", false},
        {"UINT8", "255", true},
        {"UINT8", "256", false},
        {"UINT8", "-1", false},
        {"UINT8", "-0", true},
        {"INT16", "-32768", true},
        {"INT16", "32768", false},
        {"UINT16", "65535", true},
        {"UINT16", "65536", false},
        {"INT32", "-2147483648", true},
        {"INT32", "2147483648", false},
        {"UINT32", "4294967295", true},
        {"UINT32", "4294967296", false},
        {"INT64", "-9223372036854775808", true},
        {"INT64", "9223372036854775808", false},
        {"UINT64", "18446744073709551615", true},
        {"UINT64", "18446744073709551616", false},
        {"INT32", "3.0", true},
        {"INT32", "3e2", true},
        {"INT32", "3.5", false},
        {"INT8", "3e2", false},
        {"INT64", "1e30", false},
        {"INT64", "1e400", false},
        {"INT32", "null", true},
        {"INT32", "true", false},
        {"INT32", "\"1\"", false},
        {"BOOL", "true", true},
        {"BOOL", "1", false},
        {"BOOL", "\"true\"", false},
        {"FP32", "null", true},
        {"BYTES", "\"a\"", false}, /* good, but no number */
        {"BYTES", "1", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        float value;
        struct v2_request request;
        struct problem problem = {0};
        snprintf(text, sizeof text,
                 "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":"
                 "\"%s\",\"data\":[%s]}]}",
                 cases[i].type, cases[i].element);
        struct http_body *body = must_read(text, 7, &request);
        bool good = v2_tensor_floats(&request.inputs[0], &value, &problem);
        cr_expect_eq(good, cases[i].good, "%s: %s", text, problem.detail);
        if (!good) {
            cr_expect_eq(problem_status(problem.type), 400);
            cr_expect_str_eq(problem.pointer, "/inputs/0/data/0");
        }
        v2_request_free(&request);
        body_destroy(body);
    }
}

Test(v2_body, limits_are_a_413)
{
    char text[4000], list[2000] = "[1";
    for (int i = 0; i < 64; i++)
        strcat(list, ",1");
    strcat(list, "]");
    snprintf(text, sizeof text,
             "{\"inputs\":[{\"datatype\":\"FP32\",\"data\":%s}]}", list);
    struct v2_request request;
    struct problem problem;
    body_destroy(
        read_n(text, strlen(text), V2_ALL_JSON, 9, &request, &problem));
    cr_expect_eq(problem_status(problem.type), 413, "%s", problem.detail);
    snprintf(text, sizeof text, "{\"inputs\":[{\"data\":%s}]}", list);
    body_destroy(
        read_n(text, strlen(text), V2_ALL_JSON, 9, &request, &problem));
    cr_expect_eq(problem_status(problem.type), 413, "%s", problem.detail);
    memset(text, 'a', sizeof text);
    memcpy(text, "{\"id\":\"", 7);
    body_destroy(read_n(text, sizeof text, V2_ALL_JSON, 9, &request, &problem));
    cr_expect_eq(problem_status(problem.type), 413, "%s", problem.detail);
}

/* --- binary --------------------------------------------------------------- */

/* JSON of one input and its bytes behind it. */
static struct http_body *read_binary(const char *type,
                                     const char *shape,
                                     const void *bytes,
                                     size_t n,
                                     size_t step,
                                     struct v2_request *request,
                                     struct problem *problem)
{
    char text[400];
    int length = snprintf(text, sizeof text,
                          "{\"inputs\":[{\"name\":\"x\",\"shape\":%s,"
                          "\"datatype\":\"%s\",\"parameters\":"
                          "{\"binary_data_size\":%zu}}]}",
                          shape, type, n);
    memcpy(text + length, bytes, n);
    return read_n(text, (size_t)length + n, (uint64_t)length, step, request,
                  problem);
}

struct bytes {
    size_t n;
    unsigned char data[20];
};

#define BYTES(...)                                                             \
    {                                                                          \
        sizeof((const unsigned char[]){__VA_ARGS__}),                          \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

Test(v2_body, binary_elements_of_every_datatype_are_little_endian_and_packed)
{
    static const struct {
        const char *type;
        struct bytes bytes;
        float expected[2];
    } cases[] = {
        {"BOOL", BYTES(1, 0), {1, 0}},
        {"UINT8", BYTES(255, 1), {255, 1}},
        {"INT8", BYTES(255, 1), {-1, 1}},
        {"UINT16", BYTES(0xff, 0xff, 1, 0), {65535, 1}},
        {"INT16", BYTES(0xfe, 0xff, 0, 1), {-2, 256}},
        {"UINT32", BYTES(0, 0, 0, 0x80, 1, 0, 0, 0), {2147483648.F, 1}},
        {"INT32", BYTES(0, 0, 0, 0x80, 1, 0, 0, 0), {-2147483648.F, 1}},
        {"UINT64",
         BYTES(255, 255, 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 0, 0, 0),
         {18446744073709551616.F, 2}},
        {"INT64",
         BYTES(255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 1, 0, 0, 0, 0),
         {-1, 16777216.F}}, /* 2^24 + 1 is no float32: the nearest is taken */
        {"FP16", BYTES(0x00, 0x3e, 0x01, 0x00), {1.5F, 0x1p-24F}},
        {"FP16", BYTES(0x00, 0xc0, 0x00, 0x7e), {-2, NAN}},
        {"FP32", BYTES(0, 0, 0xc0, 0x3f, 0, 0, 0xc0, 0x7f), {1.5F, NAN}},
        {"FP64",
         BYTES(0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f),
         {1.5F, NAN}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t k = 0; k < N_STEPS; k++) {
            struct v2_request request;
            struct problem problem;
            struct http_body *body =
                read_binary(cases[i].type, "[2]", cases[i].bytes.data,
                            cases[i].bytes.n, steps[k], &request, &problem);
            cr_assert_not(problem_is_set(&problem), "%s: %s", cases[i].type,
                          problem.detail);
            expect_floats(&request.inputs[0], cases[i].expected, 2);
            v2_request_free(&request);
            body_destroy(body);
        }
}

Test(v2_body, binary_elements_that_are_none_are_a_400)
{
    static const struct {
        const char *type;
        struct bytes bytes;
    } cases[] = {
        {"BOOL", BYTES(2)},
        {"FP16", BYTES(0x00, 0x7c)},
        {"FP32", BYTES(0, 0, 0x80, 0xff)},
        {"FP64", BYTES(0, 0, 0, 0, 0, 0, 0xf0, 0x7f)},
        {"FP64", BYTES(0, 0, 0, 0, 0, 0, 0, 0x50)}, /* beyond float32 */
        {"BYTES", BYTES(5, 0, 0, 0, 'a')},
        {"BYTES", BYTES(255, 255, 255, 255, 'a')},
        {"BYTES", BYTES(0, 0, 0, 0, 'a')},
        {"BYTES", BYTES(1, 0, 0, 0, 0xff)},
        {"BYTES", BYTES(1, 0, 0, 0, 0)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct v2_request request;
        struct problem problem;
        mlp_cell cell;
        struct http_body *body =
            read_binary(cases[i].type, "[1]", cases[i].bytes.data,
                        cases[i].bytes.n, 3, &request, &problem);
        cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
        struct v2_cursor cursor = {.tensor = &request.inputs[0]};
        cr_expect_not(v2_cursor_next(&cursor, &cell, &problem), "case %zu", i);
        cr_expect_eq(problem_status(problem.type), 400);
        v2_request_free(&request);
        body_destroy(body);
    }
}

Test(v2_body, texts_and_exact_codes_come_out_as_they_were_sent)
{
    static const struct bytes texts_sent =
        BYTES(1, 0, 0, 0, 'a', 0, 0, 0, 0, 2, 0, 0, 0, 0xc3, 0xa4);
    static const struct bytes code = BYTES(1, 0, 0, 1, 0, 0, 0, 0);
    struct v2_request request;
    struct problem problem;
    mlp_cell cell;
    struct http_body *body = read_binary("BYTES", "[3]", texts_sent.data,
                                         texts_sent.n, 1, &request, &problem);
    cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
    struct v2_cursor cursor = {.tensor = &request.inputs[0]};
    static const char *const texts[] = {"a", "", "\u00e4"};
    for (size_t i = 0; i < 3; i++) {
        cr_assert(v2_cursor_next(&cursor, &cell, &problem));
        cr_expect_eq(cell.length, strlen(texts[i]));
        cr_expect_arr_eq(cell.text, texts[i], cell.length);
    }
    v2_request_free(&request);
    body_destroy(body);
    body =
        read_binary("INT64", "[1]", code.data, code.n, 1, &request, &problem);
    cursor = (struct v2_cursor){.tensor = &request.inputs[0], .exact = true};
    cr_assert(v2_cursor_next(&cursor, &cell, &problem));
    cr_expect_eq(cell.decimal.digits, 16777217);
    v2_request_free(&request);
    body_destroy(body);
}

Test(v2_body, sizes_that_do_not_fit_together_are_a_400)
{
    static const struct {
        const char *shape;
        size_t n;
    } cases[] = {{"[1]", 3},
                 {"[1]", 5},
                 {"[2]", 4},
                 {"[1]", 0},
                 {"[4611686018427387904,4]", 0},
                 {"[4611686018427387905]", 4}};
    static const unsigned char zeros[16];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct v2_request request;
        struct problem problem;
        body_destroy(read_binary("FP32", cases[i].shape, zeros, cases[i].n, 5,
                                 &request, &problem));
        cr_expect_eq(problem_status(problem.type), 400, "case %zu", i);
    }
    struct v2_request request;
    struct problem problem;
    body_destroy(read_binary("BYTES", "[4]", zeros, 15, 5, &request, &problem));
    cr_expect_eq(problem_status(problem.type), 400, "lengths need 16 bytes");

    static const char text[] = TENSOR("FP32", "[1]", "[1]");
    size_t n = sizeof text - 1;
    body_destroy(read_n(text, n, n - 1, 4, &request, &problem));
    cr_expect_eq(problem_status(problem.type), 400, "half of the JSON");
    body_destroy(read_n(text, n, n + 1, 4, &request, &problem));
    cr_expect_eq(problem_status(problem.type), 400, "a body that is too short");
    cr_expect_not_null(strstr(problem.detail, "Content-Length"));
    body_destroy(read_n(text, n + 1, n, 4, &request, &problem));
    cr_expect_eq(problem_status(problem.type), 400, "a byte that is nobody's");
}

Test(v2_body, without_json_the_bytes_are_all_there_is)
{
    struct v2_request request;
    struct problem problem;
    struct http_body *body = read_n("abcdefgh", 8, 0, 3, &request, &problem);
    cr_assert_not(problem_is_set(&problem));
    cr_expect(request.raw && request.binary && request.all_outputs);
    cr_expect_eq(request.length, 8);
    cr_expect_arr_eq(request.bytes, "abcdefgh", 8);
    v2_request_free(&request);
    body_destroy(body);
}

Test(v2_body, aligned_float32_are_used_where_they_lie)
{
    static const float values[] = {1.5F, -2};
    struct v2_request request;
    struct problem problem;
    struct http_body *body = read_binary("FP32", "[1,2]", values, sizeof values,
                                         3, &request, &problem);
    const float *view = v2_tensor_view(&request.inputs[0], &problem);
    cr_assert_not_null(view);
    cr_expect((const char *)view == request.bytes);
    cr_expect(view[0] == 1.5F && view[1] == -2);
    v2_request_free(&request);
    body_destroy(body);
}

Test(v2_body, float32_that_are_infinite_are_refused_where_they_lie)
{
    enum { N = 37 };
    float values[N];
    for (size_t at = 0; at < N; at++) {
        struct v2_request request;
        struct problem problem;
        for (size_t i = 0; i < N; i++)
            values[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? -FLT_MAX : FLT_MAX;
        values[at] = at % 2 == 0 ? INFINITY : -INFINITY;
        struct http_body *body =
            read_binary("FP32", "[1,37]", values, sizeof values, 1 << 20,
                        &request, &problem);
        cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
        cr_assert_null(v2_tensor_view(&request.inputs[0], &problem));
        char expected[32];
        snprintf(expected, sizeof expected, "element %zu ", at);
        cr_assert_not_null(strstr(problem.detail, expected), "%s",
                           problem.detail);
        v2_request_free(&request);
        body_destroy(body);
    }
}

/* Its elements are no part of the tree: a head that is known has none. */
Test(v2_body, json_with_elements_in_front_of_bytes_is_read_each_time)
{
    static const char head[] =
        "{\"inputs\":[{\"name\":\"x\",\"shape\":[2],\"datatype\":\"FP32\","
        "\"data\":[1.5,2]},{\"name\":\"y\",\"shape\":[1],\"datatype\":"
        "\"UINT8\",\"parameters\":{\"binary_data_size\":1}}]}";
    static const float first[] = {1.5F, 2}, second[] = {'!'};
    char text[sizeof head];
    memcpy(text, head, sizeof head - 1);
    text[sizeof head - 1] = '!';
    for (size_t k = 0; k < N_STEPS; k++) {
        struct v2_request request;
        struct problem problem;
        struct http_body *body = read_n(text, sizeof text, sizeof head - 1,
                                        steps[k], &request, &problem);
        cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
        cr_assert_eq(request.n_inputs, 2);
        expect_floats(&request.inputs[0], first, 2);
        expect_floats(&request.inputs[1], second, 1);
        v2_request_free(&request);
        body_destroy(body);
    }
}
