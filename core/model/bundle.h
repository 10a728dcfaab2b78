/* SPDX-License-Identifier: MIT
 *
 * What a model is made of, for the files of this folder. */
#ifndef MLP_MODEL_BUNDLE_H
#define MLP_MODEL_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "mlp/model.h"
#include "model/encoder.h"
#include "model/labels.h"

/* A file's header has room for so many names, however long. */
enum { MODEL_MAX_IGNORED = 4096 };

struct mlp_model {
    mlp_task task;
    struct encoder encoder;
    struct label_list features, targets; /* names */
    /* Names of the other columns that the table of its training had; at most
     * MODEL_MAX_IGNORED. */
    struct label_list ignored;
    struct label_list classes; /* of classification, ascending */
    /* Of regression, [n_targets], else NULL; y is what the network says:
     * value = y * target_scale + target_shift. */
    float *target_shift, *target_scale;
    float *target_low, *target_high; /* likewise, or NULL: not clamped */
    float *residuals; /* [n_residuals, n_targets]: how far off it was on rows
                         that it had not seen, each column ascending; or NULL */
    size_t n_residuals;
    mlp_network **networks; /* [n_networks], of one shape; the mean answers */
    size_t n_networks;
    char *record;
    size_t record_length;
};

/* A model that is empty but for `task`.
 * Errors:  MLP_NOMEM
 * Owner:   caller; mlp_model_destroy(), however little was filled in. */
MLP_NODISCARD
mlp_status model_create(mlp_task task, mlp_model **out, mlp_error *err);

/* Room for the targets' shift and scale, once these are known.
 * Errors: MLP_NOMEM */
MLP_NODISCARD
mlp_status model_allocate_targets(mlp_model *model, mlp_error *err);
/* … for the range that they are clamped to … */
MLP_NODISCARD
mlp_status model_allocate_clamp(mlp_model *model, mlp_error *err);
/* … and for n residuals of each. */
MLP_NODISCARD
mlp_status model_allocate_residuals(mlp_model *model, size_t n, mlp_error *err);

/* How many outputs a task takes. */
size_t model_n_outputs(mlp_task task, size_t n_targets, size_t n_classes);

/* Whether the outputs of a network can be read as answers to a task; what
 * they are unless told otherwise. */
bool model_output_fits(mlp_task task, mlp_output output);
mlp_output model_output_for(mlp_task task);

/* As mlp_model_predict(), by one of its networks, or by all. */
#define MODEL_ALL SIZE_MAX
void model_predict_by(const mlp_model *model,
                      mlp_predictor *predictor,
                      const float *cells,
                      size_t n_rows,
                      size_t member,
                      float *out);

/* So many threads share its work from now on; no bit depends on it.
 * Errors: as of mlp_workspace_use_threads() */
MLP_NODISCARD
mlp_status model_predictor_use_threads(mlp_predictor *predictor,
                                       size_t threads,
                                       mlp_error *err);

/* JSON objects alone; the text stays the caller's.
 * Errors:  MLP_INVALID, MLP_LIMIT, MLP_NOMEM */
MLP_NODISCARD
mlp_status model_check_record(const char *json, size_t length, mlp_error *err);

#endif
