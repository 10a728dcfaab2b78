/* SPDX-License-Identifier: MIT */
#include "healthcheck.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { TIMEOUT_S = 3, HOST_MAX = 256, PORT_MAX = 8 };

struct address {
    char host[HOST_MAX];
    char port[PORT_MAX];
};

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

/* "host:port" or "[v6]:port", up to a slash; without a port it is 80. */
static mlp_status split(const char *text, struct address *out, mlp_error *err)
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
        return copy_part("80", 2, out->port, sizeof out->port, text, err);
    if (*behind != ':')
        return mlp_fail(err, MLP_INVALID, "'%.64s' is not ADDRESS:PORT", text);
    behind++;
    return copy_part(behind, (size_t)(text + end - behind), out->port,
                     sizeof out->port, text, err);
}

static mlp_status
port_from_file(const char *path, struct address *out, mlp_error *err)
{
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    if (file == NULL)
        return mlp_fail(err, MLP_IO, "the port is any free one: %s",
                        path == NULL ? "give --port-file" : strerror(errno));
    bool read = fgets(out->port, sizeof out->port, file) != NULL;
    (void)fclose(file);
    out->port[strcspn(out->port, "\n")] = '\0';
    return read ? MLP_OK : mlp_fail(err, MLP_IO, "'%.128s' is empty", path);
}

static mlp_status
find_address(const struct options *options, struct address *out, mlp_error *err)
{
    static const char scheme[] = "http://";
    if (options->url != NULL) {
        if (strncmp(options->url, scheme, sizeof scheme - 1) != 0)
            return mlp_fail(err, MLP_INVALID, "--url: '%.64s' is not http://…",
                            options->url);
        return split(options->url + sizeof scheme - 1, out, err);
    }
    mlp_status status = split(options->listen, out, err);
    if (status != MLP_OK)
        return status;
    if (strcmp(out->host, "0.0.0.0") == 0)
        (void)snprintf(out->host, sizeof out->host, "127.0.0.1");
    else if (strcmp(out->host, "::") == 0)
        (void)snprintf(out->host, sizeof out->host, "::1");
    return strcmp(out->port, "0") == 0
               ? port_from_file(options->port_file, out, err)
               : MLP_OK;
}

static int connect_to(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    const struct timeval timeout = {.tv_sec = TIMEOUT_S};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (connect(fd, info->ai_addr, info->ai_addrlen) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static int open_connection(const struct address *address)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(address->host, address->port, &hints, &found) != 0)
        return -1;
    int fd = -1;
    for (struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next)
        fd = connect_to(at);
    freeaddrinfo(found);
    return fd;
}

/* Send the question; the first bytes of the answer must be a 200. */
static bool ask(int fd)
{
    static const char question[] =
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
        "Connection: close\r\n\r\n";
    static const char expected[] = "HTTP/1.1 200";
    char answer[sizeof expected - 1];
    size_t n = 0;
    if (send(fd, question, sizeof question - 1, MSG_NOSIGNAL) !=
        (ssize_t)(sizeof question - 1))
        return false;
    while (n < sizeof answer) {
        ssize_t got = recv(fd, answer + n, sizeof answer - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
    }
    return memcmp(answer, expected, sizeof answer) == 0;
}

mlp_status healthcheck(const struct options *options, mlp_error *err)
{
    struct address address;
    mlp_status status = find_address(options, &address, err);
    if (status != MLP_OK)
        return status;
    int fd = open_connection(&address);
    if (fd < 0)
        return mlp_fail(err, MLP_IO, "no connection to %.128s port %s",
                        address.host, address.port);
    bool alive = ask(fd);
    (void)close(fd);
    return alive ? MLP_OK
                 : mlp_fail(err, MLP_IO, "%.128s port %s did not answer 200",
                            address.host, address.port);
}
