/* SPDX-License-Identifier: MIT
 *
 * Claims that are counted, a random stream, and what a test is told on its
 * command line. A claim that fails is told at once; the test goes on. */
#ifndef TESTS_TORTURE_CHECK_H
#define TESTS_TORTURE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/* Count it; when it does not hold, say so.  Returns `holds`. Threads: any. */
bool check(bool holds, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, but one that holds counts for nothing: for claims that are made
 * thousands of times within a check. */
bool claim(bool holds, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A figure that nobody asserts, or where the test is. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Something without which no test can go on; counted, told, and the end. */
_Noreturn void give_up(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

unsigned check_n_failed(void);
/* "N passed, N failed"; the exit status. */
int check_finish(void);

/* --NAME VALUE on the command line, or `fallback`. */
long option_number(int argc, char **argv, const char *name, long fallback);
const char *
option_text(int argc, char **argv, const char *name, const char *fallback);

/* SplitMix64 (Steele et al. 2014, https://doi.org/10.1145/2660193.2660195). */
struct dice {
    uint64_t state;
};
uint64_t dice_bits(struct dice *dice);
/* 0 … n - 1. */
unsigned dice_below(struct dice *dice, unsigned n);

int64_t now_ms(void); /* of a clock that only goes forward */
int64_t now_us(void);
void pause_ms(int64_t ms);

#endif
