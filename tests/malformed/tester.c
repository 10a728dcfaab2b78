/* SPDX-License-Identifier: MIT */
#include "malformed/tester.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "malformed/exchange.h"

enum {
    SETTLE_MS = 5000,  /* until a closed connection's descriptor is gone */
    CPU_MAX_MS = 1000, /* what one case may cost */
    SHOWN_BYTES = 240, /* of an answer, with a failure */
};

/* --- expectations --------------------------------------------------------- */

struct expectation {
    size_t n;
    int statuses[ANSWERS_MAX];
    bool by_library[ANSWERS_MAX];
    enum ending ending;
};

static bool parse_expected(const char *text, struct expectation *out)
{
    *out = (struct expectation){.ending = END_OURS};
    if (strcmp(text, "closed") == 0 || strcmp(text, "cut") == 0) {
        out->ending = text[1] == 'l' ? END_THEIRS : END_CUT;
        return true;
    }
    while (out->n < ANSWERS_MAX) {
        char *end;
        out->statuses[out->n] = (int)strtol(text, &end, 10);
        if (end != text + 3)
            return false;
        out->ending = *end == '!' ? END_THEIRS : END_OURS;
        end += *end == '!';
        out->by_library[out->n++] = *end == '*';
        end += *end == '*';
        if (*end != '+')
            return *end == '\0';
        text = end + 1;
    }
    return false;
}

/* --- complaints ----------------------------------------------------------- */

static void __attribute__((format(printf, 3, 4)))
complain(const struct origin *origin,
         const struct exchange *exchange,
         const char *format,
         ...)
{
    va_list arguments;
    printf("FAIL %s:%zu: %s: ", origin->file, origin->line, origin->name);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    if (exchange == NULL || exchange->received.length == 0)
        return;
    size_t n = exchange->received.length;
    size_t from = exchange->n_answers > 0 ? exchange->answers[0].body : 0;
    n = n - from < SHOWN_BYTES ? n - from : SHOWN_BYTES;
    printf("  answer: %.*s\n", (int)n, exchange->received.data + from);
}

/* --- what must hold ------------------------------------------------------- */

static bool answers_are(const struct exchange *exchange,
                        const struct expectation *expected,
                        const struct origin *origin,
                        const char *text)
{
    for (size_t i = 0; i < expected->n || i < exchange->n_answers; i++) {
        const struct answer *answer = &exchange->answers[i];
        int found = i < exchange->n_answers ? answer->status : 0;
        int wanted = i < expected->n ? expected->statuses[i] : 0;
        bool refused = found >= 400;
        bool version = found == 505 && expected->by_library[i];
        if (found != wanted || (found >= 500 && !version)) {
            complain(origin, exchange, "expected %s, found %d as number %zu",
                     text, found, i + 1);
            return false;
        }
        if (answer->problem != (refused && !expected->by_library[i])) {
            complain(origin, exchange, "%d %s problem+json", found,
                     answer->problem ? "is" : "is no");
            return false;
        }
    }
    return true;
}

/* Nothing of the inside is told. */
static bool is_discreet(const struct tester *tester,
                        const struct exchange *exchange)
{
    return strstr(exchange->received.data, tester->daemon->folder) == NULL;
}

/* libmicrohttpd sends the head of some of its own answers twice. */
static bool is_broken(const struct expectation *expected)
{
    return expected->n > 0 && expected->by_library[expected->n - 1];
}

static bool exchange_holds(struct tester *tester,
                           const struct origin *origin,
                           const char *text,
                           const struct bytes *request)
{
    struct expectation expected;
    struct exchange exchange;
    bool good = false;
    if (!parse_expected(text, &expected)) {
        complain(origin, NULL, "'%s' is no expectation", text);
        return false;
    }
    if (!exchange_run(&exchange, tester->daemon->port, request, expected.n,
                      expected.ending))
        complain(origin, &exchange,
                 "expected %s, but time is over after %zu "
                 "answers",
                 text, exchange.n_answers);
    else if (exchange.wrong[0] != '\0' && !is_broken(&expected))
        complain(origin, &exchange, "%s", exchange.wrong);
    else if (!is_discreet(tester, &exchange))
        complain(origin, &exchange, "the answer names a folder");
    else
        good = answers_are(&exchange, &expected, origin, text);
    exchange_free(&exchange);
    return good;
}

/* A connection that was closed may be a moment on its way out. */
static bool descriptors_settle(const struct tester *tester)
{
    int n = 0;
    for (int ms = 0; ms < SETTLE_MS; ms++) {
        n = daemon_descriptors(tester->daemon);
        if (n == tester->n_descriptors)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    printf("  %d descriptors, %d before\n", n, tester->n_descriptors);
    return false;
}

static void weigh(struct tester *tester)
{
    long kib = daemon_resident_kib(tester->daemon);
    if (kib > tester->resident_kib)
        tester->resident_kib = kib;
}

static bool daemon_is_well(struct tester *tester, const struct origin *origin)
{
    if (!tester_ask(tester, 200, "GET", "/healthz", NULL, NULL, 0))
        complain(origin, NULL, "the daemon is not well after it");
    else if (!descriptors_settle(tester))
        complain(origin, NULL, "descriptors are lost");
    else
        return true;
    return false;
}

void tester_run(struct tester *tester,
                const struct origin *origin,
                const char *expected,
                const struct bytes *request)
{
    long cpu_ms = daemon_cpu_ms(tester->daemon);
    bool good = exchange_holds(tester, origin, expected, request);
    good = daemon_is_well(tester, origin) && good;
    cpu_ms = daemon_cpu_ms(tester->daemon) - cpu_ms;
    weigh(tester);
    if (tester->measure && cpu_ms > CPU_MAX_MS) {
        complain(origin, NULL, "it kept a processor busy for %ld ms", cpu_ms);
        good = false;
    }
    /* Of the same case again, only what is new is counted. */
    if (!good)
        tester->n_failed++;
    else if (!tester->again)
        tester->n_passed++;
}

/* --- requests of the test's own ------------------------------------------- */

void tester_format(struct bytes *out,
                   const char *method,
                   const char *target,
                   const char *type,
                   const char *body,
                   size_t n)
{
    bytes_text(out, method);
    bytes_text(out, " ");
    bytes_text(out, target);
    bytes_text(out, " HTTP/1.1\r\nHost: localhost\r\n");
    if (type != NULL)
        bytes_format(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", type,
                     n);
    bytes_text(out, "\r\n");
    if (type != NULL)
        bytes_append(out, body, n);
}

bool tester_ask(struct tester *tester,
                int status,
                const char *method,
                const char *target,
                const char *type,
                const char *body,
                size_t n)
{
    struct bytes request = {0};
    struct exchange exchange;
    tester_format(&request, method, target, type, body, n);
    bool done =
        exchange_run(&exchange, tester->daemon->port, &request, 1, END_OURS);
    bool good =
        done && exchange.n_answers == 1 && exchange.answers[0].status == status;
    if (!good)
        printf("%s %s: expected %d, found %.*s\n", method, target, status,
               SHOWN_BYTES, exchange.received.data);
    exchange_free(&exchange);
    bytes_free(&request);
    return good;
}

void tester_settle(struct tester *tester)
{
    int same = 0;
    for (int ms = 0; ms < SETTLE_MS && same < 100; ms++) {
        int n = daemon_descriptors(tester->daemon);
        same = n == tester->n_descriptors ? same + 1 : 0;
        tester->n_descriptors = n;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}
