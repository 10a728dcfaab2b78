/* SPDX-License-Identifier: MIT
 *
 * NDJSON into a table: one object a line. The text goes through a buffer of
 * fixed size; what is kept of it is the table. */
#include <stdlib.h>
#include <string.h>

#include "data/csv_records.h"
#include "data/readers.h"
#include "data/source.h"
#include "data/table_inner.h"
#include "mlp/records.h"

enum { BUFFER_BYTES = 256 << 10, MAX_DEPTH = 4 };

struct ndjson {
    mlp_records *records;
    mlp_json_reader *reader;
    size_t line;
    bool blank; /* nothing but white space in it so far */
};

static mlp_status
on_token(void *context, const mlp_json_token *token, mlp_error *err)
{
    struct ndjson *ndjson = context;
    return mlp_records_push(ndjson->records, token, err);
}

static mlp_status
at_line(const struct ndjson *ndjson, mlp_status status, mlp_error *err)
{
    if (status == MLP_INVALID)
        status = MLP_FORMAT;
    if (status == MLP_OK || !err)
        return status;
    return mlp_fail(err, status, "line %zu: %s", ndjson->line, err->text);
}

/* --- lines ---------------------------------------------------------------- */

static bool is_blank(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r'))
        i++;
    return i == n;
}

static mlp_status
push_text(struct ndjson *ndjson, const char *text, size_t n, mlp_error *err)
{
    if (ndjson->blank && is_blank(text, n))
        return MLP_OK;
    ndjson->blank = false;
    return at_line(ndjson, mlp_json_reader_feed(ndjson->reader, text, n, err),
                   err);
}

static mlp_status end_line(struct ndjson *ndjson, mlp_error *err)
{
    mlp_status status = MLP_OK;
    if (!ndjson->blank)
        status =
            at_line(ndjson, mlp_json_reader_finish(ndjson->reader, err), err);
    mlp_json_reader_reset(ndjson->reader);
    ndjson->blank = true;
    ndjson->line++;
    return status;
}

static mlp_status
push_bytes(struct ndjson *ndjson, const char *p, size_t n, mlp_error *err)
{
    const char *end = p + n;
    mlp_status status = MLP_OK;
    while (p < end && status == MLP_OK) {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));
        const char *stop = line_end ? line_end : end;
        status = push_text(ndjson, p, (size_t)(stop - p), err);
        if (line_end && status == MLP_OK)
            status = end_line(ndjson, err);
        p = stop + 1;
    }
    return status;
}

static mlp_status push_file(struct ndjson *ndjson, FILE *file, mlp_error *err)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'};
    char *buffer = malloc(BUFFER_BYTES);
    mlp_status status =
        buffer ? MLP_OK : mlp_fail(err, MLP_NOMEM, "out of memory");
    size_t n = 1;
    for (bool first = true; status == MLP_OK && n > 0; first = false) {
        n = fread(buffer, 1, BUFFER_BYTES, file);
        size_t skip =
            first && n >= sizeof mark && memcmp(buffer, mark, sizeof mark) == 0
                ? sizeof mark
                : 0;
        status = push_bytes(ndjson, buffer + skip, n - skip, err);
    }
    free(buffer);
    if (status == MLP_OK && ferror(file))
        return mlp_fail(err, MLP_IO, "line %zu: cannot be read", ndjson->line);
    return status == MLP_OK ? end_line(ndjson, err) : status;
}

/* --- the table ------------------------------------------------------------ */

/* Labels were known from the start. */
static void forget_spellings(mlp_table *table)
{
    for (size_t j = 0; j < table->n_columns; j++) {
        spellings_destroy(table->columns[j].spellings);
        table->columns[j].spellings = NULL;
    }
}

static mlp_status read_all(struct ndjson *ndjson,
                           FILE *file,
                           const mlp_read_options *options,
                           mlp_table **out,
                           mlp_error *err)
{
    struct source source;
    mlp_status status = source_open(&source, file, err);
    if (status == MLP_OK)
        status =
            mlp_records_create(options, CSV_RECORD_MAX, &ndjson->records, err);
    if (status == MLP_OK)
        status = mlp_json_reader_create(on_token, ndjson, MAX_DEPTH,
                                        CSV_RECORD_MAX, &ndjson->reader, err);
    if (status == MLP_OK)
        status = push_file(ndjson, file, err);
    if (status != MLP_OK)
        return status;
    if (mlp_records_n_rows(ndjson->records) == 0)
        return mlp_fail(err, MLP_FORMAT,
                        "line 1: expected an object, got no text");
    return source_refuse(mlp_records_finish(ndjson->records, out, err), err);
}

mlp_status ndjson_read(FILE *file,
                       const mlp_read_options *options,
                       mlp_table **out,
                       mlp_error *err)
{
    struct ndjson ndjson = {.line = 1, .blank = true};
    *out = NULL;
    mlp_status status = read_all(&ndjson, file, options, out, err);
    if (*out)
        forget_spellings(*out);
    mlp_json_reader_destroy(ndjson.reader);
    mlp_records_destroy(ndjson.records);
    return status;
}
