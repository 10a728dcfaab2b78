/* SPDX-License-Identifier: MIT
 *
 * The parts of a body that are read token by token into something better than
 * a tree. Each takes the tokens of one list, its outer brackets included. */
#ifndef MLPD_JSON_MATRIX_H
#define MLPD_JSON_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

#include "http/problem.h"
#include "mlp/json.h"

/* The first member of each kind of part. */
struct json_part {
    /* False with a problem. */
    bool (*push)(struct json_part *part,
                 const mlp_json_token *token,
                 struct problem *problem);
    /* Take numbers in its lists so, if it is not NULL. False with a problem. */
    bool (*push_floats)(struct json_part *part,
                        const float *values,
                        size_t n,
                        struct problem *problem);
    const char *pointer; /* where it is: "/data/inputs" */
    const char *name;    /* how a text calls it: "inputs" */
};

/* Set a problem at <pointer>/<row>; its text is "<name>[<row>]<format>". */
void json_part_fail(const struct json_part *part,
                    struct problem *problem,
                    enum problem_type type,
                    size_t row,
                    const char *format,
                    ...) MLP_PRINTF(5, 6);
/* "an object", "a text", …: what the token starts. */
const char *json_token_name(const mlp_json_token *token);

/* Lists of numbers, all of the same length, into float32; null is NaN. */
struct json_matrix {
    struct json_part part;
    float *values; /* malloc's; [n_rows, n_columns] */
    size_t n_values, capacity, max_values;
    size_t n_rows, n_columns;
    size_t row_start; /* in values: where the open row begins */
    enum { MATRIX_OUTSIDE, MATRIX_ROWS, MATRIX_ROW, MATRIX_DONE } state;
};

void json_matrix_init(struct json_matrix *matrix,
                      const char *pointer,
                      size_t max_values);
void json_matrix_free(struct json_matrix *matrix);
/* Give back the memory that was kept for more values. */
void json_matrix_trim(struct json_matrix *matrix);

#endif
