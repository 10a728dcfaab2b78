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
#include <string.h>

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
                          const struct optimizer_group *groups,
                          size_t n_groups,
                          mlp_error *err)
{
    const struct optimizer_group one = {n_parameters, 1, 1};
    assert(rules[spec->kind].learning_rate > 0);
    if (groups == NULL) {
        groups = &one;
        n_groups = 1;
    }
    assert(groups[n_groups - 1].end == n_parameters);
    *optimizer = (struct optimizer){
        .spec = *spec,
        .n = n_parameters,
        .n_slots = rules[spec->kind].n_slots,
        .groups = alloc_array(n_groups, sizeof *groups),
        .n_groups = n_groups,
        .updates = alloc_array(2 * n_groups, sizeof(struct update)),
    };
    size_t n;
    if (size_mul(optimizer->n_slots, n_parameters, &n))
        optimizer->state = alloc_aligned(n, sizeof(mlp_real));
    if (optimizer->state && optimizer->groups && optimizer->updates) {
        memcpy(optimizer->groups, groups, n_groups * sizeof *groups);
        return MLP_OK;
    }
    optimizer_free(optimizer);
    return mlp_fail(err, MLP_NOMEM,
                    "optimizer: no memory for the state of %zu parameters",
                    n_parameters);
}

void optimizer_free(struct optimizer *optimizer)
{
    free(optimizer->state);
    free(optimizer->groups);
    free(optimizer->updates);
    *optimizer = (struct optimizer){0};
}

/* The numbers of one step, for a decayed group; worked out in double, rounded
 * once. Adam (Kingma & Ba 2015) divides its averages by 1 - b^t, for the zero
 * that they started from. */
static struct update step_of(const struct optimizer *o,
                             const struct optimizer_group *group,
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
        .rate = REAL(learning_rate * group->rate / first),
        .mu = REAL(spec->momentum),
        .keep1 = REAL(spec->beta1),
        .add1 = REAL(1 - spec->beta1),
        .keep2 = REAL(b2),
        .add2 = REAL(1 - b2),
        .root = REAL(1 / sqrt(second)),
        .epsilon = REAL(spec->epsilon * group->epsilon),
    };
}

void optimizer_begin(struct optimizer *optimizer,
                     double learning_rate,
                     const struct treatment *treatment)
{
    optimizer->n_steps++;
    for (size_t i = 0; i < optimizer->n_groups; i++) {
        struct update *plain = &optimizer->updates[2 * i];
        *plain =
            step_of(optimizer, &optimizer->groups[i], treatment, learning_rate);
        plain[1] = *plain;
        plain->l1 = plain->l2 = 0;
        plain->decay = 1;
    }
}

static size_t group_of(const struct optimizer *optimizer, size_t at)
{
    size_t i = 0;
    while (optimizer->groups[i].end <= at)
        i++;
    return i;
}

struct descending optimizer_descending(const struct optimizer *optimizer,
                                       bool decayed,
                                       size_t at,
                                       mlp_real *w)
{
    size_t n_slots = optimizer->n_slots, n = optimizer->n;
    return (struct descending){
        .how = &optimizer->updates[2 * group_of(optimizer, at) + decayed],
        .w = w + at,
        .first = n_slots > 0 ? optimizer->state + at : w + at,
        .second = n_slots > 1 ? optimizer->state + n + at : w + at,
    };
}

static void apply(const struct optimizer *optimizer,
                  bool decayed,
                  struct span part,
                  const mlp_real *g,
                  mlp_real *w)
{
    while (part.first < part.end) {
        struct descending to =
            optimizer_descending(optimizer, decayed, part.first, w);
        size_t end = optimizer->groups[group_of(optimizer, part.first)].end;
        if (end > part.end)
            end = part.end;
        update_apply(&to, end - part.first, g + part.first);
        part.first = end;
    }
}

void optimizer_apply(const struct optimizer *optimizer,
                     size_t n_decayed,
                     struct span part,
                     const mlp_real *g,
                     mlp_real *w)
{
    struct span decayed = part, rest = part;
    decayed.end = part.end < n_decayed ? part.end : n_decayed;
    rest.first = part.first > n_decayed ? part.first : n_decayed;
    apply(optimizer, true, decayed, g, w);
    apply(optimizer, false, rest, g, w);
}
