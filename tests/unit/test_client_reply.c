/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/client_reply.h"

/* Feed `text` in pieces of `step` bytes, and then the connection's end. */
static mlp_status parse(const char *text,
                        size_t length,
                        size_t step,
                        struct client_reply *reply,
                        mlp_buffer *body,
                        mlp_error *err)
{
    mlp_status status = MLP_OK;
    mlp_buffer_init(body, 1 << 20);
    client_reply_init(reply, mlp_buffer_sink(body));
    for (size_t i = 0; i < length && status == MLP_OK; i += step)
        status = client_reply_feed(reply, text + i,
                                   length - i < step ? length - i : step, err);
    return status == MLP_OK ? client_reply_end(reply, err) : status;
}

static void gives(const char *text, int status, const char *expected)
{
    for (size_t step = 1; step <= strlen(text); step++) {
        struct client_reply reply;
        mlp_buffer body;
        mlp_error err = {.text = ""};
        cr_assert_eq(parse(text, strlen(text), step, &reply, &body, &err),
                     MLP_OK, "%s: %s", text, err.text);
        cr_expect_eq(reply.status, status);
        cr_expect_eq(body.length, strlen(expected));
        if (body.length > 0)
            cr_expect_str_eq(body.data, expected);
        mlp_buffer_free(&body);
    }
}

static void refuses_bytes(const char *text, size_t length)
{
    struct client_reply reply;
    mlp_buffer body;
    mlp_error err = {.text = ""};
    cr_expect_eq(parse(text, length, 7, &reply, &body, &err), MLP_FORMAT,
                 "%.60s", text);
    cr_expect_neq(err.text[0], '\0');
    mlp_buffer_free(&body);
}

static void refuses(const char *text)
{
    refuses_bytes(text, strlen(text));
}

Test(client_reply, a_body_is_whole_wherever_it_was_cut)
{
    gives("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello");
    gives("HTTP/1.1 200 OK\r\ncontent-length:5 \r\n\r\nhello", 200, "hello");
    gives("HTTP/1.1 204 No Content\r\n\r\n", 204, "");
    gives("HTTP/1.0 200\r\n\r\nuntil the end", 200, "until the end");
    gives("HTTP/1.1 404 Not Found\nContent-Length: 0\n\n", 404, "");
}

Test(client_reply, chunks_are_put_together)
{
    gives("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n",
          200, "hello");
}

Test(client_reply, an_interim_reply_is_passed_over)
{
    gives("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
          "Content-Length: 2\r\n\r\nok",
          200, "ok");
}

Test(client_reply, what_is_no_http_is_refused)
{
    refuses("");
    refuses("SSH-2.0-OpenSSH_9.2\r\n");
    refuses("HTTP/2 200\r\n\r\n");
    refuses("HTTP/1.1 99 X\r\n\r\n");
    refuses("HTTP/1.1 2000 X\r\n\r\n");
    refuses("HTTP/1.1 200 OK\r\nno colon\r\n\r\n");
    refuses("HTTP/1.1 200 OK\r\nA: 1\r\n folded\r\n\r\n");
    refuses_bytes("HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", 25);
}

Test(client_reply, lengths_that_lie_are_refused)
{
    refuses("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n");
    refuses("HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello");
    refuses("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n");
    refuses(
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na");
    refuses("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell");
    refuses("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhello");
    refuses("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
            "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n");
    refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n");
    refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nhello\r\n0\r\n\r\n");
    refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            "ffffffffffffffffff\r\n");
    refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel");
}

Test(client_reply, a_head_without_end_is_refused)
{
    char line[CLIENT_LINE_MAX + 64];
    struct client_reply reply;
    mlp_error err;
    mlp_buffer body;
    memset(line, 'a', sizeof line);
    refuses_bytes(line, sizeof line);
    mlp_buffer_init(&body, 100);
    client_reply_init(&reply, mlp_buffer_sink(&body));
    mlp_status status = MLP_OK;
    for (int i = 0; i < 10000 && status == MLP_OK; i++)
        status = client_reply_feed(&reply, "HTTP/1.1 100 X\r\n\r\n", 18, &err);
    cr_expect_eq(status, MLP_FORMAT);
    mlp_buffer_free(&body);
}
