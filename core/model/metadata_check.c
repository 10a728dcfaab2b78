/* SPDX-License-Identifier: MIT
 *
 * What a model file's texts must be beside each other. */
#include "model/metadata_check.h"

/* Columns are texts that a table could have, and each is there once. */
static mlp_status check_columns(const mlp_model *model, mlp_error *err)
{
    enum { NAME_MAX_BYTES = 255 };
    struct label_list all = {0};
    const char *twin = NULL;
    mlp_status status = labels_copy(&all, &model->features, err);
    if (status == MLP_OK)
        status = labels_copy(&all, &model->targets, err);
    if (status == MLP_OK)
        status = labels_copy(&all, &model->ignored, err);
    for (size_t i = 0; status == MLP_OK && i < all.n; i++)
        if (all.items[i].kind != MLP_CELL_TEXT || all.items[i].length == 0 ||
            all.items[i].length > NAME_MAX_BYTES)
            status = mlp_fail(err, MLP_FORMAT,
                              "metadata: column names are strings of 1 to %d "
                              "bytes",
                              NAME_MAX_BYTES);
    if (status == MLP_OK)
        status = labels_find_twin(&all, &twin, err);
    if (status == MLP_OK && twin != NULL)
        status = mlp_fail(err, MLP_FORMAT,
                          "metadata: column '%.64s' comes twice", twin);
    labels_free(&all);
    return status;
}

/* The order of the classes is that of their values, so that it does not
 * depend on the data's; a strict order also has none twice. */
static mlp_status check_classes(const struct label_list *classes,
                                mlp_error *err)
{
    for (size_t i = 1; i < classes->n; i++) {
        const mlp_label *before = &classes->items[i - 1];
        const mlp_label *label = &classes->items[i];
        if (before->kind != label->kind || label_compare(before, label) >= 0)
            return mlp_fail(err, MLP_FORMAT,
                            "metadata: classes: '%.32s' does not come before "
                            "'%.32s'",
                            before->text, label->text);
    }
    return MLP_OK;
}

static mlp_status
check_task(const mlp_model *model, mlp_output output, mlp_error *err)
{
    const char *task = mlp_task_name(model->task);
    bool classes = model->task == MLP_TASK_CLASSIFICATION;
    if (model->features.n == 0 || model->targets.n == 0)
        return mlp_fail(err, MLP_FORMAT,
                        "metadata: expected features and targets");
    if (classes && (model->classes.n < 2 || model->targets.n != 1))
        return mlp_fail(err, MLP_FORMAT,
                        "metadata: classification takes one target and two "
                        "classes or more, got %zu and %zu",
                        model->targets.n, model->classes.n);
    if (!classes && model->classes.n > 0)
        return mlp_fail(err, MLP_FORMAT, "metadata: %s has no classes", task);
    if (!model_output_fits(model->task, output))
        return mlp_fail(err, MLP_FORMAT,
                        "metadata: output '%s' does not go with %s",
                        mlp_output_name(output), task);
    return MLP_OK;
}

mlp_status
metadata_check(const mlp_model *model, mlp_output output, mlp_error *err)
{
    mlp_status status = check_task(model, output, err);
    if (status == MLP_OK)
        status = check_columns(model, err);
    if (status == MLP_OK)
        status = check_classes(&model->classes, err);
    return status;
}
