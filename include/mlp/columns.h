/* SPDX-License-Identifier: MIT
 *
 * What the columns of a table are taken for, where somebody says so. */
#ifndef MLP_COLUMNS_H
#define MLP_COLUMNS_H

#include <stdbool.h>

#include "mlp/status.h"

/* What a column is taken for; AUTO: found from all rows. */
#define MLP_COLUMN_KIND_TABLE(X)                                               \
    X(AUTO, "auto")                                                            \
    X(NUMERIC, "numeric")                                                      \
    X(CATEGORICAL, "categorical")                                              \
    X(BOOLEAN, "boolean")                                                      \
    X(DATETIME, "datetime")                                                    \
    X(IGNORE, "ignore")

#define X(name, text) MLP_KIND_##name,
typedef enum mlp_column_kind { MLP_COLUMN_KIND_TABLE(X) } mlp_column_kind;
#undef X

MLP_API const char *mlp_column_kind_name(mlp_column_kind kind);
MLP_API bool mlp_column_kind_parse(const char *name, mlp_column_kind *out);

/* Whether the numbers of a table get a periodic embedding (embedding.h) each.
 */
#define MLP_NUMERIC_EMBEDDING_TABLE(X)                                         \
    X(AUTO, "auto")                                                            \
    X(NONE, "none")                                                            \
    X(PERIODIC, "periodic")

#define X(name, text) MLP_NUMERIC_EMBEDDING_##name,
typedef enum mlp_numeric_embedding {
    MLP_NUMERIC_EMBEDDING_TABLE(X)
} mlp_numeric_embedding;
#undef X

MLP_API const char *mlp_numeric_embedding_name(mlp_numeric_embedding kind);
MLP_API bool mlp_numeric_embedding_parse(const char *name,
                                         mlp_numeric_embedding *out);

typedef struct mlp_column_declaration {
    const char *column;
    mlp_column_kind kind;
} mlp_column_declaration;

#endif
