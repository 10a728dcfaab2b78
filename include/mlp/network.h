/* SPDX-License-Identifier: MIT
 *
 * A multilayer perceptron: dense layers z = W x + b, a = f(z), and what its
 * outputs mean. A network is parameters and nothing else; scratch memory is a
 * workspace, one a thread. */
#ifndef MLP_NETWORK_H
#define MLP_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/embedding.h"
#include "mlp/status.h"

/* gelu is the exact one (erf); leaky_relu has slope 0.01; elu has alpha 1. */
#define MLP_ACTIVATION_TABLE(X)                                                \
    X(SIGMOID, "sigmoid")                                                      \
    X(TANH, "tanh")                                                            \
    X(RELU, "relu")                                                            \
    X(LEAKY_RELU, "leaky_relu")                                                \
    X(ELU, "elu")                                                              \
    X(SELU, "selu")                                                            \
    X(GELU, "gelu")                                                            \
    X(SILU, "silu")                                                            \
    X(MISH, "mish")                                                            \
    X(SOFTPLUS, "softplus")                                                    \
    X(IDENTITY, "identity")

/* AUTO: He for the relu family, LeCun for selu, Glorot for the rest. Biases
 * start at 0. Uniform and normal draws have the same variance. NTK (Jacot et
 * al. 2018): weights N(0, 1 / fan_in), hidden biases N(0, 1), and a last layer
 * of zeros. */
#define MLP_INITIALIZER_TABLE(X)                                               \
    X(AUTO, "auto")                                                            \
    X(GLOROT_UNIFORM, "glorot_uniform")                                        \
    X(GLOROT_NORMAL, "glorot_normal")                                          \
    X(HE_UNIFORM, "he_uniform")                                                \
    X(HE_NORMAL, "he_normal")                                                  \
    X(LECUN_UNIFORM, "lecun_uniform")                                          \
    X(LECUN_NORMAL, "lecun_normal")                                            \
    X(ZEROS, "zeros")                                                          \
    X(NTK, "ntk")

/* AUTO is resolved from the task by mlp_plan_create(). */
#define MLP_OUTPUT_TABLE(X)                                                    \
    X(AUTO, "auto")                                                            \
    X(SOFTMAX, "softmax")                                                      \
    X(SIGMOID, "sigmoid")                                                      \
    X(IDENTITY, "identity")

#define X(name, text) MLP_##name,
typedef enum mlp_activation { MLP_ACTIVATION_TABLE(X) } mlp_activation;
#undef X
#define X(name, text) MLP_INIT_##name,
typedef enum mlp_initializer { MLP_INITIALIZER_TABLE(X) } mlp_initializer;
#undef X
#define X(name, text) MLP_OUTPUT_##name,
typedef enum mlp_output { MLP_OUTPUT_TABLE(X) } mlp_output;
#undef X

/* Names as in the tables; parse: false for any other.  Threads: any. */
MLP_API const char *mlp_activation_name(mlp_activation activation);
MLP_API const char *mlp_initializer_name(mlp_initializer initializer);
MLP_API const char *mlp_output_name(mlp_output output);
MLP_API bool mlp_activation_parse(const char *name, mlp_activation *out);
MLP_API bool mlp_initializer_parse(const char *name, mlp_initializer *out);
MLP_API bool mlp_output_parse(const char *name, mlp_output *out);

typedef struct mlp_layer_spec {
    size_t n_units;
    mlp_activation activation;
    mlp_real dropout; /* [0, 1): the share of outputs zeroed in training */
} mlp_layer_spec;

enum { MLP_MAX_LAYERS = 64, MLP_MAX_WIDTH = 65536 };

typedef struct mlp_network_spec {
    size_t n_inputs;
    size_t n_hidden; /* 0: a linear model; below MLP_MAX_LAYERS */
    const mlp_layer_spec *hidden;
    size_t n_outputs;
    mlp_output output;
    mlp_initializer initializer;
    size_t n_embeddings; /* of inputs; 0: each goes in as it is */
    const mlp_embedding_spec *embeddings;
} mlp_network_spec;

typedef struct mlp_network mlp_network;

/* Build a network and draw its weights; equal arguments give equal bits.
 * Sources: Glorot & Bengio 2010; He et al. 2015; LeCun et al. 1998.
 *
 * Errors:  MLP_INVALID  a width is 0 or above MLP_MAX_WIDTH, too many layers,
 *                       an output of AUTO, a dropout out of range; MLP_NOMEM
 * Owner:   caller; free *out with mlp_network_destroy(). *out is NULL on error.
 * Threads: any. */
MLP_API MLP_NODISCARD mlp_status
mlp_network_create(const mlp_network_spec *spec,
                   uint64_t seed,
                   mlp_network **out,
                   mlp_error *err);
MLP_API void mlp_network_destroy(mlp_network *network);

/* How many weights, those of embeddings among them, and how many biases a
 * network of this shape has; both together fit a size_t, else MLP_INVALID.
 * Builds nothing.  Threads: any. */
MLP_API MLP_NODISCARD mlp_status mlp_network_count(const mlp_network_spec *spec,
                                                   size_t *n_weights,
                                                   size_t *n_biases,
                                                   mlp_error *err);

/* The shape it was built with; valid as long as the network.  Threads: any. */
MLP_API const mlp_network_spec *mlp_network_shape(const mlp_network *network);

/* Layers with parameters: n_hidden + 1. */
MLP_API size_t mlp_network_n_layers(const mlp_network *network);
MLP_API size_t mlp_network_layer_inputs(const mlp_network *network,
                                        size_t layer);
MLP_API size_t mlp_network_layer_outputs(const mlp_network *network,
                                         size_t layer);

/* Copy one layer's parameters out or in. weights: [outputs, inputs], row-major;
 * biases: [outputs]. How a network keeps them inside is its own affair.
 * Threads: get any; set while nobody else uses the network. */
MLP_API void mlp_network_get_layer(const mlp_network *network,
                                   size_t layer,
                                   mlp_real *weights,
                                   mlp_real *biases);
MLP_API void mlp_network_set_layer(mlp_network *network,
                                   size_t layer,
                                   const mlp_real *weights,
                                   const mlp_real *biases);

#endif
