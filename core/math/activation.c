/* SPDX-License-Identifier: MIT
 *
 * Activations, by the instruction set in use; what they are is in
 * activations.h. */
#include "math/activation.h"

#include <assert.h>

#include "math/isa.h"

void activation_apply(mlp_activation f,
                      const mlp_real *z,
                      size_t n,
                      mlp_real *a)
{
    assert((size_t)f <= MLP_IDENTITY);
    isa()->activations[f].apply(z, n, a);
}

void activation_chain(mlp_activation f,
                      const mlp_real *z,
                      const mlp_real *a,
                      size_t n,
                      mlp_real *d)
{
    assert((size_t)f <= MLP_IDENTITY);
    isa()->activations[f].chain(z, a, n, d);
}
