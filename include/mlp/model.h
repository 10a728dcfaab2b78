/* SPDX-License-Identifier: MIT
 *
 * A servable model: raw rows in, labels or values out. It bundles the input
 * scaling, the network, what the outputs mean and the record of its training,
 * and is one file: safetensors, with everything but the numbers in its
 * `__metadata__`. Once built it is immutable. */
#ifndef MLP_MODEL_H
#define MLP_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "mlp/buffer.h"
#include "mlp/network.h"
#include "mlp/status.h"
#include "mlp/table.h"

#define MLP_TASK_TABLE(X)                                                      \
    X(AUTO, "auto")                                                            \
    X(CLASSIFICATION, "classification")                                        \
    X(REGRESSION, "regression")                                                \
    X(MULTILABEL, "multilabel")

/* How a raw number becomes an input, x = (value - shift) * scale, a missing one
 * becoming 0: standard: per column, its training mean and population standard
 * deviation (0 scale for a constant); robust: its median and the distance of
 * its quartiles, then x / sqrt(1 + (x / 3)^2), and a second input says whether
 * it is missing if training rows were; byte: shift 0, scale 1/255, for pixels;
 * none: as it is. AUTO: byte when there are at least 16 columns and all cells
 * are whole numbers in [0, 255], the largest above 127; else robust where the
 * network is chosen, too, else standard. */
#define MLP_SCALING_TABLE(X)                                                   \
    X(AUTO, "auto")                                                            \
    X(STANDARD, "standard")                                                    \
    X(ROBUST, "robust")                                                        \
    X(BYTE, "byte")                                                            \
    X(NONE, "none")

#define X(name, text) MLP_TASK_##name,
typedef enum mlp_task { MLP_TASK_TABLE(X) } mlp_task;
#undef X
#define X(name, text) MLP_SCALING_##name,
typedef enum mlp_scaling { MLP_SCALING_TABLE(X) } mlp_scaling;
#undef X

MLP_API
const char *mlp_task_name(mlp_task task);
MLP_API
const char *mlp_scaling_name(mlp_scaling scaling);
MLP_API
bool mlp_task_parse(const char *name, mlp_task *out);
MLP_API
bool mlp_scaling_parse(const char *name, mlp_scaling *out);

typedef struct mlp_model mlp_model;

MLP_API
void mlp_model_destroy(mlp_model *model);

/* What it is; pointers are valid as long as the model.  Threads: any. */
MLP_API mlp_task mlp_model_task(const mlp_model *model);
MLP_API mlp_scaling mlp_model_scaling(const mlp_model *model);
MLP_API size_t mlp_model_n_features(const mlp_model *model);
MLP_API const char *mlp_model_feature(const mlp_model *model, size_t i);
MLP_API size_t mlp_model_n_targets(const mlp_model *model);
MLP_API const char *mlp_model_target(const mlp_model *model, size_t i);
/* The other columns of the table that it was trained on: left out, but known.
 */
MLP_API size_t mlp_model_n_ignored(const mlp_model *model);
MLP_API const char *mlp_model_ignored(const mlp_model *model, size_t i);
/* Outputs: one a class, one a label of multilabel, or one a target. */
MLP_API size_t mlp_model_n_outputs(const mlp_model *model);
/* Classification: the class of output i, i < n_outputs. They stand in ascending
 * order: numbers by value, text by its bytes, false before true. The text of a
 * number is a JSON number. */
MLP_API const mlp_label *mlp_model_class(const mlp_model *model, size_t i);
/* An ensemble has several networks of one shape, whose mean answers; this is
 * the first of them. count: weights and biases of all. */
MLP_API const mlp_network *mlp_model_network(const mlp_model *model);
MLP_API size_t mlp_model_n_networks(const mlp_model *model);
MLP_API void
mlp_model_count(const mlp_model *model, size_t *n_weights, size_t *n_biases);
/* The training record, a JSON object as text; "{}" when none was given. */
MLP_API const char *mlp_model_record(const mlp_model *model);

/* Scratch memory for predictions, one a thread at a time; max_rows is how many
 * rows go through at once, not how many may be asked for. */
typedef struct mlp_predictor mlp_predictor;
MLP_API
MLP_NODISCARD
mlp_status mlp_predictor_create(const mlp_model *model,
                                size_t max_rows,
                                mlp_predictor **out,
                                mlp_error *err);
MLP_API
void mlp_predictor_destroy(mlp_predictor *predictor);

/* rows: [n_rows, n_features] cells as rows.h makes them, NaN for missing; out:
 * [n_rows, n_outputs], probabilities, or values in the target's own unit. A
 * row's result does not depend on its neighbours. Numbers near the end of the
 * float range may overflow on the way and give a NaN.
 * Threads: any number at once on one model, each with its own predictor. */
MLP_API
void mlp_model_predict(const mlp_model *model,
                       mlp_predictor *predictor,
                       const float *rows,
                       size_t n_rows,
                       float *out);

/* Write the file's bytes to `sink`; equal models give equal bytes, and what was
 * written here is written again just so after reading.
 *
 * Errors:  MLP_LIMIT  names, labels and record make a header above 16 MiB
 *          MLP_NOMEM, or the sink's */
MLP_API
MLP_NODISCARD
mlp_status
mlp_model_write(const mlp_model *model, mlp_sink sink, mlp_error *err);

/* Open a file's bytes, which need not stay. Every rule of safetensors and
 * every shape is checked; weights must be finite. Any bytes give a model or
 *
 * Errors:  MLP_FORMAT (says what is wrong), MLP_LIMIT, MLP_NOMEM
 * Owner:   caller; mlp_model_destroy().  Threads: any. */
MLP_API
MLP_NODISCARD
mlp_status mlp_model_read(const void *bytes,
                          size_t length,
                          mlp_model **out,
                          mlp_error *err);

/* The same by path; save writes beside, syncs and renames. MLP_IO besides. */
MLP_API
MLP_NODISCARD
mlp_status
mlp_model_save(const mlp_model *model, const char *path, mlp_error *err);
MLP_API
MLP_NODISCARD
mlp_status mlp_model_load(const char *path, mlp_model **out, mlp_error *err);

#endif
