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

/* --- splits that keep together what belongs together ----------------------
 *
 * Of rows that have no group or time (SPLIT_NO_GROUP, NaN) all train. Parts
 * are as those of split_rows(). */

enum { SPLIT_NO_FOLD = 255 };
#define SPLIT_NO_GROUP UINT32_MAX

/* Hold out whole groups, in a random order each that brings the number of rows
 * nearer to fraction * n. fraction > 0: at least one, if there are two; one is
 * always left. group_of[n]: each below n_groups.
 *
 * Errors:  MLP_NOMEM
 * Threads: any. */
MLP_NODISCARD
mlp_status split_groups(uint32_t n,
                        const uint32_t *group_of,
                        size_t n_groups,
                        double fraction,
                        uint64_t seed,
                        uint32_t *train,
                        size_t *n_train,
                        uint32_t *validation,
                        size_t *n_validation);

/* Deal whole groups, the large ones first, each into the fold that has the
 * fewest rows; a row without a group is in SPLIT_NO_FOLD.
 *
 * Errors:  MLP_NOMEM
 * Threads: any. */
MLP_NODISCARD
mlp_status split_group_folds(uint32_t n,
                             const uint32_t *group_of,
                             size_t n_groups,
                             size_t n_folds,
                             uint64_t seed,
                             unsigned char *fold_of);

/* Hold out the latest rows. Those of one time are on one side: of the places
 * between two times, the one that holds out nearest to fraction * n rows, or
 * the later of two. fraction > 0: at least one time, if there are two; one is
 * always left.
 *
 * Errors:  MLP_NOMEM
 * Threads: any. */
MLP_NODISCARD
mlp_status split_latest(uint32_t n,
                        const double *times,
                        double fraction,
                        uint32_t *train,
                        size_t *n_train,
                        uint32_t *validation,
                        size_t *n_validation);

#endif
