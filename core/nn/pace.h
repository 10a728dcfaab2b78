/* SPDX-License-Identifier: MIT
 *
 * How many threads pay, found by trying. A team that shares its processors with
 * others waits for the one of its members that is kept from running, and may be
 * slower than a single thread; nobody can say so beforehand. As the result is
 * the same with any number, the number is free to follow the measurements. */
#ifndef MLP_NN_PACE_H
#define MLP_NN_PACE_H

#include <stddef.h>

enum { PACE_LEVELS = 9 }; /* 1, 2, 4 … 256 threads */

/* Time is spent in windows, each at one level: at the best that is known, but
 * for a look at another one now and then; soon after the best changed, at the
 * one before, for that may have been a hiccup, and ever less often from there.
 */
struct pace {
    size_t most, n_levels;
    size_t level, best;       /* of the window at hand; of all windows */
    double cost[PACE_LEVELS]; /* seconds of a unit of work; 0: not known yet */
    double seconds, work;     /* of the window at hand, and … */
    size_t n_steps;           /* … its steps */
    size_t n_kept, n_keep;    /* windows since the last look, until the next */
    size_t other;             /* that is looked at next */
};

/* How many threads so many multiplications are worth: another one is told and
 * waited for within a microsecond or two.  Threads: any. */
size_t pace_worth(size_t n_multiplications);

/* For up to `most` threads. */
void pace_init(struct pace *pace, size_t most);

/* How many are to work on the next step. */
size_t pace_members(const struct pace *pace);

/* They did so much work, in any unit, in so many seconds.
 * Threads: one at a time. */
void pace_note(struct pace *pace, double work, double seconds);

#endif
