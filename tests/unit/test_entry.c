/* SPDX-License-Identifier: MIT
 *
 * The door, over a real connection: every route of the table is tried with all
 * that must not come in. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handlers/app.h"
#include "unit/tiny_server.h"

TestSuite(entry, .timeout = 60);

#define PAGE "https://app.example"

/* "good-admin" and so on are keys, all else is none. */
static enum http_scope
authorize(void *context, const char *token, char id[HTTP_KEY_ID_BYTES])
{
    static const char *const tokens[] = {"good-admin", "good-train",
                                         "good-predict"};
    (void)context;
    for (int i = 0; token != NULL && i < 3; i++)
        if (strcmp(token, tokens[i]) == 0) {
            snprintf(id, HTTP_KEY_ID_BYTES, "%s", token);
            return (enum http_scope)i;
        }
    return SCOPE_OPEN;
}

static void with_keys(struct listener_options *options)
{
    options->authorize = authorize;
    options->allowed_origins = PAGE;
}

/* The app's own routes, and no app: a handler that is reached crashes. */
static void with_app_routes(struct listener_options *options)
{
    with_keys(options);
    options->routes = app_routes;
    options->n_routes = app_n_routes;
    options->app = NULL;
}

static void start(void (*configure)(struct listener_options *options))
{
    tiny_configure = configure;
    tiny_start();
}

static int ask(const char *line, const char *headers)
{
    char text[1000];
    snprintf(text, sizeof text, "%s HTTP/1.1\r\n%s\r\n", line, headers);
    int fd = tiny_ask(text);
    if (fd >= 0)
        close(fd);
    return reply.status;
}

/* "GET /jobs/{id}" becomes "GET /jobs/x", a "**" "xx". */
static void fill(const char *name, char *out)
{
    for (; *name != '\0'; name++) {
        *out++ = *name == '{' || *name == '*' ? 'x' : *name;
        if (*name == '{')
            name = strchr(name, '}');
    }
    *out = '\0';
}

#define OURS        "Host: 127.0.0.1\r\n"
#define KEY(name)   "Authorization: Bearer " name "\r\n"
#define GOOD(scope) KEY("good-" scope)

Test(entry, no_route_but_health_takes_a_stranger)
{
    start(with_app_routes);
    for (size_t i = 0; i < app_n_routes; i++) {
        const struct http_route *route = &app_routes[i];
        char line[200];
        fill(app_route_names[i], line);
        if (route->scope == SCOPE_OPEN)
            continue;
        cr_expect_eq(ask(line, OURS), 401, "no key: %s", line);
        cr_expect_str_eq(http_header(&reply, "WWW-Authenticate"), "Bearer");
        int status = ask(line, OURS KEY("bad"));
        cr_expect(status == 401 || status == 429, "a bad key: %s", line);
        cr_expect_eq(ask(line, "Host: evil.example\r\n" GOOD("admin")), 421,
                     "%s", line);
        cr_expect_eq(ask(line, OURS "Origin: http://evil.example\r\n" //
                         GOOD("admin")),
                     403, "%s", line);
        cr_expect_eq(ask(line, OURS "Sec-Fetch-Site: cross-site\r\n" //
                         GOOD("admin")),
                     403, "%s", line);
        if (route->scope < SCOPE_PREDICT)
            cr_expect_eq(ask(line, OURS GOOD("predict")), 403, "%s", line);
        if (route->scope < SCOPE_TRAIN)
            cr_expect_eq(ask(line, OURS GOOD("train")), 403, "%s", line);
    }
    tiny_stop();
}

Test(entry, open_routes_are_those_of_health)
{
    static const char *const healths[] = {
        "/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"};
    for (size_t i = 0; i < app_n_routes; i++) {
        const char *pattern = app_routes[i].pattern;
        bool health = false;
        for (size_t k = 0; k < sizeof healths / sizeof *healths; k++)
            health = health || strcmp(pattern, healths[k]) == 0;
        cr_expect_eq(app_routes[i].scope == SCOPE_OPEN, health, "%s", pattern);
    }
    cr_expect_eq((struct http_route){0}.scope, SCOPE_ADMIN);
}

Test(entry, health_asks_for_neither_key_nor_name)
{
    start(with_keys);
    cr_expect_eq(ask("GET /health", "Host: 10.9.8.7:1\r\n"), 200);
    tiny_stop();
}

Test(entry, who_has_no_key_learns_nothing_of_paths_and_methods)
{
    start(with_keys);
    cr_expect_eq(ask("GET /nowhere", OURS), 401);
    cr_expect_eq(ask("PUT /nothing", OURS), 401);
    cr_expect_eq(ask("GET /?strange=1", OURS), 401);
    cr_expect_eq(ask("GET /nowhere", OURS GOOD("predict")), 404);
    cr_expect_eq(ask("PUT /nothing", OURS GOOD("predict")), 405);
    tiny_stop();
}

Test(entry, key_opens_its_scope_and_those_below)
{
    start(with_keys);
    cr_expect_eq(ask("GET /nothing", OURS GOOD("admin")), 204);
    cr_expect_eq(ask("GET /nothing", OURS GOOD("train")), 403);
    cr_expect_eq(ask("GET /models/a/versions/1", OURS GOOD("predict")), 200);
    cr_expect_eq(ask("GET /models/a/versions/1", OURS GOOD("admin")), 200);
    cr_expect_eq(ask("GET /nothing", OURS "Authorization: bearer  good-admin"
                                          "\r\n"),
                 204);
    cr_expect_eq(ask("GET /nothing", OURS "Authorization: Basic good-admin"
                                          "\r\n"),
                 401);
    cr_expect_eq(ask("GET /nothing", OURS "Authorization: Bearer good-admin "
                                          "\t\r\n"),
                 204);
    tiny_stop();
}

Test(entry, what_two_readers_may_read_in_two_ways_is_a_400)
{
    static const char *const doubled[] = {
        GOOD("admin") GOOD("admin"),
        "Origin: http://localhost\r\nOrigin: http://localhost\r\n",
        "Sec-Fetch-Site: none\r\nsec-fetch-site: cross-site\r\n",
        "Idempotency-Key: a\r\nIdempotency-Key: b\r\n",
    };
    start(with_keys);
    for (size_t i = 0; i < sizeof doubled / sizeof *doubled; i++) {
        char headers[500];
        snprintf(headers, sizeof headers, OURS "%s%s",
                 i > 0 ? GOOD("admin") : "", doubled[i]);
        cr_expect_eq(ask("GET /nothing", headers), 400, "%s", headers);
        cr_expect_not_null(strstr(reply.body, "twice"), "%s", reply.body);
    }
    tiny_stop();
}

Test(entry, ten_wrong_keys_are_429_and_a_good_one_still_comes_in)
{
    start(with_keys);
    for (int i = 0; i < 10; i++)
        cr_expect_eq(ask("GET /", OURS KEY("bad")), 401, "%d", i);
    cr_expect_eq(ask("GET /", OURS KEY("bad")), 429);
    cr_expect_not_null(http_header(&reply, "Retry-After"));
    cr_expect_eq(ask("GET /", OURS), 401);
    cr_expect_eq(ask("GET /", OURS GOOD("admin")), 200);
    tiny_stop();
}

Test(entry, body_is_not_opened_for_a_stranger)
{
    start(with_keys);
    int fd = tiny_connect();
    http_send_text(fd, "POST /body HTTP/1.1\r\n" OURS TEXT
                       "Content-Length: 1000000\r\n"
                       "Expect: 100-continue\r\n" END);
    unsigned n_interim = 9;
    http_receive(fd, true, &reply, &n_interim);
    cr_expect_eq(reply.status, 401);
    cr_expect_eq(n_interim, 0);
    close(fd);
    tiny_stop();
}

Test(entry, without_keys_names_and_pages_are_checked_all_the_same)
{
    tiny_start();
    cr_expect_eq(ask("GET /", OURS), 200);
    cr_expect_eq(ask("GET /", OURS GOOD("nonsense")), 200);
    cr_expect_eq(ask("GET /", "Host: evil.example\r\n"), 421);
    cr_expect_eq(ask("GET http://evil.example/", OURS), 421);
    cr_expect_eq(ask("GET http://localhost/", OURS), 200);
    cr_expect_eq(ask("GET /", OURS "Origin: null\r\n"), 403);
    cr_expect_eq(ask("GET /", OURS "Origin: http://127.0.0.1\r\n"), 200);
    cr_expect_null(http_header(&reply, "Access-Control-Allow-Origin"));
    cr_expect_null(http_header(&reply, "Vary"));
    cr_expect_eq(ask("OPTIONS /", OURS), 405);
    int fd = tiny_ask("GET / HTTP/1.0\r\n\r\n");
    cr_expect_eq(reply.status, 421);
    if (fd >= 0)
        close(fd);
    tiny_stop();
}

#define FROM_PAGE OURS "Sec-Fetch-Site: cross-site\r\nOrigin: " PAGE "\r\n"

Test(entry, listed_page_may_ask_and_is_told_so)
{
    start(with_keys);
    cr_expect_eq(ask("OPTIONS /body", FROM_PAGE "Access-Control-Request-"
                                                "Method: POST\r\n"),
                 204);
    cr_expect_str_eq(http_header(&reply, "Access-Control-Allow-Origin"), PAGE);
    cr_expect_not_null(http_header(&reply, "Access-Control-Allow-Methods"));
    cr_expect_not_null(strstr(
        http_header(&reply, "Access-Control-Allow-Headers"), "Authorization"));
    cr_expect_eq(ask("GET /", FROM_PAGE GOOD("admin")), 200);
    cr_expect_str_eq(http_header(&reply, "Access-Control-Allow-Origin"), PAGE);
    cr_expect_str_eq(http_header(&reply, "Vary"), "Origin");
    /* The page reads why it was refused; it still needs a key. */
    cr_expect_eq(ask("GET /", FROM_PAGE), 401);
    cr_expect_str_eq(http_header(&reply, "Access-Control-Allow-Origin"), PAGE);
    cr_expect_eq(ask("OPTIONS /body", FROM_PAGE), 401);
    cr_expect_eq(ask("OPTIONS /body",
                     FROM_PAGE "Access-Control-Request-Method: POST\r\n"
                               "Content-Length: 3\r\n\r\nabc"),
                 413);
    tiny_stop();
}

/* --- connections ---------------------------------------------------------- */

static void with_reserve(struct listener_options *options)
{
    options->max_connections = 4;
    options->n_reserved = 2;
}

Test(entry, beyond_the_limit_health_is_told_and_all_else_is_503)
{
    int fds[4];
    start(with_reserve);
    for (int i = 0; i < 4; i++) {
        fds[i] = tiny_connect();
        http_send_text(fds[i], "GET /" HOST END);
        http_receive(fds[i], true, &reply, NULL);
        cr_expect_eq(reply.status, 200);
    }
    cr_expect_eq(ask("GET /", OURS), 503);
    cr_expect_str_eq(http_header(&reply, "Retry-After"), "1");
    cr_expect_str_eq(http_header(&reply, "Connection"), "close");
    cr_expect_eq(ask("GET /health", OURS), 200);
    cr_expect_str_eq(http_header(&reply, "Connection"), "close");
    for (int i = 0; i < 4; i++)
        cr_expect(tiny_goes_on(fds[i]));
    while (listener_connections(listener) > 0)
        usleep(1000);
    cr_expect_eq(ask("GET /", OURS), 200);
    tiny_stop();
}

/* Ten times as many as there are places say nothing; who asks for the health
 * comes in at once, as the oldest of them give way. */
Test(entry, who_says_nothing_in_the_reserve_gives_way)
{
    enum { N = 60 };
    int fds[N];
    start(with_reserve);
    for (int i = 0; i < N; i++)
        fds[i] = tiny_connect();
    for (int i = 0; i < 20; i++) {
        cr_expect_eq(ask("GET /health", OURS), 200);
        cr_expect_eq(ask("GET /", OURS), 503);
    }
    unsigned n_gone = 0;
    for (int i = 0; i < N; i++) {
        char byte;
        n_gone += recv(fds[i], &byte, 1, MSG_DONTWAIT) == 0;
        close(fds[i]);
    }
    cr_expect_geq(n_gone, N - 6, "%u", n_gone);
    cr_expect_leq(n_gone, N - 4, "those in a usual place stay: %u", n_gone);
    tiny_stop();
}

Test(entry, connection_ends_with_its_ten_thousandth_answer)
{
    tiny_start();
    int fd = tiny_connect();
    for (int i = 1; i <= 10000; i++) {
        http_send_text(fd, "GET /nothing" HOST END);
        http_receive(fd, false, &reply, NULL);
        cr_assert_eq(reply.status, 204);
        const char *connection = http_header(&reply, "Connection");
        cr_assert_eq(connection != NULL, i == 10000, "request %d", i);
    }
    cr_expect(http_is_closed(fd));
    close(fd);
    tiny_stop();
}
