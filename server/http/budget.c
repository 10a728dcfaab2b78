/* SPDX-License-Identifier: MIT
 *
 * Counting, and tidying up behind a rush. The only file that knows the
 * allocator: glibc gives small blocks back to its arenas, not to the system, so
 * that what a thousand trees have taken stays with the process for ever. */
#include "http/budget.h"

#include <malloc.h>
#include <stdatomic.h>

enum {
    UNTIDY_BYTES = 4 << 20,
    LITTLE = 8, /* an eighth of the most there was is little */
    TIDY_EVERY_MS = 1000,
    /* Larger blocks come from the system and go back to it at once. */
    LARGE_BYTES = 1 << 20,
    /* What stays at the end of an arena, where malloc_trim() does not look. */
    SPARE_BYTES = 1 << 20,
};

void budget_init(struct budget *budget, uint64_t max_bytes)
{
    *budget = (struct budget){.max_bytes = max_bytes};
    /* Left alone, both grow with the largest block that was ever freed. */
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, SPARE_BYTES);
}

/* Lost when two look at once: then the other one's is about as high. */
static void remember(struct budget *budget, uint64_t n_bytes)
{
    if (n_bytes >
        atomic_load_explicit(&budget->high_bytes, memory_order_relaxed))
        atomic_store_explicit(&budget->high_bytes, n_bytes,
                              memory_order_relaxed);
}

static bool has_room(const struct budget *budget, uint64_t taken, uint64_t n)
{
    /* What insisted may have gone beyond the end. */
    return budget->max_bytes == 0 ||
           (taken <= budget->max_bytes && n <= budget->max_bytes - taken);
}

bool budget_raise(struct budget_share *share, uint64_t n_bytes)
{
    struct budget *budget = share->budget;
    if (budget == NULL || n_bytes <= share->n_bytes)
        return true;
    uint64_t more = n_bytes - share->n_bytes;
    uint64_t taken = atomic_load(&budget->n_bytes);
    do {
        if (!has_room(budget, taken, more))
            return false;
    } while (
        !atomic_compare_exchange_weak(&budget->n_bytes, &taken, taken + more));
    share->n_bytes = n_bytes;
    remember(budget, taken + more);
    return true;
}

void budget_insist(struct budget_share *share, uint64_t n_bytes)
{
    if (share->budget == NULL || n_bytes <= share->n_bytes)
        return;
    atomic_fetch_add(&share->budget->n_bytes, n_bytes - share->n_bytes);
    share->n_bytes = n_bytes;
}

void budget_return(struct budget_share *share)
{
    if (share->n_bytes > 0)
        atomic_fetch_sub(&share->budget->n_bytes, share->n_bytes);
    share->n_bytes = 0;
}

bool budget_is_untidy(const struct budget *budget)
{
    return atomic_load_explicit(&budget->high_bytes, memory_order_relaxed) >=
           UNTIDY_BYTES;
}

void budget_tidy(struct budget *budget, int64_t now_ms)
{
    uint64_t high = atomic_load(&budget->high_bytes);
    uint64_t n_bytes = atomic_load(&budget->n_bytes);
    int64_t last = atomic_load(&budget->tidied_ms);
    if (high < UNTIDY_BYTES || n_bytes > high / LITTLE ||
        now_ms - last < TIDY_EVERY_MS ||
        !atomic_compare_exchange_strong(&budget->tidied_ms, &last, now_ms))
        return;
    atomic_store(&budget->high_bytes, n_bytes);
    (void)malloc_trim(0);
}
