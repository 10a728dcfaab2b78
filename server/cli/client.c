/* SPDX-License-Identifier: MIT */
#include "cli/client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/client_reply.h"

enum { HEAD_MAX_BYTES = 1 << 16, PART_BYTES = 1 << 16 };

void client_escape(mlp_buffer *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    for (; *text != '\0'; text++)
        if (strchr(plain, *text) != NULL)
            mlp_buffer_append(out, text, 1);
        else
            mlp_buffer_format(out, "%%%02X", (unsigned)(unsigned char)*text);
}

void client_answer_free(struct client_answer *answer)
{
    mlp_buffer_free(&answer->body);
}

static bool is_stopped(const struct client *client)
{
    return client->stop != NULL && *client->stop != 0;
}

static mlp_status broken(const struct client *client, mlp_error *err)
{
    if (is_stopped(client))
        return mlp_fail(err, MLP_CANCELLED, "interrupted");
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return mlp_fail(err, MLP_IO, "nothing came for %u seconds",
                        client->timeout_s);
    return mlp_fail(err, MLP_IO, "the connection broke: %s", strerror(errno));
}

/* --- the request ---------------------------------------------------------- */

static mlp_status send_all(const struct client *client,
                           int fd,
                           const char *bytes,
                           size_t n,
                           mlp_error *err)
{
    while (n > 0) {
        if (is_stopped(client))
            return broken(client, err);
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return broken(client, err);
        bytes += sent;
        n -= (size_t)sent;
    }
    return MLP_OK;
}

static void write_head(const struct client *client,
                       const struct client_request *request,
                       mlp_buffer *head)
{
    bool brackets = strchr(client->endpoint.host, ':') != NULL;
    mlp_buffer_format(head, "%s %s HTTP/1.1\r\n", request->method,
                      request->path);
    if (client->endpoint.port[0] == '\0')
        mlp_buffer_text(head, "Host: localhost\r\n");
    else
        mlp_buffer_format(head, "Host: %s%s%s:%s\r\n", brackets ? "[" : "",
                          client->endpoint.host, brackets ? "]" : "",
                          client->endpoint.port);
    mlp_buffer_text(head, "User-Agent: mlpd/" MLPD_VERSION
                          "\r\nConnection: close\r\n");
    if (client->key != NULL)
        mlp_buffer_format(head, "Authorization: Bearer %s\r\n", client->key);
    if (request->accept != NULL)
        mlp_buffer_format(head, "Accept: %s\r\n", request->accept);
    if (request->type != NULL)
        mlp_buffer_format(head, "Content-Type: %s\r\n", request->type);
    if (request->body != NULL || request->has_file ||
        strcasecmp(request->method, "POST") == 0)
        mlp_buffer_format(head, "Content-Length: %" PRIu64 "\r\n",
                          request->n_body);
    mlp_buffer_text(head, "\r\n");
}

/* A file that shrinks while it is sent cannot be ended as it was begun. */
static mlp_status send_file(const struct client *client,
                            const struct client_request *request,
                            int fd,
                            mlp_error *err)
{
    char part[PART_BYTES];
    mlp_status status = MLP_OK;
    for (uint64_t sent = 0; status == MLP_OK && sent < request->n_body;) {
        uint64_t left = request->n_body - sent;
        size_t want = left < sizeof part ? (size_t)left : sizeof part;
        ssize_t n = pread(request->file, part, want, (off_t)sent);
        if (n <= 0)
            return mlp_fail(err, MLP_INVALID, "the file cannot be read: %s",
                            n < 0 ? strerror(errno) : "it became shorter");
        status = send_all(client, fd, part, (size_t)n, err);
        sent += (uint64_t)n;
        if (request->on_sent != NULL)
            request->on_sent(request->context, sent, request->n_body);
    }
    return status;
}

static mlp_status send_request(const struct client *client,
                               const struct client_request *request,
                               int fd,
                               mlp_error *err)
{
    mlp_buffer head;
    mlp_buffer_init(&head, HEAD_MAX_BYTES);
    write_head(client, request, &head);
    mlp_status status =
        head.status == MLP_OK
            ? send_all(client, fd, head.data, head.length, err)
            : mlp_fail(err, MLP_LIMIT, "the request's address is too long");
    mlp_buffer_free(&head);
    if (status != MLP_OK)
        return status;
    if (request->has_file)
        return send_file(client, request, fd, err);
    return request->body == NULL ? MLP_OK
                                 : send_all(client, fd, request->body,
                                            (size_t)request->n_body, err);
}

/* --- the reply ------------------------------------------------------------ */

/* Where a body goes is known when its status is. */
struct target {
    struct client_reply *reply;
    mlp_sink *sink; /* or NULL */
    mlp_buffer *body;
};

static mlp_status
write_body(void *context, const void *bytes, size_t n, mlp_error *err)
{
    struct target *target = context;
    if (target->sink != NULL && target->reply->status < 300)
        return target->sink->write(target->sink->context, bytes, n, err);
    mlp_buffer_append(target->body, bytes, n);
    return target->body->status == MLP_OK
               ? MLP_OK
               : mlp_fail(err, target->body->status, "the answer is too large");
}

static mlp_status receive(const struct client *client,
                          int fd,
                          struct client_reply *reply,
                          mlp_error *err)
{
    char part[PART_BYTES];
    mlp_status status = MLP_OK;
    while (status == MLP_OK && reply->state != CLIENT_REPLY_DONE) {
        if (is_stopped(client))
            return broken(client, err);
        ssize_t n = recv(fd, part, sizeof part, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return broken(client, err);
        status = n == 0 ? client_reply_end(reply, err)
                        : client_reply_feed(reply, part, (size_t)n, err);
    }
    return status;
}

/* A server that refuses a body says so and hangs up while it is sent: then what
 * it said counts, and not that it hung up. */
static mlp_status exchange(const struct client *client,
                           const struct client_request *request,
                           int fd,
                           struct client_reply *reply,
                           mlp_error *err)
{
    mlp_error unheard;
    mlp_status status = send_request(client, request, fd, err);
    if (status == MLP_OK)
        return receive(client, fd, reply, err);
    if (status == MLP_IO && receive(client, fd, reply, &unheard) == MLP_OK)
        return MLP_OK;
    return status;
}

mlp_status client_send(const struct client *client,
                       const struct client_request *request,
                       struct client_answer *out,
                       mlp_error *err)
{
    struct client_reply reply;
    struct target target = {&reply, request->sink, &out->body};
    int fd;
    *out = (struct client_answer){0};
    mlp_buffer_init(&out->body, CLIENT_REPLY_MAX_BYTES);
    if (client->endpoint.tls)
        return mlp_fail(err, MLP_INVALID,
                        "https is not spoken here: use curl, or a tunnel to "
                        "the daemon's machine");
    mlp_status status =
        endpoint_connect(&client->endpoint, client->timeout_s, &fd, err);
    if (status != MLP_OK)
        return status;
    client_reply_init(&reply, (mlp_sink){write_body, &target});
    status = exchange(client, request, fd, &reply, err);
    (void)close(fd);
    out->status = reply.status;
    memcpy(out->type, reply.type, sizeof out->type);
    mlp_buffer_append(&out->body, "", 0);
    return status;
}
