/* SPDX-License-Identifier: MIT */
#include "onnx/activations.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* An attribute that may have one value, which is what it is if not given. */
static const struct {
    const char *op;
    mlp_activation activation;
    struct {
        const char *name;
        double value, unsaid;
    } attributes[2];
} activations[] = {
    {"Relu", MLP_RELU, {{0}}},
    {"Sigmoid", MLP_SIGMOID, {{0}}},
    {"Tanh", MLP_TANH, {{0}}},
    {"Softplus", MLP_SOFTPLUS, {{0}}},
    {"Mish", MLP_MISH, {{0}}},
    {"Gelu", MLP_GELU, {{0}}},
    {"LeakyRelu", MLP_LEAKY_RELU, {{"alpha", 0.01, 0.01}}},
    {"Elu", MLP_ELU, {{"alpha", 1, 1}}},
    {"Selu",
     MLP_SELU,
     {{"alpha", 1.6732632423543772, 1.6732632423543772},
      {"gamma", 1.0507009873554805, 1.0507009873554805}}},
};
enum { N_ACTIVATIONS = sizeof activations / sizeof *activations };

static mlp_status
check_attributes(const Onnx__NodeProto *node, size_t which, mlp_error *err)
{
    const Onnx__AttributeProto *approximate =
        node_attribute(node, "approximate");
    for (size_t i = 0; i < 2; i++) {
        const char *name = activations[which].attributes[i].name;
        double expected = activations[which].attributes[i].value;
        if (name == NULL)
            break;
        double found =
            node_float(node, name, activations[which].attributes[i].unsaid);
        if (!(fabs(found - expected) < 1e-5))
            return mlp_fail(err, MLP_INVALID,
                            "node '%.64s' (%s): %s is %g, it is always %g here",
                            node->name != NULL ? node->name : "",
                            activations[which].op, name, found, expected);
    }
    if (approximate != NULL && approximate->s.len > 0 &&
        !(approximate->s.len == 4 &&
          memcmp(approximate->s.data, "none", 4) == 0))
        return mlp_fail(err, MLP_INVALID,
                        "node '%.64s' (%s): it is approximated, it is exact "
                        "here",
                        node->name != NULL ? node->name : "",
                        activations[which].op);
    return MLP_OK;
}

mlp_status activation_read(const Onnx__NodeProto *node,
                           mlp_activation *out,
                           mlp_error *err)
{
    size_t i = 0;
    while (i < N_ACTIVATIONS && !node_is(node, activations[i].op))
        i++;
    assert(i < N_ACTIVATIONS);
    *out = activations[i].activation;
    return check_attributes(node, i, err);
}
