/* SPDX-License-Identifier: MIT
 *
 * One step of learning: the gradient of the loss over a batch, then the
 * update. A batch of any size goes through in slices, and each by as many
 * threads as pay, which changes no bit of the result: rows are divided between
 * them on the way to the loss and back, inputs for the gradient, parameters
 * for the update. Which rows, and how often, is the trainer's business. */
#ifndef MLP_NN_STEP_H
#define MLP_NN_STEP_H

#include "base/team.h"
#include "mlp/training.h"
#include "nn/examples.h"
#include "nn/loss.h"
#include "nn/optimizer.h"
#include "nn/pace.h"
#include "nn/pass.h"

struct step {
    mlp_network *network;
    const mlp_examples *examples;
    const mlp_training_spec *spec; /* resolved */
    struct loss loss;
    struct optimizer optimizer;
    /* The first so many parameters are decayed and penalised: the weights.
     * PyTorch's own default is all of them; the reference cases need both. */
    size_t n_decayed;
    struct pass pass;
    mlp_real *t, *y;    /* [pass.max_rows, n_outputs]: targets, outputs */
    mlp_real *u;        /* [pass.max_rows]: weights of the rows */
    double *losses;     /* [pass.max_rows]: of the rows, weighted */
    struct hits *hits;  /* [members of the team]: of their rows of a slice */
    mlp_real *gradient; /* [n_parameters]; of the last step_gradient() */
    struct descent *descents; /* [n_layers + n_embeddings]: of the
                                 update at hand */
    struct team *team;        /* NULL: the caller's thread alone */
    struct pace pace;         /* how many of the team pay */
    bool given_up; /* the last call was; what it returned means nothing */
};

/* Asked between two slices: true gives the whole call up. NULL: nobody asks. */
typedef bool step_poll(void *context);

/* What some rows gave: the mean loss is loss_sum / weight_sum. */
struct score {
    double loss_sum, weight_sum;
    struct hits hits;
};

/* NaN when nothing was counted.  Threads: any. */
double score_loss(const struct score *score);
double score_accuracy(const struct score *score);

/* For batches of up to max_rows rows without slicing, memory permitting.
 * network, examples and spec must outlive it.
 *
 * Errors:  MLP_NOMEM
 * Owner:   the caller's storage; end it with step_free(). */
MLP_NODISCARD
mlp_status step_init(struct step *step,
                     mlp_network *network,
                     const mlp_examples *examples,
                     const mlp_training_spec *spec,
                     size_t max_rows,
                     mlp_error *err);
void step_free(struct step *step);

/* Set step->gradient to that of the batch's mean loss, penalties apart, and
 * return what the batch gave. The dropout masks are those of the optimizer's
 * next update. */
struct score step_gradient(struct step *step,
                           const uint32_t *rows,
                           size_t n,
                           step_poll *poll,
                           void *context);

/* Clip the gradient, add the penalties, move the parameters. */
void step_update(struct step *step, double learning_rate);

/* Both at once, to the same bits, unless it is given up: then nothing moved.
 * Where nothing is clipped, the parameters move while their gradient is in the
 * cache, and step->gradient is not set. If the loss is not finite, what the
 * parameters are then means nothing. */
struct score step_learn(struct step *step,
                        const uint32_t *rows,
                        size_t n,
                        double learning_rate,
                        step_poll *poll,
                        void *context);

/* Loss and accuracy on some rows, as they are: no dropout, no label smoothing,
 * no class weights, but the rows' own. Changes neither network nor gradient. */
struct score step_evaluate(struct step *step,
                           const uint32_t *rows,
                           size_t n,
                           step_poll *poll,
                           void *context);

#endif
