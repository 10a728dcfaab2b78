/* SPDX-License-Identifier: MIT
 *
 * Making an ONNX graph, and its bytes by protobuf-c. */
#include "onnx/graph.h"

#include <onnx.pb-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { IR_VERSION = 8, OPERATORS = 17, ML_OPERATORS = 2 };
enum { NAME_ROOM = 24, MAX_RANK = 3 };
/* Protocol buffers count bytes as int32. */
enum { MAX_BYTES = INT32_MAX };

/* --- memory -------------------------------------------------------------- */

static void add(struct graph *g, struct graph_list *list, void *item)
{
    if (item == NULL || g->status != MLP_OK)
        return;
    if (list->n == list->capacity) {
        size_t capacity = 2 * list->capacity + 16;
        void **items = alloc_array(capacity, sizeof *items);
        if (items == NULL) {
            g->status = MLP_NOMEM;
            return;
        }
        if (list->n > 0)
            memcpy(items, list->items, list->n * sizeof(void *));
        free(list->items);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->n++] = item;
}

void *graph_alloc(struct graph *g, size_t n, size_t size)
{
    void *block = g->status == MLP_OK ? alloc_array(n, size) : NULL;
    if (block == NULL) {
        g->status = MLP_NOMEM;
        return NULL;
    }
    add(g, &g->blocks, block);
    if (g->status == MLP_OK)
        return block;
    free(block);
    return NULL;
}

const char *graph_text(struct graph *g, const char *text, size_t length)
{
    char *copy = graph_alloc(g, length + 1, 1);
    if (copy == NULL)
        return "";
    memcpy(copy, text, length);
    return copy;
}

void graph_free(struct graph *g)
{
    for (size_t i = 0; i < g->blocks.n; i++)
        free(g->blocks.items[i]);
    free(g->blocks.items);
    free(g->nodes.items);
    free(g->tensors.items);
    free(g->inputs.items);
    free(g->outputs.items);
    free(g->properties.items);
    *g = (struct graph){0};
}

/* The format's texts are not const, and are not written either. */
static char *unconst(const char *text)
{
    union {
        const char *in;
        char *out;
    } both = {.in = text};
    return both.out;
}

static char *new_name(struct graph *g)
{
    size_t room = strlen(g->prefix) + NAME_ROOM;
    char *name = graph_alloc(g, room, 1);
    if (name != NULL)
        (void)snprintf(name, room, "%s%zu", g->prefix, g->n_names++);
    return name;
}

/* --- nodes --------------------------------------------------------------- */

const char *
graph_node(struct graph *g, const char *op, const char *const *inputs, size_t n)
{
    char *output = new_name(g);
    Onnx__NodeProto *node = graph_alloc(g, 1, sizeof *node);
    char **in = graph_alloc(g, n, sizeof *in);
    char **out = graph_alloc(g, 1, sizeof *out);
    if (out == NULL) /* the last one: those before it are there, too */
        return "";
    for (size_t i = 0; i < n; i++)
        in[i] = unconst(inputs[i]);
    *out = output;
    onnx__node_proto__init(node);
    node->n_input = n;
    node->input = in;
    node->n_output = 1;
    node->output = out;
    node->name = output;
    node->op_type = unconst(op);
    add(g, &g->nodes, node);
    return output;
}

const char *graph_unary(struct graph *g, const char *op, const char *a)
{
    return graph_node(g, op, &a, 1);
}

const char *
graph_binary(struct graph *g, const char *op, const char *a, const char *b)
{
    return graph_node(g, op, (const char *const[]){a, b}, 2);
}

/* The types of attributes, by their numbers in the format. */
enum {
    ATTRIBUTE_FLOAT = 1,
    ATTRIBUTE_INT = 2,
    ATTRIBUTE_FLOATS = 6,
    ATTRIBUTE_INTS = 7,
    ATTRIBUTE_STRINGS = 8,
    MAX_ATTRIBUTES = 4,
};

static Onnx__NodeProto *last_node(struct graph *g)
{
    return g->status == MLP_OK ? g->nodes.items[g->nodes.n - 1] : NULL;
}

static Onnx__AttributeProto *
new_attribute(struct graph *g, const char *name, int type)
{
    Onnx__NodeProto *node = last_node(g);
    Onnx__AttributeProto *attribute = graph_alloc(g, 1, sizeof *attribute);
    if (node == NULL || attribute == NULL)
        return NULL;
    if (node->attribute == NULL)
        node->attribute =
            graph_alloc(g, MAX_ATTRIBUTES, sizeof *node->attribute);
    if (node->attribute == NULL || node->n_attribute == MAX_ATTRIBUTES)
        return NULL;
    onnx__attribute_proto__init(attribute);
    attribute->name = unconst(name);
    attribute->has_type = 1;
    attribute->type = type;
    node->attribute[node->n_attribute++] = attribute;
    return attribute;
}

void graph_set_int(struct graph *g, const char *name, int64_t value)
{
    Onnx__AttributeProto *a = new_attribute(g, name, ATTRIBUTE_INT);
    if (a == NULL)
        return;
    a->has_i = 1;
    a->i = value;
}

void graph_set_float(struct graph *g, const char *name, float value)
{
    Onnx__AttributeProto *a = new_attribute(g, name, ATTRIBUTE_FLOAT);
    if (a == NULL)
        return;
    a->has_f = 1;
    a->f = value;
}

void graph_set_floats(struct graph *g,
                      const char *name,
                      float *values,
                      size_t n)
{
    Onnx__AttributeProto *a = new_attribute(g, name, ATTRIBUTE_FLOATS);
    if (a == NULL)
        return;
    a->n_floats = n;
    a->floats = values;
}

void graph_set_ints(struct graph *g,
                    const char *name,
                    int64_t *values,
                    size_t n)
{
    Onnx__AttributeProto *a = new_attribute(g, name, ATTRIBUTE_INTS);
    if (a == NULL)
        return;
    a->n_ints = n;
    a->ints = values;
}

static ProtobufCBinaryData *
binary_of(struct graph *g, const struct graph_string *values, size_t n)
{
    ProtobufCBinaryData *data = graph_alloc(g, n, sizeof *data);
    for (size_t i = 0; data != NULL && i < n; i++)
        data[i] = (ProtobufCBinaryData){values[i].length,
                                        (uint8_t *)unconst(values[i].text)};
    return data;
}

void graph_set_strings(struct graph *g,
                       const char *name,
                       const struct graph_string *values,
                       size_t n)
{
    Onnx__AttributeProto *a = new_attribute(g, name, ATTRIBUTE_STRINGS);
    ProtobufCBinaryData *data = binary_of(g, values, n);
    if (a == NULL || data == NULL)
        return;
    a->n_strings = n;
    a->strings = data;
}

void graph_set_ml(struct graph *g)
{
    Onnx__NodeProto *node = last_node(g);
    g->texts = true;
    if (node != NULL)
        node->domain = unconst("ai.onnx.ml");
}

/* --- constants ----------------------------------------------------------- */

static size_t bytes_of(enum graph_type type)
{
    switch (type) {
    case GRAPH_BOOL:
        return 1;
    case GRAPH_INT64:
    case GRAPH_DOUBLE:
        return 8;
    default:
        return 4;
    }
}

static Onnx__TensorProto *new_tensor(struct graph *g,
                                     enum graph_type type,
                                     size_t rank,
                                     const size_t *dims,
                                     size_t *n)
{
    char *name = new_name(g);
    Onnx__TensorProto *tensor = graph_alloc(g, 1, sizeof *tensor);
    int64_t *sizes = graph_alloc(g, rank, sizeof *sizes);
    bool fits = true;
    *n = 1;
    for (size_t i = 0; sizes != NULL && i < rank; i++) {
        sizes[i] = (int64_t)dims[i];
        fits = fits && size_mul(*n, dims[i], n);
    }
    if (!fits || sizes == NULL) {
        g->status = MLP_NOMEM;
        return NULL;
    }
    onnx__tensor_proto__init(tensor);
    tensor->name = name;
    tensor->has_data_type = 1;
    tensor->data_type = (int32_t)type;
    tensor->n_dims = rank;
    tensor->dims = sizes;
    add(g, &g->tensors, tensor);
    return tensor;
}

void *graph_constant(struct graph *g,
                     enum graph_type type,
                     size_t rank,
                     const size_t *dims,
                     const char **name)
{
    size_t n;
    Onnx__TensorProto *tensor = new_tensor(g, type, rank, dims, &n);
    void *data = graph_alloc(g, n, bytes_of(type));
    *name = "";
    if (tensor == NULL || data == NULL)
        return NULL;
    tensor->has_raw_data = 1;
    tensor->raw_data = (ProtobufCBinaryData){n * bytes_of(type), data};
    *name = tensor->name;
    return data;
}

const char *
graph_strings(struct graph *g, const struct graph_string *values, size_t n)
{
    size_t count;
    Onnx__TensorProto *tensor = new_tensor(g, GRAPH_STRING, 1, &n, &count);
    ProtobufCBinaryData *data = binary_of(g, values, n);
    if (tensor == NULL || data == NULL)
        return "";
    tensor->n_string_data = n;
    tensor->string_data = data;
    return tensor->name;
}

const char *graph_number(struct graph *g, enum graph_type type, double value)
{
    const char *name;
    void *data = graph_constant(g, type, 0, NULL, &name);
    if (data == NULL)
        return "";
    if (type == GRAPH_INT64)
        *(int64_t *)data = (int64_t)value;
    else if (type == GRAPH_DOUBLE)
        *(double *)data = value;
    else
        *(float *)data = (float)value;
    return name;
}

const char *graph_ints(struct graph *g, const int64_t *values, size_t n)
{
    const char *name;
    int64_t *data = graph_constant(g, GRAPH_INT64, 1, &n, &name);
    if (data != NULL)
        memcpy(data, values, n * sizeof *data);
    return name;
}

/* --- forms --------------------------------------------------------------- */

const char *graph_cast(struct graph *g, const char *a, enum graph_type to)
{
    const char *name = graph_unary(g, "Cast", a);
    graph_set_int(g, "to", to);
    return name;
}

const char *
graph_gather(struct graph *g, const char *a, const char *index, int64_t axis)
{
    const char *name = graph_binary(g, "Gather", a, index);
    graph_set_int(g, "axis", axis);
    return name;
}

const char *graph_concat(struct graph *g, const char *const *names, size_t n)
{
    if (n == 1)
        return names[0];
    const char *name = graph_node(g, "Concat", names, n);
    graph_set_int(g, "axis", 1);
    return name;
}

/* --- what goes in and out ------------------------------------------------- */

/* A description, or NULL without memory: one block for all its parts. */
static Onnx__ValueInfoProto *
describe(struct graph *g, const char *name, enum graph_type type, size_t width)
{
    struct {
        Onnx__ValueInfoProto info;
        Onnx__TypeProto type;
        Onnx__TensorTypeProto tensor;
        Onnx__TensorShapeProto shape;
        Onnx__DimensionProto dims[2], *list[2];
    } *all = graph_alloc(g, 1, sizeof *all);
    if (all == NULL)
        return NULL;
    onnx__value_info_proto__init(&all->info);
    onnx__type_proto__init(&all->type);
    onnx__tensor_type_proto__init(&all->tensor);
    onnx__tensor_shape_proto__init(&all->shape);
    for (size_t i = 0; i < 2; i++) {
        onnx__dimension_proto__init(&all->dims[i]);
        all->list[i] = &all->dims[i];
    }
    all->dims[0].dim_param = unconst("N");
    all->dims[1].has_dim_value = 1;
    all->dims[1].dim_value = (int64_t)width;
    all->shape.n_dim = width > 0 ? 2 : 1;
    all->shape.dim = all->list;
    all->tensor.has_elem_type = 1;
    all->tensor.elem_type = (int32_t)type;
    all->tensor.shape = &all->shape;
    all->type.tensor_type = &all->tensor;
    all->info.name = unconst(name);
    all->info.type = &all->type;
    return &all->info;
}

void graph_input(struct graph *g,
                 const char *name,
                 enum graph_type type,
                 size_t width,
                 const char *description)
{
    Onnx__ValueInfoProto *info = describe(g, name, type, width);
    if (info != NULL)
        info->doc_string = unconst(description);
    add(g, &g->inputs, info);
}

void graph_output(struct graph *g,
                  const char *name,
                  const char *value,
                  enum graph_type type,
                  size_t width)
{
    (void)graph_unary(g, "Identity", value);
    Onnx__NodeProto *node = last_node(g);
    if (node != NULL)
        node->output[0] = unconst(name);
    add(g, &g->outputs, describe(g, name, type, width));
}

void graph_property(struct graph *g, const char *key, const char *value)
{
    Onnx__StringStringEntryProto *entry = graph_alloc(g, 1, sizeof *entry);
    if (entry == NULL)
        return;
    onnx__string_string_entry_proto__init(entry);
    entry->key = unconst(key);
    entry->value = unconst(graph_text(g, value, strlen(value)));
    add(g, &g->properties, entry);
}

/* --- the file ------------------------------------------------------------ */

static mlp_status
write_model(const Onnx__ModelProto *model, mlp_sink sink, mlp_error *err)
{
    size_t size = onnx__model_proto__get_packed_size(model);
    if (size > MAX_BYTES)
        return mlp_fail(err, MLP_LIMIT,
                        "an ONNX file has at most 2 GiB, this one would have "
                        "%zu bytes",
                        size);
    uint8_t *bytes = alloc_array(size, 1);
    if (bytes == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for an ONNX file");
    size = onnx__model_proto__pack(model, bytes);
    mlp_status status = sink.write(sink.context, bytes, size, err);
    free(bytes);
    return status;
}

mlp_status
graph_write(struct graph *g, const char *name, mlp_sink sink, mlp_error *err)
{
    Onnx__GraphProto graph = ONNX__GRAPH_PROTO__INIT;
    Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
    Onnx__OperatorSetIdProto sets[] = {ONNX__OPERATOR_SET_ID_PROTO__INIT,
                                       ONNX__OPERATOR_SET_ID_PROTO__INIT};
    Onnx__OperatorSetIdProto *imports[] = {&sets[0], &sets[1]};
    if (g->status != MLP_OK)
        return mlp_fail(err, g->status, "out of memory for an ONNX graph");
    sets[0].domain = unconst("");
    sets[0].has_version = sets[1].has_version = 1;
    sets[0].version = OPERATORS;
    sets[1].domain = unconst("ai.onnx.ml");
    sets[1].version = ML_OPERATORS;
    graph.name = unconst(name);
    graph.n_node = g->nodes.n;
    graph.node = (Onnx__NodeProto **)g->nodes.items;
    graph.n_initializer = g->tensors.n;
    graph.initializer = (Onnx__TensorProto **)g->tensors.items;
    graph.n_input = g->inputs.n;
    graph.input = (Onnx__ValueInfoProto **)g->inputs.items;
    graph.n_output = g->outputs.n;
    graph.output = (Onnx__ValueInfoProto **)g->outputs.items;
    model.has_ir_version = 1;
    model.ir_version = IR_VERSION;
    model.producer_name = unconst("mlpd");
    model.producer_version = unconst(MLPD_VERSION);
    model.graph = &graph;
    model.n_opset_import = g->texts ? 2 : 1;
    model.opset_import = imports;
    model.n_metadata_props = g->properties.n;
    model.metadata_props = (Onnx__StringStringEntryProto **)g->properties.items;
    return write_model(&model, sink, err);
}
