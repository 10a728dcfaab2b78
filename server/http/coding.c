/* SPDX-License-Identifier: MIT */
#include "http/coding.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#define ZLIB_CONST
#include <zlib.h>

/* The quickest: an answer is made while somebody waits. */
enum { PACK_LEVEL = 1, PACK_MEMORY = 8, PIECE_BYTES = 64 * 1024 };

static const struct {
    const char *name;
    int window_bits; /* what zlib says which wrapping by */
} codings[] = {
    [CODING_IDENTITY] = {NULL, 0},
    [CODING_GZIP] = {"gzip", MAX_WBITS + 16},
    [CODING_DEFLATE] = {"deflate", MAX_WBITS},
};
enum { N_CODINGS = sizeof codings / sizeof codings[0] };

const char *coding_name(enum http_coding coding)
{
    return codings[coding].name;
}

/* --- Accept-Encoding ------------------------------------------------------ */

/* In thousandths, from what stands behind a name: ";q=0.5". */
static unsigned parse_weight(const char *text, const char *end)
{
    unsigned weight = 0, place = 1000;
    const char *q = memchr(text, '=', (size_t)(end - text));
    if (q == NULL)
        return 1000;
    for (q++; q < end; q++) {
        if (*q >= '0' && *q <= '9' && place > 0) {
            weight += (unsigned)(*q - '0') * place;
            place /= 10;
        }
    }
    return weight < 1000 ? weight : 1000;
}

static enum http_coding find_coding(const char *name, size_t length)
{
    for (size_t i = 1; i < N_CODINGS; i++)
        if (strlen(codings[i].name) == length &&
            strncasecmp(codings[i].name, name, length) == 0)
            return (enum http_coding)i;
    return CODING_IDENTITY;
}

enum http_coding coding_accepted(const char *header)
{
    unsigned weights[N_CODINGS] = {0};
    while (header != NULL && *header != '\0') {
        header += strspn(header, " \t,");
        const char *end = header + strcspn(header, ",");
        enum http_coding coding = find_coding(header, strcspn(header, " \t;,"));
        weights[coding] = parse_weight(header, end);
        header = end;
    }
    if (weights[CODING_GZIP] == 0 && weights[CODING_DEFLATE] == 0)
        return CODING_IDENTITY;
    return weights[CODING_GZIP] >= weights[CODING_DEFLATE] ? CODING_GZIP
                                                           : CODING_DEFLATE;
}

/* --- packing -------------------------------------------------------------- */

/* zlib counts in 32 bits: feed it piece by piece. */
static void pack(z_stream *stream, const mlp_buffer *in, mlp_buffer *out)
{
    size_t left = in->length;
    stream->next_in = (const Bytef *)in->data;
    int result = Z_OK;
    while (result != Z_STREAM_END) {
        char *room = mlp_buffer_reserve(out, PIECE_BYTES);
        if (room == NULL)
            return;
        if (stream->avail_in == 0) {
            stream->avail_in = left < 1U << 30 ? (uInt)left : 1U << 30;
            left -= stream->avail_in;
        }
        stream->next_out = (Bytef *)room;
        stream->avail_out = PIECE_BYTES;
        result = deflate(stream, left == 0 ? Z_FINISH : Z_NO_FLUSH);
        out->length += PIECE_BYTES - stream->avail_out;
    }
}

mlp_status
coding_pack(enum http_coding coding, mlp_buffer *bytes, mlp_error *err)
{
    z_stream stream = {0};
    mlp_buffer packed;
    if (coding == CODING_IDENTITY || bytes->status != MLP_OK)
        return MLP_OK;
    if (deflateInit2(&stream, PACK_LEVEL, Z_DEFLATED,
                     codings[coding].window_bits, PACK_MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    mlp_buffer_init(&packed, bytes->max_bytes);
    pack(&stream, bytes, &packed);
    deflateEnd(&stream);
    mlp_buffer_free(bytes);
    *bytes = packed;
    return MLP_OK;
}
