/* SPDX-License-Identifier: MIT
 *
 * The team: everybody works, nobody runs ahead, nothing is left out. */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/team.h"

enum { MEMBERS = 4, ROUNDS = 3000 };

TestSuite(team, .timeout = 120);

static struct team *make(size_t n)
{
    struct team *team;
    mlp_error err = {.text = ""};
    cr_assert_eq(team_create(n, &team, &err), MLP_OK, "%s", err.text);
    cr_assert_eq(team_size(team), n);
    return team;
}

struct tally {
    struct team *team;
    size_t runs[MEMBERS];
    size_t ahead; /* members that were seen beyond a barrier too early */
    atomic_size_t here;
};

static void count(void *context, size_t member)
{
    struct tally *tally = context;
    tally->runs[member]++;
}

Test(team, every_member_runs_once_each_time)
{
    for (size_t n = 1; n <= MEMBERS; n++) {
        struct tally tally = {.team = make(n)};
        for (size_t round = 1; round <= ROUNDS; round++) {
            team_run(tally.team, count, &tally);
            for (size_t i = 0; i < MEMBERS; i++)
                cr_assert_eq(tally.runs[i], i < n ? round : 0);
        }
        team_destroy(tally.team);
    }
}

/* Each writes its own number, and behind the barrier reads everybody's. */
static void meet_often(void *context, size_t member)
{
    struct tally *tally = context;
    for (size_t round = 1; round <= ROUNDS; round++) {
        tally->runs[member] = round;
        team_meet(tally->team);
        if (member == round % MEMBERS) {
            for (size_t i = 0; i < MEMBERS; i++)
                tally->ahead += tally->runs[i] != round;
        }
        team_meet(tally->team);
    }
}

Test(team, nobody_passes_a_barrier_before_all_have_come)
{
    struct tally tally = {.team = make(MEMBERS)};
    team_run(tally.team, meet_often, &tally);
    cr_expect_eq(tally.ahead, 0);
    cr_expect_eq(tally.runs[0], ROUNDS);
    team_destroy(tally.team);
}

/* The caller is so late that the others have gone to sleep. */
static void be_late(void *context, size_t member)
{
    struct tally *tally = context;
    volatile size_t work = 0;
    for (size_t i = 0; member == 0 && i < 3000000; i++)
        work = work + i;
    team_meet(tally->team);
    tally->runs[member]++;
}

Test(team, who_sleeps_at_a_barrier_is_woken)
{
    struct tally tally = {.team = make(MEMBERS)};
    for (size_t i = 0; i < 5; i++)
        team_run(tally.team, be_late, &tally);
    for (size_t i = 0; i < MEMBERS; i++)
        cr_expect_eq(tally.runs[i], 5);
    team_destroy(tally.team);
}

Test(team, a_size_that_is_none_is_refused)
{
    struct team *team;
    mlp_error err;
    cr_expect_eq(team_create(0, &team, &err), MLP_INVALID);
    cr_expect_null(team);
    cr_expect_eq(team_create(TEAM_MAX + 1, &team, &err), MLP_INVALID);
    cr_expect_str_eq(err.text, "threads: expected 1 to 256, found 257");
    team_destroy(NULL);
}

Test(team, shares_are_everything_once_in_order_and_of_like_size)
{
    for (size_t n = 0; n < 70; n++) {
        for (size_t grain = 1; grain <= 16; grain *= 2) {
            for (size_t members = 1; members <= 9; members++) {
                size_t at = 0, least = SIZE_MAX, most = 0;
                for (size_t i = 0; i < members; i++) {
                    size_t first, end;
                    team_share(n, grain, i, members, &first, &end);
                    cr_assert_eq(first, at);
                    cr_assert(end == n || end % grain == 0);
                    size_t grains = (end - first + grain - 1) / grain;
                    least = grains < least ? grains : least;
                    most = grains > most ? grains : most;
                    at = end;
                }
                cr_assert_eq(at, n);
                for (size_t i = members; i < members + 3; i++) {
                    size_t first, end;
                    team_share(n, grain, i, members, &first, &end);
                    cr_assert(first == n && end == n, "beyond the last");
                }
                cr_assert_leq(most - least, 1);
            }
        }
    }
}
