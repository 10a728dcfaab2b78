/* SPDX-License-Identifier: MIT
 *
 * y = b + x w for a row of which much is 0, as images are and what relu lets
 * through: k runs over the others alone, and only their rows of w are read.
 * What is left out is ± 0, so that the sums are those of forward.h but for the
 * sign of a 0. */
#ifndef MLP_MATH_SPARSE_H
#define MLP_MATH_SPARSE_H

#include "math/forward.h"

enum {
    SPARSE_IN = 2048, /* longer rows would take much stack: 12 KiB are ours */
    SPARSE_PART = 2,  /* at most one in so many is not 0 */
    AHEAD = 12,       /* whose rows of w are asked for beforehand */
};

/* The numbers of x that are not 0, in order; those of run r of k, of which
 * there may be only one, end in front of end[r]. */
struct nonzeros {
    size_t n_runs, end[GEMM_RUNS];
    uint16_t at[SPARSE_IN + AHEAD];
    mlp_real value[SPARSE_IN];
};

/* Some bytes of numbers, for what has no operation of vectors. */
enum { GROUP = 4 * sizeof(uint64_t) / sizeof(mlp_real) };
typedef uint64_t loose_word
    __attribute__((aligned(sizeof(mlp_real)), may_alias));

/* Is each number of a group 0, of either sign? */
static bool are_zero(const mlp_real *x)
{
    const uint64_t sign =
        sizeof *x == sizeof(uint64_t) ? UINT64_C(1) << 63 : 0x8000000080000000;
    const loose_word *word = (const loose_word *)x;
    return ((word[0] | word[1] | word[2] | word[3]) & ~sign) == 0;
}

/* Those of x[first, end) behind the n that are listed already. What is 0 is
 * written over by what comes next, without a branch. */
static size_t list_run(const mlp_real *x,
                       size_t first,
                       size_t end,
                       size_t n,
                       struct nonzeros *list)
{
    size_t some;
    for (size_t k = first; k < end; k += some) {
        some = smaller(end - k, GROUP);
        if (some == GROUP && are_zero(x + k))
            continue;
        for (size_t i = k; i < k + some; i++) {
            list->at[n] = (uint16_t)i;
            list->value[n] = x[i];
            n += x[i] != 0;
        }
    }
    return n;
}

/* False: it is not worth it. */
static bool
list_nonzeros(struct gemm size, const mlp_real *x, struct nonzeros *list)
{
    size_t n = 0, share;
    if (size.n_in > SPARSE_IN || size.n_out < GEMM_PANEL)
        return false;
    list->n_runs = gemm_runs(size.n_in, size.n_out);
    share = size.n_in / list->n_runs;
    for (size_t run = 0; run < list->n_runs; run++) {
        size_t end = run + 1 == list->n_runs ? size.n_in : (run + 1) * share;
        n = list_run(x, run * share, end, n, list);
        list->end[run] = n;
        if (n * SPARSE_PART > size.n_in)
            return false;
    }
    for (size_t i = 0; i < AHEAD; i++)
        list->at[n + i] = 0;
    return true;
}

INLINE void sparse_tile(const struct nonzeros *list,
                        const struct tile *t,
                        size_t vectors,
                        bool cut)
{
    vector sum[1][ROW_VECTORS] REGISTERS, total[1][ROW_VECTORS] REGISTERS;
    size_t i = 0;
    EACH (v, vectors)
        total[0][v] = all(0);
    for (size_t run = 0; run < list->n_runs; run++) {
        EACH (v, vectors)
            sum[0][v] = run == 0 ? tile_begin(t, 0, v, cut && v + 1 == vectors)
                                 : all(0);
        for (; i < list->end[run]; i++) {
            const mlp_real *b = t->b + list->at[i] * t->b_k;
            const mlp_real *next = t->b + list->at[i + AHEAD] * t->b_k;
            EACH (p, (vectors + PANEL_VECTORS - 1) / PANEL_VECTORS)
                __builtin_prefetch(next + p * t->b_panel);
            vector factor = all(list->value[i]);
            EACH (v, vectors)
                sum[0][v] = fused(factor,
                                  load_lanes(b + in_panels(v, t->b_panel),
                                             cut && v + 1 == vectors, t->some),
                                  sum[0][v]);
        }
        EACH (v, vectors)
            total[0][v] += sum[0][v];
    }
    tile_end(t, 1, vectors, cut, total);
}

/* Tiles as wide as the sums that keep the multipliers busy, then whole panels,
 * then vector by vector. Gives back how many columns of `left` are done. */
static size_t
sparse_columns(const struct nonzeros *list, struct tile t, size_t left)
{
    if (left >= ROW_COLUMNS) {
        sparse_tile(list, &t, ROW_VECTORS, false);
        return ROW_COLUMNS;
    }
    if (left >= GEMM_PANEL) {
        sparse_tile(list, &t, PANEL_VECTORS, false);
        return GEMM_PANEL;
    }
    for (size_t o = 0; o < left; o += LANES) {
        t.some = smaller(left - o, LANES) % LANES;
        if (t.some == 0)
            sparse_tile(list, &t, 1, false);
        else
            sparse_tile(list, &t, 1, true);
        t.b += LANES;
        t.c += LANES;
        t.bias += LANES;
    }
    return left;
}

static void forward_sparse(struct gemm size,
                           const struct nonzeros *list,
                           const mlp_real *w,
                           const mlp_real *b,
                           bool relu,
                           struct span outputs,
                           mlp_real *y)
{
    for (size_t o = outputs.first; o < outputs.end;) {
        struct tile t = forward_tile(size, w, b, relu, o);
        t.c = y + o;
        o += sparse_columns(list, t, outputs.end - o);
    }
}

/* forward(), but for the sign of a 0. Only where rows go one by one: a tile of
 * many reads w once for all of them. */
static void predict(struct gemm size,
                    const mlp_real *x,
                    const mlp_real *w,
                    const mlp_real *b,
                    bool relu,
                    struct span outputs,
                    mlp_real *y)
{
    struct nonzeros list ON_STACK;
    if (size.n > FEW_ROWS) {
        forward(size, x, w, b, relu, outputs, y);
        return;
    }
    size_t n = size.n;
    size.n = 1;
    for (size_t i = 0; i < n; i++, x += size.n_in, y += size.n_out) {
        if (list_nonzeros(size, x, &list))
            forward_sparse(size, &list, w, b, relu, outputs, y);
        else
            forward(size, x, w, b, relu, outputs, y);
    }
}

#endif
