/* SPDX-License-Identifier: MIT */
#include "onnx/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Of nodes, and of names in a row that only pass a constant on. Names and
 * attributes are gone through again and again: with a limit to them no graph
 * takes longer than in proportion to its bytes. */
enum { MAX_NODES = 10000, MAX_ALIASES = 8 };
enum { MAX_NAME_BYTES = 4096, MAX_ATTRIBUTES = 64 };

static int by_name(const void *left, const void *right)
{
    const struct lookup_entry *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : (a->tensor == NULL) - (b->tensor == NULL);
}

/* Names are looked for whatever they are. */
static int by_name_alone(const void *left, const void *right)
{
    const struct lookup_entry *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static void add(struct lookup *lookup,
                const char *name,
                const Onnx__NodeProto *node,
                const Onnx__TensorProto *tensor)
{
    if (name != NULL && *name != '\0')
        lookup->entries[lookup->n++] =
            (struct lookup_entry){name, node, tensor};
}

/* Before IR version 4 initializers were inputs, too. */
static void add_all(struct lookup *lookup)
{
    const Onnx__GraphProto *graph = lookup->graph;
    for (size_t i = 0; i < graph->n_node; i++)
        for (size_t k = 0; k < graph->node[i]->n_output; k++)
            add(lookup, graph->node[i]->output[k], graph->node[i], NULL);
    for (size_t i = 0; i < graph->n_initializer; i++)
        add(lookup, graph->initializer[i]->name, NULL, graph->initializer[i]);
    for (size_t i = 0; i < graph->n_input; i++)
        add(lookup, graph->input[i]->name, NULL, NULL);
}

static bool is_plain(const struct lookup_entry *entry)
{
    return entry->node == NULL && entry->tensor == NULL;
}

/* One of each name; an initializer stands before the input that it also is. */
static mlp_status settle(struct lookup *lookup, mlp_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < lookup->n; i++) {
        struct lookup_entry *entry = &lookup->entries[i];
        bool again = kept > 0 &&
                     strcmp(lookup->entries[kept - 1].name, entry->name) == 0;
        if (again && !(is_plain(entry) && lookup->entries[kept - 1].tensor))
            return mlp_fail(err, MLP_INVALID, "the value '%.64s' is made twice",
                            entry->name);
        if (!again)
            lookup->entries[kept++] = *entry;
    }
    lookup->n = kept;
    return MLP_OK;
}

static mlp_status check_parts(const struct lookup *lookup, mlp_error *err)
{
    const Onnx__GraphProto *graph = lookup->graph;
    for (size_t i = 0; i < graph->n_node; i++)
        if (graph->node[i]->n_attribute > MAX_ATTRIBUTES)
            return mlp_fail(
                err, MLP_INVALID,
                "node %zu (%.32s) has %zu attributes, expected at "
                "most %d",
                i,
                graph->node[i]->op_type != NULL ? graph->node[i]->op_type : "?",
                graph->node[i]->n_attribute, MAX_ATTRIBUTES);
    for (size_t i = 0; i < lookup->n; i++)
        if (strnlen(lookup->entries[i].name, MAX_NAME_BYTES + 1) >
            MAX_NAME_BYTES)
            return mlp_fail(err, MLP_INVALID,
                            "the value '%.64s…' has a name of more than %d "
                            "bytes",
                            lookup->entries[i].name, MAX_NAME_BYTES);
    return MLP_OK;
}

mlp_status lookup_init(struct lookup *lookup,
                       const Onnx__GraphProto *graph,
                       mlp_error *err)
{
    *lookup = (struct lookup){.graph = graph};
    size_t n = graph->n_initializer + graph->n_input;
    for (size_t i = 0; i < graph->n_node; i++)
        n += graph->node[i]->n_output;
    if (graph->n_node > MAX_NODES || n > 4 * (size_t)MAX_NODES)
        return mlp_fail(err, MLP_INVALID,
                        "the graph has %zu nodes, expected at most %d",
                        graph->n_node, MAX_NODES);
    lookup->entries = alloc_array(n, sizeof *lookup->entries);
    if (lookup->entries == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for a graph");
    add_all(lookup);
    mlp_status status = check_parts(lookup, err);
    if (status != MLP_OK)
        return status;
    qsort(lookup->entries, lookup->n, sizeof *lookup->entries, by_name);
    return settle(lookup, err);
}

void lookup_free(struct lookup *lookup)
{
    free(lookup->entries);
    *lookup = (struct lookup){0};
}

static const struct lookup_entry *find(const struct lookup *lookup,
                                       const char *name)
{
    struct lookup_entry key = {.name = name};
    return name == NULL || lookup->n == 0
               ? NULL
               : bsearch(&key, lookup->entries, lookup->n,
                         sizeof *lookup->entries, by_name_alone);
}

const Onnx__NodeProto *lookup_node(const struct lookup *lookup,
                                   const char *name)
{
    const struct lookup_entry *entry = find(lookup, name);
    /* Its other outputs are by-products: masks, running means. */
    return entry != NULL && entry->node != NULL &&
                   entry->name == entry->node->output[0]
               ? entry->node
               : NULL;
}

const Onnx__NodeProto *
lookup_op(const struct lookup *lookup, const char *name, const char *op)
{
    const Onnx__NodeProto *node = lookup_node(lookup, name);
    return node != NULL && node_is(node, op) ? node : NULL;
}

bool lookup_is_input(const struct lookup *lookup, const char *name)
{
    const struct lookup_entry *entry = find(lookup, name);
    return entry != NULL && entry->node == NULL && entry->tensor == NULL;
}

const Onnx__TensorProto *lookup_constant(const struct lookup *lookup,
                                         const char *name)
{
    for (size_t i = 0; i < MAX_ALIASES; i++) {
        const struct lookup_entry *entry = find(lookup, name);
        if (entry == NULL || entry->node == NULL)
            return entry != NULL ? entry->tensor : NULL;
        if (node_is(entry->node, "Constant")) {
            const Onnx__AttributeProto *value =
                node_attribute(entry->node, "value");
            return value != NULL ? value->t : NULL;
        }
        if (!node_is(entry->node, "Identity"))
            return NULL;
        name = node_input(entry->node, 0);
    }
    return NULL;
}

/* --- parts of a node --------------------------------------------------------
 */

const char *node_input(const Onnx__NodeProto *node, size_t i)
{
    return i < node->n_input && *node->input[i] != '\0' ? node->input[i] : NULL;
}

const Onnx__AttributeProto *node_attribute(const Onnx__NodeProto *node,
                                           const char *name)
{
    for (size_t i = 0; i < node->n_attribute; i++)
        if (node->attribute[i]->name != NULL &&
            strcmp(node->attribute[i]->name, name) == 0)
            return node->attribute[i];
    return NULL;
}

bool node_is(const Onnx__NodeProto *node, const char *op)
{
    return node->op_type != NULL && strcmp(node->op_type, op) == 0;
}

double
node_float(const Onnx__NodeProto *node, const char *name, double fallback)
{
    const Onnx__AttributeProto *attribute = node_attribute(node, name);
    return attribute != NULL && attribute->has_f ? (double)attribute->f
                                                 : fallback;
}

int64_t
node_int(const Onnx__NodeProto *node, const char *name, int64_t fallback)
{
    const Onnx__AttributeProto *attribute = node_attribute(node, name);
    return attribute != NULL && attribute->has_i ? attribute->i : fallback;
}
