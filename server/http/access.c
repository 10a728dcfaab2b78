/* SPDX-License-Identifier: MIT
 *
 * Hosts and origins. */
#include "http/access.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ENTRIES_MAX = 256 };

struct list {
    char *text; /* cut up */
    const char **entries;
    size_t n;
};

struct access {
    struct list hosts, origins;
};

static const char *const own_hosts[] = {"localhost", "127.0.0.1", "[::1]"};
static const char *const schemes[] = {"http://", "https://"};

/* --- names ---------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_byte(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           c == '.' || c == '-' || c == '_';
}

static bool is_v6_byte(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') ||
           c == '.' || c == ':';
}

/* strspn() would make a table of the bytes first, with each request. */
static inline size_t span(const char *text, bool (*belongs)(char c))
{
    size_t n = 0;
    while (belongs(text[n]))
        n++;
    return n;
}

/* The length of the name before the port; 0 when it is none, or when what
 * follows is no port. */
static size_t name_length(const char *host)
{
    size_t n = host[0] == '[' ? span(host + 1, is_v6_byte) + 2
                              : span(host, is_name_byte);
    if (host[0] == '[' && host[n - 1] != ']')
        return 0;
    if (host[n] == '\0')
        return n;
    size_t digits = span(host + n + 1, is_digit);
    bool port = host[n] == ':' && digits >= 1 && digits <= 5 &&
                host[n + 1 + digits] == '\0';
    return port ? n : 0;
}

/* NAME matches with any port, NAME:PORT with its own. */
static bool matches(const char *entry, const char *host, size_t length)
{
    size_t n = strlen(entry);
    bool whole = name_length(entry) < n;
    return whole ? strcasecmp(entry, host) == 0
                 : n == length && strncasecmp(entry, host, n) == 0;
}

bool access_knows_host(const struct access *access,
                       const char *host,
                       const char *local)
{
    size_t length = name_length(host);
    if (length == 0)
        return false;
    for (size_t i = 0; i < sizeof own_hosts / sizeof *own_hosts; i++)
        if (strlen(own_hosts[i]) == length &&
            strncasecmp(own_hosts[i], host, length) == 0)
            return true;
    for (size_t i = 0; i < access->hosts.n; i++)
        if (matches(access->hosts.entries[i], host, length))
            return true;
    return local != NULL && matches(local, host, length);
}

/* The host behind the scheme, or NULL. */
static const char *host_of(const char *origin)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t n = strlen(schemes[i]);
        if (strncmp(origin, schemes[i], n) == 0)
            return name_length(origin + n) > 0 ? origin + n : NULL;
    }
    return NULL;
}

static bool is_own(const struct access *access,
                   const char *origin,
                   const char *host,
                   const char *local)
{
    const char *page = host_of(origin);
    return page != NULL && access_knows_host(access, page, local) &&
           strcmp(page + name_length(page), host + name_length(host)) == 0;
}

enum access_origin access_judge_origin(const struct access *access,
                                       const char *origin,
                                       const char *site,
                                       const char *host,
                                       const char *local,
                                       const char **listed)
{
    for (size_t i = 0; origin != NULL && i < access->origins.n; i++)
        if (strcmp(access->origins.entries[i], origin) == 0) {
            *listed = access->origins.entries[i];
            return ORIGIN_LISTED;
        }
    if (origin != NULL && !is_own(access, origin, host, local))
        return ORIGIN_FOREIGN;
    return site != NULL && strcasecmp(site, "cross-site") == 0 ? ORIGIN_FOREIGN
                                                               : ORIGIN_OWN;
}

bool access_has_origins(const struct access *access)
{
    return access->origins.n > 0;
}

/* --- lists ---------------------------------------------------------------- */

static bool is_host(const char *text)
{
    return name_length(text) > 0;
}

static bool is_origin(const char *text)
{
    return host_of(text) != NULL;
}

/* Blanks around an entry go. */
static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = '\0';
    return text;
}

static mlp_status parse_list(const char *text,
                             const char *option,
                             const char *expected,
                             bool (*is_valid)(const char *text),
                             struct list *out,
                             mlp_error *err)
{
    if (text == NULL)
        return MLP_OK;
    out->text = strdup(text);
    out->entries = calloc(ENTRIES_MAX, sizeof *out->entries);
    if (out->text == NULL || out->entries == NULL)
        return mlp_fail(err, MLP_NOMEM, "%s: out of memory", option);
    for (char *rest = out->text, *entry;
         (entry = strsep(&rest, ",")) != NULL;) {
        entry = trim(entry);
        if (!is_valid(entry))
            return mlp_fail(err, MLP_INVALID, "%s: expected %s, got '%.64s'",
                            option, expected, entry);
        if (out->n == ENTRIES_MAX)
            return mlp_fail(err, MLP_INVALID, "%s: more than %d entries",
                            option, ENTRIES_MAX);
        out->entries[out->n++] = entry;
    }
    return MLP_OK;
}

mlp_status access_create(const char *hosts,
                         const char *origins,
                         struct access **out,
                         mlp_error *err)
{
    struct access *access = calloc(1, sizeof *access);
    *out = NULL;
    if (access == NULL)
        return mlp_fail(err, MLP_NOMEM, "access: out of memory");
    mlp_status status = parse_list(hosts, "allowed-hosts", "NAME or NAME:PORT",
                                   is_host, &access->hosts, err);
    if (status == MLP_OK)
        status = parse_list(origins, "allowed-origins",
                            "http://HOST[:PORT] or https://HOST[:PORT]",
                            is_origin, &access->origins, err);
    if (status == MLP_OK)
        *out = access;
    else
        access_destroy(access);
    return status;
}

static void free_list(struct list *list)
{
    free(list->text);
    free(list->entries);
}

void access_destroy(struct access *access)
{
    if (access == NULL)
        return;
    free_list(&access->hosts);
    free_list(&access->origins);
    free(access);
}

/* --- keys ----------------------------------------------------------------- */

bool access_bearer(const char *authorization, char out[ACCESS_TOKEN_BYTES])
{
    static const char scheme[] = "Bearer ";
    if (strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    authorization += sizeof scheme - 1;
    authorization += strspn(authorization, " \t");
    size_t n = strlen(authorization);
    while (n > 0 && strchr(" \t", authorization[n - 1]) != NULL)
        n--;
    if (n >= ACCESS_TOKEN_BYTES)
        return false;
    memcpy(out, authorization, n);
    out[n] = '\0';
    return true;
}
