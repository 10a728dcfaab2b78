/* SPDX-License-Identifier: MIT
 *
 * What a graph does with its input, one thing after the other: the path from
 * an output back to the inputs. What lies beside that path is not looked at. */
#ifndef MLP_ONNX_STEPS_H
#define MLP_ONNX_STEPS_H

#include "mlp/network.h"
#include "onnx/lookup.h"
#include "onnx/tensor.h"

enum step_kind {
    STEP_DENSE,      /* x W alpha + c beta */
    STEP_SHIFT,      /* sign x + c */
    STEP_FACTOR,     /* x c or x / c */
    STEP_SCALER,     /* (x - offset) scale */
    STEP_BATCH,      /* (x - mean) / sqrt(var + epsilon) scale + bias */
    STEP_ACTIVATION, /* gain f(x) */
    STEP_SOFTMAX,
    STEP_PAIR,  /* of one probability p: 1 - p, p */
    STEP_GAPS,  /* 0 for a missing cell */
    STEP_WIDTH, /* it must be alpha wide; below 0: anything */
};

struct step {
    enum step_kind kind;
    const Onnx__NodeProto *node;
    struct tensor w, c; /* DENSE; c also SHIFT, FACTOR */
    bool transposed;    /* DENSE: W is [out, in] */
    double alpha, beta; /* DENSE; alpha also of SHIFT its sign (1 or -1), and
                           of that of c: beta; of FACTOR beta -1: divide */
    mlp_activation activation;
    double gain;
    const Onnx__AttributeProto *offset, *scale; /* SCALER */
    struct tensor batch[4]; /* BATCH: scale, bias, mean, var */
    double epsilon;
};

struct steps {
    const struct lookup *graph;
    struct step *items; /* the last one first */
    const char **names; /* of the values on the path, [n_names] */
    size_t n, n_names, capacity;
    char **columns; /* the graph's inputs, [n_inputs], where it puts one a
                       column side by side; else NULL */
    size_t n_inputs;
    size_t n_behind; /* names of what comes behind the last layer, or of it */
    const char *tested; /* where missing cells are 0: of which input */
    bool logarithm;     /* ended in LogSoftmax */
};

/* From the value `name` back.
 * Errors:  MLP_INVALID  an operator that is none of such a network: the text
 *                       names it; MLP_NOMEM
 * Owner:   the caller's storage; steps_free(), also after an error. */
MLP_NODISCARD
mlp_status steps_walk(struct steps *steps,
                      const struct lookup *graph,
                      const char *name,
                      mlp_error *err);
void steps_free(struct steps *steps);

/* Does the path go through that value, with no layer behind it? */
bool steps_pass(const struct steps *steps, const char *name);

/* "node 'n' (Op): …", why this graph is none that can be read. */
mlp_status
steps_refuse(const Onnx__NodeProto *node, const char *why, mlp_error *err);

#endif
