/* SPDX-License-Identifier: MIT
 *
 * Inputs that do not go into the first layer as they are: a number becomes
 * several, or a level's number a row of a table, and both are learned. */
#ifndef MLP_EMBEDDING_H
#define MLP_EMBEDDING_H

#include <stddef.h>

#include "mlp/status.h"

/* PERIODIC: x becomes x, then C cos(2 pi f x + p) + c, with MLP_PERIODIC_WAVES
 * frequencies f and phases p and MLP_PERIODIC_UNITS - 1 rows of C and c. It
 * begins with f ~ N(0, 0.1^2), p ~ U(-pi, pi), C and c ~ U(-1/4, 1/4).
 * (Gorishniy et al. 2022, https://arxiv.org/abs/2203.05556; this form and these
 * numbers: PBLD of Holzmueller et al. 2024, https://arxiv.org/abs/2407.04491)
 *
 * LEVELS: a whole number l in [0, n_levels) becomes row l of a table, drawn
 * from N(0, 1); any other, and NaN, becomes zeros. */
typedef enum mlp_embedding {
    MLP_EMBEDDING_PERIODIC,
    MLP_EMBEDDING_LEVELS,
} mlp_embedding;

enum {
    MLP_PERIODIC_WAVES = 16,
    MLP_PERIODIC_UNITS = 4,
    /* f, p, C, c */
    MLP_PERIODIC_PARAMETERS =
        MLP_PERIODIC_WAVES * (MLP_PERIODIC_UNITS + 1) + MLP_PERIODIC_UNITS - 1,
};

typedef struct mlp_embedding_spec {
    mlp_embedding kind;
    size_t input;    /* which of the network's; ascending in a list */
    size_t n_levels; /* LEVELS; 1 to 2^24 */
    size_t n_units;  /* LEVELS; PERIODIC: MLP_PERIODIC_UNITS */
} mlp_embedding_spec;

struct mlp_network;

/* Copy one embedding's parameters out or in: f [WAVES], p [WAVES], C [UNITS-1,
 * WAVES] and c [UNITS-1] behind each other, or the table [n_levels, n_units].
 * Threads: get any; set while nobody else uses the network. */
MLP_API size_t mlp_network_embedding_size(const struct mlp_network *network,
                                          size_t embedding);
MLP_API void mlp_network_get_embedding(const struct mlp_network *network,
                                       size_t embedding,
                                       mlp_real *parameters);
MLP_API void mlp_network_set_embedding(struct mlp_network *network,
                                       size_t embedding,
                                       const mlp_real *parameters);

#endif
