/* SPDX-License-Identifier: MIT
 *
 * All kernels, for the instruction set that the including file has named; the
 * body of isa_*.c. */
#ifndef MLP_MATH_KERNELS_OF_H
#define MLP_MATH_KERNELS_OF_H

#include "math/activations.h"
#include "math/backward.h"
#include "math/drops.h"
#include "math/forward.h"
#include "math/gathers.h"
#include "math/gradient.h"
#include "math/kernels.h"
#include "math/periodics.h"
#include "math/softmaxes.h"
#include "math/sparse.h"
#include "math/updates.h"

#define KERNELS(text)                                                          \
    {                                                                          \
        .name = (text), .lanes = LANES, .forward = forward,                    \
        .predict = predict, .backward = backward, .gradient = gradient,        \
        .activations = activations, .functions = functions,                    \
        .softmax = softmaxes, .cross_entropy = cross_entropies,                \
        .gather = gather, .periodic_embed = periodic_embeds,                   \
        .periodic_gradient = periodic_gradients,                               \
        .periodic_slope = periodic_slopes, .drop = drops, .update = update,    \
    }

#endif
