/* SPDX-License-Identifier: MIT
 *
 * A model as an ONNX file: columns, networks, and what is made of their
 * answers. */
#include <stdio.h>
#include <string.h>

#include "mlp/onnx.h"
#include "onnx/export_network.h"

/* As predictions have it: a label is one from here on. */
static const float multilabel_threshold = 0.5F;
/* A double tells neighbouring whole numbers apart up to here. */
static const double whole_below = 9007199254740992.0;

/* --- names ------------------------------------------------------------------
 */

/* `name`, with as many '_' behind it as make it none of the columns'. */
static const char *
free_name(struct graph *g, const mlp_model *model, const char *name)
{
    size_t length = strlen(name), n = length;
    bool taken = true;
    char *out = graph_alloc(g, length + model->features.n + 1, 1);
    if (out == NULL)
        return "";
    memcpy(out, name, length);
    while (taken) {
        taken = false;
        for (size_t j = 0; !taken && j < model->features.n; j++)
            taken = strcmp(model->features.items[j].text, out) == 0;
        if (taken)
            out[n++] = '_';
    }
    return out;
}

/* A start that no column's name has, nor those of outputs. */
static const char *free_prefix(struct graph *g, const mlp_model *model)
{
    char *out = graph_alloc(g, model->features.n + 2, 1);
    if (out == NULL)
        return "";
    bool taken = true;
    for (size_t n = 1; taken; n++) {
        out[n - 1] = '_';
        taken = false;
        for (size_t j = 0; !taken && j < model->features.n; j++)
            taken = strncmp(model->features.items[j].text, out, n) == 0;
    }
    return out;
}

/* --- answers -----------------------------------------------------------------
 */

/* The mean of the networks'. */
static const char *answer_of(struct graph *g,
                             const mlp_model *model,
                             const struct export_columns *columns)
{
    size_t n = model->n_networks;
    const char **names = graph_alloc(g, n, sizeof *names);
    for (size_t i = 0; names != NULL && i < n; i++)
        names[i] = export_network(g, model, i, columns);
    if (g->status != MLP_OK || n == 1)
        return names != NULL ? names[0] : "";
    return graph_binary(g, "Mul", graph_node(g, "Sum", names, n),
                        graph_number(g, GRAPH_FLOAT, 1 / (double)n));
}

static const char *
target_row(struct graph *g, const mlp_model *model, const float *values)
{
    const char *name;
    size_t n = model->targets.n;
    float *row =
        graph_constant(g, GRAPH_FLOAT, 2, (const size_t[]){1, n}, &name);
    if (row != NULL)
        memcpy(row, values, n * sizeof *row);
    return name;
}

/* In the targets' own units, and in their range. */
static const char *
restore(struct graph *g, const mlp_model *model, const char *y)
{
    y = graph_binary(g, "Mul", y, target_row(g, model, model->target_scale));
    y = graph_binary(g, "Add", y, target_row(g, model, model->target_shift));
    if (model->target_low == NULL)
        return y;
    y = graph_binary(g, "Max", y, target_row(g, model, model->target_low));
    return graph_binary(g, "Min", y, target_row(g, model, model->target_high));
}

/* --- labels ------------------------------------------------------------------
 */

static bool is_whole(const struct label_list *classes)
{
    for (size_t i = 0; i < classes->n; i++) {
        double number = classes->items[i].number;
        if (!(number >= -whole_below && number <= whole_below) ||
            (double)(int64_t)number != number)
            return false;
    }
    return true;
}

/* The classes as a constant, [n], in the type that their kind asks for. */
static const char *class_constant(struct graph *g,
                                  const struct label_list *classes,
                                  enum graph_type *type)
{
    const char *name = "";
    size_t n = classes->n;
    if (*type == GRAPH_STRING) {
        struct graph_string *texts = graph_alloc(g, n, sizeof *texts);
        for (size_t i = 0; texts != NULL && i < n; i++)
            texts[i] = (struct graph_string){classes->items[i].text,
                                             classes->items[i].length};
        return texts != NULL ? graph_strings(g, texts, n) : "";
    }
    void *data = graph_constant(g, *type, 1, &n, &name);
    for (size_t i = 0; data != NULL && i < n; i++) {
        const mlp_label *label = &classes->items[i];
        if (*type == GRAPH_BOOL)
            ((unsigned char *)data)[i] = label->text[0] == 't';
        else if (*type == GRAPH_INT64)
            ((int64_t *)data)[i] = (int64_t)label->number;
        else
            ((double *)data)[i] = label->number;
    }
    return name;
}

static enum graph_type class_type(const struct label_list *classes)
{
    switch (classes->items[0].kind) {
    case MLP_CELL_TEXT:
        return GRAPH_STRING;
    case MLP_CELL_BOOLEAN:
        return GRAPH_BOOL;
    default:
        return is_whole(classes) ? GRAPH_INT64 : GRAPH_DOUBLE;
    }
}

static void
add_label(struct graph *g, const mlp_model *model, const char *probabilities)
{
    enum graph_type type = class_type(&model->classes);
    const char *best = graph_unary(g, "ArgMax", probabilities);
    graph_set_int(g, "axis", 1);
    graph_set_int(g, "keepdims", 0);
    const char *label =
        graph_gather(g, class_constant(g, &model->classes, &type), best, 0);
    graph_output(g, free_name(g, model, "label"), label, type, 0);
}

static void add_outputs(struct graph *g, const mlp_model *model, const char *y)
{
    size_t width = mlp_model_n_outputs(model);
    if (model->task == MLP_TASK_REGRESSION) {
        graph_output(g, free_name(g, model, "values"), restore(g, model, y),
                     GRAPH_FLOAT, width);
        return;
    }
    graph_output(g, free_name(g, model, "probabilities"), y, GRAPH_FLOAT,
                 width);
    if (model->task == MLP_TASK_CLASSIFICATION) {
        add_label(g, model, y);
        return;
    }
    const char *has = graph_binary(
        g, "GreaterOrEqual", y,
        graph_number(g, GRAPH_FLOAT, (double)multilabel_threshold));
    graph_output(g, free_name(g, model, "labels"), has, GRAPH_BOOL, width);
}

/* --- what is told of it ------------------------------------------------------
 */

static void
add_list(struct graph *g, const char *key, const struct label_list *list)
{
    mlp_buffer text;
    if (list->n == 0)
        return;
    mlp_buffer_init(&text, SIZE_MAX / 2);
    labels_write(list, &text);
    if (text.status == MLP_OK)
        graph_property(g, key, text.data);
    else
        g->status = text.status;
    mlp_buffer_free(&text);
}

static void add_properties(struct graph *g,
                           const mlp_model *model,
                           const char *name,
                           uint32_t version)
{
    char number[16];
    if (name != NULL)
        graph_property(g, "model", name);
    (void)snprintf(number, sizeof number, "%u", (unsigned)version);
    if (version > 0)
        graph_property(g, "version", number);
    graph_property(g, "task", mlp_task_name(model->task));
    add_list(g, "features", &model->features);
    add_list(g, "targets", &model->targets);
    add_list(g, "classes", &model->classes);
}

mlp_status mlp_model_write_onnx(const mlp_model *model,
                                const char *name,
                                uint32_t version,
                                mlp_sink sink,
                                mlp_error *err)
{
    struct graph g = {.prefix = ""};
    struct export_columns columns = {0};
    g.prefix = free_prefix(&g, model);
    export_columns(&g, model, &columns);
    if (g.status == MLP_OK)
        add_outputs(&g, model, answer_of(&g, model, &columns));
    add_properties(&g, model, name, version);
    mlp_status status =
        graph_write(&g, name != NULL ? name : "model", sink, err);
    graph_free(&g);
    return status;
}
