/* SPDX-License-Identifier: MIT
 *
 * The parser of options. Strict: an option that is not known,
 * is given twice, has no value or one out of range is an error; a number is
 * digits and at most one suffix. */
#include "options.h"

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "cli/nearest.h"

enum { ROWS_MAX = 64 }; /* of options_table */

void options_variable(const struct option_row *row,
                      char out[OPTIONS_VARIABLE_MAX])
{
    int n = snprintf(out, OPTIONS_VARIABLE_MAX, "MLPD_%s", row->name);
    for (int i = 0; i < n && i < OPTIONS_VARIABLE_MAX - 1; i++)
        out[i] = out[i] == '-' ? '_' : (char)toupper((unsigned char)out[i]);
}

/* --- values --------------------------------------------------------------- */

/* Digits and at most one of K, M, G, each `unit` times the one before. */
static bool parse_number(const char *text, uint64_t unit, uint64_t *out)
{
    uint64_t value = 0;
    size_t n = 0;
    for (; text[n] >= '0' && text[n] <= '9'; n++)
        if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text[n] - '0'), &value))
            return false;
    if (n == 0)
        return false;
    if (text[n] != '\0' && unit > 1) {
        const char *suffixes = "KMG";
        const char *suffix = strchr(suffixes, toupper((unsigned char)text[n]));
        if (suffix == NULL)
            return false;
        for (const char *s = suffixes; s <= suffix; s++)
            if (__builtin_mul_overflow(value, unit, &value))
                return false;
        n++;
    }
    *out = value;
    return text[n] == '\0';
}

static bool find_word(const char *const *words, const char *text, int *out)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return true;
        }
    return false;
}

/* In the order of enum log_level and enum log_format. */
static const char *const level_words[] = {"debug", "info", "warn", "error",
                                          NULL};
static const char *const format_words[] = {"auto", "json", "text", NULL};

static uint64_t unit_of(enum option_kind kind)
{
    switch (kind) {
    case OPTION_SIZE:
    case OPTION_AUTO:
        return 1024;
    case OPTION_COUNT:
    case OPTION_AUTO_COUNT:
        return 1000;
    default:
        return 1;
    }
}

/* "1.25": 1250 thousandths. */
static bool parse_thousandths(const char *text, uint64_t *out)
{
    size_t whole = strspn(text, "0123456789"), places = 0, used = whole;
    uint64_t value = 0;
    if (text[whole] == '.') {
        places = strspn(text + whole + 1, "0123456789");
        used += 1 + places;
    }
    if (text[used] != '\0' || whole == 0 || whole > 9 || places > 3 ||
        (used > whole && places == 0))
        return false;
    for (size_t i = 0; i < used; i++)
        value = text[i] == '.' ? value : value * 10 + (uint64_t)(text[i] - '0');
    for (; places < 3; places++)
        value *= 10;
    *out = value;
    return true;
}

/* `source` is "--jobs" or "MLPD_JOBS". */
static mlp_status set_number(struct options *out,
                             const struct option_row *row,
                             const char *source,
                             const char *text,
                             mlp_error *err)
{
    static const char *const expected[] = {
        [OPTION_SIZE] = "a size in bytes, as 4096, 64K, 16M or 2G",
        [OPTION_AUTO] = "auto or a size in bytes, as 4096, 64K, 16M or 2G",
        [OPTION_COUNT] = "a whole number",
        [OPTION_AUTO_COUNT] = "auto or a whole number",
        [OPTION_SECONDS] = "a whole number",
        [OPTION_MS] = "seconds, as in 30 or 0.5",
    };
    uint64_t value = 0, scale = row->kind == OPTION_MS ? 1000 : 1;
    if (!(row->kind == OPTION_MS
              ? parse_thousandths(text, &value)
              : parse_number(text, unit_of(row->kind), &value)))
        return mlp_fail(err, MLP_INVALID, "%s: expected %s, got '%.64s'",
                        source, expected[row->kind], text);
    if (value < row->min || value > row->max)
        return mlp_fail(err, MLP_INVALID,
                        "%s: %.64s is not between %llu and %llu", source, text,
                        (unsigned long long)(row->min / scale),
                        (unsigned long long)(row->max / scale));
    memcpy((char *)out + row->offset, &value, sizeof value);
    return MLP_OK;
}

static mlp_status set_word(struct options *out,
                           const struct option_row *row,
                           const char *source,
                           const char *text,
                           mlp_error *err)
{
    const char *const *words =
        row->kind == OPTION_LEVEL ? level_words : format_words;
    int i = 0;
    if (!find_word(words, text, &i))
        return mlp_fail(err, MLP_INVALID, "%s: expected %s got '%.64s'", source,
                        row->kind == OPTION_LEVEL
                            ? "debug, info, warn or error,"
                            : "auto, json or text,",
                        text);
    if (row->kind == OPTION_LEVEL)
        out->log_level = (enum log_level)i;
    else
        out->log_format = (enum log_format)i;
    return MLP_OK;
}

/* Three or four octal digits. */
static mlp_status set_mode(struct options *out,
                           const struct option_row *row,
                           const char *source,
                           const char *text,
                           mlp_error *err)
{
    uint64_t mode = 0;
    size_t n = strlen(text);
    for (const char *digit = text; *digit >= '0' && *digit <= '7'; digit++)
        mode = mode * 8 + (uint64_t)(*digit - '0');
    if (n < 3 || n > 4 || strspn(text, "01234567") != n || mode > row->max)
        return mlp_fail(err, MLP_INVALID,
                        "%s: expected a mode such as 600 or 660, got '%.64s'",
                        source, text);
    memcpy((char *)out + row->offset, &mode, sizeof mode);
    return MLP_OK;
}

static mlp_status set_switch(struct options *out,
                             const struct option_row *row,
                             const char *source,
                             const char *text,
                             mlp_error *err)
{
    static const char *const words[] = {"0", "false", "1", "true", NULL};
    int i = 0;
    if (!find_word(words, text, &i))
        return mlp_fail(err, MLP_INVALID,
                        "%s: expected 0, 1, false or true, got '%.64s'", source,
                        text);
    bool on = i >= 2;
    memcpy((char *)out + row->offset, &on, sizeof on);
    return MLP_OK;
}

static mlp_status set_value(struct options *out,
                            const struct option_row *row,
                            const char *source,
                            const char *text,
                            mlp_error *err)
{
    if (row->kind == OPTION_LEVEL || row->kind == OPTION_FORMAT)
        return set_word(out, row, source, text, err);
    if (row->kind == OPTION_MODE)
        return set_mode(out, row, source, text, err);
    if (row->kind == OPTION_FLAG)
        return set_switch(out, row, source, text, err);
    if ((row->kind == OPTION_AUTO || row->kind == OPTION_AUTO_COUNT) &&
        strcmp(text, "auto") == 0) {
        memcpy((char *)out + row->offset, &(uint64_t){OPTIONS_AUTO},
               sizeof(uint64_t));
        return MLP_OK;
    }
    if (row->kind != OPTION_TEXT)
        return set_number(out, row, source, text, err);
    if (text[0] == '\0')
        return mlp_fail(err, MLP_INVALID, "%s: the value is empty", source);
    memcpy((char *)out + row->offset, &text, sizeof text);
    return MLP_OK;
}

/* --- where they come from ------------------------------------------------- */

static bool takes(const struct option_row *row, enum options_verb verb)
{
    return (row->verbs >> verb & 1u) != 0;
}

/* No byte of a name is NUL, so that a longer text ends the comparison. */
static bool is_name(const char *name, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (name[i] != (text[i] == '_' ? '-' : text[i]))
            return false;
    return name[length] == '\0';
}

/* The row of "--name" or "--name=value"; KServe writes --a_name. */
static const struct option_row *find_row(const char *argument,
                                         enum options_verb verb)
{
    const char *name = argument + 2;
    size_t length = strcspn(name, "=");
    for (size_t i = 0; i < options_n_rows; i++)
        if (is_name(options_table[i].name, name, length))
            return takes(&options_table[i], verb) ? &options_table[i] : NULL;
    return NULL;
}

static mlp_status
unknown_option(const char *argument, enum options_verb verb, mlp_error *err)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(argument + 2, "="),
                   argument + 2);
    struct nearest search = nearest_to(name);
    for (size_t i = 0; i < options_n_rows; i++)
        if (takes(&options_table[i], verb))
            nearest_offer(&search, options_table[i].name);
    if (search.best == NULL)
        return mlp_fail(err, MLP_INVALID, "unknown option '%.64s'", argument);
    return mlp_fail(err, MLP_INVALID,
                    "unknown option '%.64s', did you mean --%s?", argument,
                    search.best);
}

static mlp_status set_flag(struct options *out,
                           int argc,
                           char *const *argv,
                           int *i,
                           bool given[ROWS_MAX],
                           mlp_error *err)
{
    const char *argument = argv[*i];
    if (out->verb == OPTIONS_KEY_REVOKE && out->key_id == NULL &&
        argument[0] != '-') {
        out->key_id = argument;
        return MLP_OK;
    }
    if (strncmp(argument, "--", 2) != 0)
        return mlp_fail(err, MLP_INVALID, "'%.64s' is not an option", argument);
    const struct option_row *row = find_row(argument, out->verb);
    if (row == NULL)
        return unknown_option(argument, out->verb, err);
    char source[64];
    (void)snprintf(source, sizeof source, "--%s", row->name);
    bool *seen = &given[row - options_table];
    if (*seen)
        return mlp_fail(err, MLP_INVALID, "%s is given twice", source);
    *seen = true;
    const char *value = strchr(argument, '=');
    if (value != NULL)
        return set_value(out, row, source, value + 1, err);
    if (row->kind == OPTION_FLAG)
        return set_switch(out, row, source, "1", err);
    if (*i + 1 >= argc)
        return mlp_fail(err, MLP_INVALID, "%s needs a value: %s %s", source,
                        source, row->value);
    *i += 1;
    return set_value(out, row, source, argv[*i], err);
}

static mlp_status set_flags(struct options *out,
                            int argc,
                            char *const *argv,
                            int first,
                            bool given[ROWS_MAX],
                            mlp_error *err)
{
    for (int i = first; i < argc; i++) {
        mlp_status status = set_flag(out, argc, argv, &i, given, err);
        if (status != MLP_OK)
            return status;
    }
    return MLP_OK;
}

static mlp_status set_rest(struct options *out,
                           char *(*variable)(const char *name),
                           const bool given[ROWS_MAX],
                           mlp_error *err)
{
    for (size_t i = 0; i < options_n_rows; i++) {
        const struct option_row *row = &options_table[i];
        if (given[i] || !takes(row, out->verb))
            continue;
        char source[OPTIONS_VARIABLE_MAX];
        options_variable(row, source);
        const char *value = variable(source);
        if (value == NULL || value[0] == '\0')
            value = row->fallback;
        if (value == NULL)
            continue;
        mlp_status status = set_value(out, row, source, value, err);
        if (status != MLP_OK)
            return status;
    }
    return MLP_OK;
}

/* The verb, and in *first the argument behind it. --help and --version may
 * stand anywhere. */
static enum options_verb find_verb(int argc, char *const *argv, int *first)
{
    static const struct {
        const char *word;
        enum options_verb verb;
    } anywhere[] = {{"--help", OPTIONS_HELP},
                    {"-h", OPTIONS_HELP},
                    {"--version", OPTIONS_VERSION}};
    for (int i = 1; i < argc; i++)
        for (size_t k = 0; k < sizeof anywhere / sizeof anywhere[0]; k++)
            if (strcmp(argv[i], anywhere[k].word) == 0)
                return anywhere[k].verb;
    static const struct {
        const char *word, *second; /* NULL: it is one word */
        enum options_verb verb;
    } verbs[] = {{"serve", NULL, OPTIONS_SERVE},
                 {"healthcheck", NULL, OPTIONS_HEALTHCHECK},
                 {"fsck", NULL, OPTIONS_FSCK},
                 {"key", "create", OPTIONS_KEY_CREATE},
                 {"key", "list", OPTIONS_KEY_LIST},
                 {"key", "revoke", OPTIONS_KEY_REVOKE}};
    for (size_t k = 0; k < sizeof verbs / sizeof verbs[0]; k++) {
        int n = verbs[k].second != NULL ? 2 : 1;
        if (argc <= n || strcmp(argv[1], verbs[k].word) != 0 ||
            (n == 2 && strcmp(argv[2], verbs[k].second) != 0))
            continue;
        *first = 1 + n;
        return verbs[k].verb;
    }
    *first = 1;
    return OPTIONS_SERVE;
}

mlp_status options_parse(int argc,
                         char *const *argv,
                         char *(*variable)(const char *name),
                         struct options *out,
                         mlp_error *err)
{
    bool given[ROWS_MAX] = {false};
    assert(options_n_rows <= ROWS_MAX);
    int first = 1;
    *out = (struct options){.verb = find_verb(argc, argv, &first)};
    if (out->verb == OPTIONS_HELP || out->verb == OPTIONS_VERSION)
        return MLP_OK;
    if (out->verb == OPTIONS_SERVE && argc > 1 && strcmp(argv[1], "key") == 0)
        return mlp_fail(err, MLP_INVALID,
                        "key: expected create, list or revoke behind it");
    mlp_status status = set_flags(out, argc, argv, first, given, err);
    if (status == MLP_OK)
        status = set_rest(out, variable, given, err);
    if (status == MLP_OK && out->http_port != 0) {
        snprintf(out->http_listen, sizeof out->http_listen, "0.0.0.0:%u",
                 (unsigned)out->http_port);
        out->listen = out->http_listen;
    }
    if (status == MLP_OK && out->model_name != NULL &&
        out->model_folder == NULL)
        return mlp_fail(err, MLP_INVALID,
                        "--model-name: expected --model-dir with it");
    return status;
}
