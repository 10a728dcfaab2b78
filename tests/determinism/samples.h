/* SPDX-License-Identifier: MIT
 *
 * The real data of tests/data as tables to learn from. */
#ifndef TESTS_DETERMINISM_SAMPLES_H
#define TESTS_DETERMINISM_SAMPLES_H

#include <stddef.h>

#include "mlp/table.h"

enum sample {
    IRIS,     /* 4 features, 3 species */
    SPECIES,  /* the same, each species a label of its own */
    WDBC,     /* 30 features, 2 diagnoses */
    DIABETES, /* 10 features, one amount */
    DIGITS,   /* 784 pixels, 10 digits */
    N_SAMPLES
};

/* What is told in it. */
struct sample_targets {
    const char *const *names;
    size_t n;
};

struct sample_targets sample_targets(enum sample sample);

/* `folder` has iris.csv, wdbc.csv, diabetes.csv and, in IDX, images and labels.
 * Owner: caller; mlp_table_destroy(). */
MLP_NODISCARD mlp_status sample_read(enum sample sample,
                                     const char *folder,
                                     mlp_table **out,
                                     mlp_error *err);

#endif
