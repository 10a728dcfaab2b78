/* SPDX-License-Identifier: MIT
 *
 * The spelling of every part that has a name, from the tables in the public
 * headers: one pair of functions, name and parse, for each table. */
#include "nn/names.h"

#include <assert.h>
#include <string.h>

static const char *name_of(const char *const *names, size_t n, size_t i)
{
    assert(i < n);
    return i < n ? names[i] : "?";
}

/* The index of `name`, or n. */
static size_t find(const char *const *names, size_t n, const char *name)
{
    size_t i = 0;
    while (i < n && strcmp(names[i], name) != 0)
        i++;
    return i;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): `kind` is a part of names. */
#define X(name, text) text,
#define NAMES(kind, table, count)                                              \
    static const char *const kind##_names[] = {table(X)};                      \
    const char *mlp_##kind##_name(mlp_##kind kind)                             \
    {                                                                          \
        return name_of(kind##_names, count, (size_t)(kind));                   \
    }                                                                          \
    bool mlp_##kind##_parse(const char *name, mlp_##kind *out)                 \
    {                                                                          \
        size_t i = find(kind##_names, count, name);                            \
        if (i == count)                                                        \
            return false;                                                      \
        *out = (mlp_##kind)i;                                                  \
        return true;                                                           \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
NAMES(activation, MLP_ACTIVATION_TABLE, N_ACTIVATIONS)
NAMES(initializer, MLP_INITIALIZER_TABLE, N_INITIALIZERS)
NAMES(output, MLP_OUTPUT_TABLE, N_OUTPUTS)
NAMES(loss, MLP_LOSS_TABLE, N_LOSSES)
NAMES(optimizer, MLP_OPTIMIZER_TABLE, N_OPTIMIZERS)
NAMES(schedule, MLP_SCHEDULE_TABLE, N_SCHEDULES)
NAMES(parametrization, MLP_PARAMETRIZATION_TABLE, N_PARAMETRIZATIONS)
#undef NAMES
#undef X
