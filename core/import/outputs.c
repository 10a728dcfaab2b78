/* SPDX-License-Identifier: MIT */
#include "import/outputs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "mlp/number.h"
#include "model/bundle.h"

static struct dense *last_of(const struct layers *layers)
{
    return &layers->items[layers->n - 1];
}

/* --- what it is
 * --------------------------------------------------------------- */

/* The activation behind the last layer: the output, or it needs a layer. */
static mlp_status
take_output(struct outputs *out, struct layers *layers, mlp_error *err)
{
    struct dense *last = last_of(layers);
    out->output = layers->softmax ? MLP_OUTPUT_SOFTMAX : MLP_OUTPUT_IDENTITY;
    if (last->activation == MLP_SIGMOID && !layers->softmax) {
        last->activation = MLP_IDENTITY;
        out->output = MLP_OUTPUT_SIGMOID;
        return MLP_OK;
    }
    return last->activation != MLP_IDENTITY ? layers_add_identity(layers, err)
                                            : MLP_OK;
}

static mlp_task guess(const struct outputs *out,
                      const struct layers *layers,
                      const struct outputs_told *told)
{
    bool one = last_of(layers)->n_out == 1;
    if (out->output == MLP_OUTPUT_SOFTMAX || told->argmax)
        return MLP_TASK_CLASSIFICATION;
    if (out->output == MLP_OUTPUT_SIGMOID)
        return one && !told->threshold ? MLP_TASK_CLASSIFICATION
                                       : MLP_TASK_MULTILABEL;
    return MLP_TASK_REGRESSION;
}

/* What was asked for must be what the network has, but for a function at its
 * end: exports of trained logits have none. */
static mlp_status settle_output(struct outputs *out, mlp_error *err)
{
    static const mlp_output wanted[] = {
        [MLP_TASK_CLASSIFICATION] = MLP_OUTPUT_SOFTMAX,
        [MLP_TASK_REGRESSION] = MLP_OUTPUT_IDENTITY,
        [MLP_TASK_MULTILABEL] = MLP_OUTPUT_SIGMOID,
    };
    if (out->output == MLP_OUTPUT_IDENTITY) {
        out->output = wanted[out->task];
        out->added = out->output != MLP_OUTPUT_IDENTITY;
    }
    if (model_output_fits(out->task, out->output))
        return MLP_OK;
    return mlp_fail(err, MLP_INVALID,
                    "task: the network ends in %s, which %s "
                    "does not",
                    mlp_output_name(out->output), mlp_task_name(out->task));
}

static mlp_status check_form(const struct outputs *out,
                             const struct layers *layers,
                             mlp_error *err)
{
    if (layers->softmax && last_of(layers)->n_out == 1)
        return mlp_fail(err, MLP_INVALID,
                        "the network ends in softmax of one number, which is "
                        "always 1");
    if (layers->pair && out->task != MLP_TASK_CLASSIFICATION)
        return mlp_fail(
            err, MLP_INVALID,
            "task: the network gives a class and its contrary, which "
            "%s does not",
            mlp_task_name(out->task));
    return MLP_OK;
}

/* Values between 0 and 1: an activation like any other. */
static mlp_status
keep_sigmoid(struct outputs *out, struct layers *layers, mlp_error *err)
{
    if (out->output != MLP_OUTPUT_SIGMOID)
        return MLP_OK;
    last_of(layers)->activation = MLP_SIGMOID;
    out->output = MLP_OUTPUT_IDENTITY;
    return layers_add_identity(layers, err);
}

/* --- one probability as two classes
 * ---------------------------------------------- */

/* sigmoid(z) is what softmax(0, z) says of the second one. */
static mlp_status
make_pair(struct outputs *out, struct layers *layers, mlp_error *err)
{
    struct dense *last = last_of(layers);
    double *w = alloc_array(2 * last->n_in, sizeof *w);
    double *b = alloc_array(2, sizeof *b);
    if (w == NULL || b == NULL) {
        free(w);
        free(b);
        return mlp_fail(err, MLP_NOMEM, "out of memory for a layer");
    }
    memcpy(w + last->n_in, last->w, last->n_in * sizeof *w);
    b[1] = last->b[0];
    free(last->w);
    free(last->b);
    last->w = w;
    last->b = b;
    last->n_out = 2;
    out->output = MLP_OUTPUT_SOFTMAX;
    return MLP_OK;
}

/* --- classes
 * ------------------------------------------------------------------------ */

static mlp_status add_numbered(struct label_list *list,
                               const char *prefix,
                               size_t n,
                               mlp_cell_kind kind,
                               mlp_error *err)
{
    mlp_status status = MLP_OK;
    char text[32];
    for (size_t i = 0; status == MLP_OK && i < n; i++) {
        int length = snprintf(text, sizeof text, "%s%zu", prefix, i);
        mlp_label label = {kind, text, (size_t)length, (double)i};
        status = labels_add(list, &label, err);
    }
    return status;
}

mlp_status outputs_add_text(struct label_list *list,
                            const void *text,
                            size_t length,
                            mlp_error *err)
{
    const char *bytes = text;
    size_t i = 0, n = 1;
    while (i < length && n > 0) {
        n = bytes[i] != '\0' ? utf8_character(bytes + i, length - i) : 0;
        i += n;
    }
    if (length == 0 || n == 0)
        return mlp_fail(err, MLP_INVALID,
                        "label %zu: expected UTF-8 text that is not empty",
                        list->n);
    char *copy = NULL;
    mlp_buffer whole; /* labels end in a NUL */
    mlp_buffer_init(&whole, length);
    mlp_buffer_append(&whole, bytes, length);
    if (whole.status == MLP_OK)
        copy = whole.data;
    mlp_label label = {MLP_CELL_TEXT, copy, length, 0};
    mlp_status status = copy != NULL ? labels_add(list, &label, err)
                                     : mlp_fail(err, MLP_NOMEM,
                                                "out of memory "
                                                "for labels");
    mlp_buffer_free(&whole);
    return status;
}

/* Numbers, if all of them are. */
static mlp_status add_given(struct label_list *list,
                            const struct outputs_asked *asked,
                            bool may_be_numbers,
                            mlp_error *err)
{
    mlp_decimal decimal;
    mlp_status status = MLP_OK;
    bool numbers = may_be_numbers;
    for (size_t i = 0; numbers && i < asked->n_labels; i++)
        numbers = mlp_parse_decimal(asked->labels[i], strlen(asked->labels[i]),
                                    &decimal) &&
                  isfinite(mlp_decimal_to_double(&decimal));
    for (size_t i = 0; status == MLP_OK && i < asked->n_labels; i++) {
        const char *text = asked->labels[i];
        size_t length = strlen(text);
        if (!numbers) {
            status = outputs_add_text(list, text, length, err);
            continue;
        }
        (void)mlp_parse_decimal(text, length, &decimal);
        mlp_label label = {MLP_CELL_NUMBER, text, length,
                           mlp_decimal_to_double(&decimal)};
        status = labels_add(list, &label, err);
    }
    return status;
}

static mlp_status check_count(const struct label_list *list,
                              size_t n,
                              const char *what,
                              mlp_error *err)
{
    return list->n == n ? MLP_OK
                        : mlp_fail(err, MLP_INVALID,
                                   "labels: expected %zu, one %s, got %zu", n,
                                   what, list->n);
}

struct place {
    const mlp_label *label;
    size_t at;
};

static int by_label(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    return label_compare(a->label, b->label);
}

/* The last layer's rows go where the sorted classes are. */
static mlp_status
sort_rows(struct dense *last, const struct place *places, mlp_error *err)
{
    size_t n = last->n_out, width = last->n_in;
    double *w = alloc_array(n * width, sizeof *w);
    double *b = alloc_array(n, sizeof *b);
    if (w == NULL || b == NULL) {
        free(w);
        free(b);
        return mlp_fail(err, MLP_NOMEM, "out of memory for a layer");
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(w + i * width, last->w + places[i].at * width,
               width * sizeof *w);
        b[i] = last->b[places[i].at];
    }
    free(last->w);
    free(last->b);
    last->w = w;
    last->b = b;
    return MLP_OK;
}

static mlp_status sort_classes(struct outputs *out,
                               const struct label_list *given,
                               struct dense *last,
                               mlp_error *err)
{
    size_t n = given->n;
    struct place *places = alloc_array(n, sizeof *places);
    if (places == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for classes");
    for (size_t i = 0; i < n; i++)
        places[i] = (struct place){&given->items[i], i};
    qsort(places, n, sizeof *places, by_label);
    mlp_status status = sort_rows(last, places, err);
    for (size_t i = 0; status == MLP_OK && i < n; i++) {
        if (i > 0 && by_label(&places[i - 1], &places[i]) == 0)
            status = mlp_fail(err, MLP_INVALID, "labels: '%.64s' comes twice",
                              places[i].label->text);
        else
            status = labels_add(&out->classes, places[i].label, err);
    }
    free(places);
    return status;
}

static mlp_status take_classes(struct outputs *out,
                               const struct outputs_told *told,
                               const struct outputs_asked *asked,
                               struct dense *last,
                               mlp_error *err)
{
    struct label_list given = {0};
    mlp_status status;
    if (asked->labels != NULL)
        status = add_given(&given, asked, true, err);
    else if (told->classes->n > 0)
        status = labels_copy(&given, told->classes, err);
    else
        status = add_numbered(&given, "", last->n_out, MLP_CELL_NUMBER, err);
    if (status == MLP_OK)
        status = check_count(&given, last->n_out, "a class", err);
    if (status == MLP_OK && given.n < 2)
        status = mlp_fail(err, MLP_INVALID,
                          "the network has one class, expected two or more");
    if (status == MLP_OK)
        status = sort_classes(out, &given, last, err);
    labels_free(&given);
    return status;
}

/* --- targets
 * -------------------------------------------------------------------------- */

static mlp_status take_targets(struct outputs *out,
                               const struct label_list *targets,
                               const struct outputs_asked *asked,
                               size_t n_outputs,
                               mlp_error *err)
{
    bool one = out->task == MLP_TASK_CLASSIFICATION;
    size_t n = one ? 1 : n_outputs;
    const char *prefix = one ? "label" : "y";
    if (asked->labels != NULL && !one) {
        mlp_status status = add_given(&out->targets, asked, false, err);
        return status == MLP_OK
                   ? check_count(&out->targets, n, "an output", err)
                   : status;
    }
    if (targets->n == n)
        return labels_copy(&out->targets, targets, err);
    if (n == 1)
        return labels_add_text(&out->targets, prefix, err);
    return add_numbered(&out->targets, prefix, n, MLP_CELL_TEXT, err);
}

mlp_status outputs_decide(struct outputs *out,
                          struct layers *layers,
                          const struct outputs_told *told,
                          const struct outputs_asked *asked,
                          mlp_error *err)
{
    *out = (struct outputs){0};
    mlp_status status = take_output(out, layers, err);
    if (status != MLP_OK)
        return status;
    out->task =
        asked->task != MLP_TASK_AUTO ? asked->task : guess(out, layers, told);
    status = check_form(out, layers, err);
    if (status == MLP_OK && out->task == MLP_TASK_REGRESSION)
        status = keep_sigmoid(out, layers, err);
    if (status != MLP_OK)
        return status;
    if (out->task == MLP_TASK_CLASSIFICATION && last_of(layers)->n_out == 1) {
        out->added = out->output == MLP_OUTPUT_IDENTITY;
        status = make_pair(out, layers, err);
    } else {
        status = settle_output(out, err);
    }
    if (status == MLP_OK && out->task == MLP_TASK_CLASSIFICATION)
        status = take_classes(out, told, asked, last_of(layers), err);
    if (status == MLP_OK)
        status = take_targets(out, told->targets, asked, last_of(layers)->n_out,
                              err);
    return status;
}

void outputs_free(struct outputs *outputs)
{
    labels_free(&outputs->classes);
    labels_free(&outputs->targets);
    *outputs = (struct outputs){0};
}
