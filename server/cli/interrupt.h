/* SPDX-License-Identifier: MIT
 *
 * Ctrl-C, SIGTERM and SIGHUP while a verb works: the first asks it to end in
 * order, a second ends it at once. */
#ifndef MLPD_INTERRUPT_H
#define MLPD_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* How many came. One writer, the handler. */
extern volatile sig_atomic_t interrupt_count;

/* From now on they are counted. `last_words` (or NULL) runs in the handler of
 * the second and may call what is safe there alone. */
void interrupt_watch(void (*last_words)(void));

static inline bool interrupt_came(void)
{
    return interrupt_count > 0;
}

#endif
