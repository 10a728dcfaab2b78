/* SPDX-License-Identifier: MIT
 *
 * A tensor of an Open Inference Protocol request: what it is said to be, where
 * its elements are, and these as floats or as the cells of a table.
 *
 * Three ways to keep elements: floats, as JSON numbers were read; spellings, as
 * JSON wrote whole numbers, texts and booleans, each a length and bytes; or the
 * bytes of the binary extension, little-endian and packed. */
#ifndef MLPD_V2_TENSOR_H
#define MLPD_V2_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/problem.h"
#include "mlp/cell.h"

/*    name   bytes of an element; 0: each has its own length */
#define V2_DATATYPE_TABLE(X)                                                   \
    X(BOOL, 1)                                                                 \
    X(UINT8, 1)                                                                \
    X(UINT16, 2)                                                               \
    X(UINT32, 4)                                                               \
    X(UINT64, 8)                                                               \
    X(INT8, 1)                                                                 \
    X(INT16, 2)                                                                \
    X(INT32, 4)                                                                \
    X(INT64, 8)                                                                \
    X(FP16, 2)                                                                 \
    X(FP32, 4)                                                                 \
    X(FP64, 8)                                                                 \
    X(BYTES, 0)

#define X(name, size) V2_##name,
enum v2_datatype { V2_DATATYPE_TABLE(X) V2_N_DATATYPES };
#undef X

const char *v2_datatype_name(enum v2_datatype type);
size_t v2_datatype_size(enum v2_datatype type);
/* False: there is none of that name.  Threads: any. */
bool v2_datatype_parse(const char *name, enum v2_datatype *out);

enum { V2_RANK_MAX = 8 };

enum v2_storage { V2_FLOATS, V2_SPELLINGS, V2_BINARY };

/* In front of a spelling, and of a BYTES element: its length, uint32. */
enum { V2_LENGTH_BYTES = 4 };
#define V2_MISSING UINT32_MAX /* a spelling that is null */

struct v2_tensor {
    const char *name;
    char pointer[32]; /* "/inputs/0" */
    enum v2_datatype type;
    size_t rank, shape[V2_RANK_MAX];
    size_t n; /* elements, the product of shape */
    enum v2_storage storage;
    mlp_cell_kind kind;  /* V2_SPELLINGS: what they are; MISSING: all null */
    const float *floats; /* V2_FLOATS: [n]; NaN is missing */
    const char *bytes;   /* else */
    size_t length;
};

/* All elements as numbers; NaN is missing. A number that a float32 does not
 * hold becomes the nearest one. False with a problem that names the element:
 * infinite or beyond float32, a text, not what the datatype has.
 * out: [n].  Threads: any. */
bool v2_tensor_floats(const struct v2_tensor *tensor,
                      float *out,
                      struct problem *problem);
/* The tensor's own memory when it is that already, all finite or NaN; NULL
 * without a problem: ask v2_tensor_floats(). */
const float *v2_tensor_view(const struct v2_tensor *tensor,
                            struct problem *problem);

/* One element after the other, as cells of a table. */
struct v2_cursor {
    const struct v2_tensor *tensor;
    bool exact; /* numbers are codes: they keep what float32 would drop */
    size_t i;   /* of the next */
    size_t at;  /* in bytes */
    char text[MLP_DOUBLE_TEXT_MAX];
};

/* False with a problem, as above. A text is the tensor's, a decimal's spelling
 * the cursor's until the next call. */
bool v2_cursor_next(struct v2_cursor *cursor,
                    mlp_cell *out,
                    struct problem *problem);

/* Set a problem at <pointer>/data/<i> (binary: <pointer>), whose text begins
 * with "element i of input 'name' ". */
void v2_tensor_refuse(const struct v2_tensor *tensor,
                      size_t i,
                      struct problem *problem,
                      const char *format,
                      ...) MLP_PRINTF(4, 5);

#endif
