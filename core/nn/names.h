/* SPDX-License-Identifier: MIT
 *
 * How many there are of each named part, for range checks. The names
 * themselves are public: mlp_activation_name() and its like. */
#ifndef MLP_NN_NAMES_H
#define MLP_NN_NAMES_H

#include "mlp/network.h"
#include "mlp/optimizer.h"
#include "mlp/training.h"

#define X(name, text) ACTIVATION_##name,
enum { MLP_ACTIVATION_TABLE(X) N_ACTIVATIONS };
#undef X
#define X(name, text) INITIALIZER_##name,
enum { MLP_INITIALIZER_TABLE(X) N_INITIALIZERS };
#undef X
#define X(name, text) OUTPUT_##name,
enum { MLP_OUTPUT_TABLE(X) N_OUTPUTS };
#undef X
#define X(name, text) LOSS_##name,
enum { MLP_LOSS_TABLE(X) N_LOSSES };
#undef X
#define X(name, text) OPTIMIZER_##name,
enum { MLP_OPTIMIZER_TABLE(X) N_OPTIMIZERS };
#undef X
#define X(name, text) SCHEDULE_##name,
enum { MLP_SCHEDULE_TABLE(X) N_SCHEDULES };
#undef X
#define X(name, text) PARAMETRIZATION_##name,
enum { MLP_PARAMETRIZATION_TABLE(X) N_PARAMETRIZATIONS };
#undef X

#endif
