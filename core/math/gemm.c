/* SPDX-License-Identifier: MIT
 *
 * The products, by the instruction set in use. */
#include "math/gemm.h"

#include <assert.h>

#include "math/isa.h"

void gemm_forward(struct gemm size,
                  const mlp_real *x,
                  const mlp_real *w,
                  const mlp_real *b,
                  bool relu,
                  struct span outputs,
                  mlp_real *y)
{
    assert(size.n > 0 && outputs.first % GEMM_PANEL == 0 &&
           outputs.end <= size.n_out);
    if (outputs.first < outputs.end)
        isa()->forward(size, x, w, b, relu, outputs, y);
}

void gemm_predict(struct gemm size,
                  const mlp_real *x,
                  const mlp_real *w,
                  const mlp_real *b,
                  bool relu,
                  struct span outputs,
                  mlp_real *y)
{
    assert(size.n > 0 && outputs.first % GEMM_PANEL == 0 &&
           outputs.end <= size.n_out);
    if (outputs.first < outputs.end)
        isa()->predict(size, x, w, b, relu, outputs, y);
}

void gemm_backward(struct gemm size,
                   const mlp_real *dy,
                   const mlp_real *w,
                   struct span inputs,
                   mlp_real *dx)
{
    assert(size.n > 0 && inputs.end <= size.n_in);
    if (inputs.first < inputs.end)
        isa()->backward(size, dy, w, inputs, dx);
}

void gemm_gradient(struct gemm size,
                   const mlp_real *x,
                   const mlp_real *dy,
                   bool add,
                   struct span inputs,
                   mlp_real *scratch,
                   mlp_real *dw,
                   mlp_real *db,
                   const struct descent *then)
{
    assert(size.n > 0 && inputs.end <= size.n_in);
    if (inputs.first < inputs.end)
        isa()->gradient(size, x, dy, add, inputs, scratch, dw, db, then);
}
