/* SPDX-License-Identifier: MIT
 *
 * Short forms for tests of plans and models. Each fails the test when what it
 * is asked for cannot be made. */
#ifndef TESTS_UNIT_MODELS_H
#define TESTS_UNIT_MODELS_H

#include "mlp/fit.h"
#include "mlp/model.h"
#include "mlp/table.h"

/* A table from CSV text, or from a file; `label` keeps its spellings, or NULL.
 * Owner: caller. */
mlp_table *csv_table(const char *text, const char *label);
mlp_table *file_table(const char *path, const char *label);

/* A spec that names one target and leaves all else open; *target must stay. */
mlp_fit_spec spec_for(const char *const *target);

/* A plan that is good, or the text of the error that refused it. */
mlp_plan *plan_of(const mlp_table *table, const mlp_fit_spec *spec);
mlp_error refusal_of(const mlp_table *table, const mlp_fit_spec *spec);

/* A trained model.  report may be NULL. */
mlp_model *trained(const mlp_table *table,
                   const mlp_fit_spec *spec,
                   mlp_fit_report *report);

/* A small model of each task, the same one each time. */
mlp_model *small_model(mlp_task task);

/* The bytes of its file. Owner: caller, mlp_buffer_free(). */
mlp_buffer file_of(const mlp_model *model);

/* What it says about all rows: [n_rows, n_outputs]. Owner: caller. */
float *answers_of(const mlp_model *model, const mlp_table *table);

/* The share of rows whose most probable class is the table's. */
double accuracy_on(const mlp_model *model, const mlp_table *table);

#endif
