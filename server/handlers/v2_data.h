/* SPDX-License-Identifier: MIT
 *
 * The member "data" of a JSON tensor, read token by token: a flat list, or
 * lists in lists, of numbers, texts or booleans of one kind, with null for what
 * is missing. Nothing is allocated for an element of its own. */
#ifndef MLPD_V2_DATA_H
#define MLPD_V2_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "handlers/v2_tensor.h"
#include "http/problem.h"
#include "mlp/buffer.h"
#include "mlp/json.h"

/* All zero is one of which nothing was read. */
struct v2_data {
    enum v2_storage storage;
    mlp_cell_kind kind; /* of the spellings; MISSING: only null so far */
    float *floats;      /* malloc's; [n] */
    mlp_buffer spelled;
    size_t n, capacity, max_elements;
    size_t depth;             /* of the open list; 0: outside */
    size_t rank;              /* depth of the elements; 0: none was there yet */
    size_t at[V2_RANK_MAX];   /* how many items the open lists have */
    size_t dims[V2_RANK_MAX]; /* how many one of that depth has; 0: unknown */
    bool read;                /* it was there, all of it */
};

/* Numbers become floats, or are kept as they are spelled.
 * max_elements: a longer one is a 413. */
void v2_data_init(struct v2_data *data, bool floats, size_t max_elements);
void v2_data_free(struct v2_data *data);

/* The next token, the outer brackets included; false with a problem whose
 * pointer is /inputs/<input>/data/…  */
bool v2_data_push(struct v2_data *data,
                  size_t input,
                  const mlp_json_token *token,
                  struct problem *problem);
/* Likewise a run of numbers in the open list. */
bool v2_data_push_floats(struct v2_data *data,
                         size_t input,
                         const float *values,
                         size_t n,
                         struct problem *problem);

/* Memory that it has taken. */
size_t v2_data_held(const struct v2_data *data);

#endif
