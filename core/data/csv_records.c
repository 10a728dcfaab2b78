/* SPDX-License-Identifier: MIT
 *
 * A record is scanned where it lies in the buffer. When the buffer ends before
 * the record does, more is read and the record is scanned from its start. */
#include "data/csv_records.h"

#include <stdlib.h>
#include <string.h>

#include "data/table_inner.h"

/* Large enough that few records are scanned twice. */
enum { BUFFER_MIN = 256 << 10 };

/* --- the buffer ----------------------------------------------------------- */

static mlp_status grow_buffer(struct csv_records *records, mlp_error *err)
{
    if (records->capacity >= CSV_RECORD_MAX)
        return mlp_fail(err, MLP_LIMIT,
                        "line %zu: a row of more than %d MB (is a quote not "
                        "closed?)",
                        records->line, CSV_RECORD_MAX >> 20);
    size_t capacity = records->capacity ? records->capacity * 2 : BUFFER_MIN;
    char *buffer = realloc(records->buffer, capacity + 1);
    if (!buffer)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    records->buffer = buffer;
    records->capacity = capacity;
    return MLP_OK;
}

/* Read more behind what is there. The byte at `end` always ends a cell. */
static mlp_status fill(struct csv_records *records, mlp_error *err)
{
    size_t kept = records->end - records->begin;
    if (records->begin > 0)
        memmove(records->buffer, records->buffer + records->begin, kept);
    records->begin = 0;
    if (kept == records->capacity) {
        mlp_status status = grow_buffer(records, err);
        if (status != MLP_OK)
            return status;
    }
    size_t n = fread(records->buffer + kept, 1, records->capacity - kept,
                     records->file);
    records->end = kept + n;
    records->buffer[records->end] = '\n';
    if (ferror(records->file))
        return mlp_fail(err, MLP_IO, "line %zu: cannot be read", records->line);
    records->at_end = n == 0;
    return MLP_OK;
}

/* --- one record ----------------------------------------------------------- */

/* What scanning a piece came to. A refusal has filled the error. */
typedef enum scan { SCAN_DONE, SCAN_MORE, SCAN_REFUSED, SCAN_NOMEM } scan;

/* Where a scan is: at `p`; `lines` line ends of the record are behind. */
struct cursor {
    const char *p;
    const char *end;
    size_t lines;
};

static scan refuse(const struct csv_records *records,
                   const struct cursor *cursor,
                   const char *what,
                   mlp_error *err)
{
    (void)!mlp_fail(err, MLP_FORMAT, "line %zu: %s",
                    records->line + cursor->lines, what);
    return SCAN_REFUSED;
}

static scan scan_plain(const struct csv_records *records,
                       struct cursor *cursor,
                       struct csv_cell *cell)
{
    const char *p = cursor->p;
    while (!records->stops[(uint8_t)*p])
        p++;
    *cell = (struct csv_cell){.text = cursor->p,
                              .length = (uint32_t)(p - cursor->p)};
    cursor->p = p;
    return p == cursor->end && !records->at_end ? SCAN_MORE : SCAN_DONE;
}

/* From an opening quote to behind the closing one. */
static scan scan_quoted(const struct csv_records *records,
                        struct cursor *cursor,
                        struct csv_cell *cell,
                        mlp_error *err)
{
    struct cursor open = *cursor;
    const char *start = ++cursor->p;
    bool doubled = false;
    for (;; cursor->p++) {
        if (cursor->p == cursor->end) {
            if (!records->at_end)
                return SCAN_MORE;
            return refuse(records, &open, "the quote is not closed", err);
        }
        cursor->lines += *cursor->p == '\n';
        if (*cursor->p != '"')
            continue;
        bool last = cursor->p + 1 == cursor->end;
        if (last && !records->at_end)
            return SCAN_MORE;
        if (last || cursor->p[1] != '"')
            break;
        doubled = true;
        cursor->p++;
    }
    *cell = (struct csv_cell){.text = start,
                              .length = (uint32_t)(cursor->p - start),
                              .quoted = true,
                              .doubled = doubled};
    cursor->p++;
    return SCAN_DONE;
}

/* Behind a cell: *more when another one follows, else behind the line end. */
static scan scan_end(const struct csv_records *records,
                     struct cursor *cursor,
                     bool quoted,
                     bool *more,
                     mlp_error *err)
{
    *more = false;
    if (cursor->p == cursor->end)
        return records->at_end ? SCAN_DONE : SCAN_MORE;
    char c = *cursor->p++;
    *more = c == records->delimiter;
    if (*more)
        return SCAN_DONE;
    if (c == '\r') {
        if (cursor->p == cursor->end && !records->at_end)
            return SCAN_MORE;
        if (cursor->p == cursor->end || *cursor->p++ != '\n')
            return refuse(records, cursor,
                          "a carriage return that no line feed follows", err);
        c = '\n';
    }
    if (c != '\n')
        return refuse(records, cursor,
                      quoted ? "expected a delimiter or the line's end behind "
                               "the closing quote"
                             : "a quote inside a cell that does not begin "
                               "with one",
                      err);
    cursor->lines++;
    return SCAN_DONE;
}

static bool reserve_cell(struct csv_records *records)
{
    if (records->n_cells < records->cells_capacity)
        return true;
    size_t capacity = records->cells_capacity * 2 + 64;
    struct csv_cell *cells =
        reallocarray(records->cells, capacity, sizeof *cells);
    if (!cells)
        return false;
    records->cells = cells;
    records->cells_capacity = capacity;
    return true;
}

static scan
scan_record(struct csv_records *records, struct cursor *cursor, mlp_error *err)
{
    records->n_cells = 0;
    bool more = true;
    while (more) {
        if (records->n_cells == TABLE_MAX_COLUMNS)
            return refuse(records, cursor, "more than 2^20 cells", err);
        if (!reserve_cell(records))
            return SCAN_NOMEM;
        struct csv_cell *cell = &records->cells[records->n_cells];
        bool quoted = cursor->p < cursor->end && *cursor->p == '"';
        scan result = quoted ? scan_quoted(records, cursor, cell, err)
                             : scan_plain(records, cursor, cell);
        if (result == SCAN_DONE)
            result = scan_end(records, cursor, quoted, &more, err);
        if (result != SCAN_DONE)
            return result;
        records->n_cells++;
    }
    return SCAN_DONE;
}

/* Scan the record at `begin`, reading on as needed. */
static mlp_status
scan_here(struct csv_records *records, struct cursor *cursor, mlp_error *err)
{
    for (;;) {
        *cursor = (struct cursor){.p = records->buffer + records->begin,
                                  .end = records->buffer + records->end};
        switch (scan_record(records, cursor, err)) {
        case SCAN_DONE:
            return MLP_OK;
        case SCAN_REFUSED:
            return MLP_FORMAT;
        case SCAN_NOMEM:
            return mlp_fail(err, MLP_NOMEM, "out of memory");
        case SCAN_MORE:
            break;
        }
        mlp_status status = fill(records, err);
        if (status != MLP_OK)
            return status;
    }
}

/* --- records -------------------------------------------------------------- */

static void set_delimiter(struct csv_records *records, char delimiter)
{
    records->delimiter = delimiter;
    memset(records->stops, 0, sizeof records->stops);
    records->stops[(uint8_t)delimiter] = true;
    records->stops['\n'] = records->stops['\r'] = records->stops['"'] = true;
}

static mlp_status find_delimiter(struct csv_records *records, mlp_error *err)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    char best = candidates[0];
    size_t most = 0;
    for (size_t i = 0; i < sizeof candidates; i++) {
        struct cursor cursor;
        set_delimiter(records, candidates[i]);
        mlp_status status = scan_here(records, &cursor, err);
        if (status != MLP_OK && status != MLP_FORMAT)
            return status;
        if (status == MLP_OK && records->n_cells > most) {
            most = records->n_cells;
            best = candidates[i];
        }
    }
    set_delimiter(records, best);
    return MLP_OK;
}

mlp_status csv_records_rewind(struct csv_records *records, mlp_error *err)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'};
    records->begin = records->end = 0;
    records->at_end = false;
    records->line = records->next_line = 1;
    if (fseeko(records->file, 0, SEEK_SET) != 0)
        return mlp_fail(err, MLP_IO, "the file cannot be read from its start");
    while (records->end < sizeof mark && !records->at_end) {
        mlp_status status = fill(records, err);
        if (status != MLP_OK)
            return status;
    }
    if (records->end >= sizeof mark &&
        memcmp(records->buffer, mark, sizeof mark) == 0)
        records->begin = sizeof mark;
    return MLP_OK;
}

mlp_status csv_records_init(struct csv_records *records,
                            FILE *file,
                            char delimiter,
                            mlp_error *err)
{
    *records = (struct csv_records){.file = file, .line = 1};
    mlp_status status = grow_buffer(records, err);
    if (status == MLP_OK)
        status = csv_records_rewind(records, err);
    if (status != MLP_OK)
        return status;
    if (delimiter == 0)
        return find_delimiter(records, err);
    set_delimiter(records, delimiter);
    return MLP_OK;
}

void csv_records_free(struct csv_records *records)
{
    free(records->buffer);
    free(records->cells);
    *records = (struct csv_records){0};
}

/* Make one quote of two, in place. */
static void undouble(struct csv_cell *cell, char *text)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < cell->length; i++) {
        text[n++] = text[i];
        i += text[i] == '"';
    }
    cell->length = n;
}

static bool is_blank_line(const struct csv_records *records)
{
    return records->n_cells == 1 && records->cells[0].length == 0 &&
           !records->cells[0].quoted;
}

mlp_status
csv_records_next(struct csv_records *records, bool *found, mlp_error *err)
{
    size_t blank_line = 0;
    for (*found = false; !*found;) {
        struct cursor cursor;
        records->line = records->next_line;
        mlp_status status = scan_here(records, &cursor, err);
        if (status != MLP_OK)
            return status;
        bool ended = cursor.p == records->buffer + records->begin;
        records->begin = (size_t)(cursor.p - records->buffer);
        records->next_line += cursor.lines;
        if (ended)
            return MLP_OK;
        *found = !is_blank_line(records);
        if (!*found && blank_line == 0)
            blank_line = records->line;
    }
    if (blank_line > 0)
        return mlp_fail(err, MLP_FORMAT,
                        "line %zu: an empty line before the last row (a "
                        "missing cell of a single column is written \"\")",
                        blank_line);
    for (size_t i = 0; i < records->n_cells; i++) {
        struct csv_cell *cell = &records->cells[i];
        if (cell->doubled)
            undouble(cell, records->buffer + (cell->text - records->buffer));
    }
    return MLP_OK;
}
