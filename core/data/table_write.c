/* SPDX-License-Identifier: MIT
 *
 * A table's canonical bytes, written to a sink. */
#include <endian.h>
#include <string.h>

#include "data/table_file.h"
#include "data/table_inner.h"

/* Gathers small pieces; the first failure of the sink is kept. */
struct writer {
    mlp_sink sink;
    mlp_status status;
    mlp_error *err;
    size_t used;
    uint8_t buffer[16384];
};

static void flush(struct writer *writer)
{
    if (writer->status == MLP_OK && writer->used > 0)
        writer->status = writer->sink.write(
            writer->sink.context, writer->buffer, writer->used, writer->err);
    writer->used = 0;
}

/* Room for some of n elements of `size` bytes: how many. */
static size_t room_for(struct writer *writer, size_t n, size_t size)
{
    if (sizeof writer->buffer - writer->used < size)
        flush(writer);
    size_t fit = (sizeof writer->buffer - writer->used) / size;
    return n < fit ? n : fit;
}

static void put(struct writer *writer, const void *bytes, size_t n)
{
    const uint8_t *from = bytes;
    while (n > 0) {
        size_t some = room_for(writer, n, 1);
        memcpy(writer->buffer + writer->used, from, some);
        writer->used += some;
        from += some;
        n -= some;
    }
}

static void put_u32(struct writer *writer, size_t value)
{
    uint32_t little = htole32((uint32_t)value);
    put(writer, &little, sizeof little);
}

static void put_floats(struct writer *writer, const float *values, size_t n)
{
    while (n > 0) {
        size_t some = room_for(writer, n, sizeof *values);
        uint8_t *to = writer->buffer + writer->used;
        for (size_t i = 0; i < some; i++) {
            uint32_t bits;
            memcpy(&bits, &values[i], sizeof bits);
            if ((bits & 0x7fffffff) > 0x7f800000)
                bits = TABLE_FILE_MISSING;
            bits = htole32(bits);
            memcpy(to + i * sizeof bits, &bits, sizeof bits);
        }
        writer->used += some * sizeof *values;
        values += some;
        n -= some;
    }
}

static void put_column(struct writer *writer, const struct table_column *column)
{
    const mlp_column *face = &column->face;
    size_t length = strlen(face->name);
    uint8_t flags = (uint8_t)((face->label ? TABLE_FILE_LABEL : 0) |
                              (face->bytes ? TABLE_FILE_BYTES : 0));
    uint8_t head[4] = {(uint8_t)face->type, (uint8_t)column->kind, flags, 0};
    put(writer, head, sizeof head);
    put_u32(writer, face->n_levels);
    put_u32(writer, length);
    put(writer, face->name, length);
    for (size_t i = 0; i < face->n_levels; i++) {
        put_u32(writer, face->levels[i].length);
        put(writer, face->levels[i].text, face->levels[i].length);
    }
}

static void
put_row(struct writer *writer, const struct table_block *block, size_t row)
{
    const void *cells = table_cells(block, row, block->first);
    if (block->bytes)
        put(writer, cells, block->n_columns);
    else
        put_floats(writer, cells, block->n_columns);
}

mlp_status
mlp_table_write(const mlp_table *table, mlp_sink sink, mlp_error *err)
{
    struct writer writer = {.sink = sink, .err = err};
    uint64_t n_rows = htole64(table->n_rows);
    put(&writer, TABLE_FILE_MAGIC, TABLE_FILE_MAGIC_BYTES);
    put_u32(&writer, TABLE_FILE_VERSION);
    put_u32(&writer, table->n_columns);
    put(&writer, &n_rows, sizeof n_rows);
    for (size_t i = 0; i < table->n_columns; i++)
        put_column(&writer, &table->columns[i]);

    const struct table_block *blocks = table->blocks;
    for (size_t b = 0, end; b < table->n_blocks; b = end) {
        for (end = b + 1; end < table->n_blocks; end++)
            if (blocks[end].bytes != blocks[b].bytes)
                break;
        for (size_t row = 0; row < table->n_rows; row++)
            for (size_t k = b; k < end && writer.status == MLP_OK; k++)
                put_row(&writer, &blocks[k], row);
    }
    flush(&writer);
    return writer.status;
}
