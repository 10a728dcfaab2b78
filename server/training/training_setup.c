/* SPDX-License-Identifier: MIT
 *
 * From settings and a table to a plan. What the engine refuses is told with the
 * pointer of the key that it is about. */
#include <string.h>

#include "training/training_inner.h"

/* How the engine's texts begin, and which key is meant. */
static const struct {
    const char *prefix, *pointer;
} places[] = {
    {"target", "/target"},
    {"features", "/features"},
    {"feature ", "/features"},
    {"exclude", "/exclude"},
    {"weight: ", "/weight"},
    {"columns", "/columns"},
    {"task", "/task"},
    {"scaling", "/scaling"},
    {"from", "/from"},
    {"output", "/network/output"},
    {"hidden", "/network/hidden"},
    {"network", "/network"},
    {"loss", "/training/loss"},
    {"optimizer", "/training/optimizer"},
    {"schedule", "/training/schedule"},
    {"batch_size", "/training/batch_size"},
    {"class_weight", "/training/class_weight"},
    {"label_smoothing", "/training/label_smoothing"},
    {"early_stopping", "/training/early_stopping"},
    {"ensemble", "/training/ensemble"},
    {"parametrization", "/training/parametrization"},
    {"calibrate", "/training/calibrate"},
    {"clamp", "/training/clamp"},
    {"validation_group", "/training/validation/group"},
    {"validation_time", "/training/validation/time"},
    {"validation", "/training/validation"},
};

static const char *place_of(const char *text)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strncmp(text, places[i].prefix, strlen(places[i].prefix)) == 0)
            return places[i].pointer;
    return "";
}

static void borrow_from(struct training *training,
                        struct training_setup *setup,
                        struct problem *problem)
{
    struct spec *spec = &setup->spec;

    if (spec->from[0] == '\0' || problem_is_set(problem))
        return;
    mlp_error err;
    setup->from = spec->from_alias[0] != '\0'
                      ? registry_borrow_alias(training->registry, spec->from,
                                              spec->from_alias, &err)
                      : registry_borrow(training->registry, spec->from,
                                        spec->from_version, &err);
    if (setup->from != NULL)
        spec->fit.from = setup->from->model;
    else if (err.status != MLP_INVALID)
        problem_from_error(problem, "/from", &err);
    else if (spec->from_alias[0] != '\0')
        problem_set(problem, PROBLEM_INVALID, "/from",
                    "/from: there is no alias '%s' of the model '%s'",
                    spec->from_alias, spec->from);
    else if (spec->from_version != 0)
        problem_set(problem, PROBLEM_INVALID, "/from",
                    "/from: there is no version %u of the model '%s'",
                    (unsigned)spec->from_version, spec->from);
    else
        problem_set(problem, PROBLEM_INVALID, "/from",
                    "/from: there is no model '%s'", spec->from);
}

static void require(const struct spec *spec, struct problem *problem)
{
    if (spec->model == NULL)
        problem_set(problem, PROBLEM_INVALID, "/model",
                    "/model: expected a name for the model, found none");
    if (spec->fit.n_targets == 0)
        problem_set(problem, PROBLEM_INVALID, "/target",
                    "/target: expected the column to learn, found none");
}

size_t training_threads(const struct training *training, size_t asked)
{
    const struct training_options *options = &training->options;
    size_t all = options->n_threads > 0 ? options->n_threads : 1;
    size_t n_jobs = options->n_jobs > 0 ? options->n_jobs : 1;

    if (asked > 0)
        return asked < all ? asked : all;
    return all > n_jobs ? all / n_jobs : 1;
}

static void check_size(const struct training *training,
                       const mlp_plan *plan,
                       struct problem *problem)
{
    /* Their sum fits: the plan has counted them. */
    size_t n = mlp_plan_n_weights(plan) + mlp_plan_n_biases(plan);

    size_t most = training->options.max_parameters;

    if (n > most)
        problem_set(problem, PROBLEM_INVALID, "/network",
                    "/network: it has %zu parameters, at most %zu are allowed",
                    n, most);
}

/* What the plan chose, in the words of the wish: columns that were not listed
 * are not listed now, as the table does not change. */
static struct spec resolve(const struct training_setup *setup)
{
    struct spec resolved = setup->spec;

    resolved.fit = *mlp_plan_resolved(setup->plan);
    resolved.fit.training.threads = setup->spec.fit.training.threads;
    resolved.fit.columns = setup->spec.fit.columns;
    resolved.fit.n_columns = setup->spec.fit.n_columns;
    if (setup->spec.fit.features == NULL) {
        resolved.fit.features = NULL;
        resolved.fit.exclude = setup->spec.fit.exclude;
        resolved.fit.n_exclude = setup->spec.fit.n_exclude;
    }
    if (setup->from != NULL)
        resolved.from_version = setup->from->version;
    return resolved;
}

void training_setup_open(struct training *training,
                         const json_t *settings,
                         const mlp_table *table,
                         struct training_setup *out,
                         struct problem *problem)
{
    mlp_error err = {.text = ""};

    memset(out, 0, sizeof *out);
    spec_parse(settings, &out->spec, problem);
    require(&out->spec, problem);
    borrow_from(training, out, problem);
    if (problem_is_set(problem))
        return;
    mlp_fit_spec fit = out->spec.fit;
    fit.training.threads = training_threads(training, fit.training.threads);
    if (mlp_plan_create(table, &fit, &out->plan, &err) != MLP_OK) {
        problem_from_error(problem, place_of(err.text), &err);
        return;
    }
    check_size(training, out->plan, problem);
    out->resolved = resolve(out);
}

void training_setup_free(struct training *training,
                         struct training_setup *setup)
{
    mlp_plan_destroy(setup->plan);
    if (setup->from != NULL)
        registry_release(training->registry, setup->from);
    spec_free(&setup->spec);
    memset(setup, 0, sizeof *setup);
}
