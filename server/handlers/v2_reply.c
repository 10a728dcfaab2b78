/* SPDX-License-Identifier: MIT */
#include "handlers/v2_reply.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mlp/json.h"

/* What all of the writing below is about. */
struct writer {
    const struct live_model *live;
    const float *values; /* [n_rows, width] */
    size_t n_rows, width;
    size_t *ranked;  /* [width], scratch */
    mlp_buffer text; /* scratch */
    struct problem *problem;
};

/* --- which ones ----------------------------------------------------------- */

static bool refuse_name(const struct v2_tensor_spec *specs,
                        size_t n,
                        size_t i,
                        const char *name,
                        const struct live_model *live,
                        struct problem *problem)
{
    char pointer[48];
    snprintf(pointer, sizeof pointer, "/outputs/%zu/name", i);
    problem_set(problem, PROBLEM_INVALID_ARGUMENT, pointer,
                "%s@%" PRIu32 " has no output '%.64s', it has %s%s%s",
                live->name, live->version, name, specs[0].name,
                n > 1 ? " and " : "", n > 1 ? specs[1].name : "");
    return false;
}

/* The best classes, as texts. */
static bool
ask_classes(struct v2_output *output, size_t i, struct problem *problem)
{
    if (output->label) {
        char pointer[48];
        snprintf(pointer, sizeof pointer, "/outputs/%zu/parameters", i);
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, pointer,
                    "output 'label' is the best class alone: ask for the "
                    "classification of 'probabilities'");
        return false;
    }
    if (output->n_classes > output->spec.width)
        output->n_classes = output->spec.width;
    output->spec.type = V2_BYTES;
    output->spec.width = output->n_classes;
    return true;
}

static bool choose_one(struct v2_output *output,
                       const struct v2_output_request *asked,
                       size_t i,
                       const struct live_model *live,
                       struct problem *problem)
{
    struct v2_tensor_spec specs[V2_OUTPUTS_MAX];
    size_t n = v2_model_outputs(live->model, specs), at = 0;
    while (at < n && strcmp(specs[at].name, asked->name) != 0)
        at++;
    if (at == n)
        return refuse_name(specs, n, i, asked->name, live, problem);
    output->spec = specs[at];
    output->label = at == V2_LABEL_OUTPUT;
    output->binary = asked->binary;
    output->n_classes = asked->n_classes;
    return output->n_classes == 0 || ask_classes(output, i, problem);
}

static void choose_all(struct v2_outputs *outputs,
                       const struct v2_request *request,
                       const mlp_model *model)
{
    struct v2_tensor_spec specs[V2_OUTPUTS_MAX];
    outputs->n = v2_model_outputs(model, specs);
    for (size_t i = 0; i < outputs->n; i++) {
        outputs->items[i].spec = specs[i];
        outputs->items[i].label = i == V2_LABEL_OUTPUT;
        outputs->items[i].binary = request->binary;
    }
}

static bool
is_twice(const struct v2_request *request, size_t i, struct problem *problem)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(request->outputs[k].name, request->outputs[i].name) == 0) {
            char pointer[48];
            snprintf(pointer, sizeof pointer, "/outputs/%zu/name", i);
            problem_set(problem, PROBLEM_INVALID_ARGUMENT, pointer,
                        "output '%.64s' is asked for twice",
                        request->outputs[i].name);
            return true;
        }
    return false;
}

bool v2_outputs_choose(struct v2_outputs *outputs,
                       const struct v2_request *request,
                       const struct live_model *live,
                       struct problem *problem)
{
    size_t n = request->all_outputs ? V2_OUTPUTS_MAX : request->n_outputs;
    *outputs = (struct v2_outputs){.items = calloc(n, sizeof *outputs->items)};
    if (outputs->items == NULL) {
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
        return false;
    }
    outputs->n = n;
    if (request->all_outputs)
        choose_all(outputs, request, live->model);
    for (size_t i = 0; i < request->n_outputs; i++)
        if (is_twice(request, i, problem) ||
            !choose_one(&outputs->items[i], &request->outputs[i], i, live,
                        problem)) {
            v2_outputs_free(outputs);
            return false;
        }
    for (size_t i = 0; i < outputs->n; i++)
        outputs->binary = outputs->binary || outputs->items[i].binary;
    return true;
}

void v2_outputs_free(struct v2_outputs *outputs)
{
    for (size_t i = 0; i < outputs->n; i++)
        mlp_buffer_free(&outputs->items[i].texts);
    free(outputs->items);
    *outputs = (struct v2_outputs){0};
}

/* --- the best ones -------------------------------------------------------- */

/* For qsort_r: falling, equals in their own order. */
static int compare_values(const void *a, const void *b, void *row)
{
    const float *values = row;
    size_t i = *(const size_t *)a;
    size_t k = *(const size_t *)b;
    if (values[i] != values[k])
        return values[i] > values[k] ? -1 : 1;
    return (i > k) - (i < k);
}

/* The best of row i is ranked[0]; all: they are sorted. False with a problem:
 * some of them are no numbers. */
static bool rank(struct writer *writer, size_t i, bool all)
{
    const float *row = writer->values + i * writer->width;
    size_t best = 0;
    for (size_t k = 0; k < writer->width; k++) {
        if (isnan(row[k])) {
            problem_set(writer->problem, PROBLEM_INVALID_ARGUMENT, NULL,
                        "row %zu: the numbers are too large for the model, "
                        "which has no answer",
                        i);
            return false;
        }
        if (row[k] > row[best])
            best = k;
        writer->ranked[k] = k;
    }
    if (all)
        qsort_r(writer->ranked, writer->width, sizeof *writer->ranked,
                compare_values, (void *)(uintptr_t)row);
    else
        writer->ranked[0] = best;
    return true;
}

/* --- texts ---------------------------------------------------------------- */

/* "0.98:0:setosa", of the k-th best of row i, into the scratch. */
static void class_text(struct writer *writer, size_t i, size_t k)
{
    size_t at = writer->ranked[k];
    mlp_buffer *text = &writer->text;
    mlp_buffer_clear(text);
    mlp_json_write_float(text, writer->values[i * writer->width + at]);
    mlp_buffer_format(text, ":%zu:", at);
    mlp_buffer_text(text, v2_model_output_name(writer->live->model, at));
}

static void put_bytes(mlp_buffer *out, const char *text, size_t length)
{
    unsigned char head[V2_LENGTH_BYTES];
    for (size_t i = 0; i < sizeof head; i++)
        head[i] = (unsigned char)(length >> 8 * i);
    mlp_buffer_append(out, head, sizeof head);
    mlp_buffer_append(out, text, length);
}

static void
put_text(mlp_buffer *out, const char *text, size_t length, bool binary)
{
    if (binary) {
        put_bytes(out, text, length);
        return;
    }
    if (out->data[out->length - 1] != '[')
        mlp_buffer_append(out, ",", 1);
    mlp_json_write_string(out, text, length);
}

static const mlp_label *best_class(const struct writer *writer)
{
    return mlp_model_class(writer->live->model, writer->ranked[0]);
}

/* All elements of BYTES; of JSON behind an open bracket. */
static bool put_texts(struct writer *writer,
                      const struct v2_output *output,
                      mlp_buffer *out)
{
    for (size_t i = 0; i < writer->n_rows && out->status == MLP_OK; i++) {
        if (!rank(writer, i, !output->label))
            return false;
        if (output->label) {
            const mlp_label *label = best_class(writer);
            put_text(out, label->text, label->length, output->binary);
        }
        for (size_t k = 0; k < output->n_classes; k++) {
            class_text(writer, i, k);
            if (writer->text.status != MLP_OK)
                out->status = writer->text.status;
            else
                put_text(out, writer->text.data, writer->text.length,
                         output->binary);
        }
    }
    return true;
}

/* --- labels that are no texts --------------------------------------------- */

static void put_little_endian(mlp_buffer *out, uint64_t bits)
{
    unsigned char bytes[sizeof bits];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(bits >> 8 * i);
    mlp_buffer_append(out, bytes, sizeof bytes);
}

static void put_label(mlp_buffer *out,
                      const mlp_label *label,
                      enum v2_datatype type,
                      bool binary)
{
    if (!binary)
        mlp_buffer_append(out, label->text, label->length);
    else if (type == V2_BOOL)
        mlp_buffer_append(out, label->text[0] == 't' ? "\1" : "\0", 1);
    else
        put_little_endian(out, (uint64_t)strtoll(label->text, NULL, 10));
}

static bool put_labels(struct writer *writer,
                       const struct v2_output *output,
                       mlp_buffer *out)
{
    for (size_t i = 0; i < writer->n_rows && out->status == MLP_OK; i++) {
        if (!rank(writer, i, false))
            return false;
        if (i > 0 && !output->binary)
            mlp_buffer_append(out, ",", 1);
        put_label(out, best_class(writer), output->spec.type, output->binary);
    }
    return true;
}

/* --- numbers -------------------------------------------------------------- */

enum { FLOATS_AT_ONCE = 64 };

/* "1,0.5,null", behind an open bracket. */
static void put_floats(mlp_buffer *out, const float *values, size_t n)
{
    for (size_t i = 0; i < n;) {
        char *room =
            mlp_buffer_reserve(out, FLOATS_AT_ONCE * (MLP_FLOAT_TEXT_MAX + 1));
        if (room == NULL)
            return;
        char *p = room;
        size_t end = n - i < FLOATS_AT_ONCE ? n : i + FLOATS_AT_ONCE;
        for (; i < end; i++) {
            if (i > 0)
                *p++ = ',';
            if (isfinite(values[i])) {
                p += mlp_format_float(values[i], p);
            } else {
                memcpy(p, "null", 4);
                p += 4;
            }
        }
        out->length += (size_t)(p - room);
    }
}

/* --- the whole ------------------------------------------------------------ */

static bool put_elements(struct writer *writer,
                         const struct v2_output *output,
                         mlp_buffer *out)
{
    size_t n = writer->n_rows * writer->width;
    if (output->spec.type == V2_BYTES)
        return put_texts(writer, output, out);
    if (output->label)
        return put_labels(writer, output, out);
    if (output->binary)
        mlp_buffer_append(out, writer->values, n * sizeof *writer->values);
    else
        put_floats(out, writer->values, n);
    return true;
}

/* BYTES are as long as they are; other elements have their size. */
static size_t binary_bytes(const struct writer *writer,
                           const struct v2_output *output)
{
    size_t width = output->spec.width > 0 ? output->spec.width : 1;
    if (output->spec.type == V2_BYTES)
        return output->texts.length;
    return writer->n_rows * width * v2_datatype_size(output->spec.type);
}

static bool put_tensor(struct writer *writer,
                       const struct v2_output *output,
                       mlp_buffer *out)
{
    mlp_buffer_text(out, "{\"name\":\"");
    mlp_buffer_text(out, output->spec.name);
    mlp_buffer_text(out, "\",\"datatype\":\"");
    mlp_buffer_text(out, v2_datatype_name(output->spec.type));
    mlp_buffer_text(out, "\",\"shape\":[");
    mlp_json_write_unsigned(out, writer->n_rows);
    if (output->spec.width > 0) {
        mlp_buffer_text(out, ",");
        mlp_json_write_unsigned(out, output->spec.width);
    }
    if (output->binary) {
        mlp_buffer_text(out, "],\"parameters\":{\"binary_data_size\":");
        mlp_json_write_unsigned(out, binary_bytes(writer, output));
        mlp_buffer_text(out, "}}");
        return true;
    }
    mlp_buffer_text(out, "],\"data\":[");
    bool done = out->status == MLP_OK && put_elements(writer, output, out);
    mlp_buffer_text(out, "]}");
    return done || out->status != MLP_OK;
}

static bool put_json(struct writer *writer,
                     const struct v2_outputs *outputs,
                     const struct v2_request *request,
                     mlp_buffer *out)
{
    mlp_buffer_text(out, "{\"model_name\":\"");
    mlp_buffer_text(out, writer->live->name);
    mlp_buffer_text(out, "\",\"model_version\":\"");
    mlp_json_write_unsigned(out, writer->live->version);
    mlp_buffer_text(out, "\"");
    if (request->id != NULL) {
        mlp_buffer_text(out, ",\"id\":");
        mlp_json_write_string(out, request->id, strlen(request->id));
    }
    mlp_buffer_text(out, ",\"outputs\":[");
    for (size_t i = 0; i < outputs->n; i++) {
        if (i > 0)
            mlp_buffer_text(out, ",");
        if (!put_tensor(writer, &outputs->items[i], out))
            return false;
    }
    mlp_buffer_text(out, "]}");
    return true;
}

/* Binary texts must be there before their size can be told. */
static bool prepare_texts(struct writer *writer,
                          struct v2_outputs *outputs,
                          mlp_buffer *out)
{
    for (size_t i = 0; i < outputs->n; i++) {
        struct v2_output *output = &outputs->items[i];
        mlp_buffer_init(&output->texts, out->max_bytes);
        if (!output->binary || output->spec.type != V2_BYTES)
            continue;
        if (!put_texts(writer, output, &output->texts))
            return false;
        if (output->texts.status != MLP_OK)
            out->status = output->texts.status;
    }
    return true;
}

static bool put_binary(struct writer *writer,
                       const struct v2_outputs *outputs,
                       mlp_buffer *out)
{
    for (size_t i = 0; i < outputs->n; i++) {
        const struct v2_output *output = &outputs->items[i];
        if (!output->binary)
            continue;
        if (output->spec.type == V2_BYTES)
            mlp_buffer_append(out, output->texts.data, output->texts.length);
        else if (!put_elements(writer, output, out))
            return false;
    }
    return true;
}

bool v2_reply_write(struct v2_outputs *outputs,
                    const struct v2_request *request,
                    const struct live_model *live,
                    const float *values,
                    size_t n_rows,
                    mlp_buffer *out,
                    size_t *json_bytes,
                    struct problem *problem)
{
    struct writer writer = {
        .live = live,
        .values = values,
        .n_rows = n_rows,
        .width = mlp_model_n_outputs(live->model),
        .problem = problem,
    };
    writer.ranked = calloc(writer.width, sizeof *writer.ranked);
    mlp_buffer_init(&writer.text, out->max_bytes);
    if (writer.ranked == NULL)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    bool done = writer.ranked != NULL && prepare_texts(&writer, outputs, out) &&
                put_json(&writer, outputs, request, out);
    *json_bytes = out->length;
    done = done && put_binary(&writer, outputs, out);
    mlp_buffer_free(&writer.text);
    free(writer.ranked);
    return done;
}
