/* SPDX-License-Identifier: MIT */
#include "cli/row_slices.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_MAX_BYTES = 1 << 24 };

/* Where a record is read: a quote opens a cell at its start alone, a second
 * one inside is a quote or the end. The delimiters that the daemon finds out.
 */
struct scan {
    bool quoted, at_start;
};

/* True: `byte` ends the record. */
static bool scan_byte(struct scan *scan, char byte, bool csv)
{
    if (!csv)
        return byte == '\n';
    if (byte == '"')
        scan->quoted = scan->quoted ? false : scan->at_start;
    /* Behind a quote that closed, one more opens again: "a""b". */
    scan->at_start =
        byte == '"' ? !scan->quoted : strchr(",;|\t\n", byte) != NULL;
    return byte == '\n' && !scan->quoted;
}

size_t row_slices_first(const char *text, size_t length)
{
    struct scan scan = {.at_start = true};
    for (size_t i = 0; i < length; i++)
        if (scan_byte(&scan, text[i], true))
            return i + 1;
    return length;
}

/* Append one record with its line end. False: there is none. */
static bool read_record(struct row_slices *slices, mlp_buffer *out)
{
    struct scan scan = {.at_start = true};
    size_t before = out->length;
    char part[4096];
    size_t n = 0;
    bool ended = false;
    int byte = EOF;
    while (!ended && out->length - before < ROW_MAX_BYTES &&
           (byte = getc_unlocked(slices->in)) != EOF) {
        part[n++] = (char)byte;
        ended = scan_byte(&scan, (char)byte, slices->has_heading);
        if (ended || n == sizeof part) {
            mlp_buffer_append(out, part, n);
            n = 0;
        }
    }
    if (n > 0) /* the last line has no end of its own */
        mlp_buffer_append(out, part, n);
    if (byte == EOF && out->length > before)
        mlp_buffer_append(out, "\n", 1);
    slices->ended = byte == EOF;
    return out->length > before;
}

mlp_status row_slices_init(struct row_slices *slices,
                           FILE *in,
                           bool has_heading,
                           size_t max_rows,
                           size_t max_bytes,
                           mlp_error *err)
{
    *slices = (struct row_slices){.in = in,
                                  .has_heading = has_heading,
                                  .max_rows = max_rows,
                                  .max_bytes = max_bytes};
    mlp_buffer_init(&slices->heading, 2 * (size_t)ROW_MAX_BYTES);
    mlp_buffer_init(&slices->rows, max_bytes + 2 * (size_t)ROW_MAX_BYTES);
    slices->starts = calloc(max_rows + 1, sizeof *slices->starts);
    if (slices->starts == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    if (has_heading)
        (void)read_record(slices, &slices->heading);
    return MLP_OK;
}

void row_slices_free(struct row_slices *slices)
{
    mlp_buffer_free(&slices->heading);
    mlp_buffer_free(&slices->rows);
    free(slices->starts);
}

/* No row: but under a heading of one column a missing cell. */
static bool is_blank(const struct row_slices *slices, const char *row)
{
    if (row[0] != '\n' && !(row[0] == '\r' && row[1] == '\n'))
        return false;
    return !slices->has_heading || slices->heading.length == 0 ||
           strpbrk(slices->heading.data, ",;|\t") != NULL;
}

mlp_status row_slices_next(struct row_slices *slices, mlp_error *err)
{
    mlp_buffer *rows = &slices->rows;
    slices->n_before += slices->n_rows;
    slices->n_rows = 0;
    mlp_buffer_clear(rows);
    while (!slices->ended && slices->n_rows < slices->max_rows &&
           rows->length < slices->max_bytes && rows->status == MLP_OK) {
        size_t start = rows->length;
        if (!read_record(slices, rows))
            break;
        if (rows->length - start >= ROW_MAX_BYTES) {
            uint64_t row = slices->n_before + slices->n_rows + 1;
            return mlp_fail(err, MLP_INVALID,
                            "row %" PRIu64 " is longer than 16 MiB: a cell "
                            "that begins with a quote is not closed?",
                            row);
        }
        if (is_blank(slices, rows->data + start))
            rows->length = start;
        else
            slices->starts[slices->n_rows++] = start;
    }
    slices->starts[slices->n_rows] = rows->length;
    if (ferror(slices->in) != 0)
        return mlp_fail(err, MLP_INVALID, "the rows cannot be read: %s",
                        strerror(errno));
    if (rows->status == MLP_OK)
        return MLP_OK;
    return mlp_fail(err, rows->status, "the rows do not fit in memory");
}

void row_slices_part(const struct row_slices *slices,
                     size_t from,
                     size_t to,
                     mlp_buffer *out)
{
    size_t start = slices->starts[from];
    if (slices->heading.length > 0)
        mlp_buffer_append(out, slices->heading.data, slices->heading.length);
    if (to > from)
        mlp_buffer_append(out, slices->rows.data + start,
                          slices->starts[to] - start);
}
