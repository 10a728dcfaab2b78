/* SPDX-License-Identifier: MIT
 *
 * The value of "instances", "inputs", "examples" or "context", in whichever
 * form it comes:
 *
 *   [1, 2]  [[1, 2], [3, 4]]  ["a"]   values of one input       VALUES_TENSOR
 *   [{"inputs": [1, 2]}, …]           the same, naming it       VALUES_TENSOR
 *   [{"a": 1, "b": "x"}, …]           rows of several inputs    VALUES_RECORDS
 *   {"a": [1, 2], "b": ["x", "y"]}    columns                   VALUES_COLUMNS
 *   {"a": 1, "b": "x"}                one row, a context        VALUES_RECORDS
 *
 * A first object whose first key is "b64" is a text. */
#ifndef MLPD_V1_VALUES_H
#define MLPD_V1_VALUES_H

#include "handlers/v1_columns.h"
#include "handlers/v1_records.h"
#include "handlers/v1_tensor.h"

/* What the one input of a model that takes numbers is called. */
#define V1_INPUT "inputs"

/* Which forms a value may have. */
enum v1_forms {
    V1_ROWS,     /* a list, of values or objects that all name the same */
    V1_EXAMPLES, /* a list of objects that need not name the same */
    V1_COLUMNS,  /* a list of values, or an object of such lists */
    V1_CONTEXT,  /* an object */
};

struct v1_values {
    struct json_part part; /* push, push_floats */
    enum v1_forms forms;
    enum {
        VALUES_NONE,
        VALUES_TENSOR,
        VALUES_RECORDS,
        VALUES_COLUMNS,
    } kind;
    enum {
        V1_START,
        V1_HEAD,          /* in the list, nothing of it is known */
        V1_HEAD_OBJECT,   /* behind the first brace in it */
        V1_HEAD_NAMED,    /* behind {"inputs": */
        V1_INSIDE,        /* all goes to the part that `kind` tells */
        V1_NAMED_LIST,    /* {"inputs": HERE} */
        V1_NAMED_END,     /* its brace is due */
        V1_NAMED_BETWEEN, /* the next object, or the end */
        V1_NAMED_KEY,
        V1_NAMED_VALUE,
        V1_COLUMN_KEY,
        V1_COLUMN_VALUE,
        V1_COLUMN_LIST,
        V1_DONE,
    } state;
    bool by_name;             /* the tensor's rows were objects */
    struct v1_tensor *column; /* that is being read */
    struct v1_tensor tensor;
    struct v1_records records;
    struct v1_columns columns;
};

/* pointer and name must outlive it.  Owner: the caller's storage; free in any
 * case. It must not be moved. */
void v1_values_init(struct v1_values *values,
                    const char *pointer,
                    const char *name,
                    enum v1_forms forms,
                    const struct v1_limits *limits);
void v1_values_free(struct v1_values *values);

/* Shall the next numbers in lists come as floats? */
bool v1_values_wants_floats(const struct v1_values *values);
/* Memory that they have taken. */
size_t v1_values_held(const struct v1_values *values);

/* Numbers of one input, without a name or called V1_INPUT; or NULL.
 * [n_rows, n_columns], borrowed. */
const float *v1_values_numbers(const struct v1_values *values,
                               size_t *n_rows,
                               size_t *n_columns);
/* Rows of anything, whole or, of columns, of the first. */
size_t v1_values_n_rows(const struct v1_values *values);
/* Anything else as a table, the caller's; texts without a name are its only
 * column, *named is false then. NULL with a problem. Once. */
mlp_table *v1_values_take_table(struct v1_values *values,
                                bool *named,
                                struct problem *problem);

#endif
