/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/safetensors.h"

/* A file of this header and so many bytes of data, all 0. */
static mlp_buffer file_with(const char *header, size_t n_data)
{
    mlp_buffer file;
    uint64_t n = strlen(header);
    mlp_buffer_init(&file, SIZE_MAX - 1);
    for (size_t i = 0; i < 8; i++) {
        unsigned char byte = (unsigned char)(n >> (8 * i));
        mlp_buffer_append(&file, &byte, 1);
    }
    mlp_buffer_text(&file, header);
    for (size_t i = 0; i < n_data; i++)
        mlp_buffer_append(&file, "", 1);
    return file;
}

static mlp_status read_header(const char *header, size_t n_data, mlp_error *err)
{
    mlp_buffer bytes = file_with(header, n_data);
    struct safetensors file;
    mlp_status status = safetensors_read(bytes.data, bytes.length, &file, err);
    safetensors_free(&file);
    mlp_buffer_free(&bytes);
    return status;
}

#define TENSOR(name, shape, begin, end)                                        \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape                         \
    ",\"data_offsets\":[" #begin "," #end "]}"

Test(safetensors, what_the_format_allows_is_read)
{
    static const struct {
        const char *header;
        size_t n_data;
    } good[] = {
        {"{}", 0},
        {"{}      ", 0},
        {"{\"__metadata__\":{}}", 0},
        {"{" TENSOR("a", "[2]", 0, 8) "}", 8},
        {"{" TENSOR("a", "[]", 0, 4) "}", 4},
        {"{" TENSOR("a", "[0]", 0, 0) "}", 0},
        {"{" TENSOR("a", "[9223372036854775807,0,3]", 0, 0) "}", 0},
        {"{" TENSOR("b", "[1]", 4, 8) "," TENSOR("a", "[1]", 0, 4) "}", 8},
        {"{" TENSOR("a", "[0]", 4, 4) "," TENSOR("b", "[1]", 0, 4) "}", 4},
        {"{ \"a\" : {\"shape\":[1],\"data_offsets\":[0,8],"
         "\"dtype\":\"I64\"} }",
         8},
        {"{\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[3],"
         "\"data_offsets\":[0,3]}}",
         3},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        mlp_error err = {0};
        cr_expect_eq(read_header(good[i].header, good[i].n_data, &err), MLP_OK,
                     "%s: %s", good[i].header, err.text);
    }
}

Test(safetensors, what_the_format_forbids_is_refused)
{
    static const struct {
        const char *header;
        size_t n_data;
    } bad[] = {
        {"", 0},
        {" {}", 0},
        {"[]", 0},
        {"{}\n", 0},
        {"{}\t ", 0},
        {"{} {}", 0},
        {"{}x", 0},
        {"{", 0},
        {"{}}", 0},
        {"{'a':1}", 0},
        {"{\"a\":1}", 0},
        {"{\"a\":null}", 0},
        {"{\"a\":[]}", 0},
        {"{\"a\":{}}", 0},
        {"{\"__metadata__\":[]}", 0},
        {"{\"__metadata__\":{\"a\":1}}", 0},
        {"{\"__metadata__\":{\"a\":null}}", 0},
        {"{\"__metadata__\":{\"a\":{}}}", 0},
        {"{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0},
        {"{\"__metadata__\":{\"a\":\"1\",\"\\u0061\":\"2\"}}", 0},
        {"{\"__metadata__\":{},\"__metadata__\":{}}", 0},
        {"{\"__metadata__\":{\"a\":\"\xff\"}}", 0},
        {"{\"__metadata__\":{\"a\":\"\\ud800\"}}", 0},
        {"{\"__metadata__\":{\"a\":\"\\u0000\"}}", 0},
        {"{" TENSOR("a", "[1]", 0, 4) "," TENSOR("a", "[1]", 4, 8) "}", 8},
        {"{" TENSOR("a", "[2]", 0, 4) "}", 4},
        {"{" TENSOR("a", "[1]", 0, 4) "}", 3},
        {"{" TENSOR("a", "[1]", 0, 4) "}", 5},
        {"{" TENSOR("a", "[1]", 0, 4) "}", 0},
        {"{" TENSOR("a", "[1]", 1, 5) "}", 5},
        {"{" TENSOR("a", "[1]", 0, 4) "," TENSOR("b", "[1]", 5, 9) "}", 9},
        {"{" TENSOR("a", "[2]", 0, 8) "," TENSOR("b", "[2]", 4, 12) "}", 12},
        {"{" TENSOR("a", "[1]", 0, 4) "," TENSOR("b", "[1]", 0, 4) "}", 4},
        {"{" TENSOR("a", "[1]", 4, 0) "}", 4},
        {"{" TENSOR("a", "[1]", 0, 18446744073709551615) "}", 4},
        {"{" TENSOR("a", "[1]", 0, 18446744073709551616) "}", 4},
        {"{" TENSOR("a", "[4294967296,4294967296]", 0, 0) "}", 0},
        {"{" TENSOR("a", "[4611686018427387904]", 0, 0) "}", 0},
        {"{" TENSOR("a", "[4611686018427387905]", 0, 4) "}", 4},
        {"{" TENSOR("a", "[-1]", 0, 4) "}", 4},
        {"{" TENSOR("a", "[-0]", 0, 0) "}", 0},
        {"{" TENSOR("a", "[1.0]", 0, 4) "}", 4},
        {"{" TENSOR("a", "[1e0]", 0, 4) "}", 4},
        {"{" TENSOR("a", "[\"1\"]", 0, 4) "}", 4},
        {"{" TENSOR("a", "[null]", 0, 4) "}", 4},
        {"{" TENSOR("a", "[[1]]", 0, 4) "}", 4},
        {"{" TENSOR("a", "[1,]", 0, 4) "}", 4},
        {"{" TENSOR("a", "1", 0, 4) "}", 4},
        {"{" TENSOR("a", "[1,1,1,1,1,1,1,1,1]", 0, 4) "}", 4},
        {"{" TENSOR("a", "[1]", 0, 4e0) "}", 4},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4},
        {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4},
        {"{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4},
        {"{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4},
        {"{\"a\":{\"dtype\":\"f32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4},
        {"{\"a\":{\"dtype\":32,\"shape\":[1],\"data_offsets\":[0,4]}}", 4},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[]}}", 4},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}",
         4},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],"
         "\"x\":1}}",
         4},
        {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],"
         "\"data_offsets\":[0,4]}}",
         4},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mlp_error err = {0};
        mlp_status status = read_header(bad[i].header, bad[i].n_data, &err);
        cr_expect(status == MLP_FORMAT || status == MLP_LIMIT, "%s: status %d",
                  bad[i].header, status);
        cr_expect(status == err.status && strlen(err.text) > 10, "%s",
                  bad[i].header);
    }
}

Test(safetensors, a_length_that_lies_is_refused_before_anything_is_read)
{
    static const struct {
        uint64_t n;
        mlp_status status;
    } lies[] = {
        {0, MLP_FORMAT},
        {1, MLP_FORMAT},
        {3, MLP_FORMAT},
        {UINT64_MAX, MLP_FORMAT},
        {UINT64_MAX - 7, MLP_FORMAT},
        {1ULL << 32, MLP_FORMAT},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        mlp_buffer bytes = file_with("{}", 0);
        struct safetensors file;
        memcpy(bytes.data, &lies[i].n, sizeof lies[i].n);
        cr_expect_eq(safetensors_read(bytes.data, bytes.length, &file, NULL),
                     lies[i].status, "%zu", i);
        safetensors_free(&file);
        mlp_buffer_free(&bytes);
    }
}

Test(safetensors, fewer_than_eight_bytes_are_refused)
{
    static const char bytes[8] = {2};
    for (size_t n = 0; n < 8; n++) {
        struct safetensors file;
        cr_expect_eq(safetensors_read(bytes, n, &file, NULL), MLP_FORMAT);
        safetensors_free(&file);
    }
}

Test(safetensors, a_header_above_the_ceiling_is_refused)
{
    size_t n = SAFETENSORS_MAX_HEADER + 1;
    char *header = calloc(1, n + 1);
    mlp_error err;
    memset(header, ' ', n);
    memcpy(header, "{}", 2);
    cr_expect_eq(read_header(header, 0, &err), MLP_LIMIT);
    header[n - 1] = '\0';
    cr_expect_eq(read_header(header, 0, &err), MLP_OK);
    free(header);
}

Test(safetensors, more_entries_than_the_ceiling_are_refused)
{
    mlp_buffer header;
    mlp_error err;
    mlp_buffer_init(&header, 1 << 20);
    mlp_buffer_text(&header, "{");
    for (int i = 0; i <= SAFETENSORS_MAX_ENTRIES; i++)
        mlp_buffer_format(&header,
                          "%s\"t%d\":{\"dtype\":\"F32\",\"shape\":[0],"
                          "\"data_offsets\":[0,0]}",
                          i == 0 ? "" : ",", i);
    mlp_buffer_text(&header, "}");
    cr_expect_eq(read_header(header.data, 0, &err), MLP_LIMIT);
    mlp_buffer_free(&header);
}

Test(safetensors, what_is_written_is_read_and_written_again_just_so)
{
    static const float weights[6] = {1, 2, 3, 4, 5, 6}, biases[2] = {7, 8};
    struct safetensors_tensor tensors[] = {
        {.name = "w",
         .dtype = "F32",
         .rank = 2,
         .shape = {2, 3},
         .data = weights},
        {.name = "b", .dtype = "F32", .rank = 1, .shape = {2}, .data = biases},
    };
    struct safetensors_pair pairs[] = {{"z", "a \"quoted\"\ntext", 15},
                                       {"k", "", 0}};
    struct safetensors file = {
        .tensors = tensors, .n_tensors = 2, .pairs = pairs, .n_pairs = 2};
    struct safetensors again;
    mlp_buffer first, second;
    mlp_buffer_init(&first, 1 << 16);
    mlp_buffer_init(&second, 1 << 16);
    cr_assert_eq(safetensors_write(&file, mlp_buffer_sink(&first), NULL),
                 MLP_OK);
    cr_assert_eq(safetensors_read(first.data, first.length, &again, NULL),
                 MLP_OK);
    cr_expect_eq(again.n_tensors, 2);
    cr_expect_str_eq(again.tensors[0].name, "b");
    cr_expect_eq(safetensors_tensor_of(&again, "w")->begin, 8);
    cr_expect_str_eq(safetensors_pair_of(&again, "z")->value,
                     "a \"quoted\"\ntext");
    cr_expect_eq(safetensors_pair_of(&again, "k")->length, 0);
    cr_assert_eq(safetensors_write(&again, mlp_buffer_sink(&second), NULL),
                 MLP_OK);
    cr_expect_eq(first.length, second.length);
    cr_expect_arr_eq(first.data, second.data, first.length);
    cr_expect_eq(first.length % 8, 0);
    safetensors_free(&again);
    mlp_buffer_free(&first);
    mlp_buffer_free(&second);
}
