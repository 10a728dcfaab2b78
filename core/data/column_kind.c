/* SPDX-License-Identifier: MIT */
#include "mlp/columns.h"

#include "base/names.h"

NAMES(column_kind, MLP_COLUMN_KIND_TABLE)
NAMES(numeric_embedding, MLP_NUMERIC_EMBEDDING_TABLE)
