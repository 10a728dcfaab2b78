/* SPDX-License-Identifier: MIT
 *
 * SIGKILL at a random moment, again and again, while clients train, upload,
 * import and delete; some of them hit the start itself. After each, what the
 * daemon knows is held against what its clients were told.
 *
 *     kill --mlpd build/mlpd [--kills 200] [--seed 1] [--clients 6]
 *          [--life-ms 700] [--keys 1] [--seconds 900] */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "torture/audit.h"
#include "torture/load.h"
#include "torture/process.h"

enum { CLIENTS_MAX = 16, START_LIFE_MS = 60, START_KILL_IN = 8 };

struct trial {
    struct process process;
    struct load loads[CLIENTS_MAX];
    size_t n_clients;
    struct dice dice;
    unsigned life_ms;
    unsigned n_kills, n_start_kills;
    int64_t audited_s;
};

/* Killed before it has said that it is ready. */
static void kill_at_start(struct trial *trial)
{
    process_spawn(&trial->process);
    pause_ms(dice_below(&trial->dice, START_LIFE_MS));
    process_kill(&trial->process);
    trial->n_start_kills++;
    trial->n_kills++;
}

static void live_and_die(struct trial *trial)
{
    for (size_t i = 0; i < trial->n_clients; i++)
        load_start(&trial->loads[i], trial->process.port);
    pause_ms(dice_below(&trial->dice, trial->life_ms));
    check(process_lives(&trial->process), "the daemon ended by itself");
    process_kill(&trial->process);
    trial->n_kills++;
    for (size_t i = 0; i < trial->n_clients; i++)
        load_join(&trial->loads[i]);
}

/* From one death to the next. */
static void one_round(struct trial *trial)
{
    unsigned n_failed = check_n_failed();
    struct leftovers leftovers = {.n = 0};
    int64_t audited_s = time(NULL) - 1;

    live_and_die(trial);
    audit_folder(&trial->process, trial->audited_s);
    trial->audited_s = audited_s;
    if (dice_below(&trial->dice, START_KILL_IN) == 0)
        kill_at_start(trial);
    leftovers_note(&leftovers, &trial->process);
    process_start(&trial->process);
    leftovers_check(&leftovers);
    audit_catalog(trial->process.port, trial->loads, trial->n_clients);
    check(check_n_failed() == n_failed, "round ending in kill %u",
          trial->n_kills);
}

static void tell(const struct trial *trial, int64_t ms)
{
    size_t jobs = 0, versions = 0, n = 0, loops = 0;

    for (size_t i = 0; i < trial->n_clients; i++) {
        const struct ledger *ledger = &trial->loads[i].ledger;
        n += ledger->n_acknowledged;
        jobs += ledger->n_jobs;
        versions += ledger->n_versions;
        for (size_t k = 0; k < ledger->n_jobs; k++)
            loops += strcmp(ledger->jobs[k].state, "failed") == 0;
    }
    note("kill: %u kills (%u of them at the start) in %.1f s; %zu writes "
         "acknowledged, %zu jobs sent, %zu versions, %zu jobs in a crash loop",
         trial->n_kills, trial->n_start_kills, (double)ms / 1000, n, jobs,
         versions, loops);
}

int main(int argc, char **argv)
{
    static struct trial trial;
    const char *program = option_text(argc, argv, "mlpd", "build/mlpd");
    unsigned n_kills = (unsigned)option_number(argc, argv, "kills", 200);
    uint64_t seed = (uint64_t)option_number(argc, argv, "seed", 1);
    int64_t end = now_ms() + 1000 * option_number(argc, argv, "seconds", 900);
    int64_t begun = now_ms();

    trial.dice.state = seed;
    trial.n_clients = (size_t)option_number(argc, argv, "clients", 6);
    trial.life_ms = (unsigned)option_number(argc, argv, "life-ms", 700);
    if (trial.n_clients == 0 || trial.n_clients > CLIENTS_MAX)
        give_up("--clients: 1 … %d", CLIENTS_MAX);
    specs_learn(program);
    process_init(&trial.process, program);
    memcpy(trial.process.flags,
           (const char *[]){"--jobs", "2", "--queue-max", "24", NULL},
           5 * sizeof(char *));
    for (size_t i = 0; i < trial.n_clients; i++)
        load_init(&trial.loads[i], (unsigned)i, seed,
                  option_number(argc, argv, "keys", 1) != 0);
    process_start(&trial.process);
    specs_import(trial.process.port);
    while (trial.n_kills < n_kills && now_ms() < end)
        one_round(&trial);
    audit_end(&trial.process, trial.loads, trial.n_clients);
    process_stop(&trial.process);
    check(trial.n_kills >= n_kills, "%u of %u kills, then the time was over",
          trial.n_kills, n_kills);
    tell(&trial, now_ms() - begun);
    process_free(&trial.process);
    for (size_t i = 0; i < trial.n_clients; i++)
        load_free(&trial.loads[i]);
    specs_free();
    return check_finish();
}
