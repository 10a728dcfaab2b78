/* SPDX-License-Identifier: MIT */
#include "handlers/slices.h"

#include <stdlib.h>

#include "handlers/heavy.h"

static const uint64_t QUICK_MULTIPLICATIONS = 300000000;

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

mlp_status slices_push(const struct http_request *request,
                       const struct live_model *live,
                       const float *rows,
                       size_t n_rows,
                       slices_take *take,
                       void *context,
                       mlp_error *err)
{
    const mlp_model *model = live->model;
    size_t slice = smaller(n_rows, SLICE_ROWS), n;
    size_t width = mlp_model_n_features(model);
    mlp_predictor *predictor;
    mlp_status status = live_model_take_predictor(live, slice, &predictor, err);
    if (status != MLP_OK)
        return status;
    float *outputs =
        malloc(slice * mlp_model_n_outputs(model) * sizeof *outputs);
    if (outputs == NULL)
        status = mlp_fail(err, MLP_NOMEM, "out of memory");
    for (size_t i = 0; status == MLP_OK && i < n_rows; i += n) {
        n = smaller(n_rows - i, slice);
        if (heavy_is_hurried(request)) {
            status = mlp_fail(err, MLP_CANCELLED, "the server is stopping");
            break;
        }
        mlp_model_predict(model, predictor, rows + i * width, n, outputs);
        if (!take(context, rows + i * width, outputs, n))
            break;
    }
    live_model_give_predictor(live, slice, predictor);
    free(outputs);
    return status;
}

bool slices_are_quick(const mlp_model *model, uint64_t n_rows, uint64_t times)
{
    size_t n_weights, n_biases;
    uint64_t cost;
    mlp_model_count(model, &n_weights, &n_biases);
    return !__builtin_mul_overflow(n_rows, n_weights + n_biases, &cost) &&
           !__builtin_mul_overflow(cost, times, &cost) &&
           cost <= QUICK_MULTIPLICATIONS;
}
