/* SPDX-License-Identifier: MIT
 *
 * A stratified split. Rows are taken in a random order; a class gives rows
 * until its quota is used up. */
#include "data/split.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/random.h"

/* The stream that is the split's own, apart from weights and epochs. */
static const uint64_t split_stream = UINT64_C(0x73706c6974); /* "split" */

static uint32_t class_of(const uint32_t *classes, uint32_t row)
{
    return classes ? classes[row] : 0;
}

/* quota[c]: how many rows of class c are held out. What rounding takes from
 * one class goes to the next, so that many small classes give their share. */
static void set_quotas(const uint32_t *n_of_class,
                       size_t n_classes,
                       double fraction,
                       uint32_t *quota)
{
    double owed = 0;
    for (size_t c = 0; c < n_classes; c++) {
        if (n_of_class[c] == 0)
            continue;
        double want = fraction * n_of_class[c] + owed;
        double most = n_of_class[c] - 1;
        double take = fmin(fmax(floor(want + 0.5), 0), most);
        owed = fmin(fmax(want - take, -0.5), 0.5);
        quota[c] = (uint32_t)take;
    }
}

static void deal(uint32_t n,
                 const uint32_t *classes,
                 const uint32_t *order,
                 uint32_t *quota,
                 bool *held_out)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t *left = &quota[class_of(classes, order[i])];
        if (*left > 0) {
            (*left)--;
            held_out[order[i]] = true;
        }
    }
}

mlp_status split_rows(uint32_t n,
                      const uint32_t *classes,
                      size_t n_classes,
                      double fraction,
                      uint64_t seed,
                      uint32_t *train,
                      size_t *n_train,
                      uint32_t *validation,
                      size_t *n_validation)
{
    assert(fraction >= 0 && fraction < 1);
    if (!classes)
        n_classes = 1;
    mlp_status status = MLP_NOMEM;
    uint32_t *n_of_class = alloc_array(n_classes, sizeof *n_of_class);
    uint32_t *quota = alloc_array(n_classes, sizeof *quota);
    bool *held_out = alloc_array(n, sizeof *held_out);
    if (!n_of_class || !quota || !held_out)
        goto done;

    for (uint32_t i = 0; i < n; i++)
        n_of_class[class_of(classes, i)]++;
    set_quotas(n_of_class, n_classes, fraction, quota);

    uint32_t *order = train; /* until the rows are dealt */
    random_permutation(seed, split_stream, order, n);
    deal(n, classes, order, quota, held_out);
    *n_train = *n_validation = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (held_out[i])
            validation[(*n_validation)++] = i;
        else
            train[(*n_train)++] = i;
    }
    status = MLP_OK;
done:
    free(n_of_class);
    free(quota);
    free(held_out);
    return status;
}

/* Class after class in a random order, one row a fold in turn: where one class
 * ends the next one goes on. */
mlp_status split_folds(uint32_t n,
                       const uint32_t *classes,
                       size_t n_classes,
                       size_t n_folds,
                       uint64_t seed,
                       unsigned char *fold_of)
{
    if (!classes)
        n_classes = 1;
    uint32_t *order = alloc_array(n, sizeof *order);
    size_t *next = alloc_array(n_classes, sizeof *next);
    if (order && next) {
        random_permutation(seed, split_stream, order, n);
        for (uint32_t i = 0; i < n; i++)
            next[class_of(classes, i)]++;
        size_t before = 0;
        for (size_t c = 0; c < n_classes; c++) {
            size_t n_of_class = next[c];
            next[c] = before;
            before += n_of_class;
        }
        for (uint32_t i = 0; i < n; i++)
            fold_of[order[i]] =
                (unsigned char)(next[class_of(classes, order[i])]++ % n_folds);
    }
    mlp_status status = order && next ? MLP_OK : MLP_NOMEM;
    free(order);
    free(next);
    return status;
}
