/* SPDX-License-Identifier: MIT
 *
 * A wish made ready to be a job: checked, resolved, then its table on stable
 * storage. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "http/json.h"
#include "mlp/json.h"
#include "training/columns.h"
#include "training/promotion.h"
#include "training/training_inner.h"

static void no_memory(struct problem *problem)
{
    problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
}

static char *take_text(mlp_buffer *buffer, struct problem *problem)
{
    char *text = mlp_buffer_take(buffer, NULL);

    if (text == NULL)
        no_memory(problem);
    mlp_buffer_free(buffer);
    return text;
}

static char *job_text(const struct training_setup *setup,
                      uint64_t memory_bytes,
                      struct problem *problem)
{
    const mlp_plan *plan = setup->plan;
    mlp_buffer out;

    mlp_buffer_init(&out, TRAINING_TEXT_MAX);
    mlp_buffer_text(&out, "{\"settings\":");
    spec_write(&setup->resolved, &out);
    mlp_buffer_format(&out,
                      ",\"parameters\":{\"weights\":%zu,\"biases\":%zu}"
                      ",\"rows\":{\"training\":%zu,\"validation\":%zu}"
                      ",\"memory_bytes\":%" PRIu64 "}",
                      mlp_plan_n_weights(plan), mlp_plan_n_biases(plan),
                      mlp_plan_n_train(plan), mlp_plan_n_validation(plan),
                      memory_bytes);
    return take_text(&out, problem);
}

static char *warnings_text(const mlp_plan *plan, struct problem *problem)
{
    mlp_buffer out;

    mlp_buffer_init(&out, TRAINING_TEXT_MAX);
    mlp_buffer_text(&out, "[");
    for (size_t i = 0; i < mlp_plan_n_warnings(plan); i++) {
        const char *warning = mlp_plan_warning(plan, i);
        mlp_buffer_text(&out, i == 0 ? "" : ",");
        mlp_json_write_string(&out, warning, strlen(warning));
    }
    mlp_buffer_text(&out, "]");
    return take_text(&out, problem);
}

static void set_roles(json_t *columns,
                      const mlp_table *table,
                      const char *const *names,
                      size_t n,
                      const char *role)
{
    for (size_t i = 0; i < n; i++) {
        size_t column;
        if (mlp_table_find(table, names[i], &column))
            json_object_set_new(json_array_get(columns, column), "role",
                                json_string(role));
    }
}

/* The columns with what each is good for. */
static json_t *columns(const mlp_plan *plan, const mlp_table *table)
{
    const mlp_fit_spec *fit = mlp_plan_resolved(plan);
    json_t *list = columns_describe(table);

    for (size_t i = 0; i < json_array_size(list); i++)
        json_object_set_new(json_array_get(list, i), "role",
                            json_string("excluded"));
    set_roles(list, table, &fit->validation_group,
              fit->validation_group != NULL, "group");
    set_roles(list, table, &fit->validation_time, fit->validation_time != NULL,
              "time");
    set_roles(list, table, &fit->weight, fit->weight != NULL, "weight");
    set_roles(list, table, fit->features, fit->n_features, "feature");
    set_roles(list, table, fit->targets, fit->n_targets, "target");
    return list;
}

static json_t *classes(const mlp_plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; i < mlp_plan_n_classes(plan); i++)
        json_array_append_new(list, columns_label(mlp_plan_class(plan, i)));
    return list;
}

static void estimate(const mlp_plan *plan,
                     const mlp_table *table,
                     struct training_prepared *out)
{
    size_t n_parameters = mlp_plan_n_weights(plan) + mlp_plan_n_biases(plan);
    size_t table_bytes = mlp_table_bytes(table);

    /* Neither sum can overflow: its parts are memory, or fit in it. */
    out->memory_bytes = (uint64_t)mlp_plan_memory(plan) + table_bytes;
    out->disk_bytes = (uint64_t)n_parameters * sizeof(float) + table_bytes;
}

static void fill(const struct training_setup *setup,
                 const mlp_table *table,
                 bool dry_run,
                 struct training_prepared *out,
                 struct problem *problem)
{
    const mlp_plan *plan = setup->plan;

    memcpy(out->model, setup->spec.model, strlen(setup->spec.model) + 1);
    estimate(plan, table, out);
    out->spec = job_text(setup, out->memory_bytes, problem);
    out->warnings = warnings_text(plan, problem);
    if (!dry_run)
        return;
    out->estimate = json_pack(
        "{s:o, s:I, s:o}", "columns", columns(plan, table), "n_columns",
        (json_int_t)mlp_table_n_columns(table), "classes", classes(plan));
    if (out->estimate == NULL)
        no_memory(problem);
}

/* Of a new wish alone: a job that was taken before --threads became less runs
 * all the same. */
static void check_threads(const struct training *training,
                          const struct spec *spec,
                          struct problem *problem)
{
    size_t asked = spec->fit.training.threads;
    size_t most = training_threads(training, SIZE_MAX);

    if (asked > most)
        problem_set(problem, PROBLEM_INVALID, "/training/threads",
                    "/training/threads: expected at most %zu, the --threads of "
                    "this daemon, got %zu",
                    most, asked);
}

void training_prepare(struct training *training,
                      const json_t *settings,
                      const mlp_table *table,
                      bool dry_run,
                      struct training_prepared *out,
                      struct problem *problem)
{
    struct training_setup setup;

    memset(out, 0, sizeof *out);
    training_setup_open(training, settings, table, &setup, problem);
    if (!problem_is_set(problem))
        check_threads(training, &setup.spec, problem);
    if (!problem_is_set(problem))
        promotion_check(&setup, problem);
    if (!problem_is_set(problem))
        fill(&setup, table, dry_run, out, problem);
    training_setup_free(training, &setup);
    if (problem_is_set(problem))
        training_prepared_free(out);
}

void training_write(struct training *training,
                    const mlp_table *table,
                    struct training_prepared *prepared,
                    struct problem *problem)
{
    mlp_error err;
    mlp_status status = blob_create(training->folder, &prepared->blob, &err);

    if (status == MLP_OK)
        status = mlp_table_write(table, blob_sink(prepared->blob), &err);
    if (status == MLP_OK)
        status = blob_sync(prepared->blob, prepared->table, &err);
    if (status != MLP_OK)
        problem_from_error(problem, NULL, &err);
}

uint64_t training_memory(void *context, const struct job *job)
{
    struct problem problem = {0};
    json_t *spec = json_parse(job_spec(job), strlen(job_spec(job)), &problem);
    json_int_t bytes =
        json_integer_value(json_object_get(spec, "memory_bytes"));

    (void)context;
    json_decref(spec);
    return bytes > 0 ? (uint64_t)bytes : 0;
}
