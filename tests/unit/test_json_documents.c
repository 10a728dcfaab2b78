/* SPDX-License-Identifier: MIT
 *
 * The JSON reader against jansson: the same documents are accepted, with the
 * same meaning, and the same are refused, whole or cut anywhere. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "mlp/json.h"

/* --- one meaning for both ------------------------------------------------- */

/* The canonical text: no blanks, strings escaped in one way, numbers by their
 * double; a comma behind each value. */
static mlp_status
write_token(void *context, const mlp_json_token *token, mlp_error *err)
{
    (void)err;
    mlp_buffer *out = context;
    mlp_buffer text;
    switch (token->event) {
    case MLP_JSON_KEY:
    case MLP_JSON_STRING:
        mlp_buffer_init(&text, 100000);
        mlp_json_unescape(token->text, token->length, &text);
        mlp_json_write_string(out, text.data == NULL ? "" : text.data,
                              text.length);
        mlp_buffer_free(&text);
        mlp_buffer_text(out, token->event == MLP_JSON_KEY ? ":" : ",");
        break;
    case MLP_JSON_NUMBER:
        mlp_buffer_format(out, "%.17g,",
                          mlp_decimal_to_double(&token->decimal));
        break;
    case MLP_JSON_OBJECT_BEGIN:
    case MLP_JSON_ARRAY_BEGIN:
        mlp_buffer_append(out, token->text, token->length);
        break;
    default:
        mlp_buffer_append(out, token->text, token->length);
        mlp_buffer_text(out, ",");
    }
    return MLP_OK;
}

static void write_tree(mlp_buffer *out, const json_t *value);

static void write_children(mlp_buffer *out, const json_t *value)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            write_tree(out, json_array_get(value, i));
        return;
    }
    const char *key;
    json_t *child;
    json_object_foreach((json_t *)(uintptr_t)value, key, child)
    {
        mlp_json_write_string(out, key, strlen(key));
        mlp_buffer_text(out, ":");
        write_tree(out, child);
    }
}

static void write_tree(mlp_buffer *out, const json_t *value)
{
    bool array = json_is_array(value);
    if (array || json_is_object(value)) {
        mlp_buffer_text(out, array ? "[" : "{");
        write_children(out, value);
        mlp_buffer_text(out, array ? "]," : "},");
    } else if (json_is_string(value)) {
        mlp_json_write_string(out, json_string_value(value),
                              json_string_length(value));
        mlp_buffer_text(out, ",");
    } else if (json_is_number(value)) {
        mlp_buffer_format(out, "%.17g,", json_number_value(value));
    } else {
        mlp_buffer_text(out, json_is_true(value)    ? "true,"
                             : json_is_false(value) ? "false,"
                                                    : "null,");
    }
}

/* --- reading -------------------------------------------------------------- */

/* In pieces of 1 to max_piece bytes. */
static mlp_status read_pieces(const char *text,
                              size_t length,
                              uint32_t max_piece,
                              random_stream *random,
                              mlp_buffer *out,
                              mlp_error *err)
{
    mlp_json_reader *reader;
    mlp_buffer_init(out, 1000000);
    mlp_status status =
        mlp_json_reader_create(write_token, out, 1024, 100000, &reader, err);
    cr_assert_eq(status, MLP_OK);
    for (size_t i = 0; i < length && status == MLP_OK;) {
        size_t n = 1 + random_below(random, max_piece);
        n = n < length - i ? n : length - i;
        char *piece = malloc(n);
        memcpy(piece, text + i, n);
        status = mlp_json_reader_feed(reader, piece, n, err);
        free(piece);
        i += n;
    }
    if (status == MLP_OK)
        status = mlp_json_reader_finish(reader, err);
    mlp_json_reader_destroy(reader);
    return status;
}

/* What differs by intent: a number beyond a double's range is jansson's error
 * and our caller's business; of a key that comes twice jansson keeps one. */
static void check_document(const char *text, size_t length)
{
    json_error_t error;
    json_t *tree = json_loadb(text, length,
                              JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL |
                                  JSON_REJECT_DUPLICATES,
                              &error);
    enum json_error_code code =
        tree == NULL ? json_error_code(&error) : json_error_unknown;
    bool same_view =
        code != json_error_numeric_overflow && code != json_error_duplicate_key;
    mlp_buffer want, whole, cut;
    mlp_error whole_err = {0}, cut_err = {0};
    random_stream random;
    random_init(&random, length, 0);
    mlp_buffer_init(&want, 1000000);
    mlp_buffer_init(&whole, 1000000);
    mlp_status status =
        mlp_json_read(text, length, write_token, &whole, 1024, &whole_err);
    if (same_view)
        cr_assert_eq(status == MLP_OK, tree != NULL, "%.*s: %s, %s",
                     (int)length, text, whole_err.text, error.text);
    if (tree != NULL) {
        write_tree(&want, tree);
        cr_assert_str_eq(whole.data, want.data);
    }
    for (uint32_t piece = 1; piece <= 10; piece += 3) {
        cr_assert_eq(read_pieces(text, length, piece, &random, &cut, &cut_err),
                     status, "%.*s", (int)length, text);
        cr_assert_str_eq(cut_err.text, whole_err.text);
        if (status == MLP_OK)
            cr_assert_str_eq(cut.data, whole.data);
        mlp_buffer_free(&cut);
    }
    mlp_buffer_free(&whole);
    mlp_buffer_free(&want);
    json_decref(tree);
}

/* --- documents ------------------------------------------------------------ */

/* clang-format off */
static const char *const good[] = {
    "[]", "{}", "[ ]", "{ }", " [] ", "\t\r\n[\n]\r", "0", "-0", "1", "-1",
    "10", "1234567890", "0.0", "0.5", "-0.5", "1e1", "1E1", "1e+1", "1e-1",
    "0e0", "0E+0", "-0e-0", "1.5e300", "5e-324", "1e-400", "0e99999",
    "123456789012345678901234567890", "0.1000000000000000055511151231257827",
    "9007199254740993", "1.7976931348623157e308", "\"\"", "\"a\"", "\" \"",
    "\"\\\"\"", "\"\\\\\"", "\"\\/\"", "\"/\"", "\"\\b\\f\\n\\r\\t\"",
    "\"\\u0020\"", "\"\\u0001\"", "\"\\u007f\"", "\"\x7f\"", "\"\\u00e9\"",
    "\"\\u00E9\"", "\"\\ud83d\\ude00\"", "\"\\uD800\\uDC00\"",
    "\"\\uDBFF\\uDFFF\"", "\"\\uFFFE\"", "\"\\uFFFF\"", "\"\\uD7FF\"",
    "\"\\uE000\"", "\"\xc2\x80\"", "\"\xdf\xbf\"", "\"\xe0\xa0\x80\"",
    "\"\xed\x9f\xbf\"", "\"\xee\x80\x80\"", "\"\xef\xbb\xbf\"",
    "\"\xef\xbf\xbf\"", "\"\xf0\x90\x80\x80\"", "\"\xf4\x8f\xbf\xbf\"",
    "\"\xe2\x80\xa8\xe2\x80\xa9\"", "\"\\\\\\\"\"", "\"\\\\u0041\"", "\"null\"",
    "\"[1,2]\"", "true", "false", "null", " true ", "[true]",
    "[false,true,null]", "[1,2,3]", "[1 , 2\n,\t3 ]", "[[]]", "[[],[]]",
    "[[[[[[]]]]]]", "[[1,2],[3,4]]", "[{}]", "[{},{}]", "{\"a\":1}",
    "{\"a\":1,\"b\":2}", "{ \"a\" : 1 , \"b\" : 2 }", "{\"\":0}",
    "{\"a\":{\"a\":{\"a\":{}}}}", "{\"a\":[],\"b\":[{}]}", "{\"\\u0061\":1}",
    "{\"\\n\":1}", "{\"\xc3\xa9\":\"\xc3\xa9\"}", "[1.0,1.00,1e0,10e-1]",
    "[-1,-1.5,-1e5]", "[\"\",\"\",\"\"]",
    "{\"inputs\": [[0.1, 0.2], [1, 0]], \"targets\": [\"a\", \"b\"]}",
    "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]",
    "[0.12345678901234567,1.2345678901234567e-8,-98765.432109876543]",
    "[1,\"two\",3.0,[4],{\"five\":5},true,false,null]",
};

static const char *const bad[] = {
    "", " ", "\n", ",", ":", "[", "]", "{", "}", "\"", "[[]", "[]]", "[}", "{]",
    "[1", "[1,", "[1,]", "[,]", "[,1]", "[1,,2]", "[1 2]", "[1:2]", "[\"a\":1]",
    "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}",
    "{\"a\"}", "{\"a\",1}", "{\"a\":1 \"b\":2}", "{\"a\"::1}", "{a:1}", "{1:1}",
    "{null:1}", "{'a':1}", "{[]:1}", "{\"a\":1}}", "{\"a\":}", "{:1}", "'a'",
    "a", "nul", "nulll", "tru", "truee", "True", "TRUE", "fals", "falsee",
    "NaN", "nan", "Infinity", "-Infinity", "inf", "undefined", "01", "-01",
    "00", "1.", ".1", "-.1", "-", "+1", "--1", "1e", "1e+", "1e-", "1.e1",
    "1.5.5", "1e5e5", "1e1.5", "0x10", "1a", "1_000", "1,000", "- 1", "1 e5",
    "0.", "0e", "[1.]", "[-]", "[+1]", "[1e]", "[.5]", "[01]", "1 2", "1,",
    "[] []", "{} x", "\"a\" \"b\"", "null null", "// c\n1", "/* c */ 1",
    "[1] // c", "#", "\"a", "\"a\\\"", "\"\\", "\"\\q\"", "\"\\x41\"",
    "\"\\U0041\"", "\"\\u\"", "\"\\u1\"", "\"\\u12\"", "\"\\u123\"",
    "\"\\u123g\"", "\"\\u-123\"", "\"\\u 123\"", "\"\\u0000\"",
    "{\"\\u0000\":1}", "\"\\ud800\"", "\"\\udc00\"", "\"\\udbff\"",
    "\"\\udfff\"", "\"\\ud800a\"", "\"\\ud800\\n\"", "\"\\ud800\\u\"",
    "\"\\ud800\\u0041\"", "\"\\ud800\\ud800\"", "\"\\udc00\\ud800\"",
    "\"\\ud800\\udbff\"", "\"\\ud800\\ue000\"", "\"\x01\"", "\"\x1f\"",
    "\"\n\"", "\"\t\"", "\"\r\"", "\"a\nb\"", "\"\x80\"", "\"\xbf\"",
    "\"\xc0\x80\"", "\"\xc1\xbf\"", "\"\xc2\"", "\"\xc2\x41\"",
    "\"\xe0\x80\x80\"", "\"\xe0\x9f\xbf\"", "\"\xe2\x82\"", "\"\xe2\x82\x41\"",
    "\"\xed\xa0\x80\"", "\"\xed\xbf\xbf\"", "\"\xf0\x80\x80\x80\"",
    "\"\xf0\x8f\xbf\xbf\"", "\"\xf0\x9f\x98\"", "\"\xf4\x90\x80\x80\"",
    "\"\xf5\x80\x80\x80\"", "\"\xf8\x88\x80\x80\x80\"", "\"\xfe\"", "\"\xff\"",
    "{\"\xff\":1}", "\xef\xbb\xbf[]", "\xef\xbb\xbf", "\xff", "[\xc3\xa9]",
    "\xc2\xa0[]", "[\x0b]", "[\x0c]", "[1]\x0b", "\x7f", "[1\x01]", "\\u005b]",
};
/* clang-format on */

Test(json_documents, good_ones_mean_the_same_as_in_jansson)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cr_assert_eq(mlp_json_read(good[i], strlen(good[i]), write_token,
                                   &(mlp_buffer){.max_bytes = 0}, 100, NULL),
                     MLP_OK, "%s", good[i]);
        check_document(good[i], strlen(good[i]));
    }
}

Test(json_documents, bad_ones_are_refused_as_in_jansson)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(mlp_json_read(bad[i], strlen(bad[i]), write_token,
                                   &(mlp_buffer){.max_bytes = 0}, 100, NULL),
                     MLP_FORMAT, "%s", bad[i]);
        check_document(bad[i], strlen(bad[i]));
    }
}

Test(json_documents, a_nul_byte_is_refused_wherever_it_stands)
{
    static const char text[] = "{\"ab\": [1, true, \"c\"]}";
    for (size_t i = 0; i < sizeof text; i++) {
        char copy[sizeof text];
        memcpy(copy, text, sizeof text);
        copy[i] = '\0';
        cr_assert_eq(mlp_json_read(copy, sizeof copy, write_token,
                                   &(mlp_buffer){.max_bytes = 0}, 9, NULL),
                     MLP_FORMAT);
        check_document(copy, sizeof copy);
    }
}

Test(json_documents, a_prefix_of_a_good_one_is_never_taken_for_whole)
{
    static const char text[] =
        "[{\"k\\u00e9y\": [-1.5e-7, \"\xf0\x9f\x98\x80\"]}, null, \"\\\\\"]";
    for (size_t n = 0; n < strlen(text); n++) {
        check_document(text, n);
        cr_assert_eq(mlp_json_read(text, n, write_token,
                                   &(mlp_buffer){.max_bytes = 0}, 9, NULL),
                     MLP_FORMAT);
    }
}

/* Bytes that a change puts in: what JSON is made of, and what it is not. */
static const char alphabet[] = "[]{},:\"\\ \n0123456789.eE+-truefalsn"
                               "u/\x01\x7f\x80\xbf\xc3\xe2\xed\xf0\xff";

static size_t mutate(char *text, size_t length, random_stream *random)
{
    uint32_t n_changes = 1 + random_below(random, 3);
    for (uint32_t i = 0; i < n_changes && length > 0; i++) {
        size_t at = random_below(random, (uint32_t)length);
        char byte = alphabet[random_below(random, sizeof alphabet - 1)];
        switch (random_below(random, 3)) {
        case 0:
            text[at] = byte;
            break;
        case 1:
            memmove(text + at, text + at + 1, length - at - 1);
            length--;
            break;
        default:
            memmove(text + at + 1, text + at, length - at);
            text[at] = byte;
            length++;
        }
    }
    return length;
}

Test(json_documents, changed_bytes_are_judged_as_by_jansson)
{
    random_stream random;
    random_init(&random, 2024, 0);
    enum { N_GOOD = sizeof good / sizeof *good };
    for (int i = 0; i < 40000; i++) {
        char text[300];
        const char *from = good[random_below(&random, N_GOOD)];
        strcpy(text, from);
        check_document(text, mutate(text, strlen(text), &random));
    }
}
