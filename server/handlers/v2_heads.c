/* SPDX-License-Identifier: MIT */
#include "handlers/v2_heads.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct v2_head {
    atomic_uint n_references;
    json_t *tree;
    size_t length;
    char text[];
};

typedef _Atomic(struct v2_head *) head_place;

/* Where a text belongs: by its length and some bytes, because two that share a
 * place are only slower. */
static head_place *
place_of(struct v2_heads *heads, const char *text, size_t length)
{
    enum { SAMPLES = 16 };
    size_t sum = length;
    for (size_t i = 0; i < SAMPLES; i++)
        sum = 31 * sum + (unsigned char)text[i * length / SAMPLES];
    return &heads->places[(sum ^ sum >> 8) % V2_HEADS];
}

/* Back again, unless another one is there by now. */
static bool put_back(head_place *place, struct v2_head *head)
{
    struct v2_head *nobody = NULL;
    return atomic_compare_exchange_strong(place, &nobody, head);
}

struct v2_head *
v2_heads_find(struct v2_heads *heads, const char *text, size_t length)
{
    if (length == 0 || length > V2_HEAD_MAX_BYTES)
        return NULL;
    head_place *place = place_of(heads, text, length);
    struct v2_head *head = atomic_exchange(place, NULL);
    if (head == NULL)
        return NULL;
    if (head->length != length || memcmp(head->text, text, length) != 0) {
        if (!put_back(place, head))
            v2_head_release(head);
        return NULL;
    }
    atomic_fetch_add(&head->n_references, 1);
    if (!put_back(place, head))
        atomic_fetch_sub(&head->n_references, 1); /* the place's: ours stays */
    return head;
}

struct v2_head *v2_heads_keep(struct v2_heads *heads,
                              const char *text,
                              size_t length,
                              json_t *tree)
{
    if (length == 0 || length > V2_HEAD_MAX_BYTES)
        return NULL;
    struct v2_head *head = malloc(sizeof *head + length);
    if (head == NULL)
        return NULL;
    atomic_init(&head->n_references, 2); /* the place's and the caller's */
    head->tree = tree;
    head->length = length;
    memcpy(head->text, text, length);
    v2_head_release(atomic_exchange(place_of(heads, text, length), head));
    return head;
}

void v2_heads_free(struct v2_heads *heads)
{
    for (size_t i = 0; i < V2_HEADS; i++)
        v2_head_release(atomic_exchange(&heads->places[i], NULL));
}

const json_t *v2_head_tree(const struct v2_head *head)
{
    return head->tree;
}

void v2_head_release(struct v2_head *head)
{
    if (head == NULL || atomic_fetch_sub(&head->n_references, 1) > 1)
        return;
    json_decref(head->tree);
    free(head);
}
