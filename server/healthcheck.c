/* SPDX-License-Identifier: MIT */
#include "healthcheck.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/unix_socket.h"

enum { TIMEOUT_S = 3, HOST_MAX = 256, PORT_MAX = 8 };

struct address {
    char host[HOST_MAX]; /* or the path of a Unix socket */
    char port[PORT_MAX]; /* "": a Unix socket */
    bool tls;
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
parse_url(const char *url, struct address *out, mlp_error *err)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(schemes[i]);
        out->tls = i == 1;
        if (strncmp(url, schemes[i], n) == 0)
            return split(url + n, out, err);
    }
    return mlp_fail(err, MLP_INVALID,
                    "--url: '%.64s' is not http://…, https://… or unix:/…",
                    url);
}

static mlp_status
find_address(const struct options *options, struct address *out, mlp_error *err)
{
    const char *text = options->url != NULL ? options->url : options->listen;
    const char *path = unix_socket_path(text);
    *out = (struct address){.tls = options->tls_certificate_file != NULL};
    if (path != NULL)
        return copy_part(path, strlen(path), out->host, sizeof out->host, text,
                         err);
    if (options->url != NULL)
        return parse_url(options->url, out, err);
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

static int
connect_to(int family, const struct sockaddr *address, socklen_t length)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    const struct timeval timeout = {.tv_sec = TIMEOUT_S};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (connect(fd, address, length) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static int connect_to_file(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int n = snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return n < (int)sizeof address.sun_path
               ? connect_to(AF_UNIX, (struct sockaddr *)&address,
                            sizeof address)
               : -1;
}

static int open_connection(const struct address *address)
{
    if (address->port[0] == '\0')
        return connect_to_file(address->host);
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(address->host, address->port, &hints, &found) != 0)
        return -1;
    int fd = -1;
    for (struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next)
        fd = connect_to(at->ai_family, at->ai_addr, at->ai_addrlen);
    freeaddrinfo(found);
    return fd;
}

/* The first message of a client of TLS 1.2 (RFC 5246, 7.4.1.2). */
static const unsigned char hello[] = {
    0x16, 0x03, 0x01, 0x00, 0x65, /* record: handshake */
    0x01, 0x00, 0x00, 0x61,       /* ClientHello */
    0x03, 0x03,                   /* TLS 1.2 */
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
    0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15,
    0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, /* random */
    0x00,                                                       /* no session */
    0x00, 0x0c, 0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30, 0xcc,
    0xa9, 0xcc, 0xa8, /* suites: ECDHE with AES-GCM or ChaCha20 */
    0x01, 0x00,       /* no compression */
    0x00, 0x2c,       /* extensions */
    0x00, 0x0a, 0x00, 0x08, 0x00, 0x06, 0x00, 0x1d, 0x00, 0x17, 0x00,
    0x18,                               /* groups: X25519, P-256, P-384 */
    0x00, 0x0b, 0x00, 0x02, 0x01, 0x00, /* points, uncompressed */
    0x00, 0x0d, 0x00, 0x16, 0x00, 0x14, 0x04, 0x03, 0x05, 0x03, 0x06,
    0x03, 0x08, 0x07, 0x08, 0x04, 0x08, 0x05, 0x08, 0x06, 0x04, 0x01,
    0x05, 0x01, 0x06, 0x01, /* signatures */
};

/* The answer must begin like this. */
static bool ask(int fd,
                const void *question,
                size_t n_question,
                const void *expected,
                size_t n_expected)
{
    char answer[16];
    size_t n = 0;
    if (send(fd, question, n_question, MSG_NOSIGNAL) != (ssize_t)n_question)
        return false;
    while (n < n_expected) {
        ssize_t got = recv(fd, answer + n, n_expected - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
    }
    return memcmp(answer, expected, n_expected) == 0;
}

static bool ask_http(int fd)
{
    static const char question[] =
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
        "Connection: close\r\n\r\n";
    static const char expected[] = "HTTP/1.1 200";
    return ask(fd, question, sizeof question - 1, expected,
               sizeof expected - 1);
}

/* No TLS here: that a thread of the daemon answers the greeting with its own
 * is enough to know. */
static bool ask_tls(int fd)
{
    static const unsigned char expected[] = {0x16, 0x03}; /* a handshake */
    return ask(fd, hello, sizeof hello, expected, sizeof expected);
}

mlp_status healthcheck(const struct options *options, mlp_error *err)
{
    struct address address;
    mlp_status status = find_address(options, &address, err);
    if (status != MLP_OK)
        return status;
    int fd = open_connection(&address);
    if (fd < 0)
        return mlp_fail(err, MLP_IO, "no connection to %.128s %s", address.host,
                        address.port);
    bool alive = address.tls ? ask_tls(fd) : ask_http(fd);
    (void)close(fd);
    return alive
               ? MLP_OK
               : mlp_fail(err, MLP_IO, "%.128s %s did not answer as it should",
                          address.host, address.port);
}
