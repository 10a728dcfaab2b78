/* SPDX-License-Identifier: MIT
 *
 * The kernels for any machine. Without an instruction for it, the fused
 * multiply-add is worked out in double: the same bits, many times slower. */
#include "math/isa.h"
#include "math/kernels_of.h"

const struct kernels kernels_portable = KERNELS("portable");
