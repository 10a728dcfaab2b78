/* SPDX-License-Identifier: MIT */
#include "handlers/v2_heads.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A tree that says which text it belongs to. */
static json_t *tree_of(const char *text)
{
    return json_pack("{s:s}", "text", text);
}

static void keep(struct v2_heads *heads, const char *text)
{
    json_t *tree = tree_of(text);
    struct v2_head *head = v2_heads_keep(heads, text, strlen(text), tree);
    if (head == NULL)
        json_decref(tree);
    v2_head_release(head);
}

static void expect_own(const struct v2_head *head, const char *text)
{
    const json_t *found = json_object_get(v2_head_tree(head), "text");
    cr_assert_str_eq(json_string_value(found), text);
}

/* Is it there? Then it is its own. */
static bool finds(struct v2_heads *heads, const char *text)
{
    struct v2_head *head = v2_heads_find(heads, text, strlen(text));
    if (head == NULL)
        return false;
    expect_own(head, text);
    v2_head_release(head);
    return true;
}

Test(v2_heads, a_head_is_found_by_all_of_its_bytes)
{
    struct v2_heads heads = {{NULL}};
    char text[] = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,784]}]}";
    cr_expect_not(finds(&heads, text));
    keep(&heads, text);
    cr_expect(finds(&heads, text));
    cr_expect(finds(&heads, text), "it stays");
    for (size_t i = 0; i < strlen(text); i++) {
        text[i] ^= 1;
        cr_expect_not(finds(&heads, text), "%zu", i);
        text[i] ^= 1;
        cr_expect(finds(&heads, text), "%zu", i);
    }
    v2_heads_free(&heads);
}

Test(v2_heads, others_take_its_place_and_a_tree_that_is_out_stays)
{
    struct v2_heads heads = {{NULL}};
    char text[32];
    size_t n_found = 0;
    keep(&heads, "first");
    struct v2_head *first = v2_heads_find(&heads, "first", 5);
    for (size_t i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "{\"id\":\"%zu\"}", i);
        keep(&heads, text);
        cr_expect(finds(&heads, text));
    }
    for (size_t i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "{\"id\":\"%zu\"}", i);
        n_found += finds(&heads, text);
    }
    cr_expect_leq(n_found, V2_HEADS);
    v2_heads_free(&heads);
    expect_own(first, "first");
    v2_head_release(first);
}

Test(v2_heads, what_is_empty_or_long_is_not_kept)
{
    static char text[V2_HEAD_MAX_BYTES + 2];
    struct v2_heads heads = {{NULL}};
    keep(&heads, "");
    cr_expect_not(finds(&heads, ""));
    memset(text, 'a', V2_HEAD_MAX_BYTES);
    keep(&heads, text);
    cr_expect(finds(&heads, text));
    text[V2_HEAD_MAX_BYTES] = 'a';
    keep(&heads, text);
    cr_expect_not(finds(&heads, text));
    v2_heads_free(&heads);
}

static void *ask_often(void *context)
{
    char text[32];
    for (size_t i = 0; i < 20000; i++) {
        snprintf(text, sizeof text, "{\"shape\":[%zu]}", i % 40);
        if (!finds(context, text))
            keep(context, text);
    }
    return NULL;
}

Test(v2_heads, threads_find_whole_heads_or_none)
{
    struct v2_heads heads = {{NULL}};
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, ask_often, &heads), 0);
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    v2_heads_free(&heads);
}
