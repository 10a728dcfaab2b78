/* SPDX-License-Identifier: MIT */
#include "torture/check.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A broken daemon fails thousands of times in one way. */
enum { FAILURES_SHOWN = 60 };

static struct {
    pthread_mutex_t lock; /* guards the counts and stdout; a leaf */
    unsigned n_passed, n_failed;
} counts = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Printed under the lock. */
__attribute__((format(printf, 2, 0))) static void
say(const char *before, const char *format, va_list arguments)
{
    printf("%s", before);
    vprintf(format, arguments);
    printf("\n");
    fflush(stdout);
}

__attribute__((format(printf, 3, 0))) static void
count(bool holds, bool told, const char *format, va_list arguments)
{
    pthread_mutex_lock(&counts.lock);
    if (holds)
        counts.n_passed += told;
    else if (counts.n_failed++ < FAILURES_SHOWN)
        say("FAIL ", format, arguments);
    pthread_mutex_unlock(&counts.lock);
}

bool check(bool holds, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    count(holds, true, format, arguments);
    va_end(arguments);
    return holds;
}

bool claim(bool holds, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    count(holds, false, format, arguments);
    va_end(arguments);
    return holds;
}

void note(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    pthread_mutex_lock(&counts.lock);
    say("", format, arguments);
    pthread_mutex_unlock(&counts.lock);
    va_end(arguments);
}

void give_up(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    count(false, true, format, arguments);
    va_end(arguments);
    exit(check_finish());
}

unsigned check_n_failed(void)
{
    pthread_mutex_lock(&counts.lock);
    unsigned n = counts.n_failed;
    pthread_mutex_unlock(&counts.lock);
    return n;
}

int check_finish(void)
{
    printf("%u passed, %u failed\n", counts.n_passed, counts.n_failed);
    return counts.n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

const char *
option_text(int argc, char **argv, const char *name, const char *fallback)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0)
            return argv[i + 1];
    return fallback;
}

long option_number(int argc, char **argv, const char *name, long fallback)
{
    const char *text = option_text(argc, argv, name, NULL);
    char *end;

    if (text == NULL)
        return fallback;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0')
        give_up("--%s: '%s' is no number", name, text);
    return value;
}

uint64_t dice_bits(struct dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

unsigned dice_below(struct dice *dice, unsigned n)
{
    return (unsigned)((dice_bits(dice) >> 32) * n >> 32);
}

int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t now_ms(void)
{
    return now_us() / 1000;
}

void pause_ms(int64_t ms)
{
    if (ms > 0)
        nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}
