/* SPDX-License-Identifier: MIT
 *
 * Is the daemon ready for predictions? Whatever dialect asks. */
#ifndef MLPD_HEALTH_H
#define MLPD_HEALTH_H

#include <stdbool.h>

struct app;
struct problem;

/* False with a problem that says why not.  Threads: any. */
bool health_is_ready(struct app *app, struct problem *problem);

#endif
