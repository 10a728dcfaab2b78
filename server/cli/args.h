/* SPDX-License-Identifier: MIT
 *
 * The command lines of train, predict, models and jobs. Two tables hold every
 * verb and every option; the parser, the help, the manual page and the shells'
 * completions are made from them. */
#ifndef MLPD_ARGS_H
#define MLPD_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/status.h"

enum args_verb_id {
    ARGS_TRAIN,
    ARGS_PREDICT,
    ARGS_MODELS,
    ARGS_JOBS,
    ARGS_N_VERBS
};

struct args_verb {
    enum args_verb_id id;
    const char *name;
    const char *words;    /* its second words, with spaces between; or NULL */
    const char *summary;  /* a line */
    const char *synopsis; /* a line a way to write it */
    const char *about;    /* paragraphs, wrapped by who prints them */
    const char *examples; /* lines */
};
extern const struct args_verb args_verbs[ARGS_N_VERBS];

struct args_option {
    const char *name;     /* --name */
    const char *value;    /* what the help calls its value; NULL: a flag */
    const char *variable; /* of the environment, or NULL */
    const char *choices;  /* with '|' between, or NULL: anything */
    unsigned verbs;       /* bits 1 << enum args_verb_id */
    size_t offset;        /* in struct args */
    const char *help;
};
extern const struct args_option args_options[];
extern const size_t args_n_options;

struct args_setting {
    char key[32];
    const char *value;
};

/* Texts are the command line's or the environment's; NULL is not given. */
struct args {
    const struct args_verb *verb;
    const char *server, *key, *key_file, *data_folder;
    const char *data, *labels, *target, *task, *quality;
    const char *model, *version, *top, *interval, *format;
    const char *output, *wait, *limit, *state, *set;
    bool json, quiet, explain, missing, force, dry_run;
    const char **words; /* what is no option */
    size_t n_words;
    struct args_setting *settings; /* of train: --set, and --epochs and more */
    size_t n_settings;
};

/* argv[0] is the first argument behind the verb.
 * Errors: MLP_INVALID, with a sentence that names the option; MLP_NOMEM.
 * Owner:  caller; args_free(), on errors, too. */
mlp_status args_parse(const struct args_verb *verb,
                      int argc,
                      char *const *argv,
                      char *(*variable)(const char *name),
                      struct args *out,
                      mlp_error *err);
void args_free(struct args *args);

/* NULL: there is no such verb. */
const struct args_verb *args_find_verb(const char *name);
bool args_takes(const struct args_option *option, const struct args_verb *verb);
/* Is `key` in this list with spaces between? */
bool args_has_word(const char *list, const char *key, size_t length);

#endif
