/* SPDX-License-Identifier: MIT
 *
 * What is remembered of a client's address: how many connections it holds and
 * how often its keys were wrong of late. An IPv6 client has a whole /64 to
 * itself, so it counts as one. Shared by all HTTP threads. */
#ifndef MLPD_CLIENTS_H
#define MLPD_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clients;
struct sockaddr;

/* All zero: no address, as on a Unix socket. */
struct client {
    unsigned char address[16]; /* IPv4 as ::ffff:a.b.c.d */
};

enum {
    CLIENT_TEXT_BYTES = 48,
    CLIENT_FAILURES_MAX = 10, /* within */
    CLIENT_FAILURES_MS = 60 * 1000,
};

struct client client_of(const struct sockaddr *address);
/* This machine itself. */
bool client_is_local(const struct client *client);
void client_format(const struct client *client, char out[CLIENT_TEXT_BYTES]);

struct clients *clients_create(void);          /* NULL: no memory */
void clients_destroy(struct clients *clients); /* accepts NULL */

/* A connection more, or less; without memory it is not counted, and false. */
bool clients_enter(struct clients *clients,
                   const struct client *client,
                   int64_t now_ms);
void clients_leave(struct clients *clients, const struct client *client);
size_t clients_connections(struct clients *clients,
                           const struct client *client);

/* A wrong key. 0, or for how many seconds there were too many.
 * Threads: any. */
unsigned clients_fail(struct clients *clients,
                      const struct client *client,
                      int64_t now_ms);

#endif
