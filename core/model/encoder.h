/* SPDX-License-Identifier: MIT
 *
 * From the raw cells of a row to the inputs of a network. One function does it
 * in training and in serving, so that both see the same bits.
 *
 * A cell is a float: a number; the place of a level in its column's list; days
 * since 2000-01-01T00:00Z. NaN is missing. What becomes of a column:
 *
 *     numeric      x = (value - shift) scale; 0 where it is missing; a discrete
 *                  one, of few whole values, also an input a value, 0 or 1
 *     categorical  of 2 levels one input, -1 or 1; of up to ENCODER_ONE_HOT one
 *                  a level, 0 or 1; beyond, the level's number, for an
 *                  embedding. A level that training had not is zeros
 *     datetime     days, scaled as a number; sine and cosine of the day in the
 *                  year and in the week, and of the time of day if there is one
 *     ignore       nothing
 *
 * and, if training had missing cells, a last input that is 1 where the cell is
 * missing, else 0; an embedding has a last row for it instead. With robust
 * scaling x goes through x / sqrt(1 + (x / 3)^2), which tames what is far out
 * (Holzmueller et al. 2024). */
#ifndef MLP_MODEL_ENCODER_H
#define MLP_MODEL_ENCODER_H

#include "mlp/columns.h"
#include "mlp/embedding.h"
#include "mlp/model.h"
#include "model/labels.h"

enum {
    ENCODER_ONE_HOT = 64,  /* levels; with more a column has an embedding … */
    ENCODER_EMBEDDING = 8, /* … of so many numbers */
    ENCODER_DISCRETE = 32, /* values; with more a number is just that */
    ENCODER_CALENDAR = 5, /* inputs of a datetime, without the time of day … */
    ENCODER_CLOCK = 2,    /* … and of that */
};

struct encoded_column {
    mlp_column_kind kind;     /* numeric, categorical, datetime or ignore */
    bool missing;             /* a missing cell is told apart */
    bool periodic;            /* numeric: x has a periodic embedding */
    bool clock;               /* datetime: has times of day */
    bool discrete;            /* numeric: `levels` are its values */
    struct label_list levels; /* categorical, discrete: ascending */
    size_t input, n_inputs;
};

/* Zero-initialised it is empty, and can be freed. */
struct encoder {
    mlp_scaling scaling;
    struct encoded_column *columns; /* [n] */
    size_t n;
    float *low, *high; /* [n]: of numbers and dates, the training rows' range */
    size_t n_inputs;
    float *shift, *scale; /* [n_inputs] */
    bool plain;           /* each column is one number, scaled, no more */
    bool of_numbers;      /* none of levels or times */
};

/* n columns, numeric ones, with no inputs yet.  Errors: MLP_NOMEM */
MLP_NODISCARD
mlp_status encoder_init(struct encoder *encoder, size_t n, mlp_error *err);
/* Kinds, flags and levels are set: give each column its inputs, with shift 0
 * and scale 1.  Errors: MLP_INVALID (too many inputs), MLP_NOMEM */
MLP_NODISCARD
mlp_status encoder_place(struct encoder *encoder, mlp_error *err);
MLP_NODISCARD
mlp_status encoder_copy(struct encoder *encoder,
                        const struct encoder *from,
                        mlp_error *err);
void encoder_free(struct encoder *encoder);

/* The input of column j that is its number, scaled, if it has one. */
bool encoder_number(const struct encoder *encoder, size_t j, size_t *input);

/* The embeddings that its inputs want: [n] at most; how many.  Threads: any. */
size_t encoder_embeddings(const struct encoder *encoder,
                          mlp_embedding_spec *out);

/* The cells of column j, cells[i * stride] of n rows, become its inputs in x:
 * [n, n_inputs].  Threads: any. */
void encoder_apply_column(const struct encoder *encoder,
                          size_t j,
                          const float *cells,
                          size_t stride,
                          size_t n,
                          float *x);
/* All of them; cells: [n, encoder->n]. */
void encoder_apply(const struct encoder *encoder,
                   const float *cells,
                   size_t n,
                   float *x);

/* The place of a label in a categorical column's list, or -1: by value, or by
 * spelling where the kinds differ ("1" and 1; "True", 1 and true).
 * Threads: any. */
float encoder_level(const struct encoded_column *column,
                    const mlp_label *label);
/* Likewise of a number that has been through a float. NaN stays. */
float encoder_level_of_number(const struct encoded_column *column,
                              float number);

#endif
