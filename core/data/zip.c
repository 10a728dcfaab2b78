/* SPDX-License-Identifier: MIT
 *
 * The directory at the end is what counts; each member's own header must say
 * the same. */
#include "data/zip.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/alloc.h"
#include "data/text.h"

enum {
    END = 0x06054b50,
    END_64 = 0x06064b50,
    LOCATOR_64 = 0x07064b50,
    ENTRY = 0x02014b50,
    HEADER = 0x04034b50,
};
enum {
    END_BYTES = 22,
    END_64_BYTES = 56,
    LOCATOR_BYTES = 20,
    ENTRY_BYTES = 46,
    HEADER_BYTES = 30,
    MAX_COMMENT = 65535,
};
enum { STORED = 0, DEFLATED = 8, ENCRYPTED = 1, DESCRIPTOR = 8 };
/* In place of a number that stands in ZIP64's fields. */
static const uint32_t elsewhere = 0xffffffff;
enum { ELSEWHERE_16 = 0xffff, EXTRA_64 = 1 };
/* A network has two arrays a layer. */
enum { MAX_MEMBERS = 1024 };

struct archive {
    const uint8_t *bytes;
    size_t length;
    size_t directory, directory_end; /* where it is */
    uint64_t n;
};

/* --- numbers, little-endian ---------------------------------------------- */

static uint64_t number(const uint8_t *bytes, size_t n)
{
    uint64_t value = 0;
    while (n-- > 0)
        value = value << 8 | bytes[n];
    return value;
}

static uint16_t u16(const uint8_t *bytes)
{
    return (uint16_t)number(bytes, 2);
}

static uint32_t u32(const uint8_t *bytes)
{
    return (uint32_t)number(bytes, 4);
}

static uint64_t u64(const uint8_t *bytes)
{
    return number(bytes, 8);
}

/* --- where it is --------------------------------------------------------- */

/* The last record, behind which there is nothing but its comment. */
static const uint8_t *find_end(const struct archive *archive)
{
    if (archive->length < END_BYTES)
        return NULL;
    size_t last = archive->length - END_BYTES;
    for (size_t back = 0; back <= MAX_COMMENT && back <= last; back++) {
        const uint8_t *end = archive->bytes + last - back;
        if (u32(end) == END && u16(end + 20) == back)
            return end;
    }
    return NULL;
}

/* ZIP64's record, which a locator just before `end` points at; or NULL. */
static const uint8_t *find_end_64(const struct archive *archive,
                                  const uint8_t *end)
{
    size_t before = (size_t)(end - archive->bytes);
    if (before < LOCATOR_BYTES + END_64_BYTES ||
        u32(end - LOCATOR_BYTES) != LOCATOR_64)
        return NULL;
    uint64_t at = u64(end - LOCATOR_BYTES + 8);
    if (at > before - LOCATOR_BYTES - END_64_BYTES ||
        u32(archive->bytes + at) != END_64)
        return NULL;
    return archive->bytes + at;
}

static mlp_status find_directory(struct archive *archive, mlp_error *err)
{
    const uint8_t *end = find_end(archive);
    if (end == NULL)
        return mlp_fail(err, MLP_FORMAT,
                        "this is no ZIP archive, or its end is missing");
    uint64_t disks = u16(end + 4) | u16(end + 6), all = u16(end + 10);
    uint64_t here = u16(end + 8), size = u32(end + 12), at = u32(end + 16);
    if (all == ELSEWHERE_16 || size == elsewhere || at == elsewhere) {
        end = find_end_64(archive, end);
        if (end == NULL)
            return mlp_fail(err, MLP_FORMAT,
                            "the archive's ZIP64 record is missing");
        disks = u32(end + 16) | u32(end + 20);
        here = u64(end + 24);
        all = u64(end + 32);
        size = u64(end + 40);
        at = u64(end + 48);
    }
    uint64_t before = (uint64_t)(end - archive->bytes);
    if (disks != 0 || here != all)
        return mlp_fail(err, MLP_FORMAT, "the archive has several parts");
    if (at > before || size > before - at)
        return mlp_fail(err, MLP_FORMAT,
                        "the archive's directory lies outside of it");
    if (all > MAX_MEMBERS)
        return mlp_fail(err, MLP_LIMIT,
                        "the archive has %" PRIu64
                        " members, expected at most %d",
                        all, MAX_MEMBERS);
    archive->directory = (size_t)at;
    archive->directory_end = (size_t)(at + size);
    archive->n = all;
    return MLP_OK;
}

/* --- members ------------------------------------------------------------- */

static mlp_status
refuse(const struct zip_member *member, const char *why, mlp_error *err)
{
    struct excerpt name = text_excerpt(member->name, member->name_length);
    return mlp_fail(err, MLP_FORMAT, "member \"%s\": %s", name.text, why);
}

/* Sizes and place, [3], each of which may stand in ZIP64's field. */
static bool read_extra(const uint8_t *extra, size_t length, uint64_t values[3])
{
    bool wanted = false;
    for (size_t i = 0; i < 3; i++)
        wanted = wanted || values[i] == elsewhere;
    while (wanted && length >= 4) {
        size_t n = u16(extra + 2), used = 0;
        if (n > length - 4)
            return false;
        for (size_t i = 0; i < 3 && u16(extra) == EXTRA_64; i++) {
            if (values[i] != elsewhere)
                continue;
            if (n - used < 8)
                return false;
            values[i] = u64(extra + 4 + used);
            used += 8;
        }
        if (u16(extra) == EXTRA_64)
            return true;
        extra += 4 + n;
        length -= 4 + n;
    }
    return !wanted;
}

/* Its own header: where the data begins, and nothing that the directory says
 * otherwise. Sizes may come behind the data, or in ZIP64's field. */
static mlp_status check_header(const struct archive *archive,
                               const uint8_t *entry,
                               struct zip_member *member,
                               mlp_error *err)
{
    size_t left = archive->directory - member->begin;
    const uint8_t *header = archive->bytes + member->begin;
    if (left < HEADER_BYTES || u32(header) != HEADER)
        return refuse(member, "its header is missing", err);
    size_t names = (size_t)u16(header + 26) + u16(header + 28);
    if (left - HEADER_BYTES < names ||
        left - HEADER_BYTES - names < member->packed)
        return refuse(member, "it is cut off", err);
    bool later = (u16(header + 6) & DESCRIPTOR) != 0;
    bool same =
        u16(header + 6) == u16(entry + 8) &&
        u16(header + 8) == u16(entry + 10) &&
        u16(header + 26) == member->name_length &&
        memcmp(header + HEADER_BYTES, member->name, member->name_length) == 0;
    bool sized =
        u32(header + 14) == member->crc &&
        (u32(header + 18) == member->packed || u32(header + 18) == elsewhere) &&
        (u32(header + 22) == member->size || u32(header + 22) == elsewhere);
    if (!same || (!sized && !later))
        return refuse(member, "its header and the directory differ", err);
    member->data = header + HEADER_BYTES + names;
    member->end = member->begin + HEADER_BYTES + names + member->packed;
    return MLP_OK;
}

/* The entry at *at, which becomes that of the next one. */
static mlp_status read_member(const struct archive *archive,
                              size_t *at,
                              struct zip_member *member,
                              mlp_error *err)
{
    const uint8_t *entry = archive->bytes + *at;
    size_t left = archive->directory_end - *at;
    if (left < ENTRY_BYTES || u32(entry) != ENTRY)
        return mlp_fail(err, MLP_FORMAT, "byte %zu: expected a member's entry",
                        *at);
    size_t name = u16(entry + 28), extra = u16(entry + 30);
    size_t all = ENTRY_BYTES + name + extra + u16(entry + 32);
    uint64_t values[] = {u32(entry + 24), u32(entry + 20), u32(entry + 42)};
    if (left < all)
        return mlp_fail(err, MLP_FORMAT, "byte %zu: an entry is cut off", *at);
    *member = (struct zip_member){.name = (const char *)entry + ENTRY_BYTES,
                                  .name_length = name,
                                  .deflated = u16(entry + 10) == DEFLATED,
                                  .crc = u32(entry + 16)};
    *at += all;
    if (!read_extra(entry + ENTRY_BYTES + name, extra, values))
        return refuse(member, "its ZIP64 field is missing", err);
    if (values[2] > archive->directory || values[1] > archive->length)
        return refuse(member, "it lies outside of the archive", err);
    if ((u16(entry + 8) & ENCRYPTED) != 0)
        return refuse(member, "it is encrypted", err);
    if (!member->deflated && u16(entry + 10) != STORED)
        return refuse(member, "expected it stored or deflated", err);
    if (!member->deflated && values[0] != values[1])
        return refuse(member, "it is stored, with two sizes", err);
    if (values[0] > SIZE_MAX / 2)
        return refuse(member, "it is too large", err);
    member->size = (size_t)values[0];
    member->packed = (size_t)values[1];
    member->begin = (size_t)values[2];
    return check_header(archive, entry, member, err);
}

static int by_place(const void *left, const void *right)
{
    const struct zip_member *a = left, *b = right;
    return (a->begin > b->begin) - (a->begin < b->begin);
}

static int by_name(const void *left, const void *right)
{
    const struct zip_member *a = left, *b = right;
    size_t n =
        a->name_length < b->name_length ? a->name_length : b->name_length;
    int order = memcmp(a->name, b->name, n);
    return order != 0 ? order
                      : (a->name_length > b->name_length) -
                            (a->name_length < b->name_length);
}

/* Each in a place and by a name of its own; in the end by name. */
static mlp_status check_members(struct zip *zip, mlp_error *err)
{
    qsort(zip->members, zip->n, sizeof *zip->members, by_place);
    for (size_t i = 1; i < zip->n; i++)
        if (zip->members[i].begin < zip->members[i - 1].end)
            return refuse(&zip->members[i], "it lies over another one", err);
    qsort(zip->members, zip->n, sizeof *zip->members, by_name);
    for (size_t i = 1; i < zip->n; i++)
        if (by_name(&zip->members[i - 1], &zip->members[i]) == 0)
            return refuse(&zip->members[i], "it is there twice", err);
    return MLP_OK;
}

mlp_status zip_open(struct zip *zip,
                    const void *bytes,
                    size_t length,
                    uint64_t max_bytes,
                    mlp_error *err)
{
    struct archive archive = {.bytes = bytes, .length = length};
    uint64_t sum = 0;
    *zip = (struct zip){0};
    mlp_status status = find_directory(&archive, err);
    if (status != MLP_OK)
        return status;
    zip->members = alloc_array((size_t)archive.n, sizeof *zip->members);
    if (zip->members == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for an archive");
    size_t at = archive.directory;
    for (; status == MLP_OK && zip->n < archive.n; zip->n++) {
        status = read_member(&archive, &at, &zip->members[zip->n], err);
        sum += zip->members[zip->n].size;
        if (status == MLP_OK && sum > max_bytes)
            return mlp_fail(err, MLP_LIMIT,
                            "unpacked the archive has more than %" PRIu64
                            " bytes, which is the most for its length",
                            max_bytes);
    }
    if (status == MLP_OK && at != archive.directory_end)
        status = mlp_fail(err, MLP_FORMAT,
                          "byte %zu: expected the end of the directory", at);
    return status == MLP_OK ? check_members(zip, err) : status;
}

void zip_free(struct zip *zip)
{
    free(zip->members);
    *zip = (struct zip){0};
}

/* --- unpacking ----------------------------------------------------------- */

/* zlib counts in 32 bits. */
static uInt part_of(size_t left)
{
    return left < 1U << 30 ? (uInt)left : 1U << 30;
}

/* True if it becomes just `size` bytes, of all that it has. */
static bool
unpack(z_stream *stream, const struct zip_member *member, uint8_t *out)
{
    size_t in_left = member->packed, out_left = member->size;
    int result = Z_OK;
    stream->next_in = member->data;
    stream->next_out = out;
    while (result == Z_OK) {
        uInt in = part_of(in_left), room = part_of(out_left);
        stream->avail_in = in;
        stream->avail_out = room;
        result = inflate(stream, Z_NO_FLUSH);
        in_left -= in - stream->avail_in;
        out_left -= room - stream->avail_out;
    }
    return result == Z_STREAM_END && in_left == 0 && out_left == 0;
}

static uint32_t checksum(const uint8_t *bytes, size_t n)
{
    uLong crc = crc32(0, NULL, 0);
    for (size_t at = 0; at < n; at += part_of(n - at))
        crc = crc32(crc, bytes + at, part_of(n - at));
    return (uint32_t)crc;
}

static mlp_status
fill(const struct zip_member *member, uint8_t *out, mlp_error *err)
{
    z_stream stream = {0};
    if (!member->deflated) {
        memcpy(out, member->data, member->size);
    } else if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        return mlp_fail(err, MLP_NOMEM, "out of memory for an archive");
    } else {
        bool whole = unpack(&stream, member, out);
        inflateEnd(&stream);
        if (!whole)
            return refuse(member, "its data is damaged", err);
    }
    return checksum(out, member->size) == member->crc
               ? MLP_OK
               : refuse(member, "its data is damaged: the CRC is another", err);
}

mlp_status
zip_unpack(const struct zip_member *member, uint8_t **out, mlp_error *err)
{
    *out = alloc_array(member->size, 1);
    if (*out == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for %zu bytes",
                        member->size);
    mlp_status status = fill(member, *out, err);
    if (status != MLP_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}
