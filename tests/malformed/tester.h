/* SPDX-License-Identifier: MIT
 *
 * One case: bytes that are sent, the answer that is expected, and what must
 * hold whatever was sent. How an expectation is written:
 *
 *     422        one answer of that status; it is problem+json if 400 or more;
 *                nothing else is answered until we close
 *     400!       … and then the daemon closes
 *     431!*      … and it is made by libmicrohttpd, hence no problem+json
 *     200+400!   several, one behind the other
 *     closed     the daemon closes without an answer
 *     cut        we break off in the middle: it closes without an answer
 *     -          not sent
 *
 * After each case the daemon answers /healthz, and its descriptors are as many
 * as before; no case costs much time. */
#ifndef TESTS_MALFORMED_TESTER_H
#define TESTS_MALFORMED_TESTER_H

#include <stdbool.h>
#include <stddef.h>

#include "malformed/bytes.h"
#include "malformed/daemon.h"

struct tester {
    struct daemon *daemon;
    int n_descriptors; /* when idle */
    bool again;        /* the table has been through before */
    bool measure;      /* memory and time? Not under a sanitizer */
    long resident_kib; /* the most that was seen in this pass */
    size_t n_passed, n_failed;
};

/* Where a case stands. */
struct origin {
    const char *file;
    size_t line;
    const char *name;
};

/* Run it once. Threads: one. */
void tester_run(struct tester *tester,
                const struct origin *origin,
                const char *expected,
                const struct bytes *request);

/* A request of the test's own, which must be answered with that status. */
bool tester_ask(struct tester *tester,
                int status,
                const char *method,
                const char *target,
                const char *type,
                const char *body,
                size_t n);

/* Take the descriptors of now as those of an idle daemon. */
void tester_settle(struct tester *tester);

/* Append a request with its headers. type NULL: no body. */
void tester_format(struct bytes *out,
                   const char *method,
                   const char *target,
                   const char *type,
                   const char *body,
                   size_t n);

#endif
