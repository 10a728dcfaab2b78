/* SPDX-License-Identifier: MIT
 *
 * Integrated gradients. Each row is n_steps + 2 points: its start, its end, and
 * the middles of the steps between them. Points go through the network in
 * slices that fill a pass, whichever row they belong to. */
#include "nn/attribution.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/scalar.h"
#include "math/real.h"
#include "math/softmax.h"
#include "nn/embedding.h"

enum { START, END, N_TIPS };

/* Dropout is for training; on the way back a mask of ones leaves all as it is.
 */
static void open_masks(struct pass *pass)
{
    for (size_t k = 0; k < pass->network->n_layers; k++) {
        size_t n = pass->max_rows * pass->network->layers[k].n_out;
        for (size_t i = 0; pass->traces[k].mask != NULL && i < n; i++)
            pass->traces[k].mask[i] = 1;
    }
}

mlp_status attribution_init(struct attribution *attribution,
                            const mlp_network *network,
                            size_t n_rows,
                            size_t n_steps,
                            mlp_error *err)
{
    size_t wanted = 0, n_inputs = network->spec.n_inputs;
    if (!size_mul(n_rows, n_steps + N_TIPS, &wanted))
        wanted = SIZE_MAX;
    size_t points = pass_rows(network, wanted);
    *attribution = (struct attribution){.n_steps = n_steps};
    mlp_status status = pass_init(&attribution->pass, network, points, err);
    if (status != MLP_OK)
        return status;
    open_masks(&attribution->pass);
    attribution->t = alloc_aligned(points, sizeof(mlp_real));
    attribution->dx = alloc_aligned(points * n_inputs, sizeof(mlp_real));
    attribution->values = alloc_array(points, sizeof *attribution->values);
    attribution->level = alloc_array(n_inputs, sizeof *attribution->level);
    if (!attribution->t || !attribution->dx || !attribution->values ||
        !attribution->level)
        return mlp_fail(err, MLP_NOMEM, "out of memory for an explanation");
    for (size_t i = 0; i < network->spec.n_embeddings; i++)
        if (network->spec.embeddings[i].kind == MLP_EMBEDDING_LEVELS)
            attribution->level[network->spec.embeddings[i].input] = 1;
    if (attribution->pass.dh == NULL) /* without embeddings h is x */
        attribution->pass.dh = attribution->dx;
    return MLP_OK;
}

void attribution_free(struct attribution *attribution)
{
    pass_free(&attribution->pass);
    free(attribution->t);
    free(attribution->dx);
    free(attribution->values);
    free(attribution->level);
    *attribution = (struct attribution){0};
}

/* The points at hand: [first, first + n) of all. */
struct slice {
    const mlp_real *x;     /* [n_rows, n_inputs] */
    const size_t *outputs; /* [n_rows] */
    size_t first, n;
};

struct point {
    size_t row, step; /* START, END, or that much above N_TIPS */
};

static struct point
point_at(const struct attribution *a, const struct slice *slice, size_t i)
{
    size_t each = a->n_steps + N_TIPS, number = slice->first + i;
    return (struct point){number / each, number % each};
}

static mlp_real way(const struct attribution *a, size_t step)
{
    if (step < N_TIPS)
        return step == START ? 0 : 1;
    return REAL(((double)(step - N_TIPS) + 0.5) / (double)a->n_steps);
}

/* The points as the first layer sees them. */
static void set_out(struct attribution *a, const struct slice *slice)
{
    struct pass *pass = &a->pass;
    size_t n_inputs = pass->network->spec.n_inputs;
    for (size_t i = 0; i < slice->n; i++) {
        struct point point = point_at(a, slice, i);
        const mlp_real *x = slice->x + point.row * n_inputs;
        mlp_real *to = pass->x + i * n_inputs, t = way(a, point.step);
        a->t[i] = t;
        for (size_t k = 0; k < n_inputs; k++)
            to[k] = a->level[k] ? x[k] : t * x[k];
    }
    if (pass->network->spec.n_embeddings == 0)
        return;
    embeddings_forward(pass->network, slice->n, pass->x, pass->h);
    embeddings_scale_levels(pass->network, slice->n, a->t, pass->h);
}

/* f and df/dz of one point, where d is softmax over the logits but z_c. The
 * largest of these has exp(z_k - z_k) there, so it tells the sum. */
static double log_odds(const mlp_real *z, size_t width, size_t c, mlp_real *d)
{
    size_t top = c == 0;
    for (size_t k = 0; k < width; k++) {
        if (k != c && z[k] > z[top])
            top = k;
    }
    double largest = (double)d[top];
    for (size_t k = 0; k < width; k++)
        d[k] = k == c ? 1 : -d[k];
    return largest > 0 ? (double)z[c] - (double)z[top] + scalar_log(largest)
                       : (double)z[c] - (double)z[top];
}

/* f and, in the logits' d, df/dz of each point. */
static void ask(struct attribution *a, const struct slice *slice)
{
    static const mlp_real nothing = -1e30F; /* its exp is 0 */
    struct pass *pass = &a->pass;
    const mlp_network *network = pass->network;
    size_t width = network->spec.n_outputs;
    bool odds = network->spec.output == MLP_OUTPUT_SOFTMAX && width > 1;
    const mlp_real *z = pass_layers(pass, (struct span){0, slice->n}, false);
    mlp_real *d = pass_logits_d(pass);
    memset(d, 0, slice->n * width * sizeof *d);
    if (odds)
        memcpy(d, z, slice->n * width * sizeof *d);
    for (size_t i = 0; i < slice->n; i++) {
        size_t c = slice->outputs[point_at(a, slice, i).row];
        d[i * width + c] = odds ? nothing : 1;
        a->values[i] = (double)z[i * width + c];
    }
    if (!odds)
        return;
    softmax(slice->n, width, d, d);
    for (size_t i = 0; i < slice->n; i++) {
        size_t c = slice->outputs[point_at(a, slice, i).row];
        a->values[i] = log_odds(z + i * width, width, c, d + i * width);
    }
}

/* dx of the points from the d of their logits. */
static void go_back(struct attribution *a, const struct slice *slice)
{
    struct pass *pass = &a->pass;
    pass_back(pass, (struct span){0, slice->n});
    if (pass->network->spec.n_embeddings > 0)
        embeddings_slopes(pass->network, slice->n, pass->x, pass->dh, a->dx);
}

/* A row's points come in their order, in however many slices. */
static void add_step(const struct attribution *a,
                     const mlp_real *x,
                     const mlp_real *dx,
                     double *parts)
{
    double share = 1 / (double)a->n_steps;
    for (size_t k = 0; k < a->pass.network->spec.n_inputs; k++) {
        double move = a->level[k] ? 1 : (double)x[k];
        parts[k] += (double)dx[k] * move * share;
    }
}

void attribution_add(struct attribution *a,
                     const mlp_network *network,
                     const mlp_real *x,
                     size_t n_rows,
                     const size_t *outputs,
                     double *parts,
                     double *starts,
                     double *ends)
{
    size_t n_inputs = network->spec.n_inputs;
    size_t n_points = n_rows * (a->n_steps + N_TIPS);
    struct slice slice = {.x = x, .outputs = outputs};
    a->pass.network = network;
    for (; slice.first < n_points; slice.first += slice.n) {
        slice.n = n_points - slice.first;
        if (slice.n > a->pass.max_rows)
            slice.n = a->pass.max_rows;
        set_out(a, &slice);
        ask(a, &slice);
        go_back(a, &slice);
        for (size_t i = 0; i < slice.n; i++) {
            struct point point = point_at(a, &slice, i);
            size_t at = point.row * n_inputs;
            if (point.step >= N_TIPS)
                add_step(a, x + at, a->dx + i * n_inputs, parts + at);
            else
                *(point.step == START ? starts + point.row
                                      : ends + point.row) += a->values[i];
        }
    }
}
