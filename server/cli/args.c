/* SPDX-License-Identifier: MIT
 *
 * The parser. Strict: what is not known, is given twice or has no value is an
 * error, which says what was probably meant. */
#include "cli/args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nearest.h"
#include "handlers/train_query.h"

enum { OPTIONS_MAX = 64 };

struct parse {
    struct args *out;
    char *const *argv;
    int argc, i;
    bool given[OPTIONS_MAX];
};

const struct args_verb *args_find_verb(const char *name)
{
    for (size_t i = 0; i < ARGS_N_VERBS; i++)
        if (strcmp(args_verbs[i].name, name) == 0)
            return &args_verbs[i];
    return NULL;
}

bool args_takes(const struct args_option *option, const struct args_verb *verb)
{
    return (option->verbs >> verb->id & 1u) != 0;
}

bool args_has_word(const char *list, const char *key, size_t length)
{
    while (*list != '\0') {
        size_t n = strcspn(list, " |");
        if (n == length && memcmp(list, key, n) == 0)
            return true;
        list += n + (list[n] != '\0');
    }
    return false;
}

/* --- settings of a training ----------------------------------------------- */

/* "batch-size" is the key batch_size of POST /train. False: there is none. */
static bool
setting_key(const char *name, size_t length, struct args_setting *out)
{
    if (length == 0 || length >= sizeof out->key)
        return false;
    for (size_t i = 0; i < length; i++)
        out->key[i] = name[i] == '-' ? '_' : name[i];
    out->key[length] = '\0';
    return args_has_word(train_query_keys, out->key, length);
}

static mlp_status add_setting(struct args *out,
                              const struct args_setting *setting,
                              mlp_error *err)
{
    for (size_t i = 0; i < out->n_settings; i++)
        if (strcmp(out->settings[i].key, setting->key) == 0)
            return mlp_fail(err, MLP_INVALID, "%s is given twice",
                            setting->key);
    out->settings[out->n_settings++] = *setting;
    return MLP_OK;
}

/* The nearest of a list with spaces between, in `out`; false: none is near. */
static bool suggest_word(const char *list, const char *word, char out[32])
{
    struct nearest search = nearest_to(word);
    while (*list != '\0') {
        char candidate[32];
        size_t n = strcspn(list, " |");
        (void)snprintf(candidate, sizeof candidate, "%.*s", (int)n, list);
        size_t before = search.distance;
        nearest_offer(&search, candidate);
        if (search.distance < before)
            (void)snprintf(out, 32, "%s", candidate);
        list += n + (list[n] != '\0');
    }
    return search.best != NULL;
}

/* --set KEY=VALUE */
static mlp_status take_set(struct args *out, const char *text, mlp_error *err)
{
    struct args_setting setting;
    char near[32], wrong[32];
    size_t length = strcspn(text, "=");
    if (text[length] != '=')
        return mlp_fail(err, MLP_INVALID,
                        "--set: expected KEY=VALUE, got '%.64s'", text);
    if (!setting_key(text, length, &setting)) {
        (void)snprintf(wrong, sizeof wrong, "%.*s", (int)length, text);
        bool found = suggest_word(train_query_keys, wrong, near);
        return mlp_fail(err, MLP_INVALID,
                        "--set: there is no setting '%s'%s%s%s", wrong,
                        found ? ", did you mean '" : "", found ? near : "",
                        found ? "'?" : "");
    }
    setting.value = text + length + 1;
    return add_setting(out, &setting, err);
}

/* --- options -------------------------------------------------------------- */

static const struct args_option *
find_option(const struct args_verb *verb, const char *name, size_t length)
{
    for (size_t i = 0; i < args_n_options; i++)
        if (args_takes(&args_options[i], verb) &&
            strlen(args_options[i].name) == length &&
            memcmp(args_options[i].name, name, length) == 0)
            return &args_options[i];
    return NULL;
}

static mlp_status unknown_option(const struct args_verb *verb,
                                 const char *argument,
                                 mlp_error *err)
{
    char name[32];
    char near[32];
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(argument + 2, "="),
                   argument + 2);
    struct nearest search = nearest_to(name);
    for (size_t i = 0; i < args_n_options; i++)
        if (args_takes(&args_options[i], verb))
            nearest_offer(&search, args_options[i].name);
    if (search.best == NULL && verb->id == ARGS_TRAIN &&
        suggest_word(train_query_keys, name, near))
        search.best = near;
    return mlp_fail(
        err, MLP_INVALID, "%s: unknown option '--%s'%s%s%s", verb->name, name,
        search.best != NULL ? ", did you mean --" : "",
        search.best != NULL ? search.best : "", search.best != NULL ? "?" : "");
}

static mlp_status set_text(struct args *out,
                           const struct args_option *option,
                           const char *source,
                           const char *text,
                           mlp_error *err)
{
    if (text[0] == '\0')
        return mlp_fail(err, MLP_INVALID, "%s: the value is empty", source);
    if (option->choices != NULL &&
        !args_has_word(option->choices, text, strlen(text)))
        return mlp_fail(err, MLP_INVALID, "%s: expected %s, got '%.64s'",
                        source, option->choices, text);
    if (strcmp(option->name, "set") == 0)
        return take_set(out, text, err);
    memcpy((char *)out + option->offset, &text, sizeof text);
    return MLP_OK;
}

/* The value of "--name=value", or the next argument. NULL: there is none. */
static const char *value_of(struct parse *parse, const char *argument)
{
    const char *value = strchr(argument, '=');
    if (value != NULL)
        return value + 1;
    return parse->i + 1 < parse->argc ? parse->argv[++parse->i] : NULL;
}

static mlp_status take_setting_option(struct parse *parse,
                                      const char *argument,
                                      struct args_setting *setting,
                                      mlp_error *err)
{
    setting->value = value_of(parse, argument);
    return setting->value == NULL
               ? mlp_fail(err, MLP_INVALID, "%.40s needs a value", argument)
               : add_setting(parse->out, setting, err);
}

static mlp_status
take_option(struct parse *parse, const char *argument, mlp_error *err)
{
    struct args *out = parse->out;
    struct args_setting setting;
    char source[48];
    size_t length = strcspn(argument + 2, "=");
    const struct args_option *option =
        find_option(out->verb, argument + 2, length);
    if (option == NULL && out->verb->id == ARGS_TRAIN &&
        setting_key(argument + 2, length, &setting))
        return take_setting_option(parse, argument, &setting, err);
    if (option == NULL)
        return unknown_option(out->verb, argument, err);
    (void)snprintf(source, sizeof source, "--%s", option->name);
    bool *given = &parse->given[option - args_options];
    if (*given && strcmp(option->name, "set") != 0)
        return mlp_fail(err, MLP_INVALID, "%s is given twice", source);
    *given = true;
    if (option->value == NULL) {
        if (argument[2 + length] == '=')
            return mlp_fail(err, MLP_INVALID, "%s takes no value", source);
        memcpy((char *)out + option->offset, &(bool){true}, sizeof(bool));
        return MLP_OK;
    }
    const char *value = value_of(parse, argument);
    if (value == NULL)
        return mlp_fail(err, MLP_INVALID, "%s needs a value: %s %s", source,
                        source, option->value);
    return set_text(out, option, source, value, err);
}

/* The only short one is -o FILE, where there is --output. */
static mlp_status
take_argument(struct parse *parse, bool *only_words, mlp_error *err)
{
    const char *argument = parse->argv[parse->i];
    if (*only_words || argument[0] != '-' || argument[1] == '\0') {
        parse->out->words[parse->out->n_words++] = argument;
        return MLP_OK;
    }
    if (strcmp(argument, "--") == 0) {
        *only_words = true;
        return MLP_OK;
    }
    if (strcmp(argument, "-o") == 0)
        return take_option(parse, "--output", err);
    if (strncmp(argument, "--", 2) != 0)
        return mlp_fail(err, MLP_INVALID, "%s: unknown option '%.32s'",
                        parse->out->verb->name, argument);
    return take_option(parse, argument, err);
}

static mlp_status set_variables(struct parse *parse,
                                char *(*variable)(const char *name),
                                mlp_error *err)
{
    for (size_t i = 0; i < args_n_options; i++) {
        const struct args_option *option = &args_options[i];
        if (parse->given[i] || option->variable == NULL ||
            !args_takes(option, parse->out->verb))
            continue;
        const char *value = variable(option->variable);
        if (value == NULL || value[0] == '\0')
            continue;
        mlp_status status =
            set_text(parse->out, option, option->variable, value, err);
        if (status != MLP_OK)
            return status;
    }
    return MLP_OK;
}

mlp_status args_parse(const struct args_verb *verb,
                      int argc,
                      char *const *argv,
                      char *(*variable)(const char *name),
                      struct args *out,
                      mlp_error *err)
{
    struct parse parse = {.out = out, .argv = argv, .argc = argc};
    size_t n = (size_t)argc + 1;
    bool only_words = false;
    mlp_status status = MLP_OK;
    *out = (struct args){.verb = verb};
    out->words = calloc(n, sizeof *out->words);
    out->settings = calloc(n, sizeof *out->settings);
    if (out->words == NULL || out->settings == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    for (; parse.i < argc && status == MLP_OK; parse.i++)
        status = take_argument(&parse, &only_words, err);
    return status == MLP_OK ? set_variables(&parse, variable, err) : status;
}

void args_free(struct args *args)
{
    free(args->words);
    free(args->settings);
}
