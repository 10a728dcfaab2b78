/* SPDX-License-Identifier: MIT
 *
 * The instruction set that the arithmetic is done with: avx512, avx2, neon or
 * portable. It is chosen by the machine at first use, for the whole process;
 * this is the one thing in the library that is. Results do not depend on it to
 * the bit, only time does. */
#ifndef MLP_ISA_H
#define MLP_ISA_H

#include <stddef.h>

#include "mlp/status.h"

/* Use the one of this name from now on; NULL or "auto": the best there is.
 *
 * Errors:  MLP_INVALID  no such name, or this machine does not have it
 * Threads: any. */
MLP_API MLP_NODISCARD mlp_status mlp_isa_select(const char *name,
                                                mlp_error *err);

/* The name of the one in use.  Threads: any. */
MLP_API const char *mlp_isa_name(void);

#endif
