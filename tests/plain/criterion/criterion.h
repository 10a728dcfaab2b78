/* SPDX-License-Identifier: MIT
 *
 * The part of Criterion's interface that the unit tests use, over fork()
 * alone. Criterion itself cannot start under ThreadSanitizer (the memory that
 * it shares with its workers lies where the sanitizer's shadow is), so builds
 * with SANITIZER=thread take this header and runner.c instead. */
#ifndef PLAIN_CRITERION_H
#define PLAIN_CRITERION_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plain_options {
    void (*init)(void);
    void (*fini)(void);
    double timeout; /* seconds; 0: 120 */
    int signal;     /* that the test must die of */
    bool disabled;
};

struct plain_test {
    const char *suite, *name; /* name NULL: options of a whole suite */
    void (*run)(void);
    struct plain_options options;
    struct plain_test *next;
};

void plain_register(struct plain_test *test);

/* Count and print a failure; a fatal one ends the test. */
void plain_fail(bool fatal,
                const char *file,
                int line,
                const char *what,
                const char *format,
                ...) __attribute__((format(printf, 5, 6)));

#define PLAIN_REGISTER(id, suite_, name_, run_, ...)                           \
    static struct plain_test id##_entry = {                                    \
        #suite_, name_, run_, {__VA_ARGS__}, NULL};                            \
    __attribute__((constructor)) static void id##_register(void)               \
    {                                                                          \
        plain_register(&id##_entry);                                           \
    }

#define Test(suite, name, ...)                                                 \
    static void suite##_##name##_run(void);                                    \
    PLAIN_REGISTER(suite##_##name, suite, #name, suite##_##name##_run,         \
                   __VA_ARGS__)                                                \
    static void suite##_##name##_run(void)

#define TestSuite(suite, ...)                                                  \
    PLAIN_REGISTER(suite##_options, suite, NULL, NULL, __VA_ARGS__)

#pragma GCC diagnostic ignored "-Wformat-zero-length"
#define PLAIN_CHECK(fatal, ok, what, ...)                                      \
    do {                                                                       \
        if (!(ok))                                                             \
            plain_fail(fatal, __FILE__, __LINE__, what, "" __VA_ARGS__);       \
    } while (0)

#define cr_fail(...)           PLAIN_CHECK(true, false, "fail", __VA_ARGS__)
#define cr_assert(c, ...)      PLAIN_CHECK(true, c, #c, __VA_ARGS__)
#define cr_expect(c, ...)      PLAIN_CHECK(false, c, #c, __VA_ARGS__)
#define cr_assert_fail(...)    PLAIN_CHECK(true, false, "fail", __VA_ARGS__)
#define cr_expect_fail(...)    PLAIN_CHECK(false, false, "fail", __VA_ARGS__)
#define cr_assert_not(c, ...)  PLAIN_CHECK(true, !(c), "not " #c, __VA_ARGS__)
#define cr_expect_not(c, ...)  PLAIN_CHECK(false, !(c), "not " #c, __VA_ARGS__)
#define cr_assert_null(p, ...) PLAIN_CHECK(true, (p) == NULL, #p, __VA_ARGS__)
#define cr_expect_null(p, ...) PLAIN_CHECK(false, (p) == NULL, #p, __VA_ARGS__)
#define cr_assert_not_null(p, ...)                                             \
    PLAIN_CHECK(true, (p) != NULL, #p, __VA_ARGS__)
#define cr_expect_not_null(p, ...)                                             \
    PLAIN_CHECK(false, (p) != NULL, #p, __VA_ARGS__)

#define PLAIN_COMPARE(fatal, a, op, b, ...)                                    \
    PLAIN_CHECK(fatal, (a)op(b), #a " " #op " " #b, __VA_ARGS__)
#define cr_assert_eq(a, b, ...)  PLAIN_COMPARE(true, a, ==, b, __VA_ARGS__)
#define cr_expect_eq(a, b, ...)  PLAIN_COMPARE(false, a, ==, b, __VA_ARGS__)
#define cr_assert_neq(a, b, ...) PLAIN_COMPARE(true, a, !=, b, __VA_ARGS__)
#define cr_expect_neq(a, b, ...) PLAIN_COMPARE(false, a, !=, b, __VA_ARGS__)
#define cr_assert_lt(a, b, ...)  PLAIN_COMPARE(true, a, <, b, __VA_ARGS__)
#define cr_expect_lt(a, b, ...)  PLAIN_COMPARE(false, a, <, b, __VA_ARGS__)
#define cr_assert_leq(a, b, ...) PLAIN_COMPARE(true, a, <=, b, __VA_ARGS__)
#define cr_expect_leq(a, b, ...) PLAIN_COMPARE(false, a, <=, b, __VA_ARGS__)
#define cr_assert_gt(a, b, ...)  PLAIN_COMPARE(true, a, >, b, __VA_ARGS__)
#define cr_expect_gt(a, b, ...)  PLAIN_COMPARE(false, a, >, b, __VA_ARGS__)
#define cr_assert_geq(a, b, ...) PLAIN_COMPARE(true, a, >=, b, __VA_ARGS__)
#define cr_expect_geq(a, b, ...) PLAIN_COMPARE(false, a, >=, b, __VA_ARGS__)

#define PLAIN_TEXT(fatal, a, b, op, ...)                                       \
    PLAIN_CHECK(fatal, strcmp(a, b) op 0, #a " " #op " " #b, __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...)  PLAIN_TEXT(true, a, b, ==, __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...)  PLAIN_TEXT(false, a, b, ==, __VA_ARGS__)
#define cr_assert_str_neq(a, b, ...) PLAIN_TEXT(true, a, b, !=, __VA_ARGS__)
#define cr_expect_str_neq(a, b, ...) PLAIN_TEXT(false, a, b, !=, __VA_ARGS__)

#define PLAIN_BYTES(fatal, a, b, n, op, ...)                                   \
    PLAIN_CHECK(fatal, memcmp(a, b, n) op 0, #a " " #op " " #b, __VA_ARGS__)
#define cr_assert_arr_eq(a, b, n, ...)                                         \
    PLAIN_BYTES(true, a, b, n, ==, __VA_ARGS__)
#define cr_expect_arr_eq(a, b, n, ...)                                         \
    PLAIN_BYTES(false, a, b, n, ==, __VA_ARGS__)
#define cr_assert_arr_neq(a, b, n, ...)                                        \
    PLAIN_BYTES(true, a, b, n, !=, __VA_ARGS__)
#define cr_expect_arr_neq(a, b, n, ...)                                        \
    PLAIN_BYTES(false, a, b, n, !=, __VA_ARGS__)

#define PLAIN_NEAR(fatal, a, b, e, ...)                                        \
    PLAIN_CHECK(fatal, fabs((double)(a) - (double)(b)) <= (double)(e),         \
                #a " near " #b, __VA_ARGS__)
#define cr_assert_float_eq(a, b, e, ...) PLAIN_NEAR(true, a, b, e, __VA_ARGS__)
#define cr_expect_float_eq(a, b, e, ...) PLAIN_NEAR(false, a, b, e, __VA_ARGS__)

#endif
