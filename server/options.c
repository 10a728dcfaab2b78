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
#define FSCK       (1u << OPTIONS_FSCK)
#define CREATE     (1u << OPTIONS_KEY_CREATE)
#define KEYS       (CREATE | 1u << OPTIONS_KEY_LIST | 1u << OPTIONS_KEY_REVOKE)
#define AT(member) offsetof(struct options, member)
#define GIB        ((uint64_t)1 << 30)

/* clang-format off */
const struct option_row options_table[] = {
    {"listen", "ADDRESS:PORT", "127.0.0.1:8080", OPTION_TEXT, BOTH,
     AT(listen), 0, 0,
     "Where to listen. [::1]:8080 is IPv6; port 0 takes any free one; "
     "unix:/run/mlpd.sock is a Unix socket. Where other machines reach it, "
     "there must be keys."},
    {"socket-mode", "MODE", "600", OPTION_MODE, SERVE,
     AT(socket_mode), 0, 0777,
     "Who may connect to a Unix socket: the mode of its file, octal."},
    {"keys", "FILE", NULL, OPTION_TEXT, SERVE | KEYS,
     AT(keys_file), 0, 0,
     "The keys that requests must bring; see mlpd key. Not given: DATA/keys "
     "when it is there, else nobody needs one."},
    {"allow-anonymous", NULL, NULL, OPTION_FLAG, SERVE,
     AT(allow_anonymous), 0, 0,
     "Without keys, listen to other machines all the same: whoever reaches "
     "the port may read, train and delete everything."},
    {"allowed-hosts", "LIST", NULL, OPTION_TEXT, SERVE,
     AT(allowed_hosts), 0, 0,
     "Further names that the daemon goes by, with commas between, as in "
     "mlpd.example,mlpd:8080; requests for others are refused with 421."},
    {"allowed-origins", "LIST", NULL, OPTION_TEXT, SERVE,
     AT(allowed_origins), 0, 0,
     "Sites whose pages may ask from a browser (CORS), as in "
     "https://app.example."},
    {"tls-cert", "FILE", NULL, OPTION_TEXT, BOTH,
     AT(tls_certificate_file), 0, 0,
     "Speak TLS 1.2 or 1.3 with this certificate and what follows it in its "
     "chain (PEM); with --tls-key."},
    {"tls-key", "FILE", NULL, OPTION_TEXT, SERVE,
     AT(tls_key_file), 0, 0,
     "The certificate's private key (PEM)."},
    {"scope", "SCOPE", NULL, OPTION_TEXT, CREATE,
     AT(key_scope), 0, 0,
     "key create: predict, train (predict, and jobs and data sets) or admin "
     "(train, and to put and delete models)."},
    {"name", "TEXT", NULL, OPTION_TEXT, CREATE,
     AT(key_name), 0, 0,
     "key create: whose it is, for the list."},
    {"expires", "DAYS", "0", OPTION_SECONDS, CREATE,
     AT(key_expires_days), 0, 36500,
     "key create: it is good for so long; 0: until it is revoked."},
    {"url", "URL", NULL, OPTION_TEXT, CHECK,
     AT(url), 0, 0,
     "healthcheck: ask this instead, as in http://127.0.0.1:8080; of https:// "
     "the handshake alone is tried."},
    {"data", "FOLDER", "./mlpd-data", OPTION_TEXT, SERVE | KEYS | FSCK,
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
     "Connections at once. 32 more are told of /healthz and /readyz alone, "
     "and 503 for the rest."},
    {"max-connections-per-ip", "N", "256", OPTION_COUNT, SERVE,
     AT(max_connections_per_ip), 0, 65000,
     "Connections of one address at once, more are closed; this machine's own "
     "do not count. 0: no limit, as behind a proxy that brings all clients."},
    {"idle-timeout", "SECONDS", "60", OPTION_SECONDS, SERVE,
     AT(idle_timeout_s), 1, 86400,
     "Close a connection on which nothing comes for so long."},
    {"header-timeout", "SECONDS", "10", OPTION_SECONDS, SERVE,
     AT(header_timeout_s), 1, 3600,
     "Behind that time, all headers of a request must come within so long."},
    {"drain-timeout", "SECONDS", "10", OPTION_SECONDS, SERVE,
     AT(drain_timeout_s), 0, 3600,
     "At the end, wait for answers on their way for at most so long."},
    {"checkpoint-interval", "SECONDS", "30", OPTION_SECONDS, SERVE,
     AT(checkpoint_interval_s), 0, 86400,
     "How much of a running job a crash may cost; it goes on from its last "
     "checkpoint. 0: jobs are written down at an orderly end alone."},
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
    {"memory-budget", "SIZE", "auto", OPTION_AUTO, SERVE,
     AT(memory_budget_bytes), 1 << 20, UINT64_MAX - 1,
     "Memory for trainings; a quarter as much for bodies on their way, half "
     "as much for files that are read. auto: 80 % of the container's limit, or "
     "of the machine's memory."},
    {"disk-reserve", "SIZE", "auto", OPTION_AUTO, SERVE,
     AT(disk_reserve_bytes), 0, UINT64_MAX - 1,
     "What stays free on the disk of DATA: uploads and trainings that would "
     "take it are refused with 507. auto: 1 GiB, or 5 % of the disk where "
     "that is more, or 10 % of one below 10 GiB."},
    {"repair", NULL, NULL, OPTION_FLAG, FSCK,
     AT(repair), 0, 0,
     "fsck: put right what can be. What is corrupt is moved to "
     "DATA/quarantine, what nobody needs is removed, a catalog that is lost "
     "or damaged is made again from the files."},
    {"json", NULL, NULL, OPTION_FLAG, FSCK,
     AT(json), 0, 0,
     "fsck: one JSON object in place of lines."},
    {"core-dumps", NULL, NULL, OPTION_FLAG, SERVE,
     AT(core_dumps), 0, 0,
     "Let the kernel write a core, and the daemon's user trace it."},
    {"no-seccomp", NULL, NULL, OPTION_FLAG, SERVE,
     AT(no_seccomp), 0, 0,
     "Leave out the filter that refuses system calls which the daemon never "
     "makes, outbound connections and other programs above all."},
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
    switch (kind) {
    case OPTION_SIZE:
    case OPTION_AUTO:
        return 1024;
    case OPTION_COUNT:
        return 1000;
    default:
        return 1;
    }
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
        [OPTION_SECONDS] = "a whole number",
    };
    uint64_t value = 0;
    if (!parse_number(text, unit_of(row->kind), &value))
        return mlp_fail(err, MLP_INVALID, "%s: expected %s, got '%.64s'",
                        source, expected[row->kind], text);
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
    if (row->kind == OPTION_AUTO && strcmp(text, "auto") == 0) {
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
    if (out->verb == OPTIONS_KEY_REVOKE && out->key_id == NULL &&
        argument[0] != '-') {
        out->key_id = argument;
        return MLP_OK;
    }
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
    bool given[N_ROWS] = {false};
    int first = 1;
    *out = (struct options){.verb = find_verb(argc, argv, &first)};
    if (out->verb == OPTIONS_HELP || out->verb == OPTIONS_VERSION)
        return MLP_OK;
    if (out->verb == OPTIONS_SERVE && argc > 1 && strcmp(argv[1], "key") == 0)
        return mlp_fail(err, MLP_INVALID,
                        "key: expected create, list or revoke behind it");
    mlp_status status = set_flags(out, argc, argv, first, given, err);
    return status == MLP_OK ? set_rest(out, variable, given, err) : status;
}
