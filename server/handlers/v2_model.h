/* SPDX-License-Identifier: MIT
 *
 * What a model's tensors are called in the Open Inference Protocol.
 *
 * Inputs: a model of numbers takes one tensor, "input", FP32 [-1, features];
 * any other one input of [-1, 1] for each column, of its name: FP32 for
 * numbers, BYTES for texts and dates, BOOL, INT64 or FP64 for codes.
 * Outputs: classification "probabilities" FP32 [-1, classes] and "label" [-1],
 * INT64 or BOOL where all classes are that, else BYTES; regression "values"
 * FP32 [-1, targets]; multilabel "probabilities" FP32 [-1, labels]. */
#ifndef MLPD_V2_MODEL_H
#define MLPD_V2_MODEL_H

#include <stddef.h>

#include "handlers/v2_tensor.h"
#include "mlp/model.h"

struct v2_tensor_spec {
    const char *name;
    enum v2_datatype type;
    size_t width; /* the second dimension; 0: there is none */
};

/* Call `each` for every input, in the order of the features.  Threads: any. */
void v2_model_each_input(const mlp_model *model,
                         void (*each)(void *context,
                                      const struct v2_tensor_spec *spec),
                         void *context);

enum { V2_OUTPUTS_MAX = 2, V2_LABEL_OUTPUT = 1 };

/* How many there are; specs: [V2_OUTPUTS_MAX]. The first one is the network's
 * outputs, the second, V2_LABEL_OUTPUT, the best class.  Threads: any. */
size_t v2_model_outputs(const mlp_model *model, struct v2_tensor_spec *specs);

/* What output i of the network is called: a class, or a target. */
const char *v2_model_output_name(const mlp_model *model, size_t i);

#endif
