/* SPDX-License-Identifier: MIT */
#include "import/layers.h"

#include <stdlib.h>

#include "base/alloc.h"

/* All layers that change nothing have together the square of that many weights,
 * which no file had to bring. */
enum { MAX_IDENTITY = 1024 };

mlp_status layers_init(struct layers *layers, size_t n_inputs, mlp_error *err)
{
    *layers = (struct layers){.n_inputs = n_inputs};
    layers->items = alloc_array(MLP_MAX_LAYERS, sizeof *layers->items);
    layers->shift = alloc_array(n_inputs, sizeof *layers->shift);
    layers->scale = alloc_array(n_inputs, sizeof *layers->scale);
    if (!layers->items || !layers->shift || !layers->scale)
        return mlp_fail(err, MLP_NOMEM, "out of memory for layers");
    for (size_t i = 0; i < n_inputs; i++)
        layers->scale[i] = 1;
    return MLP_OK;
}

void layers_free(struct layers *layers)
{
    for (size_t i = 0; i < layers->n; i++) {
        free(layers->items[i].w);
        free(layers->items[i].b);
    }
    free(layers->items);
    free(layers->shift);
    free(layers->scale);
    *layers = (struct layers){0};
}

mlp_status layers_add(struct layers *layers, size_t n_out, mlp_error *err)
{
    size_t n_in =
        layers->n > 0 ? layers->items[layers->n - 1].n_out : layers->n_inputs;
    size_t n;
    if (layers->n == MLP_MAX_LAYERS || n_out == 0 || n_out > MLP_MAX_WIDTH ||
        !size_mul(n_out, n_in, &n))
        return mlp_fail(err, MLP_INVALID,
                        "expected at most %d layers of 1 to %d units",
                        MLP_MAX_LAYERS, MLP_MAX_WIDTH);
    struct dense *dense = &layers->items[layers->n++];
    *dense = (struct dense){.n_in = n_in,
                            .n_out = n_out,
                            .w = alloc_array(n, sizeof(double)),
                            .b = alloc_array(n_out, sizeof(double)),
                            .activation = MLP_IDENTITY};
    return dense->w != NULL && dense->b != NULL
               ? MLP_OK
               : mlp_fail(err, MLP_NOMEM, "out of memory for a layer");
}

mlp_status layers_add_identity(struct layers *layers, mlp_error *err)
{
    size_t width = layers->items[layers->n - 1].n_out;
    size_t most = (size_t)MAX_IDENTITY * MAX_IDENTITY - layers->made;
    if (width > MAX_IDENTITY || width * width > most)
        return mlp_fail(err, MLP_INVALID,
                        "activations without a layer of their own, in a row or "
                        "at the end, would take layers of more than %d x %d "
                        "weights",
                        MAX_IDENTITY, MAX_IDENTITY);
    layers->made += width * width;
    mlp_status status = layers_add(layers, width, err);
    for (size_t i = 0; status == MLP_OK && i < width; i++)
        layers->items[layers->n - 1].w[i * width + i] = 1;
    return status;
}
