/* SPDX-License-Identifier: MIT
 *
 * The types of an array's elements, as bytes in little-endian order. */
#ifndef MLP_DATA_ARRAY_TYPE_H
#define MLP_DATA_ARRAY_TYPE_H

#include <stddef.h>
#include <stdint.h>

#include "mlp/table.h"

enum { ELEMENT_TEXT_MAX = 40 };

struct array_type {
    char kind;
    uint8_t size;
    /* n elements as floats, rounded to nearest; infinite beyond its range. */
    void (*to_float)(const uint8_t *bytes, size_t n, float *out);
    /* One element as a cell, spelled in `text` where it is a number. */
    mlp_cell (*to_cell)(const uint8_t *bytes, char text[ELEMENT_TEXT_MAX]);
};

/* By kind ('b' bool, 'u', 'i', 'f') and bytes an element; NULL: there is none
 * of that name. */
const struct array_type *array_type_find(char kind, size_t size);

#endif
