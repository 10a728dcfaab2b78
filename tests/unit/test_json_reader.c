/* SPDX-License-Identifier: MIT
 *
 * The strict JSON reader: what it hands out, what it refuses and how it says
 * so. test_json_documents.c holds it against another reader. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/json.h"

/* --- recording ------------------------------------------------------------ */

/* One line a token: its name, depth, offset and spelling. */
static mlp_status
record(void *context, const mlp_json_token *token, mlp_error *err)
{
    static const char *const names[] = {
        [MLP_JSON_OBJECT_BEGIN] = "object",
        [MLP_JSON_OBJECT_END] = "/object",
        [MLP_JSON_ARRAY_BEGIN] = "array",
        [MLP_JSON_ARRAY_END] = "/array",
        [MLP_JSON_KEY] = "key",
        [MLP_JSON_STRING] = "string",
        [MLP_JSON_NUMBER] = "number",
        [MLP_JSON_TRUE] = "true",
        [MLP_JSON_FALSE] = "false",
        [MLP_JSON_NULL] = "null",
    };
    (void)err;
    mlp_buffer_format(context, "%s %zu %" PRIu64 " %.*s\n", names[token->event],
                      token->depth, token->offset, (int)token->length,
                      token->text);
    return MLP_OK;
}

/* Feed `text` in pieces of `size` bytes, each in memory of its own. */
static mlp_status feed_pieces(const char *text,
                              size_t length,
                              size_t size,
                              size_t max_depth,
                              size_t max_token,
                              mlp_buffer *out,
                              mlp_error *err)
{
    mlp_json_reader *reader;
    mlp_buffer_init(out, 1000000);
    mlp_status status =
        mlp_json_reader_create(record, out, max_depth, max_token, &reader, err);
    cr_assert_eq(status, MLP_OK);
    for (size_t i = 0; i < length && status == MLP_OK; i += size) {
        size_t n = length - i < size ? length - i : size;
        char *piece = malloc(n);
        memcpy(piece, text + i, n);
        status = mlp_json_reader_feed(reader, piece, n, err);
        free(piece);
    }
    if (status == MLP_OK)
        status = mlp_json_reader_finish(reader, err);
    mlp_json_reader_destroy(reader);
    return status;
}

static void check_record(const char *text, const char *want)
{
    for (size_t size = 1; size <= strlen(text); size++) {
        mlp_buffer out;
        mlp_error err = {0};
        mlp_status status =
            feed_pieces(text, strlen(text), size, 10, 1000, &out, &err);
        cr_assert_eq(status, MLP_OK, "%s: %s", text, err.text);
        cr_assert_str_eq(out.data, want);
        mlp_buffer_free(&out);
    }
}

/* Refused with these words, however it is cut. */
static void check_refusal(const char *text, mlp_status want, const char *words)
{
    for (size_t size = 1; size <= strlen(text) + 1; size++) {
        mlp_buffer out;
        mlp_error err = {0};
        mlp_status status =
            feed_pieces(text, strlen(text), size, 3, 20, &out, &err);
        cr_assert_eq(status, want, "%s", text);
        cr_assert_eq(err.status, want, "%s", text);
        cr_assert_str_eq(err.text, words);
        mlp_buffer_free(&out);
    }
}

/* --- tokens --------------------------------------------------------------- */

Test(json_reader, tokens_say_their_depth_place_and_spelling)
{
    check_record("{\"a\": [1, -2.50e1, \"x\\n\\u00e9\"],\n \"\": {}, "
                 "\"k\\\"\":true}",
                 "object 0 0 {\n"
                 "key 1 1 a\n"
                 "array 1 6 [\n"
                 "number 2 7 1\n"
                 "number 2 10 -2.50e1\n"
                 "string 2 19 x\\n\\u00e9\n"
                 "/array 1 30 ]\n"
                 "key 1 34 \n"
                 "object 1 38 {\n"
                 "/object 1 39 }\n"
                 "key 1 42 k\\\"\n"
                 "true 1 48 true\n"
                 "/object 0 52 }\n");
    check_record("[false,null,[[]],12]", "array 0 0 [\n"
                                         "false 1 1 false\n"
                                         "null 1 7 null\n"
                                         "array 1 12 [\n"
                                         "array 2 13 [\n"
                                         "/array 2 14 ]\n"
                                         "/array 1 15 ]\n"
                                         "number 1 17 12\n"
                                         "/array 0 19 ]\n");
}

Test(json_reader, a_scalar_alone_is_a_text)
{
    check_record(" 123", "number 0 1 123\n");
    check_record("-0.5e-7\n", "number 0 0 -0.5e-7\n");
    check_record("\"\"", "string 0 0 \n");
    check_record("\"\xf0\x9f\x98\x80\"", "string 0 0 \xf0\x9f\x98\x80\n");
    check_record("null", "null 0 0 null\n");
}

struct sum {
    double total;
    size_t n;
};

static mlp_status
add(void *context, const mlp_json_token *token, mlp_error *err)
{
    struct sum *sum = context;
    if (token->event == MLP_JSON_NUMBER) {
        sum->total += mlp_decimal_to_double(&token->decimal);
        sum->n++;
    }
    return sum->n < 5 ? MLP_OK : mlp_fail(err, MLP_SHAPE, "at most 4 numbers");
}

Test(json_reader, numbers_come_decoded)
{
    struct sum sum = {0};
    static const char text[] = "[1, 2.5, {\"k\": -0.25}, 1e2]";
    cr_assert_eq(mlp_json_read(text, strlen(text), add, &sum, 5, NULL), MLP_OK);
    cr_assert_eq(sum.n, 4);
    cr_assert_float_eq(sum.total, 103.25, 0);
}

/* --- refusals ------------------------------------------------------------- */

Test(json_reader, refusals_name_the_byte_what_was_expected_and_what_was_found)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "byte 0: expected a value, found the end"},
        {"  ", "byte 2: expected a value, found the end"},
        {"[1,2", "byte 4: expected ',' or ']', found the end"},
        {"[1 x]", "byte 3: expected ',' or ']', found 'x'"},
        {"[1,]", "byte 3: expected a value, found ']'"},
        {"[,1]", "byte 1: expected a value or ']', found ','"},
        {"[1}", "byte 2: expected ',' or ']', found '}'"},
        {"{\"a\"}", "byte 4: expected ':', found '}'"},
        {"{\"a\":1]", "byte 6: expected ',' or '}', found ']'"},
        {"{\"a\":1,}", "byte 7: expected a key, found '}'"},
        {"{a:1}", "byte 1: expected a key or '}', found 'a'"},
        {"{1:1}", "byte 1: expected a key or '}', found '1'"},
        {"1 2", "byte 2: expected nothing more, found '2'"},
        {"\xef\xbb\xbf[]", "byte 0: expected a value, found byte 0xef"},
        {"[\x01]", "byte 1: expected a value or ']', found byte 0x01"},
        {"[NaN]", "byte 1: expected a value or ']', found 'N'"},
        {"[nul]", "byte 4: expected null, found ']'"},
        {"tru", "byte 3: expected true, found the end"},
        {"[falsy]", "byte 5: expected false, found 'y'"},
        {"[nulll]", "byte 5: expected ',' or ']', found 'l'"},
        {"[01]", "byte 1: expected a number, found '01'"},
        {"[-]", "byte 1: expected a number, found '-'"},
        {"[1.]", "byte 1: expected a number, found '1.'"},
        {"[1, 2, 3e+]", "byte 7: expected a number, found '3e+'"},
        {"[1,2,-]", "byte 5: expected a number, found '-'"},
        {"1e", "byte 0: expected a number, found '1e'"},
        {"[\"a", "byte 3: expected '\"', found the end"},
        {"[\"a\\\"", "byte 5: expected '\"', found the end"},
        {"[\"ab\\q\"]", "byte 4: expected text, found an unknown escape"},
        {"\"a\tb\"", "byte 2: expected text, found a control character"},
        {"\"a\xff\"", "byte 2: expected text, found bytes that are not UTF-8"},
        {"\"\xed\xa0\x80\"",
         "byte 1: expected text, found bytes that are not UTF-8"},
        {"\"\xc3\"", "byte 1: expected text, found bytes that are not UTF-8"},
        {"\"\\ud800\"", "byte 1: expected text, found a lone surrogate"},
        {"\"x\\udc00\"", "byte 2: expected text, found a lone surrogate"},
        {"\"\\ud800\\u0041\"", "byte 1: expected text, found a lone surrogate"},
        {"\"\\u0000\"", "byte 1: expected text, found the character \\u0000"},
        {"\"\\u12g4\"", "byte 1: expected text, found \\u without four "
                        "hexadecimal digits"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_refusal(cases[i].text, MLP_FORMAT, cases[i].words);
}

Test(json_reader, limits_are_the_same_however_the_text_is_cut)
{
    check_refusal("[[[[]]]]", MLP_LIMIT,
                  "byte 3: expected at most 3 levels of nesting");
    check_refusal("[\"123456789012345678901\"]", MLP_LIMIT,
                  "byte 1: expected at most 20 bytes in one token");
    check_refusal("[1234567890123456789012]", MLP_LIMIT,
                  "byte 1: expected at most 20 bytes in one token");
    check_refusal("{\"a\": \"123456789012345678901", MLP_LIMIT,
                  "byte 6: expected at most 20 bytes in one token");
    check_refusal("[1, 1.........................", MLP_LIMIT,
                  "byte 4: expected at most 20 bytes in one token");
}

Test(json_reader, a_token_may_be_as_long_as_its_limit)
{
    static const char text[] =
        "[\"12345678901234567890\",12345678901234567890]";
    for (size_t size = 1; size < sizeof text; size++) {
        mlp_buffer out;
        cr_assert_eq(feed_pieces(text, strlen(text), size, 1, 20, &out, NULL),
                     MLP_OK);
        mlp_buffer_free(&out);
    }
}

Test(json_reader, a_number_has_at_most_512_bytes)
{
    char text[600];
    memset(text, '7', sizeof text);
    mlp_buffer out;
    mlp_buffer_init(&out, 10000);
    cr_assert_eq(mlp_json_read(text, 512, record, &out, 0, NULL), MLP_OK);
    cr_assert_eq(mlp_json_read(text, 513, record, &out, 0, NULL), MLP_LIMIT);
    mlp_buffer_free(&out);
}

Test(json_reader, depth_1024_is_read_and_more_cannot_be_asked_for)
{
    enum { DEPTH = 1024 };
    char text[2 * DEPTH];
    memset(text, '[', DEPTH);
    memset(text + DEPTH, ']', DEPTH);
    struct sum sum = {0};
    cr_assert_eq(mlp_json_read(text, sizeof text, add, &sum, DEPTH, NULL),
                 MLP_OK);
    cr_assert_eq(mlp_json_read(text, sizeof text, add, &sum, DEPTH - 1, NULL),
                 MLP_LIMIT);
    mlp_error err;
    mlp_json_reader *reader;
    cr_assert_eq(
        mlp_json_reader_create(add, &sum, DEPTH + 1, 100, &reader, &err),
        MLP_INVALID);
    cr_assert_null(reader);
    cr_assert_str_eq(err.text, "max_depth: expected at most 1024, got 1025");
}

/* --- floats --------------------------------------------------------------- */

/* What a reader that was asked for floats hands out: each of them with its bit
 * pattern, other tokens by their spelling. */
struct float_record {
    mlp_json_reader *reader;
    mlp_buffer out;
    size_t n, refuse_at;
};

static mlp_status
record_floats(void *context, const float *values, size_t n, mlp_error *err)
{
    struct float_record *record = context;
    (void)err;
    for (size_t i = 0; i < n; i++)
        mlp_buffer_format(&record->out, "%a ", (double)values[i]);
    record->n += n;
    return record->n < record->refuse_at ? MLP_OK : MLP_CANCELLED;
}

/* "on" and "off" in the text switch them on and off. */
static mlp_status
record_others(void *context, const mlp_json_token *token, mlp_error *err)
{
    struct float_record *record = context;
    (void)err;
    mlp_buffer_format(&record->out, "%.*s ", (int)token->length, token->text);
    if (token->event == MLP_JSON_STRING)
        mlp_json_reader_set_floats(record->reader,
                                   token->length == 2 ? record_floats : NULL);
    return MLP_OK;
}

static mlp_status feed_floats(const char *text,
                              size_t size,
                              size_t max_token,
                              struct float_record *record,
                              mlp_error *err)
{
    mlp_buffer_init(&record->out, 1000000);
    cr_assert_eq(mlp_json_reader_create(record_others, record, 10, max_token,
                                        &record->reader, err),
                 MLP_OK);
    mlp_status status = MLP_OK;
    for (size_t i = 0; text[i] != '\0' && status == MLP_OK; i += size) {
        size_t n = strnlen(text + i, size);
        char *piece = malloc(n);
        memcpy(piece, text + i, n);
        status = mlp_json_reader_feed(record->reader, piece, n, err);
        free(piece);
        if (n < size)
            break;
    }
    if (status == MLP_OK)
        status = mlp_json_reader_finish(record->reader, err);
    mlp_json_reader_destroy(record->reader);
    return status;
}

static void check_floats(const char *text, const char *want)
{
    for (size_t size = 1; size <= strlen(text); size++) {
        struct float_record record = {.refuse_at = SIZE_MAX};
        mlp_error err = {0};
        cr_assert_eq(feed_floats(text, size, 100, &record, &err), MLP_OK,
                     "%s: %s", text, err.text);
        cr_assert_str_eq(record.out.data, want, "%s by %zu", text, size);
        mlp_buffer_free(&record.out);
    }
}

Test(json_reader, numbers_in_arrays_come_as_floats_when_asked_for)
{
    check_floats("[7,\"on\",[1, 2.5,-0.375,  0],-0,1e2 ,\n3]",
                 "[ 7 on [ 0x1p+0 0x1.4p+1 -0x1.8p-2 0x0p+0 ] -0x0p+0 "
                 "0x1.9p+6 0x1.8p+1 ] ");
    check_floats("[\"on\",1,null,2,{\"k\":3,\"l\":[4]},true,5]",
                 "[ on 0x1p+0 null 0x1p+1 { k 3 l [ 0x1p+2 ] } true "
                 "0x1.4p+2 ] ");
    check_floats("[\"on\",1,\"off\",1,\"on\",1]",
                 "[ on 0x1p+0 off 1 on 0x1p+0 ] ");
    check_floats("[\"on\",1e99,-1e99,0.1234567890123456789,16777217]",
                 "[ on inf -inf 0x1.f9add4p-4 0x1p+24 ] ");
}

Test(json_reader, runs_of_floats_may_be_longer_than_any_piece)
{
    enum { N = 3000 };
    static char text[N * 12 + 10];
    mlp_buffer want;
    mlp_buffer_init(&want, 1000000);
    mlp_buffer_text(&want, "[ on ");
    size_t length = (size_t)sprintf(text, "[\"on\"");
    srand(5);
    for (size_t i = 0; i < N; i++) {
        char *number = text + length + 1;
        length += (size_t)sprintf(text + length, ",%.*g", 1 + rand() % 7,
                                  rand() % 100000 / (rand() % 8 + 1.0));
        mlp_buffer_format(&want, "%a ", (double)strtof(number, NULL));
    }
    mlp_buffer_text(&want, "] ");
    strcpy(text + length, "]");
    for (size_t size = 1; size < sizeof text; size = size * 3 + 1) {
        struct float_record record = {.refuse_at = SIZE_MAX};
        cr_assert_eq(feed_floats(text, size, 100, &record, NULL), MLP_OK);
        cr_assert_str_eq(record.out.data, want.data);
        mlp_buffer_free(&record.out);
    }
    mlp_buffer_free(&want);
}

/* Runs of the same text are copied; what cuts them is not. */
Test(json_reader, runs_of_one_number_end_where_they_end)
{
    static const char *const numbers[] = {"0",     "0.0", "255", "-0",   "0.5",
                                          "17.25", "1e1", "7",   "0.125"};
    static const char *const separators[] = {",", ", ", ",  ", " ,", ",\n"};
    enum { N = 400, RUNS = 60 };
    static char text[RUNS * 30 * 16];
    srand(23);
    for (size_t round = 0; round < N; round++) {
        mlp_buffer want;
        mlp_buffer_init(&want, 1000000);
        mlp_buffer_text(&want, "[ on ");
        size_t length = (size_t)sprintf(text, "[\"on\"");
        const char *separator = separators[round % 5];
        for (size_t i = 0; i < RUNS; i++) {
            const char *number = numbers[rand() % 9];
            for (int k = rand() % 30; k > 0; k--) {
                length +=
                    (size_t)sprintf(text + length, "%s%s", separator, number);
                mlp_buffer_format(&want, "%a ", (double)strtof(number, NULL));
            }
        }
        mlp_buffer_text(&want, "] ");
        strcpy(text + length, "]");
        for (size_t size = 1 + round; size < sizeof text; size *= 4) {
            struct float_record record = {.refuse_at = SIZE_MAX};
            cr_assert_eq(feed_floats(text, size, 100, &record, NULL), MLP_OK);
            cr_assert_str_eq(record.out.data, want.data);
            mlp_buffer_free(&record.out);
        }
        mlp_buffer_free(&want);
    }
}

Test(json_reader, floats_have_the_limit_that_tokens_have)
{
    char text[100];
    snprintf(text, sizeof text, "[\"on\",1,%s", "255,20,7,1,1,1,1,1,1,1,1,1]");
    for (size_t size = 1; size <= strlen(text); size++)
        for (size_t max_token = 2; max_token <= 3; max_token++) {
            mlp_error want = {0}, err = {0};
            mlp_buffer out;
            mlp_status status = feed_pieces(text, strlen(text), size, 10,
                                            max_token, &out, &want);
            mlp_buffer_free(&out);
            struct float_record record = {.refuse_at = SIZE_MAX};
            cr_assert_eq(feed_floats(text, size, max_token, &record, &err),
                         status, "by %zu", size);
            cr_assert_eq(status == MLP_OK, max_token == 3);
            cr_assert_str_eq(err.text, want.text);
            mlp_buffer_free(&record.out);
        }
}

Test(json_reader, floats_are_refused_in_the_words_that_tokens_are)
{
    static const char *const texts[] = {"[1,]",
                                        "[1,,2]",
                                        "[1 2]",
                                        "[1}",
                                        "[01]",
                                        "[0,00]",
                                        "[-]",
                                        "[-,1]",
                                        "[1,2,-]",
                                        "[1.]",
                                        "[1.,2]",
                                        "[.5]",
                                        "[1,+2]",
                                        "[1,2e]",
                                        "[1,2e+,3]",
                                        "[1-2]",
                                        "[1.5.5]",
                                        "[0x1]",
                                        "[1,nan]",
                                        "[3,12345a]",
                                        "[1,2",
                                        "[1,2,",
                                        "[1,2.",
                                        "[0.1234567",
                                        "[123456789012345678901]",
                                        "[1,0.12345678901234567890]",
                                        "[0,0,0,0,0,0,0,0,00]",
                                        "[0, 0, 0, 0, 0, 0,,0]",
                                        "[0,0,0,0,0,0,0,0,]",
                                        "[1,2.....................]"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[100];
        snprintf(text, sizeof text, "[\"on\",%s", texts[i]);
        for (size_t size = 1; size <= strlen(text); size++) {
            mlp_error want = {0}, err = {0};
            mlp_buffer out;
            mlp_status status =
                feed_pieces(text, strlen(text), size, 10, 20, &out, &want);
            mlp_buffer_free(&out);
            struct float_record record = {.refuse_at = SIZE_MAX};
            cr_assert_eq(feed_floats(text, size, 20, &record, &err), status);
            cr_assert_str_eq(err.text, want.text);
            cr_assert_neq(status, MLP_OK, "%s", text);
            mlp_buffer_free(&record.out);
        }
    }
}

Test(json_reader, the_limit_of_a_token_holds_for_floats)
{
    static const char *const texts[] = {"[\"on\",1,1234]", "[\"on\",1,0.25]",
                                        "[\"on\",1,-123,0,0,0,0,0,0,0,0,0]"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (size_t size = 1; size <= strlen(texts[i]); size++) {
            struct float_record record = {.refuse_at = SIZE_MAX};
            mlp_error err;
            cr_assert_eq(feed_floats(texts[i], size, 3, &record, &err),
                         MLP_LIMIT);
            cr_assert_str_eq(err.text,
                             "byte 8: expected at most 3 bytes in one token");
            cr_assert_str_eq(record.out.data, "[ on 0x1p+0 ");
            mlp_buffer_free(&record.out);
        }
    }
}

Test(json_reader, the_status_of_who_takes_floats_stops_the_reading)
{
    for (size_t size = 1; size < 20; size++) {
        struct float_record record = {.refuse_at = 1};
        mlp_error err;
        cr_assert_eq(feed_floats("[\"on\", 1,2,3]", size, 10, &record, &err),
                     MLP_CANCELLED);
        cr_assert_str_eq(err.text, "byte 7: cancelled");
        mlp_buffer_free(&record.out);
    }
}

/* --- errors that stay ----------------------------------------------------- */

Test(json_reader, the_handlers_status_stops_the_reading)
{
    struct sum sum = {0};
    mlp_error err;
    static const char text[] = "[1,2,3,4,5,6,7]";
    cr_assert_eq(mlp_json_read(text, strlen(text), add, &sum, 5, &err),
                 MLP_SHAPE);
    cr_assert_eq(sum.n, 5);
    cr_assert_str_eq(err.text, "at most 4 numbers");
}

static mlp_status
refuse(void *context, const mlp_json_token *token, mlp_error *err)
{
    (void)context, (void)token, (void)err;
    return MLP_CANCELLED;
}

Test(json_reader, a_handler_without_words_gets_some)
{
    mlp_error err;
    cr_assert_eq(mlp_json_read("  {}", 4, refuse, NULL, 5, &err),
                 MLP_CANCELLED);
    cr_assert_str_eq(err.text, "byte 2: cancelled");
}

Test(json_reader, after_an_error_it_stays_in_it)
{
    mlp_buffer out;
    mlp_buffer_init(&out, 1000);
    mlp_json_reader *reader;
    cr_assert_eq(mlp_json_reader_create(record, &out, 5, 100, &reader, NULL),
                 MLP_OK);
    cr_assert_eq(mlp_json_reader_feed(reader, "[1,,", 4, NULL), MLP_FORMAT);
    size_t length = out.length;
    mlp_error err;
    cr_assert_eq(mlp_json_reader_feed(reader, "2]", 2, &err), MLP_FORMAT);
    cr_assert_str_eq(err.text, "byte 3: expected a value, found ','");
    cr_assert_eq(mlp_json_reader_finish(reader, &err), MLP_FORMAT);
    cr_assert_eq(out.length, length);
    mlp_json_reader_destroy(reader);
    mlp_buffer_free(&out);
}

Test(json_reader, destroy_accepts_null_and_an_unfinished_reader)
{
    mlp_json_reader_destroy(NULL);
    mlp_buffer out;
    mlp_buffer_init(&out, 1000);
    mlp_json_reader *reader;
    cr_assert_eq(mlp_json_reader_create(record, &out, 5, 100, &reader, NULL),
                 MLP_OK);
    cr_assert_eq(mlp_json_reader_feed(reader, "[\"cut here", 10, NULL), MLP_OK);
    cr_assert_eq(mlp_json_reader_feed(reader, NULL, 0, NULL), MLP_OK);
    mlp_json_reader_destroy(reader);
    mlp_buffer_free(&out);
}

/* --- unescape ------------------------------------------------------------- */

Test(json_reader, unescape_gives_what_the_spelling_means)
{
    static const struct {
        const char *spelling, *meaning;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00e9\\u20ac", "A\xc3\xa9\xe2\x82\xac"},
        {"\\ud83d\\ude00!", "\xf0\x9f\x98\x80!"},
        {"\\uD83D\\uDE00", "\xf0\x9f\x98\x80"},
        {"a\\u000ab", "a\nb"},
        {"\\udbff\\udfff", "\xf4\x8f\xbf\xbf"},
        {"\\uffff\\u0001", "\xef\xbf\xbf\x01"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlp_buffer out;
        mlp_buffer_init(&out, 1000);
        mlp_buffer_text(&out, ">");
        mlp_json_unescape(cases[i].spelling, strlen(cases[i].spelling), &out);
        cr_assert_str_eq(out.data + 1, cases[i].meaning);
        mlp_buffer_free(&out);
    }
}

/* --- NaN and infinities --------------------------------------------------- */

static mlp_status feed_nan(const char *text, size_t size, mlp_buffer *out)
{
    mlp_json_reader *reader;
    size_t length = strlen(text);
    mlp_status status = MLP_OK;
    mlp_buffer_init(out, 10000);
    cr_assert_eq(mlp_json_reader_create(record, out, 5, 100, &reader, NULL),
                 MLP_OK);
    mlp_json_reader_allow_nan(reader);
    for (size_t i = 0; i < length && status == MLP_OK; i += size)
        status = mlp_json_reader_feed(
            reader, text + i, length - i < size ? length - i : size, NULL);
    if (status == MLP_OK)
        status = mlp_json_reader_finish(reader, NULL);
    mlp_json_reader_destroy(reader);
    return status;
}

Test(json_reader, nan_and_infinities_are_taken_by_who_allows_them)
{
    static const char text[] = "[NaN,Infinity,-Infinity, -1]";
    for (size_t size = 1; size <= sizeof text; size++) {
        mlp_buffer out;
        cr_assert_eq(feed_nan(text, size, &out), MLP_OK);
        cr_expect_str_eq(out.data,
                         "array 0 0 [\nnull 1 1 NaN\nnumber 1 5 Infinity\n"
                         "number 1 14 -Infinity\nnumber 1 25 -1\n"
                         "/array 0 27 ]\n");
        mlp_buffer_free(&out);
    }
}

Test(json_reader, what_only_begins_like_nan_is_refused)
{
    static const char *const texts[] = {
        "[nan]",        "[Nan]",       "[NaN1]",  "[Inf]",
        "[infinity]",   "[-infinity]", "[-Infi]", "[-1Infinity]",
        "[--Infinity]", "[+Infinity]", "[- 1]",   "[-Infinity-1]",
        "-Inf",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t size = 1; size < 20; size += 6) {
            mlp_buffer out;
            cr_expect_eq(feed_nan(texts[i], size, &out), MLP_FORMAT, "%s",
                         texts[i]);
            mlp_buffer_free(&out);
        }
}
