/* SPDX-License-Identifier: MIT
 *
 * An HTTP client that can tell what became of a request whose daemon died:
 * refused before it was sent, answered, or nobody knows. */
#ifndef TESTS_TORTURE_CLIENT_H
#define TESTS_TORTURE_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outcome {
    ANSWERED, /* a whole answer */
    REFUSED,  /* no connection: it was never sent */
    BROKEN,   /* the connection ended before the answer's end */
    LATE,     /* no whole answer within the client's time */
};

struct client {
    uint16_t port;
    int fd; /* -1: not connected */
    int timeout_ms;
    bool reused; /* the last call used a connection of an earlier one */
};

struct answer {
    enum outcome outcome;
    int status;
    size_t n_received; /* bytes, of the headers as well */
    bool closes;       /* it says that its connection ends */
    size_t length;
    char *body; /* and a NUL; NULL: none */
    char *bytes;
    int64_t connected_us, sent_us; /* when; 0: not */
};

void client_init(struct client *client, uint16_t port);
void client_close(struct client *client);

/* One exchange, on the connection that is there or a new one. `headers` is
 * whole lines with CR LF, or NULL. Free what is in the answer. */
void client_call(struct client *client,
                 const char *method,
                 const char *target,
                 const char *headers,
                 const void *body,
                 size_t length,
                 struct answer *out);
void answer_free(struct answer *answer);

/* A GET on a connection of its own: the JSON, or NULL unless it is a 200. */
json_t *get_json(uint16_t port, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The status of a GET on a connection of its own; 0: no answer. */
int get_status(uint16_t port, const char *target, int timeout_ms);

/* A connected socket, or -1. */
int connect_port(uint16_t port);

#endif
