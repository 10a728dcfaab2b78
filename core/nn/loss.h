/* SPDX-License-Identifier: MIT
 *
 * Losses, with the output function folded in where the two belong together:
 * from logits and targets to a number and its gradient by the logits. */
#ifndef MLP_NN_LOSS_H
#define MLP_NN_LOSS_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/network.h"
#include "mlp/optimizer.h"

struct loss {
    mlp_loss kind;
    mlp_output output;
    size_t n_outputs;
};

/* Whether `kind` is defined behind `output`; both resolved.  Threads: any. */
bool loss_goes_with(mlp_loss kind, mlp_output output);
/* The loss that an output has unless told otherwise.  Threads: any. */
mlp_loss loss_for(mlp_output output);

/* For n > 0 rows of logits z and targets t, both [n, n_outputs], and the rows'
 * weights u[n] (NULL: all 1):
 *
 *     losses[i] = u[i] l(z[i], t[i])
 *     y = the output function of z
 *     d = dL/dz of scale times the sum of the losses
 *
 * y and d: [n, n_outputs].  Threads: any. */
void loss_rows(const struct loss *loss,
               size_t n,
               const mlp_real *z,
               const mlp_real *t,
               const mlp_real *u,
               double scale,
               mlp_real *y,
               mlp_real *d,
               double *losses);

#endif
