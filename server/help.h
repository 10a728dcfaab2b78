/* SPDX-License-Identifier: MIT
 *
 * mlpd help and mlpd completion: pages, a manual for man(1) and the words that
 * a shell may complete, all from the tables of options.h and cli/args.h. */
#ifndef MLPD_HELP_H
#define MLPD_HELP_H

#include <stdbool.h>
#include <stdio.h>

/* Every verb with a line on it. */
void help_print_overview(FILE *out);

/* The page of a verb. False: there is no such verb. */
bool help_print_verb(const char *name, FILE *out);

/* Is there such a verb? */
bool help_has_verb(const char *name);

/* The verbs that talk to a daemon and their options, as sections of the
 * manual. */
void help_print_commands(FILE *out);

/* The manual page as roff. */
void help_print_man(FILE *out);

/* For "bash", "zsh" or "fish". False: no such shell. */
bool help_print_completion(const char *shell, FILE *out);

/* Words of `text` in lines of 72 columns. */
void help_print_wrapped(const char *text, int indent, FILE *out);

/* The verb that `name` was probably meant to be, or NULL. */
const char *help_nearest_verb(const char *name);

/* `mlpd help …` and `mlpd completion …`, with the arguments behind the verb.
 * Returns: the exit status. */
int help_run(int argc, char *const *argv);
int help_run_completion(int argc, char *const *argv);

#endif
