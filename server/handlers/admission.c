/* SPDX-License-Identifier: MIT */
#include "handlers/admission.h"

#include <inttypes.h>

#include "telemetry/machine.h"

/* When to come back to a full disk: somebody has to delete something. */
enum { DISK_RETRY_S = 60 };

/* --- budgets -------------------------------------------------------------- */

uint64_t admission_memory(void)
{
    return machine_memory("") / 5 * 4;
}

uint64_t admission_reserve(const char *folder)
{
    const uint64_t usual = (uint64_t)1 << 30;
    uint64_t n_free, size;

    (void)machine_disk(folder, &n_free, &size);
    uint64_t small = size / 10, big = size / 20;
    uint64_t reserve = small < usual ? small : usual;
    return reserve > big ? reserve : big;
}

/* All of them: who answers goes before, by its priority (jobs/loop.c), and a
 * processor that nobody asks anything would be idle. */
uint64_t admission_threads(void)
{
    const size_t most = 256, n = machine_processors("");
    return n < most ? n : most;
}

struct memory_shares admission_shares(uint64_t budget_bytes)
{
    uint64_t eighth = budget_bytes / 8;
    return (struct memory_shares){5 * eighth, 2 * eighth, eighth};
}

size_t admission_cells(uint64_t work_bytes, size_t max_cells)
{
    uint64_t cells = work_bytes / 4 / sizeof(float) * 3;
    return work_bytes == 0 || cells > max_cells ? max_cells : (size_t)cells;
}

/* --- asking --------------------------------------------------------------- */

bool admit_to_disk(const struct app *app,
                   uint64_t n_bytes,
                   struct problem *problem)
{
    uint64_t reserve = app->limits.disk_reserve_bytes, n_free, size;

    /* A disk that cannot be asked says itself when it is full. */
    if (reserve == 0 || !machine_disk(app->data_folder, &n_free, &size) ||
        (n_free >= reserve && n_bytes <= n_free - reserve))
        return true;
    problem->retry_after_s = DISK_RETRY_S;
    problem_set(problem, PROBLEM_STORAGE, NULL,
                "there is no room for %" PRIu64 " bytes: the disk has %" PRIu64
                " free, of which %" PRIu64 " are kept in reserve",
                n_bytes, n_free, reserve);
    return false;
}

bool admit_training(const struct app *app,
                    uint64_t n_bytes,
                    struct problem *problem)
{
    uint64_t budget = app->limits.memory_budget_bytes;

    if (budget == 0 || n_bytes <= budget)
        return true;
    problem_set(problem, PROBLEM_MEMORY, NULL,
                "the training would take up to %" PRIu64
                " bytes of memory, %" PRIu64
                " are there for all of them: a smaller network, batch or table "
                "takes less",
                n_bytes, budget);
    return false;
}

/* --- reading files -------------------------------------------------------- */

/* Two bytes of CSV may be a cell of four, and a table that grows is copied. */
enum { READING_FACTOR = 4, READING_RETRY_S = 5 };

bool admit_reading(struct app *app,
                   uint64_t n_bytes,
                   uint64_t *taken,
                   struct problem *problem)
{
    uint64_t budget = app->limits.memory_budget_bytes, wanted;
    uint64_t others = app->reading_bytes + jobs_memory(app->jobs);

    if (__builtin_mul_overflow(n_bytes, READING_FACTOR, &wanted) ||
        wanted > budget)
        wanted = budget; /* no table grows beyond: admission_cells() */
    if (others > 0 && (others > budget || wanted > budget - others)) {
        problem->retry_after_s = READING_RETRY_S;
        problem_set(problem, PROBLEM_OVERLOADED, NULL,
                    "trainings run or other files are being read: this one "
                    "would take %" PRIu64
                    " bytes of memory meanwhile, of %" PRIu64
                    " for all of them they have %" PRIu64,
                    wanted, budget, others);
        return false;
    }
    app->reading_bytes += wanted;
    *taken = wanted;
    return true;
}

void admission_end_reading(struct app *app, uint64_t *taken)
{
    app->reading_bytes -= *taken;
    if (*taken > 0)
        jobs_look(app->jobs);
    *taken = 0;
}
