/* SPDX-License-Identifier: MIT
 *
 * Requests and their answers, over real sockets. */
#include "unit/tiny_server.h"

#include <criterion/criterion.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

TestSuite(exchange, .init = tiny_start, .fini = tiny_stop, .timeout = 60);

Test(exchange, every_reply_has_the_common_headers)
{
    cr_assert(tiny_goes_on(tiny_ask("GET /" HOST END)));
    cr_expect_eq(reply.status, 200);
    cr_expect_str_eq(reply.body, "hello");
    cr_expect_str_eq(http_header(&reply, "Content-Type"), "text/plain");
    cr_expect_str_eq(http_header(&reply, "X-Content-Type-Options"), "nosniff");
    cr_expect_str_eq(http_header(&reply, "Cache-Control"), "no-store");
    cr_expect_eq(strlen(http_header(&reply, "X-Request-Id")), 16);
}

Test(exchange, sane_request_ids_are_kept_and_others_replaced)
{
    static const struct {
        const char *id;
        bool kept;
    } cases[] = {
        {"a-1_B.9", true}, {"a b", false}, {"", false}, {"\"x\"", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        snprintf(text, sizeof text, "GET /" HOST "X-Request-Id: %s\r\n" END,
                 cases[i].id);
        close(tiny_ask(text));
        bool same =
            strcmp(http_header(&reply, "X-Request-Id"), cases[i].id) == 0;
        cr_expect_eq(same, cases[i].kept, "%s", cases[i].id);
    }
}

Test(exchange, head_is_get_without_the_body)
{
    int fd = tiny_ask("HEAD /" HOST END);
    cr_expect_eq(reply.status, 200);
    cr_expect_str_eq(http_header(&reply, "Content-Length"), "5");
    cr_expect(tiny_goes_on(fd));
}

Test(exchange, empty_answers_have_no_body)
{
    int fd = tiny_ask("GET /nothing" HOST END);
    cr_expect_eq(reply.status, 204);
    cr_expect(tiny_goes_on(fd));
}

Test(exchange, pipelined_requests_are_answered_in_order)
{
    int fd = tiny_connect();
    http_send_text(fd, "GET /later/1" HOST END "GET /" HOST END
                       "GET /later/2" HOST END "GET /none" HOST END);
    static const int expected[] = {202, 200, 202, 404};
    static const char *const bodies[] = {"1", "hello", "2", NULL};
    for (size_t i = 0; i < 4; i++) {
        http_receive(fd, true, &reply, NULL);
        cr_expect_eq(reply.status, expected[i]);
        if (bodies[i] != NULL)
            cr_expect_str_eq(reply.body, bodies[i]);
    }
    cr_expect(tiny_goes_on(fd));
}

Test(exchange, problems_are_problem_json_and_keep_the_connection)
{
    static const struct {
        const char *text;
        int status;
        const char *part;
    } cases[] = {
        {"GET /none" HOST END, 404, "problems/not-found"},
        {"DELETE /" HOST END, 405, "\"this resource takes GET, HEAD\""},
        {"BREW /" HOST END, 405, "GET, HEAD"},
        {"GET /%2e%2e/" HOST END, 400, "malformed"},
        {"GET //" HOST END, 400, "malformed"},
        {"GET /?x=1" HOST END, 422, "unknown-key"},
        {"GET /query?n=1&n=2" HOST END, 400, "n twice"},
        {"GET /query?n=10" HOST END, 422, "from 1 to 9"},
        {"GET /query?flag=yes" HOST END, 422, "query flag"},
        {"GET /query?name=%00" HOST END, 400, "percent"},
        {"GET /fail" HOST END, 409, "it has ended"},
        {"GET /forget" HOST END, 500, "internal"},
        {"POST /body" HOST "Content-Length: 1\r\n" END "x", 415,
         "unsupported-media-type"},
        {"POST /body" HOST "Content-Length: 1\r\nContent-Type: text/plain\r\n"
         "Content-Encoding: br\r\n" END "x",
         415, "expected gzip"},
        {"GET /" HOST "Content-Length: 3\r\n" END "abc", 413, "takes no body"},
        {"POST /picky" HOST "Content-Length: 3\r\n" END "axc", 422, "an x"},
        {"POST /picky" HOST "Content-Length: 7\r\n" END "1234567", 422,
         "seven"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = tiny_ask(cases[i].text);
        cr_expect_eq(reply.status, cases[i].status, "%s: %d", cases[i].text,
                     reply.status);
        cr_expect_str_eq(http_header(&reply, "Content-Type"),
                         "application/problem+json");
        cr_expect_not_null(strstr(reply.body, cases[i].part), "%s: %s",
                           cases[i].text, reply.body);
        cr_expect(tiny_goes_on(fd), "%s", cases[i].text);
    }
    close(tiny_ask("DELETE /" HOST END));
    cr_expect_str_eq(http_header(&reply, "Allow"), "GET, HEAD");
}

Test(exchange, handler_reads_query_segments_and_headers)
{
    close(tiny_ask("GET /query?flag=1&name=a+b%21&n=9" HOST END));
    cr_expect_str_eq(reply.body, "1 9 a b!");
    close(tiny_ask("GET /query" HOST END));
    cr_expect_str_eq(reply.body, "0 5 -");
    close(tiny_ask(
        "GET /models/iris/versions/3" HOST
        "Content-Type: text/CSV; header=present\r\nX-Thing: y\r\n"
        "Accept: text/html, text/csv;q=0.5, application/json\r\n" END));
    cr_expect_str_eq(reply.body, "iris/3 1 1 y");
    close(tiny_ask("GET /models/a/versions/b" HOST "Content-Type: text/csvx\r\n"
                   "Accept: application/json, text/csv\r\nX-Thing: y\r\n" END));
    cr_expect_str_eq(reply.body, "a/b 0 0 y");
}

Test(exchange, file_is_sent_from_its_start)
{
    cr_expect(tiny_goes_on(tiny_ask("GET /file" HOST END)));
    cr_expect_eq(reply.length, 4);
    cr_expect_eq(memcmp(reply.body, "\177ELF", 4), 0);
}

Test(exchange, bodies_arrive_by_length_by_chunks_and_empty)
{
    static const char *const texts[] = {
        "POST /body" HOST TEXT "Content-Length: 3\r\n" END "abc",
        "POST /body" HOST TEXT "Transfer-Encoding: chunked\r\n" END
        "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
        "PUT /body" HOST TEXT "Content-Length: 3\r\n" END "abc",
        "POST /body" HOST TEXT "Content-Length: 0\r\n" END,
        "POST /body" HOST TEXT END,
    };
    static const char *const bodies[] = {"3 294", "3 294", "3 294", "0 0",
                                         "0 0"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int fd = tiny_ask(texts[i]);
        cr_expect_str_eq(reply.body, bodies[i], "%s", texts[i]);
        cr_expect(tiny_goes_on(fd), "%s", texts[i]);
    }
}

Test(exchange, large_body_arrives_whole)
{
    size_t n = 3 << 20;
    char *bytes = malloc(n), text[200];
    memset(bytes, 1, n);
    int fd = tiny_connect();
    snprintf(text, sizeof text,
             "POST /body" HOST TEXT "Content-Length: %zu\r\n" END, n);
    http_send_text(fd, text);
    http_send(fd, bytes, n);
    http_receive(fd, true, &reply, NULL);
    snprintf(text, sizeof text, "%zu %zu", n, n);
    cr_expect_str_eq(reply.body, text);
    cr_expect(tiny_goes_on(fd));
    free(bytes);
}

/* gzip of n zero bytes, and the request that carries it. */
static void send_zeros(int fd, size_t n)
{
    char *zeros = calloc(1, n), *packed = malloc(n + 1000), text[300];
    z_stream stream = {.next_in = (unsigned char *)zeros,
                       .avail_in = (unsigned)n,
                       .next_out = (unsigned char *)packed,
                       .avail_out = (unsigned)n + 1000};
    deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    deflate(&stream, Z_FINISH);
    snprintf(text, sizeof text,
             "POST /body" HOST TEXT "Content-Encoding: gzip\r\n"
             "Content-Length: %zu\r\n" END,
             (size_t)stream.total_out);
    http_send_text(fd, text);
    http_send(fd, packed, stream.total_out);
    deflateEnd(&stream);
    free(zeros);
    free(packed);
}

Test(exchange, gzip_bodies_are_unpacked_under_the_same_limit)
{
    int fd = tiny_connect();
    send_zeros(fd, 1000000);
    http_receive(fd, true, &reply, NULL);
    cr_expect_str_eq(reply.body, "1000000 0");
    send_zeros(fd, 5 << 20);
    http_receive(fd, true, &reply, NULL);
    cr_expect_eq(reply.status, 413);
    cr_expect(tiny_goes_on(fd));
}

Test(exchange, too_large_a_body_is_refused_before_it_is_sent)
{
    int fd = tiny_connect();
    unsigned n_interim = 9;
    http_send_text(fd, "POST /body" HOST TEXT "Expect: 100-continue\r\n"
                       "Content-Length: 5000000\r\n" END);
    http_receive(fd, true, &reply, &n_interim);
    cr_expect_eq(reply.status, 413);
    cr_expect_eq(n_interim, 0);
    cr_expect_str_eq(http_header(&reply, "Connection"), "close");
    cr_expect(http_is_closed(fd));
    close(fd);
}

Test(exchange, body_that_is_welcome_is_asked_for)
{
    int fd = tiny_connect();
    unsigned n_interim = 0;
    http_send_text(fd, "POST /body" HOST TEXT "Expect: 100-continue\r\n"
                       "Content-Length: 2\r\n" END);
    char head[26] = "";
    recv(fd, head, 25, MSG_WAITALL);
    cr_expect_str_eq(head, "HTTP/1.1 100 Continue\r\n\r\n");
    http_send_text(fd, "ab");
    http_receive(fd, true, &reply, &n_interim);
    cr_expect_str_eq(reply.body, "2 195");
    cr_expect(tiny_goes_on(fd));
}

/* The tail must never run as a request: it would answer 404. */
#define TAIL "GET /smuggled" HOST END

static const struct {
    const char *text;
    bool foreign; /* libmicrohttpd refuses it, in its own words; 1.0 more of
                     them */
} doubtful[] = {
    {"POST /body" HOST TEXT "Content-Length: 3\r\n"
     "Transfer-Encoding: chunked\r\n" END "0\r\n\r\n" TAIL,
     false},
    {"POST /body" HOST TEXT "Transfer-Encoding: chunked\r\n"
     "Content-Length: 3\r\n" END "0\r\n\r\n" TAIL,
     false},
    {"POST /body" HOST TEXT "Content-Length: 3\r\n"
     "Content-Length: 4\r\n" END "abc" TAIL,
     false},
    {"POST /body" HOST TEXT "Content-Length: 3\r\n"
     "Content-Length: 3\r\n" END "abc" TAIL,
     false},
    {"POST /body" HOST TEXT "Content-Length : 3\r\n" END "abc" TAIL, false},
    {"POST /body" HOST TEXT "Transfer-Encoding: gzip\r\n" END TAIL, false},
    {"POST /body" HOST TEXT "Transfer-Encoding: identity\r\n"
     "Content-Length: 3\r\n" END "abc" TAIL,
     false},
    {"POST /body" HOST TEXT "Transfer-Encoding: chunked\r\n"
     "Transfer-Encoding: chunked\r\n" END "0\r\n\r\n" TAIL,
     false},
    {"POST /body" HOST TEXT "Transfer-Encoding: chunked, chunked\r\n" END
     "0\r\n\r\n" TAIL,
     false},
    {"POST /body HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" END
     "0\r\n\r\n" TAIL,
     false},
    {"POST /body" HOST TEXT "Content-Length: 18446744073709551615\r\n" END TAIL,
     false},
    {"POST /body" HOST TEXT "Content-Length: 9999999999999999999\r\n" END TAIL,
     false},
    {"POST /body" HOST TEXT "Content-Length: 99999999999999999999\r\n" END TAIL,
     true},
    {"POST /body" HOST TEXT "Content-Length: -1\r\n" END TAIL, true},
    {"POST /body" HOST TEXT "Content-Length: +3\r\n" END "abc" TAIL, true},
    {"POST /body" HOST TEXT "Content-Length: 0x3\r\n" END "abc" TAIL, true},
    {"POST /body" HOST TEXT "Content-Length: 3, 3\r\n" END "abc" TAIL, true},
    {"POST /body" HOST TEXT "Content-Length: \r\n" END TAIL, true},
    {"GET /" HOST "Host: b\r\n" END TAIL, false},
    {"GET / HTTP/1.1\r\n" END TAIL, false},
    {"GET /" HOST "X y: z\r\n" END TAIL, false},
    {"GET /" HOST "X\x01y: z\r\n" END TAIL, false},
    {"GET /" HOST "X: a\x02z\r\n" END TAIL, false},
};

Test(exchange, doubtful_framing_is_a_400_and_the_end)
{
    static char all[10000];
    for (size_t i = 0; i < sizeof doubtful / sizeof *doubtful; i++) {
        const char *text = doubtful[i].text;
        int fd = tiny_connect();
        http_send_text(fd, text);
        cr_expect(http_receive_all(fd, all, sizeof all), "%s", text);
        cr_expect_eq(strncmp(all, "HTTP/1.1 4", 10), 0, "%s: %s", text, all);
        cr_expect_null(strstr(all, "not-found"), "%s: %s", text, all);
        if (!doubtful[i].foreign && MHD_VERSION < 0x01000000)
            cr_expect_not_null(strstr(all, "problems/malformed"), "%s", text);
        close(fd);
    }
}

Test(exchange, first_lines_that_are_none_do_no_harm)
{
    static const char *const texts[] = {
        "\r\n\r\n",
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        "\x16\x03\x01\x02",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /half",
        "GET /" HOST "X: ",
    };
    enum { N = sizeof texts / sizeof *texts };
    int fds[N];
    for (size_t i = 0; i < N; i++) {
        fds[i] = tiny_connect();
        http_send_text(fds[i], texts[i]);
        shutdown(fds[i], SHUT_WR);
    }
    for (size_t i = 0; i < N; i++) {
        static char all[10000];
        cr_expect(http_receive_all(fds[i], all, sizeof all), "%s", texts[i]);
        cr_expect_null(strstr(all, " 200 "), "%s", texts[i]);
        close(fds[i]);
    }
    cr_expect(tiny_goes_on(tiny_connect()));
}

Test(exchange, client_that_sends_no_more_still_gets_its_answers)
{
    int fd = tiny_connect();
    http_send_text(fd, "GET /later/1" HOST END "GET /" HOST END);
    shutdown(fd, SHUT_WR);
    http_receive(fd, true, &reply, NULL);
    cr_expect_str_eq(reply.body, "1");
    http_receive(fd, true, &reply, NULL);
    cr_expect_str_eq(reply.body, "hello");
    cr_expect(http_is_closed(fd));
    close(fd);
}

Test(exchange, headers_beyond_their_memory_are_refused)
{
    static char text[80000];
    int n = snprintf(text, sizeof text, "GET /" HOST "X: ");
    memset(text + n, 'a', 70000);
    int fd = tiny_connect();
    http_send_text(fd, text);
    http_receive(fd, true, &reply, NULL);
    cr_expect(reply.status == 431 || reply.status == 0, "%d", reply.status);
    cr_expect(http_is_closed(fd));
    close(fd);
}

Test(exchange, refused_body_of_unknown_length_is_given_up_at_some_point)
{
    static char chunk[65536 + 16];
    int n = sprintf(chunk, "10000\r\n");
    memset(chunk + n, 'a', 65536);
    memcpy(chunk + n + 65536, "\r\n", 2);
    int fd = tiny_connect(), sent = 0;
    http_send_text(fd, "POST /none" HOST "Transfer-Encoding: chunked\r\n" END);
    while (sent < 10000 && http_send(fd, chunk, (size_t)n + 65538))
        sent++;
    cr_expect_geq(sent, 256);
    cr_expect_lt(sent, 2000);
    close(fd);
}

/* --- the budget of bodies and answers ------------------------------------- */

TestSuite(exchange_budget, .timeout = 60);

/* For all of them. */
static void with_budget(struct listener_options *options)
{
    options->max_body_bytes = 4000;
}

static void start_with(void (*configure)(struct listener_options *options))
{
    tiny_configure = configure;
    tiny_start();
}

Test(exchange_budget, what_is_declared_and_does_not_come_takes_no_room)
{
    start_with(with_budget);
    int idle = tiny_connect(), fd = tiny_connect();
    http_send_text(idle,
                   "POST /body" HOST TEXT "Content-Length: 4000\r\n" END "a");
    char text[4000];
    int n = snprintf(text, sizeof text,
                     "POST /body" HOST TEXT "Content-Length: 3000\r\n" END);
    http_send(fd, text, (size_t)n);
    memset(text, 'a', 3000);
    http_send(fd, text, 3000);
    http_receive(fd, true, &reply, NULL);
    cr_expect_eq(reply.status, 200, "%s", reply.body);
    close(idle);
    cr_expect(tiny_goes_on(fd));
    tiny_stop();
}

/* One thread has read what came before the last question but one that it
 * answered. */
static void with_budget_of_one_thread(struct listener_options *options)
{
    with_budget(options);
    options->n_threads = 1;
}

Test(exchange_budget, body_that_is_refused_gives_its_room_to_others)
{
    start_with(with_budget_of_one_thread);
    int held = tiny_connect(), refused = tiny_connect();
    char text[4000];
    memset(text, 'a', sizeof text);
    http_send_text(held, "POST /body" HOST TEXT
                         "Transfer-Encoding: chunked\r\n" END "7d0\r\n");
    http_send(held, text, 2000);
    for (size_t i = 0; i < 2; i++)
        close(tiny_ask("GET /" HOST END));
    http_send_text(refused, "POST /body" HOST TEXT "Content-Length: 3001\r\n" //
                   END);
    http_send(refused, text, 3000); /* beside the other one it has no room */
    int status;
    do { /* the bytes are on their way */
        close(tiny_ask("POST /body" HOST TEXT "Content-Length: 10\r\n" END
                       "aaaaaaaaaa"));
        status = reply.status;
    } while (status == 503);
    cr_expect_eq(status, 200);
    http_send_text(refused, "a");
    http_receive(refused, true, &reply, NULL);
    cr_expect_eq(reply.status, 503, "%d", reply.status);
    cr_expect_not_null(http_header(&reply, "Retry-After"));
    http_send_text(held, "\r\n0\r\n\r\n");
    http_receive(held, true, &reply, NULL);
    cr_expect_eq(reply.status, 200, "%d", reply.status);
    cr_expect(tiny_goes_on(held));
    cr_expect(tiny_goes_on(refused));
    tiny_stop();
}

static void with_room_for_two_answers(struct listener_options *options)
{
    options->max_body_bytes = 2 * (uint64_t)TINY_LARGE_BYTES;
}

/* Asks for a large answer and reads nothing of it but its first bytes. */
static int hold_answer(char first[16])
{
    int fd = tiny_connect();
    http_send_text(fd, "GET /large" HOST END);
    memset(first, 0, 16);
    cr_assert_eq(recv(fd, first, 15, MSG_WAITALL), 15);
    return fd;
}

Test(exchange_budget, answers_are_charged_until_they_are_read)
{
    char first[16];
    start_with(with_room_for_two_answers);
    int a = hold_answer(first);
    cr_expect_str_eq(first, "HTTP/1.1 200 OK");
    int b = hold_answer(first);
    cr_expect_str_eq(first, "HTTP/1.1 200 OK");
    close(tiny_ask("GET /large" HOST END));
    cr_expect_eq(reply.status, 503);
    cr_expect_not_null(http_header(&reply, "Retry-After"));
    cr_expect_not_null(strstr(reply.body, "no room for an answer"));
    close(tiny_ask("GET /" HOST END));
    cr_expect_eq(reply.status, 200, "what is small always goes out");
    close(a);
    close(b);
    do {
        close(hold_answer(first));
    } while (strstr(first, "503") != NULL);
    cr_expect_str_eq(first, "HTTP/1.1 200 OK");
    tiny_stop();
}

static void with_less_than_an_answer(struct listener_options *options)
{
    options->max_body_bytes = 2 * (uint64_t)TINY_LARGE_BYTES - 2;
}

Test(exchange_budget, answer_of_more_than_its_share_is_a_413)
{
    start_with(with_less_than_an_answer);
    close(tiny_ask("GET /large" HOST END));
    cr_expect_eq(reply.status, 413);
    tiny_stop();
}
