/* SPDX-License-Identifier: MIT
 *
 * The values of one input, a list as TensorFlow Serving's clients write it:
 * [1, 2] or [[1, 2], [3, 4]] of numbers, whose rows may hold lists (v1_nest.h);
 * ["a", "b"] or [["a"], ["b"]] of texts, {"b64": …} and booleans. null and NaN
 * are missing. What the first value is, all are. */
#ifndef MLPD_V1_TENSOR_H
#define MLPD_V1_TENSOR_H

#include "handlers/v1_bytes.h"
#include "handlers/v1_nest.h"
#include "http/json_matrix.h"
#include "mlp/records.h"

struct v1_limits {
    size_t max_cells;
    size_t max_text_bytes;
};

struct v1_tensor {
    struct json_part part; /* push, push_floats; its names are the caller's */
    const char *column;    /* of the table that texts become */
    struct v1_limits limits;
    enum {
        TENSOR_OUTSIDE,
        TENSOR_FIRST,     /* behind the bracket: what will it be? */
        TENSOR_FIRST_ROW, /* behind the second one */
        TENSOR_NUMBERS,
        TENSOR_TEXTS,
        TENSOR_DONE,
    } state;
    bool is_flat; /* a value a row */
    bool in_row;  /* of texts */
    size_t n_in_row;
    size_t n_nulls;      /* came before anything else, in a flat one */
    struct v1_nest nest; /* of numbers in rows */
    struct json_matrix matrix;
    mlp_read_options options;
    mlp_buffer key;        /* the column, spelled */
    mlp_records *records;  /* of texts, until the end … */
    mlp_table *table;      /* … then this */
    struct v1_bytes bytes; /* one that is open */
};

/* pointer, name and column must outlive it.  Owner: the caller's storage; free
 * in any case. It must not be moved. */
void v1_tensor_init(struct v1_tensor *tensor,
                    const char *pointer,
                    const char *name,
                    const char *column,
                    const struct v1_limits *limits);
void v1_tensor_free(struct v1_tensor *tensor);

/* Memory that it has taken. */
size_t v1_tensor_held(const struct v1_tensor *tensor);
/* Rows so far. */
size_t v1_tensor_n_rows(const struct v1_tensor *tensor);

#endif
