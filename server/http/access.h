/* SPDX-License-Identifier: MIT
 *
 * Whose requests are listened to, as far as their headers tell: the names that
 * this server goes by, the web pages that may talk to it, the form of a key.
 * Text in, verdict out; it knows no connection and no key.
 *
 * Why names matter: a page of any site may have its own name point at
 * 127.0.0.1 and then ask as if it were us (DNS rebinding); its requests still
 * carry its name in Host. */
#ifndef MLPD_ACCESS_H
#define MLPD_ACCESS_H

#include <stdbool.h>

#include "mlp/status.h"

struct access;

/* Lists separated by commas; NULL: empty. A host is NAME or NAME:PORT, without
 * a port any. An origin is SCHEME://HOST[:PORT], compared byte by byte.
 * localhost, 127.0.0.1 and [::1] are hosts always.
 * Errors: MLP_INVALID (an entry), MLP_NOMEM.  Owner: caller. */
mlp_status access_create(const char *hosts,
                         const char *origins,
                         struct access **out,
                         mlp_error *err);
void access_destroy(struct access *access); /* accepts NULL */

/* Is `host`, of a Host header, a name of ours? `local` is the address that the
 * client connected to, "10.0.0.2" or "[::1]"; NULL: none. */
bool access_knows_host(const struct access *access,
                       const char *host,
                       const char *local);

enum access_origin {
    ORIGIN_OWN,     /* none, no browser, or a page of ours */
    ORIGIN_LISTED,  /* *listed is its entry */
    ORIGIN_FOREIGN, /* another site's page */
};
/* `origin` and `site` are the headers Origin and Sec-Fetch-Site, or NULL;
 * `host` and `local` as above. A page is ours when its host is a name of ours
 * and its port that of the request. */
enum access_origin access_judge_origin(const struct access *access,
                                       const char *origin,
                                       const char *site,
                                       const char *host,
                                       const char *local,
                                       const char **listed);
/* Are there origins at all? */
bool access_has_origins(const struct access *access);

/* Longer than any token of ours. */
enum { ACCESS_TOKEN_BYTES = 256 };
/* The token of "Bearer TOKEN", blanks around it aside, into out; false: there
 * is none, or a longer one. */
bool access_bearer(const char *authorization, char out[ACCESS_TOKEN_BYTES]);

#endif
