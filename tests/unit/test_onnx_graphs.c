/* SPDX-License-Identifier: MIT
 *
 * Graphs that were made to be slow, large or misread. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_files.h"

static void rename_text(char **text, const char *to)
{
    free(*text);
    *text = strdup(to);
}

/* Append op(a, b), the value of which is called `out`; b may be NULL. */
static Onnx__NodeProto *append(Onnx__ModelProto *proto,
                               const char *op,
                               const char *a,
                               const char *b,
                               const char *out)
{
    Onnx__GraphProto *graph = proto->graph;
    Onnx__NodeProto *node = malloc(sizeof *node);
    onnx__node_proto__init(node);
    node->op_type = strdup(op);
    node->n_input = b != NULL ? 2 : 1;
    node->input = calloc(2, sizeof *node->input);
    node->input[0] = strdup(a);
    if (b != NULL)
        node->input[1] = strdup(b);
    node->n_output = 1;
    node->output = calloc(2, sizeof *node->output);
    node->output[0] = strdup(out);
    graph->node =
        realloc(graph->node, (graph->n_node + 1) * sizeof *graph->node);
    graph->node[graph->n_node++] = node;
    return node;
}

static Onnx__AttributeProto *add_attribute(Onnx__NodeProto *node,
                                           const char *name)
{
    Onnx__AttributeProto *attribute = malloc(sizeof *attribute);
    onnx__attribute_proto__init(attribute);
    attribute->name = strdup(name);
    node->attribute = realloc(node->attribute, (node->n_attribute + 1) *
                                                   sizeof *node->attribute);
    node->attribute[node->n_attribute++] = attribute;
    return attribute;
}

/* A constant, [n], of which each number is `value`. */
static void append_constant(Onnx__ModelProto *proto,
                            const char *name,
                            size_t n,
                            float value)
{
    Onnx__GraphProto *graph = proto->graph;
    Onnx__TensorProto *tensor = malloc(sizeof *tensor);
    onnx__tensor_proto__init(tensor);
    tensor->name = strdup(name);
    tensor->has_data_type = 1;
    tensor->data_type = 1;
    tensor->n_dims = 1;
    tensor->dims = malloc(sizeof *tensor->dims);
    tensor->dims[0] = (int64_t)n;
    tensor->n_float_data = n;
    tensor->float_data = calloc(n, sizeof *tensor->float_data);
    for (size_t i = 0; i < n; i++)
        tensor->float_data[i] = value;
    graph->initializer =
        realloc(graph->initializer,
                (graph->n_initializer + 1) * sizeof *graph->initializer);
    graph->initializer[graph->n_initializer++] = tensor;
}

static const char *last_value(const Onnx__ModelProto *proto)
{
    return proto->graph->node[proto->graph->n_node - 1]->output[0];
}

static void end_in(Onnx__ModelProto *proto, const char *name)
{
    rename_text(&proto->graph->output[0]->name, name);
}

/* One more output. */
static void end_also_in(Onnx__ModelProto *proto, const char *name)
{
    Onnx__GraphProto *graph = proto->graph;
    Onnx__ValueInfoProto *info = malloc(sizeof *info);
    onnx__value_info_proto__init(info);
    info->name = strdup(name);
    graph->output =
        realloc(graph->output, (graph->n_output + 1) * sizeof *graph->output);
    graph->output[graph->n_output++] = info;
}

static void make_own_operator(Onnx__ModelProto *proto)
{
    Onnx__FunctionProto *function = malloc(sizeof *function);
    onnx__function_proto__init(function);
    function->name = strdup("Relu");
    proto->functions = malloc(sizeof *proto->functions);
    proto->functions[0] = function;
    proto->n_functions = 1;
}

static void make_many_attributes(Onnx__ModelProto *proto)
{
    for (size_t i = 0; i < 65; i++)
        (void)add_attribute(proto->graph->node[1], "");
}

static void make_long_name(Onnx__ModelProto *proto)
{
    char name[5000];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    rename_text(&proto->graph->node[0]->output[0], name);
}

/* As many operators as a graph may have, and each over all weights. */
static void make_long_path(Onnx__ModelProto *proto)
{
    append_constant(proto, "half", 1, 0.5F);
    for (int i = 0; i < 9000; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%d", i);
        (void)append(proto, "Mul", last_value(proto), "half", name);
    }
    end_in(proto, last_value(proto));
}

/* Each activation takes a layer of 1024 x 1024 that the file has not. */
static void make_tower(Onnx__ModelProto *proto)
{
    enum { WIDTH = 1024 };
    Onnx__TensorProto *w = proto->graph->initializer[0];
    Onnx__TensorProto *b = proto->graph->initializer[1];
    w->dims[0] = b->dims[0] = WIDTH;
    w->raw_data.len = (size_t)WIDTH * (size_t)w->dims[1] * sizeof(float);
    w->raw_data.data = realloc(w->raw_data.data, w->raw_data.len);
    memset(w->raw_data.data, 0, w->raw_data.len);
    b->raw_data.len = WIDTH * sizeof(float);
    b->raw_data.data = realloc(b->raw_data.data, b->raw_data.len);
    memset(b->raw_data.data, 0, b->raw_data.len);
    (void)append(proto, "Tanh", proto->graph->node[1]->output[0], NULL, "t0");
    (void)append(proto, "Tanh", "t0", NULL, "t1");
    end_in(proto, "t1");
}

static void make_by_product(Onnx__ModelProto *proto)
{
    Onnx__NodeProto *node =
        append(proto, "Dropout", last_value(proto), NULL, "kept");
    node->output[node->n_output++] = strdup("mask");
    end_in(proto, "mask");
}

/* Where(IsNaN(tested), 0, input), then something is added to all cells. */
static void fill_gaps(Onnx__ModelProto *proto, const char *tested, float more)
{
    Onnx__GraphProto *graph = proto->graph;
    append_constant(proto, "nothing", 1, 0);
    append_constant(proto, "more", 1, more);
    (void)append(proto, "IsNaN", tested, NULL, "gaps");
    Onnx__NodeProto *where =
        append(proto, "Where", "gaps", "nothing", "filled");
    where->input = realloc(where->input, 3 * sizeof *where->input);
    where->input[where->n_input++] = strdup(graph->input[0]->name);
    (void)append(proto, "Add", "filled", "more", "shifted");
    rename_text(&graph->node[0]->input[0], "shifted");
}

static void make_gaps_shifted(Onnx__ModelProto *proto)
{
    fill_gaps(proto, proto->graph->input[0]->name, 1);
}

static void make_gaps_of_others(Onnx__ModelProto *proto)
{
    Onnx__GraphProto *graph = proto->graph;
    Onnx__ValueInfoProto *info = malloc(sizeof *info);
    onnx__value_info_proto__init(info);
    info->name = strdup("other");
    graph->input =
        realloc(graph->input, (graph->n_input + 1) * sizeof *graph->input);
    graph->input[graph->n_input++] = info;
    fill_gaps(proto, "other", 0);
}

static void make_label_of_hidden(Onnx__ModelProto *proto)
{
    Onnx__NodeProto *best =
        append(proto, "ArgMax", proto->graph->node[1]->output[0], NULL, "best");
    Onnx__AttributeProto *axis = add_attribute(best, "axis");
    axis->has_i = 1;
    axis->i = 1;
    end_also_in(proto, "best");
}

static void make_threshold(Onnx__ModelProto *proto)
{
    append_constant(proto, "least", 1, 0.3F);
    (void)append(proto, "GreaterOrEqual", proto->graph->output[0]->name,
                 "least", "label");
    end_also_in(proto, "label");
}

static void make_turned(Onnx__ModelProto *proto)
{
    (void)append(proto, "Transpose", proto->graph->node[0]->input[1], NULL,
                 "turned");
    rename_text(&proto->graph->node[0]->input[1], "turned");
}

Test(onnx_graphs, graphs_that_would_be_slow_large_or_misread_are_refused)
{
    static const struct {
        void (*spoil)(Onnx__ModelProto *proto);
        const char *says;
    } cases[] = {
        {make_own_operator, "function 'Relu'"},
        {make_many_attributes, "node 1 (Relu) has 65 attributes"},
        {make_long_name, "a name of more than 4096 bytes"},
        {make_long_path, "too many operators"},
        {make_tower, "would take layers of more than 1024 x 1024"},
        {make_by_product, "nothing makes the value 'mask'"},
        {make_gaps_shifted, "missing cells are 0 before the scaling"},
        {make_gaps_of_others, "looked for in 'other'"},
        {make_label_of_hidden, "which is not on the way"},
        {make_threshold, "expected labels from 0.5 on"},
        {make_turned, "expected"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlp_error err = onnx_refusal("torch_logits", cases[i].spoil);
        cr_expect_eq(err.status, MLP_INVALID, "%zu: %s", i, err.text);
        cr_expect_not_null(strstr(err.text, cases[i].says),
                           "'%s' does not say '%s'", err.text, cases[i].says);
    }
}

/* The same answers as before, up to rounding? */
static void expect_unchanged(const char *name,
                             void (*change)(Onnx__ModelProto *proto))
{
    const float row[] = {5.1F, 3.5F, 1.4F, 0.2F};
    float before[3], after[3];
    mlp_onnx_options options = onnx_options_of(name);
    mlp_buffer bytes = onnx_fixture(name);
    Onnx__ModelProto *proto = onnx_unpacked(&bytes);
    mlp_model *plain = onnx_imported(name), *model;
    mlp_error err;
    change(proto);
    size_t n = onnx__model_proto__get_packed_size(proto);
    uint8_t *packed = malloc(n);
    onnx__model_proto__pack(proto, packed);
    cr_assert_eq(mlp_model_read_onnx(packed, n, &options, &model, &err), MLP_OK,
                 "%s", err.text);
    onnx_predict(plain, row, 1, before);
    onnx_predict(model, row, 1, after);
    for (size_t i = 0; i < mlp_model_n_outputs(plain); i++)
        cr_expect_lt(fabsf(before[i] - after[i]), 1e-6F, "%zu", i);
    onnx__model_proto__free_unpacked(proto, NULL);
    mlp_buffer_free(&bytes);
    mlp_model_destroy(model);
    mlp_model_destroy(plain);
    free(packed);
}

static void not_turned(Onnx__ModelProto *proto)
{
    make_turned(proto);
    Onnx__AttributeProto *perm =
        add_attribute(proto->graph->node[proto->graph->n_node - 1], "perm");
    perm->n_ints = 2;
    perm->ints = calloc(2, sizeof *perm->ints);
    perm->ints[1] = 1;
}

/* 1000 operators behind a layer, which cancel out. */
static void doubled_and_halved(Onnx__ModelProto *proto)
{
    append_constant(proto, "half", 1, 0.5F);
    append_constant(proto, "two", 1, 2);
    for (int i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%d", i);
        (void)append(proto, "Mul", last_value(proto), i % 2 ? "half" : "two",
                     name);
    }
    end_in(proto, last_value(proto));
}

static void gaps_filled(Onnx__ModelProto *proto)
{
    fill_gaps(proto, proto->graph->input[0]->name, 0);
}

Test(onnx_graphs, what_changes_no_answer_is_read)
{
    expect_unchanged("torch_logits", not_turned);
    expect_unchanged("torch_logits", doubled_and_halved);
    expect_unchanged("torch_logits", gaps_filled);
}

/* As many elements as the shape says, or none at all, in either place. */
Test(onnx_graphs, data_of_another_length_than_the_shape_is_refused)
{
    static const size_t lengths[] = {0, 1, 127, 129, 124, 132};
    mlp_buffer bytes = onnx_fixture("torch_logits");
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (int list = 0; list < 2; list++) {
            Onnx__ModelProto *proto = onnx_unpacked(&bytes);
            Onnx__TensorProto *w = proto->graph->initializer[0];
            mlp_error err;
            cr_assert_eq(w->raw_data.len, 128);
            w->raw_data.data = realloc(w->raw_data.data, 132);
            w->raw_data.len = lengths[i];
            if (list) {
                w->has_raw_data = 0;
                w->n_float_data = lengths[i] / 4;
                w->float_data = calloc(33, sizeof(float));
            }
            if (list && w->n_float_data == 32)
                w->n_float_data = 31;
            size_t n = onnx__model_proto__get_packed_size(proto);
            uint8_t *packed = malloc(n);
            onnx__model_proto__pack(proto, packed);
            cr_expect_eq(onnx_read_exactly((const char *)packed, n, &err),
                         MLP_INVALID);
            cr_expect_not_null(strstr(err.text, "is of another length"), "%s",
                               err.text);
            free(packed);
            onnx__model_proto__free_unpacked(proto, NULL);
        }
    mlp_buffer_free(&bytes);
}
