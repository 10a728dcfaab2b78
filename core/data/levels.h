/* SPDX-License-Identifier: MIT
 *
 * A dictionary: distinct values, numbered in order of first appearance. It
 * holds values of one kind and does not check that; the table does. */
#ifndef MLP_DATA_LEVELS_H
#define MLP_DATA_LEVELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/table.h"

/* A float holds whole numbers exactly up to here. */
enum { LEVELS_MAX = 1 << 24 };

struct levels_slot {
    uint32_t hash;
    uint32_t number; /* of the level, from 1; 0: free */
};

/* Zero-initialised it is empty and ready. */
struct levels {
    mlp_label *labels; /* [n] */
    size_t n, capacity;
    struct levels_slot *slots; /* [n_slots], a power of two, open addressing */
    size_t n_slots;
    uint64_t secret; /* so that nobody can choose values that collide */
    size_t text_bytes;
};

void levels_free(struct levels *levels);

/* *out = the number of the cell's value, which is added when it is new. Two
 * numbers are one value when they are equal as decimals (1, 1.0 and 1e0; all
 * digits count), and the first spelling is kept, as legal JSON: without blanks,
 * a plus sign, or leading zeros. The cell is not missing.
 *
 * Errors:  MLP_LIMIT  more than LEVELS_MAX values; MLP_NOMEM */
MLP_NODISCARD
mlp_status levels_add(struct levels *levels, const mlp_cell *cell, size_t *out);

bool levels_find(const struct levels *levels,
                 const mlp_cell *cell,
                 size_t *out);

/* Put another text, which is not in the dictionary, in the place of text
 * `number`. Errors: MLP_NOMEM, nothing is changed then. */
MLP_NODISCARD
mlp_status
levels_replace(struct levels *levels, size_t number, const mlp_cell *cell);

/* Bytes of memory held. */
size_t levels_bytes(const struct levels *levels);

#endif
