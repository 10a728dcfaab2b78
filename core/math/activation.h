/* SPDX-License-Identifier: MIT
 *
 * Activations and their derivatives over whole blocks of numbers. Finite for
 * every finite input whose true value is. Derivatives at a kink are those from
 * the left: relu 0, leaky_relu 0.01. The same bits with every instruction
 * set. */
#ifndef MLP_MATH_ACTIVATION_H
#define MLP_MATH_ACTIVATION_H

#include <stddef.h>

#include "mlp/network.h"
#include "mlp/status.h"

/* a[i] = f(z[i]); a may be z.  Threads: any. */
void activation_apply(mlp_activation f,
                      const mlp_real *z,
                      size_t n,
                      mlp_real *a);

/* The chain rule through a = f(z): d[i], which is dL/da, becomes dL/dz, that
 * is d[i] *= f'(z[i]). `a` is what activation_apply() made of z.
 * Threads: any. */
void activation_chain(mlp_activation f,
                      const mlp_real *z,
                      const mlp_real *a,
                      size_t n,
                      mlp_real *d);

#endif
