/* SPDX-License-Identifier: MIT
 *
 * How the verbs that talk to a daemon end. */
#ifndef MLPD_EXIT_H
#define MLPD_EXIT_H

enum cli_exit {
    CLI_OK,
    CLI_REFUSED,       /* the daemon said no, or the job failed */
    CLI_USAGE,         /* the command line, or a file that it names */
    CLI_NO_CONNECTION, /* nobody answered, or not to the end */
    CLI_INTERRUPTED = 130,
};

#endif
