/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <onnx.pb-c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "mlp/onnx.h"
#include "models.h"
#include "onnx_files.h"

static const char *const fixtures[] = {"torch_logits", "torch_zoo",
                                       "torch_binary", "sklearn_species",
                                       "sklearn_two",  "sklearn_regressor"};
enum { N_FIXTURES = sizeof fixtures / sizeof *fixtures };

static const mlp_task tasks[] = {MLP_TASK_CLASSIFICATION, MLP_TASK_REGRESSION,
                                 MLP_TASK_MULTILABEL};
enum { N_TASKS = sizeof tasks / sizeof *tasks };

/* --- fixtures ---------------------------------------------------------------
 */

static json_t *expectations(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "tests/data/onnx/%s.json", name);
    json_t *json = json_load_file(path, 0, NULL);
    cr_assert_not_null(json, "cannot read %s", path);
    return json;
}

static float *matrix(const json_t *rows, size_t width)
{
    size_t n = json_array_size(rows);
    float *out = calloc(n * width, sizeof *out);
    for (size_t i = 0; i < n * width; i++)
        out[i] = (float)json_number_value(
            json_array_get(json_array_get(rows, i / width), i % width));
    return out;
}

Test(onnx, imports_answer_as_the_libraries_that_trained_them)
{
    for (size_t f = 0; f < N_FIXTURES; f++) {
        mlp_model *model = onnx_imported(fixtures[f]);
        json_t *json = expectations(fixtures[f]);
        size_t n_out = mlp_model_n_outputs(model);
        const json_t *inputs = json_object_get(json, "inputs");
        const json_t *outputs = json_object_get(json, "outputs");
        size_t n = json_array_size(inputs);
        cr_assert_gt(n, 5);
        cr_assert_eq(json_array_size(json_array_get(outputs, 0)), n_out);
        float *rows = matrix(inputs, mlp_model_n_features(model));
        float *expected = matrix(outputs, n_out);
        float *found = calloc(n * n_out, sizeof *found);
        onnx_predict(model, rows, n, found);
        for (size_t i = 0; i < n * n_out; i++)
            cr_expect_lt(fabsf(found[i] - expected[i]), 1e-5F,
                         "%s: output %zu: %g, expected %g", fixtures[f], i,
                         (double)found[i], (double)expected[i]);
        free(rows);
        free(expected);
        free(found);
        json_decref(json);
        mlp_model_destroy(model);
    }
}

Test(onnx, imports_are_written_and_read_as_model_files)
{
    for (size_t f = 0; f < N_FIXTURES; f++) {
        mlp_model *model = onnx_imported(fixtures[f]), *again;
        mlp_buffer file = file_of(model);
        mlp_error err;
        cr_assert_eq(mlp_model_read(file.data, file.length, &again, &err),
                     MLP_OK, "%s: %s", fixtures[f], err.text);
        mlp_buffer_free(&file);
        mlp_model_destroy(again);
        mlp_model_destroy(model);
    }
}

Test(onnx, imports_tell_names_classes_and_what_was_rounded)
{
    mlp_model *species = onnx_imported("sklearn_species");
    cr_expect_eq(mlp_model_task(species), MLP_TASK_CLASSIFICATION);
    cr_expect_str_eq(mlp_model_class(species, 2)->text, "virginica");
    cr_expect_str_eq(mlp_model_feature(species, 3), "x3");
    mlp_model *two = onnx_imported("sklearn_two");
    cr_expect_eq(mlp_model_n_outputs(two), 2);
    cr_expect_eq(mlp_model_class(two, 1)->number, 7);
    mlp_model *regressor = onnx_imported("sklearn_regressor");
    cr_expect_eq(mlp_model_task(regressor), MLP_TASK_REGRESSION);
    cr_expect_str_eq(mlp_model_feature(regressor, 0), "sepal_length");
    cr_expect_eq(mlp_model_scaling(regressor), MLP_SCALING_STANDARD);
    mlp_model *binary = onnx_imported("torch_binary");
    cr_expect_not_null(strstr(mlp_model_record(binary), "float64"));
    cr_expect_not_null(strstr(mlp_model_record(binary), "pytorch"));
    mlp_model_destroy(species);
    mlp_model_destroy(two);
    mlp_model_destroy(regressor);
    mlp_model_destroy(binary);
}

Test(onnx, labels_in_any_order_go_with_their_outputs)
{
    static const char *const labels[] = {"zebra", "ant", "mole"};
    static const size_t places[] = {2, 0, 1};
    mlp_onnx_options options = {MLP_TASK_CLASSIFICATION, labels, 3};
    const float row[] = {5.1F, 3.5F, 1.4F, 0.2F};
    float sorted[3], own[3];
    mlp_buffer bytes = onnx_fixture("torch_logits");
    mlp_model *model, *plain = onnx_imported("torch_logits");
    cr_assert_eq(
        mlp_model_read_onnx(bytes.data, bytes.length, &options, &model, NULL),
        MLP_OK);
    onnx_predict(model, row, 1, sorted);
    onnx_predict(plain, row, 1, own);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_str_eq(mlp_model_class(model, places[i])->text, labels[i]);
        cr_expect_eq(sorted[places[i]], own[i]);
    }
    mlp_buffer_free(&bytes);
    mlp_model_destroy(model);
    mlp_model_destroy(plain);
}

/* --- there and back ----------------------------------------------------------
 */

static mlp_buffer exported(const mlp_model *model)
{
    mlp_buffer bytes;
    mlp_error err;
    mlp_buffer_init(&bytes, SIZE_MAX - 1);
    cr_assert_eq(
        mlp_model_write_onnx(model, "m", 3, mlp_buffer_sink(&bytes), &err),
        MLP_OK, "%s", err.text);
    return bytes;
}

Test(onnx, an_export_is_read_back_as_the_same_model)
{
    const float rows[] = {1, 5, 2, 3, -4, 1.5F, NAN, 2, 3, NAN};
    for (size_t t = 0; t < N_TASKS; t++) {
        mlp_model *model = small_model(tasks[t]), *again;
        mlp_buffer bytes = exported(model);
        float before[10], after[10];
        mlp_error err;
        cr_assert_eq(
            mlp_model_read_onnx(bytes.data, bytes.length, NULL, &again, &err),
            MLP_OK, "%s", err.text);
        cr_expect_eq(mlp_model_task(again), tasks[t]);
        cr_expect_str_eq(mlp_model_feature(again, 1), "b");
        cr_expect_str_eq(mlp_model_target(again, 0), "t");
        size_t n = 5 * mlp_model_n_outputs(model);
        cr_assert_eq(n, 5 * mlp_model_n_outputs(again));
        onnx_predict(model, rows, 5, before);
        onnx_predict(again, rows, 5, after);
        for (size_t i = 0; i < n; i++)
            cr_expect_lt(fabsf(before[i] - after[i]), 2e-6F, "%zu", i);
        mlp_buffer_free(&bytes);
        mlp_model_destroy(model);
        mlp_model_destroy(again);
    }
}

Test(onnx, an_export_is_read_back_with_labels_of_each_kind)
{
    static const char *const targets[] = {"t"};
    static const struct {
        const char *first, *second;
        mlp_cell_kind kind;
    } labels[] = {{"false", "true", MLP_CELL_BOOLEAN},
                  {"-3", "12", MLP_CELL_NUMBER},
                  {"0.1", "1.75", MLP_CELL_NUMBER},
                  {"no", "yes", MLP_CELL_TEXT}};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        char text[256];
        const char *a = labels[i].first, *b = labels[i].second;
        snprintf(text, sizeof text, "x,t\n1,%s\n2,%s\n3,%s\n4,%s\n5,%s\n6,%s\n",
                 a, b, a, b, a, b);
        mlp_table *table = csv_table(text, "t");
        mlp_fit_spec spec = spec_for(targets);
        spec.task = MLP_TASK_CLASSIFICATION;
        spec.hidden_given = true;
        spec.training.epochs = 2;
        mlp_model *model = trained(table, &spec, NULL), *again;
        mlp_buffer bytes = exported(model);
        mlp_error err;
        cr_assert_eq(
            mlp_model_read_onnx(bytes.data, bytes.length, NULL, &again, &err),
            MLP_OK, "%s", err.text);
        for (size_t k = 0; k < 2; k++) {
            cr_expect_str_eq(mlp_model_class(again, k)->text, k ? b : a);
            cr_expect_eq(mlp_model_class(again, k)->kind, labels[i].kind);
        }
        mlp_buffer_free(&bytes);
        mlp_model_destroy(again);
        mlp_model_destroy(model);
        mlp_table_destroy(table);
    }
}

static int32_t type_of(const Onnx__ValueInfoProto *info)
{
    return info->type->tensor_type->elem_type;
}

Test(onnx, an_export_has_an_input_a_column_each_in_its_type)
{
    enum { FLOAT = 1, STRING = 8, DOUBLE = 11 };
    static const char *const targets[] = {"label"};
    static const char text[] =
        "label,when,_city,x\nno,2024-01-02,a,1.5\nyes,2023-05-06,b,2.25\n"
        "no,2022-02-03,c,\nyes,2021-07-01,,4.125\nno,2020-01-09,b,0.5\n";
    mlp_table *table = csv_table(text, NULL);
    mlp_fit_spec spec = spec_for(targets);
    spec.training.epochs = 2;
    mlp_model *model = trained(table, &spec, NULL);
    mlp_buffer bytes = exported(model);
    Onnx__ModelProto *proto = onnx_unpacked(&bytes);
    const Onnx__GraphProto *graph = proto->graph;
    cr_assert_eq(graph->n_input, 3);
    const char *names[] = {"when", "x", "_city"};
    const int32_t types[] = {DOUBLE, FLOAT, STRING};
    for (size_t i = 0; i < 3; i++) {
        cr_expect_str_eq(graph->input[i]->name, names[i]);
        cr_expect_eq(type_of(graph->input[i]), types[i]);
    }
    cr_assert_eq(graph->n_output, 2);
    cr_expect_str_eq(graph->output[0]->name, "probabilities");
    cr_expect_str_eq(graph->output[1]->name, "label");
    cr_expect_eq(type_of(graph->output[1]), STRING);
    cr_expect_eq(proto->ir_version, 8);
    cr_expect_eq(proto->opset_import[0]->version, 17);
    /* No node takes the name of a column. */
    for (size_t i = 0; i < graph->n_node; i++)
        cr_expect_neq(strncmp(graph->node[i]->output[0], "_c", 2), 0);
    onnx__model_proto__free_unpacked(proto, NULL);
    mlp_buffer_free(&bytes);
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

Test(onnx, an_output_called_as_a_column_has_another_name)
{
    static const char *const targets[] = {"t"};
    mlp_table *table =
        csv_table("values,values_,t\n1,2,1.5\n2,1,2.5\n3,5,0.25\n"
                  "4,4,1.25\n",
                  NULL);
    mlp_fit_spec spec = spec_for(targets);
    spec.training.epochs = 2;
    mlp_model *model = trained(table, &spec, NULL);
    mlp_buffer bytes = exported(model);
    Onnx__ModelProto *proto = onnx_unpacked(&bytes);
    cr_expect_str_eq(proto->graph->output[0]->name, "values__");
    onnx__model_proto__free_unpacked(proto, NULL);
    mlp_buffer_free(&bytes);
    mlp_model_destroy(model);
    mlp_table_destroy(table);
}

static mlp_status
full(void *context, const void *bytes, size_t n, mlp_error *err)
{
    (void)context;
    (void)bytes;
    (void)n;
    return mlp_fail(err, MLP_FULL, "no space");
}

Test(onnx, an_export_hands_on_what_its_sink_says)
{
    mlp_model *model = small_model(MLP_TASK_REGRESSION);
    mlp_error err;
    mlp_status status =
        mlp_model_write_onnx(model, NULL, 0, (mlp_sink){full, NULL}, &err);
    cr_expect_eq(status, MLP_FULL);
    mlp_model_destroy(model);
}

/* --- what is refused
 * ------------------------------------------------------------ */

static void expect_any(mlp_status status, size_t at)
{
    cr_expect(status == MLP_OK || status == MLP_FORMAT ||
                  status == MLP_INVALID || status == MLP_LIMIT,
              "%zu: status %d", at, status);
}

Test(onnx, truncated_at_every_byte_never_crashes)
{
    mlp_error err;
    for (size_t f = 0; f < N_FIXTURES; f++) {
        mlp_buffer bytes = onnx_fixture(fixtures[f]);
        for (size_t n = 0; n < bytes.length; n++)
            expect_any(onnx_read_exactly(bytes.data, n, &err), n);
        /* Half of a graph is none. */
        cr_expect_neq(onnx_read_exactly(bytes.data, bytes.length / 2, &err),
                      MLP_OK);
        mlp_buffer_free(&bytes);
    }
}

Test(onnx, any_byte_flipped_never_crashes)
{
    mlp_error err;
    for (size_t f = 0; f < N_FIXTURES; f++) {
        mlp_buffer bytes = onnx_fixture(fixtures[f]);
        for (size_t at = 0; at < bytes.length; at++)
            for (unsigned flip = 1; flip < 256; flip = flip * 4 + 3) {
                bytes.data[at] ^= (char)flip;
                expect_any(onnx_read_exactly(bytes.data, bytes.length, &err),
                           at);
                bytes.data[at] ^= (char)flip;
            }
        mlp_buffer_free(&bytes);
    }
}

static void rename_text(char **text, const char *to)
{
    free(*text);
    *text = strdup(to);
}

static void make_conv(Onnx__ModelProto *proto)
{
    rename_text(&proto->graph->node[1]->op_type, "Conv");
    rename_text(&proto->graph->node[1]->name, "second");
}

static void make_foreign(Onnx__ModelProto *proto)
{
    proto->graph->node[1]->domain = strdup("com.example");
}

static void make_external(Onnx__ModelProto *proto)
{
    proto->graph->initializer[0]->has_data_location = 1;
    proto->graph->initializer[0]->data_location = 1;
}

static void make_long(Onnx__ModelProto *proto)
{
    proto->graph->initializer[0]->dims[0]++;
}

static void make_endless(Onnx__ModelProto *proto)
{
    proto->graph->initializer[0]->dims[0] = INT64_MAX;
}

static void make_half(Onnx__ModelProto *proto)
{
    proto->graph->initializer[0]->data_type = 10;
}

static void make_circle(Onnx__ModelProto *proto)
{
    rename_text(&proto->graph->node[0]->input[0],
                proto->graph->node[1]->output[0]);
}

static void make_loose(Onnx__ModelProto *proto)
{
    rename_text(&proto->graph->node[1]->input[0], "nowhere");
}

static void make_twice(Onnx__ModelProto *proto)
{
    rename_text(&proto->graph->node[1]->output[0],
                proto->graph->node[0]->output[0]);
}

static void make_infinite(Onnx__ModelProto *proto)
{
    const float infinite = INFINITY;
    memcpy(proto->graph->initializer[0]->raw_data.data, &infinite,
           sizeof infinite);
}

static void make_transposed(Onnx__ModelProto *proto)
{
    for (size_t i = 0; i < proto->graph->node[0]->n_attribute; i++)
        if (strcmp(proto->graph->node[0]->attribute[i]->name, "transB") == 0)
            proto->graph->node[0]->attribute[i]->i = 0;
}

static void make_empty(Onnx__ModelProto *proto)
{
    onnx__graph_proto__free_unpacked(proto->graph, NULL);
    proto->graph = NULL;
}

Test(onnx, what_is_no_such_network_is_refused_by_node_and_operator)
{
    static const struct {
        void (*spoil)(Onnx__ModelProto *proto);
        mlp_status status;
        const char *says;
    } cases[] = {
        {make_conv, MLP_INVALID, "node 'second' (Conv)"},
        {make_foreign, MLP_INVALID, "(Relu): this operator is none"},
        {make_external, MLP_INVALID, "in another file"},
        {make_long, MLP_INVALID, "its data is of another length"},
        {make_endless, MLP_INVALID, "tensor '"},
        {make_half, MLP_INVALID, "got type 10"},
        {make_circle, MLP_INVALID, "in a circle"},
        {make_loose, MLP_INVALID, "nothing makes the value 'nowhere'"},
        {make_twice, MLP_INVALID, "made twice"},
        {make_infinite, MLP_INVALID, "layer 0: number 0 is inf"},
        {make_transposed, MLP_INVALID, "expected one number, or 4"},
        {make_empty, MLP_FORMAT, "no graph"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlp_error err = onnx_refusal("torch_logits", cases[i].spoil);
        cr_expect_eq(err.status, cases[i].status, "%zu: %s", i, err.text);
        cr_expect_not_null(strstr(err.text, cases[i].says),
                           "'%s' does not say '%s'", err.text, cases[i].says);
    }
}

static void make_softmax_of_one(Onnx__ModelProto *proto)
{
    rename_text(&proto->graph->node[3]->op_type, "Softmax");
}

static void make_argmax_over_rows(Onnx__ModelProto *proto)
{
    for (size_t i = 0; i < proto->graph->n_node; i++)
        if (strcmp(proto->graph->node[i]->op_type, "ArgMax") == 0)
            proto->graph->node[i]->attribute[0]->i = 0;
}

Test(onnx, an_end_that_means_something_else_is_refused)
{
    mlp_error err = onnx_refusal("torch_binary", make_softmax_of_one);
    cr_expect_not_null(strstr(err.text, "softmax of one number"), "%s",
                       err.text);
    err = onnx_refusal("sklearn_species", make_argmax_over_rows);
    cr_expect_not_null(strstr(err.text, "several outputs"), "%s", err.text);
}

Test(onnx, a_sigmoid_is_a_regression_if_that_is_asked_for)
{
    mlp_buffer bytes = onnx_fixture("torch_binary");
    mlp_onnx_options options = {.task = MLP_TASK_REGRESSION};
    mlp_model *value, *classes = onnx_imported("torch_binary");
    const float row[] = {6.3F, 2.9F, 5.1F, 1.7F};
    float y[1], p[2];
    mlp_error err;
    cr_assert_eq(
        mlp_model_read_onnx(bytes.data, bytes.length, &options, &value, &err),
        MLP_OK, "%s", err.text);
    onnx_predict(value, row, 1, y);
    onnx_predict(classes, row, 1, p);
    cr_expect_lt(fabsf(y[0] - p[1]), 1e-6F);
    mlp_buffer_free(&bytes);
    mlp_model_destroy(value);
    mlp_model_destroy(classes);
}

Test(onnx, labels_and_tasks_that_do_not_fit_are_refused)
{
    static const char *const two[] = {"a", "b"}, *const same[] = {"a", "b",
                                                                  "a"};
    static const struct {
        const char *name;
        mlp_onnx_options options;
        const char *says;
    } cases[] = {
        {"torch_logits", {MLP_TASK_CLASSIFICATION, two, 2}, "expected 3"},
        {"torch_logits", {MLP_TASK_CLASSIFICATION, same, 3}, "comes twice"},
        {"sklearn_species", {MLP_TASK_REGRESSION, NULL, 0}, "softmax"},
        {"torch_zoo", {MLP_TASK_AUTO, same, 3}, "expected 2"},
        {"sklearn_two", {MLP_TASK_MULTILABEL, NULL, 0}, "its contrary"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlp_buffer bytes = onnx_fixture(cases[i].name);
        mlp_model *model;
        mlp_error err;
        mlp_status status = mlp_model_read_onnx(
            bytes.data, bytes.length, &cases[i].options, &model, &err);
        cr_expect_eq(status, MLP_INVALID, "%zu", i);
        cr_expect_not_null(strstr(err.text, cases[i].says), "%s", err.text);
        mlp_buffer_free(&bytes);
    }
}

/* A graph of empty nodes: two bytes each in the file, fifty times that in
 * memory. */
Test(onnx, a_file_that_would_swell_is_refused_before_it_does)
{
    enum { N_NODES = 4000000 };
    mlp_buffer bytes;
    mlp_error err;
    uint8_t head[] = {0x3a, 0, 0, 0, 0}; /* field 7, of 2 N bytes */
    size_t length = 2 * (size_t)N_NODES;
    for (size_t i = 0; i < 4; i++)
        head[1 + i] =
            (uint8_t)((length >> (7 * i) & 0x7f) | (i < 3 ? 0x80 : 0));
    mlp_buffer_init(&bytes, SIZE_MAX - 1);
    mlp_buffer_append(&bytes, head, sizeof head);
    for (size_t i = 0; i < N_NODES; i++)
        mlp_buffer_append(&bytes, "\x0a\0", 2);
    cr_expect_eq(onnx_read_exactly(bytes.data, bytes.length, &err), MLP_LIMIT,
                 "%s", err.text);
    mlp_buffer_free(&bytes);
}

/* --- out of memory
 * ---------------------------------------------------------------- */

Test(onnx, import_leaks_nothing_when_any_single_allocation_fails)
{
    mlp_buffer bytes = onnx_fixture("sklearn_two");
    bool failed = true;
    for (size_t n = 0; failed; n++) {
        mlp_model *model;
        allocation_watch(n);
        mlp_status status =
            mlp_model_read_onnx(bytes.data, bytes.length, NULL, &model, NULL);
        mlp_model_destroy(model);
        struct allocation_report report = allocation_unwatch();
        failed = report.failed;
        cr_expect_eq(status == MLP_OK, !failed, "allocation %zu: %d", n,
                     status);
        cr_expect_eq(report.n_left, 0, "allocation %zu", n);
    }
    mlp_buffer_free(&bytes);
}

Test(onnx, export_leaks_nothing_when_any_single_allocation_fails)
{
    mlp_model *model = small_model(MLP_TASK_CLASSIFICATION);
    bool failed = true;
    for (size_t n = 0; failed; n++) {
        mlp_buffer bytes;
        mlp_buffer_init(&bytes, SIZE_MAX - 1);
        allocation_watch(n);
        mlp_status status =
            mlp_model_write_onnx(model, "m", 1, mlp_buffer_sink(&bytes), NULL);
        struct allocation_report report = allocation_unwatch();
        failed = report.failed;
        cr_expect_eq(status, failed ? MLP_NOMEM : MLP_OK, "allocation %zu", n);
        cr_expect_eq(report.n_left, 0, "allocation %zu", n);
        mlp_buffer_free(&bytes);
    }
    mlp_model_destroy(model);
}
