/* SPDX-License-Identifier: MIT
 *
 * Bytes to the daemon over a socket of their own, and what comes back: how
 * many answers, of which status, made by whom, and who closed. No HTTP client
 * stands between, so that nothing is mended on the way. */
#ifndef TESTS_MALFORMED_EXCHANGE_H
#define TESTS_MALFORMED_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "malformed/bytes.h"

enum { ANSWERS_MAX = 8 };

struct answer {
    int status;
    bool problem; /* application/problem+json that repeats the status */
    size_t body;  /* where it begins in `received` */
    size_t body_end;
};

/* How the connection is to end. */
enum ending {
    END_OURS,   /* we say that no more comes, and nothing else is answered */
    END_THEIRS, /* the daemon closes by itself */
    END_CUT,    /* we break off before the request is whole */
};

struct exchange {
    struct answer answers[ANSWERS_MAX];
    size_t n_answers;
    bool closed; /* the daemon closed as it was to */
    struct bytes received;
    char wrong[128]; /* "": what came back can be read as HTTP */
};

/* Send the bytes, read n_answers, and end it. False: no connection, or the
 * deadline passed. */
bool exchange_run(struct exchange *exchange,
                  uint16_t port,
                  const struct bytes *sent,
                  size_t n_answers,
                  enum ending ending);
void exchange_free(struct exchange *exchange);

#endif
