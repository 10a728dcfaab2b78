/* SPDX-License-Identifier: MIT */
#include "handlers/train_key.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tables.h"

/* What a request asks for, as far as the key minds. */
static const char *digest_of(const char *settings,
                             const struct train_source *source)
{
    static char out[8][BLOB_SHA256_TEXT];
    static size_t next;
    struct problem problem = {0};
    json_t *json = json_loads(settings, 0, NULL);
    char *text = out[next++ % 8];

    cr_assert_not_null(json);
    train_key_digest(json, source, text, &problem);
    cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
    cr_assert_eq(strlen(text), BLOB_SHA256_TEXT - 1);
    json_decref(json);
    return text;
}

Test(train_key, the_order_and_the_spaces_of_settings_do_not_matter)
{
    const struct train_source none = {0};
    const char *first = digest_of("{\"a\":1,\"b\":{\"c\":2,\"d\":[3]}}", &none);

    cr_expect_str_eq(
        digest_of(" { \"b\": {\"d\":[3], \"c\":2}, \"a\":1 }", &none), first);
    cr_expect_str_neq(digest_of("{\"a\":1,\"b\":{\"c\":2}}", &none), first);
    cr_expect_str_neq(digest_of("{\"a\":2,\"b\":{\"c\":2,\"d\":[3]}}", &none),
                      first);
}

Test(train_key, every_number_of_the_inputs_and_their_shape_matter)
{
    float values[] = {1, 2, 3, 4};
    struct train_source source = {
        .inputs = values, .n_rows = 2, .n_columns = 2};
    const char *first = digest_of("{}", &source);

    cr_expect_str_eq(digest_of("{}", &source), first);
    values[3] = 5;
    cr_expect_str_neq(digest_of("{}", &source), first);
    values[3] = 4;
    source.n_rows = 4;
    source.n_columns = 1;
    cr_expect_str_neq(digest_of("{}", &source), first);
}

Test(train_key, targets_are_not_rows)
{
    static const char *const names[] = {"*y", NULL};
    mlp_table *table = table_of(SIZE_MAX, names);

    ROW(table, cell_text("a"));
    const struct train_source targets = {.targets = table},
                              rows = {.rows = table};
    cr_expect_str_neq(digest_of("{}", &targets), digest_of("{}", &rows));
    mlp_table_destroy(table);
}
