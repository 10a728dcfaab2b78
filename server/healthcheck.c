/* SPDX-License-Identifier: MIT */
#include "healthcheck.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/endpoint.h"
#include "http/unix_socket.h"

enum { TIMEOUT_S = 3 };

static mlp_status
port_from_file(const char *path, struct endpoint *out, mlp_error *err)
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

static mlp_status find_address(const struct options *options,
                               struct endpoint *out,
                               mlp_error *err)
{
    mlp_status status;
    if (options->url != NULL) {
        status = endpoint_parse(options->url, out, err);
        return status == MLP_OK ? MLP_OK
                                : mlp_fail(err, status, "--url: %s", err->text);
    }
    if (unix_socket_path(options->listen) != NULL)
        return endpoint_parse(options->listen, out, err);
    *out = (struct endpoint){.tls = options->tls_certificate_file != NULL};
    status = endpoint_parse_address(options->listen, out, err);
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
    struct endpoint address;
    mlp_status status = find_address(options, &address, err);
    if (status != MLP_OK)
        return status;
    int fd;
    status = endpoint_connect(&address, TIMEOUT_S, &fd, err);
    if (status != MLP_OK)
        return status;
    bool alive = address.tls ? ask_tls(fd) : ask_http(fd);
    (void)close(fd);
    return alive
               ? MLP_OK
               : mlp_fail(err, MLP_IO, "%.128s %s did not answer as it should",
                          address.host, address.port);
}
