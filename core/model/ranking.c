/* SPDX-License-Identifier: MIT
 *
 * Area under the ROC curve. */
#include "model/ranking.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

mlp_status ranking_init(struct ranking *ranking,
                        size_t n_columns,
                        size_t n_rows,
                        size_t max_keys,
                        mlp_error *err)
{
    size_t room = n_columns > 0 ? max_keys / n_columns : 0;
    *ranking = (struct ranking){.n_columns = n_columns, .stride = 1};
    if (room == 0 || n_rows == 0)
        return MLP_OK;
    ranking->stride = (n_rows - 1) / room + 1;
    ranking->capacity = (n_rows - 1) / ranking->stride + 1;
    ranking->keys =
        alloc_array(n_columns * ranking->capacity, sizeof *ranking->keys);
    if (ranking->keys == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for scores");
    return MLP_OK;
}

void ranking_free(struct ranking *ranking)
{
    free(ranking->keys);
    ranking->keys = NULL;
}

/* Floats from 0 on have the order of their bits, and 1.0F leaves the topmost
 * two unused: one of them is for whether the row has the class. What is no
 * probability is the nearest one; NaN is 0. */
static uint32_t key_of(float score, bool has_it)
{
    uint32_t bits;
    if (!(score > 0))
        score = 0;
    if (score > 1)
        score = 1;
    memcpy(&bits, &score, sizeof bits);
    return bits << 1 | has_it;
}

/* Where the row's keys go, at `stride` capacity; NULL: it is not kept. */
static uint32_t *next_row(struct ranking *ranking)
{
    assert(!ranking->sorted);
    if (ranking->n_seen++ % ranking->stride != 0 ||
        ranking->n_kept == ranking->capacity)
        return NULL;
    return ranking->keys + ranking->n_kept++;
}

void ranking_add_class(struct ranking *ranking, const float *y, size_t column)
{
    uint32_t *keys = next_row(ranking);
    for (size_t j = 0; keys != NULL && j < ranking->n_columns; j++)
        keys[j * ranking->capacity] = key_of(y[j], j == column);
}

void ranking_add_labels(struct ranking *ranking, const float *y, const float *t)
{
    uint32_t *keys = next_row(ranking);
    for (size_t j = 0; keys != NULL && j < ranking->n_columns; j++)
        keys[j * ranking->capacity] = key_of(y[j], t[j] >= 0.5F);
}

static int by_key(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void sort(struct ranking *ranking)
{
    for (size_t j = 0; j < ranking->n_columns && ranking->n_kept > 0; j++)
        qsort(ranking->keys + j * ranking->capacity, ranking->n_kept,
              sizeof *ranking->keys, by_key);
    ranking->sorted = true;
}

double ranking_auc(struct ranking *ranking, size_t column)
{
    uint64_t with = 0, without = 0, twice = 0; /* twice the pairs in order */
    if (ranking->keys == NULL)
        return (double)NAN;
    if (!ranking->sorted)
        sort(ranking);
    const uint32_t *keys = ranking->keys + column * ranking->capacity;
    for (size_t i = 0; i < ranking->n_kept;) {
        uint32_t score = keys[i] >> 1;
        uint64_t counts[2] = {0, 0}; /* of one score: without, with */
        for (; i < ranking->n_kept && keys[i] >> 1 == score; i++)
            counts[keys[i] & 1]++;
        twice += counts[1] * (2 * without + counts[0]);
        without += counts[0];
        with += counts[1];
    }
    if (with == 0 || without == 0)
        return (double)NAN;
    return (double)twice / (2 * (double)with * (double)without);
}
