/* SPDX-License-Identifier: MIT */
#include "help.h"

#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/nearest.h"
#include "options.h"

enum { WIDTH = 72, EXIT_USAGE = 2, NAME_COLUMNS = 13 };

/* Verbs of options.h, and those of this page. */
static const struct verb {
    const char *name;
    const char *words; /* that stand behind it */
    unsigned options;  /* bits 1 << enum options_verb */
    const char *synopsis;
    const char *summary;
} verbs[] = {
    {"serve", NULL, 1u << OPTIONS_SERVE, "mlpd [serve] [OPTION]...\n",
     "Run the daemon."},
    {"healthcheck", NULL, 1u << OPTIONS_HEALTHCHECK,
     "mlpd healthcheck [--listen ADDRESS:PORT | --url URL]\n",
     "Ask a daemon whether it is alive."},
    {"fsck", NULL, 1u << OPTIONS_FSCK,
     "mlpd fsck [--data FOLDER] [--repair] [--json]\n",
     "Look at a data folder, and repair it."},
    {"key", "create list revoke",
     1u << OPTIONS_KEY_CREATE | 1u << OPTIONS_KEY_LIST |
         1u << OPTIONS_KEY_REVOKE,
     "mlpd key create --scope SCOPE [--name TEXT] [--expires DAYS]\n"
     "mlpd key list\n"
     "mlpd key revoke ID\n",
     "Make, list and revoke keys."},
    {"completion", "bash zsh fish", 0, "mlpd completion bash|zsh|fish\n",
     "Print what a shell needs to complete these words."},
    {"help", NULL, 0, "mlpd help [VERB | --man]\n",
     "Print the page of a verb, or the manual for man(1)."},
};
enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

void help_print_wrapped(const char *text, int indent, FILE *out)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (column == 0) {
            (void)fprintf(out, "%*s%.*s", indent, "", (int)length, text);
            column = (size_t)indent + length;
        } else if (column + 1 + length <= WIDTH) {
            (void)fprintf(out, " %.*s", (int)length, text);
            column += 1 + length;
        } else {
            (void)fputc('\n', out);
            column = 0;
            continue;
        }
        text += length;
        text += strspn(text, " ");
    }
    (void)fputc('\n', out);
}

static void print_lines(const char *lines, int indent, FILE *out)
{
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        (void)fprintf(out, "%*s%.*s\n", indent, "", (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}

void help_print_overview(FILE *out)
{
    (void)fputs("mlpd trains and serves multilayer perceptrons.\n\n", out);
    for (size_t i = 0; i < ARGS_N_VERBS; i++)
        (void)fprintf(out, "  %-*s%s\n", NAME_COLUMNS, args_verbs[i].name,
                      args_verbs[i].summary);
    (void)fputc('\n', out);
    for (size_t i = 0; i < N_VERBS; i++)
        (void)fprintf(out, "  %-*s%s\n", NAME_COLUMNS, verbs[i].name,
                      verbs[i].summary);
    (void)fputs("\nFirst steps:  mlpd train --data iris.csv --target species\n"
                "More:         mlpd help VERB, mlpd --help\n",
                out);
}

/* --- pages -----------------------------------------------------------------
 */

static void print_option(const struct args_option *option, FILE *out)
{
    (void)fprintf(out, "    --%s%s%s\n", option->name,
                  option->value != NULL ? " " : "",
                  option->value != NULL ? option->value : "");
    help_print_wrapped(option->help, 8, out);
    if (option->variable != NULL)
        (void)fprintf(out, "        Variable: %s.\n", option->variable);
}

static void print_args_verb(const struct args_verb *verb, FILE *out)
{
    print_lines(verb->synopsis, 0, out);
    (void)fputc('\n', out);
    help_print_wrapped(verb->about, 0, out);
    (void)fputs("\nOptions:\n", out);
    for (size_t i = 0; i < args_n_options; i++)
        if (args_takes(&args_options[i], verb))
            print_option(&args_options[i], out);
    (void)fputs("\nExamples:\n", out);
    print_lines(verb->examples, 4, out);
    (void)fputs("\nExit status: 0 done; 1 the daemon said no, or the training "
                "failed; 2 the command\nline is wrong; 3 no daemon answers; "
                "130 interrupted.\n",
                out);
}

static void print_verb(const struct verb *verb, FILE *out)
{
    print_lines(verb->synopsis, 0, out);
    (void)fputc('\n', out);
    help_print_wrapped(verb->summary, 0, out);
    for (size_t i = 0, n = 0; i < options_n_rows; i++) {
        const struct option_row *row = &options_table[i];
        if ((row->verbs & verb->options) == 0)
            continue;
        (void)fprintf(out, "%s    --%s%s%s\n", n++ == 0 ? "\nOptions:\n" : "",
                      row->name, row->value != NULL ? " " : "",
                      row->value != NULL ? row->value : "");
        help_print_wrapped(row->help, 8, out);
    }
}

bool help_print_verb(const char *name, FILE *out)
{
    const struct args_verb *verb = args_find_verb(name);
    if (verb != NULL)
        print_args_verb(verb, out);
    for (size_t i = 0; i < N_VERBS && verb == NULL; i++)
        if (strcmp(verbs[i].name, name) == 0) {
            print_verb(&verbs[i], out);
            return true;
        }
    return verb != NULL;
}

void help_print_commands(FILE *out)
{
    (void)fputs("COMMANDS\n"
                "    These talk to a daemon; mlpd help VERB has the page of "
                "one.\n\n",
                out);
    for (size_t i = 0; i < ARGS_N_VERBS; i++) {
        print_lines(args_verbs[i].synopsis, 4, out);
        help_print_wrapped(args_verbs[i].about, 8, out);
        (void)fputc('\n', out);
    }
    (void)fputs("COMMAND OPTIONS\n", out);
    for (size_t i = 0; i < args_n_options; i++)
        print_option(&args_options[i], out);
    (void)fputc('\n', out);
}

/* The manual as it is on the screen, in the frame that man(1) wants. */
void help_print_man(FILE *out)
{
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    if (memory == NULL)
        return;
    options_print_manual(memory);
    (void)fclose(memory);
    (void)fputs(".\\\" Made by mlpd help --man.\n"
                ".TH MLPD 1 \"\" \"mlpd " MLPD_VERSION "\"\n.nf\n",
                out);
    for (const char *line = text; *line != '\0';) {
        size_t n = strcspn(line, "\n");
        if (n > 0 && line[0] != ' ')
            (void)fprintf(out, ".SH %.*s", (int)n, line);
        for (size_t i = 0; n > 0 && line[0] == ' ' && i < n; i++)
            (void)fprintf(out,
                          line[i] == '\\'  ? "\\e"
                          : line[i] == '-' ? "\\-"
                                           : "%c",
                          line[i]);
        (void)fputc('\n', out);
        line += n + (line[n] == '\n');
    }
    free(text);
}

/* --- completion ------------------------------------------------------------
 */

static void print_verb_words(FILE *out)
{
    for (size_t i = 0; i < ARGS_N_VERBS; i++)
        (void)fprintf(out, "%s ", args_verbs[i].name);
    for (size_t i = 0; i < N_VERBS; i++)
        (void)fprintf(out, "%s%s", verbs[i].name, i + 1 < N_VERBS ? " " : "");
}

/* The words behind a verb: its second ones, and its options. */
static void print_option_words(size_t verb, FILE *out)
{
    const char *words = verb < ARGS_N_VERBS ? args_verbs[verb].words
                                            : verbs[verb - ARGS_N_VERBS].words;
    (void)fprintf(out, "%s", words == NULL ? "" : words);
    if (verb < ARGS_N_VERBS) {
        for (size_t i = 0; i < args_n_options; i++)
            if (args_takes(&args_options[i], &args_verbs[verb]))
                (void)fprintf(out, " --%s", args_options[i].name);
        return;
    }
    for (size_t i = 0; i < options_n_rows; i++)
        if ((options_table[i].verbs & verbs[verb - ARGS_N_VERBS].options) != 0)
            (void)fprintf(out, " --%s", options_table[i].name);
}

static const char *verb_name(size_t verb)
{
    return verb < ARGS_N_VERBS ? args_verbs[verb].name
                               : verbs[verb - ARGS_N_VERBS].name;
}

/* zsh runs the same through its own bashcompinit. */
static void print_bash(FILE *out, const char *before)
{
    (void)fprintf(out,
                  "%s_mlpd() {\n"
                  "    local words cur=${COMP_WORDS[COMP_CWORD]}\n"
                  "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                  "        words='",
                  before);
    print_verb_words(out);
    (void)fputs("'\n    else\n        case ${COMP_WORDS[1]} in\n", out);
    for (size_t verb = 0; verb < ARGS_N_VERBS + N_VERBS; verb++) {
        (void)fprintf(out, "        %s) words='", verb_name(verb));
        print_option_words(verb, out);
        (void)fputs("' ;;\n", out);
    }
    (void)fputs("        esac\n    fi\n"
                "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                "    [ ${#COMPREPLY[@]} -gt 0 ] || "
                "COMPREPLY=($(compgen -f -- \"$cur\"))\n"
                "}\ncomplete -o filenames -F _mlpd mlpd\n",
                out);
}

static void print_fish(FILE *out)
{
    (void)fputs("complete -c mlpd -n __fish_use_subcommand -f -a '", out);
    print_verb_words(out);
    (void)fputs("'\n", out);
    for (size_t verb = 0; verb < ARGS_N_VERBS + N_VERBS; verb++) {
        (void)fprintf(out,
                      "complete -c mlpd -n '__fish_seen_subcommand_from %s' "
                      "-a '",
                      verb_name(verb));
        print_option_words(verb, out);
        (void)fputs("'\n", out);
    }
}

bool help_print_completion(const char *shell, FILE *out)
{
    if (strcmp(shell, "bash") == 0)
        print_bash(out, "");
    else if (strcmp(shell, "zsh") == 0)
        print_bash(out, "autoload -U +X bashcompinit && bashcompinit\n");
    else if (strcmp(shell, "fish") == 0)
        print_fish(out);
    else
        return false;
    return true;
}

/* --- the verbs -------------------------------------------------------------
 */

bool help_has_verb(const char *name)
{
    for (size_t verb = 0; verb < ARGS_N_VERBS + N_VERBS; verb++)
        if (strcmp(verb_name(verb), name) == 0)
            return true;
    return false;
}

const char *help_nearest_verb(const char *name)
{
    struct nearest search = nearest_to(name);
    for (size_t verb = 0; verb < ARGS_N_VERBS + N_VERBS; verb++)
        nearest_offer(&search, verb_name(verb));
    return search.best;
}

int help_run(int argc, char *const *argv)
{
    if (argc == 0)
        help_print_overview(stdout);
    else if (argc == 1 && strcmp(argv[0], "--man") == 0)
        help_print_man(stdout);
    else if (argc != 1 || !help_print_verb(argv[0], stdout)) {
        const char *near = help_nearest_verb(argv[0]);
        (void)fprintf(stderr, "mlpd: help: there is no verb '%.64s'%s%s%s\n",
                      argv[0], near != NULL ? ", did you mean " : "",
                      near != NULL ? near : "", near != NULL ? "?" : "");
        return EXIT_USAGE;
    }
    return EXIT_SUCCESS;
}

int help_run_completion(int argc, char *const *argv)
{
    if (argc == 1 && help_print_completion(argv[0], stdout))
        return EXIT_SUCCESS;
    (void)fputs("mlpd: completion: expected bash, zsh or fish behind it\n",
                stderr);
    return EXIT_USAGE;
}
