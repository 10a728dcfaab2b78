/* SPDX-License-Identifier: MIT
 *
 * The order of each sum. k, o and i ascend; a term enters by one fused
 * multiply-add; forward joins its runs from the first to the last. */
#include "math/reference.h"

#include "math/real.h"

/* The k of one run: equal shares, and the last takes what is left over. */
static struct span run(size_t n_in, size_t n_runs, size_t r)
{
    size_t share = n_in / n_runs;
    return (struct span){r * share, r + 1 == n_runs ? n_in : (r + 1) * share};
}

static mlp_real output(struct gemm size,
                       const mlp_real *x,
                       const mlp_real *w,
                       mlp_real bias,
                       size_t o)
{
    size_t n_runs = gemm_runs(size.n_in, size.n_out);
    mlp_real y = 0;
    for (size_t r = 0; r < n_runs; r++) {
        struct span some = run(size.n_in, n_runs, r);
        mlp_real sum = r == 0 ? bias : 0;
        for (size_t k = some.first; k < some.end; k++)
            sum = real_fma(x[k], w[gemm_at(size.n_in, size.n_out, k, o)], sum);
        y = r == 0 ? sum : y + sum;
    }
    return y;
}

void reference_forward(struct gemm size,
                       const mlp_real *x,
                       const mlp_real *w,
                       const mlp_real *b,
                       bool relu,
                       struct span outputs,
                       mlp_real *y)
{
    for (size_t i = 0; i < size.n; i++) {
        for (size_t o = outputs.first; o < outputs.end; o++) {
            mlp_real z = output(size, x + i * size.n_in, w, b[o], o);
            y[i * size.n_out + o] = relu && z < 0 ? 0 : z;
        }
    }
}

void reference_backward(struct gemm size,
                        const mlp_real *dy,
                        const mlp_real *w,
                        struct span inputs,
                        mlp_real *dx)
{
    for (size_t i = 0; i < size.n; i++) {
        for (size_t k = inputs.first; k < inputs.end; k++) {
            mlp_real sum = 0;
            for (size_t o = 0; o < size.n_out; o++)
                sum = real_fma(dy[i * size.n_out + o],
                               w[gemm_at(size.n_in, size.n_out, k, o)], sum);
            dx[i * size.n_in + k] = sum;
        }
    }
}

void reference_gradient(struct gemm size,
                        const mlp_real *x,
                        const mlp_real *dy,
                        bool add,
                        struct span inputs,
                        mlp_real *dw,
                        mlp_real *db)
{
    for (size_t o = 0; o < size.n_out; o++) {
        for (size_t k = inputs.first; k < inputs.end; k++) {
            size_t at = gemm_at(size.n_in, size.n_out, k, o);
            mlp_real sum = add ? dw[at] : 0;
            for (size_t i = 0; i < size.n; i++)
                sum =
                    real_fma(x[i * size.n_in + k], dy[i * size.n_out + o], sum);
            dw[at] = sum;
        }
        if (inputs.first == 0) {
            mlp_real sum = add ? db[o] : 0;
            for (size_t i = 0; i < size.n; i++)
                sum += dy[i * size.n_out + o];
            db[o] = sum;
        }
    }
}
