/* SPDX-License-Identifier: MIT
 *
 * What the measuring programs share: the clock, the digits, nets by name, and
 * the lines that table.py asks with. They are run by hand or by table.py; on
 * nonsense they say what is wrong and exit. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PIXELS = 784, N_CLASSES = 10, MAX_WIDTHS = 8 };

/* One line of stdin, always seven words: TASK NET BATCH HOW SEED MIN_S MAX_S.
 * MIN_S is how long to measure at least, MAX_S where to cut. */
struct request {
    char task[16]; /* train, accuracy, forward, peak */
    char net[32];  /* 784-128-10; "-" where there is none */
    size_t batch;
    char how[16]; /* sgd, adam; for peak the instruction set */
    uint64_t seed;
    double min_s, max_s;
};

/* "784-128-10" as 784, 128, 10. */
struct net {
    size_t n_widths;
    size_t widths[MAX_WIDTHS];
};

struct digits {
    size_t n_rows;
    uint8_t *images; /* [n_rows, PIXELS] */
    uint8_t *labels; /* [n_rows], below N_CLASSES */
};

/* Monotonic. */
double now_s(void);

__attribute__((format(printf, 1, 2), noreturn)) void die(const char *format,
                                                         ...);

/* False at the end of the input. */
bool request_read(struct request *request);
bool request_is(const struct request *request, const char *task);

struct net net_parse(const char *name);

/* part is "train" or "t10k"; the four IDX files lie unpacked in `folder`.
 * Owner: the process, to its end. */
struct digits digits_load(const char *folder, const char *part);

/* x[0 .. PIXELS) = the pixels of one image, in [0, 1]. */
void digits_row(const struct digits *digits, size_t row, float *x);

/* malloc or die. */
void *memory(size_t n, size_t size);

/* How long one call takes: the median over blocks of calls, each of some 50 us
 * so that the clock does not count, for `seconds` after as long a warm-up as
 * a fifth of them. */
double
median_call_s(void (*call)(void *context), void *context, double seconds);

#ifdef __cplusplus
}
#endif

#endif
