/* SPDX-License-Identifier: MIT
 *
 * Time that passes. */
#ifndef MLP_BASE_CLOCK_H
#define MLP_BASE_CLOCK_H

/* Seconds since some moment; never goes back.  Threads: any. */
double clock_s(void);

#endif
