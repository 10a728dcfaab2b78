/* SPDX-License-Identifier: MIT
 *
 * A small, literal HTTP client for tests: it sends exactly the bytes it is
 * given, so that what is wrong on the wire can be sent as well. */
#ifndef TEST_HTTP_CLIENT_H
#define TEST_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_REPLY_MAX_BYTES = 65536 };

struct http_reply_text {
    int status; /* 0: the connection ended before a reply */
    char head[4096];
    char body[HTTP_REPLY_MAX_BYTES];
    size_t length; /* of the body */
};

/* -1 when refused. A read waits 10 s at most. */
int http_connect(uint16_t port);
/* False when the other side has closed. */
bool http_send(int fd, const void *bytes, size_t n);
bool http_send_text(int fd, const char *text);
/* One reply; has_body false for HEAD's. Interim 1xx replies are skipped and
 * counted in *n_interim, which may be NULL. */
void http_receive(int fd,
                  bool has_body,
                  struct http_reply_text *out,
                  unsigned *n_interim);
/* All that comes until the other side closes; false when it does not. */
bool http_receive_all(int fd, char *out, size_t size);
/* Does the other side close without another byte? */
bool http_is_closed(int fd);
/* The value of a header, in a static buffer; NULL when it is not there. */
const char *http_header(const struct http_reply_text *reply, const char *name);

#endif
