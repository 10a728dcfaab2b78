/* SPDX-License-Identifier: MIT
 *
 * What the machine can do at most. */
#ifndef TESTS_BENCH_GEMM_PEAK_H
#define TESTS_BENCH_GEMM_PEAK_H

/* Floating-point operations a second, in 1e9, of one thread that does nothing
 * but fused multiply-adds with the vectors of this instruction set, by name as
 * in mlp/isa.h. Takes a few milliseconds. */
double peak_gflops(const char *isa);

#endif
