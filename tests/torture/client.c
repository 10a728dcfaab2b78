/* SPDX-License-Identifier: MIT */
#include "torture/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "torture/check.h"

enum { HEAD_BYTES = 2048, TIMEOUT_MS = 60000, FIRST_BYTES = 4096 };

void client_init(struct client *client, uint16_t port)
{
    *client = (struct client){.port = port, .fd = -1, .timeout_ms = TIMEOUT_MS};
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

int connect_port(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

/* --- sending -------------------------------------------------------------- */

/* An answer that comes before the request's end is an answer all the same: a
 * send that fails is no verdict. */
static void send_all(int fd, const char *bytes, size_t n, int64_t end)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            bytes += sent;
            n -= (size_t)sent;
            continue;
        }
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return;
        struct pollfd wait = {.fd = fd, .events = POLLOUT | POLLIN};
        if (now_ms() >= end || poll(&wait, 1, (int)(end - now_ms())) <= 0 ||
            (wait.revents & POLLIN && !(wait.revents & POLLOUT)))
            return;
    }
}

/* --- receiving ------------------------------------------------------------ */

/* A byte more at least: 1; 0: the end; -1: too late. */
static int
receive(int fd, char **bytes, size_t *length, size_t *capacity, int64_t end)
{
    if (*capacity - *length < FIRST_BYTES) {
        *capacity = 2 * *capacity + 2 * FIRST_BYTES;
        *bytes = realloc(*bytes, *capacity);
        if (*bytes == NULL)
            give_up("out of memory for an answer");
    }
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int64_t left = end - now_ms();
    if (left <= 0 || poll(&wait, 1, (int)left) <= 0)
        return -1;
    ssize_t n = recv(fd, *bytes + *length, *capacity - *length - 1, 0);
    if (n <= 0)
        return 0;
    *length += (size_t)n;
    (*bytes)[*length] = '\0';
    return 1;
}

static const char *header(const char *head, const char *end, const char *name)
{
    size_t n = strlen(name);

    for (const char *line = strstr(head, "\r\n"); line != NULL && line < end;
         line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, n) == 0 && line[2 + n] == ':')
            return line + 2 + n + 1 + strspn(line + 2 + n + 1, " ");
    return NULL;
}

/* How long the whole answer is, by its headers; 0: they are not all there. */
static size_t whole_length(struct answer *answer)
{
    const char *end = strstr(answer->bytes, "\r\n\r\n");

    if (end == NULL)
        return 0;
    const char *length = header(answer->bytes, end, "Content-Length");
    const char *connection = header(answer->bytes, end, "Connection");
    answer->status =
        (int)strtol(answer->bytes + strcspn(answer->bytes, " "), NULL, 10);
    answer->closes =
        connection != NULL && strncasecmp(connection, "close", 5) == 0;
    answer->length = length == NULL ? 0 : strtoul(length, NULL, 10);
    return (size_t)(end + 4 - answer->bytes) + answer->length;
}

static void
take_answer(struct client *client, struct answer *answer, int64_t end)
{
    size_t capacity = 0, whole = 0;
    int got = 1;

    while (whole == 0 || answer->n_received < whole) {
        got = receive(client->fd, &answer->bytes, &answer->n_received,
                      &capacity, end);
        if (got <= 0)
            break;
        whole = whole_length(answer);
    }
    if (got > 0) {
        answer->outcome = ANSWERED;
        answer->body = answer->bytes + whole - answer->length;
    } else {
        answer->outcome = got == 0 ? BROKEN : LATE;
        answer->status = 0;
    }
}

void client_call(struct client *client,
                 const char *method,
                 const char *target,
                 const char *headers,
                 const void *body,
                 size_t length,
                 struct answer *out)
{
    char head[HEAD_BYTES];
    int64_t end = now_ms() + client->timeout_ms;
    int n = snprintf(head, sizeof head,
                     "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s", method,
                     target, client->port, headers == NULL ? "" : headers);

    *out = (struct answer){.outcome = REFUSED};
    client->reused = client->fd >= 0;
    if (client->fd < 0)
        client->fd = connect_port(client->port);
    if (client->fd < 0)
        return;
    out->connected_us = now_us();
    n +=
        snprintf(head + n, sizeof head - (size_t)n,
                 body != NULL ? "Content-Length: %zu\r\n\r\n" : "\r\n", length);
    send_all(client->fd, head, (size_t)n, end);
    if (body != NULL)
        send_all(client->fd, body, length, end);
    out->sent_us = now_us();
    take_answer(client, out, end);
    if (out->outcome != ANSWERED || out->closes)
        client_close(client);
}

void answer_free(struct answer *answer)
{
    free(answer->bytes);
    answer->bytes = answer->body = NULL;
}

/* --- short forms ---------------------------------------------------------- */

json_t *get_json(uint16_t port, const char *format, ...)
{
    char target[512];
    struct client client;
    struct answer answer;
    json_t *json = NULL;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(target, sizeof target, format, arguments);
    va_end(arguments);
    client_init(&client, port);
    client_call(&client, "GET", target, NULL, NULL, 0, &answer);
    if (answer.outcome == ANSWERED && answer.status == 200)
        json = json_loadb(answer.body, answer.length, 0, NULL);
    answer_free(&answer);
    client_close(&client);
    return json;
}

int get_status(uint16_t port, const char *target, int timeout_ms)
{
    struct client client;
    struct answer answer;

    client_init(&client, port);
    client.timeout_ms = timeout_ms;
    client_call(&client, "GET", target, NULL, NULL, 0, &answer);
    answer_free(&answer);
    client_close(&client);
    return answer.status;
}
