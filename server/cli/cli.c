/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/session.h"

static int (*const verbs[ARGS_N_VERBS])(const struct args *) = {
    [ARGS_TRAIN] = verb_train,
    [ARGS_PREDICT] = verb_predict,
    [ARGS_MODELS] = verb_models,
    [ARGS_JOBS] = verb_jobs,
};

int cli_run(const struct args_verb *verb, int argc, char *const *argv)
{
    struct args args;
    mlp_error err;
    int code;
    if (args_parse(verb, argc, argv, getenv, &args, &err) == MLP_OK) {
        code = verbs[verb->id](&args);
    } else {
        code = session_fail(CLI_USAGE, "%s", err.text);
        (void)fprintf(stderr, "Try 'mlpd help %s'.\n", verb->name);
    }
    args_free(&args);
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        code = session_fail(CLI_USAGE, "the output cannot be written");
    return code;
}
