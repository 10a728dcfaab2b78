/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "mlp/npz.h"
#include "models.h"

static const char *const fixtures[] = {"sklearn_species",   "sklearn_two",
                                       "sklearn_regressor", "torch_logits",
                                       "plain_forms",       "torch_linear"};
enum { N_FIXTURES = sizeof fixtures / sizeof *fixtures, MAX_NAMES = 8 };

/* --- fixtures ----------------------------------------------------------------
 */

static mlp_buffer fixture(const char *name)
{
    char path[128], piece[4096];
    mlp_buffer bytes;
    size_t n;
    snprintf(path, sizeof path, "tests/data/npz/%s.npz", name);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "cannot open %s", path);
    mlp_buffer_init(&bytes, SIZE_MAX - 1);
    while ((n = fread(piece, 1, sizeof piece, file)) > 0)
        mlp_buffer_append(&bytes, piece, n);
    fclose(file);
    return bytes;
}

/* A fixture's description, and its query as options. */
struct asked {
    json_t *json;
    mlp_npz_options options;
    mlp_activation activations[MAX_NAMES];
    const char *lists[3][MAX_NAMES];
};

static size_t names(const json_t *query, const char *key, const char **out)
{
    const json_t *list = json_object_get(query, key);
    size_t n = json_array_size(list);
    cr_assert_leq(n, MAX_NAMES);
    for (size_t i = 0; i < n; i++)
        out[i] = json_string_value(json_array_get(list, i));
    return n;
}

static void ask(const char *name, struct asked *asked)
{
    char path[128];
    const char *words[MAX_NAMES];
    snprintf(path, sizeof path, "tests/data/npz/%s.json", name);
    *asked = (struct asked){.json = json_load_file(path, 0, NULL)};
    cr_assert_not_null(asked->json, "cannot read %s", path);
    const json_t *query = json_object_get(asked->json, "query");
    const char *task = json_string_value(json_object_get(query, "task"));
    const char *output = json_string_value(json_object_get(query, "output"));
    mlp_npz_options *options = &asked->options;
    cr_assert(task == NULL || mlp_task_parse(task, &options->task));
    cr_assert(output == NULL || mlp_output_parse(output, &options->output));
    options->n_activations = names(query, "activation", words);
    for (size_t i = 0; i < options->n_activations; i++)
        cr_assert(mlp_activation_parse(words[i], &asked->activations[i]));
    options->activations = asked->activations;
    options->n_labels = names(query, "labels", asked->lists[0]);
    options->labels = options->n_labels > 0 ? asked->lists[0] : NULL;
    options->n_targets = names(query, "target", asked->lists[1]);
    options->targets = asked->lists[1];
    options->n_features = names(query, "inputs", asked->lists[2]);
    options->features = asked->lists[2];
}

static float *matrix(const json_t *rows, size_t width)
{
    size_t n = json_array_size(rows);
    float *out = calloc(n * width, sizeof *out);
    for (size_t i = 0; i < n * width; i++)
        out[i] = (float)json_number_value(
            json_array_get(json_array_get(rows, i / width), i % width));
    return out;
}

static void expect_answers(const mlp_model *model, const json_t *json)
{
    size_t n_out = mlp_model_n_outputs(model);
    const json_t *inputs = json_object_get(json, "inputs");
    const json_t *outputs = json_object_get(json, "outputs");
    size_t n = json_array_size(inputs);
    mlp_predictor *predictor;
    cr_assert_gt(n, 5);
    cr_assert_eq(json_array_size(json_array_get(outputs, 0)), n_out);
    float *rows = matrix(inputs, mlp_model_n_features(model));
    float *expected = matrix(outputs, n_out);
    float *found = calloc(n * n_out, sizeof *found);
    cr_assert_eq(mlp_predictor_create(model, 5, &predictor, NULL), MLP_OK);
    mlp_model_predict(model, predictor, rows, n, found);
    for (size_t i = 0; i < n * n_out; i++)
        cr_expect_lt(fabsf(found[i] - expected[i]), 1e-5F, "%zu: %g, not %g", i,
                     (double)found[i], (double)expected[i]);
    mlp_predictor_destroy(predictor);
    free(rows);
    free(expected);
    free(found);
}

Test(npz, arrays_answer_as_the_libraries_that_made_them)
{
    for (size_t f = 0; f < N_FIXTURES; f++) {
        mlp_buffer bytes = fixture(fixtures[f]);
        struct asked asked;
        mlp_model *model, *again;
        mlp_error err;
        ask(fixtures[f], &asked);
        cr_assert_eq(mlp_model_read_npz(bytes.data, bytes.length,
                                        &asked.options, &model, &err),
                     MLP_OK, "%s: %s", fixtures[f], err.text);
        expect_answers(model, asked.json);
        const json_t *told = json_object_get(asked.json, "told");
        cr_expect_str_eq(mlp_task_name(mlp_model_task(model)),
                         json_string_value(json_object_get(told, "task")));
        cr_expect_not_null(
            strstr(mlp_model_record(model),
                   json_string_value(json_object_get(told, "warning"))),
            "%s: %s", fixtures[f], mlp_model_record(model));
        /* What it became is a model file. */
        mlp_buffer file = file_of(model);
        cr_assert_eq(mlp_model_read(file.data, file.length, &again, &err),
                     MLP_OK, "%s: %s", fixtures[f], err.text);
        expect_answers(again, asked.json);
        mlp_buffer_free(&file);
        mlp_model_destroy(again);
        mlp_model_destroy(model);
        mlp_buffer_free(&bytes);
        json_decref(asked.json);
    }
}

/* --- what is refused
 * -----------------------------------------------------------
 */

static void expect_refusal(const char *name,
                           const mlp_npz_options *options,
                           const char *says)
{
    mlp_buffer bytes = fixture(name);
    mlp_model *model;
    mlp_error err;
    mlp_status status =
        mlp_model_read_npz(bytes.data, bytes.length, options, &model, &err);
    cr_expect_eq(status, MLP_INVALID, "%s: %d", says, status);
    cr_expect_null(model);
    cr_expect_not_null(strstr(err.text, says), "'%s' does not say '%s'",
                       err.text, says);
    mlp_buffer_free(&bytes);
}

Test(npz, options_that_do_not_fit_are_refused_by_their_names)
{
    static const char *const two[] = {"a", "b"}, *const gap[] = {"a", "", "c"};
    static const mlp_activation relu[] = {MLP_RELU, MLP_RELU, MLP_RELU};
    static const struct {
        const char *name;
        mlp_npz_options options;
        const char *says;
    } cases[] = {
        {"torch_linear", {.task = MLP_TASK_AUTO}, "output: expected softmax"},
        {"torch_logits",
         {.output = MLP_OUTPUT_SOFTMAX},
         "activation: expected that of the 2 hidden layers"},
        {"torch_logits",
         {.output = MLP_OUTPUT_SOFTMAX,
          .activations = relu,
          .n_activations = 3},
         "activation: expected one, or one for each of the 2"},
        {"torch_linear",
         {.output = MLP_OUTPUT_IDENTITY,
          .activations = relu,
          .n_activations = 3},
         "activation: expected one, or one for each of the 0"},
        {"torch_linear",
         {.output = MLP_OUTPUT_SOFTMAX},
         "softmax of one number"},
        {"torch_linear",
         {.output = MLP_OUTPUT_IDENTITY, .features = two, .n_features = 2},
         "inputs: expected 4 names, one a column, got 2"},
        {"torch_linear",
         {.output = MLP_OUTPUT_IDENTITY, .targets = two, .n_targets = 2},
         "target: expected 1, got 2"},
        {"sklearn_regressor",
         {.output = MLP_OUTPUT_IDENTITY,
          .activations = relu,
          .n_activations = 1,
          .targets = two,
          .n_targets = 2,
          .labels = two,
          .n_labels = 2},
         "labels: target names the outputs"},
        {"torch_logits",
         {.output = MLP_OUTPUT_SOFTMAX,
          .activations = relu,
          .n_activations = 1,
          .labels = two,
          .n_labels = 2},
         "labels: expected 3, one a class, got 2"},
        {"torch_logits",
         {.output = MLP_OUTPUT_SOFTMAX,
          .task = MLP_TASK_REGRESSION,
          .activations = relu,
          .n_activations = 1},
         "task: the network ends in softmax, which regression does not"},
        {"sklearn_regressor",
         {.output = MLP_OUTPUT_IDENTITY,
          .activations = relu,
          .n_activations = 1,
          .targets = gap,
          .n_targets = 2},
         "target: name 1: expected UTF-8 text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_refusal(cases[i].name, &cases[i].options, cases[i].says);
}

/* --- arrays of a test's own
 * ---------------------------------------------------
 */

struct array {
    const char *name, *header;
    size_t bytes; /* of data … */
    uint8_t each; /* … each of which is this one */
};

static void put(mlp_buffer *out, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++, value >>= 8) {
        char byte = (char)(value & 0xff);
        mlp_buffer_append(out, &byte, 1);
    }
}

/* CRC-32, bit by bit. */
static uint32_t crc_of(const char *bytes, size_t n)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < n; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static mlp_buffer npy(const struct array *array)
{
    mlp_buffer out;
    mlp_buffer_init(&out, SIZE_MAX - 1);
    mlp_buffer_append(&out, "\x93NUMPY\1\0", 8);
    put(&out, strlen(array->header), 2);
    mlp_buffer_text(&out, array->header);
    for (size_t i = 0; i < array->bytes; i++)
        put(&out, array->each, 1);
    return out;
}

static void
put_names(mlp_buffer *out, const char *name, size_t size, uint32_t crc)
{
    put(out, 0, 4);
    put(out, crc, 4);
    put(out, size, 4);
    put(out, size, 4);
    put(out, strlen(name), 2);
}

static mlp_buffer npz(const struct array *arrays, size_t n)
{
    size_t at[MAX_NAMES];
    mlp_buffer out, directory;
    mlp_buffer_init(&out, SIZE_MAX - 1);
    mlp_buffer_init(&directory, SIZE_MAX - 1);
    for (size_t i = 0; i < n; i++) {
        mlp_buffer data = npy(&arrays[i]);
        uint32_t crc = crc_of(data.data, data.length);
        at[i] = out.length;
        put(&out, 0x04034b50, 4);
        put(&out, 20, 6); /* version, flags, method */
        put_names(&out, arrays[i].name, data.length, crc);
        put(&out, 0, 2);
        mlp_buffer_text(&out, arrays[i].name);
        mlp_buffer_append(&out, data.data, data.length);
        put(&directory, 0x02014b50, 4);
        put(&directory, 20, 2);
        put(&directory, 20, 6);
        put_names(&directory, arrays[i].name, data.length, crc);
        put(&directory, 0, 12);
        put(&directory, at[i], 4);
        mlp_buffer_text(&directory, arrays[i].name);
        mlp_buffer_free(&data);
    }
    size_t begin = out.length;
    if (n > 0)
        mlp_buffer_append(&out, directory.data, directory.length);
    put(&out, 0x06054b50, 4);
    put(&out, 0, 4);
    put(&out, n, 2);
    put(&out, n, 2);
    put(&out, directory.length, 4);
    put(&out, begin, 4);
    put(&out, 0, 2);
    mlp_buffer_free(&directory);
    return out;
}

#define HEADER(type, shape)                                                    \
    "{'descr': '" type "', 'fortran_order': False, 'shape': (" shape "), }\n"
#define F4(shape) HEADER("<f4", shape)
#define F8(shape) HEADER("<f8", shape)

static mlp_status
read_arrays(const struct array *arrays, size_t n, mlp_error *err)
{
    static const mlp_activation relu = MLP_RELU;
    static const mlp_npz_options options = {.output = MLP_OUTPUT_IDENTITY,
                                            .activations = &relu,
                                            .n_activations = 1};
    mlp_buffer bytes = npz(arrays, n);
    mlp_model *model;
    *err = (mlp_error){0};
    mlp_status status =
        mlp_model_read_npz(bytes.data, bytes.length, &options, &model, err);
    cr_expect_eq(status == MLP_OK, model != NULL);
    mlp_model_destroy(model);
    mlp_buffer_free(&bytes);
    return status;
}

Test(npz, arrays_that_are_no_network_are_refused_by_name)
{
    static const struct {
        struct array arrays[4];
        const char *says;
    } cases[] = {
        {{{NULL, NULL, 0, 0}}, "the archive is empty"},
        {{{"W0", F4("2, 3"), 24, 0}}, "ends in .npy"},
        {{{"w0.npy", F4("2, 3"), 24, 0}}, "array \"w0.npy\": expected W0, b0"},
        {{{"arr_0.npy", F4("2, 3"), 24, 0}},
         "array \"arr_0.npy\": expected W0"},
        {{{"W1.npy", F4("2, 3"), 24, 0}}, "array \"W0\" is missing"},
        {{{"W0.npy", F4("2, 3"), 24, 0}, {"W2.npy", F4("3, 1"), 12, 0}},
         "array \"W1\" is missing"},
        {{{"b0.npy", F4("3,"), 12, 0}}, "\"b0.npy\": the weights beside it"},
        {{{"W0.npy", F4("2, 3"), 24, 0}, {"W00.npy", F4("2, 3"), 24, 0}},
         "its number is there twice"},
        {{{"W0.npy", F4("2, 3"), 24, 0}, {"intercepts_0.npy", F4("3,"), 12, 0}},
         "named in another way"},
        {{{"fc1.weight.npy", F4("2, 3"), 24, 0},
          {"out.weight.npy", F4("1, 2"), 8, 0}},
         "expected names that differ in one number"},
        {{{"a0.b1.weight.npy", F4("2, 3"), 24, 0},
          {"a1.b2.weight.npy", F4("1, 2"), 8, 0}},
         "expected names that differ in one number"},
        {{{"W0.npy", F4("2, 3"), 24, 0}, {"W1.npy", F4("2, 1"), 8, 0}},
         "\"W1.npy\": expected [inputs, outputs] with 3 inputs, got the shape "
         "[2, 1]"},
        {{{"0.weight.npy", F4("3, 2"), 24, 0},
          {"2.weight.npy", F4("3, 1"), 12, 0}},
         "\"2.weight.npy\": expected [outputs, inputs] with 3 inputs"},
        {{{"W0.npy", F4("2, 3"), 24, 0}, {"b0.npy", F4("3, 1"), 12, 0}},
         "\"b0.npy\": expected the shape [3]"},
        {{{"W0.npy", F4("2, 3"), 24, 0}, {"b0.npy", F4("2,"), 8, 0}},
         "\"b0.npy\": expected the shape [3]"},
        {{{"W0.npy", F4("6,"), 24, 0}}, "\"W0.npy\": expected a matrix"},
        {{{"W0.npy", F4(""), 4, 0}}, "expected one axis or two"},
        {{{"W0.npy", F4("1, 2, 3"), 24, 0}}, "expected one axis or two"},
        {{{"W0.npy", HEADER("<i4", "2, 3"), 24, 0}}, "expected float16"},
        {{{"W0.npy", HEADER("|b1", "2, 3"), 6, 0}}, "expected float16"},
        {{{"W0.npy", F4("2, 3"), 23, 0}}, "data is of another length"},
        {{{"W0.npy", F4("2, 3"), 25, 0}}, "data is of another length"},
        {{{"W0.npy", F4("0, 3"), 0, 0}}, "it has no elements"},
        {{{"W0.npy", F4("4294967296, 4294967296"), 0, 0}},
         "data is of another length"},
        {{{"W0.npy", F4("2, 3"), 24, 0xff}},
         "\"W0.npy\": expected numbers that a float can hold, got"},
        {{{"W0.npy", F4("2, 3"), 24, 0}, {"b0.npy", F8("3,"), 24, 0x7e}},
         "\"b0.npy\": expected numbers that a float can hold, got"},
        {{{"W0.npy", F4("1, 70000"), 280000, 0}}, "at most 65536 units"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlp_error err;
        size_t n = 0;
        while (n < 4 && cases[i].arrays[n].name != NULL)
            n++;
        cr_expect_eq(read_arrays(cases[i].arrays, n, &err), MLP_INVALID,
                     "%s: %s", cases[i].says, err.text);
        cr_expect_not_null(strstr(err.text, cases[i].says),
                           "'%s' does not say '%s'", err.text, cases[i].says);
    }
}

Test(npz, what_is_no_npy_file_is_malformed_and_named)
{
    static const struct array objects = {"W0.npy", HEADER("|O", "2, 3"), 24, 0};
    mlp_error err;
    cr_expect_eq(read_arrays(&objects, 1, &err), MLP_FORMAT);
    cr_expect_not_null(strstr(err.text, "array \"W0.npy\": header"), "%s",
                       err.text);
}

Test(npz, layers_are_in_the_order_of_their_numbers)
{
    static const struct array arrays[] = {
        {"m.l10.weight.npy", F4("1, 4"), 16, 0},
        {"m.l9.weight.npy", F4("4, 3"), 48, 0},
        {"m.l1.weight.npy", F4("3, 2"), 24, 0},
    };
    mlp_error err;
    cr_expect_eq(read_arrays(arrays, 3, &err), MLP_OK, "%s", err.text);
}

static mlp_status read_exactly(const char *bytes,
                               size_t n,
                               const mlp_npz_options *options,
                               mlp_error *err)
{
    char *copy = malloc(n > 0 ? n : 1);
    mlp_model *model;
    memcpy(copy, bytes, n);
    *err = (mlp_error){0};
    mlp_status status = mlp_model_read_npz(copy, n, options, &model, err);
    cr_assert_eq(status == MLP_OK, model != NULL);
    cr_assert_eq(status, err->status);
    mlp_model_destroy(model);
    free(copy);
    return status;
}

Test(npz, truncated_or_flipped_at_every_byte_never_crashes)
{
    for (size_t f = 0; f < N_FIXTURES; f++) {
        mlp_buffer bytes = fixture(fixtures[f]);
        struct asked asked;
        mlp_error err;
        ask(fixtures[f], &asked);
        for (size_t n = 0; n < bytes.length; n++)
            cr_expect_eq(read_exactly(bytes.data, n, &asked.options, &err),
                         MLP_FORMAT, "%s, %zu: %s", fixtures[f], n, err.text);
        for (size_t at = 0; at < bytes.length; at++) {
            bytes.data[at] ^= 0x41;
            mlp_status status =
                read_exactly(bytes.data, bytes.length, &asked.options, &err);
            cr_expect(status == MLP_OK || status == MLP_FORMAT ||
                          status == MLP_INVALID || status == MLP_LIMIT,
                      "%s, %zu: %d", fixtures[f], at, status);
            bytes.data[at] ^= 0x41;
        }
        mlp_buffer_free(&bytes);
        json_decref(asked.json);
    }
}

/* --- out of memory -----------------------------------------------------------
 */

Test(npz, import_leaks_nothing_when_any_single_allocation_fails)
{
    mlp_buffer bytes = fixture("sklearn_species");
    struct asked asked;
    bool failed = true;
    ask("sklearn_species", &asked);
    for (size_t n = 0; failed; n++) {
        mlp_model *model;
        allocation_watch(n);
        mlp_status status = mlp_model_read_npz(bytes.data, bytes.length,
                                               &asked.options, &model, NULL);
        mlp_model_destroy(model);
        struct allocation_report report = allocation_unwatch();
        failed = report.failed;
        cr_expect_eq(status, failed ? MLP_NOMEM : MLP_OK, "allocation %zu: %d",
                     n, status);
        cr_expect_eq(report.n_left, 0, "allocation %zu", n);
    }
    mlp_buffer_free(&bytes);
    json_decref(asked.json);
}
