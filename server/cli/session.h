/* SPDX-License-Identifier: MIT
 *
 * A verb's talk with a daemon: which one, with which key, and what to say when
 * it refuses. Results go to stdout, everything else to stderr. */
#ifndef MLPD_SESSION_H
#define MLPD_SESSION_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/args.h"
#include "cli/client.h"
#include "cli/exit.h"

enum { SESSION_KEY_MAX = 256 };

struct session {
    const struct args *args;
    struct client client;
    const char *url;
    bool is_private; /* the daemon is this command's own */
    char key[SESSION_KEY_MAX];
};

/* Find a daemon, or start one: `creates` says that an empty data folder is of
 * use. Prints what is wrong.  Returns: CLI_OK, CLI_USAGE, CLI_NO_CONNECTION. */
int session_open(struct session *session,
                 const struct args *args,
                 bool creates);
void session_close(struct session *session);

/* Ask. What the daemon refuses is printed.
 * Returns: CLI_OK (a 2xx), CLI_REFUSED, CLI_NO_CONNECTION, CLI_INTERRUPTED.
 * Owner:   caller; client_answer_free(), always. */
int session_ask(struct session *session,
                const struct client_request *request,
                struct client_answer *answer);

/* The same for a path alone, made as by printf() of escaped parts; with its
 * JSON, NULL unless CLI_OK. --json prints the text and leaves *json NULL. */
int session_get(struct session *session,
                const char *method,
                const char *path,
                json_t **json);

/* The JSON of an answer, or NULL with a message. */
json_t *session_json(const struct client_answer *answer);

/* Print an answer's text, with one line end behind it. */
void session_print(const struct client_answer *answer);

/* What a problem+json says, on stderr. */
void session_complain(const struct client_answer *answer);

/* "mlpd: …" on stderr; returns `code`. */
int session_fail(int code, const char *format, ...) MLP_PRINTF(2, 3);

#endif
