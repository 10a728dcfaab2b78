/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

/* The environment of the test at hand: one variable at most. */
static const char *set_name;
static char set_value[64];

static char *variable(const char *name)
{
    return set_name != NULL && strcmp(name, set_name) == 0 ? set_value : NULL;
}

static void set(const char *name, const char *value)
{
    set_name = name;
    (void)snprintf(set_value, sizeof set_value, "%s", value);
}

/* Options point into the arguments, so these stay. */
static char arguments[8][128];

static mlp_status
parse(struct options *out, mlp_error *err, const char *const *texts)
{
    char *argv[8] = {arguments[0]};
    int argc = 1;
    (void)snprintf(arguments[0], sizeof arguments[0], "mlpd");
    for (; texts[argc - 1] != NULL; argc++) {
        argv[argc] = arguments[argc];
        (void)snprintf(arguments[argc], sizeof arguments[0], "%s",
                       texts[argc - 1]);
    }
    return options_parse(argc, argv, variable, out, err);
}

#define PARSE(out, err, ...)                                                   \
    parse(out, err, (const char *const[]){__VA_ARGS__, NULL})

static mlp_status parse_nothing(struct options *out, mlp_error *err)
{
    return parse(out, err, (const char *const[]){NULL});
}

Test(options, without_any_are_the_defaults_of_the_table)
{
    struct options options;
    mlp_error err;
    cr_assert_eq(parse_nothing(&options, &err), MLP_OK, "%s", err.text);
    cr_assert_eq(options.verb, OPTIONS_SERVE);
    cr_assert_str_eq(options.listen, "127.0.0.1:8080");
    cr_assert_str_eq(options.data_folder, "./mlpd-data");
    cr_assert_null(options.port_file);
    cr_assert_eq(options.n_jobs, 1);
    cr_assert_eq(options.n_threads, OPTIONS_AUTO);
    cr_assert_eq(options.n_http_threads, 2);
    cr_assert_eq(options.max_connections, 4096);
    cr_assert_eq(options.max_queued, 64);
    cr_assert_eq(options.checkpoint_interval_ms, 30000);
    cr_assert_eq(options.predict_body_max_bytes, 16u << 20);
    cr_assert_eq(options.file_max_bytes, (uint64_t)4 << 30);
    cr_assert_eq(options.max_cells, 100000000);
    cr_assert_eq(options.log_level, LOG_INFO);
    cr_assert_eq(options.log_format, LOG_AUTO);
}

Test(options, a_value_stands_behind_a_blank_or_an_equals_sign)
{
    struct options options;
    mlp_error err;
    cr_assert_eq(PARSE(&options, &err, "--jobs", "3", "--listen=[::1]:0"),
                 MLP_OK, "%s", err.text);
    cr_assert_eq(options.n_jobs, 3);
    cr_assert_str_eq(options.listen, "[::1]:0");
}

Test(options, a_flag_beats_its_variable_and_that_beats_the_default)
{
    struct options options;
    mlp_error err;
    set("MLPD_HTTP_THREADS", "7");
    cr_assert_eq(parse_nothing(&options, &err), MLP_OK);
    cr_assert_eq(options.n_http_threads, 7);
    cr_assert_eq(PARSE(&options, &err, "--http-threads", "5"), MLP_OK);
    cr_assert_eq(options.n_http_threads, 5);
}

Test(options, the_threads_of_trainings_are_a_number_or_auto)
{
    struct options options;
    mlp_error err;
    set("MLPD_THREADS", "3");
    cr_assert_eq(parse_nothing(&options, &err), MLP_OK, "%s", err.text);
    cr_assert_eq(options.n_threads, 3);
    cr_assert_eq(PARSE(&options, &err, "--threads", "256"), MLP_OK);
    cr_assert_eq(options.n_threads, 256);
    cr_assert_eq(PARSE(&options, &err, "--threads=auto"), MLP_OK);
    cr_assert_eq(options.n_threads, OPTIONS_AUTO);
}

Test(options, an_empty_variable_counts_as_not_set)
{
    struct options options;
    mlp_error err;
    set("MLPD_JOBS", "");
    cr_assert_eq(parse_nothing(&options, &err), MLP_OK, "%s", err.text);
    cr_assert_eq(options.n_jobs, 1);
}

Test(options, sizes_are_powers_of_1024_and_counts_of_1000)
{
    struct options options;
    mlp_error err;
    cr_assert_eq(PARSE(&options, &err, "--predict-body-max", "64k",
                       "--file-max", "2G", "--max-cells", "5K"),
                 MLP_OK, "%s", err.text);
    cr_assert_eq(options.predict_body_max_bytes, 64u << 10);
    cr_assert_eq(options.file_max_bytes, (uint64_t)2 << 30);
    cr_assert_eq(options.max_cells, 5000);
}

Test(options, an_interval_may_have_thousandths)
{
    struct options options;
    mlp_error err;
    cr_assert_eq(PARSE(&options, &err, "--checkpoint-interval", "0.25"), MLP_OK,
                 "%s", err.text);
    cr_assert_eq(options.checkpoint_interval_ms, 250);
    cr_assert_eq(PARSE(&options, &err, "--checkpoint-interval", "86400"),
                 MLP_OK);
    cr_assert_eq(options.checkpoint_interval_ms, 86400000);
}

Test(options, words_stand_for_levels_and_formats)
{
    struct options options;
    mlp_error err;
    cr_assert_eq(
        PARSE(&options, &err, "--log-level", "warn", "--log-format", "json"),
        MLP_OK);
    cr_assert_eq(options.log_level, LOG_WARN);
    cr_assert_eq(options.log_format, LOG_JSON);
}

/* Each is refused with a text that holds the last column. */
static const struct refused {
    const char *first, *second, *text;
} refused[] = {
    {"--jobs", "0", "--jobs: 0 is not between 1 and 256"},
    {"--jobs", "", "--jobs: expected a whole number, got ''"},
    {"--jobs", "-1", "got '-1'"},
    {"--jobs", "+1", "got '+1'"},
    {"--jobs", " 1", "got ' 1'"},
    {"--jobs", "1.5", "got '1.5'"},
    {"--jobs", "0x10", "got '0x10'"},
    {"--jobs", "1KK", "got '1KK'"},
    {"--jobs", "18446744073709551616", "got '18446744073709551616'"},
    {"--threads", "0", "--threads: 0 is not between 1 and 256"},
    {"--threads", "257", "--threads: 257 is not between 1 and 256"},
    {"--threads", "all", "--threads: expected auto or a whole number"},
    {"--file-max", "99999999999G", "expected a size"},
    {"--file-max", "4T", "expected a size"},
    {"--idle-timeout", "1K", "--idle-timeout: expected a whole number"},
    {"--checkpoint-interval", "1.", "seconds, as in 30 or 0.5, got '1.'"},
    {"--checkpoint-interval", ".5", "got '.5'"},
    {"--checkpoint-interval", "0.0001", "got '0.0001'"},
    {"--checkpoint-interval", "1e1", "got '1e1'"},
    {"--checkpoint-interval", "86401", "86401 is not between 0 and 86400"},
    {"--log-level", "loud", "debug, info, warn or error, got 'loud'"},
    {"--listen", "", "--listen: the value is empty"},
    {"--port", "1", "unknown option '--port'"},
    {"--socket-mode", "8", "--socket-mode: expected a mode"},
    {"--socket-mode", "0o600", "got '0o600'"},
    {"--socket-mode", "1777", "--socket-mode: expected a mode"},
    {"--allow-anonymous=yes", NULL, "--allow-anonymous: expected 0, 1"},
    {"--scope", "admin", "unknown option '--scope'"},
    {"key", NULL, "key: expected create, list or revoke"},
    {"key", "drop", "key: expected create, list or revoke"},
    {"--url", "http://x", "unknown option '--url'"},
    {"jobs", "1", "'jobs' is not an option"},
    {"--jobs=1", "--jobs=1", "--jobs is given twice"},
    {"--jobs=1", "--data", "--data needs a value: --data FOLDER"},
};

Test(options, a_bad_one_is_refused_by_name)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct options options;
        mlp_error err = {.text = ""};
        cr_expect_eq(PARSE(&options, &err, refused[i].first, refused[i].second),
                     MLP_INVALID, "%s %s", refused[i].first, refused[i].second);
        cr_expect_not_null(strstr(err.text, refused[i].text),
                           "'%s' does not say '%s'", err.text, refused[i].text);
    }
}

Test(options, a_bad_variable_is_refused_by_its_own_name)
{
    struct options options;
    mlp_error err;
    set("MLPD_QUEUE_MAX", "many");
    cr_assert_eq(parse_nothing(&options, &err), MLP_INVALID);
    cr_assert_str_eq(err.text,
                     "MLPD_QUEUE_MAX: expected a whole number, got 'many'");
}

Test(options, healthcheck_takes_its_own_and_ignores_the_others_variables)
{
    struct options options;
    mlp_error err;
    set("MLPD_JOBS", "many");
    cr_assert_eq(PARSE(&options, &err, "healthcheck", "--url", "http://a:1"),
                 MLP_OK, "%s", err.text);
    cr_assert_eq(options.verb, OPTIONS_HEALTHCHECK);
    cr_assert_str_eq(options.url, "http://a:1");
    cr_assert_eq(PARSE(&options, &err, "healthcheck", "--jobs", "1"),
                 MLP_INVALID);
}

Test(options, help_is_found_anywhere)
{
    struct options options;
    mlp_error err;
    cr_assert_eq(PARSE(&options, &err, "serve", "--nonsense", "--help"),
                 MLP_OK);
    cr_assert_eq(options.verb, OPTIONS_HELP);
    cr_assert_eq(PARSE(&options, &err, "--version"), MLP_OK);
    cr_assert_eq(options.verb, OPTIONS_VERSION);
}

Test(options, every_default_of_the_table_is_one_that_the_parser_takes)
{
    for (size_t i = 0; i < options_n_rows; i++) {
        const struct option_row *row = &options_table[i];
        struct options options;
        mlp_error err = {.text = ""};
        char flag[64];
        if (row->fallback == NULL || (row->verbs & 1u) == 0)
            continue;
        (void)snprintf(flag, sizeof flag, "--%s=%s", row->name, row->fallback);
        cr_expect_eq(PARSE(&options, &err, flag), MLP_OK, "%s", err.text);
    }
}

Test(options, the_manual_names_each_option_its_variable_and_its_default)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    options_print_manual(out);
    (void)fclose(out);
    for (size_t i = 0; i < options_n_rows; i++) {
        const struct option_row *row = &options_table[i];
        char expected[160];
        char name[OPTIONS_VARIABLE_MAX];
        options_variable(row, name);
        (void)snprintf(expected, sizeof expected, "    --%s%s%s\n", row->name,
                       row->value != NULL ? " " : "",
                       row->value != NULL ? row->value : "");
        cr_expect_not_null(strstr(text, expected), "%s", expected);
        (void)snprintf(expected, sizeof expected, "Variable: %s.\n", name);
        cr_expect_not_null(strstr(text, expected), "%s", expected);
    }
    for (const char *line = text; *line != '\0';) {
        size_t n = strcspn(line, "\n");
        cr_expect_leq(n, 80, "%.*s", (int)n, line);
        line += n + (line[n] == '\n');
    }
    free(text);
}

Test(options, a_budget_is_a_size_or_auto)
{
    struct options options;
    mlp_error err;
    cr_assert_eq(parse_nothing(&options, &err), MLP_OK);
    cr_expect_eq(options.memory_budget_bytes, OPTIONS_AUTO);
    cr_expect_eq(options.disk_reserve_bytes, OPTIONS_AUTO);
    cr_assert_eq(
        PARSE(&options, &err, "--memory-budget", "64M", "--disk-reserve=0"),
        MLP_OK, "%s", err.text);
    cr_expect_eq(options.memory_budget_bytes, 64 << 20);
    cr_expect_eq(options.disk_reserve_bytes, 0);
    cr_expect_eq(PARSE(&options, &err, "--memory-budget", "automatic"),
                 MLP_INVALID);
    cr_expect_not_null(strstr(err.text, "expected auto or a size"), "%s",
                       err.text);
    cr_expect_eq(PARSE(&options, &err, "--memory-budget", "0"), MLP_INVALID);
}

Test(options, a_flag_takes_no_value_but_behind_an_equals_sign)
{
    struct options options;
    mlp_error err;
    cr_assert_eq(parse_nothing(&options, &err), MLP_OK);
    cr_expect_not(options.no_seccomp);
    cr_assert_eq(PARSE(&options, &err, "--no-seccomp", "--jobs", "2"), MLP_OK,
                 "%s", err.text);
    cr_expect(options.no_seccomp);
    cr_expect_not(options.core_dumps);
    cr_assert_eq(PARSE(&options, &err, "--no-seccomp=false"), MLP_OK);
    cr_expect_not(options.no_seccomp);
    cr_expect_eq(PARSE(&options, &err, "--no-seccomp=maybe"), MLP_INVALID);
    set("MLPD_CORE_DUMPS", "1");
    cr_assert_eq(parse_nothing(&options, &err), MLP_OK);
    cr_expect(options.core_dumps);
}

Test(options, key_verbs_have_options_of_their_own)
{
    struct options options;
    mlp_error err;
    cr_assert_eq(PARSE(&options, &err, "key", "create", "--scope", "train",
                       "--expires", "7"),
                 MLP_OK, "%s", err.text);
    cr_expect_eq(options.verb, OPTIONS_KEY_CREATE);
    cr_expect_str_eq(options.key_scope, "train");
    cr_expect_eq(options.key_expires_days, 7);
    cr_assert_eq(PARSE(&options, &err, "key", "revoke", "abc", "--keys", "f"),
                 MLP_OK, "%s", err.text);
    cr_expect_eq(options.verb, OPTIONS_KEY_REVOKE);
    cr_expect_str_eq(options.key_id, "abc");
    cr_expect_str_eq(options.keys_file, "f");
    cr_expect_eq(PARSE(&options, &err, "key", "revoke", "abc", "def"),
                 MLP_INVALID);
    cr_expect_eq(PARSE(&options, &err, "key", "list", "--jobs", "1"),
                 MLP_INVALID);
}

Test(options, modes_are_octal_and_a_flag_needs_no_value)
{
    struct options options;
    mlp_error err;
    cr_assert_eq(parse_nothing(&options, &err), MLP_OK);
    cr_expect_eq(options.socket_mode, 0600);
    cr_expect_not(options.allow_anonymous);
    cr_assert_eq(
        PARSE(&options, &err, "--allow-anonymous", "--socket-mode", "0660"),
        MLP_OK, "%s", err.text);
    cr_expect_eq(options.socket_mode, 0660);
    cr_expect(options.allow_anonymous);
}

Test(options, names_may_be_spelled_as_kserve_does)
{
    struct options options;
    mlp_error err;
    cr_assert_eq(PARSE(&options, &err, "serve", "--model_dir=/mnt/models",
                       "--model_name", "iris", "--http_port=8081"),
                 MLP_OK, "%s", err.text);
    cr_assert_str_eq(options.model_folder, "/mnt/models");
    cr_assert_str_eq(options.model_name, "iris");
    cr_assert_str_eq(options.listen, "0.0.0.0:8081");
    cr_assert_eq(PARSE(&options, &err, "--model_dir", "a", "--model-dir", "b"),
                 MLP_INVALID);
    cr_assert_eq(PARSE(&options, &err, "--model_directory", "a"), MLP_INVALID);
    cr_assert_eq(PARSE(&options, &err, "--model_di", "a"), MLP_INVALID);
}

Test(options, a_models_name_needs_a_folder)
{
    struct options options;
    mlp_error err;
    cr_assert_eq(PARSE(&options, &err, "--model-name", "iris"), MLP_INVALID);
    cr_assert(strstr(err.text, "--model-dir") != NULL, "%s", err.text);
}
