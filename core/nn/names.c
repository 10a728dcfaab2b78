/* SPDX-License-Identifier: MIT
 *
 * The spelling of every part that has a name, from the tables in the public
 * headers. */
#include "nn/names.h"

#include "base/names.h"

NAMES(activation, MLP_ACTIVATION_TABLE)
NAMES(initializer, MLP_INITIALIZER_TABLE)
NAMES(output, MLP_OUTPUT_TABLE)
NAMES(loss, MLP_LOSS_TABLE)
NAMES(optimizer, MLP_OPTIMIZER_TABLE)
NAMES(schedule, MLP_SCHEDULE_TABLE)
NAMES(parametrization, MLP_PARAMETRIZATION_TABLE)
