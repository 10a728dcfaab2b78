/* SPDX-License-Identifier: MIT
 *
 * The files of tests/reference as plain arrays. */
#ifndef TESTS_UNIT_REFERENCE_CASE_H
#define TESTS_UNIT_REFERENCE_CASE_H

#include <jansson.h>

#include "mlp/training.h"

/* Numbers of nested JSON arrays, one after the other. */
struct numbers {
    size_t n;
    double *at;
};

/* Owner: caller, free .at. */
struct numbers numbers_of(const json_t *nested);
mlp_real *reals_of(const json_t *nested);

/* A file of tests/reference; the test fails when it cannot be read. */
json_t *reference_load(const char *name);

/* A training case, ready to be run. */
struct reference_case {
    json_t *json;
    mlp_network *network; /* with the case's first weights */
    mlp_training_spec spec;
    bool decay_biases;
    size_t n_steps, batch;
    mlp_matrix x; /* [n_steps * batch, n_in] */
    mlp_real *x_data, *values;
    uint32_t *classes, *rows; /* rows: 0 … n_steps * batch - 1 */
    mlp_examples examples;
};

struct reference_case *reference_case_load(const char *name);
void reference_case_free(struct reference_case *reference);

#endif
