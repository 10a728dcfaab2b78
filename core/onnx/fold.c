/* SPDX-License-Identifier: MIT
 *
 * In double: each weight is rounded once, at the end. x = factor raw + term is
 * what is still to be done to the data: at first of the inputs, later of a
 * layer's outputs, or of its activation's. However many operators say it, the
 * weights are multiplied once. */
#include "onnx/fold.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

struct maker {
    struct layers *layers;
    double *factor, *term; /* [width] */
    size_t width;
    bool pending; /* they are not all 1 and 0 */
    bool gaps;    /* missing cells are 0 by now … */
    bool late;    /* … and something else than 0 later */
};

static struct dense *open_layer(const struct layers *layers)
{
    struct dense *last = layers->n > 0 ? &layers->items[layers->n - 1] : NULL;
    return last != NULL && !last->closed ? last : NULL;
}

/* --- element by element
 * ------------------------------------------------------- */

/* x = x factor + term for element i. */
static void affine(struct maker *m, size_t i, double factor, double term)
{
    m->factor[i] *= factor;
    m->term[i] = m->term[i] * factor + term;
    m->pending = m->pending || factor != 1 || term != 0;
    m->late = m->late || (m->gaps && m->layers->n == 0 && term != 0);
}

/* What is to be done to the outputs of a layer that is open, it does itself. */
static void settle(struct maker *m)
{
    struct dense *open = open_layer(m->layers);
    if (open == NULL || !m->pending)
        return;
    for (size_t i = 0; i < open->n_out; i++) {
        for (size_t k = 0; k < open->n_in; k++)
            open->w[i * open->n_in + k] *= m->factor[i];
        open->b[i] = open->b[i] * m->factor[i] + m->term[i];
        m->factor[i] = 1;
        m->term[i] = 0;
    }
    m->pending = false;
}

/* One number for all, or one each. */
static bool broadcasts(const struct tensor *c, size_t width)
{
    return c->n == 1 ||
           (c->n == width && c->rank > 0 && c->dims[c->rank - 1] == width);
}

static double element(const struct tensor *c, size_t i)
{
    return tensor_number(c, c->n == 1 ? 0 : i);
}

static mlp_status
refuse_shape(const struct step *step, size_t width, mlp_error *err)
{
    char why[96];
    (void)snprintf(why, sizeof why, "expected one number, or %zu, one a column",
                   width);
    return steps_refuse(step->node, why, err);
}

static mlp_status
apply_shift(struct maker *m, const struct step *step, mlp_error *err)
{
    if (!broadcasts(&step->c, m->width))
        return refuse_shape(step, m->width, err);
    for (size_t i = 0; i < m->width; i++)
        affine(m, i, step->alpha, step->beta * element(&step->c, i));
    return MLP_OK;
}

static mlp_status
apply_factor(struct maker *m, const struct step *step, mlp_error *err)
{
    if (!broadcasts(&step->c, m->width))
        return refuse_shape(step, m->width, err);
    for (size_t i = 0; i < m->width; i++) {
        double c = element(&step->c, i);
        affine(m, i, step->beta < 0 ? 1 / c : c, 0);
    }
    return MLP_OK;
}

/* An attribute's number: one for all, or one each. */
static mlp_status
apply_scaler(struct maker *m, const struct step *step, mlp_error *err)
{
    const Onnx__AttributeProto *offset = step->offset, *scale = step->scale;
    size_t n_offset = offset != NULL ? offset->n_floats : 0;
    size_t n_scale = scale != NULL ? scale->n_floats : 0;
    if ((n_offset != m->width && n_offset > 1) ||
        (n_scale != m->width && n_scale > 1))
        return refuse_shape(step, m->width, err);
    for (size_t i = 0; i < m->width; i++) {
        double o =
            n_offset > 0 ? (double)offset->floats[n_offset > 1 ? i : 0] : 0;
        double s = n_scale > 0 ? (double)scale->floats[n_scale > 1 ? i : 0] : 1;
        affine(m, i, 1, -o);
        affine(m, i, s, 0);
    }
    return MLP_OK;
}

static mlp_status
apply_batch(struct maker *m, const struct step *step, mlp_error *err)
{
    for (size_t k = 0; k < 4; k++)
        if (step->batch[k].n != m->width)
            return refuse_shape(step, m->width, err);
    for (size_t i = 0; i < m->width; i++) {
        double factor = tensor_number(&step->batch[0], i) /
                        sqrt(tensor_number(&step->batch[3], i) + step->epsilon);
        affine(m, i, 1, -tensor_number(&step->batch[2], i));
        affine(m, i, factor, tensor_number(&step->batch[1], i));
    }
    return MLP_OK;
}

/* --- layers
 * --------------------------------------------------------------------- */

/* What is pending of the data before a layer: of the inputs it is their
 * scaling, where it has an inverse; all else goes into the layer. */
static void absorb(struct maker *m, struct dense *dense)
{
    struct layers *layers = m->layers;
    for (size_t k = 0; k < m->width; k++) {
        double factor = m->factor[k], term = m->term[k];
        if (layers->n == 1) {
            layers->scale[k] = factor;
            layers->shift[k] = factor != 0 ? -term / factor : 0;
            layers->scaled = layers->scaled || factor != 1 || term != 0;
            if (factor != 0)
                continue;
            factor = 1;
        }
        for (size_t i = 0; i < dense->n_out; i++) {
            double *w = &dense->w[i * dense->n_in + k];
            dense->b[i] += *w * term;
            *w *= factor;
        }
    }
}

static mlp_status begin(struct maker *m, size_t width, mlp_error *err)
{
    free(m->factor);
    free(m->term);
    m->width = width;
    m->pending = false;
    m->factor = alloc_array(width, sizeof *m->factor);
    m->term = alloc_array(width, sizeof *m->term);
    if (m->factor == NULL || m->term == NULL)
        return mlp_fail(err, MLP_NOMEM, "out of memory for a layer");
    for (size_t i = 0; i < width; i++)
        m->factor[i] = 1;
    return MLP_OK;
}

static size_t inputs_of(const struct step *step)
{
    return step->w.dims[step->transposed ? 1 : 0];
}

static void
fill(struct dense *dense, const struct step *step, struct layers *layers)
{
    for (size_t i = 0; i < dense->n_out; i++)
        for (size_t k = 0; k < dense->n_in; k++) {
            size_t at =
                step->transposed ? i * dense->n_in + k : k * dense->n_out + i;
            dense->w[i * dense->n_in + k] =
                step->alpha * tensor_number(&step->w, at);
        }
    layers->doubles = layers->doubles || tensor_is_double(&step->w);
}

static mlp_status
apply_dense(struct maker *m, const struct step *step, mlp_error *err)
{
    size_t n_out = step->w.dims[step->transposed ? 0 : 1];
    if (inputs_of(step) != m->width) {
        char why[96];
        (void)snprintf(why, sizeof why,
                       "expected weights for %zu numbers, got them for %zu",
                       m->width, inputs_of(step));
        return steps_refuse(step->node, why, err);
    }
    if (step->c.proto != NULL && !broadcasts(&step->c, n_out))
        return refuse_shape(step, n_out, err);
    if (m->late)
        return steps_refuse(step->node,
                            "missing cells are 0 before the scaling, behind it "
                            "is expected",
                            err);
    settle(m);
    if (m->layers->n > 0)
        m->layers->items[m->layers->n - 1].closed = true;
    mlp_status status = layers_add(m->layers, n_out, err);
    if (status != MLP_OK)
        return status;
    struct dense *dense = &m->layers->items[m->layers->n - 1];
    fill(dense, step, m->layers);
    absorb(m, dense);
    for (size_t i = 0; step->c.proto != NULL && i < n_out; i++)
        dense->b[i] += step->beta * element(&step->c, i);
    return begin(m, n_out, err);
}

static mlp_status
apply_activation(struct maker *m, const struct step *step, mlp_error *err)
{
    struct dense *open = open_layer(m->layers);
    if (m->layers->n == 0)
        return steps_refuse(step->node, "expected a layer before it", err);
    if (open == NULL) { /* two in a row */
        mlp_status status = layers_add_identity(m->layers, err);
        if (status != MLP_OK)
            return status;
        open = open_layer(m->layers);
        absorb(m, open);
        status = begin(m, m->width, err);
        if (status != MLP_OK)
            return status;
    }
    settle(m);
    open->closed = true;
    open->activation = step->activation;
    for (size_t i = 0; i < m->width && step->gain != 1; i++)
        affine(m, i, step->gain, 0);
    return MLP_OK;
}

/* --- the end
 * ----------------------------------------------------------------------- */

static mlp_status
apply_softmax(struct maker *m, const struct step *step, mlp_error *err)
{
    settle(m);
    if (open_layer(m->layers) == NULL && m->layers->n > 0) {
        mlp_status status = layers_add_identity(m->layers, err);
        if (status != MLP_OK)
            return status;
        absorb(m, open_layer(m->layers));
        m->pending = false;
    }
    m->layers->softmax = true;
    return m->layers->n > 0
               ? MLP_OK
               : steps_refuse(step->node, "expected a layer before it", err);
}

static mlp_status
apply_pair(struct maker *m, const struct step *step, mlp_error *err)
{
    const struct layers *layers = m->layers;
    bool probability = layers->n > 0 && !m->pending && m->width == 1 &&
                       open_layer(layers) == NULL &&
                       layers->items[layers->n - 1].activation == MLP_SIGMOID;
    m->layers->pair = true;
    return probability ? MLP_OK
                       : steps_refuse(step->node,
                                      "expected one sigmoid before it", err);
}

static mlp_status
apply_gaps(struct maker *m, const struct step *step, mlp_error *err)
{
    m->gaps = true;
    return m->layers->n == 0
               ? MLP_OK
               : steps_refuse(step->node, "expected it before layers", err);
}

static mlp_status
apply_width(struct maker *m, const struct step *step, mlp_error *err)
{
    return step->alpha < 0 || step->alpha == (double)m->width
               ? MLP_OK
               : steps_refuse(step->node, "it makes other rows", err);
}

static mlp_status (*const appliers[])(struct maker *m,
                                      const struct step *step,
                                      mlp_error *err) = {
    [STEP_DENSE] = apply_dense,     [STEP_SHIFT] = apply_shift,
    [STEP_FACTOR] = apply_factor,   [STEP_SCALER] = apply_scaler,
    [STEP_BATCH] = apply_batch,     [STEP_ACTIVATION] = apply_activation,
    [STEP_SOFTMAX] = apply_softmax, [STEP_PAIR] = apply_pair,
    [STEP_GAPS] = apply_gaps,       [STEP_WIDTH] = apply_width,
};

static mlp_status
apply(struct maker *m, const struct step *step, mlp_error *err)
{
    bool over = m->layers->softmax || m->layers->pair;
    if (over && step->kind != STEP_WIDTH)
        return steps_refuse(step->node, "expected nothing behind the output",
                            err);
    return appliers[step->kind](m, step, err);
}

/* What is still to be done to an activation's outputs needs a layer. */
static mlp_status finish(struct maker *m, mlp_error *err)
{
    if (m->layers->n == 0)
        return mlp_fail(err, MLP_INVALID, "the graph has no layers");
    settle(m);
    if (!m->pending)
        return MLP_OK;
    mlp_status status = layers_add_identity(m->layers, err);
    if (status == MLP_OK)
        absorb(m, open_layer(m->layers));
    return status;
}

mlp_status
fold_steps(struct layers *layers, const struct steps *steps, mlp_error *err)
{
    struct maker m = {.layers = layers};
    size_t first = steps->n;
    *layers = (struct layers){0};
    for (size_t i = steps->n; i-- > 0 && first == steps->n;)
        if (steps->items[i].kind == STEP_DENSE)
            first = i;
    if (first == steps->n)
        return mlp_fail(err, MLP_INVALID, "the graph has no layers");
    if (inputs_of(&steps->items[first]) > MLP_MAX_WIDTH)
        return steps_refuse(steps->items[first].node,
                            "it has more inputs than a network can have", err);
    mlp_status status =
        layers_init(layers, inputs_of(&steps->items[first]), err);
    if (status == MLP_OK)
        status = begin(&m, layers->n_inputs, err);
    for (size_t i = steps->n; status == MLP_OK && i-- > 0;)
        status = apply(&m, &steps->items[i], err);
    if (status == MLP_OK)
        status = finish(&m, err);
    free(m.factor);
    free(m.term);
    return status;
}
