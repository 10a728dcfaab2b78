/* SPDX-License-Identifier: MIT
 *
 * A body that may be brief against the same one that may not: the same
 * problem, the same inputs, and either no tree or the same one. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "http/json_body.h"

static struct http_body *
feed(const char *text, bool may_be_brief, size_t step, struct problem *problem)
{
    struct http_body *body = json_body_create(
        JSON_BODY_ROOT,
        &(struct json_body_limits){1 << 20, 64, 4096, 100, may_be_brief});
    size_t length = strlen(text);
    *problem = (struct problem){0};
    for (size_t i = 0; i < length; i += step)
        body_write(body, text + i, length - i < step ? length - i : step,
                   problem);
    body_finish(body, problem);
    return body;
}

static void
expect_inputs(const char *text, struct http_body *a, struct http_body *b)
{
    size_t rows[2], columns[2];
    const float *of_a = json_body_inputs(a, &rows[0], &columns[0]);
    const float *of_b = json_body_inputs(b, &rows[1], &columns[1]);
    cr_assert_eq(of_a == NULL, of_b == NULL, "%s", text);
    cr_assert_eq(rows[0], rows[1], "%s", text);
    cr_assert_eq(columns[0], columns[1], "%s", text);
    if (of_a != NULL)
        cr_assert_arr_eq(of_a, of_b, rows[0] * columns[0] * sizeof *of_a);
}

/* Whether it was brief. */
static bool expect_same(const char *text, size_t step)
{
    struct problem problem, other;
    struct http_body *body = feed(text, true, step, &problem);
    struct http_body *plain = feed(text, false, step, &other);
    const json_t *tree = json_body_control(plain);
    const char *brief = json_body_brief(body);
    cr_assert_null(json_body_brief(plain));
    cr_assert_eq(problem.type, other.type, "%s: %s", text, problem.detail);
    cr_assert_str_eq(problem.pointer, other.pointer, "%s", text);
    cr_assert_str_eq(problem.detail, other.detail, "%s", text);
    if (problem_is_set(&problem)) {
        brief = NULL;
    } else if (brief == NULL) {
        cr_assert(json_equal(json_body_control(body), tree), "%s", text);
    } else {
        const char *model = json_string_value(json_object_get(tree, "model"));
        cr_assert_str_eq(brief, model != NULL ? model : "", "%s", text);
    }
    if (!problem_is_set(&problem))
        expect_inputs(text, body, plain);
    body_destroy(body);
    body_destroy(plain);
    return brief != NULL;
}

static const char *const briefs[] = {
    "{\"model\":\"digits\",\"inputs\":[[1,2],[3,4]]}",
    "{\"inputs\":[[1,2],[3,null]],\"model\":\"digits\"}",
    " { \"model\" : \"a\" , \"inputs\" : [ [ 1 ] ] } ",
    "{\"model\":\"a\"}",
    "{\"inputs\":[[1]]}",
    "{\"inputs\":null,\"model\":\"a\"}",
    "{}",
};

static const char *const others[] = {
    "{\"model\":\"digits\",\"inputs\":[[1]],\"top\":3}",
    "{\"top\":3,\"model\":\"digits\",\"inputs\":[[1]]}",
    "{\"inputs\":[[1]],\"version\":2,\"model\":\"digits\"}",
    "{\"inputs\":[[1]],\"model\":\"a\",\"model\":\"b\"}",
    "{\"inputs\":[[1]],\"inputs\":[[1]],\"model\":\"b\"}",
    "{\"model\":\"a\",\"inputs\":[[1]],\"inputs\":[[1]]}",
    "{\"model\":3,\"inputs\":[[1]]}",
    "{\"inputs\":[[1]],\"model\":{\"a\":1}}",
    "{\"inputs\":[[1]],\"model\":null}",
    "{\"model\":\"\",\"inputs\":[[1]]}",
    "{\"model\":\"a b\",\"inputs\":[[1]]}",
    "{\"model\":\"a\\u0062\",\"inputs\":[[1]]}",
    "{\"mod\\u0065l\":\"a\",\"inputs\":[[1]]}",
    "{\"model\":\"\xc3\xa4\",\"inputs\":[[1]]}",
    "{\"model\":\"a\",\"inputs\":7}",
    "{\"model\":\"a\",\"inputs\":[]}",
    "{\"model\":\"a\",\"inputs\":[1]}",
    "{\"model\":\"a\",\"inputs\":[[1],[2,3]]}",
    "{\"model\":\"a\",\"inputs\":[[\"x\"]]}",
    "{\"model\":\"a\",\"columns\":[\"x\"],\"rows\":[[1]]}",
    "{\"records\":[{\"x\":1}],\"model\":\"a\"}",
    "{\"model\":\"a\",\"inputs\":[[1]]",
    "{\"model\":\"a\",}",
    "{\"model\"}",
    "{\"model\":}",
    "[]",
    "[[1]]",
    "3",
    "\"model\"",
    "",
    "{\"model\":\"a\"} {}",
    "{\"model\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"inputs\":[[1]]}",
};

Test(json_brief, what_says_only_model_and_inputs_needs_no_tree)
{
    for (size_t i = 0; i < sizeof briefs / sizeof *briefs; i++)
        for (size_t step = 1; step < 40; step++)
            cr_assert(expect_same(briefs[i], step), "%s", briefs[i]);
}

Test(json_brief, what_says_more_has_the_tree_or_the_problem_that_it_had)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (size_t step = 1; step < 40; step++)
            cr_assert_not(expect_same(others[i], step), "%s", others[i]);
}
