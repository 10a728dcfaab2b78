/* SPDX-License-Identifier: MIT
 *
 * Gzip on the way in. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "http/body.h"

enum { N = 200000 };

struct data {
    char *bytes;
    size_t length;
};

static struct data pack(const char *bytes, size_t length, int window_bits)
{
    z_stream stream = {0};
    struct data out = {malloc(length + 1000), 0};
    deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = (unsigned char *)(size_t)bytes;
    stream.avail_in = (unsigned)length;
    stream.next_out = (unsigned char *)out.bytes;
    stream.avail_out = (unsigned)length + 1000;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.length = stream.total_out;
    deflateEnd(&stream);
    return out;
}

static struct data gzip(const char *bytes, size_t length)
{
    return pack(bytes, length, MAX_WBITS + 16);
}

/* Text that packs, though not too well. */
static char *plain_text(void)
{
    char *text = malloc(N);
    unsigned state = 1;
    for (size_t i = 0; i < N; i++) {
        state = state * 1103515245 + 12345;
        text[i] = (char)('a' + (state >> 16) % 7);
    }
    return text;
}

/* Feed in steps; gives the gunzip body, to be destroyed. */
static struct http_body *feed(struct data packed,
                              size_t step,
                              size_t max_bytes,
                              bool if_magic,
                              struct problem *problem)
{
    struct http_body *body = body_gunzip(body_memory(max_bytes), if_magic);
    *problem = (struct problem){0};
    for (size_t i = 0; i < packed.length; i += step) {
        size_t n = packed.length - i < step ? packed.length - i : step;
        body_write(body, packed.bytes + i, n, problem);
    }
    body_finish(body, problem);
    return body;
}

static void expect_content(struct http_body *body, const char *text, size_t n)
{
    size_t length;
    const char *bytes = body_memory_bytes(body_inner(body), &length);
    cr_assert_eq(length, n);
    cr_assert_eq(memcmp(bytes, text, n), 0);
    body_destroy(body);
}

Test(gunzip, gives_the_plain_bytes_however_the_packed_ones_are_cut)
{
    char *text = plain_text();
    struct data packed = gzip(text, N);
    static const size_t steps[] = {1, 2, 3, 1000, N};
    struct problem problem;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        for (int if_magic = 0; if_magic < 2; if_magic++) {
            struct http_body *body =
                feed(packed, steps[i], N, if_magic, &problem);
            cr_assert_not(problem_is_set(&problem));
            expect_content(body, text, N);
        }
    free(packed.bytes);
    free(text);
}

Test(gunzip, members_behind_each_other_are_one_body)
{
    struct data a = gzip("hello ", 6), b = gzip("world", 5);
    struct data both = {malloc(a.length + b.length), a.length + b.length};
    struct problem problem;
    memcpy(both.bytes, a.bytes, a.length);
    memcpy(both.bytes + a.length, b.bytes, b.length);
    for (size_t step = 1; step < both.length; step++) {
        struct http_body *body = feed(both, step, 100, false, &problem);
        cr_assert_not(problem_is_set(&problem));
        expect_content(body, "hello world", 11);
    }
    free(a.bytes);
    free(b.bytes);
    free(both.bytes);
}

Test(gunzip, cut_short_at_any_byte_is_a_400)
{
    struct data packed = gzip("hello world", 11);
    struct problem problem;
    for (size_t n = 0; n < packed.length; n++) {
        struct data part = {packed.bytes, n};
        body_destroy(feed(part, 5, 100, false, &problem));
        cr_expect_eq(problem_status(problem.type), 400, "%zu bytes", n);
    }
    free(packed.bytes);
}

Test(gunzip, what_is_no_gzip_is_a_400)
{
    struct problem problem;
    static char garbage[] = "this is no gzip data at all";
    body_destroy(
        feed((struct data){garbage, sizeof garbage}, 4, 100, false, &problem));
    cr_assert_eq(problem_status(problem.type), 400);
}

Test(gunzip, damaged_byte_is_a_400)
{
    struct data packed = gzip("hello world", 11);
    struct problem problem;
    packed.bytes[packed.length - 6] ^= 1; /* the checksum */
    body_destroy(feed(packed, 7, 100, false, &problem));
    cr_assert_eq(problem_status(problem.type), 400);
    free(packed.bytes);
}

Test(gunzip, what_comes_before_the_damage_is_judged_first_however_it_is_cut)
{
    char *text = plain_text();
    struct data packed = gzip(text, 1000);
    static const size_t steps[] = {1, 7, 1000};
    struct problem problem;
    packed.bytes[packed.length - 6] ^= 1; /* the checksum */
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        body_destroy(feed(packed, steps[i], 100, false, &problem));
        cr_expect_eq(problem_status(problem.type), 413, "step %zu", steps[i]);
    }
    free(packed.bytes);
    free(text);
}

Test(gunzip, bomb_is_a_413_and_stops_unpacking)
{
    char *zeros = calloc(1, N);
    struct data packed = gzip(zeros, N);
    struct problem problem;
    cr_assert_lt(packed.length, 1000);
    struct http_body *body = feed(packed, 100, 1000, false, &problem);
    cr_assert_eq(problem_status(problem.type), 413);
    cr_assert_leq(body_inner(body)->n_bytes, 70000);
    body_destroy(body);
    free(packed.bytes);
    free(zeros);
}

Test(gunzip, plain_bytes_pass_when_only_the_magic_is_asked_for)
{
    static const char *const texts[] = {
        "", "a", "ab", "a,b,c", "\x1f", "\x1f,\x8b", "\x1f\x1f\x8b"};
    struct problem problem;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t step = 1; step < 4; step++) {
            struct data data = {(char *)(size_t)texts[i], strlen(texts[i])};
            struct http_body *body = feed(data, step, 100, true, &problem);
            cr_expect_not(problem_is_set(&problem), "text %zu", i);
            expect_content(body, texts[i], data.length);
        }
}

/* --- deflate -------------------------------------------------------------- */

static struct http_body *
inflate_all(struct data packed, size_t step, struct problem *problem)
{
    struct http_body *body = body_inflate(body_memory(N));
    *problem = (struct problem){0};
    for (size_t i = 0; i < packed.length; i += step) {
        size_t n = packed.length - i < step ? packed.length - i : step;
        body_write(body, packed.bytes + i, n, problem);
    }
    body_finish(body, problem);
    return body;
}

Test(gunzip, deflate_in_its_zlib_wrapping_is_unpacked_however_it_is_cut)
{
    static const size_t steps[] = {1, 3, 1000, N};
    char *text = plain_text();
    struct data packed = pack(text, N, MAX_WBITS);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct problem problem;
        size_t length;
        struct http_body *body = inflate_all(packed, steps[i], &problem);
        cr_assert_not(problem_is_set(&problem), "%s", problem.detail);
        const char *bytes = body_memory_bytes(body_inner(body), &length);
        cr_assert_eq(length, N);
        cr_expect_arr_eq(bytes, text, N);
        body_destroy(body);
    }
    free(packed.bytes);
    free(text);
}

Test(gunzip, deflate_that_is_short_long_bare_or_gzip_is_a_400)
{
    struct data whole = pack("hello hello", 11, MAX_WBITS);
    struct data bare = pack("hello hello", 11, -MAX_WBITS);
    struct data other = gzip("hello hello", 11);
    struct data shorter = {whole.bytes, whole.length - 1};
    struct data longer = {malloc(whole.length + 1), whole.length + 1};
    memcpy(longer.bytes, whole.bytes, whole.length);
    longer.bytes[whole.length] = 'x';
    const struct data bad[] = {bare, other, shorter, longer};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (size_t step = 1; step < 100; step += 98) {
            struct problem problem;
            body_destroy(inflate_all(bad[i], step, &problem));
            cr_expect_eq(problem_status(problem.type), 400, "case %zu", i);
            cr_expect_not_null(strstr(problem.detail, "deflate"));
        }
    free(whole.bytes);
    free(bare.bytes);
    free(other.bytes);
    free(longer.bytes);
}
