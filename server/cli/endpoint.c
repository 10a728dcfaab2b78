/* SPDX-License-Identifier: MIT */
#include "cli/endpoint.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/unix_socket.h"

static mlp_status copy_part(const char *from,
                            size_t length,
                            char *out,
                            size_t size,
                            const char *whole,
                            mlp_error *err)
{
    if (length == 0 || length >= size)
        return mlp_fail(err, MLP_INVALID, "'%.64s' is not ADDRESS:PORT", whole);
    memcpy(out, from, length);
    out[length] = '\0';
    return MLP_OK;
}

/* "host:port" or "[v6]:port", up to a slash. */
mlp_status
endpoint_parse_address(const char *text, struct endpoint *out, mlp_error *err)
{
    size_t end = strcspn(text, "/");
    bool bracket = text[0] == '[';
    const char *host = text + bracket;
    size_t host_length = strcspn(host, bracket ? "]" : ":/");
    const char *behind = host + host_length;
    if (bracket && *behind == ']')
        behind++;
    mlp_status status =
        copy_part(host, host_length, out->host, sizeof out->host, text, err);
    if (status != MLP_OK)
        return status;
    if (behind == text + end)
        return copy_part(out->tls ? "443" : "80", out->tls ? 3 : 2, out->port,
                         sizeof out->port, text, err);
    if (*behind != ':')
        return mlp_fail(err, MLP_INVALID, "'%.64s' is not ADDRESS:PORT", text);
    behind++;
    return copy_part(behind, (size_t)(text + end - behind), out->port,
                     sizeof out->port, text, err);
}

mlp_status endpoint_parse(const char *url, struct endpoint *out, mlp_error *err)
{
    static const char *const schemes[] = {"http://", "https://"};
    const char *path = unix_socket_path(url);
    *out = (struct endpoint){0};
    if (path != NULL)
        return copy_part(path, strlen(path), out->host, sizeof out->host, url,
                         err);
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(schemes[i]);
        out->tls = i == 1;
        if (strncmp(url, schemes[i], n) == 0)
            return endpoint_parse_address(url + n, out, err);
    }
    return mlp_fail(err, MLP_INVALID,
                    "'%.64s' is not http://…, https://… or unix:/…", url);
}

/* -1: errno says why. */
static int connect_to(int family,
                      const struct sockaddr *address,
                      socklen_t length,
                      unsigned timeout_s)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    const struct timeval timeout = {.tv_sec = (time_t)timeout_s};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (connect(fd, address, length) == 0)
        return fd;
    int reason = errno == EINPROGRESS ? ETIMEDOUT : errno;
    (void)close(fd);
    errno = reason;
    return -1;
}

static int connect_to_file(const char *path, unsigned timeout_s)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int n = snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (n >= (int)sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return connect_to(AF_UNIX, (struct sockaddr *)&address, sizeof address,
                      timeout_s);
}

mlp_status endpoint_connect(const struct endpoint *endpoint,
                            unsigned timeout_s,
                            int *fd,
                            mlp_error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    *fd = -1;
    if (endpoint->port[0] == '\0') {
        *fd = connect_to_file(endpoint->host, timeout_s);
        return *fd >= 0 ? MLP_OK
                        : mlp_fail(err, MLP_IO, "no connection to %.128s: %s",
                                   endpoint->host, strerror(errno));
    }
    int code = getaddrinfo(endpoint->host, endpoint->port, &hints, &found);
    if (code != 0)
        return mlp_fail(err, MLP_IO, "no connection to %.128s %s: %s",
                        endpoint->host, endpoint->port, gai_strerror(code));
    for (struct addrinfo *at = found; at != NULL && *fd < 0; at = at->ai_next)
        *fd = connect_to(at->ai_family, at->ai_addr, at->ai_addrlen, timeout_s);
    int reason = errno;
    freeaddrinfo(found);
    return *fd >= 0
               ? MLP_OK
               : mlp_fail(err, MLP_IO, "no connection to %.128s %s: %s",
                          endpoint->host, endpoint->port, strerror(reason));
}
