/* SPDX-License-Identifier: MIT
 *
 * A body that unpacks gzip, or deflate in its zlib wrapping, into another. */
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

#include "http/body.h"

enum {
    PIECE_BYTES = 64 * 1024,
    ZLIB_BYTES = 48 * 1024, /* of zlib, its window above all */
};

/*   SNIFFING --1f 8b--> PACKED --end of a member--> ENDED --1f--> PACKED
 *       \__ other bytes, if_magic __ PLAIN                                */
enum gunzip_state { SNIFFING, PLAIN, PACKED, ENDED };

struct gunzip {
    struct http_body base;
    struct http_body *inner; /* owned */
    enum gunzip_state state;
    const char *name; /* of the packing, for texts */
    bool single;      /* one member, and nothing behind it */
    bool held;        /* SNIFFING: the first byte of the magic was there */
    z_stream stream;
    unsigned char piece[PIECE_BYTES];
};

static const char magic[] = "\x1f\x8b";

/* Unpack what stream.next_in has, up to the end of a member. */
static void unpack(struct gunzip *body, struct problem *problem)
{
    z_stream *stream = &body->stream;
    int result;
    do {
        stream->next_out = body->piece;
        stream->avail_out = PIECE_BYTES;
        result = inflate(stream, Z_NO_FLUSH);
        /* What came before bad data counts first, however the body was cut. */
        body_write(body->inner, (const char *)body->piece,
                   PIECE_BYTES - stream->avail_out, problem);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            problem_set(problem, PROBLEM_MALFORMED, NULL,
                        "the body is not valid %s data", body->name);
            return;
        }
    } while (result == Z_OK && stream->avail_out == 0 &&
             !problem_is_set(problem));
    if (result == Z_STREAM_END)
        body->state = ENDED;
}

/* Members may follow each other; together they are one body. */
static void unpack_members(struct gunzip *body,
                           const char *bytes,
                           size_t n,
                           struct problem *problem)
{
    z_stream *stream = &body->stream;
    stream->next_in = (const Bytef *)bytes;
    stream->avail_in = (uInt)n;
    while (stream->avail_in > 0 && !problem_is_set(problem)) {
        if (body->state == ENDED && body->single) {
            problem_set(problem, PROBLEM_MALFORMED, NULL,
                        "there is more behind the %s data", body->name);
            return;
        }
        if (body->state == ENDED) {
            inflateReset(stream);
            body->state = PACKED;
        }
        unpack(body, problem);
    }
}

/* Do the bytes so far start like gzip? Decide after two of them. */
static void
sniff(struct gunzip *body, const char *bytes, size_t n, struct problem *problem)
{
    const char *second = body->held ? bytes : bytes + 1;
    if (!body->held && bytes[0] != magic[0]) {
        body->state = PLAIN;
    } else if (!body->held && n == 1) {
        body->held = true;
        return;
    } else {
        body->state = *second == magic[1] ? PACKED : PLAIN;
    }
    if (!body->held)
        return;
    if (body->state == PACKED)
        unpack_members(body, magic, 1, problem);
    else
        body_write(body->inner, magic, 1, problem);
}

static void gunzip_write(struct http_body *base,
                         const char *bytes,
                         size_t n,
                         struct problem *problem)
{
    struct gunzip *body = (struct gunzip *)base;
    /* zlib counts in 32 bits. */
    for (size_t part; n > 0; bytes += part, n -= part) {
        part = n < 1U << 30 ? n : 1U << 30;
        if (body->state == SNIFFING)
            sniff(body, bytes, part, problem);
        if (body->state == PLAIN)
            body_write(body->inner, bytes, part, problem);
        else if (body->state != SNIFFING)
            unpack_members(body, bytes, part, problem);
    }
}

static void gunzip_finish(struct http_body *base, struct problem *problem)
{
    struct gunzip *body = (struct gunzip *)base;
    if (body->state == PACKED)
        problem_set(problem, PROBLEM_MALFORMED, NULL,
                    "the %s data ends too early", body->name);
    else if (body->state == SNIFFING && body->held)
        body_write(body->inner, magic, 1, problem);
    body_finish(body->inner, problem);
}

static void gunzip_destroy(struct http_body *base)
{
    struct gunzip *body = (struct gunzip *)base;
    inflateEnd(&body->stream);
    body_destroy(body->inner);
    free(body);
}

static const struct http_body_ops gunzip_ops = {gunzip_write, gunzip_finish,
                                                gunzip_destroy};

/* window_bits: what zlib says which wrapping by. */
static struct gunzip *create(struct http_body *inner, int window_bits)
{
    struct gunzip *body = calloc(1, sizeof *body);
    if (body == NULL || inflateInit2(&body->stream, window_bits) != Z_OK) {
        free(body);
        body_destroy(inner);
        return NULL;
    }
    body->base = (struct http_body){.ops = &gunzip_ops,
                                    .max_bytes = inner->max_bytes,
                                    .n_held = sizeof *body + ZLIB_BYTES};
    body->inner = inner;
    body->state = PACKED;
    body->name = "gzip";
    return body;
}

struct http_body *body_gunzip(struct http_body *inner, bool if_magic)
{
    struct gunzip *body = create(inner, MAX_WBITS + 16);
    if (body == NULL)
        return NULL;
    if (if_magic)
        body->state = SNIFFING;
    return &body->base;
}

struct http_body *body_inflate(struct http_body *inner)
{
    struct gunzip *body = create(inner, MAX_WBITS);
    if (body == NULL)
        return NULL;
    body->name = "deflate";
    body->single = true;
    return &body->base;
}

struct http_body *body_inner(struct http_body *body)
{
    while (body != NULL && body->ops == &gunzip_ops)
        body = ((struct gunzip *)body)->inner;
    return body;
}
