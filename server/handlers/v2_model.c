/* SPDX-License-Identifier: MIT */
#include "handlers/v2_model.h"

#include <stdbool.h>

#include "mlp/rows.h"

enum { WHOLE_DIGITS_MAX = 18 }; /* any such number is an int64 */

static bool is_whole(const mlp_label *label)
{
    mlp_decimal decimal;
    return label->kind == MLP_CELL_NUMBER &&
           label->length <= WHOLE_DIGITS_MAX &&
           mlp_decimal_scan(label->text, label->length, &decimal) ==
               label->length &&
           decimal.integer;
}

/* The datatype that holds all of them. */
static enum v2_datatype
type_of_labels(const mlp_label *labels, size_t n, enum v2_datatype of_numbers)
{
    bool whole = true;
    for (size_t i = 0; i < n; i++)
        whole = whole && is_whole(&labels[i]);
    if (labels[0].kind == MLP_CELL_BOOLEAN)
        return V2_BOOL;
    if (labels[0].kind == MLP_CELL_TEXT)
        return V2_BYTES;
    return whole ? V2_INT64 : of_numbers;
}

static enum v2_datatype type_of_feature(const mlp_model *model, size_t i)
{
    size_t n;
    const mlp_label *levels = mlp_model_levels(model, i, &n);
    if (levels != NULL)
        return type_of_labels(levels, n, V2_FP64);
    return mlp_model_column_kind(model, i) == MLP_KIND_DATETIME ? V2_BYTES
                                                                : V2_FP32;
}

void v2_model_each_input(const mlp_model *model,
                         void (*each)(void *context,
                                      const struct v2_tensor_spec *spec),
                         void *context)
{
    size_t n = mlp_model_n_features(model);
    if (mlp_model_takes_numbers(model)) {
        each(context, &(struct v2_tensor_spec){"input", V2_FP32, n});
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (mlp_model_column_kind(model, i) != MLP_KIND_IGNORE)
            each(context,
                 &(struct v2_tensor_spec){mlp_model_feature(model, i),
                                          type_of_feature(model, i), 1});
}

/* The classes stand one behind the other. */
static enum v2_datatype type_of_classes(const mlp_model *model)
{
    return type_of_labels(mlp_model_class(model, 0), mlp_model_n_outputs(model),
                          V2_BYTES);
}

size_t v2_model_outputs(const mlp_model *model, struct v2_tensor_spec *specs)
{
    size_t n = mlp_model_n_outputs(model);
    mlp_task task = mlp_model_task(model);
    specs[0] = (struct v2_tensor_spec){
        task == MLP_TASK_REGRESSION ? "values" : "probabilities", V2_FP32, n};
    if (task != MLP_TASK_CLASSIFICATION)
        return 1;
    specs[V2_LABEL_OUTPUT] =
        (struct v2_tensor_spec){"label", type_of_classes(model), 0};
    return 2;
}

const char *v2_model_output_name(const mlp_model *model, size_t i)
{
    return mlp_model_task(model) == MLP_TASK_CLASSIFICATION
               ? mlp_model_class(model, i)->text
               : mlp_model_target(model, i);
}
