/* SPDX-License-Identifier: MIT */
#include "malformed/exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE_MS = 5 * 1000, READ_BYTES = 65536 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* --- answers -------------------------------------------------------------- */

/* The value of a header of head[0..n), or NULL. */
static const char *header_of(const char *head, size_t n, const char *name)
{
    size_t length = strlen(name);
    const char *end = head + n;
    for (const char *line = head; line < end;) {
        const char *next = memmem(line, (size_t)(end - line), "\r\n", 2);
        if (next == NULL)
            break;
        if ((size_t)(next - line) > length && line[length] == ':' &&
            strncasecmp(line, name, length) == 0)
            return line + length + 1 + strspn(line + length + 1, " ");
        line = next + 2;
    }
    return NULL;
}

static bool starts(const char *text, const char *start)
{
    return text != NULL && strncmp(text, start, strlen(start)) == 0;
}

static bool is_problem(const struct exchange *exchange,
                       const struct answer *answer,
                       const char *type,
                       bool bodiless)
{
    char status[32];
    (void)snprintf(status, sizeof status, "\"status\":%d,", answer->status);
    return starts(type, "application/problem+json") &&
           (bodiless ||
            strstr(exchange->received.data + answer->body, status) != NULL);
}

/* Read the answer at `from`, if all of it is there: where the next begins, or
 * 0. To a HEAD the body stays away. */
static size_t read_answer(struct exchange *exchange, size_t from, bool to_head)
{
    const struct bytes *in = &exchange->received;
    const char *text = in->data + from;
    const char *head_end = memmem(text, in->length - from, "\r\n\r\n", 4);
    if (head_end == NULL)
        return 0;
    size_t head = (size_t)(head_end - text) + 4;
    struct answer answer = {.body = from + head};
    if (!starts(text, "HTTP/1.") || text[8] != ' ') {
        (void)snprintf(exchange->wrong, sizeof exchange->wrong,
                       "no status line: %.40s", text);
        return 0;
    }
    answer.status = atoi(text + 9);
    const char *length = header_of(text, head, "Content-Length");
    size_t n = length == NULL || to_head ? 0 : strtoul(length, NULL, 10);
    if (in->length - answer.body < n)
        return 0;
    answer.body_end = answer.body + n;
    if (answer.status == 100) /* Continue: the answer is yet to come */
        return answer.body_end;
    answer.problem = is_problem(exchange, &answer,
                                header_of(text, head, "Content-Type"), to_head);
    if (exchange->n_answers < ANSWERS_MAX)
        exchange->answers[exchange->n_answers++] = answer;
    return answer.body_end;
}

/* --- the socket ----------------------------------------------------------- */

struct line {
    int fd;
    const struct bytes *sent;
    size_t n_sent;
    size_t n_read; /* of what came back, as answers */
    int64_t end_ms;
    bool to_head, ours_shut, theirs_shut;
};

static void send_more(struct line *line)
{
    ssize_t n =
        send(line->fd, line->sent->data + line->n_sent,
             line->sent->length - line->n_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0)
        line->n_sent += (size_t)n;
    else if (errno != EAGAIN && errno != EINTR)
        line->n_sent = line->sent->length; /* they listen no more */
}

static void receive(struct line *line, struct exchange *exchange)
{
    static char buffer[READ_BYTES];
    ssize_t n = recv(line->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0)
        bytes_append(&exchange->received, buffer, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        line->theirs_shut = true;
}

static bool step(struct line *line, struct exchange *exchange)
{
    bool sending = line->n_sent < line->sent->length;
    struct pollfd fds = {.fd = line->fd,
                         .events = (short)(POLLIN | (sending ? POLLOUT : 0))};
    int64_t left_ms = line->end_ms - now_ms();
    if (left_ms <= 0 || poll(&fds, 1, (int)left_ms) <= 0)
        return false;
    if (fds.revents & (POLLIN | POLLHUP | POLLERR))
        receive(line, exchange);
    else if (fds.revents & POLLOUT)
        send_more(line);
    for (size_t next = 1;
         next != 0 && line->n_read < exchange->received.length;) {
        next = read_answer(exchange, line->n_read, line->to_head);
        line->n_read = next != 0 ? next : line->n_read;
    }
    return true;
}

static void shut(struct line *line)
{
    if (!line->ours_shut)
        shutdown(line->fd, SHUT_WR);
    line->ours_shut = true;
}

static bool talk(struct line *line,
                 struct exchange *exchange,
                 size_t n_answers,
                 enum ending ending)
{
    while (!line->theirs_shut && exchange->wrong[0] == '\0') {
        bool sent = line->n_sent == line->sent->length;
        bool answered = exchange->n_answers >= n_answers;
        if (sent && (ending == END_CUT || (ending == END_OURS && answered)))
            shut(line);
        if (!step(line, exchange))
            return false;
    }
    if (line->n_read < exchange->received.length)
        (void)snprintf(exchange->wrong, sizeof exchange->wrong,
                       "%zu bytes behind the last answer",
                       exchange->received.length - line->n_read);
    exchange->closed = line->theirs_shut;
    return true;
}

bool exchange_run(struct exchange *exchange,
                  uint16_t port,
                  const struct bytes *sent,
                  size_t n_answers,
                  enum ending ending)
{
    *exchange = (struct exchange){0};
    bytes_append(&exchange->received, "", 0);
    struct line line = {.fd = connect_to(port),
                        .sent = sent,
                        .end_ms = now_ms() + DEADLINE_MS,
                        .to_head = starts(sent->data, "HEAD ")};
    if (line.fd < 0)
        return false;
    bool done = talk(&line, exchange, n_answers, ending);
    close(line.fd);
    return done;
}

void exchange_free(struct exchange *exchange)
{
    bytes_free(&exchange->received);
}
