/* SPDX-License-Identifier: MIT
 *
 * Which rows are learned from and which are held out to validate. */
#ifndef MLP_DATA_SPLIT_H
#define MLP_DATA_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "mlp/status.h"

/* Hold out about fraction * n of n rows, fraction in [0, 1). With classes
 * ([n], each below n_classes) each class gives its share and keeps at least
 * one training row; without them (NULL) at least one row is left to train.
 * train and validation have room for n rows each and come in ascending order.
 * A pure function of its arguments.
 *
 * Errors:  MLP_NOMEM
 * Threads: any. */
MLP_NODISCARD
mlp_status split_rows(uint32_t n,
                      const uint32_t *classes,
                      size_t n_classes,
                      double fraction,
                      uint64_t seed,
                      uint32_t *train,
                      size_t *n_train,
                      uint32_t *validation,
                      size_t *n_validation);

/* Deal n rows into n_folds, fold_of[i] in [0, n_folds), as evenly as can be;
 * with classes each of them evenly, too. A pure function of its arguments.
 *
 * Errors:  MLP_NOMEM
 * Threads: any. */
MLP_NODISCARD
mlp_status split_folds(uint32_t n,
                       const uint32_t *classes,
                       size_t n_classes,
                       size_t n_folds,
                       uint64_t seed,
                       unsigned char *fold_of);

#endif
