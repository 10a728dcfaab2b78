/* SPDX-License-Identifier: MIT */
#include "handlers/v2_heads.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct v2_head {
    json_t *tree;
    size_t length;
    char text[];
};

static void destroy(struct v2_head *head)
{
    if (head == NULL)
        return;
    json_decref(head->tree);
    free(head);
}

/* Where a text has its place: by its length and some bytes, because two that
 * share one are only slower. */
static _Atomic(struct v2_head *) *
place_of(struct v2_heads *heads, const char *text, size_t length)
{
    enum { SAMPLES = 16 };
    size_t sum = length;
    for (size_t i = 0; i < SAMPLES; i++)
        sum = 31 * sum + (unsigned char)text[i * length / SAMPLES];
    return &heads->heads[(sum ^ sum >> 8) % V2_HEADS];
}

/* Back to its place, or away if another one has it by now. */
static void put(_Atomic(struct v2_head *) *place, struct v2_head *head)
{
    struct v2_head *nobody = NULL;
    if (!atomic_compare_exchange_strong(place, &nobody, head))
        destroy(head);
}

json_t *v2_heads_find(struct v2_heads *heads, const char *text, size_t length)
{
    if (length == 0 || length > V2_HEAD_MAX_BYTES)
        return NULL;
    _Atomic(struct v2_head *) *place = place_of(heads, text, length);
    struct v2_head *head = atomic_exchange(place, NULL);
    if (head == NULL)
        return NULL;
    bool same = head->length == length && memcmp(head->text, text, length) == 0;
    json_t *tree = same ? json_incref(head->tree) : NULL;
    put(place, head);
    return tree;
}

void v2_heads_keep(struct v2_heads *heads,
                   const char *text,
                   size_t length,
                   json_t *tree)
{
    if (length == 0 || length > V2_HEAD_MAX_BYTES)
        return;
    struct v2_head *head = malloc(sizeof *head + length);
    if (head == NULL)
        return;
    head->tree = json_incref(tree);
    head->length = length;
    memcpy(head->text, text, length);
    destroy(atomic_exchange(place_of(heads, text, length), head));
}

void v2_heads_free(struct v2_heads *heads)
{
    for (size_t i = 0; i < V2_HEADS; i++)
        destroy(atomic_exchange(&heads->heads[i], NULL));
}
