/* SPDX-License-Identifier: MIT
 *
 * The JSON in front of binary tensors, already read. A client sends the same
 * names, shapes and datatypes with each of its requests: what was read once is
 * found again by its bytes.
 *
 * References are counted here: those that jansson counts may not be dropped by
 * two threads, as the last one does not wait for what others did before. */
#ifndef MLPD_V2_HEADS_H
#define MLPD_V2_HEADS_H

#include <jansson.h>
#include <stdatomic.h>
#include <stddef.h>

enum { V2_HEADS = 16, V2_HEAD_MAX_BYTES = 4096 };

struct v2_head;

/* Zero at first; v2_heads_free(). Who looks at a place has it to himself for as
 * long as that takes; who comes at the same moment reads his head anew, and
 * nobody waits.  Threads: any. */
struct v2_heads {
    _Atomic(struct v2_head *) places[V2_HEADS];
};

/* That of text[0..length); NULL: it is not there.
 * Owner: caller; v2_head_release(). */
struct v2_head *
v2_heads_find(struct v2_heads *heads, const char *text, size_t length);

/* Put it in the place of another one. It takes the caller's reference to the
 * tree, to which there may be no other. NULL, and the tree stays the caller's:
 * the text is too long, or there is no memory.
 * Owner: caller; v2_head_release(). */
struct v2_head *v2_heads_keep(struct v2_heads *heads,
                              const char *text,
                              size_t length,
                              json_t *tree);

/* Threads: none but this one. Heads that are out stay. */
void v2_heads_free(struct v2_heads *heads);

/* To be read alone, for as long as the head is held. */
const json_t *v2_head_tree(const struct v2_head *head);
void v2_head_release(struct v2_head *head); /* accepts NULL */

#endif
