/* SPDX-License-Identifier: MIT
 *
 * What some cells of a column said before they became floats. */
#ifndef MLP_DATA_SPELLINGS_H
#define MLP_DATA_SPELLINGS_H

#include <stddef.h>
#include <stdint.h>

#include "mlp/buffer.h"

struct spellings {
    uint32_t *rows; /* [n], rising */
    size_t n, capacity;
    mlp_buffer text; /* each with a NUL behind it */
};

/* Note the text of a row behind the last one; *spellings is made when it is
 * NULL.  Errors: MLP_NOMEM */
MLP_NODISCARD
mlp_status spellings_add(struct spellings **spellings,
                         size_t row,
                         const char *text,
                         size_t length);
/* NULL is allowed, in both. */
void spellings_destroy(struct spellings *spellings);
size_t spellings_bytes(const struct spellings *spellings);

#endif
