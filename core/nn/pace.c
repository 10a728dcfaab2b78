/* SPDX-License-Identifier: MIT
 *
 * Level 0 is all threads, 1 half of them, and so on down to one. */
#include "nn/pace.h"

enum {
    STEPS = 2, /* of a window, at least */
    KEEP = 50, /* windows between two looks, at most */
};

/* Of a window: some ten steps of a large network, and no longer than one can
 * bear to be slow. */
static const double WINDOW_S = 0.004;

size_t pace_worth(size_t n_multiplications)
{
    return 1 + n_multiplications / 200000;
}

void pace_init(struct pace *pace, size_t most)
{
    *pace = (struct pace){.most = most, .n_levels = 1, .n_keep = 1, .other = 1};
    while (pace->n_levels < PACE_LEVELS && most >> pace->n_levels > 0)
        pace->n_levels++;
}

size_t pace_members(const struct pace *pace)
{
    return pace->most >> pace->level;
}

static size_t cheapest(const struct pace *pace)
{
    size_t best = pace->best;
    for (size_t i = 0; i < pace->n_levels; i++) {
        if (pace->cost[i] > 0 && pace->cost[i] < pace->cost[best])
            best = i;
    }
    return best;
}

/* The levels take turns to be looked at. */
static size_t next_other(const struct pace *pace)
{
    size_t other = (pace->other + 1) % pace->n_levels;
    return other == pace->best ? (other + 1) % pace->n_levels : other;
}

static void choose(struct pace *pace)
{
    size_t best = cheapest(pace);
    if (best != pace->best) {
        pace->other = pace->best;
        pace->best = best;
        pace->n_keep = 1;
        pace->n_kept = 0;
    }
    pace->level = pace->best;
    if (pace->n_kept++ < pace->n_keep)
        return;
    pace->level = pace->other;
    pace->other = next_other(pace);
    pace->n_kept = 0;
    pace->n_keep = pace->n_keep < KEEP / 2 ? 2 * pace->n_keep : KEEP;
}

void pace_note(struct pace *pace, double work, double seconds)
{
    pace->work += work;
    pace->seconds += seconds;
    if (pace->n_levels == 1 || ++pace->n_steps < STEPS ||
        pace->seconds < WINDOW_S)
        return;
    pace->cost[pace->level] = pace->seconds / pace->work;
    pace->work = pace->seconds = 0;
    pace->n_steps = 0;
    choose(pace);
}
