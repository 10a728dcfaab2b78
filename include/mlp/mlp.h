/* SPDX-License-Identifier: MIT
 *
 * libmlp: multilayer perceptrons, trained and asked from C. This header brings
 * in all the others; each stands on its own and is documented where it is:
 *
 *     status.h  buffer.h  number.h  json.h        errors, bytes, text
 *     network.h  optimizer.h  training.h          networks over plain matrices
 *     examples.h  forward.h                       … rows to learn from, to ask
 *     table.h  readers.h                          named columns, CSV, NPY, IDX
 *     model.h  fit.h  scores.h                    from a table to a model file
 *     rows.h  interval.h                          what it is asked, how sure
 *     evaluate.h  explain.h                       how good it is, and why
 *     checkpoint.h                                a run held and continued
 *     isa.h                                       the instruction set in use
 *
 * A whole program. It learns exclusive or, which no linear model can, and is
 * compiled and run by the tests as it stands here:
 *
 * @example
 *     #include <mlp/mlp.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         mlp_matrix x = {(float[]){0, 0, 0, 1, 1, 0, 1, 1}, 4, 2};
 *         uint32_t classes[] = {0, 1, 1, 0};
 *         mlp_examples examples = mlp_examples_of(&x, classes, NULL);
 *         mlp_layer_spec hidden = {.n_units = 8, .activation = MLP_TANH};
 *         mlp_network_spec shape = {.n_inputs = 2, .n_hidden = 1,
 *                                   .hidden = &hidden, .n_outputs = 2,
 *                                   .output = MLP_OUTPUT_SOFTMAX};
 *         mlp_training_spec how = {.epochs = 500, .learning_rate = 0.05};
 *         mlp_training_result result;
 *         mlp_network *network;
 *         mlp_workspace *scratch;
 *         mlp_error err;
 *         float y[4][2]; // for each row the probabilities of classes 0 and 1
 *         if (mlp_network_create(&shape, 7, &network, &err) ||
 *             mlp_train(network, &how, &examples, NULL, &result, &err) ||
 *             mlp_workspace_create(network, 4, &scratch, &err))
 *             return puts(err.text), 1;
 *         mlp_network_forward(network, scratch, x.data, 4, y[0]);
 *         for (int i = 0; i < 4; i++)
 *             printf("%d xor %d: %.2f\n", i / 2, i % 2, (double)y[i][1]);
 *         mlp_workspace_destroy(scratch);
 *         mlp_network_destroy(network);
 *     }
 * @end
 *
 *     cc xor.c -lmlp -lm && ./a.out */
#ifndef MLP_MLP_H
#define MLP_MLP_H

#include "mlp/buffer.h"
#include "mlp/cell.h"
#include "mlp/checkpoint.h"
#include "mlp/columns.h"
#include "mlp/evaluate.h"
#include "mlp/explain.h"
#include "mlp/fit.h"
#include "mlp/forward.h"
#include "mlp/interval.h"
#include "mlp/isa.h"
#include "mlp/json.h"
#include "mlp/model.h"
#include "mlp/network.h"
#include "mlp/number.h"
#include "mlp/optimizer.h"
#include "mlp/readers.h"
#include "mlp/records.h"
#include "mlp/rows.h"
#include "mlp/scores.h"
#include "mlp/status.h"
#include "mlp/table.h"
#include "mlp/training.h"

#endif
