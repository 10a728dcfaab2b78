/* SPDX-License-Identifier: MIT
 *
 * What this machine can run is asked of it once, by the compiler's runtime,
 * which also asks the system whether it saves such registers. */
#include "math/isa.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* The library's one variable: which of several ways to the same bits. */
static _Atomic(const struct kernels *) chosen;

#if defined __x86_64__ && !defined MLP_FLOAT64
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}
#endif

static bool always(void)
{
    return true;
}

/* The best one first. */
static const struct {
    const struct kernels *kernels;
    bool (*here)(void);
} known[] = {
#if defined __x86_64__ && !defined MLP_FLOAT64
    {&kernels_avx512, has_avx512},
    {&kernels_avx2, has_avx2},
#elif defined __aarch64__ && !defined MLP_FLOAT64
    {&kernels_neon, always},
#endif
    {&kernels_portable, always},
};

const struct kernels *isa_available(size_t i)
{
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (known[k].here() && i-- == 0)
            return known[k].kernels;
    }
    return NULL;
}

const struct kernels *isa(void)
{
    const struct kernels *kernels =
        atomic_load_explicit(&chosen, memory_order_relaxed);
    if (!kernels) {
        kernels = isa_available(0);
        atomic_store_explicit(&chosen, kernels, memory_order_relaxed);
    }
    return kernels;
}

static const struct kernels *find(const char *name)
{
    const struct kernels *kernels;
    for (size_t i = 0; (kernels = isa_available(i)) != NULL; i++) {
        if (strcmp(name, kernels->name) == 0)
            return kernels;
    }
    return NULL;
}

mlp_status mlp_isa_select(const char *name, mlp_error *err)
{
    const struct kernels *kernels =
        name && strcmp(name, "auto") != 0 ? find(name) : isa_available(0);
    if (!kernels)
        return mlp_fail(err, MLP_INVALID,
                        "instruction set: this machine has no '%.32s'; "
                        "expected auto, portable, or a better one that it has",
                        name);
    atomic_store_explicit(&chosen, kernels, memory_order_relaxed);
    return MLP_OK;
}

const char *mlp_isa_name(void)
{
    return isa()->name;
}
