/* SPDX-License-Identifier: MIT
 *
 * The client: blocking sockets, one byte at a time where that is simplest. */
#include "unit/http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int http_connect(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval wait = {.tv_sec = 10};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

bool http_send(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

bool http_send_text(int fd, const char *text)
{
    return http_send(fd, text, strlen(text));
}

static bool receive_head(int fd, struct http_reply_text *out)
{
    size_t n = 0;
    out->head[0] = '\0';
    while (n + 1 < sizeof out->head) {
        if (recv(fd, out->head + n, 1, 0) != 1)
            return false;
        out->head[++n] = '\0';
        if (n >= 4 && strcmp(out->head + n - 4, "\r\n\r\n") == 0)
            return true;
    }
    return false;
}

static void receive_body(int fd, struct http_reply_text *out)
{
    const char *length = http_header(out, "Content-Length");
    size_t wanted = length != NULL ? strtoul(length, NULL, 10) : 0;
    if (wanted > sizeof out->body - 1)
        wanted = sizeof out->body - 1;
    while (out->length < wanted) {
        ssize_t got =
            recv(fd, out->body + out->length, wanted - out->length, 0);
        if (got <= 0)
            break;
        out->length += (size_t)got;
    }
    out->body[out->length] = '\0';
}

void http_receive(int fd,
                  bool has_body,
                  struct http_reply_text *out,
                  unsigned *n_interim)
{
    unsigned interim = 0;
    do {
        out->status = 0;
        out->length = 0;
        out->body[0] = '\0';
        if (!receive_head(fd, out) ||
            sscanf(out->head, "HTTP/1.%*d %d", &out->status) != 1)
            return;
        interim += out->status < 200;
    } while (out->status < 200);
    if (n_interim != NULL)
        *n_interim = interim;
    if (has_body)
        receive_body(fd, out);
}

bool http_receive_all(int fd, char *out, size_t size)
{
    size_t n = 0;
    ssize_t got = 1;
    while (got > 0 && n + 1 < size) {
        got = recv(fd, out + n, size - 1 - n, 0);
        n += got > 0 ? (size_t)got : 0;
    }
    out[n] = '\0';
    return got == 0 || errno == ECONNRESET;
}

bool http_is_closed(int fd)
{
    char byte;
    return recv(fd, &byte, 1, 0) <= 0;
}

const char *http_header(const struct http_reply_text *reply, const char *name)
{
    static char value[512];
    size_t n = strlen(name);
    const char *line = strstr(reply->head, "\r\n");
    for (; line != NULL; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, n) != 0 || line[2 + n] != ':')
            continue;
        snprintf(value, sizeof value, "%.*s",
                 (int)strcspn(line + n + 4, "\r\n"), line + n + 4);
        return value;
    }
    return NULL;
}
