/* SPDX-License-Identifier: MIT
 *
 * A hash table of addresses with chains, behind one lock that is held for a
 * few steps. An entry lives while it holds a connection or a fresh failure. */
#include "http/clients.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    N_BUCKETS = 4096,
    REMEMBERED_MAX = 16384, /* beyond, nobody's first failure is counted */
};

struct entry {
    struct client client;
    size_t n_connections;
    unsigned n_failures;
    int64_t failures_end_ms;
    struct entry *next;
};

struct clients {
    uint64_t seed;        /* so that nobody can choose the bucket */
    pthread_mutex_t lock; /* guards what follows; a leaf */
    size_t n_remembered;
    struct entry *buckets[N_BUCKETS];
};

/* --- addresses ------------------------------------------------------------ */

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool is_v4(const struct client *client)
{
    return memcmp(client->address, mapped, sizeof mapped) == 0;
}

struct client client_of(const struct sockaddr *address)
{
    struct client client = {{0}};
    if (address == NULL)
        return client;
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        memcpy(client.address, mapped, sizeof mapped);
        memcpy(client.address + sizeof mapped, &v4.sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        memcpy(client.address, &v6.sin6_addr, sizeof client.address);
    }
    return client;
}

bool client_is_local(const struct client *client)
{
    static const struct client nobody = {{0}}, loopback = {{[15] = 1}};
    if (is_v4(client))
        return client->address[12] == 127;
    return memcmp(client, &nobody, sizeof nobody) == 0 ||
           memcmp(client, &loopback, sizeof loopback) == 0;
}

void client_format(const struct client *client, char out[CLIENT_TEXT_BYTES])
{
    static const struct client nobody = {{0}};
    bool v4 = is_v4(client);
    if (memcmp(client, &nobody, sizeof nobody) == 0 ||
        inet_ntop(v4 ? AF_INET : AF_INET6, client->address + (v4 ? 12 : 0), out,
                  CLIENT_TEXT_BYTES) == NULL)
        (void)snprintf(out, CLIENT_TEXT_BYTES, "local");
}

/* --- the table ------------------------------------------------------------ */

struct clients *clients_create(void)
{
    struct clients *clients = calloc(1, sizeof *clients);
    if (clients == NULL)
        return NULL;
    if (getrandom(&clients->seed, sizeof clients->seed, 0) < 0)
        clients->seed = 0;
    pthread_mutex_init(&clients->lock, NULL);
    return clients;
}

void clients_destroy(struct clients *clients)
{
    if (clients == NULL)
        return;
    for (size_t i = 0; i < N_BUCKETS; i++)
        for (struct entry *at = clients->buckets[i], *next; at; at = next) {
            next = at->next;
            free(at);
        }
    pthread_mutex_destroy(&clients->lock);
    free(clients);
}

/* The network part of an IPv6 address is who it is. */
static struct client counted(const struct client *client)
{
    struct client out = *client;
    if (!is_v4(client))
        memset(out.address + 8, 0, 8);
    return out;
}

/* FNV-1a from a random start. */
static struct entry **bucket_of(struct clients *clients,
                                const struct client *client)
{
    uint64_t hash = 0xcbf29ce484222325 ^ clients->seed;
    for (size_t i = 0; i < sizeof client->address; i++)
        hash = (hash ^ client->address[i]) * 0x100000001b3;
    return &clients->buckets[(hash >> 32) % N_BUCKETS];
}

static bool is_idle(const struct entry *entry, int64_t now_ms)
{
    return entry->n_connections == 0 && entry->failures_end_ms <= now_ms;
}

/* Who holds nothing any more goes on the way. INT64_MIN: nobody does. */
static struct entry *
find(struct clients *clients, const struct client *client, int64_t now_ms)
{
    struct entry **at = bucket_of(clients, client), *found = NULL;
    while (*at != NULL) {
        struct entry *entry = *at;
        if (memcmp(&entry->client, client, sizeof *client) == 0) {
            found = entry;
        } else if (is_idle(entry, now_ms)) {
            *at = entry->next;
            free(entry);
            clients->n_remembered--;
            continue;
        }
        at = &entry->next;
    }
    return found;
}

static struct entry *find_or_add(struct clients *clients,
                                 const struct client *client,
                                 int64_t now_ms)
{
    struct entry *entry = find(clients, client, now_ms);
    if (entry != NULL)
        return entry;
    entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return NULL;
    struct entry **bucket = bucket_of(clients, client);
    entry->client = *client;
    entry->next = *bucket;
    *bucket = entry;
    clients->n_remembered++;
    return entry;
}

bool clients_enter(struct clients *clients,
                   const struct client *client,
                   int64_t now_ms)
{
    struct client key = counted(client);
    pthread_mutex_lock(&clients->lock);
    struct entry *entry = find_or_add(clients, &key, now_ms);
    if (entry != NULL)
        entry->n_connections++;
    pthread_mutex_unlock(&clients->lock);
    return entry != NULL;
}

/* The entry goes when somebody comes by its bucket. */
void clients_leave(struct clients *clients, const struct client *client)
{
    struct client key = counted(client);
    pthread_mutex_lock(&clients->lock);
    struct entry *entry = find(clients, &key, INT64_MIN);
    if (entry != NULL && entry->n_connections > 0)
        entry->n_connections--;
    pthread_mutex_unlock(&clients->lock);
}

size_t clients_connections(struct clients *clients, const struct client *client)
{
    struct client key = counted(client);
    pthread_mutex_lock(&clients->lock);
    const struct entry *entry = find(clients, &key, INT64_MIN);
    size_t n = entry != NULL ? entry->n_connections : 0;
    pthread_mutex_unlock(&clients->lock);
    return n;
}

static unsigned count_failure(struct entry *entry, int64_t now_ms)
{
    if (entry->failures_end_ms <= now_ms) {
        entry->n_failures = 0;
        entry->failures_end_ms = now_ms + CLIENT_FAILURES_MS;
    }
    if (entry->n_failures < CLIENT_FAILURES_MAX) {
        entry->n_failures++;
        return 0;
    }
    return (unsigned)((entry->failures_end_ms - now_ms + 999) / 1000);
}

unsigned clients_fail(struct clients *clients,
                      const struct client *client,
                      int64_t now_ms)
{
    struct client key = counted(client);
    unsigned wait_s = 0;
    pthread_mutex_lock(&clients->lock);
    struct entry *entry = clients->n_remembered < REMEMBERED_MAX
                              ? find_or_add(clients, &key, now_ms)
                              : find(clients, &key, now_ms);
    if (entry != NULL)
        wait_s = count_failure(entry, now_ms);
    pthread_mutex_unlock(&clients->lock);
    return wait_s;
}
