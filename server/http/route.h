/* SPDX-License-Identifier: MIT
 *
 * A line of the route table: which requests it takes, who handles them, on
 * which thread. router.h finds the line; this is for those who write one. */
#ifndef MLPD_ROUTE_H
#define MLPD_ROUTE_H

struct http_body;
struct http_request;
struct problem;

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_DELETE };
enum http_thread { ON_HTTP, ON_LOOP };
/* What a key must open for a route to be taken. A key's scope holds all those
 * behind it; what is not said is for the highest. SCOPE_OPEN needs none. */
enum http_scope { SCOPE_ADMIN, SCOPE_TRAIN, SCOPE_PREDICT, SCOPE_OPEN };

struct http_route {
    enum http_method method; /* HEAD is answered by GET's */
    /* Segments; {name} takes one segment: "/models/{model}/versions/{n}"; a **
     * at the end takes one or more. The first route that matches is taken. */
    const char *pattern;
    enum http_scope scope;
    enum http_thread thread;
    void (*handle)(struct http_request *request);
    /* Choose where the body goes, by Content-Type; NULL with a problem refuses
     * it at once. NULL here: the route takes no body (a body is 413). */
    struct http_body *(*open_body)(struct http_request *request,
                                   struct problem *problem);
    /* Query keys it knows, separated by blanks, or "*"; another one is a 422.
     * A key given twice is a 400. */
    const char *query;
};

#endif
