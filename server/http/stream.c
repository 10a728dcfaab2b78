/* SPDX-License-Identifier: MIT
 *
 * libmicrohttpd pulls: it asks for bytes when the socket takes some. When the
 * piece at hand is sent, the connection is suspended and the next one asked
 * for; it comes back through the worker's inbox, as a late reply does. */
#include "http/stream.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "http/listener_options.h"
#include "http/peer.h"
#include "http/reply_inner.h"
#include "http/request.h"
#include "http/request_inner.h"
#include "http/worker.h"

enum { BLOCK_BYTES = 4096 /* that libmicrohttpd asks for at once */ };

/* Threads: loop. */
static void ask_on_loop(void *argument)
{
    struct http_request *request = argument;
    request->stream.next(request);
}

static void ask(struct http_request *request)
{
    struct http_stream *stream = &request->stream;
    const struct listener_options *options = request->worker->service->options;
    free(stream->piece);
    stream->piece = NULL;
    peer_has_taken(stream->peer, worker_now_ms());
    worker_suspend(request->worker, request);
    /* From here on it is the loop's, unless there is none any more. */
    if (!options->post(options->post_context, ask_on_loop, request))
        stream_end(request);
}

/* libmicrohttpd's content reader. */
static ssize_t read_piece(void *context, uint64_t offset, char *out, size_t n)
{
    struct http_request *request = context;
    struct http_stream *stream = &request->stream;
    (void)offset;
    size_t left = stream->length - stream->at;
    if (left > 0) {
        n = left < n ? left : n;
        memcpy(out, stream->piece + stream->at, n);
        stream->at += n;
        return (ssize_t)n;
    }
    /* At the stop nothing may stay suspended. */
    if (stream->last || atomic_load(&request->worker->service->stopping))
        return MHD_CONTENT_READER_END_OF_STREAM;
    ask(request);
    return 0;
}

struct MHD_Response *stream_response(struct http_request *request,
                                     struct peer *peer)
{
    struct http_stream *stream = &request->stream;
    /* A HEAD that would be chunked gets the end of the chunks from
     * libmicrohttpd 0.9.75, which is no part of its answer. */
    bool headers_only = strcmp(request->method, "HEAD") == 0;
    struct MHD_Response *response =
        headers_only
            ? MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT)
            : MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES,
                                                read_piece, request, NULL);
    if (response == NULL)
        return NULL;
    reply_add_headers(request->reply, response);
    stream->next = request->reply->next;
    stream->peer = peer;
    peer_let_stream(peer, worker_now_ms(), &stream->deserted);
    return response;
}

void stream_end(struct http_request *request)
{
    mlp_buffer nothing;
    mlp_buffer_init(&nothing, 0);
    request_write(request, &nothing, true);
}
