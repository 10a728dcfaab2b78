/* SPDX-License-Identifier: MIT
 *
 * Clients that make a daemon hold memory for them and then do nothing more:
 * bodies that never end, of kinds that grow when they are read, and answers
 * that nobody fetches. */
#ifndef TESTS_TORTURE_HOLD_H
#define TESTS_TORTURE_HOLD_H

/* Start one with that --memory-budget and hold as much as it gives. Checks that
 * its resident memory stays below what it had at first, the budget, and an
 * allowance; that it answers meanwhile; and that the memory is gone when the
 * clients are. */
void hold(const char *program, long budget_mb, unsigned n_each);

#endif
