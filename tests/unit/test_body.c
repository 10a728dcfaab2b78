/* SPDX-License-Identifier: MIT
 *
 * Bodies in memory, and the limit that all bodies share. */
#include <criterion/criterion.h>
#include <string.h>

#include "http/body.h"

Test(body, memory_keeps_what_came_in_order)
{
    struct problem problem = {0};
    struct http_body *body = body_memory(100);
    size_t length;
    body_write(body, "ab", 2, &problem);
    body_write(body, "", 0, &problem);
    body_write(body, "c\0d", 3, &problem);
    body_finish(body, &problem);
    const char *bytes = body_memory_bytes(body, &length);
    cr_assert_not(problem_is_set(&problem));
    cr_assert_eq(length, 5);
    cr_assert_eq(memcmp(bytes, "abc\0d", 5), 0);
    body_destroy(body);
}

Test(body, empty_one_has_no_bytes_but_a_place)
{
    struct http_body *body = body_memory(1);
    size_t length = 9;
    cr_assert_str_eq(body_memory_bytes(body, &length), "");
    cr_assert_eq(length, 0);
    body_destroy(body);
    body_destroy(NULL);
}

Test(body, limit_is_exact)
{
    struct problem problem = {0};
    struct http_body *body = body_memory(4);
    body_write(body, "abcd", 4, &problem);
    cr_assert_not(problem_is_set(&problem));
    body_write(body, "e", 1, &problem);
    cr_assert_eq(problem_status(problem.type), 413);
    body_destroy(body);
}

Test(body, nothing_is_written_or_finished_behind_a_problem)
{
    struct problem problem = {.type = PROBLEM_INVALID};
    struct http_body *body = body_memory(100);
    size_t length;
    body_write(body, "ab", 2, &problem);
    body_finish(body, &problem);
    body_memory_bytes(body, &length);
    cr_assert_eq(length, 0);
    body_destroy(body);
}

Test(body, inner_of_one_that_is_no_gunzip_is_itself)
{
    struct http_body *body = body_memory(1);
    cr_assert_eq(body_inner(body), body);
    cr_assert_null(body_inner(NULL));
    body_destroy(body);
}

/* --- the budget ----------------------------------------------------------- */

Test(body, budget_is_shared_and_given_back)
{
    struct body_budget budget = {.max_bytes = 10};
    struct http_body *a = body_memory(100), *b = body_memory(100);
    struct problem problem = {0};
    body_reserve(a, &budget, 7, &problem);
    cr_assert_not(problem_is_set(&problem));
    body_reserve(b, &budget, 4, &problem);
    cr_expect_eq(problem.type, PROBLEM_OVERLOADED);
    cr_expect_gt(problem.retry_after_s, 0);
    cr_expect_not_null(strstr(problem.detail, "have 7"), "%s", problem.detail);
    body_destroy(a);
    cr_expect_eq(budget.n_bytes, 0);
    problem = (struct problem){0};
    body_reserve(b, &budget, 4, &problem);
    cr_expect_not(problem_is_set(&problem));
    cr_expect_eq(budget.n_bytes, 4);
    body_destroy(b);
}

Test(body, budget_is_taken_as_an_undeclared_one_grows)
{
    struct body_budget budget = {.max_bytes = 10};
    struct http_body *a = body_memory(100), *b = body_memory(100);
    struct problem problem = {0};
    body_reserve(a, &budget, 2, &problem);
    body_reserve(b, &budget, 0, &problem);
    body_write(a, "ab", 2, &problem);
    cr_expect_eq(budget.n_bytes, 2);
    body_write(a, "cdef", 4, &problem);
    body_write(b, "1234", 4, &problem);
    cr_assert_not(problem_is_set(&problem));
    cr_expect_eq(budget.n_bytes, 10);
    body_write(b, "5", 1, &problem);
    cr_expect_eq(problem.type, PROBLEM_OVERLOADED);
    cr_expect_eq(budget.n_bytes, 10);
    body_destroy(a);
    body_destroy(b);
    cr_expect_eq(budget.n_bytes, 0);
}

Test(body, budget_that_a_body_alone_exceeds_is_a_413)
{
    struct body_budget budget = {.max_bytes = 10};
    struct http_body *body = body_memory(100);
    struct problem problem = {0};
    body_reserve(body, &budget, 11, &problem);
    cr_expect_eq(problem.type, PROBLEM_TOO_LARGE);
    cr_expect_eq(budget.n_bytes, 0);
    body_destroy(body);
    body = body_memory(100);
    problem = (struct problem){0};
    body_reserve(body, &budget, 8, &problem);
    body_write(body, "12345678901", 11, &problem);
    cr_expect_eq(problem.type, PROBLEM_TOO_LARGE);
    body_destroy(body);
    cr_expect_eq(budget.n_bytes, 0);
}

Test(body, budget_counts_what_is_unpacked)
{
    static const char packed[] = /* 1,000 times "a" */
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\x1c\x05\xa3"
        "\x60\x14\x0c\x77\x00\x00\x03\xda\x38\x9a\xe8\x03\x00\x00";
    struct body_budget budget = {.max_bytes = 10000};
    struct http_body *body = body_gunzip(body_memory(2000), false);
    struct problem problem = {0};
    body_reserve(body, &budget, sizeof packed - 1, &problem);
    body_write(body, packed, sizeof packed - 1, &problem);
    body_finish(body, &problem);
    cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
    cr_expect_eq(budget.n_bytes, 1000);
    body_destroy(body);
    cr_expect_eq(budget.n_bytes, 0);
}

Test(body, budget_is_no_matter_of_what_is_stored)
{
    struct body_budget budget = {.max_bytes = 10}, none = {0};
    struct http_body *body = body_memory(100), *other = body_memory(100);
    struct problem problem = {0};
    body->stored = true;
    body_reserve(body, &budget, 50, &problem);
    body_reserve(other, &none, 50, &problem);
    cr_expect_not(problem_is_set(&problem));
    cr_expect_eq(budget.n_bytes, 0);
    body_destroy(body);
    body_destroy(other);
}
