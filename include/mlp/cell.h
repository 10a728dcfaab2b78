/* SPDX-License-Identifier: MIT
 *
 * One cell of a table, as a reader hands it over and as it is remembered. */
#ifndef MLP_CELL_H
#define MLP_CELL_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/number.h"

typedef enum mlp_cell_kind {
    MLP_CELL_MISSING,
    MLP_CELL_NUMBER,
    MLP_CELL_TEXT,
    MLP_CELL_BOOLEAN,
} mlp_cell_kind;

/* One cell as a reader hands it over; text is UTF-8, unescaped. */
typedef struct mlp_cell {
    mlp_cell_kind kind;
    const char *text; /* MLP_CELL_TEXT */
    size_t length;
    mlp_decimal decimal; /* MLP_CELL_NUMBER */
    bool boolean;        /* MLP_CELL_BOOLEAN */
} mlp_cell;

/* One distinct value of a column of levels, or one class of a model. A number
 * is legal JSON in one spelling ("+1.50" is 1.5): that of its nearest float,
 * but a whole number that no float is has all its digits, as first seen. */
typedef struct mlp_label {
    mlp_cell_kind kind; /* never MLP_CELL_MISSING */
    const char *text;   /* NUL-terminated; "true" or "false" for a boolean */
    size_t length;
    double number; /* MLP_CELL_NUMBER */
} mlp_label;

#endif
