/* SPDX-License-Identifier: MIT
 *
 * The kernels for NEON, which every 64-bit ARM has. */
#include "math/isa.h"

#if defined __aarch64__ && !defined MLP_FLOAT64

#include <arm_neon.h>

#define ISA_NEON
#include "math/kernels_of.h"

const struct kernels kernels_neon = KERNELS("neon");

#endif
