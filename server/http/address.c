/* SPDX-License-Identifier: MIT
 *
 * The listening socket. */
#include "http/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/clients.h"
#include "http/unix_socket.h"

/* Connections that wait in the kernel; more when accepting is slower than a
 * burst of clients. */
enum { BACKLOG = 1024, SOCKET_MODE = 0600 };

union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool parse_port(const char *text, uint16_t *out)
{
    size_t n = strlen(text);
    if (n == 0 || n > 5 || strspn(text, "0123456789") != n)
        return false;
    long port = strtol(text, NULL, 10);
    *out = (uint16_t)port;
    return port <= UINT16_MAX;
}

/* Put the host's text, without brackets, into `host`. */
static bool split(const char *text, char *host, size_t size, uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL || !parse_port(colon + 1, port))
        return false;
    size_t n = (size_t)(colon - text);
    if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
        text++;
        n -= 2;
    } else if (memchr(text, ':', n) != NULL) {
        return false; /* an IPv6 address without brackets */
    }
    if (n >= size)
        return false;
    memcpy(host, text, n);
    host[n] = '\0';
    return true;
}

static bool parse(const char *text, union any_address *out, socklen_t *length)
{
    char host[INET6_ADDRSTRLEN];
    uint16_t port;
    if (!split(text, host, sizeof host, &port))
        return false;
    const char *v4 = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    *out = (union any_address){0};
    if (inet_pton(AF_INET, v4, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        *length = sizeof out->v4;
        return true;
    }
    if (inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        *length = sizeof out->v6;
        return true;
    }
    return false;
}

static bool
bind_and_listen(int fd, const union any_address *address, socklen_t length)
{
    int on = 1, off = 0;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        return false;
    /* "[::]" takes IPv4 as well. */
    if (address->any.sa_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0)
        return false;
    return bind(fd, &address->any, length) == 0 && listen(fd, BACKLOG) == 0;
}

/* Ask the kernel where it listens: port 0 became a real one. */
static bool describe(struct address *out, bool tls)
{
    union any_address address = {0};
    socklen_t length = sizeof address;
    char host[INET6_ADDRSTRLEN];
    if (getsockname(out->fd, &address.any, &length) != 0)
        return false;
    bool v6 = address.any.sa_family == AF_INET6;
    const void *bytes = v6 ? (const void *)&address.v6.sin6_addr
                           : (const void *)&address.v4.sin_addr;
    if (inet_ntop(address.any.sa_family, bytes, host, sizeof host) == NULL)
        return false;
    out->port = ntohs(v6 ? address.v6.sin6_port : address.v4.sin_port);
    snprintf(out->url, sizeof out->url, "%s://%s%s%s:%u",
             tls ? "https" : "http", v6 ? "[" : "", host, v6 ? "]" : "",
             (unsigned)out->port);
    return true;
}

/* client_is_local() takes "::" for a Unix socket's client. */
static bool is_wildcard(const union any_address *address)
{
    return address->any.sa_family == AF_INET6 &&
           IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
}

static mlp_status listen_on_file(const char *path,
                                 unsigned mode,
                                 struct address *out,
                                 mlp_error *err)
{
    snprintf(out->url, sizeof out->url, "unix:%s", path);
    return unix_socket_listen(path, mode != 0 ? mode : SOCKET_MODE, BACKLOG,
                              &out->lock_fd, &out->fd, err);
}

bool address_is_local(const char *text)
{
    union any_address address;
    socklen_t length = 0;
    if (unix_socket_path(text) != NULL || !parse(text, &address, &length))
        return true;
    struct client client = client_of(&address.any);
    return client_is_local(&client) && !is_wildcard(&address);
}

void address_close(struct address *address)
{
    const char *path = unix_socket_path(address->url);
    if (path != NULL)
        unix_socket_close(path, address->lock_fd, address->fd);
    else if (address->fd >= 0)
        close(address->fd);
    address->fd = address->lock_fd = -1;
}

static mlp_status refuse(const char *text, mlp_error *err)
{
    return mlp_fail(err, MLP_INVALID,
                    "listen: expected an address and a port such as "
                    "127.0.0.1:8080 or [::1]:8080, or unix:/path, "
                    "found \"%.64s\"",
                    text);
}

mlp_status address_check(const char *text, mlp_error *err)
{
    union any_address address;
    socklen_t length = 0;
    const char *path = unix_socket_path(text);
    if (path != NULL)
        return unix_socket_check(path, err);
    return parse(text, &address, &length) ? MLP_OK : refuse(text, err);
}

mlp_status address_listen(const char *text,
                          unsigned mode,
                          bool tls,
                          struct address *out,
                          mlp_error *err)
{
    union any_address address;
    socklen_t length = 0;
    const char *path = unix_socket_path(text);
    *out = (struct address){.fd = -1, .lock_fd = -1};
    if (path != NULL)
        return listen_on_file(path, mode, out, err);
    if (!parse(text, &address, &length))
        return refuse(text, err);
    out->fd = socket(address.any.sa_family,
                     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (out->fd >= 0 && bind_and_listen(out->fd, &address, length) &&
        describe(out, tls))
        return MLP_OK;
    mlp_status status =
        mlp_fail(err, MLP_IO, "listen: %.64s: %s", text, strerror(errno));
    if (out->fd >= 0)
        close(out->fd);
    out->fd = -1;
    return status;
}
