/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#include "data/zip.h"
#include "mlp/buffer.h"

/* --- archives, byte by byte -------------------------------------------------
 */

enum { MAX_FILES = 4, NO_LIMIT = INT32_MAX };

struct file {
    const char *name, *text;
    bool deflated;
    size_t at, packed; /* set in writing */
    uint32_t crc;
};

/* What is written otherwise than it should be; zeroed: nothing. */
struct twist {
    bool zip64;      /* sizes and places in ZIP64's fields */
    bool descriptor; /* sizes and CRC behind the data */
    uint16_t flags, method;
    uint32_t crc;    /* xor */
    int size;        /* more than it is, in the directory */
    int header_size; /* likewise, in its own header */
    int at;          /* its place, further on */
    int directory;   /* the directory's place, further on */
    uint16_t disk;
    int n;                  /* members, more than there are */
    const char *other_name; /* in the directory */
};

static void put(mlp_buffer *out, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++, value >>= 8) {
        char byte = (char)(value & 0xff);
        mlp_buffer_append(out, &byte, 1);
    }
}

static size_t put_data(mlp_buffer *out, const struct file *file)
{
    unsigned char packed[8192];
    size_t length = strlen(file->text);
    if (!file->deflated) {
        mlp_buffer_append(out, file->text, length);
        return length;
    }
    z_stream stream = {0};
    cr_assert_eq(
        deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
        Z_OK);
    stream.next_in = (const Bytef *)file->text;
    stream.avail_in = (uInt)length;
    stream.next_out = packed;
    stream.avail_out = sizeof packed;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t n = sizeof packed - stream.avail_out;
    deflateEnd(&stream);
    mlp_buffer_append(out, packed, n);
    return n;
}

static unsigned flags_of(const struct twist *twist)
{
    return twist->flags | (twist->descriptor ? 8u : 0u);
}

static unsigned method_of(const struct file *file, const struct twist *twist)
{
    return twist->method != 0 ? twist->method : file->deflated ? 8u : 0u;
}

/* Sizes are not known before the data is written: it is written twice. */
static void
put_file(mlp_buffer *out, struct file *file, const struct twist *twist)
{
    mlp_buffer data;
    size_t size = strlen(file->text);
    mlp_buffer_init(&data, SIZE_MAX - 1);
    file->packed = put_data(&data, file);
    file->crc =
        (uint32_t)crc32(0, (const Bytef *)file->text, (uInt)size) ^ twist->crc;
    file->at = out->length;
    bool later = twist->descriptor;
    put(out, 0x04034b50, 4);
    put(out, 20, 2);
    put(out, flags_of(twist), 2);
    put(out, method_of(file, twist), 2);
    put(out, 0, 4);
    put(out, later ? 0 : file->crc, 4);
    put(out, later ? 0 : file->packed, 4);
    put(out, later ? 0 : (uint64_t)((int)size + twist->header_size), 4);
    put(out, strlen(file->name), 2);
    put(out, 0, 2);
    mlp_buffer_append(out, file->name, strlen(file->name));
    mlp_buffer_append(out, data.data, data.length);
    if (later) {
        put(out, 0x08074b50, 4);
        put(out, file->crc, 4);
        put(out, file->packed, 4);
        put(out, size, 4);
    }
    mlp_buffer_free(&data);
}

static void
put_entry(mlp_buffer *out, const struct file *file, const struct twist *twist)
{
    const char *name =
        twist->other_name != NULL ? twist->other_name : file->name;
    uint64_t size = (uint64_t)((int)strlen(file->text) + twist->size);
    uint64_t at = file->at + (uint64_t)twist->at;
    uint64_t none = 0xffffffff;
    put(out, 0x02014b50, 4);
    put(out, 20, 2);
    put(out, 20, 2);
    put(out, flags_of(twist), 2);
    put(out, method_of(file, twist), 2);
    put(out, 0, 4);
    put(out, file->crc, 4);
    put(out, twist->zip64 ? none : file->packed, 4);
    put(out, twist->zip64 ? none : size, 4);
    put(out, strlen(name), 2);
    put(out, twist->zip64 ? 8 + 28 : 0, 2);
    put(out, 0, 2 + 2 + 2 + 4);
    put(out, twist->zip64 ? none : at, 4);
    mlp_buffer_append(out, name, strlen(name));
    if (!twist->zip64)
        return;
    put(out, 0x5455, 2); /* a field that is another one's */
    put(out, 4, 2);
    put(out, 0, 4);
    put(out, 1, 2);
    put(out, 24, 2);
    put(out, size, 8);
    put(out, file->packed, 8);
    put(out, at, 8);
}

static void
put_end(mlp_buffer *out, size_t n, size_t directory, const struct twist *twist)
{
    size_t size = out->length - directory, end = out->length;
    uint64_t members = n + (uint64_t)twist->n;
    uint64_t at = directory + (uint64_t)twist->directory;
    if (twist->zip64) {
        put(out, 0x06064b50, 4);
        put(out, 44, 8);
        put(out, 45, 2 + 2);
        put(out, 0, 4 + 4);
        put(out, members, 8);
        put(out, members, 8);
        put(out, size, 8);
        put(out, at, 8);
        put(out, 0x07064b50, 4);
        put(out, 0, 4);
        put(out, end, 8);
        put(out, 1, 4);
    }
    put(out, 0x06054b50, 4);
    put(out, twist->disk, 2 + 2);
    put(out, twist->zip64 ? 0xffff : members, 2);
    put(out, twist->zip64 ? 0xffff : members, 2);
    put(out, twist->zip64 ? 0xffffffff : size, 4);
    put(out, twist->zip64 ? 0xffffffff : at, 4);
    put(out, 0, 2);
}

/* The last file is twisted. */
static mlp_buffer
archive(const struct file *files, size_t n, const struct twist *twist)
{
    static const struct twist none = {0};
    struct file copy[MAX_FILES];
    mlp_buffer out;
    struct twist all = {.zip64 = twist->zip64};
    mlp_buffer_init(&out, SIZE_MAX - 1);
    for (size_t i = 0; i < n; i++) {
        copy[i] = files[i];
        put_file(&out, &copy[i], i + 1 < n ? &none : twist);
    }
    size_t directory = out.length;
    for (size_t i = 0; i < n; i++)
        put_entry(&out, &copy[i], i + 1 < n ? &all : twist);
    put_end(&out, n, directory, twist);
    return out;
}

/* --- what is read ------------------------------------------------------------
 */

static const struct file files[] = {
    {"W0.npy", "some weights", false, 0, 0, 0},
    {"b0.npy", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", true, 0, 0, 0},
    {"a", "", false, 0, 0, 0},
};
enum { N_FILES = sizeof files / sizeof *files };

static void expect_files(const mlp_buffer *bytes, const char *what)
{
    static const size_t order[] = {0, 2, 1}; /* by name: W0, a, b0 */
    struct zip zip;
    mlp_error err;
    cr_assert_eq(zip_open(&zip, bytes->data, bytes->length, NO_LIMIT, &err),
                 MLP_OK, "%s: %s", what, err.text);
    cr_assert_eq(zip.n, N_FILES);
    for (size_t i = 0; i < N_FILES; i++) {
        const struct file *file = &files[order[i]];
        uint8_t *out;
        cr_expect_eq(zip.members[i].name_length, strlen(file->name));
        cr_expect_eq(
            memcmp(zip.members[i].name, file->name, strlen(file->name)), 0);
        cr_assert_eq(zip_unpack(&zip.members[i], &out, &err), MLP_OK, "%s: %s",
                     what, err.text);
        cr_assert_eq(zip.members[i].size, strlen(file->text));
        cr_expect_eq(memcmp(out, file->text, strlen(file->text)), 0);
        free(out);
    }
    zip_free(&zip);
}

Test(zip, members_are_what_was_packed_however_their_sizes_are_told)
{
    static const struct {
        const char *what;
        struct twist twist;
    } cases[] = {{"plain", {0}},
                 {"zip64", {.zip64 = true}},
                 {"descriptor", {.descriptor = true}},
                 {"both", {.zip64 = true, .descriptor = true}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlp_buffer bytes = archive(files, N_FILES, &cases[i].twist);
        expect_files(&bytes, cases[i].what);
        mlp_buffer_free(&bytes);
    }
}

Test(zip, a_comment_may_stand_behind_it)
{
    static const struct twist none = {0};
    mlp_buffer bytes = archive(files, N_FILES, &none);
    bytes.data[bytes.length - 2] = 5;
    mlp_buffer_append(&bytes, "PK\5\6!", 5);
    expect_files(&bytes, "comment");
    mlp_buffer_append(&bytes, "!", 1);
    struct zip zip;
    mlp_error err;
    cr_expect_eq(zip_open(&zip, bytes.data, bytes.length, NO_LIMIT, &err),
                 MLP_FORMAT);
    zip_free(&zip);
    mlp_buffer_free(&bytes);
}

/* --- what is refused
 * -----------------------------------------------------------
 */

/* Open and unpack all, from an allocation of exactly n bytes. */
static mlp_status
read_exactly(const char *bytes, size_t n, uint64_t most, mlp_error *err)
{
    struct zip zip;
    char *copy = malloc(n > 0 ? n : 1);
    memcpy(copy, bytes, n);
    *err = (mlp_error){0};
    mlp_status status = zip_open(&zip, copy, n, most, err);
    for (size_t i = 0; status == MLP_OK && i < zip.n; i++) {
        uint8_t *out;
        status = zip_unpack(&zip.members[i], &out, err);
        cr_expect_eq(status == MLP_OK, out != NULL);
        free(out);
    }
    zip_free(&zip);
    free(copy);
    return status;
}

Test(zip, archives_that_contradict_themselves_are_refused_by_member)
{
    static const struct {
        struct twist twist;
        const char *says;
    } cases[] = {
        {{.crc = 1}, "member \"b.npy\": its data is damaged: the CRC"},
        {{.size = 1, .header_size = 1}, "\"b.npy\": its data is damaged"},
        {{.size = -1, .header_size = -1}, "\"b.npy\": its data is damaged"},
        {{.size = 1}, "\"b.npy\": its header and the directory differ"},
        {{.size = -1, .descriptor = true}, "\"b.npy\": its data is damaged"},
        {{.flags = 1}, "\"b.npy\": it is encrypted"},
        {{.method = 12}, "\"b.npy\": expected it stored or deflated"},
        {{.at = 1}, "\"b.npy\": its header is missing"},
        {{.at = 1 << 20}, "\"b.npy\": it lies outside of the archive"},
        {{.at = 1 << 20, .zip64 = true}, "\"b.npy\": it lies outside"},
        {{.other_name = "c.npy"}, "\"c.npy\": its header and the directory"},
        {{.directory = 1}, "outside of it"},
        {{.directory = -1}, "expected a member's entry"},
        {{.disk = 1}, "several parts"},
        {{.n = 1}, "expected a member's entry"},
        {{.n = -1}, "expected the end of the directory"},
    };
    static const struct file two[] = {
        {"a.npy", "first", false, 0, 0, 0},
        {"b.npy", "second, second, second", true, 0, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlp_error err;
        mlp_buffer bytes = archive(two, 2, &cases[i].twist);
        cr_expect_eq(read_exactly(bytes.data, bytes.length, NO_LIMIT, &err),
                     MLP_FORMAT, "%zu", i);
        cr_expect_not_null(strstr(err.text, cases[i].says),
                           "%zu: '%s' does not say '%s'", i, err.text,
                           cases[i].says);
        mlp_buffer_free(&bytes);
    }
}

/* Both entries tell the same place, as a bomb's do that is larger than all its
 * bytes could unpack to. */
Test(zip, members_over_each_other_or_by_one_name_are_refused)
{
    static const struct twist none = {0};
    static const struct file twins[] = {{"a.npy", "1", false, 0, 0, 0},
                                        {"a.npy", "2", false, 0, 0, 0}};
    static const struct file same[] = {{"a.npy", "1", false, 0, 0, 0},
                                       {"a.npy", "1", false, 0, 0, 0}};
    mlp_error err;
    mlp_buffer bytes = archive(twins, 2, &none);
    cr_expect_eq(read_exactly(bytes.data, bytes.length, NO_LIMIT, &err),
                 MLP_FORMAT);
    cr_expect_str_eq(err.text, "member \"a.npy\": it is there twice");
    mlp_buffer_free(&bytes);
    struct twist back = {.at = -(30 + 5 + 1)};
    bytes = archive(same, 2, &back);
    cr_expect_eq(read_exactly(bytes.data, bytes.length, NO_LIMIT, &err),
                 MLP_FORMAT);
    cr_expect_str_eq(err.text, "member \"a.npy\": it lies over another one");
    mlp_buffer_free(&bytes);
}

Test(zip, more_than_the_limit_is_refused_before_it_is_unpacked)
{
    static const struct twist none = {0};
    mlp_buffer bytes = archive(files, N_FILES, &none);
    uint64_t all = 0;
    mlp_error err;
    for (size_t i = 0; i < N_FILES; i++)
        all += strlen(files[i].text);
    cr_expect_eq(read_exactly(bytes.data, bytes.length, all, &err), MLP_OK);
    cr_expect_eq(read_exactly(bytes.data, bytes.length, all - 1, &err),
                 MLP_LIMIT);
    cr_expect_not_null(strstr(err.text, "unpacked the archive has more than"));
    mlp_buffer_free(&bytes);
    struct twist many = {.n = 2000};
    bytes = archive(files, N_FILES, &many);
    cr_expect_eq(read_exactly(bytes.data, bytes.length, all, &err), MLP_LIMIT);
    mlp_buffer_free(&bytes);
}

Test(zip, truncated_or_flipped_at_every_byte_never_crashes)
{
    static const struct twist both = {.zip64 = true, .descriptor = true};
    mlp_buffer bytes = archive(files, N_FILES, &both);
    mlp_error err;
    for (size_t n = 0; n < bytes.length; n++)
        cr_expect_eq(read_exactly(bytes.data, n, NO_LIMIT, &err), MLP_FORMAT,
                     "%zu", n);
    for (size_t at = 0; at < bytes.length; at++)
        for (unsigned flip = 1; flip < 256; flip = flip * 4 + 3) {
            bytes.data[at] ^= (char)flip;
            mlp_status status =
                read_exactly(bytes.data, bytes.length, NO_LIMIT, &err);
            cr_expect(status == MLP_OK || status == MLP_FORMAT ||
                          status == MLP_LIMIT,
                      "%zu: %d", at, status);
            bytes.data[at] ^= (char)flip;
        }
    mlp_buffer_free(&bytes);
}
