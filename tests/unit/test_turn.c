/* SPDX-License-Identifier: MIT
 *
 * Requests that come together are read together: each has its own answer, and
 * who leaves meanwhile holds nobody up. */
#include "unit/tiny_server.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { N_CLIENTS = 24, N_ROUNDS = 40 };

static void use_one_thread(struct listener_options *options)
{
    options->n_threads = 1;
}

static void start(void)
{
    tiny_configure = use_one_thread;
    tiny_start();
}

TestSuite(turn, .init = start, .fini = tiny_stop, .timeout = 60);

static int fds[N_CLIENTS];

static void connect_all(void)
{
    for (int i = 0; i < N_CLIENTS; i++)
        cr_assert_geq(fds[i] = tiny_connect(), 0);
}

static void ask(int client, int round)
{
    char text[200];
    snprintf(text, sizeof text, "GET /models/m%d/versions/%d" HOST END, client,
             round);
    cr_assert(http_send_text(fds[client], text));
}

static void expect(int client, int round)
{
    char model[16], version[16];
    http_receive(fds[client], true, &reply, NULL);
    snprintf(model, sizeof model, "m%d", client);
    snprintf(version, sizeof version, "%d", round);
    cr_assert_eq(reply.status, 200);
    cr_assert_not_null(strstr(reply.body, model), "%s", reply.body);
    cr_assert_not_null(strstr(reply.body, version), "%s", reply.body);
}

Test(turn, each_of_a_crowd_has_its_own_answer)
{
    connect_all();
    for (int round = 0; round < N_ROUNDS; round++) {
        for (int i = 0; i < N_CLIENTS; i++)
            ask(i, round);
        for (int i = N_CLIENTS; i-- > 0;)
            expect(i, round);
    }
    for (int i = 0; i < N_CLIENTS; i++)
        close(fds[i]);
}

Test(turn, who_leaves_a_crowd_holds_nobody_up)
{
    for (int round = 0; round < N_ROUNDS; round++) {
        connect_all();
        for (int i = 0; i < N_CLIENTS; i++)
            ask(i, round);
        for (int i = 0; i < N_CLIENTS; i += 2) {
            struct linger reset = {.l_onoff = 1};
            setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            close(fds[i]);
        }
        for (int i = 1; i < N_CLIENTS; i += 2) {
            expect(i, round);
            close(fds[i]);
        }
    }
}

/* Neither has an answer that could be sent in its turn. */
Test(turn, a_crowd_may_ask_for_what_others_answer)
{
    connect_all();
    for (int i = 0; i < N_CLIENTS; i++)
        http_send_text(fds[i], i % 3 == 0   ? "GET /later/1" HOST END
                               : i % 3 == 1 ? "GET /none" HOST END
                                            : "GET /" HOST END);
    for (int i = 0; i < N_CLIENTS; i++) {
        http_receive(fds[i], true, &reply, NULL);
        cr_expect_eq(reply.status, i % 3 == 0 ? 202 : i % 3 == 1 ? 404 : 200);
        close(fds[i]);
    }
}
