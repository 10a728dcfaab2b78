/* SPDX-License-Identifier: MIT
 *
 * Rows that name their inputs: [{"a": 1, "b": "x"}, {"a": [2], "b": ["y"]}]. A
 * value is a number, a text, {"b64": …}, true, false or null, alone or as the
 * one of a list. */
#ifndef MLPD_V1_RECORDS_H
#define MLPD_V1_RECORDS_H

#include "handlers/v1_tensor.h"

struct v1_records {
    struct json_part part; /* push; its names are the caller's */
    bool exact;            /* each row has the names of the first */
    size_t max_text_bytes;
    mlp_read_options options;
    mlp_records *records; /* from the first token on … */
    mlp_table *table;     /* … then this */
    enum {
        RECORDS_BETWEEN,
        RECORDS_KEY,
        RECORDS_VALUE,
        RECORDS_LIST,     /* its value is due */
        RECORDS_LIST_END, /* its bracket is */
        RECORDS_DONE,
    } state;
    size_t n_keys, n_first; /* of this row, and of the first */
    bool in_list;           /* the bytes that are open are in one */
    struct v1_bytes bytes;
};

/* pointer and name must outlive it.  Owner: the caller's storage; free in any
 * case. It must not be moved. push() takes the tokens behind the bracket that
 * opens the rows, up to the one that closes them. */
void v1_records_init(struct v1_records *records,
                     const char *pointer,
                     const char *name,
                     bool exact,
                     const struct v1_limits *limits);
void v1_records_free(struct v1_records *records);

/* Memory that they have taken. */
size_t v1_records_held(const struct v1_records *records);

#endif
