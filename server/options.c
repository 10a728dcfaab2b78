/* SPDX-License-Identifier: MIT
 *
 * The table of options and its parser. Strict: an option that is not known,
 * is given twice, has no value or one out of range is an error; a number is
 * digits and at most one suffix. */
#include "options.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define SERVE      (1u << OPTIONS_SERVE)
#define BOTH       (SERVE | 1u << OPTIONS_HEALTHCHECK)
#define CHECK      (1u << OPTIONS_HEALTHCHECK)
#define AT(member) offsetof(struct options, member)
#define GIB        ((uint64_t)1 << 30)

/* clang-format off */
const struct option_row options_table[] = {
    {"listen", "ADDRESS:PORT", "127.0.0.1:8080", OPTION_TEXT, BOTH,
     AT(listen), 0, 0,
     "Where to listen. [::1]:8080 is IPv6; port 0 takes any free one."},
    {"url", "URL", NULL, OPTION_TEXT, CHECK,
     AT(url), 0, 0,
     "healthcheck: ask this instead, as in http://127.0.0.1:8080."},
    {"data", "FOLDER", "./mlpd-data", OPTION_TEXT, SERVE,
     AT(data_folder), 0, 0,
     "Where jobs, models and data sets are kept. Made if it is missing; "
     "one daemon at a time."},
    {"port-file", "FILE", NULL, OPTION_TEXT, BOTH,
     AT(port_file), 0, 0,
     "Write the port to FILE once requests are answered; removed at the "
     "end."},
    {"jobs", "N", "1", OPTION_COUNT, SERVE,
     AT(n_jobs), 1, 256,
     "Training jobs that run at once."},
    {"queue-max", "N", "64", OPTION_COUNT, SERVE,
     AT(max_queued), 1, 100000,
     "Jobs that may wait; a further one is refused with 429."},
    {"http-threads", "N", "2", OPTION_COUNT, SERVE,
     AT(n_http_threads), 1, 256,
     "Threads that answer HTTP; predictions are computed on them."},
    {"max-connections", "N", "4096", OPTION_COUNT, SERVE,
     AT(max_connections), 1, 65000,
     "Connections at once; more of them wait to be accepted."},
    {"idle-timeout", "SECONDS", "60", OPTION_SECONDS, SERVE,
     AT(idle_timeout_s), 1, 86400,
     "Close a connection on which nothing comes for so long."},
    {"drain-timeout", "SECONDS", "10", OPTION_SECONDS, SERVE,
     AT(drain_timeout_s), 0, 3600,
     "At the end, wait for answers on their way for at most so long."},
    {"header-max", "SIZE", "32K", OPTION_SIZE, SERVE,
     AT(header_max_bytes), 4096, 1 << 20,
     "Request line and headers."},
    {"control-max", "SIZE", "1M", OPTION_SIZE, SERVE,
     AT(control_max_bytes), 1024, 1 << 28,
     "The part of a JSON body that is not data."},
    {"predict-body-max", "SIZE", "16M", OPTION_SIZE, SERVE,
     AT(predict_body_max_bytes), 1024, 4 * GIB,
     "Body of POST /predict, unpacked."},
    {"predict-rows-max", "N", "65536", OPTION_COUNT, SERVE,
     AT(predict_max_rows), 1, 1 << 30,
     "Rows of one prediction."},
    {"train-body-max", "SIZE", "256M", OPTION_SIZE, SERVE,
     AT(train_body_max_bytes), 1024, 64 * GIB,
     "JSON body of POST /train, unpacked."},
    {"file-max", "SIZE", "4G", OPTION_SIZE, SERVE,
     AT(file_max_bytes), 1024, 1024 * GIB,
     "An uploaded file: CSV, data set, model."},
    {"max-cells", "N", "100M", OPTION_COUNT, SERVE,
     AT(max_cells), 1, (uint64_t)1 << 36,
     "Rows times columns of one table."},
    {"max-parameters", "N", "100M", OPTION_COUNT, SERVE,
     AT(max_parameters), 1, (uint64_t)1 << 32,
     "Weights and biases of one model."},
    {"log-level", "LEVEL", "info", OPTION_LEVEL, SERVE,
     AT(log_level), 0, 0,
     "debug, info, warn or error."},
    {"log-format", "FORMAT", "auto", OPTION_FORMAT, SERVE,
     AT(log_format), 0, 0,
     "json, text, or auto: text on a terminal, else json."},
};
/* clang-format on */
const size_t options_n_rows = sizeof options_table / sizeof options_table[0];

enum { N_ROWS = sizeof options_table / sizeof options_table[0] };

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
    return kind == OPTION_SIZE ? 1024 : kind == OPTION_COUNT ? 1000 : 1;
}

/* `source` is "--jobs" or "MLPD_JOBS". */
static mlp_status set_number(struct options *out,
                             const struct option_row *row,
                             const char *source,
                             const char *text,
                             mlp_error *err)
{
    uint64_t value = 0;
    if (!parse_number(text, unit_of(row->kind), &value))
        return mlp_fail(err, MLP_INVALID, "%s: expected %s, got '%.64s'",
                        source,
                        row->kind == OPTION_SIZE
                            ? "a size in bytes, as 4096, 64K, 16M or 2G"
                            : "a whole number",
                        text);
    if (value < row->min || value > row->max)
        return mlp_fail(
            err, MLP_INVALID, "%s: %.64s is not between %llu and %llu", source,
            text, (unsigned long long)row->min, (unsigned long long)row->max);
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

static mlp_status set_value(struct options *out,
                            const struct option_row *row,
                            const char *source,
                            const char *text,
                            mlp_error *err)
{
    if (row->kind == OPTION_LEVEL || row->kind == OPTION_FORMAT)
        return set_word(out, row, source, text, err);
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

/* The row of "--name" or "--name=value". */
static const struct option_row *find_row(const char *argument,
                                         enum options_verb verb)
{
    const char *name = argument + 2;
    size_t length = strcspn(name, "=");
    for (size_t i = 0; i < N_ROWS; i++)
        if (strlen(options_table[i].name) == length &&
            memcmp(options_table[i].name, name, length) == 0)
            return takes(&options_table[i], verb) ? &options_table[i] : NULL;
    return NULL;
}

static mlp_status set_flag(struct options *out,
                           int argc,
                           char *const *argv,
                           int *i,
                           bool given[N_ROWS],
                           mlp_error *err)
{
    const char *argument = argv[*i];
    if (strncmp(argument, "--", 2) != 0)
        return mlp_fail(err, MLP_INVALID, "'%.64s' is not an option", argument);
    const struct option_row *row = find_row(argument, out->verb);
    if (row == NULL)
        return mlp_fail(err, MLP_INVALID, "unknown option '%.64s'", argument);
    char source[64];
    (void)snprintf(source, sizeof source, "--%s", row->name);
    bool *seen = &given[row - options_table];
    if (*seen)
        return mlp_fail(err, MLP_INVALID, "%s is given twice", source);
    *seen = true;
    const char *value = strchr(argument, '=');
    if (value != NULL)
        return set_value(out, row, source, value + 1, err);
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
                            bool given[N_ROWS],
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
                           const bool given[N_ROWS],
                           mlp_error *err)
{
    for (size_t i = 0; i < N_ROWS; i++) {
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
    bool check = argc > 1 && strcmp(argv[1], "healthcheck") == 0;
    bool serve = argc > 1 && strcmp(argv[1], "serve") == 0;
    *first = check || serve ? 2 : 1;
    return check ? OPTIONS_HEALTHCHECK : OPTIONS_SERVE;
}

mlp_status options_parse(int argc,
                         char *const *argv,
                         char *(*variable)(const char *name),
                         struct options *out,
                         mlp_error *err)
{
    bool given[N_ROWS] = {false};
    int first = 1;
    *out = (struct options){.verb = find_verb(argc, argv, &first)};
    if (out->verb == OPTIONS_HELP || out->verb == OPTIONS_VERSION)
        return MLP_OK;
    mlp_status status = set_flags(out, argc, argv, first, given, err);
    return status == MLP_OK ? set_rest(out, variable, given, err) : status;
}
