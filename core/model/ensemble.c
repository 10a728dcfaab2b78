/* SPDX-License-Identifier: MIT
 *
 * The members of an ensemble. A checkpoint of one that has more than one is
 *
 *     "mlpens2\n"  members that are done: u64  length of all that follows up
 *     to the trainer's own: u64; of each that is done its figures, u64 or
 *     double, then its parameters; the checksum of all before it: u64
 *
 * and then the trainer's of the member at hand. */
#include "model/ensemble.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/checksum.h"
#include "base/random.h"
#include "mlp/checkpoint.h"
#include "nn/network.h"
#include "nn/trainer.h"

static const char MAGIC[8] = "mlpens2\n";
enum { WORD = sizeof(uint64_t), HEAD_BYTES = sizeof MAGIC + 2 * WORD };
enum { N_FIGURES = 4 }; /* epochs run, best epoch, its loss, seconds */

/* The stream of the members' seeds, apart from those of a network. */
static const uint64_t member_stream = UINT64_C(0x6d656d626572); /* "member" */

/* A run of all members. */
struct ensemble {
    const mlp_plan *plan;
    const mlp_hooks *hooks; /* the caller's */
    mlp_model *model;
    size_t n, done;
    size_t epochs_before;       /* run by those that are done */
    double seconds_before;      /* by them */
    mlp_training_result result; /* of them together */
    mlp_trainer *trainer;       /* of the one at hand */
    mlp_buffer prelude;         /* of a checkpoint */
    uint32_t *train, *held_out; /* of the one at hand, if there are folds */
};

static uint64_t seed_of(const mlp_plan *plan, size_t member)
{
    random_stream random;
    if (member == 0)
        return plan->spec.training.seed;
    random_init(&random, plan->spec.training.seed, member_stream + member);
    return random_u64(&random);
}

/* --- the first parameters ------------------------------------------------ */

static mlp_status copy_parameters(const mlp_model *from,
                                  size_t i,
                                  mlp_network *to,
                                  mlp_error *err)
{
    const mlp_network *source = from->networks[i % from->n_networks];
    if (source->n_parameters != to->n_parameters)
        return mlp_fail(err, MLP_SHAPE, "from: its network has other layers");
    memcpy(to->parameters, source->parameters,
           to->n_parameters * sizeof *to->parameters);
    return MLP_OK;
}

static mlp_status
make_network(const mlp_plan *plan, size_t i, mlp_network **out, mlp_error *err)
{
    mlp_status status =
        mlp_network_create(&plan->spec.network, seed_of(plan, i), out, err);
    if (status == MLP_OK && plan->spec.from != NULL)
        status = copy_parameters(plan->spec.from, i, *out, err);
    return status;
}

/* --- what is kept of members that are done ------------------------------- */

static uint64_t word_of(double number)
{
    uint64_t word;
    memcpy(&word, &number, sizeof word);
    return word;
}

static double number_of(uint64_t word)
{
    double number;
    memcpy(&number, &word, sizeof number);
    return number;
}

static size_t member_bytes(const mlp_network *network)
{
    return N_FIGURES * (size_t)WORD +
           network->n_parameters * sizeof *network->parameters;
}

static uint64_t sum_of(const char *bytes, size_t n)
{
    struct checksum sum;
    checksum_init(&sum);
    checksum_add(&sum, bytes, n);
    return checksum_value(&sum);
}

/* One more is done: the prelude begins anew, as its head has changed. */
static mlp_status write_prelude(struct ensemble *e,
                                const mlp_training_result *result,
                                mlp_error *err)
{
    const mlp_network *network = e->model->networks[e->done - 1];
    mlp_buffer *out = &e->prelude;
    uint64_t length = (e->done * member_bytes(network)) + WORD;
    uint64_t head[] = {e->done, length};
    const uint64_t figures[N_FIGURES] = {result->epochs_run, result->best_epoch,
                                         word_of(result->best.validation_loss),
                                         word_of(result->seconds)};
    mlp_buffer before = *out;
    mlp_buffer_init(out, SIZE_MAX / 2);
    mlp_buffer_append(out, MAGIC, sizeof MAGIC);
    mlp_buffer_append(out, (const char *)head, sizeof head);
    if (before.length > HEAD_BYTES)
        mlp_buffer_append(out, before.data + HEAD_BYTES,
                          before.length - HEAD_BYTES - WORD);
    mlp_buffer_append(out, (const char *)figures, sizeof figures);
    mlp_buffer_append(out, (const char *)network->parameters,
                      network->n_parameters * sizeof *network->parameters);
    uint64_t sum = out->status == MLP_OK ? sum_of(out->data, out->length) : 0;
    mlp_buffer_append(out, (const char *)&sum, sizeof sum);
    mlp_buffer_free(&before);
    return out->status == MLP_OK
               ? MLP_OK
               : mlp_fail(err, MLP_NOMEM, "out of memory for an ensemble");
}

static void account(struct ensemble *e, const mlp_training_result *result)
{
    mlp_training_result *all = &e->result;
    bool better = e->done == 0 ||
                  !(result->best.validation_loss >= all->best.validation_loss);
    if (better) {
        all->best = result->best;
        all->best_epoch =
            result->best_epoch > 0 ? e->epochs_before + result->best_epoch : 0;
    }
    all->last = result->last;
    all->stop = result->stop;
    all->samples_per_second = result->samples_per_second;
    e->done++;
    e->epochs_before += result->epochs_run;
    e->seconds_before += result->seconds;
    all->epochs_run = e->epochs_before;
    all->seconds = e->seconds_before;
}

static mlp_status damaged(mlp_error *err)
{
    return mlp_fail(err, MLP_FORMAT,
                    "checkpoint: not one of an ensemble like this");
}

/* Members that a checkpoint has; *from goes on behind them. */
static mlp_status
read_prelude(struct ensemble *e, struct checkpoint *from, mlp_error *err)
{
    const char *bytes = from->bytes;
    uint64_t head[2], sum;
    if (from->length < HEAD_BYTES || memcmp(bytes, MAGIC, sizeof MAGIC) != 0)
        return MLP_OK; /* the first member's own */
    memcpy(head, bytes + sizeof MAGIC, sizeof head);
    if (head[0] == 0 || head[0] >= e->n || head[1] < WORD ||
        head[1] > from->length - HEAD_BYTES)
        return damaged(err);
    size_t length = HEAD_BYTES + (size_t)head[1];
    memcpy(&sum, bytes + length - WORD, sizeof sum);
    if (sum != sum_of(bytes, length - WORD))
        return damaged(err);
    const char *next = bytes + HEAD_BYTES;
    for (size_t i = 0; i < head[0]; i++) {
        uint64_t figures[N_FIGURES];
        mlp_status status =
            make_network(e->plan, i, &e->model->networks[i], err);
        if (status != MLP_OK)
            return status;
        mlp_network *network = e->model->networks[i];
        if (head[1] != head[0] * member_bytes(network) + WORD)
            return damaged(err);
        memcpy(figures, next, sizeof figures);
        memcpy(network->parameters, next + sizeof figures,
               network->n_parameters * sizeof *network->parameters);
        next += member_bytes(network);
        account(e, &(mlp_training_result){.epochs_run = (size_t)figures[0],
                                          .best_epoch = (size_t)figures[1],
                                          .best.validation_loss =
                                              number_of(figures[2]),
                                          .seconds = number_of(figures[3])});
    }
    mlp_buffer_append(&e->prelude, bytes, length);
    from->bytes = bytes + length;
    from->length -= length;
    return e->prelude.status == MLP_OK
               ? MLP_OK
               : mlp_fail(err, MLP_NOMEM, "out of memory for an ensemble");
}

/* --- telling the caller, in terms of the whole --------------------------- */

static void on_epoch(void *context, const mlp_epoch *epoch)
{
    struct ensemble *e = context;
    mlp_epoch whole = *epoch;
    whole.epoch += e->epochs_before;
    whole.n_epochs = e->plan->spec.training.epochs * e->n;
    whole.seconds += e->seconds_before;
    e->hooks->on_epoch(e->hooks->context, &whole);
}

static void on_batch(void *context, double progress)
{
    struct ensemble *e = context;
    double whole = ((double)e->done + progress) / (double)e->n;
    e->hooks->on_batch(e->hooks->context, whole);
}

static bool should_stop(void *context)
{
    const struct ensemble *e = context;
    return e->hooks->should_stop(e->hooks->context);
}

static void on_pause(void *context, mlp_trainer *trainer)
{
    const struct ensemble *e = context;
    e->hooks->on_pause(e->hooks->context, trainer);
}

static bool wants_pause(void *context)
{
    const struct ensemble *e = context;
    return e->hooks->wants_pause(e->hooks->context);
}

static mlp_hooks hooks_of(struct ensemble *e)
{
    static const mlp_hooks none = {0};
    e->hooks = e->hooks != NULL ? e->hooks : &none;
    return (mlp_hooks){
        .context = e,
        .on_epoch = e->hooks->on_epoch ? on_epoch : NULL,
        .on_batch = e->hooks->on_batch ? on_batch : NULL,
        .should_stop = e->hooks->should_stop ? should_stop : NULL,
        .on_pause = e->hooks->on_pause ? on_pause : NULL,
        .wants_pause = e->hooks->wants_pause ? wants_pause : NULL,
    };
}

/* --- one member ---------------------------------------------------------- */

/* The rows that a member learns from, and those that it is tested on. */
static void take_rows(struct ensemble *e,
                      const uint32_t **train,
                      size_t *n_train,
                      const uint32_t **held_out,
                      size_t *n_held_out)
{
    const mlp_plan *plan = e->plan;
    *train = plan->train;
    *n_train = plan->n_train;
    *held_out = plan->validation;
    *n_held_out = plan->n_validation;
    if (plan->fold_of == NULL)
        return;
    *n_train = *n_held_out = 0;
    for (size_t i = 0; i < plan->n_usable; i++) {
        uint32_t row = plan->usable[i];
        if (plan->fold_of[row] == e->done)
            e->held_out[(*n_held_out)++] = row;
        else
            e->train[(*n_train)++] = row;
    }
    *train = e->train;
    *held_out = e->held_out;
}

/* What calibration, scores and importance may take of a time limit. */
static const double afterwards = 0.03;

/* What is left of the time is for all that are left. */
static mlp_training_spec spec_of(const struct ensemble *e)
{
    mlp_training_spec spec = e->plan->spec.training;
    spec.seed = seed_of(e->plan, e->done);
    if (spec.time_limit_s > 0) {
        double left = fmax(
            spec.time_limit_s * (1 - afterwards) - e->seconds_before, 1e-3);
        spec.time_limit_s = left / (double)(e->n - e->done);
    }
    return spec;
}

static mlp_status
make_trainer(struct ensemble *e, const mlp_examples *examples, mlp_error *err)
{
    const uint32_t *train, *held_out;
    size_t n_train, n_held_out;
    mlp_training_spec spec = spec_of(e);
    take_rows(e, &train, &n_train, &held_out, &n_held_out);
    mlp_status status =
        mlp_trainer_create(e->model->networks[e->done], &spec, examples, train,
                           n_train, held_out, n_held_out, &e->trainer, err);
    if (status == MLP_OK)
        e->trainer->frame = (struct trainer_frame){
            .prelude = e->prelude.data,
            .prelude_length = e->prelude.length,
            .epochs_before = e->epochs_before,
            .seconds_before = e->seconds_before,
            .share_before = (double)e->done / (double)e->n,
            .share = 1 / (double)e->n,
        };
    return status;
}

static mlp_status train_one(struct ensemble *e,
                            struct checkpoint from,
                            const mlp_examples *examples,
                            mlp_error *err)
{
    mlp_training_result result = {0};
    mlp_hooks hooks = hooks_of(e);
    mlp_status status =
        make_network(e->plan, e->done, &e->model->networks[e->done], err);
    if (status == MLP_OK)
        status = make_trainer(e, examples, err);
    if (status == MLP_OK && from.bytes != NULL)
        status = mlp_trainer_restore(e->trainer, from.bytes, from.length, err);
    if (status == MLP_OK)
        status = mlp_trainer_run(e->trainer, &hooks, &result, err);
    mlp_trainer_destroy(e->trainer);
    e->trainer = NULL;
    if (status != MLP_OK) {
        e->result.seconds = e->seconds_before + result.seconds;
        return status;
    }
    account(e, &result);
    return e->done < e->n ? write_prelude(e, &result, err) : MLP_OK;
}

static mlp_status allocate(struct ensemble *e, mlp_error *err)
{
    size_t n = e->plan->fold_of != NULL ? e->plan->n_usable : 0;
    e->model->networks = alloc_array(e->n, sizeof *e->model->networks);
    e->train = alloc_array(n, sizeof *e->train);
    e->held_out = alloc_array(n, sizeof *e->held_out);
    e->model->n_networks = e->model->networks != NULL ? e->n : 0;
    if (e->model->networks && e->train && e->held_out)
        return MLP_OK;
    return mlp_fail(err, MLP_NOMEM, "out of memory for %zu networks", e->n);
}

mlp_status ensemble_train(const mlp_plan *plan,
                          struct checkpoint from,
                          const float *values,
                          const mlp_hooks *hooks,
                          mlp_model *model,
                          mlp_training_result *result,
                          mlp_error *err)
{
    struct ensemble e = {.plan = plan,
                         .hooks = hooks,
                         .model = model,
                         .n = plan->spec.n_members};
    mlp_examples examples = plan_examples(plan, values);
    mlp_buffer_init(&e.prelude, SIZE_MAX / 2);
    mlp_status status = allocate(&e, err);
    if (status == MLP_OK && from.bytes != NULL)
        status = read_prelude(&e, &from, err);
    while (status == MLP_OK && e.done < e.n) {
        status = train_one(&e, from, &examples, err);
        from.bytes = NULL;
    }
    *result = e.result;
    mlp_buffer_free(&e.prelude);
    free(e.train);
    free(e.held_out);
    return status;
}
