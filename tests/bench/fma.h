/* SPDX-License-Identifier: MIT
 *
 * What the machine can do at most: loops of float32 multiply-adds in registers,
 * one for each instruction set, that read no memory. */
#ifndef TESTS_BENCH_FMA_H
#define TESTS_BENCH_FMA_H

#include <stddef.h>

struct fma {
    const char *isa;       /* by its name in mlp/isa.h */
    void (*run)(size_t n); /* n rounds */
    double operations;     /* of a round; a multiply-add is two */
};

/* Number i of those that this machine has, the best one first, or NULL. */
const struct fma *fma_at(size_t i);

/* The one of that name, or NULL. */
const struct fma *fma_find(const char *isa);

#endif
