/* SPDX-License-Identifier: MIT
 *
 * The bytes of a table, version 1; everything is little-endian:
 *
 *     header   "mlptable", u32 version, u32 n_columns, u64 n_rows
 *     columns  each: u8 type, u8 kind of cells, u8 flags, u8 0,
 *              u32 n_levels, u32 bytes of the name, the name,
 *              then each level: u32 bytes, the spelling
 *     cells    sections of neighbouring columns of one width, as wide as
 *              possible, each row by row: u8, or float32 with missing as
 *              0x7fc00000; to the end of the file
 *
 * Content decides all of it: levels are numbered in order of first appearance,
 * a column of which each cell is missing is empty, and so on. The reader
 * refuses anything else. */
#ifndef MLP_DATA_TABLE_FILE_H
#define MLP_DATA_TABLE_FILE_H

#include <stdint.h>

#define TABLE_FILE_MAGIC   "mlptable"
#define TABLE_FILE_MISSING UINT32_C(0x7fc00000)

enum {
    TABLE_FILE_VERSION = 1,
    TABLE_FILE_MAGIC_BYTES = 8,
    TABLE_FILE_HEADER_BYTES = 24,
    TABLE_FILE_COLUMN_BYTES = 12,
    TABLE_FILE_LABEL = 1, /* flags */
    TABLE_FILE_BYTES = 2,
};

#endif
