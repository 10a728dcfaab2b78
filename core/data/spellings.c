/* SPDX-License-Identifier: MIT */
#include "data/spellings.h"

#include <stdlib.h>

static mlp_status grow(struct spellings *spellings)
{
    if (spellings->n < spellings->capacity)
        return MLP_OK;
    size_t capacity = spellings->capacity ? 2 * spellings->capacity : 16;
    uint32_t *rows = reallocarray(spellings->rows, capacity, sizeof *rows);
    if (!rows)
        return MLP_NOMEM;
    spellings->rows = rows;
    spellings->capacity = capacity;
    return MLP_OK;
}

mlp_status spellings_add(struct spellings **spellings,
                         size_t row,
                         const char *text,
                         size_t length)
{
    if (!*spellings) {
        *spellings = calloc(1, sizeof **spellings);
        if (!*spellings)
            return MLP_NOMEM;
        mlp_buffer_init(&(*spellings)->text, SIZE_MAX - 1);
    }
    struct spellings *all = *spellings;
    mlp_status status = grow(all);
    if (status != MLP_OK)
        return status;
    mlp_buffer_append(&all->text, text, length);
    mlp_buffer_append(&all->text, "", 1);
    all->rows[all->n++] = (uint32_t)row;
    return all->text.status;
}

void spellings_destroy(struct spellings *spellings)
{
    if (!spellings)
        return;
    mlp_buffer_free(&spellings->text);
    free(spellings->rows);
    free(spellings);
}

size_t spellings_bytes(const struct spellings *spellings)
{
    return spellings ? sizeof *spellings + spellings->text.capacity +
                           spellings->capacity * sizeof *spellings->rows
                     : 0;
}
