/* SPDX-License-Identifier: MIT
 *
 * The memory that requests hold together while they are on their way: bodies
 * that arrive, and what was made of them so far, and answers that leave. Each
 * takes its share before or as it grows and gives it back when it goes. One
 * atomic number; a share belongs to one thread at a time. */
#ifndef MLPD_BUDGET_H
#define MLPD_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct budget {
    uint64_t max_bytes; /* 0: no limit */
    _Atomic uint64_t n_bytes;
    _Atomic uint64_t high_bytes; /* the most since memory was given back */
    _Atomic int64_t tidied_ms;
};

/* Zeroed: of no budget, which always has room. */
struct budget_share {
    struct budget *budget;
    uint64_t n_bytes;
};

/* Also bounds, for the whole process, what the allocator keeps for itself. */
void budget_init(struct budget *budget, uint64_t max_bytes);

/* Raise the share to n_bytes; false: there is no room for that now. A share
 * never shrinks but to nothing.  Threads: any. */
bool budget_raise(struct budget_share *share, uint64_t n_bytes);
/* Raise it in any case, for what is too small to be refused: an error's text
 * must go out when there is room for nothing else. */
void budget_insist(struct budget_share *share, uint64_t n_bytes);
void budget_return(struct budget_share *share);

/* Has so much come and gone that the allocator may keep a lot for nobody? */
bool budget_is_untidy(const struct budget *budget);
/* Then, once little is left of it, give the memory back to the system; now and
 * then at most, since it takes a while. */
void budget_tidy(struct budget *budget, int64_t now_ms);

#endif
