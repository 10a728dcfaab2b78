/* SPDX-License-Identifier: MIT */
#include "mlp/columns.h"

#include <stddef.h>
#include <string.h>

#define X(name, text) text,
static const char *const names[] = {MLP_COLUMN_KIND_TABLE(X)};
#undef X
enum { N_KINDS = sizeof names / sizeof *names };

const char *mlp_column_kind_name(mlp_column_kind kind)
{
    return (size_t)kind < N_KINDS ? names[kind] : "?";
}

bool mlp_column_kind_parse(const char *name, mlp_column_kind *out)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (mlp_column_kind)i;
            return true;
        }
    }
    return false;
}
