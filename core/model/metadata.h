/* SPDX-License-Identifier: MIT
 *
 * Everything of a model file but its numbers: the texts in `__metadata__`.
 *
 *     format              mlpd
 *     format_version      1
 *     task                classification
 *     scaling             standard
 *     features            ["sepal_length","sepal_width"]
 *     kinds, encodings, levels                       see encoder_text.h
 *     targets             ["species"]
 *     ignored             ["row_id"]                 if there are any
 *     classes             ["setosa","versicolor"]    classification alone
 *     hidden_units        [16,16]
 *     hidden_activations  ["relu","relu"]
 *     output              softmax
 *     members             5                          networks, if several
 *     record              {"seed":7}                 may be left out
 */
#ifndef MLP_MODEL_METADATA_H
#define MLP_MODEL_METADATA_H

#include "model/bundle.h"
#include "model/safetensors.h"

enum { METADATA_MAX_PAIRS = 24 };

struct metadata_texts {
    struct safetensors_pair pairs[METADATA_MAX_PAIRS];
    size_t n_pairs;
    mlp_buffer values[METADATA_MAX_PAIRS]; /* what the pairs point to */
};

/* Write a whole model's texts.
 * Errors:  MLP_LIMIT, MLP_NOMEM
 * Owner:   the caller's storage; end it with metadata_free(), also after an
 *          error. */
MLP_NODISCARD
mlp_status metadata_write(const mlp_model *model,
                          struct metadata_texts *out,
                          mlp_error *err);
void metadata_free(struct metadata_texts *texts);

/* The shape of a network that is yet to be built; spec.hidden is `hidden`, and
 * so on. */
struct metadata_shape {
    mlp_layer_spec hidden[MLP_MAX_LAYERS];
    mlp_embedding_spec *embeddings;
    mlp_network_spec spec;
    size_t n_networks;
};
void metadata_shape_free(struct metadata_shape *shape);

/* Read the texts into the empty *model, all of it but its numbers, and the
 * shape of its network, which is to be freed in any case. Whatever is accepted
 * makes sense as a whole.
 * Errors:  MLP_FORMAT, MLP_LIMIT, MLP_NOMEM */
MLP_NODISCARD
mlp_status metadata_read(const struct safetensors *file,
                         mlp_model *model,
                         struct metadata_shape *shape,
                         mlp_error *err);

#endif
