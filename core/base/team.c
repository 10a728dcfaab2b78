/* SPDX-License-Identifier: MIT
 *
 * One barrier does it all. Members that have no work wait at it, team_run()
 * comes to it to begin, and all come to it again at the end:
 *
 *     thread   meet ---- work ---- meet, meet ---- work ---- meet, …
 *     caller   … meet -- work ---- meet, …
 *
 * The barrier counts who has come. The last one starts the next round; the
 * others watch the round's number, first awake, then asleep. */
#include "base/team.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"

/* Looks at the round before going to sleep: some 20 microseconds. Longer would
 * save a wake-up where steps are long, and waste a core that has neighbours. */
enum { LOOKS = 2000 };

struct member {
    struct team *team;
    size_t number;
    pthread_t thread;
};

struct team {
    size_t n;
    size_t n_started;
    bool ends; /* written by the caller before a round, read behind it */
    team_work *work;
    void *context;
    /* Lines of their own: members write the one while others watch the other.
     */
    _Alignas(ALLOC_ALIGNMENT) atomic_size_t n_here;
    _Alignas(ALLOC_ALIGNMENT) atomic_uint round;
    atomic_uint n_asleep;
    pthread_mutex_t lock; /* a leaf: for the sleep alone */
    pthread_cond_t woken;
    struct member members[];
};

static inline void look_again(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* n_asleep is raised before the round is looked at, and the round before
 * n_asleep is: one of both sees the other. */
static void sleep_through(struct team *team, unsigned round)
{
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add(&team->n_asleep, 1);
    while (atomic_load(&team->round) == round)
        pthread_cond_wait(&team->woken, &team->lock);
    atomic_fetch_sub(&team->n_asleep, 1);
    pthread_mutex_unlock(&team->lock);
}

static void begin_round(struct team *team)
{
    atomic_store(&team->n_here, 0);
    atomic_fetch_add(&team->round, 1);
    if (atomic_load(&team->n_asleep) == 0)
        return;
    pthread_mutex_lock(&team->lock);
    pthread_cond_broadcast(&team->woken);
    pthread_mutex_unlock(&team->lock);
}

void team_meet(struct team *team)
{
    if (team->n == 1)
        return;
    unsigned round = atomic_load(&team->round);
    if (atomic_fetch_add(&team->n_here, 1) + 1 == team->n) {
        begin_round(team);
        return;
    }
    for (int looks = 0; looks < LOOKS; looks++) {
        if (atomic_load_explicit(&team->round, memory_order_acquire) != round)
            return;
        look_again();
    }
    sleep_through(team, round);
}

static void *serve(void *argument)
{
    const struct member *member = argument;
    struct team *team = member->team;
    for (;;) {
        team_meet(team);
        if (team->ends)
            return NULL;
        team->work(team->context, member->number);
        team_meet(team);
    }
}

void team_run(struct team *team, team_work *work, void *context)
{
    team->work = work;
    team->context = context;
    team_meet(team);
    work(context, 0);
    team_meet(team);
}

static bool start(struct team *team)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (team->n_started < team->n) {
        struct member *member = &team->members[team->n_started];
        *member = (struct member){.team = team, .number = team->n_started};
        if (pthread_create(&member->thread, NULL, serve, member) != 0)
            break;
        team->n_started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return team->n_started == team->n;
}

mlp_status team_create(size_t n_members, struct team **out, mlp_error *err)
{
    *out = NULL;
    if (n_members == 0 || n_members > TEAM_MAX)
        return mlp_fail(err, MLP_INVALID,
                        "threads: expected 1 to %d, found %zu", TEAM_MAX,
                        n_members);
    struct team *team =
        alloc_aligned(1, sizeof *team + n_members * sizeof *team->members);
    if (!team)
        return mlp_fail(err, MLP_NOMEM, "no memory for %zu threads", n_members);
    team->n = n_members;
    team->n_started = 1;
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->woken, NULL);
    if (start(team)) {
        *out = team;
        return MLP_OK;
    }
    size_t n_started = team->n_started;
    team_destroy(team);
    return mlp_fail(err, MLP_NOMEM, "thread %zu of %zu cannot be started",
                    n_started + 1, n_members);
}

/* A team that is not complete: those who are there meet among themselves. */
static void dismiss(struct team *team)
{
    size_t missing = team->n - team->n_started;
    team->ends = true;
    for (size_t i = 0; i <= missing && team->n > 1; i++) {
        if (atomic_fetch_add(&team->n_here, 1) + 1 == team->n)
            begin_round(team);
    }
    for (size_t i = 1; i < team->n_started; i++)
        pthread_join(team->members[i].thread, NULL);
}

void team_destroy(struct team *team)
{
    if (!team)
        return;
    dismiss(team);
    pthread_cond_destroy(&team->woken);
    pthread_mutex_destroy(&team->lock);
    free(team);
}

size_t team_size(const struct team *team)
{
    return team->n;
}

static size_t border(size_t n_grains, size_t member, size_t n_members)
{
    size_t whole = n_grains / n_members, rest = n_grains % n_members;
    return member * whole + (member < rest ? member : rest);
}

void team_share(size_t n,
                size_t grain,
                size_t member,
                size_t n_members,
                size_t *first,
                size_t *end)
{
    size_t n_grains = n / grain + (n % grain > 0);
    *first = border(n_grains, member, n_members) * grain;
    *end = border(n_grains, member + 1, n_members) * grain;
    *first = *first < n ? *first : n;
    *end = *end < n ? *end : n;
}
