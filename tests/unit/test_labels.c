/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "model/labels.h"

static struct label_list list_of(const char *json)
{
    struct label_list list = {0};
    mlp_error err;
    cr_assert_eq(labels_read(&list, json, strlen(json), 100, &err), MLP_OK,
                 "%s", err.text);
    return list;
}

static void expect_json(const struct label_list *list, const char *json)
{
    mlp_buffer text;
    mlp_buffer_init(&text, 1 << 16);
    labels_write(list, &text);
    cr_expect_str_eq(text.data, json);
    mlp_buffer_free(&text);
}

Test(labels, are_sorted_by_value_and_each_is_kept_once)
{
    static const char *const cases[][2] = {
        {"[]", "[]"},
        {"[10,9,-1,2.5]", "[-1,2.5,9,10]"},
        {"[1.0,1,2,10e-1]", "[1,2]"},
        {"[\"b\",\"a\",\"B\",\"ab\",\"\",\"a\"]",
         "[\"\",\"B\",\"a\",\"ab\",\"b\"]"},
        {"[true,false]", "[false,true]"},
        {"[9007199254740993,9007199254740992]",
         "[9007199254740992,9007199254740993]"},
        {"[\"\\u00e9\",\"z\"]", "[\"z\",\"\u00e9\"]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct label_list list = list_of(cases[i][0]);
        labels_sort(&list);
        expect_json(&list, cases[i][1]);
        labels_free(&list);
    }
}

Test(labels, numbers_keep_their_spelling)
{
    struct label_list list = list_of("[1.50, -0.0, 1e3, \"1.50\"]");
    expect_json(&list, "[1.50,-0.0,1e3,\"1.50\"]");
    cr_expect_eq(list.items[2].number, 1000);
    labels_free(&list);
}

Test(labels, what_is_no_flat_array_is_refused)
{
    static const char *const bad[] = {"",     "1",      "{}",       "[[]]",
                                      "[{}]", "[null]", "[1",       "[1,]",
                                      "[1]]", "[1] 2",  "{\"a\":1}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct label_list list = {0};
        mlp_error err;
        cr_expect_neq(labels_read(&list, bad[i], strlen(bad[i]), 100, &err),
                      MLP_OK, "%s", bad[i]);
        labels_free(&list);
    }
}

Test(labels, more_than_asked_for_are_refused)
{
    struct label_list list = {0};
    mlp_error err;
    cr_expect_eq(labels_read(&list, "[1,2,3]", 7, 2, &err), MLP_LIMIT);
    labels_free(&list);
}

Test(labels, a_twin_is_found_wherever_it_is)
{
    static const struct {
        const char *json;
        bool twin;
    } cases[] = {
        {"[]", false},
        {"[\"a\"]", false},
        {"[\"a\",\"b\",\"c\"]", false},
        {"[\"a\",\"b\",\"a\"]", true},
        {"[\"a\",\"\\u0061\"]", true},
        {"[\"1\",1]", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct label_list list = list_of(cases[i].json);
        const char *twin;
        cr_expect_eq(labels_find_twin(&list, &twin, NULL), MLP_OK);
        cr_expect_eq(twin != NULL, cases[i].twin, "%s", cases[i].json);
        labels_free(&list);
    }
}
