/* SPDX-License-Identifier: MIT
 *
 * The update rules in the conventions of PyTorch: no dampening, epsilon
 * outside the root, bias correction in Adam; what they do to a parameter is in
 * math/update.h. Nesterov 1983 as in Sutskever et al. 2013; adagrad, Duchi et
 * al. 2011; rmsprop, Tieleman & Hinton 2012; adam, Kingma & Ba 2015; adamw,
 * Loshchilov & Hutter 2019, differs from adam by the decay. */
#include "nn/optimizer.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/scalar.h"
#include "math/real.h"
#include "math/update.h"
#include "nn/names.h"

static const struct {
    size_t n_slots;
    double learning_rate;
    mlp_optimizer_spec defaults;
} rules[N_OPTIMIZERS] = {
    [MLP_OPTIMIZER_GD] = {0, 0.1, {0}},
    [MLP_OPTIMIZER_SGD] = {0, 0.01, {0}},
    [MLP_OPTIMIZER_MOMENTUM] = {1, 0.01, {.momentum = 0.9}},
    [MLP_OPTIMIZER_NESTEROV] = {1, 0.01, {.momentum = 0.9}},
    [MLP_OPTIMIZER_ADAGRAD] = {1, 0.01, {.epsilon = 1e-10}},
    [MLP_OPTIMIZER_RMSPROP] = {1, 0.001, {.rho = 0.99, .epsilon = 1e-8}},
    [MLP_OPTIMIZER_ADAM] = {2,
                            0.001,
                            {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8}},
    [MLP_OPTIMIZER_ADAMW] =
        {2,
         0.001,
         {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.01}},
};

mlp_optimizer_spec mlp_optimizer_defaults(mlp_optimizer kind)
{
    assert((size_t)kind < N_OPTIMIZERS);
    mlp_optimizer_spec spec = rules[kind].defaults;
    spec.kind = kind;
    return spec;
}

double mlp_optimizer_learning_rate(mlp_optimizer kind)
{
    assert((size_t)kind < N_OPTIMIZERS);
    return rules[kind].learning_rate;
}

mlp_status optimizer_init(struct optimizer *optimizer,
                          const mlp_optimizer_spec *spec,
                          size_t n_parameters,
                          mlp_error *err)
{
    assert(rules[spec->kind].learning_rate > 0);
    *optimizer = (struct optimizer){
        .spec = *spec,
        .n = n_parameters,
        .n_slots = rules[spec->kind].n_slots,
    };
    size_t n;
    if (size_mul(optimizer->n_slots, n_parameters, &n))
        optimizer->state = alloc_aligned(n, sizeof(mlp_real));
    if (optimizer->state)
        return MLP_OK;
    return mlp_fail(err, MLP_NOMEM,
                    "optimizer: no memory for the state of %zu parameters",
                    n_parameters);
}

void optimizer_free(struct optimizer *optimizer)
{
    free(optimizer->state);
    *optimizer = (struct optimizer){0};
}

/* The numbers of one step, for a weight; worked out in double, rounded once.
 * Adam (Kingma & Ba 2015) divides its averages by 1 - b^t, for the zero that
 * they started from. */
static struct update step_of(const struct optimizer *o,
                             const struct treatment *treatment,
                             double learning_rate)
{
    const mlp_optimizer_spec *spec = &o->spec;
    bool adam =
        spec->kind == MLP_OPTIMIZER_ADAM || spec->kind == MLP_OPTIMIZER_ADAMW;
    double b2 = adam ? spec->beta2 : spec->rho;
    double first = adam ? 1 - scalar_power(spec->beta1, o->n_steps) : 1;
    double second = adam ? 1 - scalar_power(spec->beta2, o->n_steps) : 1;
    return (struct update){
        .kind = spec->kind,
        .clip = REAL(treatment->clip),
        .l1 = REAL(treatment->l1),
        .l2 = REAL(treatment->l2),
        .decay = REAL(1 - learning_rate * spec->weight_decay),
        .rate = REAL(learning_rate / first),
        .mu = REAL(spec->momentum),
        .keep1 = REAL(spec->beta1),
        .add1 = REAL(1 - spec->beta1),
        .keep2 = REAL(b2),
        .add2 = REAL(1 - b2),
        .root = REAL(1 / sqrt(second)),
        .epsilon = REAL(spec->epsilon),
    };
}

void optimizer_step(struct optimizer *optimizer,
                    double learning_rate,
                    const struct treatment *treatment,
                    size_t n_decayed,
                    const mlp_real *g,
                    mlp_real *w)
{
    size_t n = optimizer->n, rest = n - n_decayed;
    mlp_real *first = optimizer->state;
    mlp_real *second = optimizer->state + (optimizer->n_slots > 1 ? n : 0);
    optimizer->n_steps++;
    struct update update = step_of(optimizer, treatment, learning_rate);
    update_apply(&update, n_decayed, g, w, first, second);
    update.l1 = update.l2 = 0;
    update.decay = 1;
    update_apply(&update, rest, g + n_decayed, w + n_decayed,
                 first + (optimizer->n_slots > 0 ? n_decayed : 0),
                 second + (optimizer->n_slots > 0 ? n_decayed : 0));
}
