/* SPDX-License-Identifier: MIT */
#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "help.h"

/* "mlpd train --help" is the page of train; of the daemon's own verbs it is the
 * whole manual. */
static bool wants_help(int argc, char *const *argv)
{
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int unknown_verb(const char *word)
{
    const char *near = help_nearest_verb(word);
    (void)fprintf(stderr, "mlpd: there is no verb '%.64s'%s%s%s\n%s\n", word,
                  near != NULL ? ", did you mean " : "",
                  near != NULL ? near : "", near != NULL ? "?" : "",
                  "Try 'mlpd help'.");
    return CLI_USAGE;
}

bool verbs_run(int argc, char *const *argv, int *code)
{
    const char *word = argc > 1 ? argv[1] : "-";
    const struct args_verb *verb = args_find_verb(word);
    *code = CLI_OK;
    if (verb != NULL && wants_help(argc, argv))
        (void)help_print_verb(word, stdout);
    else if (verb != NULL)
        *code = cli_run(verb, argc - 2, argv + 2);
    else if (strcmp(word, "help") == 0)
        *code = help_run(argc - 2, argv + 2);
    else if (strcmp(word, "completion") == 0)
        *code = help_run_completion(argc - 2, argv + 2);
    else if (word[0] != '-' && !help_has_verb(word) && !wants_help(argc, argv))
        *code = unknown_verb(word);
    else
        return false;
    return true;
}
