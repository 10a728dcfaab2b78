/* SPDX-License-Identifier: MIT
 *
 * The rules of rule.h on vectors. Each takes the gradient and the parameter,
 * both made ready, and returns the new parameter. */
#ifndef MLP_MATH_UPDATES_H
#define MLP_MATH_UPDATES_H

#include <float.h>

#include "math/functions.h"
#include "math/rule.h"

#ifdef MLP_FLOAT64
static const mlp_real FADED = DBL_MIN * 1e8;
#else
static const mlp_real FADED = FLT_MIN * 1e8F;
#endif

/* A velocity that no gradient feeds any more falls by a constant factor each
 * step, into numbers below the normal range, where arithmetic is many times
 * slower. Nothing is lost by taking it for 0 a little earlier. */
INLINE vector fade(vector velocity)
{
    return choose(magnitude(velocity) < FADED, all(0), velocity);
}

typedef vector
rule(const struct update *how, vector g, vector w, vector *a, vector *b);

INLINE vector
descend(const struct update *how, vector g, vector w, vector *a, vector *b)
{
    (void)a;
    (void)b;
    return fused(all(-how->rate), g, w);
}

INLINE vector
momentum(const struct update *how, vector g, vector w, vector *v, vector *b)
{
    (void)b;
    *v = fade(fused(all(how->mu), *v, g));
    return fused(all(-how->rate), *v, w);
}

INLINE vector
nesterov(const struct update *how, vector g, vector w, vector *v, vector *b)
{
    (void)b;
    *v = fade(fused(all(how->mu), *v, g));
    return fused(all(-how->rate), fused(all(how->mu), *v, g), w);
}

INLINE vector
adagrad(const struct update *how, vector g, vector w, vector *s, vector *b)
{
    (void)b;
    *s = fused(g, g, *s);
    return w - how->rate * g / (root(*s) + how->epsilon);
}

INLINE vector
rmsprop(const struct update *how, vector g, vector w, vector *s, vector *b)
{
    (void)b;
    *s = fused(all(how->keep2), *s, how->add2 * g * g);
    return w - how->rate * g / (root(*s) + how->epsilon);
}

INLINE vector
adam(const struct update *how, vector g, vector w, vector *m, vector *s)
{
    *m = fade(fused(all(how->keep1), *m, how->add1 * g));
    *s = fused(all(how->keep2), *s, how->add2 * g * g);
    return w -
           how->rate * *m / fused(root(*s), all(how->root), all(how->epsilon));
}

/* g' and w' of rule.h. The gradient of |w| at 0 is 0. */
INLINE vector gradient_of(const struct update *how, vector g, vector w)
{
    vector sign =
        choose(w > 0, all(how->l1), choose(w < 0, all(-how->l1), all(0)));
    return fused(all(how->l2), w, how->clip * g) + sign;
}

/* Nothing is done to the gradient, nor to the parameter before the rule. */
static bool is_plain(const struct update *how)
{
    return how->clip == 1 && how->l1 == 0 && how->l2 == 0 && how->decay == 1;
}

/* All there is to it is w - rate g. */
static bool is_step(const struct update *how)
{
    return is_plain(how) &&
           (how->kind == MLP_OPTIMIZER_SGD || how->kind == MLP_OPTIMIZER_GD);
}

/* `slots` is how many of the states the rule has; all but n, g, w and the
 * states is the same for each vector. */
INLINE void run_rule(rule *of,
                     size_t slots,
                     bool plain,
                     const struct update *how,
                     size_t n,
                     const mlp_real *g,
                     mlp_real *w,
                     mlp_real *first,
                     mlp_real *second)
{
    for (size_t i = 0; i < n; i += LANES) {
        bool cut = n - i < LANES;
        size_t some = n - i;
        vector a = all(0), b = all(0), was = load_lanes(w + i, cut, some);
        if (slots > 0)
            a = load_lanes(first + i, cut, some);
        if (slots > 1)
            b = load_lanes(second + i, cut, some);
        vector d = load_lanes(g + i, cut, some);
        if (!plain) {
            d = gradient_of(how, d, was);
            was *= how->decay;
        }
        store_lanes(w + i, of(how, d, was, &a, &b), cut, some);
        if (slots > 0)
            store_lanes(first + i, a, cut, some);
        if (slots > 1)
            store_lanes(second + i, b, cut, some);
    }
}

#define RULE(of, slots)                                                        \
    static void run_##of(const struct descending *p, size_t n,                 \
                         const mlp_real *g)                                    \
    {                                                                          \
        struct update how = *p->how; /* so that no store can change it */      \
        if (is_plain(&how))                                                    \
            run_rule(of, slots, true, &how, n, g, p->w, p->first, p->second);  \
        else                                                                   \
            run_rule(of, slots, false, &how, n, g, p->w, p->first, p->second); \
    }
RULE(descend, 0)
RULE(momentum, 1)
RULE(nesterov, 1)
RULE(adagrad, 1)
RULE(rmsprop, 1)
RULE(adam, 2)
#undef RULE

static void update(const struct descending *p, size_t n, const mlp_real *g)
{
    switch (p->how->kind) {
    case MLP_OPTIMIZER_MOMENTUM:
        run_momentum(p, n, g);
        return;
    case MLP_OPTIMIZER_NESTEROV:
        run_nesterov(p, n, g);
        return;
    case MLP_OPTIMIZER_ADAGRAD:
        run_adagrad(p, n, g);
        return;
    case MLP_OPTIMIZER_RMSPROP:
        run_rmsprop(p, n, g);
        return;
    case MLP_OPTIMIZER_ADAM:
    case MLP_OPTIMIZER_ADAMW:
        run_adam(p, n, g);
        return;
    default:
        run_descend(p, n, g);
        return;
    }
}

#endif
