/* SPDX-License-Identifier: MIT
 *
 * `mlpd --help`: a manual page, its options from the table of options.c. */
#include "help.h"
#include "options.h"

/* clang-format off */
static const char opening[] =
    "NAME\n"
    "    mlpd - trains and serves multilayer perceptrons over HTTP\n"
    "\n"
    "SYNOPSIS\n"
    "    mlpd [serve] [OPTION]...\n"
    "    mlpd train | predict | models | jobs [OPTION]...\n"
    "    mlpd healthcheck [--listen ADDRESS:PORT | --url URL]\n"
    "    mlpd fsck [--data FOLDER] [--repair] [--json]\n"
    "    mlpd key create --scope SCOPE [--name TEXT] [--expires DAYS]\n"
    "    mlpd key list\n"
    "    mlpd key revoke ID\n"
    "    mlpd completion bash|zsh|fish\n"
    "    mlpd help [VERB | --man]\n"
    "    mlpd --help | --version\n"
    "\n"
    "DESCRIPTION\n"
    "    mlpd takes training data over HTTP, trains networks in the\n"
    "    background, and answers predictions from the models that came of\n"
    "    it. What it has acknowledged survives a crash: jobs go on, models\n"
    "    answer.\n"
    "\n"
    "    serve\n"
    "        Run the daemon in the foreground. The default.\n"
    "    healthcheck\n"
    "        Ask a running daemon whether it is alive: GET /healthz, within\n"
    "        3 seconds.\n"
    "    fsck\n"
    "        Look at the data folder of a daemon that does not run: every file\n"
    "        against its hash, every row of the catalog against its file. One\n"
    "        line a problem.\n"
    "    key create, key list, key revoke\n"
    "        Make a key, print it, and add its hash to the file of --keys, or\n"
    "        DATA/keys; list them; remove one. A running daemon reads the\n"
    "        file on SIGHUP. Clients send Authorization: Bearer KEY.\n"
    "    completion bash, zsh, fish\n"
    "        Print what the shell needs to complete verbs and options.\n"
    "    help\n"
    "        Print a list of the verbs, the page of one, or this page for\n"
    "        man(1).\n"
    "\n";

static const char options_heading[] =
    "OPTIONS\n"
    "    Written --name VALUE or --name=VALUE. Each has an environment\n"
    "    variable; the flag wins, and an empty variable counts as not set.\n"
    "    A SIZE is in bytes and may end in K, M or G (powers of 1024); so\n"
    "    may a count N (powers of 1000). An option without a value is on\n"
    "    when it is given; its variable says 1 or 0.\n"
    "\n";

static const char closing[] =
    "    --help, -h\n"
    "        Print this page.\n"
    "    --version\n"
    "        Print the version.\n"
    "\n"
    "SIGNALS\n"
    "    SIGTERM, SIGINT\n"
    "        Stop in order: no new connections, /readyz turns 503, answers\n"
    "        on their way are given, running jobs are put back and go on at\n"
    "        the next start. A second one stops at once; nothing that was\n"
    "        acknowledged is lost.\n"
    "    SIGHUP\n"
    "        Read the keys again.\n"
    "\n"
    "FILES\n"
    "    DATA is the folder of --data.\n"
    "    DATA/mlpd.db\n"
    "        Jobs and data sets (SQLite).\n"
    "    DATA/models/NAME/VERSION.safetensors\n"
    "        Models. A file put here is served from the next start on.\n"
    "    DATA/keys\n"
    "        The keys' hashes, when --keys names no other file.\n"
    "    DATA/datasets/SHA256\n"
    "        Uploaded files.\n"
    "    DATA/tables/SHA256\n"
    "        The data of jobs that have not ended.\n"
    "    DATA/checkpoints/JOB-GENERATION-SHA256.ckpt\n"
    "        Where they stand.\n"
    "    DATA/quarantine\n"
    "        Files that were not what was stored. Never read again.\n"
    "\n"
    "EXIT STATUS\n"
    "    0    stopped in order; healthcheck: alive; fsck: nothing is wrong,\n"
    "         or not any more\n"
    "    1    train, predict, models, jobs: the daemon said no, or the\n"
    "         training failed\n"
    "    1    could not start; healthcheck: not alive; fsck: something is wrong\n"
    "    2    the command line or a variable is wrong\n"
    "    3    train, predict, models, jobs: no daemon answers\n"
    "    3    fsck: could not look: a daemon runs, or there is no such folder\n"
    "    130  train, predict, models, jobs: interrupted\n"
    "    130  a second SIGINT cut the stop short\n"
    "    143  a second SIGTERM did\n"
    "\n"
    "EXAMPLES\n"
    "    mlpd --data /var/lib/mlpd --jobs 2\n"
    "    mlpd key create --scope admin && mlpd --listen 0.0.0.0:8080\n"
    "    mlpd --listen unix:/run/mlpd/mlpd.sock --socket-mode 660\n"
    "    mlpd --listen 127.0.0.1:0 --port-file port\n"
    "    curl --data-binary @iris.csv -H 'Content-Type: text/csv' \\\n"
    "        'localhost:8080/train?model=iris&target=species&wait=30'\n"
    "    curl localhost:8080/predict -H 'Content-Type: application/json' \\\n"
    "        -d '{\"model\": \"iris\", \"inputs\": [[5.1, 3.5, 1.4, 0.2]]}'\n";
/* clang-format on */

enum { INDENT = 8 };

void options_print_manual(FILE *out)
{
    (void)fputs(opening, out);
    help_print_commands(out);
    (void)fputs(options_heading, out);
    for (size_t i = 0; i < options_n_rows; i++) {
        const struct option_row *row = &options_table[i];
        char variable[OPTIONS_VARIABLE_MAX];
        options_variable(row, variable);
        (void)fprintf(out, "    --%s%s%s\n", row->name,
                      row->value != NULL ? " " : "",
                      row->value != NULL ? row->value : "");
        help_print_wrapped(row->help, INDENT, out);
        if (row->fallback != NULL)
            (void)fprintf(out, "%*sDefault: %s. Variable: %s.\n", INDENT, "",
                          row->fallback, variable);
        else
            (void)fprintf(out, "%*sVariable: %s.\n", INDENT, "", variable);
    }
    (void)fputs(closing, out);
}
