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

/* What a body has taken of it. */
static void
write_text(struct http_body *body, const char *text, struct problem *problem)
{
    body_write(body, text, strlen(text), problem);
}

Test(body, budget_is_shared_and_given_back)
{
    struct budget budget = {.max_bytes = 10};
    struct http_body *a = body_memory(100), *b = body_memory(100);
    struct problem problem = {0};
    body_charge(a, &budget, 7, &problem);
    body_charge(b, &budget, 7, &problem);
    write_text(a, "1234567", &problem);
    cr_assert_not(problem_is_set(&problem));
    write_text(b, "1234", &problem);
    cr_expect_eq(problem.type, PROBLEM_OVERLOADED);
    cr_expect_gt(problem.retry_after_s, 0);
    cr_expect_not_null(strstr(problem.detail, "have 7"), "%s", problem.detail);
    body_destroy(a);
    cr_expect_eq(budget.n_bytes, 0);
    problem = (struct problem){0};
    write_text(b, "5", &problem);
    cr_expect_not(problem_is_set(&problem));
    cr_expect_eq(budget.n_bytes, 5);
    body_destroy(b);
    cr_expect_eq(budget.n_bytes, 0);
}

Test(body, budget_is_not_taken_for_what_was_declared_but_has_not_come)
{
    struct budget budget = {.max_bytes = 10};
    struct http_body *a = body_memory(100), *b = body_memory(100);
    struct problem problem = {0};
    body_charge(a, &budget, 10, &problem);
    write_text(a, "{", &problem);
    cr_expect_eq(budget.n_bytes, 1);
    body_charge(b, &budget, 0, &problem);
    write_text(b, "123456789", &problem);
    cr_expect_not(problem_is_set(&problem), "%s", problem.detail);
    body_destroy(a);
    body_destroy(b);
    cr_expect_eq(budget.n_bytes, 0);
}

Test(body, budget_that_a_body_alone_exceeds_is_a_413)
{
    struct budget budget = {.max_bytes = 10};
    struct http_body *body = body_memory(100);
    struct problem problem = {0};
    body_charge(body, &budget, 11, &problem);
    cr_expect_eq(problem.type, PROBLEM_TOO_LARGE);
    cr_expect_eq(budget.n_bytes, 0);
    body_destroy(body);
    body = body_memory(100);
    problem = (struct problem){0};
    body_charge(body, &budget, 0, &problem);
    write_text(body, "12345678901", &problem);
    cr_expect_eq(problem.type, PROBLEM_TOO_LARGE);
    body_destroy(body);
    cr_expect_eq(budget.n_bytes, 0);
}

static const char packed[] = /* 1,000 times "a" */
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\x1c\x05\xa3"
    "\x60\x14\x0c\x77\x00\x00\x03\xda\x38\x9a\xe8\x03\x00\x00";

Test(body, budget_counts_what_is_unpacked_and_who_unpacks)
{
    struct budget budget = {.max_bytes = 1 << 20};
    struct http_body *body = body_gunzip(body_memory(2000), false);
    struct problem problem = {0};
    body_charge(body, &budget, sizeof packed - 1, &problem);
    uint64_t before = budget.n_bytes;
    cr_expect_gt(before, 65536, "zlib has its window, we a piece");
    body_write(body, packed, sizeof packed - 1, &problem);
    body_finish(body, &problem);
    cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
    cr_expect_eq(budget.n_bytes - before, 1000);
    body_destroy(body);
    cr_expect_eq(budget.n_bytes, 0);
}

Test(body, budget_is_no_matter_of_what_is_stored)
{
    struct budget budget = {.max_bytes = 10}, none = {0};
    struct http_body *body = body_memory(100), *other = body_memory(100);
    struct problem problem = {0};
    body->stored = true;
    body_charge(body, &budget, 50, &problem);
    write_text(body, "12345678901234567890", &problem);
    body_charge(other, &none, 50, &problem);
    write_text(other, "12345678901234567890", &problem);
    cr_expect_not(problem_is_set(&problem));
    cr_expect_eq(budget.n_bytes, 0);
    cr_expect_eq(none.n_bytes, 20, "counted, without a limit");
    body_destroy(body);
    body_destroy(other);
    cr_expect_eq(none.n_bytes, 0);
}
