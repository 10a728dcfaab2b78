/* SPDX-License-Identifier: MIT
 *
 * A table's canonical bytes, read back. Nothing in the file is believed: sizes
 * are held against the file's length before memory is asked for, and each cell
 * against its column. */
#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/source.h"
#include "data/table_file.h"
#include "data/table_inner.h"

static uint32_t get_u32(const uint8_t *bytes)
{
    uint32_t little;
    memcpy(&little, bytes, sizeof little);
    return le32toh(little);
}

static uint64_t get_u64(const uint8_t *bytes)
{
    uint64_t little;
    memcpy(&little, bytes, sizeof little);
    return le64toh(little);
}

/* --- columns -------------------------------------------------------------- */

struct column_head {
    uint8_t type, kind, flags, zero;
    uint32_t n_levels, name_bytes;
};

/* What a type of column may say of itself. */
static const struct {
    mlp_column_type type;
    mlp_cell_kind kind;
    uint8_t flags;       /* those that may be set */
    uint8_t must;        /* those that have to be */
    uint32_t max_levels; /* and at least 1 unless that is 0 */
} forms[] = {
    {MLP_COLUMN_EMPTY, MLP_CELL_MISSING, TABLE_FILE_LABEL, 0, 0},
    {MLP_COLUMN_NUMERIC, MLP_CELL_NUMBER, TABLE_FILE_BYTES, 0, 0},
    {MLP_COLUMN_LEVELS, MLP_CELL_NUMBER, TABLE_FILE_LABEL, TABLE_FILE_LABEL,
     LEVELS_MAX},
    {MLP_COLUMN_LEVELS, MLP_CELL_TEXT, TABLE_FILE_LABEL, 0, LEVELS_MAX},
    {MLP_COLUMN_LEVELS, MLP_CELL_BOOLEAN, TABLE_FILE_LABEL, 0, 2},
};
enum { N_FORMS = sizeof forms / sizeof forms[0] };

static bool is_legal(const struct column_head *head)
{
    for (size_t k = 0; k < N_FORMS; k++)
        if (head->type == forms[k].type && head->kind == forms[k].kind)
            return head->zero == 0 && (head->flags & ~forms[k].flags) == 0 &&
                   (head->flags & forms[k].must) == forms[k].must &&
                   head->n_levels <= forms[k].max_levels &&
                   (head->n_levels > 0) == (forms[k].max_levels > 0);
    return false;
}

/* Read n bytes into `scratch`, whose content they become. */
static mlp_status read_text(struct source *source,
                            uint32_t n,
                            mlp_buffer *scratch,
                            mlp_error *err)
{
    mlp_status status = source_expect(source, n, "a text", err);
    if (status != MLP_OK)
        return status;
    mlp_buffer_clear(scratch);
    char *room = mlp_buffer_reserve(scratch, n);
    if (!room)
        return mlp_fail(err, scratch->status, "out of memory");
    scratch->length = n;
    return source_read(source, room, n, err);
}

static bool cell_of(mlp_cell_kind kind, const mlp_buffer *text, mlp_cell *out)
{
    static const char *const booleans[] = {"false", "true"};
    *out = (mlp_cell){.kind = kind, .text = text->data, .length = text->length};
    if (kind == MLP_CELL_NUMBER)
        return text->length > 0 &&
               mlp_decimal_scan(text->data, text->length, &out->decimal) ==
                   text->length;
    if (kind != MLP_CELL_BOOLEAN)
        return true;
    for (int value = 0; value < 2; value++) {
        size_t length = strlen(booleans[value]);
        out->boolean = value;
        if (text->length == length &&
            memcmp(text->data, booleans[value], length) == 0)
            return true;
    }
    return false;
}

/* Has the last level this text, as it has in a table that was written? */
static bool is_written_so(const struct levels *levels, const mlp_buffer *text)
{
    const mlp_label *last = &levels->labels[levels->n - 1];
    return last->length == text->length &&
           (text->length == 0 ||
            memcmp(last->text, text->data, text->length) == 0);
}

static mlp_status read_levels(struct source *source,
                              struct table_column *column,
                              const struct column_head *head,
                              mlp_buffer *scratch,
                              mlp_error *err)
{
    for (uint32_t i = 0; i < head->n_levels; i++) {
        uint8_t bytes[4];
        mlp_status status = source_read(source, bytes, sizeof bytes, err);
        if (status == MLP_OK)
            status = read_text(source, get_u32(bytes), scratch, err);
        if (status != MLP_OK)
            return status;
        mlp_cell cell;
        float level = NAN;
        if (!cell_of(head->kind, scratch, &cell))
            return mlp_fail(err, MLP_FORMAT,
                            "column '%s', level %u: not of its kind",
                            column->face.name, i);
        status = table_encode(column, i, &cell, &level, err);
        if (status != MLP_OK)
            return source_refuse(status, err);
        if (level != (float)i)
            return mlp_fail(err, MLP_FORMAT,
                            "column '%s', level %u: is there twice",
                            column->face.name, i);
        if (!is_written_so(column->levels, scratch))
            return mlp_fail(err, MLP_FORMAT,
                            "column '%s', level %u: not spelled as it should "
                            "be",
                            column->face.name, i);
    }
    return MLP_OK;
}

static mlp_status read_column(struct source *source,
                              mlp_table *table,
                              mlp_buffer *scratch,
                              mlp_error *err)
{
    uint8_t bytes[TABLE_FILE_COLUMN_BYTES];
    mlp_status status = source_read(source, bytes, sizeof bytes, err);
    if (status != MLP_OK)
        return status;
    struct column_head head = {bytes[0],           bytes[1],
                               bytes[2],           bytes[3],
                               get_u32(bytes + 4), get_u32(bytes + 8)};
    if (!is_legal(&head) || head.n_levels > table->n_rows)
        return mlp_fail(err, MLP_FORMAT,
                        "column %zu: its type contradicts itself",
                        table->n_columns + 1);
    status = read_text(source, head.name_bytes, scratch, err);
    if (status == MLP_OK)
        status = table_push_column(table, scratch->data, scratch->length,
                                   head.flags & TABLE_FILE_LABEL, err);
    if (status != MLP_OK)
        return source_refuse(status, err);
    struct table_column *column = &table->columns[table->n_columns - 1];
    column->kind = head.kind;
    column->face.type = head.type;
    column->face.bytes = head.flags & TABLE_FILE_BYTES;
    return read_levels(source, column, &head, scratch, err);
}

static mlp_status read_columns(struct source *source,
                               uint32_t n,
                               mlp_table *table,
                               mlp_error *err)
{
    mlp_status status = source_expect(
        source, (uint64_t)n * TABLE_FILE_COLUMN_BYTES, "the columns", err);
    mlp_buffer scratch;
    mlp_buffer_init(&scratch, SIZE_MAX - 1);
    for (uint32_t i = 0; i < n && status == MLP_OK; i++)
        status = read_column(source, table, &scratch, err);
    mlp_buffer_free(&scratch);
    return status;
}

/* --- cells ---------------------------------------------------------------- */

/* What column j's cells say so far. */
struct tally {
    size_t n_missing;
    uint32_t n_levels; /* that have appeared, in order */
};

static bool is_level(float value, uint32_t n_levels)
{
    if (!(value >= 0 && value < (float)n_levels))
        return false;
    return value == floorf(value) && !signbit(value);
}

/* One cell, given as its bits: legal in `column`? */
static bool
count_cell(const mlp_column *column, uint32_t bits, struct tally *tally)
{
    if (bits == TABLE_FILE_MISSING) {
        tally->n_missing++;
        return true;
    }
    float value;
    memcpy(&value, &bits, sizeof value);
    if (column->type == MLP_COLUMN_NUMERIC)
        return isfinite(value);
    if (column->type == MLP_COLUMN_EMPTY ||
        !is_level(value, (uint32_t)column->n_levels))
        return false;
    if ((uint32_t)value == tally->n_levels)
        tally->n_levels++;
    return (uint32_t)value < tally->n_levels;
}

static mlp_status check_section(const mlp_table *table,
                                const struct table_block *block,
                                struct tally *tallies,
                                mlp_error *err)
{
    for (size_t i = 0; i < table->n_rows && !block->bytes; i++) {
        float *row = table_cells(block, i, block->first);
        for (size_t j = 0; j < block->n_columns; j++) {
            size_t c = block->first + j;
            uint32_t bits;
            memcpy(&bits, &row[j], sizeof bits);
            bits = le32toh(bits);
            if (!count_cell(&table->columns[c].face, bits, &tallies[c]))
                return mlp_fail(err, MLP_FORMAT,
                                "column %zu, row %zu: a cell that cannot be",
                                c + 1, i + 1);
            memcpy(&row[j], &bits, sizeof bits);
        }
    }
    return MLP_OK;
}

/* Do the cells bear out what the header says of the columns? */
static mlp_status
settle(mlp_table *table, const struct tally *tallies, mlp_error *err)
{
    for (size_t c = 0; c < table->n_columns; c++) {
        mlp_column *face = &table->columns[c].face;
        face->n_missing = tallies[c].n_missing;
        bool empty = face->n_missing == table->n_rows;
        if (empty != (face->type == MLP_COLUMN_EMPTY) ||
            tallies[c].n_levels != face->n_levels)
            return mlp_fail(err, MLP_FORMAT,
                            "column %zu: its cells do not bear out its type",
                            c + 1);
    }
    return MLP_OK;
}

static mlp_status read_section(struct source *source,
                               mlp_table *table,
                               size_t first,
                               size_t n_columns,
                               mlp_error *err)
{
    bool bytes = table->columns[first].face.bytes;
    size_t size = bytes ? sizeof(uint8_t) : sizeof(float);
    size_t n = table->n_rows * n_columns; /* fits: the file has them all */
    void *cells = alloc_array(n, size);
    if (!cells)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    mlp_status status = source_read(source, cells, n * size, err);
    if (status == MLP_OK)
        status = table_push_block(table, cells, bytes, first, n_columns, err);
    if (status != MLP_OK)
        free(cells);
    return status;
}

static mlp_status read_sections(struct source *source,
                                mlp_table *table,
                                struct tally *tallies,
                                mlp_error *err)
{
    mlp_status status = MLP_OK;
    const struct table_column *columns = table->columns;
    for (size_t c = 0, end; c < table->n_columns && status == MLP_OK; c = end) {
        for (end = c + 1; end < table->n_columns; end++)
            if (columns[end].face.bytes != columns[c].face.bytes)
                break;
        status = read_section(source, table, c, end - c, err);
        if (status == MLP_OK)
            status = check_section(table, &table->blocks[table->n_blocks - 1],
                                   tallies, err);
    }
    return status;
}

/* The rest of the file is exactly the cells. */
static mlp_status expect_cells(const struct source *source,
                               const mlp_table *table,
                               mlp_error *err)
{
    uint64_t row_bytes = 0;
    for (size_t c = 0; c < table->n_columns; c++)
        row_bytes += table->columns[c].face.bytes ? 1 : sizeof(float);
    uint64_t bytes = row_bytes * table->n_rows; /* both below 2^32 */
    mlp_status status = source_expect(source, bytes, "the cells", err);
    if (status == MLP_OK && bytes != source_left(source))
        return mlp_fail(err, MLP_FORMAT, "there is more behind the cells");
    return status;
}

static mlp_status
read_cells(struct source *source, mlp_table *table, mlp_error *err)
{
    mlp_status status = expect_cells(source, table, err);
    if (status != MLP_OK)
        return status;
    struct tally *tallies = alloc_array(table->n_columns, sizeof *tallies);
    if (!tallies)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    status = read_sections(source, table, tallies, err);
    if (status == MLP_OK)
        status = settle(table, tallies, err);
    free(tallies);
    return status;
}

/* --- the file ------------------------------------------------------------- */

static mlp_status read_head(struct source *source,
                            mlp_table *table,
                            uint32_t *n_columns,
                            mlp_error *err)
{
    uint8_t head[TABLE_FILE_HEADER_BYTES];
    mlp_status status = source_read(source, head, sizeof head, err);
    if (status != MLP_OK)
        return status;
    if (memcmp(head, TABLE_FILE_MAGIC, TABLE_FILE_MAGIC_BYTES) != 0)
        return mlp_fail(err, MLP_FORMAT, "not a table file");
    if (get_u32(head + 8) != TABLE_FILE_VERSION)
        return mlp_fail(err, MLP_FORMAT,
                        "version %u of the format, expected %d",
                        get_u32(head + 8), TABLE_FILE_VERSION);
    *n_columns = get_u32(head + 12);
    uint64_t n_rows = get_u64(head + 16);
    if (*n_columns > TABLE_MAX_COLUMNS || n_rows > TABLE_MAX_ROWS ||
        (*n_columns == 0 && n_rows > 0))
        return mlp_fail(err, MLP_FORMAT, "no table has such a shape");
    if (*n_columns * n_rows > table->max_cells)
        return mlp_fail(err, MLP_LIMIT, "more than %zu cells",
                        table->max_cells);
    table->n_rows = n_rows;
    return MLP_OK;
}

mlp_status
mlp_table_read(FILE *file, size_t max_cells, mlp_table **out, mlp_error *err)
{
    *out = NULL;
    struct source source;
    mlp_table *table;
    mlp_status status = source_open(&source, file, err);
    if (status == MLP_OK)
        status = mlp_table_create(max_cells, &table, err);
    if (status != MLP_OK)
        return status;
    uint32_t n_columns = 0;
    status = read_head(&source, table, &n_columns, err);
    if (status == MLP_OK)
        status = read_columns(&source, n_columns, table, err);
    if (status == MLP_OK)
        status = read_cells(&source, table, err);
    if (status != MLP_OK) {
        mlp_table_destroy(table);
        return status;
    }
    *out = table;
    return MLP_OK;
}
