/* SPDX-License-Identifier: MIT
 *
 * Hosts, origins, the form of a key, and what is remembered of clients. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>

#include "http/access.h"
#include "http/clients.h"

static struct access *access_rules;
static mlp_error err;

static void make(void)
{
    cr_assert_eq(access_create("mlpd.example, api:8443 ,[fd00::1]",
                               "https://app.example,http://localhost:3000",
                               &access_rules, &err),
                 MLP_OK, "%s", err.text);
}

static void clean(void)
{
    access_destroy(access_rules);
}

TestSuite(access, .init = make, .fini = clean);

static const struct {
    const char *host;
    bool known;
} hosts[] = {
    {"localhost", true},
    {"LocalHost:8080", true},
    {"127.0.0.1", true},
    {"127.0.0.1:1", true},
    {"[::1]:65535", true},
    {"mlpd.example", true},
    {"MLPD.example:99", true},
    {"api:8443", true},
    {"api", false},
    {"api:8444", false},
    {"[fd00::1]:80", true},
    {"10.0.0.2:80", true}, /* the address that was connected to */
    {"10.0.0.3:80", false},
    {"127.0.0.2", false},
    {"evil.example", false},
    {"localhost.evil.example", false},
    {"evil.example:localhost", false},
    {"localhost:", false},
    {"localhost:x", false},
    {"localhost:123456", false},
    {"localhost:80:80", false},
    {"localhost@evil.example", false},
    {"localhost/", false},
    {"localhost ", false},
    {"localhost.", false},
    {"localhost,evil.example", false},
    {"[::1", false},
    {"[", false},
    {"[]", false},
    {"::1", false},
    {"", false},
    {":80", false},
};

Test(access, hosts_are_ours_by_their_whole_name)
{
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        cr_expect_eq(access_knows_host(access_rules, hosts[i].host, "10.0.0.2"),
                     hosts[i].known, "\"%s\"", hosts[i].host);
    cr_expect_not(access_knows_host(access_rules, "10.0.0.2:80", NULL));
}

static const struct {
    const char *origin, *site;
    enum access_origin verdict;
} origins[] = {
    {NULL, NULL, ORIGIN_OWN},
    {NULL, "none", ORIGIN_OWN},
    {NULL, "same-origin", ORIGIN_OWN},
    {NULL, "cross-site", ORIGIN_FOREIGN},
    {NULL, "Cross-Site", ORIGIN_FOREIGN},
    {"http://127.0.0.1:8080", "same-origin", ORIGIN_OWN},
    {"http://localhost:8080", NULL, ORIGIN_OWN},
    {"https://mlpd.example:8080", NULL, ORIGIN_OWN},
    {"http://localhost:8081", NULL, ORIGIN_FOREIGN},
    {"http://localhost", NULL, ORIGIN_FOREIGN},
    {"http://127.0.0.1:8080", "cross-site", ORIGIN_FOREIGN},
    {"https://app.example", "cross-site", ORIGIN_LISTED},
    {"http://localhost:3000", "same-site", ORIGIN_LISTED},
    {"http://app.example", NULL, ORIGIN_FOREIGN},
    {"https://app.example:444", NULL, ORIGIN_FOREIGN},
    {"https://app.example.evil", NULL, ORIGIN_FOREIGN},
    {"null", NULL, ORIGIN_FOREIGN},
    {"", NULL, ORIGIN_FOREIGN},
    {"file://", NULL, ORIGIN_FOREIGN},
    {"http://evil.example", NULL, ORIGIN_FOREIGN},
    {"http://evil.example:8080", "same-origin", ORIGIN_FOREIGN},
    {"http://127.0.0.1:8080/", NULL, ORIGIN_FOREIGN},
    {"http://127.0.0.1:8080, http://evil.example", NULL, ORIGIN_FOREIGN},
};

Test(access, pages_are_ours_listed_or_foreign)
{
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
        const char *listed = NULL;
        enum access_origin verdict = access_judge_origin(
            access_rules, origins[i].origin, origins[i].site, "127.0.0.1:8080",
            NULL, &listed);
        cr_expect_eq(verdict, origins[i].verdict, "case %zu: %d", i, verdict);
        cr_expect_eq(listed != NULL, verdict == ORIGIN_LISTED);
        if (listed != NULL)
            cr_expect_str_eq(listed, origins[i].origin);
    }
}

static void refuse(const char *hosts_list, const char *origins_list)
{
    struct access *made;
    cr_expect_eq(access_create(hosts_list, origins_list, &made, &err),
                 MLP_INVALID, "%s",
                 hosts_list != NULL ? hosts_list : origins_list);
    cr_expect_null(made);
}

Test(access, lists_are_refused_for_what_is_no_host_or_origin)
{
    refuse("", NULL);
    refuse("*", NULL);
    refuse("a,,b", NULL);
    refuse("http://a", NULL);
    refuse("a/b", NULL);
    refuse(NULL, "*");
    refuse(NULL, "a.example");
    refuse(NULL, "https://a.example/");
    refuse(NULL, "ftp://a.example");
    cr_expect_not_null(strstr(err.text, "'ftp://a.example'"));
}

static const char *bearer(const char *header)
{
    static char token[ACCESS_TOKEN_BYTES];
    return access_bearer(header, token) ? token : NULL;
}

Test(access, bearer_is_the_one_scheme)
{
    cr_expect_str_eq(bearer("Bearer abc"), "abc");
    cr_expect_str_eq(bearer("bearer   abc"), "abc");
    cr_expect_null(bearer("Bearer"));
    cr_expect_null(bearer("Basic abc"));
    cr_expect_null(bearer("Bearerabc"));
    cr_expect_null(bearer(""));
}

Test(access, blanks_around_a_token_are_not_its_part)
{
    cr_expect_str_eq(bearer("Bearer abc "), "abc");
    cr_expect_str_eq(bearer("Bearer \tabc \t "), "abc");
    cr_expect_str_eq(bearer("Bearer a b"), "a b");
    cr_expect_str_eq(bearer("Bearer   "), "");
}

Test(access, token_that_is_longer_than_any_is_none)
{
    char header[ACCESS_TOKEN_BYTES + 8] = "Bearer ";
    memset(header + 7, 'a', ACCESS_TOKEN_BYTES);
    cr_expect_null(bearer(header));
    header[7 + ACCESS_TOKEN_BYTES - 1] = '\0';
    cr_expect_eq(strlen(bearer(header)), ACCESS_TOKEN_BYTES - 1);
}

/* --- clients -------------------------------------------------------------- */

static struct client client(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return client_of((struct sockaddr *)&v4);
    cr_assert_eq(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return client_of((struct sockaddr *)&v6);
}

Test(clients, of_this_machine_are_known_as_such)
{
    static const struct {
        const char *text;
        bool local;
    } cases[] = {{"127.0.0.1", true},  {"127.9.9.9", true},
                 {"::1", true},        {"::ffff:127.0.0.1", true},
                 {"128.0.0.1", false}, {"::2", false},
                 {"10.0.0.1", false},  {"::ffff:10.0.0.1", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct client one = client(cases[i].text);
        cr_expect_eq(client_is_local(&one), cases[i].local, "%s",
                     cases[i].text);
    }
    struct client nobody = client_of(NULL);
    cr_expect(client_is_local(&nobody));
}

Test(clients, addresses_are_written_as_people_write_them)
{
    static const char *const texts[][2] = {{"10.1.2.3", "10.1.2.3"},
                                           {"::ffff:10.1.2.3", "10.1.2.3"},
                                           {"fd00::1", "fd00::1"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[CLIENT_TEXT_BYTES];
        struct client one = client(texts[i][0]);
        client_format(&one, text);
        cr_expect_str_eq(text, texts[i][1]);
    }
}

Test(clients, connections_are_counted_by_address_and_by_64_bits_of_ipv6)
{
    struct clients *clients = clients_create();
    struct client a = client("10.0.0.1"), b = client("10.0.0.2"),
                  c = client("fd00::1"), d = client("fd00::2"),
                  e = client("fd00:0:0:1::1");
    clients_enter(clients, &a, 0);
    clients_enter(clients, &a, 0);
    clients_enter(clients, &c, 0);
    cr_expect_eq(clients_connections(clients, &a), 2);
    cr_expect_eq(clients_connections(clients, &b), 0);
    cr_expect_eq(clients_connections(clients, &d), 1);
    cr_expect_eq(clients_connections(clients, &e), 0);
    clients_leave(clients, &a);
    clients_leave(clients, &b);
    cr_expect_eq(clients_connections(clients, &a), 1);
    clients_destroy(clients);
}

Test(clients, ten_wrong_keys_a_minute_are_too_many_and_a_minute_later_are_not)
{
    struct clients *clients = clients_create();
    struct client a = client("10.0.0.1"), b = client("10.0.0.2");
    for (int i = 0; i < CLIENT_FAILURES_MAX; i++)
        cr_expect_eq(clients_fail(clients, &a, 1000 + i), 0);
    cr_expect_eq(clients_fail(clients, &a, 2000), 59);
    cr_expect_eq(clients_fail(clients, &b, 2000), 0);
    cr_expect_eq(clients_fail(clients, &a, 60999), 1);
    cr_expect_eq(clients_fail(clients, &a, 61000), 0);
    clients_destroy(clients);
}

Test(clients, hundred_thousand_addresses_take_bounded_room)
{
    struct clients *clients = clients_create();
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    for (uint32_t i = 0; i < 100000; i++) {
        v4.sin_addr.s_addr = htonl(0x0a000000 + i);
        struct client one = client_of((struct sockaddr *)&v4);
        clients_fail(clients, &one, 1000);
    }
    /* Whoever came too late is not counted; who was first is. */
    struct client first = client("10.0.0.0"), last = client("10.1.134.159");
    for (int i = 1; i < CLIENT_FAILURES_MAX; i++)
        cr_expect_eq(clients_fail(clients, &first, 1000), 0);
    cr_expect_neq(clients_fail(clients, &first, 1000), 0);
    for (int i = 0; i < 2 * CLIENT_FAILURES_MAX; i++)
        cr_expect_eq(clients_fail(clients, &last, 1000), 0);
    clients_destroy(clients);
}
