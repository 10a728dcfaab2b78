/* SPDX-License-Identifier: MIT
 *
 * The C library's functions in the engine's arithmetic: one name for float and
 * double, and never a silent promotion between them. */
#ifndef MLP_MATH_REAL_H
#define MLP_MATH_REAL_H

#include <math.h>

#include "mlp/status.h"

/* A constant, or a figure computed in double, as the engine's number. */
#define REAL(x) ((mlp_real)(x))

#ifdef MLP_FLOAT64
#define REAL_NAME(name) name
#else
#define REAL_NAME(name) name##f
#endif

#define REAL_FUNCTION(name)                                                    \
    static inline mlp_real real_##name(mlp_real x)                             \
    {                                                                          \
        return REAL_NAME(name)(x);                                             \
    }
REAL_FUNCTION(exp)
REAL_FUNCTION(expm1)
REAL_FUNCTION(log)
REAL_FUNCTION(log1p)
REAL_FUNCTION(tanh)
REAL_FUNCTION(erfc)
REAL_FUNCTION(sqrt)
REAL_FUNCTION(fabs)
#undef REAL_FUNCTION

/* a b + c, rounded once. */
static inline mlp_real real_fma(mlp_real a, mlp_real b, mlp_real c)
{
    return REAL_NAME(fma)(a, b, c);
}

#endif
