/* SPDX-License-Identifier: MIT
 *
 * Gradient, clipping, penalties, update. The order is PyTorch's: the norm is
 * clipped on the gradient of the loss alone, penalties come after it. */
#include "nn/step.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "math/real.h"

static mlp_status allocate(struct step *step, mlp_error *err)
{
    size_t rows = step->pass.max_rows, width = step->loss.n_outputs;
    step->t = alloc_aligned(rows * width, sizeof(mlp_real));
    step->y = alloc_aligned(rows * width, sizeof(mlp_real));
    step->u = alloc_aligned(rows, sizeof(mlp_real));
    step->losses = alloc_array(rows, sizeof *step->losses);
    step->hits =
        alloc_array(step->team ? team_size(step->team) : 1, sizeof *step->hits);
    step->gradient =
        alloc_aligned(step->network->n_parameters, sizeof(mlp_real));
    step->descents =
        alloc_array(step->network->n_layers + step->network->spec.n_embeddings,
                    sizeof *step->descents);
    if (step->t && step->y && step->u && step->losses && step->hits &&
        step->gradient && step->descents)
        return MLP_OK;
    return mlp_fail(err, MLP_NOMEM,
                    "training: no memory for the gradient of %zu parameters",
                    step->network->n_parameters);
}

/* One group each for a layer's weights, a layer's biases and an embedding. */
static void fill_groups(const mlp_network *network,
                        mlp_parametrization parametrization,
                        struct optimizer_group *groups)
{
    static const double slow = 0.1;
    size_t n = network->n_layers;
    for (size_t i = 0; i < n; i++) {
        const struct layer *layer = &network->layers[i];
        double root = sqrt((double)layer->n_in);
        groups[i] = (struct optimizer_group){
            layer->weights + layer->n_in * layer->n_out, 1 / root, root};
        groups[n + i] =
            (struct optimizer_group){layer->biases + layer->n_out, slow, 1};
    }
    for (size_t i = 0; i < network->spec.n_embeddings; i++) {
        const struct embedding *e = &network->embeddings[i];
        bool periodic = e->spec.kind == MLP_EMBEDDING_PERIODIC;
        groups[2 * n + i] = (struct optimizer_group){
            e->parameters + e->n_parameters, periodic ? slow : 1, 1};
    }
    for (size_t i = 0; parametrization != MLP_PARAMETRIZATION_NTK &&
                       i < 2 * n + network->spec.n_embeddings;
         i++)
        groups[i].rate = groups[i].epsilon = 1;
}

static mlp_status init_optimizer(struct step *step, mlp_error *err)
{
    const mlp_network *network = step->network;
    const mlp_training_spec *spec = step->spec;
    size_t n = 2 * network->n_layers + network->spec.n_embeddings;
    struct optimizer_group *groups = alloc_array(n, sizeof *groups);
    if (groups == NULL)
        return mlp_fail(err, MLP_NOMEM, "training: out of memory");
    fill_groups(network, spec->parametrization, groups);
    mlp_status status = optimizer_init(&step->optimizer, &spec->optimizer,
                                       network->n_parameters, groups, n, err);
    free(groups);
    return status;
}

mlp_status step_init(struct step *step,
                     mlp_network *network,
                     const mlp_examples *examples,
                     const mlp_training_spec *spec,
                     size_t max_rows,
                     mlp_error *err)
{
    *step = (struct step){
        .network = network,
        .examples = examples,
        .spec = spec,
        .loss = {spec->loss, network->spec.output, network->spec.n_outputs},
        .n_decayed = network->n_weights,
    };
    mlp_status status =
        pass_init(&step->pass, network, pass_rows(network, max_rows), err);
    if (status == MLP_OK)
        status = init_optimizer(step, err);
    if (status == MLP_OK && spec->threads > 1)
        status = team_create(spec->threads, &step->team, err);
    pace_init(&step->pace, step->team ? team_size(step->team) : 1);
    if (status == MLP_OK)
        status = allocate(step, err);
    if (status != MLP_OK)
        step_free(step);
    return status;
}

void step_free(struct step *step)
{
    team_destroy(step->team);
    pass_free(&step->pass);
    optimizer_free(&step->optimizer);
    free(step->t);
    free(step->y);
    free(step->u);
    free(step->losses);
    free(step->hits);
    free(step->gradient);
    free(step->descents);
    *step = (struct step){0};
}

double score_loss(const struct score *score)
{
    if (!(score->weight_sum > 0))
        return (double)NAN;
    return score->loss_sum / score->weight_sum;
}

double score_accuracy(const struct score *score)
{
    if (score->hits.asked == 0)
        return (double)NAN;
    return (double)score->hits.right / (double)score->hits.asked;
}

/* --- sharing out ---------------------------------------------------------- */

static size_t n_members(const struct step *step, size_t n_multiplications)
{
    size_t most = pace_members(&step->pace);
    size_t worth = pace_worth(n_multiplications);
    return worth < most ? worth : most;
}

/* Those of a team that are not needed do nothing but meet; where one is enough,
 * nobody else is woken. */
static void
share_out(struct step *step, size_t n_members, team_work *work, void *context)
{
    if (n_members > 1)
        team_run(step->team, work, context);
    else
        work(context, 0);
}

static void meet(struct step *step, size_t n_members)
{
    if (n_members > 1)
        team_meet(step->team);
}

static struct span
part_of(size_t n, size_t grain, size_t member, size_t members)
{
    struct span part;
    team_share(n, grain, member, members, &part.first, &part.end);
    return part;
}

/* --- one slice ------------------------------------------------------------ */

/* What a slice is measured by. */
struct measure {
    bool training;
    double smoothing;
    const mlp_real *class_weights;
    double scale; /* 1 over the weight of the whole batch */
};

/* n rows, and what is to become of them. */
struct slice {
    struct step *step;
    struct measure by;
    const uint32_t *rows;
    size_t n, n_members;
    bool add;                   /* to a gradient that is begun */
    const struct descent *then; /* or NULL: the parameters stay */
};

/* These rows forward to the loss, whose gradient is then in the logits' d. */
static void
forward_rows(const struct slice *slice, struct span part, struct hits *hits)
{
    struct step *step = slice->step;
    const mlp_examples *examples = step->examples;
    size_t width = step->loss.n_outputs, n = part.end - part.first;
    const uint32_t *rows = slice->rows + part.first;
    examples->gather(examples->context, rows, n,
                     step->pass.x + part.first * examples->n_inputs);
    examples_targets(examples, width, slice->by.smoothing, rows, n,
                     step->t + part.first * width);
    const mlp_real *z = pass_forward(&step->pass, part, slice->by.training);
    size_t at = part.first * width;
    loss_rows(&step->loss, n, z + at, step->t + at, step->u + part.first,
              slice->by.scale, step->y + at, pass_logits_d(&step->pass) + at,
              step->losses + part.first);
    *hits = (struct hits){0};
    examples_hits(examples, step->loss.output, width, rows, n, step->y + at,
                  hits);
}

static void work_on_slice(void *context, size_t member)
{
    const struct slice *slice = context;
    struct step *step = slice->step;
    struct span rows = part_of(slice->n, 1, member, slice->n_members);
    if (rows.first < rows.end)
        forward_rows(slice, rows, &step->hits[member]);
    if (!slice->by.training)
        return;
    pass_back(&step->pass, rows);
    meet(step, slice->n_members);
    pass_gradient(&step->pass, slice->n, slice->add, member, slice->n_members,
                  step->gradient, slice->then);
}

/* A slice, timed where a team could do it. */
static void share_out_slice(struct slice *slice)
{
    struct step *step = slice->step;
    size_t work = slice->n * step->network->n_parameters;
    slice->n_members = n_members(step, work);
    if (!step->team || !slice->by.training || pace_worth(work) == 1) {
        share_out(step, slice->n_members, work_on_slice, slice);
        return;
    }
    double began = clock_s();
    share_out(step, slice->n_members, work_on_slice, slice);
    pace_note(&step->pace, (double)work, clock_s() - began);
}

/* Losses are added up in the order of the rows, whoever worked on them. */
static void run_slice(struct slice *slice, struct score *score)
{
    struct step *step = slice->step;
    const mlp_examples *examples = step->examples;
    score->weight_sum += examples_weights(examples, slice->by.class_weights,
                                          slice->rows, slice->n, step->u);
    share_out_slice(slice);
    for (size_t i = 0; i < slice->n; i++)
        score->loss_sum += step->losses[i];
    for (size_t i = 0; i < slice->n_members && i < slice->n; i++) {
        score->hits.right += step->hits[i].right;
        score->hits.asked += step->hits[i].asked;
    }
}

static size_t slice_rows(const struct step *step, size_t left)
{
    return left < step->pass.max_rows ? left : step->pass.max_rows;
}

/* Is there a further slice to do? */
static bool goes_on(struct step *step,
                    size_t done,
                    size_t n,
                    step_poll *poll,
                    void *context)
{
    step->given_up = done > 0 && done < n && poll && poll(context);
    return done < n && !step->given_up;
}

struct score step_evaluate(struct step *step,
                           const uint32_t *rows,
                           size_t n,
                           step_poll *poll,
                           void *context)
{
    struct measure by = {.scale = 0};
    struct score score = {0};
    for (size_t done = 0; goes_on(step, done, n, poll, context);
         done += step->pass.max_rows) {
        struct slice slice = {.step = step,
                              .by = by,
                              .rows = rows + done,
                              .n = slice_rows(step, n - done)};
        run_slice(&slice, &score);
    }
    return score;
}

/* In partial sums, whose order is fixed, so that it runs side by side. */
static double norm(const mlp_real *g, size_t n)
{
    enum { SIDE_BY_SIDE = 8 };
    double sums[SIDE_BY_SIDE] = {0}, sum = 0;
    size_t i = 0;
    for (; i + SIDE_BY_SIDE <= n; i += SIDE_BY_SIDE) {
        for (size_t k = 0; k < SIDE_BY_SIDE; k++)
            sums[k] += (double)g[i + k] * (double)g[i + k];
    }
    for (; i < n; i++)
        sum += (double)g[i] * (double)g[i];
    for (size_t k = 0; k < SIDE_BY_SIDE; k++)
        sum += sums[k];
    return sqrt(sum);
}

/* min(1, limit / (norm + 1e-6))    (Pascanu et al. 2013) */
static double clipping(const mlp_real *g, size_t n, double limit)
{
    double factor = limit > 0 ? limit / (norm(g, n) + 1e-6) : 1;
    return factor < 1 ? factor : 1;
}

struct update_work {
    struct step *step;
    size_t n_members;
};

static void work_on_update(void *context, size_t member)
{
    const struct update_work *work = context;
    struct step *step = work->step;
    enum { GRAIN = 1024 }; /* numbers: lines of the cache are nobody else's */
    struct span part =
        part_of(step->network->n_parameters, GRAIN, member, work->n_members);
    if (part.first < part.end)
        optimizer_apply(&step->optimizer, step->n_decayed, part, step->gradient,
                        step->network->parameters);
}

static void begin_update(struct step *step, double learning_rate, double clip)
{
    const mlp_training_spec *spec = step->spec;
    struct treatment treatment = {clip, spec->l1, spec->l2};
    optimizer_begin(&step->optimizer, learning_rate, &treatment);
}

void step_update(struct step *step, double learning_rate)
{
    size_t n = step->network->n_parameters;
    begin_update(step, learning_rate,
                 clipping(step->gradient, n, step->spec->gradient_clip));
    /* A number of an update takes as long as some multiplications. */
    struct update_work work = {step, n_members(step, 8 * n)};
    share_out(step, work.n_members, work_on_update, &work);
}

/* --- a batch -------------------------------------------------------------- */

/* The update at hand, layer by layer, then embedding by embedding. */
static const struct descent *descents(struct step *step)
{
    const mlp_network *network = step->network;
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct layer *layer = &network->layers[i];
        step->descents[i] = (struct descent){
            optimizer_descending(&step->optimizer,
                                 layer->weights < step->n_decayed,
                                 layer->weights, step->network->parameters),
            optimizer_descending(&step->optimizer,
                                 layer->biases < step->n_decayed, layer->biases,
                                 step->network->parameters),
        };
    }
    for (size_t i = 0; i < network->spec.n_embeddings; i++) {
        size_t at = network->embeddings[i].parameters;
        step->descents[network->n_layers + i].weights =
            optimizer_descending(&step->optimizer, at < step->n_decayed, at,
                                 step->network->parameters);
    }
    return step->descents;
}

/* With a learning rate, the last slice moves the parameters. */
static struct score run_batch(struct step *step,
                              const uint32_t *rows,
                              size_t n,
                              const double *learning_rate,
                              step_poll *poll,
                              void *context)
{
    const mlp_training_spec *spec = step->spec;
    struct measure by = {true, spec->label_smoothing, spec->class_weights, 0};
    double weight =
        examples_weights(step->examples, by.class_weights, rows, n, NULL);
    by.scale = weight > 0 ? 1 / weight : 0;
    struct score score = {0};
    pass_seed(&step->pass, spec->seed, step->optimizer.n_steps);
    for (size_t done = 0; goes_on(step, done, n, poll, context);
         done += step->pass.max_rows) {
        struct slice slice = {.step = step,
                              .by = by,
                              .rows = rows + done,
                              .n = slice_rows(step, n - done),
                              .add = done > 0};
        step->pass.n_before = done;
        if (learning_rate && done + slice.n == n) {
            begin_update(step, *learning_rate, 1);
            slice.then = descents(step);
        }
        run_slice(&slice, &score);
    }
    return score;
}

struct score step_gradient(struct step *step,
                           const uint32_t *rows,
                           size_t n,
                           step_poll *poll,
                           void *context)
{
    return run_batch(step, rows, n, NULL, poll, context);
}

struct score step_learn(struct step *step,
                        const uint32_t *rows,
                        size_t n,
                        double learning_rate,
                        step_poll *poll,
                        void *context)
{
    if (!(step->spec->gradient_clip > 0))
        return run_batch(step, rows, n, &learning_rate, poll, context);
    struct score score = step_gradient(step, rows, n, poll, context);
    if (!step->given_up && isfinite(score.loss_sum))
        step_update(step, learning_rate);
    return score;
}
