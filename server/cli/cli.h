/* SPDX-License-Identifier: MIT
 *
 * The verbs that talk to a daemon: train, predict, models, jobs. Each runs on
 * one thread, prints, and returns the exit status. */
#ifndef MLPD_CLI_H
#define MLPD_CLI_H

#include "cli/args.h"
#include "cli/exit.h"

/* `verb` with the arguments behind it. */
int cli_run(const struct args_verb *verb, int argc, char *const *argv);

int verb_train(const struct args *args);
int verb_predict(const struct args *args);
int verb_models(const struct args *args);
int verb_jobs(const struct args *args);

#endif
