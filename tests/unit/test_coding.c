/* SPDX-License-Identifier: MIT
 *
 * Codings of answers. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "http/coding.h"

Test(coding, accept_encoding_chooses_what_the_client_likes_best)
{
    static const struct {
        const char *header;
        enum http_coding coding;
    } cases[] = {
        {NULL, CODING_IDENTITY},
        {"", CODING_IDENTITY},
        {"identity", CODING_IDENTITY},
        {"br", CODING_IDENTITY},
        {"gzip", CODING_GZIP},
        {"GZip", CODING_GZIP},
        {"deflate", CODING_DEFLATE},
        {"gzip, deflate, br", CODING_GZIP},
        {"deflate, gzip", CODING_GZIP},
        {" br ;q=1 ,\tdeflate ", CODING_DEFLATE},
        {"gzip;q=0.5, deflate;q=0.8", CODING_DEFLATE},
        {"gzip;q=0.8, deflate;q=0.51", CODING_GZIP},
        {"gzip;q=0", CODING_IDENTITY},
        {"gzip;q=0.000, deflate;q=0", CODING_IDENTITY},
        {"gzip;q=0.001", CODING_GZIP},
        {"gzip;q=0.0, deflate", CODING_DEFLATE},
        {"gzipped", CODING_IDENTITY},
        {",,;q=1,", CODING_IDENTITY},
        {"gzip;", CODING_GZIP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(coding_accepted(cases[i].header), cases[i].coding, "%s",
                     cases[i].header);
}

static void
expect_unpacked(const mlp_buffer *packed, const char *text, size_t length)
{
    z_stream stream = {0};
    char *out = malloc(length + 1);
    inflateInit2(&stream, MAX_WBITS + 32); /* gzip or zlib, by its head */
    stream.next_in = (unsigned char *)packed->data;
    stream.avail_in = (unsigned)packed->length;
    stream.next_out = (unsigned char *)out;
    stream.avail_out = (unsigned)length + 1;
    cr_expect_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
    cr_assert_eq(stream.total_out, length);
    cr_expect_arr_eq(out, text, length);
    inflateEnd(&stream);
    free(out);
}

Test(coding, what_is_packed_unpacks_to_the_same)
{
    enum { N = 300000 };
    char *text = malloc(N);
    unsigned state = 1;
    for (size_t i = 0; i < N; i++) {
        state = state * 1103515245 + 12345;
        text[i] = (char)('a' + (state >> 16) % 200);
    }
    for (int coding = CODING_GZIP; coding <= CODING_DEFLATE; coding++) {
        mlp_buffer bytes;
        mlp_buffer_init(&bytes, 1 << 20);
        mlp_buffer_append(&bytes, text, N);
        cr_assert_eq(coding_pack((enum http_coding)coding, &bytes, NULL),
                     MLP_OK);
        cr_expect_eq((unsigned char)bytes.data[0],
                     coding == CODING_GZIP ? 0x1f : 0x78);
        expect_unpacked(&bytes, text, N);
        mlp_buffer_free(&bytes);
    }
    free(text);
}

Test(coding, identity_and_a_failed_buffer_stay_as_they_are)
{
    mlp_buffer bytes;
    mlp_buffer_init(&bytes, 4);
    mlp_buffer_text(&bytes, "abc");
    cr_assert_eq(coding_pack(CODING_IDENTITY, &bytes, NULL), MLP_OK);
    cr_expect_str_eq(bytes.data, "abc");
    mlp_buffer_text(&bytes, "too much");
    cr_assert_eq(coding_pack(CODING_GZIP, &bytes, NULL), MLP_OK);
    cr_expect_eq(bytes.status, MLP_LIMIT);
    mlp_buffer_free(&bytes);
}
