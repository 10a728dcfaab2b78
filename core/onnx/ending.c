/* SPDX-License-Identifier: MIT
 *
 * scikit-learn's exports end in ArgMax, a lookup of the class, and ZipMap;
 * others in the numbers alone. */
#include "onnx/ending.h"

#include <stdio.h>
#include <string.h>

#include "import/outputs.h"
#include "mlp/number.h"
#include "onnx/steps.h"

/* Nodes between an ArgMax and an output. */
enum { MAX_LINKS = 16 };

static mlp_status
add_number(struct label_list *list, int64_t number, mlp_error *err)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%lld", (long long)number);
    mlp_label label = {MLP_CELL_NUMBER, text, (size_t)length, (double)number};
    return labels_add(list, &label, err);
}

/* An element: whole numbers are spelled as such. */
static mlp_status add_element(struct label_list *list,
                              const struct tensor *tensor,
                              size_t i,
                              mlp_error *err)
{
    char text[MLP_DOUBLE_TEXT_MAX + 1] = "";
    double number = tensor_number(tensor, i);
    const char *word = number != 0 ? "true" : "false";
    if (tensor_is_bool(tensor))
        return labels_add(
            list, &(mlp_label){MLP_CELL_BOOLEAN, word, strlen(word), 0}, err);
    if (!(number >= -9e15 && number <= 9e15))
        return mlp_fail(err, MLP_INVALID, "tensor '%.64s': %g is no class",
                        tensor_name(tensor), number);
    if ((double)(int64_t)number == number)
        return add_number(list, (int64_t)number, err);
    size_t length = mlp_format_double(number, text);
    return labels_add(list, &(mlp_label){MLP_CELL_NUMBER, text, length, number},
                      err);
}

/* No more than a network can have, before there are labels of them. */
static mlp_status check_classes(size_t n, mlp_error *err)
{
    return n <= MLP_MAX_WIDTH
               ? MLP_OK
               : mlp_fail(err, MLP_INVALID,
                          "the graph has %zu classes, expected at most %d", n,
                          MLP_MAX_WIDTH);
}

static mlp_status take_tensor(struct ending *ending,
                              const Onnx__TensorProto *proto,
                              mlp_error *err)
{
    struct tensor tensor;
    mlp_status status = tensor_open(proto, &tensor, err);
    if (status == MLP_OK)
        status = check_classes(tensor.n, err);
    for (size_t i = 0; status == MLP_OK && i < tensor.n; i++) {
        if (tensor_is_text(&tensor)) {
            ProtobufCBinaryData text = tensor_text(&tensor, i);
            status =
                outputs_add_text(&ending->classes, text.data, text.len, err);
            continue;
        }
        status = add_element(&ending->classes, &tensor, i, err);
    }
    return status;
}

/* ZipMap's lists. */
static mlp_status
take_lists(struct ending *ending, const Onnx__NodeProto *zip, mlp_error *err)
{
    const Onnx__AttributeProto *texts =
        node_attribute(zip, "classlabels_strings");
    const Onnx__AttributeProto *numbers =
        node_attribute(zip, "classlabels_int64s");
    mlp_status status = MLP_OK;
    if (ending->classes.n > 0)
        return MLP_OK;
    if (texts != NULL)
        status = check_classes(texts->n_strings, err);
    if (status == MLP_OK && numbers != NULL)
        status = check_classes(numbers->n_ints, err);
    for (size_t i = 0; texts && status == MLP_OK && i < texts->n_strings; i++)
        status = outputs_add_text(&ending->classes, texts->strings[i].data,
                                  texts->strings[i].len, err);
    for (size_t i = 0; numbers && status == MLP_OK && i < numbers->n_ints; i++)
        status = add_number(&ending->classes, numbers->ints[i], err);
    return status;
}

/* The best of each row; its axis is 0 unless it says another. */
static bool is_argmax(const Onnx__NodeProto *node)
{
    int64_t axis = node_int(node, "axis", 0);
    return node_is(node, "ArgMax") && (axis == 1 || axis == -1);
}

static bool is_link(const Onnx__NodeProto *node)
{
    return node_is(node, "Cast") || node_is(node, "Identity") ||
           node_is(node, "Reshape") || node_is(node, "Squeeze");
}

/* Is this output a label? Then ArgMax's or the comparison's data is `label`,
 * and the classes are taken. */
static mlp_status take_label(struct ending *ending,
                             const struct lookup *graph,
                             const char *name,
                             bool *found,
                             mlp_error *err)
{
    const Onnx__TensorProto *classes = NULL;
    for (size_t i = 0; i < MAX_LINKS && !*found; i++) {
        const Onnx__NodeProto *node = lookup_node(graph, name);
        if (node == NULL)
            return MLP_OK;
        bool extracts =
            node_is(node, "ArrayFeatureExtractor") || node_is(node, "Gather");
        bool compares =
            node_is(node, "GreaterOrEqual") || node_is(node, "Greater");
        if (extracts)
            classes = lookup_constant(graph, node_input(node, 0));
        *found = is_argmax(node) || compares;
        if (!*found && !is_link(node) && !(extracts && classes != NULL))
            return MLP_OK;
        ending->argmax = ending->argmax || (*found && !compares);
        if (compares)
            ending->comparison = node;
        name = node_input(node, extracts ? 1 : 0);
    }
    if (!*found)
        return MLP_OK;
    ending->label = name;
    return classes != NULL && ending->classes.n == 0
               ? take_tensor(ending, classes, err)
               : MLP_OK;
}

static mlp_status take_output(struct ending *ending,
                              const struct lookup *graph,
                              const char *name,
                              mlp_error *err)
{
    bool label = false;
    const Onnx__NodeProto *zip = lookup_op(graph, name, "ZipMap");
    mlp_status status = MLP_OK;
    if (zip != NULL) {
        status = take_lists(ending, zip, err);
        name = node_input(zip, 0);
    }
    if (status == MLP_OK && zip == NULL && ending->label == NULL)
        status = take_label(ending, graph, name, &label, err);
    if (status != MLP_OK || label)
        return status;
    if (name == NULL || ending->data != NULL)
        return mlp_fail(err, MLP_INVALID,
                        "the graph has several outputs, '%.64s' and '%.64s': "
                        "expected one, and labels of it",
                        ending->data != NULL ? ending->data : "",
                        name != NULL ? name : "");
    ending->data = name;
    return MLP_OK;
}

/* A label is one from a probability of a half on, here too; of logits that is
 * 0. */
static mlp_status check_threshold(const struct ending *ending,
                                  const struct lookup *graph,
                                  mlp_error *err)
{
    struct tensor tensor;
    const Onnx__NodeProto *node = ending->comparison;
    if (node == NULL)
        return MLP_OK;
    const Onnx__TensorProto *proto =
        lookup_constant(graph, node_input(node, 1));
    bool one = proto != NULL && tensor_open(proto, &tensor, NULL) == MLP_OK &&
               !tensor_is_text(&tensor) && tensor.n == 1;
    double at = one ? tensor_number(&tensor, 0) : -1;
    bool logits =
        ending->label != NULL && strcmp(ending->label, ending->data) != 0;
    return at == 0.5 || (at == 0 && logits)
               ? MLP_OK
               : steps_refuse(node, "expected labels from 0.5 on", err);
}

mlp_status
ending_find(struct ending *ending, const struct lookup *graph, mlp_error *err)
{
    mlp_status status = MLP_OK;
    *ending = (struct ending){0};
    for (size_t i = 0; status == MLP_OK && i < graph->graph->n_output; i++)
        status = take_output(ending, graph, graph->graph->output[i]->name, err);
    if (ending->data == NULL)
        ending->data = ending->label;
    if (status == MLP_OK && ending->data == NULL)
        status = mlp_fail(err, MLP_INVALID, "the graph has no output");
    return status == MLP_OK ? check_threshold(ending, graph, err) : status;
}

void ending_free(struct ending *ending)
{
    labels_free(&ending->classes);
    *ending = (struct ending){0};
}
