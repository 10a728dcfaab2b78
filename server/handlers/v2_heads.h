/* SPDX-License-Identifier: MIT
 *
 * The JSON in front of binary tensors, already read. A client sends the same
 * names, shapes and datatypes with each of its requests: what was read once is
 * found again by its bytes. */
#ifndef MLPD_V2_HEADS_H
#define MLPD_V2_HEADS_H

#include <jansson.h>
#include <stdatomic.h>
#include <stddef.h>

enum { V2_HEADS = 16, V2_HEAD_MAX_BYTES = 4096 };

struct v2_head;

/* Zero at first; v2_heads_free(). Who looks at a head has it to himself for as
 * long as that takes; who comes at the same moment reads his anew, and nobody
 * waits.  Threads: any. */
struct v2_heads {
    _Atomic(struct v2_head *) heads[V2_HEADS];
};

/* A reference to the tree of text[0..length), which nobody may change; NULL: it
 * is not there. */
json_t *v2_heads_find(struct v2_heads *heads, const char *text, size_t length);

/* Keep the tree, in the place of another one; what is too long, or finds no
 * memory, is not kept. */
void v2_heads_keep(struct v2_heads *heads,
                   const char *text,
                   size_t length,
                   json_t *tree);

/* Threads: none but this one. */
void v2_heads_free(struct v2_heads *heads);

#endif
