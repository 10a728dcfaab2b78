/* SPDX-License-Identifier: MIT
 *
 * The verbs that need no daemon in this process: those that talk to one, and
 * those about the program itself. */
#ifndef MLPD_VERBS_H
#define MLPD_VERBS_H

#include <stdbool.h>

/* Run the verb in argv[1], if it is one of these or like none; *code is then
 * the exit status. False: it is for options_parse(). */
bool verbs_run(int argc, char *const *argv, int *code);

#endif
