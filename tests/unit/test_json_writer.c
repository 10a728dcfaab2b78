/* SPDX-License-Identifier: MIT
 *
 * JSON values as text. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "mlp/json.h"

static void check_string(const char *bytes, size_t n, const char *want)
{
    mlp_buffer out;
    mlp_buffer_init(&out, 1000);
    mlp_json_write_string(&out, bytes, n);
    cr_assert_str_eq(out.data, want);
    mlp_buffer_free(&out);
}

Test(json_writer, strings_are_quoted_and_escaped)
{
    check_string("", 0, "\"\"");
    check_string("plain", 5, "\"plain\"");
    check_string("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
    check_string("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"");
    check_string("\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\x7f\"");
    check_string("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80", 15,
                 "\"na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

Test(json_writer, bytes_that_are_not_utf8_become_the_replacement_character)
{
    check_string("\xff", 1, "\"\xef\xbf\xbd\"");
    check_string("a\xc3", 2, "\"a\xef\xbf\xbd\"");
    check_string("\xc0\x80x", 3, "\"\xef\xbf\xbd\xef\xbf\xbdx\"");
    check_string("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

Test(json_writer, any_bytes_make_a_string_that_others_accept)
{
    random_stream random;
    random_init(&random, 1, 0);
    for (int i = 0; i < 20000; i++) {
        char bytes[24];
        size_t n = random_below(&random, sizeof bytes + 1);
        for (size_t k = 0; k < n; k++)
            bytes[k] = (char)(random_below(&random, 255) + 1);
        mlp_buffer out;
        mlp_buffer_init(&out, 1000);
        mlp_json_write_string(&out, bytes, n);
        json_t *value = json_loadb(out.data, out.length, JSON_DECODE_ANY, NULL);
        cr_assert(json_is_string(value), "%s", out.data);
        json_decref(value);
        mlp_buffer_free(&out);
    }
}

Test(json_writer, valid_text_comes_back_through_unescape)
{
    static const char text[] = "tab\t \"quote\" \\ \xe2\x82\xac \x01 end";
    mlp_buffer out, back;
    mlp_buffer_init(&out, 1000);
    mlp_buffer_init(&back, 1000);
    mlp_json_write_string(&out, text, sizeof text - 1);
    mlp_json_unescape(out.data + 1, out.length - 2, &back);
    cr_assert_str_eq(back.data, text);
    mlp_buffer_free(&out);
    mlp_buffer_free(&back);
}

Test(json_writer, numbers_that_are_not_finite_are_null)
{
    mlp_buffer out;
    mlp_buffer_init(&out, 1000);
    mlp_json_write_float(&out, 0.1f);
    mlp_buffer_text(&out, " ");
    mlp_json_write_float(&out, NAN);
    mlp_buffer_text(&out, " ");
    mlp_json_write_float(&out, -INFINITY);
    mlp_buffer_text(&out, " ");
    mlp_json_write_double(&out, 0.1);
    mlp_buffer_text(&out, " ");
    mlp_json_write_double(&out, HUGE_VAL);
    mlp_buffer_text(&out, " ");
    mlp_json_write_double(&out, -0.0);
    cr_assert_str_eq(out.data, "0.1 null null 0.1 null -0");
    mlp_buffer_free(&out);
}

Test(json_writer, a_full_buffer_is_noticed_at_the_end)
{
    mlp_buffer out;
    mlp_buffer_init(&out, 10);
    mlp_json_write_string(&out, "0123456789", 10);
    mlp_json_write_double(&out, 1);
    cr_assert_eq(out.status, MLP_LIMIT);
    mlp_buffer_free(&out);
}
