/* SPDX-License-Identifier: MIT
 *
 * The update rules in the conventions of PyTorch: no dampening, epsilon
 * outside the root, bias correction in Adam. Scalars are worked out in double,
 * then rounded once. */
#include "nn/optimizer.h"

#include <assert.h>
#include <float.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "math/real.h"
#include "nn/names.h"

#ifdef MLP_FLOAT64
static const mlp_real FADED = DBL_MIN * 1e8;
#else
static const mlp_real FADED = FLT_MIN * 1e8F;
#endif

/* A velocity that no gradient feeds any more falls by a constant factor each
 * step, into numbers below the normal range, where arithmetic is many times
 * slower. Nothing is lost by taking it for 0 a little earlier. */
static inline mlp_real fade(mlp_real velocity)
{
    return real_fabs(velocity) < FADED ? 0 : velocity;
}

typedef void update_rule(const struct optimizer *o,
                         double lr,
                         const mlp_real *restrict g,
                         mlp_real *restrict w);

/* w -= lr g */
static void descend(const struct optimizer *o,
                    double lr,
                    const mlp_real *restrict g,
                    mlp_real *restrict w)
{
    mlp_real rate = REAL(lr);
    for (size_t i = 0; i < o->n; i++)
        w[i] -= rate * g[i];
}

/* v = mu v + g;  w -= lr v */
static void momentum(const struct optimizer *o,
                     double lr,
                     const mlp_real *restrict g,
                     mlp_real *restrict w)
{
    mlp_real *restrict v = o->state;
    mlp_real rate = REAL(lr), mu = REAL(o->spec.momentum);
    for (size_t i = 0; i < o->n; i++) {
        v[i] = fade(mu * v[i] + g[i]);
        w[i] -= rate * v[i];
    }
}

/* v = mu v + g;  w -= lr (g + mu v)    (Nesterov 1983; Sutskever 2013) */
static void nesterov(const struct optimizer *o,
                     double lr,
                     const mlp_real *restrict g,
                     mlp_real *restrict w)
{
    mlp_real *restrict v = o->state;
    mlp_real rate = REAL(lr), mu = REAL(o->spec.momentum);
    for (size_t i = 0; i < o->n; i++) {
        v[i] = fade(mu * v[i] + g[i]);
        w[i] -= rate * (g[i] + mu * v[i]);
    }
}

/* s += g^2;  w -= lr g / (sqrt(s) + eps)    (Duchi et al. 2011) */
static void adagrad(const struct optimizer *o,
                    double lr,
                    const mlp_real *restrict g,
                    mlp_real *restrict w)
{
    mlp_real *restrict s = o->state;
    mlp_real rate = REAL(lr), epsilon = REAL(o->spec.epsilon);
    for (size_t i = 0; i < o->n; i++) {
        s[i] += g[i] * g[i];
        w[i] -= rate * g[i] / (real_sqrt(s[i]) + epsilon);
    }
}

/* v = rho v + (1 - rho) g^2;  w -= lr g / (sqrt(v) + eps)
 * (Tieleman & Hinton 2012) */
static void rmsprop(const struct optimizer *o,
                    double lr,
                    const mlp_real *restrict g,
                    mlp_real *restrict w)
{
    mlp_real *restrict v = o->state;
    mlp_real rate = REAL(lr), epsilon = REAL(o->spec.epsilon);
    mlp_real keep = REAL(o->spec.rho), add = REAL(1 - o->spec.rho);
    for (size_t i = 0; i < o->n; i++) {
        v[i] = keep * v[i] + add * g[i] * g[i];
        w[i] -= rate * g[i] / (real_sqrt(v[i]) + epsilon);
    }
}

/* m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
 * w -= lr m^ / (sqrt(v^) + eps), m^ = m / (1 - b1^t), v^ = v / (1 - b2^t)
 * (Kingma & Ba 2015; adamw, Loshchilov & Hutter 2019, differs by the decay) */
static void adam(const struct optimizer *o,
                 double lr,
                 const mlp_real *restrict g,
                 mlp_real *restrict w)
{
    mlp_real *restrict m = o->state;
    mlp_real *restrict v = o->state + o->n;
    double b1 = o->spec.beta1, b2 = o->spec.beta2, t = (double)o->n_steps;
    mlp_real keep1 = REAL(b1), add1 = REAL(1 - b1);
    mlp_real keep2 = REAL(b2), add2 = REAL(1 - b2);
    mlp_real rate = REAL(lr / (1 - pow(b1, t)));
    mlp_real root = REAL(1 / sqrt(1 - pow(b2, t)));
    mlp_real epsilon = REAL(o->spec.epsilon);
    for (size_t i = 0; i < o->n; i++) {
        m[i] = fade(keep1 * m[i] + add1 * g[i]);
        v[i] = keep2 * v[i] + add2 * g[i] * g[i];
        w[i] -= rate * m[i] / (real_sqrt(v[i]) * root + epsilon);
    }
}

static const struct {
    update_rule *update;
    size_t n_slots;
    double learning_rate;
    mlp_optimizer_spec defaults;
} rules[N_OPTIMIZERS] = {
    [MLP_OPTIMIZER_GD] = {descend, 0, 0.1, {0}},
    [MLP_OPTIMIZER_SGD] = {descend, 0, 0.01, {0}},
    [MLP_OPTIMIZER_MOMENTUM] = {momentum, 1, 0.01, {.momentum = 0.9}},
    [MLP_OPTIMIZER_NESTEROV] = {nesterov, 1, 0.01, {.momentum = 0.9}},
    [MLP_OPTIMIZER_ADAGRAD] = {adagrad, 1, 0.01, {.epsilon = 1e-10}},
    [MLP_OPTIMIZER_RMSPROP] = {rmsprop,
                               1,
                               0.001,
                               {.rho = 0.99, .epsilon = 1e-8}},
    [MLP_OPTIMIZER_ADAM] = {adam,
                            2,
                            0.001,
                            {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8}},
    [MLP_OPTIMIZER_ADAMW] =
        {adam,
         2,
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
    assert(rules[spec->kind].update);
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

void optimizer_step(struct optimizer *optimizer,
                    double learning_rate,
                    size_t n_decayed,
                    const mlp_real *g,
                    mlp_real *w)
{
    double decay = optimizer->spec.weight_decay;
    if (decay > 0) {
        mlp_real keep = REAL(1 - learning_rate * decay);
        for (size_t i = 0; i < n_decayed; i++)
            w[i] *= keep;
    }
    optimizer->n_steps++;
    rules[optimizer->spec.kind].update(optimizer, learning_rate, g, w);
}
