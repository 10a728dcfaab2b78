/* SPDX-License-Identifier: MIT
 *
 * The sending of an answer that comes piece by piece. Its connection is
 * suspended while there is nothing to send, so that it costs neither a thread
 * nor a turn. Above worker, below exchange. Threads: http. */
#ifndef MLPD_STREAM_H
#define MLPD_STREAM_H

struct http_request;
struct MHD_Response;
struct peer;

/* The request's reply, which is a stream, as libmicrohttpd wants it. NULL: no
 * memory. */
struct MHD_Response *stream_response(struct http_request *request,
                                     struct peer *peer);

/* The loop has ended: nobody brings the next piece of a PAUSED request. */
void stream_end(struct http_request *request);

#endif
