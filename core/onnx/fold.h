/* SPDX-License-Identifier: MIT
 *
 * Steps become dense layers: what is done to each element alone goes into the
 * scaling of the inputs or into the weights beside it. */
#ifndef MLP_ONNX_FOLD_H
#define MLP_ONNX_FOLD_H

#include "import/layers.h"
#include "onnx/steps.h"

/* The last layer's activation is one of the hidden ones, or sigmoid, which may
 * be meant as the output.
 * Errors: MLP_INVALID, MLP_NOMEM
 * Owner:  the caller's storage; layers_free(), also after an error. */
MLP_NODISCARD
mlp_status
fold_steps(struct layers *layers, const struct steps *steps, mlp_error *err);

#endif
