/* SPDX-License-Identifier: MIT
 *
 * A request's life as libmicrohttpd tells it. These are its callbacks; the
 * context of each is the worker. Above worker and request, below the listener
 * that hands them to its daemons. Threads: http. */
#ifndef MLPD_EXCHANGE_H
#define MLPD_EXCHANGE_H

#include <microhttpd.h>

struct worker;

void exchange_on_connection(void *context,
                            struct MHD_Connection *connection,
                            void **peer,
                            enum MHD_ConnectionNotificationCode code);

/* The first line is read: make the request. */
void *exchange_on_target(void *context,
                         const char *target,
                         struct MHD_Connection *connection);

/* The headers are there; a piece of the body; its end; an answer. */
enum MHD_Result exchange_on_request(void *context,
                                    struct MHD_Connection *connection,
                                    const char *path,
                                    const char *method,
                                    const char *version,
                                    const char *bytes,
                                    size_t *n_bytes,
                                    void **request);

void exchange_on_completed(void *context,
                           struct MHD_Connection *connection,
                           void **request,
                           enum MHD_RequestTerminationCode code);

/* The loop has ended: give every suspended request a 503. */
void exchange_refuse_suspended(struct worker *worker);

#endif
