/* SPDX-License-Identifier: MIT
 *
 * Any bytes as lists of hosts and origins and as the headers Host, Origin,
 * Sec-Fetch-Site and Authorization, a line each: only names of ours are known,
 * only listed pages are listed. */
#include "check.h"

#include <strings.h>

#include "http/access.h"
#include "store/secret.h"

enum { N_LINES = 6 };

static void cut_lines(char *text, const char *lines[N_LINES])
{
    for (size_t i = 0; i < N_LINES; i++) {
        lines[i] = text;
        if (text == NULL)
            continue;
        text = strchr(text, '\n');
        if (text != NULL)
            *text++ = '\0';
    }
}

static bool begins_with_name(const char *host, const char *name)
{
    size_t n = strlen(name);
    return strncasecmp(host, name, n) == 0 &&
           (host[n] == '\0' || host[n] == ':');
}

/* A host that is known begins with a name of ours, or one of the list has its
 * first byte. */
static void check_host(const char *list, const char *host)
{
    static const char *const own[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (begins_with_name(host, own[i]))
            return;
    size_t n = strcspn(host, ":");
    n = host[0] == '[' ? strcspn(host, "]") : n;
    bool listed = false;
    for (const char *at = list; n > 0 && *at != '\0' && !listed; at++)
        listed = strncasecmp(at, host, n) == 0;
    CHECK(listed);
}

static void check_key(const char *authorization)
{
    char id[SECRET_ID_BYTES], hash[SECRET_HASH_BYTES];
    char token[ACCESS_TOKEN_BYTES];
    if (!access_bearer(authorization, token) || !secret_parse(token, id, hash))
        return;
    CHECK(strncasecmp(authorization, "Bearer ", 7) == 0);
    CHECK(strlen(token) == SECRET_TOKEN_BYTES - 1);
    CHECK(secret_is_id(id));
    CHECK(secret_is_hash(hash));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *lines[N_LINES], *listed = NULL;
    struct access *access = NULL;
    mlp_error err;
    char *text = fuzz_text(data, size);
    cut_lines(text, lines);
    const char *host = lines[2], *origin = lines[3], *site = lines[4];
    if (lines[5] != NULL)
        check_key(lines[5]);
    if (access_create(lines[0], lines[1], &access, &err) != MLP_OK) {
        CHECK(access == NULL && err.text[0] != '\0');
    } else if (host != NULL) {
        if (access_knows_host(access, host, NULL))
            check_host(lines[0], host);
        enum access_origin judged =
            access_judge_origin(access, origin, site, host, NULL, &listed);
        CHECK((judged == ORIGIN_LISTED) == (listed != NULL));
        if (judged == ORIGIN_LISTED)
            CHECK(strcmp(listed, origin) == 0 &&
                  strstr(lines[1], listed) != NULL);
    }
    access_destroy(access);
    free(text);
    return 0;
}
