/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocation.h"
#include "models.h"

static const mlp_task tasks[] = {MLP_TASK_CLASSIFICATION, MLP_TASK_REGRESSION,
                                 MLP_TASK_MULTILABEL};
enum { N_TASKS = sizeof tasks / sizeof *tasks };

static mlp_status read_model(const char *bytes, size_t n)
{
    mlp_model *model;
    mlp_error err = {0};
    mlp_status status = mlp_model_read(bytes, n, &model, &err);
    cr_assert_eq(status == MLP_OK, model != NULL);
    cr_assert_eq(status, err.status);
    mlp_model_destroy(model);
    return status;
}

Test(model_file, what_is_read_is_written_again_with_the_same_bytes)
{
    for (size_t i = 0; i < N_TASKS; i++) {
        mlp_model *model = small_model(tasks[i]), *again;
        const char record[] = "{\"seed\": 7, \"note\": \"\\u00e4\\\"\"}";
        mlp_error err;
        cr_assert_eq(
            mlp_model_set_record(model, record, sizeof record - 1, &err),
            MLP_OK);
        mlp_buffer first = file_of(model);
        cr_assert_eq(mlp_model_read(first.data, first.length, &again, &err),
                     MLP_OK, "%s", err.text);
        mlp_buffer second = file_of(again);
        cr_expect_eq(first.length, second.length);
        cr_expect_arr_eq(first.data, second.data, first.length);
        cr_expect_str_eq(mlp_model_record(again), record);
        cr_expect_eq(mlp_model_task(again), tasks[i]);
        mlp_buffer_free(&first);
        mlp_buffer_free(&second);
        mlp_model_destroy(model);
        mlp_model_destroy(again);
    }
}

Test(model_file, bytes_that_no_float_can_stand_at_are_read_alike)
{
    mlp_model *model = small_model(MLP_TASK_REGRESSION), *again;
    mlp_buffer first = file_of(model);
    for (size_t shift = 1; shift < sizeof(float); shift++) {
        char *moved = malloc(first.length + shift);
        cr_assert_not_null(moved);
        memcpy(moved + shift, first.data, first.length);
        cr_assert_eq(mlp_model_read(moved + shift, first.length, &again, NULL),
                     MLP_OK);
        free(moved);
        mlp_buffer second = file_of(again);
        cr_expect_eq(first.length, second.length);
        cr_expect_arr_eq(first.data, second.data, first.length);
        mlp_buffer_free(&second);
        mlp_model_destroy(again);
    }
    mlp_buffer_free(&first);
    mlp_model_destroy(model);
}

Test(model_file, a_model_answers_alike_before_and_after)
{
    mlp_table *table = csv_table("b,a\n1,2\n-3,4e5\n,\n", NULL);
    for (size_t i = 0; i < N_TASKS; i++) {
        mlp_model *model = small_model(tasks[i]), *again;
        mlp_buffer file = file_of(model);
        cr_assert_eq(mlp_model_read(file.data, file.length, &again, NULL),
                     MLP_OK);
        float *before = answers_of(model, table);
        float *after = answers_of(again, table);
        cr_expect_arr_eq(before, after,
                         3 * mlp_model_n_outputs(model) * sizeof *before);
        free(before);
        free(after);
        mlp_buffer_free(&file);
        mlp_model_destroy(model);
        mlp_model_destroy(again);
    }
    mlp_table_destroy(table);
}

/* An allocation of exactly n bytes, so that a sanitizer sees one too far. */
static mlp_status read_exactly(const char *bytes, size_t n)
{
    char *copy = malloc(n > 0 ? n : 1);
    memcpy(copy, bytes, n);
    mlp_status status = read_model(copy, n);
    free(copy);
    return status;
}

Test(model_file, truncated_at_every_byte_is_refused_and_never_crashes)
{
    mlp_model *model = small_model(MLP_TASK_REGRESSION);
    mlp_buffer file = file_of(model);
    for (size_t n = 0; n < file.length; n++)
        cr_expect_eq(read_exactly(file.data, n), MLP_FORMAT, "%zu bytes", n);
    cr_expect_eq(read_exactly(file.data, file.length), MLP_OK);
    mlp_buffer_append(&file, "", 1);
    cr_expect_eq(read_exactly(file.data, file.length), MLP_FORMAT);
    mlp_buffer_free(&file);
    mlp_model_destroy(model);
}

Test(model_file, any_byte_flipped_never_crashes)
{
    for (size_t i = 0; i < N_TASKS; i++) {
        mlp_model *model = small_model(tasks[i]);
        mlp_buffer file = file_of(model);
        for (size_t at = 0; at < file.length * 8; at++) {
            char bit = (char)(1 << at % 8);
            file.data[at / 8] ^= bit;
            mlp_status status = read_exactly(file.data, file.length);
            cr_expect(status == MLP_OK || status == MLP_FORMAT ||
                          status == MLP_LIMIT,
                      "bit %zu: status %d", at, status);
            file.data[at / 8] ^= bit;
        }
        mlp_buffer_free(&file);
        mlp_model_destroy(model);
    }
}

/* --- files by hand --------------------------------------------------------
 *
 * features a, b; one hidden layer of 2; two classes: 2 + 2 + 4 + 2 + 4 + 2
 * numbers. */
enum { N_DATA = 16 * 4 };
static const char metadata[] =
    "\"__metadata__\":{\"classes\":\"[\\\"no\\\",\\\"yes\\\"]\","
    "\"features\":\"[\\\"a\\\",\\\"b\\\"]\",\"format\":\"mlpd\","
    "\"format_version\":\"1\",\"hidden_activations\":\"[\\\"relu\\\"]\","
    "\"hidden_units\":\"[2]\",\"output\":\"softmax\",\"record\":\"{}\","
    "\"scaling\":\"standard\",\"targets\":\"[\\\"t\\\"]\","
    "\"task\":\"classification\"}";
static const char tensors[] =
    "\"inputs.scale\":{\"dtype\":\"F32\",\"shape\":[2],"
    "\"data_offsets\":[0,8]},"
    "\"inputs.shift\":{\"dtype\":\"F32\",\"shape\":[2],"
    "\"data_offsets\":[8,16]},"
    "\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[2],"
    "\"data_offsets\":[16,24]},"
    "\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],"
    "\"data_offsets\":[24,40]},"
    "\"layers.1.bias\":{\"dtype\":\"F32\",\"shape\":[2],"
    "\"data_offsets\":[40,48]},"
    "\"layers.1.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],"
    "\"data_offsets\":[48,64]}";

/* The file by hand with the first `old` in its header replaced by `new`. */
static mlp_buffer edited(const char *old, const char *new, const float *data)
{
    mlp_buffer header, file;
    static const char zeros[N_DATA];
    mlp_buffer_init(&header, 1 << 16);
    mlp_buffer_init(&file, 1 << 16);
    mlp_buffer_format(&header, "{%s,%s}", metadata, tensors);
    const char *at = strstr(header.data, old);
    cr_assert_not_null(at, "%s", old);
    size_t before = (size_t)(at - header.data);
    uint64_t n = header.length - strlen(old) + strlen(new);
    mlp_buffer_append(&file, &n, sizeof n);
    mlp_buffer_append(&file, header.data, before);
    mlp_buffer_text(&file, new);
    mlp_buffer_text(&file, at + strlen(old));
    mlp_buffer_append(&file, data != NULL ? (const void *)data : zeros, N_DATA);
    mlp_buffer_free(&header);
    return file;
}

Test(model_file, a_file_by_hand_opens)
{
    mlp_buffer file = edited("", "", NULL);
    mlp_model *model;
    mlp_error err = {0};
    cr_assert_eq(mlp_model_read(file.data, file.length, &model, &err), MLP_OK,
                 "%s", err.text);
    cr_expect_eq(mlp_model_n_features(model), 2);
    cr_expect_str_eq(mlp_model_feature(model, 1), "b");
    cr_expect_str_eq(mlp_model_target(model, 0), "t");
    cr_expect_str_eq(mlp_model_class(model, 1)->text, "yes");
    cr_expect_eq(mlp_network_n_layers(mlp_model_network(model)), 2);
    mlp_model_destroy(model);
    mlp_buffer_free(&file);
}

Test(model_file, what_says_the_same_in_other_words_opens)
{
    static const char *const edits[][2] = {
        {"\"record\":\"{}\",", ""},
        {"\"record\":\"{}\"", "\"ignored\":\"[\\\"c\\\"]\""},
        {"[2]\",\"output", " [ 2 ] \",\"output"},
        {"\\\"no\\\"", "\\\"\\\\u006eo\\\""},
        {"[\\\"no\\\",\\\"yes\\\"]", "[false,true]"},
        {"[\\\"no\\\",\\\"yes\\\"]", "[-1.5e0,2]"},
        {"softmax", "sigmoid"},
        {"64]}}", "64]}} "},
    };
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        const char *old = edits[i][0], *new = edits[i][1];
        bool at_end = strcmp(old, "64]}}") == 0;
        mlp_buffer file =
            edited(at_end ? "64]}" : old, at_end ? "64]} " : new, NULL);
        mlp_model *model;
        mlp_error err = {0};
        cr_expect_eq(mlp_model_read(file.data, file.length, &model, &err),
                     MLP_OK, "%s: %s", new, err.text);
        mlp_model_destroy(model);
        mlp_buffer_free(&file);
    }
}

Test(model_file, what_makes_no_sense_is_refused_with_its_place)
{
    static const struct {
        const char *old, *new, *place;
    } bad[] = {
        {"\"mlpd\"", "\"pt\"", "format"},
        {"\"format_version\":\"1\"", "\"format_version\":\"2\"",
         "format_version"},
        {"\"format_version\":\"1\",", "", "format_version"},
        {"\"record\":\"{}\"", "\"record\":\"[]\"", "record"},
        {"\"record\":\"{}\"", "\"record\":\"{\"", "record"},
        {"\"record\":\"{}\"", "\"record\":\"\"", "record"},
        {"\"record\":", "\"notes\":", "notes"},
        {"\"record\":\"{}\"", "\"ignored\":\"[]\"", "ignored"},
        {"\"record\":\"{}\"", "\"ignored\":\"{}\"", "ignored"},
        {"\"record\":\"{}\"", "\"ignored\":\"[1]\"", "column names"},
        {"\"record\":\"{}\"", "\"ignored\":\"[\\\"b\\\"]\"", "'b'"},
        {"\"record\":\"{}\"", "\"ignored\":\"[\\\"c\\\",\\\"c\\\"]\"", "'c'"},
        {"\"task\":\"classification\"", "\"task\":\"auto\"", "task"},
        {"\"task\":\"classification\"", "\"task\":\"ranking\"", "task"},
        {"\"task\":\"classification\"", "\"task\":\"regression\"",
         "regression"},
        {"\"task\":\"classification\"", "\"task\":\"multilabel\"",
         "multilabel"},
        {"\"scaling\":\"standard\"", "\"scaling\":\"auto\"", "scaling"},
        {"\"scaling\":\"standard\"", "\"scaling\":\"byte\"", "inputs.scale"},
        {"\"scaling\":\"standard\"", "\"scaling\":\"none\"", "inputs.scale"},
        {"\"softmax\"", "\"identity\"", "output"},
        {"\"softmax\"", "\"auto\"", "output"},
        {"\"softmax\"", "\"argmax\"", "output"},
        {"[\\\"relu\\\"]", "[]", "hidden_activations"},
        {"[\\\"relu\\\"]", "[\\\"relu\\\",\\\"relu\\\"]", "hidden_activations"},
        {"[\\\"relu\\\"]", "[\\\"step\\\"]", "hidden_activations"},
        {"[\\\"relu\\\"]", "[1]", "hidden_activations"},
        {"[\\\"relu\\\"]", "\\\"relu\\\"", "hidden_activations"},
        {"\"[2]\"", "\"[0]\"", "hidden_units"},
        {"\"[2]\"", "\"[-2]\"", "hidden_units"},
        {"\"[2]\"", "\"[2.0]\"", "hidden_units"},
        {"\"[2]\"", "\"[2e0]\"", "hidden_units"},
        {"\"[2]\"", "\"[65537]\"", "hidden_units"},
        {"\"[2]\"", "\"[99999999999999999999]\"", "hidden_units"},
        {"\"[2]\"", "\"[\\\"2\\\"]\"", "hidden_units"},
        {"\"[2]\"", "\"[true]\"", "hidden_units"},
        {"\"[2]\"", "\"[3]\"", "layers.0"},
        {"\"[2]\"", "\"[65536]\"", "layers.0"},
        {"[\\\"a\\\",\\\"b\\\"]", "[]", "features"},
        {"[\\\"a\\\",\\\"b\\\"]", "[\\\"a\\\"]", "inputs"},
        {"[\\\"a\\\",\\\"b\\\"]", "[\\\"a\\\",\\\"a\\\"]", "'a'"},
        {"[\\\"a\\\",\\\"b\\\"]", "[\\\"a\\\",\\\"t\\\"]", "'t'"},
        {"[\\\"a\\\",\\\"b\\\"]", "[\\\"a\\\",\\\"\\\"]", "column names"},
        {"[\\\"a\\\",\\\"b\\\"]", "[\\\"a\\\",1]", "column names"},
        {"[\\\"a\\\",\\\"b\\\"]", "[\\\"a\\\",null]", "features"},
        {"[\\\"a\\\",\\\"b\\\"]", "[\\\"a\\\",[]]", "features"},
        {"[\\\"a\\\",\\\"b\\\"]", "{\\\"a\\\":\\\"b\\\"}", "features"},
        {"[\\\"a\\\",\\\"b\\\"]", "[\\\"a\\\",\\\"b\\\"", "features"},
        {"[\\\"t\\\"]", "[]", "targets"},
        {"[\\\"t\\\"]", "[\\\"t\\\",\\\"u\\\"]", "one target"},
        {"[\\\"no\\\",\\\"yes\\\"]", "[\\\"yes\\\",\\\"no\\\"]", "classes"},
        {"[\\\"no\\\",\\\"yes\\\"]", "[\\\"no\\\",\\\"no\\\"]", "classes"},
        {"[\\\"no\\\",\\\"yes\\\"]", "[1,1.0]", "classes"},
        {"[\\\"no\\\",\\\"yes\\\"]", "[1,\\\"yes\\\"]", "classes"},
        {"[\\\"no\\\",\\\"yes\\\"]", "[\\\"no\\\"]", "classes"},
        {"[\\\"no\\\",\\\"yes\\\"]", "[1,2,3]", "layers.1"},
        {"layers.1.bias", "layers.2.bias", "layers.1.bias"},
        {"inputs.shift", "inputs.mean", "inputs.shift"},
        {"\"shape\":[2,2]", "\"shape\":[4]", "layers.0.weight"},
        {"\"shape\":[2,2]", "\"shape\":[4,1]", "layers.0.weight"},
        {"\"shape\":[2,2]", "\"shape\":[2,2,1]", "layers.0.weight"},
        {"\"F32\"", "\"I32\"", "inputs.scale"},
        {"\"inputs.shift\"",
         "\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,8]},"
         "\"inputs.shift\"",
         "tensors"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mlp_buffer file = edited(bad[i].old, bad[i].new, NULL);
        mlp_model *model;
        mlp_error err = {0};
        cr_expect_eq(mlp_model_read(file.data, file.length, &model, &err),
                     MLP_FORMAT, "%s -> %s", bad[i].old, bad[i].new);
        cr_expect_null(model);
        cr_expect_not_null(strstr(err.text, bad[i].place), "%s -> %s: %s",
                           bad[i].old, bad[i].new, err.text);
        mlp_buffer_free(&file);
    }
}

Test(model_file, more_layers_than_the_limit_are_refused)
{
    mlp_buffer units;
    mlp_error err;
    mlp_model *model;
    mlp_buffer_init(&units, 1 << 16);
    mlp_buffer_text(&units, "\"[2");
    for (int i = 1; i < MLP_MAX_LAYERS; i++)
        mlp_buffer_text(&units, ",2");
    mlp_buffer_text(&units, "]\"");
    mlp_buffer file = edited("\"[2]\"", units.data, NULL);
    cr_expect_eq(mlp_model_read(file.data, file.length, &model, &err),
                 MLP_LIMIT);
    mlp_buffer_free(&units);
    mlp_buffer_free(&file);
}

Test(model_file, a_number_that_is_not_finite_is_refused_wherever_it_is)
{
    static const float strange[] = {NAN, -NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 4; i++) {
        for (size_t at = 0; at < N_DATA / 4; at++) {
            float data[N_DATA / 4] = {0};
            mlp_model *model;
            data[at] = strange[i];
            mlp_buffer file = edited("", "", data);
            cr_expect_eq(mlp_model_read(file.data, file.length, &model, NULL),
                         MLP_FORMAT, "number %zu", at);
            mlp_buffer_free(&file);
        }
    }
}

Test(model_file, read_leaks_nothing_when_any_single_allocation_fails)
{
    mlp_model *model = small_model(MLP_TASK_REGRESSION), *again;
    mlp_buffer file = file_of(model);
    for (size_t n = 0;; n++) {
        allocation_watch(n);
        mlp_status status =
            mlp_model_read(file.data, file.length, &again, NULL);
        struct allocation_report report = allocation_unwatch();
        if (!report.failed) {
            cr_expect_gt(n, 15);
            break;
        }
        cr_expect_eq(status, MLP_NOMEM, "allocation %zu", n);
        cr_expect_null(again);
        cr_expect_eq(report.n_left, 0, "allocation %zu", n);
    }
    mlp_model_destroy(again);
    mlp_model_destroy(model);
    mlp_buffer_free(&file);
}

static mlp_status
count_bytes(void *context, const void *bytes, size_t n, mlp_error *err)
{
    size_t *left = context;
    (void)bytes;
    if (n > *left)
        return mlp_fail(err, MLP_IO, "the disk is full");
    *left -= n;
    return MLP_OK;
}

Test(model_file, a_sink_that_fails_is_heard)
{
    mlp_model *model = small_model(MLP_TASK_REGRESSION);
    mlp_buffer file = file_of(model);
    for (size_t room = 0; room <= file.length; room++) {
        size_t left = room;
        mlp_error err = {0};
        mlp_status status =
            mlp_model_write(model, (mlp_sink){count_bytes, &left}, &err);
        cr_expect_eq(status, room < file.length ? MLP_IO : MLP_OK);
        cr_expect_eq(status, err.status);
    }
    mlp_buffer_free(&file);
    mlp_model_destroy(model);
}

Test(model_file, an_unaligned_file_is_read)
{
    mlp_model *model = small_model(MLP_TASK_MULTILABEL);
    mlp_buffer file = file_of(model);
    char *odd = malloc(file.length + 1);
    memcpy(odd + 1, file.data, file.length);
    cr_expect_eq(read_model(odd + 1, file.length), MLP_OK);
    free(odd);
    mlp_buffer_free(&file);
    mlp_model_destroy(model);
}

Test(model_file, save_and_load_go_by_path_and_leave_nothing_beside)
{
    char folder[] = "/tmp/test-model-XXXXXX", path[64], listing[64];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/m.safetensors", folder);
    snprintf(listing, sizeof listing, "%s/.", folder);
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION), *again;
    mlp_error err;
    cr_assert_eq(mlp_model_save(model, path, &err), MLP_OK, "%s", err.text);
    cr_assert_eq(mlp_model_save(model, path, &err), MLP_OK, "%s", err.text);
    cr_assert_eq(mlp_model_load(path, &again, &err), MLP_OK, "%s", err.text);
    mlp_buffer first = file_of(model), second = file_of(again);
    cr_expect_arr_eq(first.data, second.data, first.length);
    cr_expect_eq(unlink(path), 0);
    cr_expect_eq(rmdir(folder), 0, "something was left beside the file");
    mlp_buffer_free(&first);
    mlp_buffer_free(&second);
    mlp_model_destroy(model);
    mlp_model_destroy(again);
}

Test(model_file, a_path_that_is_no_file_is_an_io_error)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION), *again;
    mlp_error err;
    cr_expect_eq(mlp_model_load("/nonexistent/m", &again, &err), MLP_IO);
    cr_expect_null(again);
    cr_expect_eq(mlp_model_load("/dev/null", &again, &err), MLP_IO);
    cr_expect_eq(mlp_model_load("/tmp", &again, &err), MLP_IO);
    cr_expect_eq(mlp_model_save(model, "/nonexistent/m", &err), MLP_IO);
    mlp_model_destroy(model);
}

Test(model_file, a_record_is_a_json_object_or_refused)
{
    static const char *const bad[] = {
        "", "[]", "1", "null", "{\"a\":}", "{} {}", "{\"a\":NaN}", "{'a':1}"};
    mlp_model *model = small_model(MLP_TASK_REGRESSION);
    mlp_error err;
    cr_expect_str_eq(mlp_model_record(model), "{}");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_eq(mlp_model_set_record(model, bad[i], strlen(bad[i]), &err),
                     MLP_INVALID, "%s", bad[i]);
    cr_expect_str_eq(mlp_model_record(model), "{}");
    mlp_model_destroy(model);
}
