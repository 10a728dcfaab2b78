/* SPDX-License-Identifier: MIT
 *
 * From row numbers to what a pass needs: targets as dense rows, the weight of
 * each row, and the count of right answers. */
#ifndef MLP_NN_EXAMPLES_H
#define MLP_NN_EXAMPLES_H

#include <stdint.h>

#include "mlp/training.h"

/* t: [n, n_outputs] = the values, or the classes one-hot, smoothed towards
 * uniform: (1 - s) onehot + s / n_outputs.  Threads: any. */
void examples_targets(const mlp_examples *examples,
                      size_t n_outputs,
                      double smoothing,
                      const uint32_t *rows,
                      size_t n,
                      mlp_real *t);

/* The sum of the rows' weights, each its own times its class's, which is n
 * without either; u[n], unless NULL, gets each of them.  Threads: any. */
double examples_weights(const mlp_examples *examples,
                        const mlp_real *class_weights,
                        const uint32_t *rows,
                        size_t n,
                        mlp_real *u);

/* Right answers among `asked`: rows whose largest output is their class, or,
 * for values behind a sigmoid, outputs on the right side of 1/2. Nothing is
 * asked where there is no such notion. */
struct hits {
    uint64_t right, asked;
};

/* Add those of n rows with outputs y: [n, n_outputs].  Threads: any. */
void examples_hits(const mlp_examples *examples,
                   mlp_output output,
                   size_t n_outputs,
                   const uint32_t *rows,
                   size_t n,
                   const mlp_real *y,
                   struct hits *hits);

#endif
