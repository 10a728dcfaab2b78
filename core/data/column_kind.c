/* SPDX-License-Identifier: MIT */
#include "mlp/columns.h"

#include <stddef.h>
#include <string.h>

#define X(name, text) text,
static const char *const kinds[] = {MLP_COLUMN_KIND_TABLE(X)};
static const char *const embeddings[] = {MLP_NUMERIC_EMBEDDING_TABLE(X)};
#undef X
enum {
    N_KINDS = sizeof kinds / sizeof *kinds,
    N_EMBEDDINGS = sizeof embeddings / sizeof *embeddings,
};

static size_t find(const char *const *names, size_t n, const char *name)
{
    size_t i = 0;
    while (i < n && strcmp(names[i], name) != 0)
        i++;
    return i;
}

const char *mlp_column_kind_name(mlp_column_kind kind)
{
    return (size_t)kind < N_KINDS ? kinds[kind] : "?";
}

bool mlp_column_kind_parse(const char *name, mlp_column_kind *out)
{
    size_t i = find(kinds, N_KINDS, name);
    if (i < N_KINDS)
        *out = (mlp_column_kind)i;
    return i < N_KINDS;
}

const char *mlp_numeric_embedding_name(mlp_numeric_embedding kind)
{
    return (size_t)kind < N_EMBEDDINGS ? embeddings[kind] : "?";
}

bool mlp_numeric_embedding_parse(const char *name, mlp_numeric_embedding *out)
{
    size_t i = find(embeddings, N_EMBEDDINGS, name);
    if (i < N_EMBEDDINGS)
        *out = (mlp_numeric_embedding)i;
    return i < N_EMBEDDINGS;
}
