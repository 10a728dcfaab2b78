/* SPDX-License-Identifier: MIT
 *
 * The door: access.h's rules and the keys, held against one request. */
#include "http/entry.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "http/access.h"
#include "http/request.h"
#include "http/request_inner.h"
#include "http/worker.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

enum { HOST_BYTES = 264, LOCAL_BYTES = CLIENT_TEXT_BYTES + 2 };

/* --- names ---------------------------------------------------------------- */

/* The address that the client connected to, as it stands in a Host header; ""
 * on a Unix socket. */
static void find_local(int fd, char out[LOCAL_BYTES])
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    out[0] = '\0';
    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0 ||
        address.ss_family == AF_UNIX)
        return;
    struct client local = client_of((struct sockaddr *)&address);
    char text[CLIENT_TEXT_BYTES];
    client_format(&local, text);
    bool v6 = strchr(text, ':') != NULL;
    (void)snprintf(out, LOCAL_BYTES, "%s%s%s", v6 ? "[" : "", text,
                   v6 ? "]" : "");
}

/* The host in "http://host/path", which counts before the header's (RFC 9112,
 * 3.2.2). False: there is none. */
static bool find_authority(const char *target, char out[HOST_BYTES])
{
    const char *host = strstr(target, "://");
    if (target[0] == '/' || host == NULL)
        return false;
    (void)snprintf(out, HOST_BYTES, "%s", host + 3);
    out[strcspn(out, "/")] = '\0';
    return true;
}

/* Host is `known` whatever the address: that costs a system call, and most
 * requests need none. */
static bool depends_on_local(const struct http_request *request,
                             const char *host,
                             bool known)
{
    return request->target[0] != '/' || (host != NULL && !known) ||
           request_header(request, "Origin") != NULL;
}

static void check_host(struct http_request *request,
                       const struct access *access,
                       const char *host,
                       bool known,
                       const char *local)
{
    char authority[HOST_BYTES];
    known = known || (host != NULL && access_knows_host(access, host, local));
    if (known && find_authority(request->target, authority))
        known = access_knows_host(access, authority, local);
    if (!known)
        problem_set(&request->problem, PROBLEM_MISDIRECTED, NULL,
                    "this server does not answer to that Host; its operator "
                    "can name it in --allowed-hosts");
}

static void check_origin(struct http_request *request,
                         const struct access *access,
                         const char *host,
                         const char *local)
{
    enum access_origin origin =
        access_judge_origin(access, request_header(request, "Origin"),
                            request_header(request, "Sec-Fetch-Site"), host,
                            local, &request->allow_origin);
    if (origin == ORIGIN_FOREIGN)
        problem_set(&request->problem, PROBLEM_FORBIDDEN, NULL,
                    "a page of another site may not ask this server; its "
                    "operator can name it in --allowed-origins");
}

/* --- keys ----------------------------------------------------------------- */

static void report(const struct http_request *request,
                   const struct client *client,
                   const char *reason)
{
    char address[CLIENT_TEXT_BYTES];
    client_format(client, address);
    log_event(LOG_WARN, "auth_failed", LOG_TEXT_FIELD("reason", reason),
              LOG_TEXT_FIELD("client", address),
              LOG_TEXT_FIELD("path", request->target),
              LOG_TEXT_FIELD("key", request->key_id[0] != '\0' ? request->key_id
                                                               : NULL),
              LOG_TEXT_FIELD("request_id", request->id));
}

/* Only keys that were tried are counted against the client: who forgot it is
 * not guessing. A good key is taken however many bad ones came before it, so
 * that nobody can lock out others behind the same address. */
static void refuse_stranger(struct http_request *request,
                            const struct peer *peer,
                            struct service *service,
                            bool tried)
{
    struct problem *problem = &request->problem;
    if (tried && peer != NULL)
        problem->retry_after_s =
            clients_fail(service->clients, &peer->client, worker_now_ms());
    if (problem->retry_after_s > 0) {
        problem_set(problem, PROBLEM_TOO_MANY_ATTEMPTS, NULL,
                    "more than %d keys were wrong within a minute",
                    CLIENT_FAILURES_MAX);
        return;
    }
    problem_set(problem, PROBLEM_UNAUTHORIZED, NULL, "%s",
                tried ? "this key is not known, or has expired"
                      : "expected a header Authorization: Bearer KEY");
    if (peer != NULL)
        report(request, &peer->client, tried ? "unknown key" : "no key");
}

static void check_key(struct http_request *request,
                      const struct peer *peer,
                      struct service *service)
{
    const struct listener_options *options = service->options;
    enum http_scope needed =
        request->route != NULL ? request->route->scope : SCOPE_PREDICT;
    const char *header = request_header(request, "Authorization");
    char token[ACCESS_TOKEN_BYTES];
    request->scope = SCOPE_ADMIN;
    if (options->authorize == NULL)
        return;
    bool there = header != NULL && access_bearer(header, token);
    enum http_scope given = options->authorize(
        options->authorize_context, there ? token : NULL, request->key_id);
    request->scope = given;
    if (given <= needed)
        return;
    if (options->metrics != NULL)
        metrics_auth_failed(options->metrics);
    if (given == SCOPE_OPEN) {
        refuse_stranger(request, peer, service, header != NULL);
        return;
    }
    problem_set(&request->problem, PROBLEM_FORBIDDEN, NULL,
                "this key may not do that: it needs the scope %s",
                needed == SCOPE_ADMIN ? "admin" : "train");
    if (peer != NULL)
        report(request, &peer->client, "scope");
}

static void check_offer(struct http_request *request,
                        const struct service *service)
{
    if (request->route != NULL &&
        request->route->scope < service->options->offered)
        problem_set(&request->problem, PROBLEM_FORBIDDEN, NULL,
                    "this server only serves models: it neither trains nor "
                    "changes anything");
}

/* --- the door ------------------------------------------------------------- */

void entry_check(struct http_request *request,
                 const struct peer *peer,
                 struct service *service,
                 const char *method)
{
    struct problem *problem = &request->problem;
    const char *host = request_header(request, "Host");
    char local[LOCAL_BYTES] = "";
    if (request->route != NULL && request->route->scope == SCOPE_OPEN)
        return;
    if (peer != NULL && peer->reserve) {
        problem->retry_after_s = 1;
        problem_set(problem, PROBLEM_OVERLOADED, NULL,
                    "there are too many connections");
        return;
    }
    bool known = host != NULL && access_knows_host(service->access, host, NULL);
    if (peer != NULL && depends_on_local(request, host, known))
        find_local(peer->fd, local);
    check_host(request, service->access, host, known,
               local[0] != '\0' ? local : NULL);
    if (!problem_is_set(problem))
        check_origin(request, service->access, host, local);
    if (problem_is_set(problem))
        return;
    request->preflight =
        request->allow_origin != NULL && strcmp(method, "OPTIONS") == 0 &&
        request_header(request, "Access-Control-Request-Method") != NULL;
    if (request->preflight)
        return;
    check_key(request, peer, service);
    if (!problem_is_set(problem))
        check_offer(request, service);
}

void entry_add_headers(const struct http_request *request,
                       struct MHD_Response *response)
{
    MHD_add_response_header(response, "Vary", "Origin");
    if (request->allow_origin == NULL)
        return;
    MHD_add_response_header(response, "Access-Control-Allow-Origin",
                            request->allow_origin);
    if (!request->preflight) {
        MHD_add_response_header(response, "Access-Control-Expose-Headers",
                                "Location, Retry-After, X-Request-Id, ETag, "
                                "Inference-Header-Content-Length");
        return;
    }
    MHD_add_response_header(response, "Access-Control-Allow-Methods",
                            "GET, HEAD, POST, PUT, DELETE");
    MHD_add_response_header(response, "Access-Control-Allow-Headers",
                            "Authorization, Content-Type, Content-Encoding, "
                            "Accept, Idempotency-Key, If-Match, X-Request-Id, "
                            "Inference-Header-Content-Length");
    MHD_add_response_header(response, "Access-Control-Max-Age", "600");
}
