/* SPDX-License-Identifier: MIT
 *
 * One table of operators, each with the function that makes steps of it and
 * says where the path goes on. */
#include "onnx/steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "onnx/activations.h"
#include "onnx/gates.h"

static const char ml_domain[] = "ai.onnx.ml";
/* Values on the path: each may be gone through as often as a layer is wide. */
enum { MAX_PATH = 32 * MLP_MAX_LAYERS };

mlp_status
steps_refuse(const Onnx__NodeProto *node, const char *why, mlp_error *err)
{
    const char *name = node->name != NULL && *node->name != '\0' ? node->name
                       : node->n_output > 0 ? node->output[0]
                                            : "";
    return mlp_fail(err, MLP_INVALID, "node '%.64s' (%.32s): %s", name,
                    node->op_type != NULL ? node->op_type : "?", why);
}

/* A new step of that kind, the last one of the path so far. */
static struct step *
push(struct steps *steps, const Onnx__NodeProto *node, enum step_kind kind)
{
    struct step *step = &steps->items[steps->n++];
    if (kind == STEP_DENSE && steps->n_behind == 0)
        steps->n_behind = steps->n_names;
    *step = (struct step){
        .kind = kind, .node = node, .alpha = 1, .beta = 1, .gain = 1};
    return step;
}

static mlp_status constant_at(const struct steps *steps,
                              const Onnx__NodeProto *node,
                              size_t i,
                              struct tensor *out,
                              mlp_error *err)
{
    const Onnx__TensorProto *proto =
        lookup_constant(steps->graph, node_input(node, i));
    if (proto == NULL)
        return steps_refuse(node, "expected a constant beside the data", err);
    mlp_status status = tensor_open(proto, out, err);
    if (status == MLP_OK && tensor_is_text(out))
        return steps_refuse(node, "expected numbers, got texts", err);
    if (status == MLP_OK && tensor_is_bool(out))
        return steps_refuse(node, "expected numbers, got booleans", err);
    return status;
}

static bool is_constant(const struct steps *steps, const char *name)
{
    return lookup_constant(steps->graph, name) != NULL;
}

/* --- layers ----------------------------------------------------------------
 */

typedef mlp_status walker(struct steps *steps,
                          const Onnx__NodeProto *node,
                          const char **next,
                          mlp_error *err);

/* Rows become columns, unless its order is the one that they had. */
static bool turns(const Onnx__NodeProto *transpose)
{
    const Onnx__AttributeProto *perm = node_attribute(transpose, "perm");
    return perm == NULL || perm->n_ints != 2 || perm->ints[0] != 0;
}

/* W, or its transposition. */
static mlp_status weights_at(const struct steps *steps,
                             const Onnx__NodeProto *node,
                             struct step *step,
                             mlp_error *err)
{
    const char *name = node_input(node, 1);
    const Onnx__NodeProto *turn = lookup_op(steps->graph, name, "Transpose");
    if (turn != NULL && turns(turn))
        step->transposed = !step->transposed;
    mlp_status status = turn != NULL
                            ? constant_at(steps, turn, 0, &step->w, err)
                            : constant_at(steps, node, 1, &step->w, err);
    if (status == MLP_OK && (step->w.rank != 2 || step->w.n == 0))
        return steps_refuse(node, "expected a matrix of weights", err);
    return status;
}

static mlp_status gemm(struct steps *steps,
                       const Onnx__NodeProto *node,
                       const char **next,
                       mlp_error *err)
{
    struct step *step = push(steps, node, STEP_DENSE);
    *next = node_input(node, 0);
    step->transposed = node_int(node, "transB", 0) != 0;
    step->alpha = node_float(node, "alpha", 1);
    step->beta = node_float(node, "beta", 1);
    if (node_int(node, "transA", 0) != 0)
        return steps_refuse(node, "its data is transposed (transA)", err);
    mlp_status status = weights_at(steps, node, step, err);
    if (status == MLP_OK && node_input(node, 2) != NULL)
        status = constant_at(steps, node, 2, &step->c, err);
    return status;
}

static mlp_status matmul(struct steps *steps,
                         const Onnx__NodeProto *node,
                         const char **next,
                         mlp_error *err)
{
    *next = node_input(node, 0);
    return weights_at(steps, node, push(steps, node, STEP_DENSE), err);
}

/* --- element by element ------------------------------------------------------
 */

/* Which input is the data; the other one is the constant. */
static mlp_status one_constant(const struct steps *steps,
                               const Onnx__NodeProto *node,
                               const char *otherwise,
                               size_t *data,
                               mlp_error *err)
{
    bool first = is_constant(steps, node_input(node, 0));
    *data = first ? 1 : 0;
    if (first == is_constant(steps, node_input(node, 1)))
        return steps_refuse(node, otherwise, err);
    return MLP_OK;
}

static mlp_status shift(struct steps *steps,
                        const Onnx__NodeProto *node,
                        const char **next,
                        mlp_error *err)
{
    size_t data;
    bool minus = node_is(node, "Sub");
    mlp_status status =
        one_constant(steps, node,
                     "expected the data and a constant (paths that join again "
                     "cannot be read)",
                     &data, err);
    if (status != MLP_OK)
        return status;
    struct step *step = push(steps, node, STEP_SHIFT);
    step->alpha = minus && data == 1 ? -1 : 1;
    step->beta = minus && data == 0 ? -1 : 1;
    *next = node_input(node, data);
    return constant_at(steps, node, 1 - data, &step->c, err);
}

static mlp_status factor(struct steps *steps,
                         const Onnx__NodeProto *node,
                         const char **next,
                         mlp_error *err)
{
    size_t data;
    struct gate gate;
    bool divide = node_is(node, "Div");
    if (!divide && gate_find(steps->graph, node, &gate)) {
        struct step *step = push(steps, node, STEP_ACTIVATION);
        step->activation = gate.activation;
        step->gain = gate.gain;
        *next = gate.data;
        return MLP_OK;
    }
    mlp_status status = one_constant(
        steps, node, "expected the data and a constant, or SiLU, Mish or GELU",
        &data, err);
    if (status != MLP_OK)
        return status;
    if (divide && data == 1)
        return steps_refuse(node, "it divides by the data", err);
    struct step *step = push(steps, node, STEP_FACTOR);
    step->beta = divide ? -1 : 1;
    *next = node_input(node, data);
    return constant_at(steps, node, 1 - data, &step->c, err);
}

static mlp_status scaler(struct steps *steps,
                         const Onnx__NodeProto *node,
                         const char **next,
                         mlp_error *err)
{
    struct step *step = push(steps, node, STEP_SCALER);
    (void)err;
    step->offset = node_attribute(node, "offset");
    step->scale = node_attribute(node, "scale");
    *next = node_input(node, 0);
    return MLP_OK;
}

static mlp_status batch(struct steps *steps,
                        const Onnx__NodeProto *node,
                        const char **next,
                        mlp_error *err)
{
    mlp_status status = MLP_OK;
    struct step *step = push(steps, node, STEP_BATCH);
    if (node_int(node, "training_mode", 0) != 0)
        return steps_refuse(node, "it was exported for training", err);
    step->epsilon = node_float(node, "epsilon", 1e-5);
    *next = node_input(node, 0);
    for (size_t i = 0; status == MLP_OK && i < 4; i++)
        status = constant_at(steps, node, i + 1, &step->batch[i], err);
    return status;
}

/* Where(IsNaN(input), 0, x): what a missing cell is here, too. */
static mlp_status gaps(struct steps *steps,
                       const Onnx__NodeProto *node,
                       const char **next,
                       mlp_error *err)
{
    struct tensor zeros = {0};
    const Onnx__NodeProto *test =
        lookup_op(steps->graph, node_input(node, 0), "IsNaN");
    if (test == NULL || !lookup_is_input(steps->graph, node_input(test, 0)))
        return steps_refuse(node, "expected Where(IsNaN(input), 0, …)", err);
    if (steps->tested != NULL)
        return steps_refuse(node, "expected it once", err);
    steps->tested = node_input(test, 0);
    (void)push(steps, node, STEP_GAPS);
    *next = node_input(node, 2);
    mlp_status status = constant_at(steps, node, 1, &zeros, err);
    for (size_t i = 0; status == MLP_OK && i < zeros.n; i++)
        if (tensor_number(&zeros, i) != 0)
            return steps_refuse(node, "missing cells are 0 here", err);
    return status;
}

/* --- activations -------------------------------------------------------------
 */

static mlp_status activation(struct steps *steps,
                             const Onnx__NodeProto *node,
                             const char **next,
                             mlp_error *err)
{
    struct step *step = push(steps, node, STEP_ACTIVATION);
    *next = node_input(node, 0);
    return activation_read(node, &step->activation, err);
}

static mlp_status softmax(struct steps *steps,
                          const Onnx__NodeProto *node,
                          const char **next,
                          mlp_error *err)
{
    int64_t axis = node_int(node, "axis", -1);
    if (axis != 1 && axis != -1)
        return steps_refuse(node, "expected it along axis 1", err);
    (void)push(steps, node, STEP_SOFTMAX);
    steps->logarithm = steps->logarithm || node_is(node, "LogSoftmax");
    *next = node_input(node, 0);
    return MLP_OK;
}

/* --- what changes nothing
 * ------------------------------------------------------ */

static mlp_status pass(struct steps *steps,
                       const Onnx__NodeProto *node,
                       const char **next,
                       mlp_error *err)
{
    enum { FLOAT = 1, DOUBLE = 11 };
    (void)steps;
    *next = node_input(node, 0);
    int64_t to = node_int(node, "to", FLOAT);
    if (node_is(node, "Cast") && to != FLOAT && to != DOUBLE)
        return steps_refuse(node, "it makes something else than floats", err);
    return MLP_OK;
}

static mlp_status flatten(struct steps *steps,
                          const Onnx__NodeProto *node,
                          const char **next,
                          mlp_error *err)
{
    (void)steps;
    *next = node_input(node, 0);
    return node_int(node, "axis", 1) == 1
               ? MLP_OK
               : steps_refuse(node, "expected it at axis 1", err);
}

/* Rows stay rows: [N, width], or with one shape dimension one number each. */
static mlp_status reshape(struct steps *steps,
                          const Onnx__NodeProto *node,
                          const char **next,
                          mlp_error *err)
{
    struct tensor shape = {0};
    *next = node_input(node, 0);
    mlp_status status = constant_at(steps, node, 1, &shape, err);
    if (status != MLP_OK)
        return status;
    bool column = shape.n == 1 && tensor_number(&shape, 0) == -1;
    double width = shape.n == 2 ? tensor_number(&shape, 1) : 1;
    if (shape.n != 2 && !column)
        return steps_refuse(node, "expected a shape of [N, width]", err);
    push(steps, node, STEP_WIDTH)->alpha = width == 0 ? -1 : width;
    return MLP_OK;
}

/* --- where it begins, or becomes two
 * --------------------------------------------- */

static bool are_inputs(const struct steps *steps, const Onnx__NodeProto *node)
{
    for (size_t i = 0; i < node->n_input; i++)
        if (!lookup_is_input(steps->graph, node->input[i]))
            return false;
    return node->n_input > 0;
}

/* [1 - p, p], as scikit-learn's export has it. */
static const char *pair_of(const struct steps *steps,
                           const Onnx__NodeProto *node)
{
    struct tensor one = {0};
    const Onnx__NodeProto *rest =
        lookup_op(steps->graph, node_input(node, 0), "Sub");
    const char *p = node_input(node, 1);
    const Onnx__TensorProto *proto =
        rest != NULL ? lookup_constant(steps->graph, node_input(rest, 0))
                     : NULL;
    bool found = proto != NULL && p != NULL && node->n_input == 2 &&
                 node_input(rest, 1) != NULL &&
                 strcmp(node_input(rest, 1), p) == 0 &&
                 tensor_open(proto, &one, NULL) == MLP_OK && one.n == 1 &&
                 tensor_number(&one, 0) == 1;
    return found ? p : NULL;
}

static mlp_status concat(struct steps *steps,
                         const Onnx__NodeProto *node,
                         const char **next,
                         mlp_error *err)
{
    int64_t axis = node_int(node, "axis", 0);
    const char *p = pair_of(steps, node);
    if ((axis == 1 || axis == -1) && are_inputs(steps, node)) {
        steps->columns = node->input;
        steps->n_inputs = node->n_input;
        *next = NULL;
        return MLP_OK;
    }
    if ((axis != 1 && axis != -1) || p == NULL)
        return steps_refuse(
            node, "expected the graph's inputs side by side, or 1 - p and p",
            err);
    (void)push(steps, node, STEP_PAIR);
    *next = p;
    return MLP_OK;
}

static const struct {
    const char *op;
    walker *walk;
    bool ml; /* of ai.onnx.ml */
} operators[] = {
    {"Gemm", gemm, false},           {"MatMul", matmul, false},
    {"Add", shift, false},           {"Sub", shift, false},
    {"Mul", factor, false},          {"Div", factor, false},
    {"Scaler", scaler, true},        {"BatchNormalization", batch, false},
    {"Where", gaps, false},          {"Relu", activation, false},
    {"Sigmoid", activation, false},  {"Tanh", activation, false},
    {"Softplus", activation, false}, {"Mish", activation, false},
    {"Gelu", activation, false},     {"LeakyRelu", activation, false},
    {"Elu", activation, false},      {"Selu", activation, false},
    {"Softmax", softmax, false},     {"LogSoftmax", softmax, false},
    {"Identity", pass, false},       {"Dropout", pass, false},
    {"Cast", pass, false},           {"Flatten", flatten, false},
    {"Reshape", reshape, false},     {"Concat", concat, false},
};
enum { N_OPERATORS = sizeof operators / sizeof *operators };

static walker *walker_of(const Onnx__NodeProto *node)
{
    const char *domain = node->domain != NULL ? node->domain : "";
    bool ml = strcmp(domain, ml_domain) == 0;
    bool standard = *domain == '\0' || strcmp(domain, "ai.onnx") == 0;
    for (size_t i = 0; i < N_OPERATORS; i++)
        if (node_is(node, operators[i].op) && (operators[i].ml ? ml : standard))
            return operators[i].walk;
    return NULL;
}

/* One node back; *name becomes the value before it, or NULL at the inputs. */
static mlp_status
step_back(struct steps *steps, const char **name, mlp_error *err)
{
    const Onnx__NodeProto *node = lookup_node(steps->graph, *name);
    const char *next = NULL;
    if (node == NULL)
        return mlp_fail(err, MLP_INVALID,
                        is_constant(steps, *name)
                            ? "the output is a constant, '%.64s'"
                            : "nothing makes the value '%.64s'",
                        *name);
    walker *walk = walker_of(node);
    if (walk == NULL)
        return steps_refuse(
            node, "this operator is none of a multilayer perceptron", err);
    /* A path has no value twice, unless it is a circle. */
    if (steps->n_names == steps->capacity)
        return steps_refuse(node,
                            steps->capacity < MAX_PATH
                                ? "the graph goes in a circle"
                                : "there are too many operators behind it",
                            err);
    steps->names[steps->n_names++] = *name;
    mlp_status status = walk(steps, node, &next, err);
    if (status == MLP_OK && next == NULL && steps->columns == NULL)
        return steps_refuse(node, "it has no data", err);
    *name = next;
    return status;
}

mlp_status steps_walk(struct steps *steps,
                      const struct lookup *graph,
                      const char *name,
                      mlp_error *err)
{
    mlp_status status = MLP_OK;
    size_t n =
        graph->graph->n_node < MAX_PATH ? graph->graph->n_node + 1 : MAX_PATH;
    *steps = (struct steps){.graph = graph, .capacity = n};
    steps->items = alloc_array(n, sizeof *steps->items);
    steps->names = alloc_array(n, sizeof *steps->names);
    if (steps->items == NULL || steps->names == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for a graph");
    while (status == MLP_OK && name != NULL && !lookup_is_input(graph, name))
        status = step_back(steps, &name, err);
    if (status == MLP_OK && steps->tested != NULL &&
        (name == NULL || strcmp(name, steps->tested) != 0))
        return mlp_fail(err, MLP_INVALID,
                        "missing cells are looked for in '%.64s', the data is "
                        "another input",
                        steps->tested);
    return status;
}

void steps_free(struct steps *steps)
{
    free(steps->items);
    free(steps->names);
    *steps = (struct steps){0};
}

bool steps_pass(const struct steps *steps, const char *name)
{
    for (size_t i = 0; i < steps->n_behind; i++)
        if (strcmp(steps->names[i], name) == 0)
            return true;
    return false;
}
