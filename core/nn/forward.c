/* SPDX-License-Identifier: MIT
 *
 * Prediction. Nothing is kept for a backward pass; two buffers take turns. */
#include "mlp/forward.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/team.h"
#include "math/activation.h"
#include "math/gemm.h"
#include "math/softmax.h"
#include "nn/embedding.h"
#include "nn/network.h"
#include "nn/pace.h"

struct mlp_workspace {
    size_t max_rows;
    size_t width;        /* of the network's widest layer */
    mlp_real *halves[2]; /* [max_rows, width] each */
    size_t n_embedded;   /* of the network's embeddings, 0 without any … */
    mlp_real *h;         /* … [max_rows, n_embedded]: what they make of x */
    struct team *team;   /* NULL: the caller's thread alone */
    struct pace pace;    /* how many of the team pay */
};

/* In front of the numbers, which begin with a cache line: calloc() and an
 * address rounded up are faster by far than aligned_alloc(). */
enum { HEAD_BYTES = sizeof(mlp_workspace) + ALLOC_ALIGNMENT - 1 };

/* Where they begin. */
static mlp_real *numbers_of(mlp_workspace *workspace)
{
    char *end = (char *)workspace + HEAD_BYTES;
    return (mlp_real *)(void *)(end - (uintptr_t)end % ALLOC_ALIGNMENT);
}

mlp_status mlp_workspace_create(const mlp_network *network,
                                size_t max_rows,
                                mlp_workspace **out,
                                mlp_error *err)
{
    *out = NULL;
    size_t width = network_widest(network), half, all, bytes;
    size_t n_embedded =
        network->spec.n_embeddings > 0 ? network->n_embedded : 0;
    if (max_rows == 0 || !size_mul(max_rows, width, &half) ||
        !size_mul(max_rows, 2 * width + n_embedded, &all) ||
        !size_mul(all, sizeof(mlp_real), &bytes) ||
        !size_add(bytes, HEAD_BYTES, &bytes))
        return mlp_fail(err, MLP_INVALID,
                        "workspace: %zu rows of %zu are out of range", max_rows,
                        width);
    mlp_workspace *workspace = alloc_array(1, bytes);
    if (!workspace)
        return mlp_fail(err, MLP_NOMEM, "workspace: no memory for %zu bytes",
                        bytes);
    mlp_real *memory = numbers_of(workspace);
    *workspace = (mlp_workspace){.max_rows = max_rows,
                                 .width = width,
                                 .halves = {memory, memory + half},
                                 .n_embedded = n_embedded,
                                 .h = memory + 2 * half};
    *out = workspace;
    return MLP_OK;
}

void mlp_workspace_destroy(mlp_workspace *workspace)
{
    if (!workspace)
        return;
    team_destroy(workspace->team);
    free(workspace);
}

mlp_status mlp_workspace_use_threads(mlp_workspace *workspace,
                                     size_t threads,
                                     mlp_error *err)
{
    struct team *team = NULL;
    if (threads != 1) {
        mlp_status status = team_create(threads, &team, err);
        if (status != MLP_OK)
            return status;
    }
    team_destroy(workspace->team);
    workspace->team = team;
    pace_init(&workspace->pace, threads);
    return MLP_OK;
}

/* A 0 has no sign: which one it got depends on how it was summed. */
static void identity(const mlp_real *z, size_t n, mlp_real *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = z[i] + 0;
}

void network_output(mlp_output output,
                    size_t n,
                    size_t width,
                    const mlp_real *z,
                    mlp_real *y)
{
    assert(output != MLP_OUTPUT_AUTO);
    switch (output) {
    case MLP_OUTPUT_SOFTMAX:
        softmax(n, width, z, y);
        return;
    case MLP_OUTPUT_SIGMOID:
        activation_apply(MLP_SIGMOID, z, n * width, y);
        return;
    case MLP_OUTPUT_IDENTITY:
    case MLP_OUTPUT_AUTO:
        identity(z, n * width, y);
        return;
    }
}

/* A slice, and who works on it. */
struct work {
    const mlp_network *network;
    mlp_workspace *workspace;
    const mlp_real *x;
    size_t n;
    mlp_real *y;
    size_t n_members;
};

/* z = f(x w + b) for these units of a layer. */
static void forward_units(const mlp_network *network,
                          const struct layer *layer,
                          size_t n,
                          struct span units,
                          const mlp_real *x,
                          mlp_real *z)
{
    bool relu = layer->activation == MLP_RELU;
    size_t n_units = units.end - units.first;
    if (n_units == 0)
        return;
    gemm_predict((struct gemm){n, layer->n_in, layer->n_out}, x,
                 network->parameters + layer->weights,
                 network->parameters + layer->biases, relu, units, z);
    if (relu)
        return;
    if (n_units == layer->n_out) {
        activation_apply(layer->activation, z, n * n_units, z);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        mlp_real *some = z + i * layer->n_out + units.first;
        activation_apply(layer->activation, some, n_units, some);
    }
}

/* What the first layer sees of these rows. */
static const mlp_real *embed(const struct work *work, struct span rows)
{
    const mlp_network *network = work->network;
    const mlp_real *x = work->x + rows.first * network->spec.n_inputs;
    mlp_real *h = work->workspace->h + rows.first * network->n_embedded;
    if (network->spec.n_embeddings == 0)
        return x;
    embeddings_forward(network, rows.end - rows.first, x, h);
    return h;
}

/* Some rows through all layers. Others may be at other layers at the time, so
 * each row has a place of its own in the halves. */
static void forward_rows(const struct work *work, struct span rows)
{
    const mlp_network *network = work->network;
    const mlp_workspace *workspace = work->workspace;
    size_t last = network->n_layers - 1, n = rows.end - rows.first;
    const mlp_real *x = embed(work, rows);
    mlp_real *y = work->y + rows.first * network->spec.n_outputs;
    for (size_t i = 0; i <= last; i++) {
        const struct layer *layer = &network->layers[i];
        mlp_real *half =
            workspace->halves[i % 2] + rows.first * workspace->width;
        mlp_real *z = i == last ? y : half;
        forward_units(network, layer, n, (struct span){0, layer->n_out}, x, z);
        x = z;
    }
    network_output(network->spec.output, n, network->spec.n_outputs, y, y);
}

static struct span
share_of(const struct work *work, size_t n, size_t grain, size_t member)
{
    struct span part;
    team_share(n, grain, member, work->n_members, &part.first, &part.end);
    return part;
}

static void work_on_rows(void *context, size_t member)
{
    const struct work *work = context;
    struct span rows = share_of(work, work->n, 1, member);
    if (rows.first < rows.end)
        forward_rows(work, rows);
}

static void work_on_units(void *context, size_t member)
{
    const struct work *work = context;
    const mlp_network *network = work->network;
    size_t last = network->n_layers - 1;
    const mlp_real *x = work->x;
    if (network->spec.n_embeddings > 0) {
        x = work->workspace->h;
        if (member == 0)
            (void)embed(work, (struct span){0, work->n});
        team_meet(work->workspace->team);
    }
    for (size_t i = 0; i <= last; i++) {
        const struct layer *layer = &network->layers[i];
        mlp_real *z = i == last ? work->y : work->workspace->halves[i % 2];
        forward_units(network, layer, work->n,
                      share_of(work, layer->n_out, GEMM_PANEL, member), x, z);
        team_meet(work->workspace->team);
        x = z;
    }
    if (member == 0)
        network_output(network->spec.output, work->n, network->spec.n_outputs,
                       work->y, work->y);
}

enum { ROWS_EACH = 8 }; /* with fewer for each thread, its tiles are cut */

static void share_out(struct work *work)
{
    struct team *team = work->workspace->team;
    if (work->n_members == 1)
        forward_rows(work, (struct span){0, work->n});
    else if (work->n >= ROWS_EACH * work->n_members)
        team_run(team, work_on_rows, work);
    else
        team_run(team, work_on_units, work);
}

/* Timed where a team could do it. */
static void forward_slice(struct work *work)
{
    struct pace *pace = &work->workspace->pace;
    size_t n_multiplications = work->n * work->network->n_parameters;
    size_t worth = pace_worth(n_multiplications);
    work->n_members = 1;
    if (!work->workspace->team || worth == 1) {
        share_out(work);
        return;
    }
    work->n_members = pace_members(pace) < worth ? pace_members(pace) : worth;
    double began = clock_s();
    share_out(work);
    pace_note(pace, (double)n_multiplications, clock_s() - began);
}

void mlp_network_forward(const mlp_network *network,
                         mlp_workspace *workspace,
                         const mlp_real *x,
                         size_t n_rows,
                         mlp_real *y)
{
    assert(workspace->width >= network_widest(network));
    assert(network->spec.n_embeddings == 0 ||
           workspace->n_embedded >= network->n_embedded);
    struct work work = {.network = network, .workspace = workspace};
    for (size_t done = 0; done < n_rows; done += work.n) {
        work.n = n_rows - done;
        if (work.n > workspace->max_rows)
            work.n = workspace->max_rows;
        work.x = x + done * network->spec.n_inputs;
        work.y = y + done * network->spec.n_outputs;
        forward_slice(&work);
    }
}
