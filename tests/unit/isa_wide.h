/* SPDX-License-Identifier: MIT
 *
 * Every set of kernels that can be tested on this machine. */
#ifndef TESTS_UNIT_ISA_WIDE_H
#define TESTS_UNIT_ISA_WIDE_H

#include <string.h>

#include "math/isa.h"

extern const struct kernels kernels_wide;

/* Those that there are, then kernels_wide; NULL: there are no more. */
static inline const struct kernels *kernels_to_test(size_t i)
{
    const struct kernels *kernels = isa_available(i);
#if defined __x86_64__ && !defined MLP_FLOAT64
    if (!kernels && i > 0 && isa_available(i - 1) &&
        strcmp(isa_available(0)->name, "portable") != 0)
        return &kernels_wide;
#endif
    return kernels;
}

#endif
