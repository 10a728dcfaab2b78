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
