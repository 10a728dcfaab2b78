/* SPDX-License-Identifier: MIT
 *
 * A trainer's state as bytes, little-endian, every number 8 bytes wide but
 * those of the arrays:
 *
 *     "mlpckpt\n"       then the version
 *     length            of all of it, in bytes
 *     identity          what the run is made of, see identify()
 *     size of a real    4, or 8 in a build with double
 *     n_parameters, n_slots, n_best (0 or n_parameters)
 *     n_steps           the optimizer's
 *     progress          in the order of fields[]
 *     weights           [n_parameters]
 *     optimizer state   [n_slots, n_parameters]
 *     best weights      [n_best]
 *     checksum          of all before it
 *
 * The version rises, too, when the arithmetic of training changes: half a run
 * of each would be neither. Nothing is read before the checksum holds, nothing
 * is changed before all was checked. */
#include "mlp/checkpoint.h"

#include <math.h>
#include <string.h>

#include "base/checksum.h"
#include "nn/trainer.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "numbers are copied as they are, little-endian");

static const char MAGIC[8] = "mlpckpt\n";
enum { VERSION = 3, WORD = sizeof(uint64_t) };

/* --- the plain numbers ---------------------------------------------------- */

/* size_t, uint64_t, double, bool, mlp_stop */
enum kind { COUNT, WIDE, NUMBER, FLAG, STOP };

#define PLAIN(kind, member)                                                    \
    {                                                                          \
        kind, offsetof(struct progress, member), #member                       \
    }
#define OF_EPOCH(kind, of, member)                                             \
    {                                                                          \
        kind, offsetof(struct progress, of) + offsetof(mlp_epoch, member),     \
            #of "." #member                                                    \
    }
#define EPOCH(of)                                                              \
    OF_EPOCH(COUNT, of, epoch), OF_EPOCH(COUNT, of, n_epochs),                 \
        OF_EPOCH(NUMBER, of, loss), OF_EPOCH(NUMBER, of, accuracy),            \
        OF_EPOCH(NUMBER, of, validation_loss),                                 \
        OF_EPOCH(NUMBER, of, validation_accuracy),                             \
        OF_EPOCH(NUMBER, of, learning_rate), OF_EPOCH(NUMBER, of, seconds),    \
        OF_EPOCH(NUMBER, of, samples_per_second), OF_EPOCH(FLAG, of, best)

static const struct field {
    enum kind kind;
    size_t offset; /* in struct progress */
    const char *name;
} fields[] = {
    PLAIN(COUNT, epoch),
    PLAIN(COUNT, batch),
    PLAIN(NUMBER, score.loss_sum),
    PLAIN(NUMBER, score.weight_sum),
    PLAIN(WIDE, score.hits.right),
    PLAIN(WIDE, score.hits.asked),
    PLAIN(NUMBER, learning_rate),
    PLAIN(NUMBER, seconds),
    PLAIN(NUMBER, batch_seconds),
    PLAIN(NUMBER, epoch_seconds),
    PLAIN(WIDE, rows),
    PLAIN(WIDE, epoch_rows),
    PLAIN(NUMBER, milestone),
    PLAIN(COUNT, stale),
    EPOCH(best),
    EPOCH(last),
    PLAIN(FLAG, over),
    PLAIN(STOP, stop),
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

static uint64_t field_value(const struct field *field,
                            const struct progress *progress)
{
    const void *place = (const char *)progress + field->offset;
    uint64_t value = 0;
    switch (field->kind) {
    case COUNT:
        return *(const size_t *)place;
    case FLAG:
        return *(const bool *)place;
    case STOP:
        return *(const mlp_stop *)place;
    case WIDE:
    case NUMBER:
        memcpy(&value, place, sizeof value);
    }
    return value;
}

/* False: not a value of this kind. */
static bool
set_field(const struct field *field, uint64_t value, struct progress *progress)
{
    void *place = (char *)progress + field->offset;
    switch (field->kind) {
    case COUNT:
        *(size_t *)place = (size_t)value;
        return value <= SIZE_MAX;
    case FLAG:
        *(bool *)place = value == 1;
        return value <= 1;
    case STOP:
        *(mlp_stop *)place = value <= MLP_STOP_TIME ? (mlp_stop)value : 0;
        return value <= MLP_STOP_TIME;
    case WIDE:
    case NUMBER:
        memcpy(place, &value, sizeof value);
    }
    return true;
}

/* --- what a run is made of ------------------------------------------------ */

static void sum_spec(struct checksum *sum, const mlp_training_spec *spec)
{
    const mlp_optimizer_spec *o = &spec->optimizer;
    const double reals[] = {o->momentum,
                            o->beta1,
                            o->beta2,
                            o->rho,
                            o->epsilon,
                            o->weight_decay,
                            spec->schedule.gamma,
                            spec->l1,
                            spec->l2,
                            spec->learning_rate,
                            spec->min_delta,
                            spec->time_limit_s,
                            spec->label_smoothing,
                            spec->gradient_clip};
    const uint64_t counts[] = {
        spec->loss,           o->kind,
        spec->schedule.kind,  spec->schedule.warmup_epochs,
        spec->epochs,         spec->schedule.step_epochs,
        spec->batch_size,     spec->full_batch,
        spec->early_stopping, spec->patience,
        spec->keep_last,      spec->no_shuffle,
        spec->seed,           spec->class_weights != NULL,
        spec->parametrization};
    checksum_add(sum, reals, sizeof reals);
    checksum_add(sum, counts, sizeof counts);
}

static void sum_shape(struct checksum *sum, const mlp_network *network)
{
    const uint64_t all[] = {network->spec.n_inputs, network->n_layers,
                            network->spec.output, network->spec.n_embeddings};
    checksum_add(sum, all, sizeof all);
    for (size_t i = 0; i < network->spec.n_embeddings; i++) {
        const mlp_embedding_spec *e = &network->spec.embeddings[i];
        const uint64_t counts[] = {e->kind, e->input, e->n_levels, e->n_units};
        checksum_add(sum, counts, sizeof counts);
    }
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct layer *layer = &network->layers[i];
        const uint64_t counts[] = {layer->n_out, layer->activation};
        checksum_add(sum, counts, sizeof counts);
        checksum_add(sum, &layer->dropout, sizeof layer->dropout);
    }
}

/* Inputs, targets and weights as the network is shown them, in their order. The
 * pass's room for inputs is free between two batches. */
static void sum_rows(struct checksum *sum,
                     struct step *step,
                     const uint32_t *rows,
                     size_t n)
{
    const mlp_examples *examples = step->examples;
    size_t width = step->loss.n_outputs, n_inputs = examples->n_inputs;
    checksum_add(sum, &(uint64_t){n}, sizeof(uint64_t));
    for (size_t done = 0; done < n; done += step->pass.max_rows) {
        size_t some =
            n - done < step->pass.max_rows ? n - done : step->pass.max_rows;
        examples->gather(examples->context, rows + done, some, step->pass.x);
        checksum_add(sum, step->pass.x, some * n_inputs * sizeof(mlp_real));
    }
    for (size_t i = 0; i < n; i++) {
        if (examples->classes)
            checksum_add(sum, &examples->classes[rows[i]], sizeof(uint32_t));
        else
            checksum_add(sum, examples->values + rows[i] * width,
                         width * sizeof(mlp_real));
        if (examples->weights)
            checksum_add(sum, &examples->weights[rows[i]], sizeof(mlp_real));
    }
}

static uint64_t identify(mlp_trainer *t)
{
    struct checksum sum;
    if (t->identified)
        return t->identity;
    checksum_init(&sum);
    sum_spec(&sum, &t->spec);
    sum_shape(&sum, t->network);
    if (t->class_weights)
        checksum_add(&sum, t->class_weights,
                     t->network->spec.n_outputs * sizeof *t->class_weights);
    sum_rows(&sum, &t->step, t->train, t->n_train);
    sum_rows(&sum, &t->step, t->validation, t->n_validation);
    t->identity = checksum_value(&sum);
    t->identified = true;
    return t->identity;
}

/* --- what both ways share ------------------------------------------------- */

enum { N_ARRAYS = 3 };

/* The arrays in their order; one that there is not has no elements. */
struct arrays {
    mlp_real *data[N_ARRAYS];
    size_t n[N_ARRAYS];
};

static struct arrays arrays_of(const mlp_trainer *t)
{
    const struct optimizer *o = &t->step.optimizer;
    size_t n = t->network->n_parameters;
    return (struct arrays){
        .data = {t->network->parameters, o->state, t->best},
        .n = {n, o->n_slots * n, t->best ? n : 0},
    };
}

/* What stands before the fields, the magic aside. That a trainer exists says
 * that its sizes fit. */
enum { N_HEAD = 7, HEAD_BYTES = sizeof MAGIC + WORD * N_HEAD };
struct head {
    uint64_t words[N_HEAD];
};
static const char *const head_names[N_HEAD] = {
    "version",      "length",  "identity", "size of a number",
    "n_parameters", "n_slots", "n_best",
};
enum { AT_VERSION, AT_LENGTH, AT_IDENTITY };

static size_t length_of(const struct arrays *arrays)
{
    size_t numbers = arrays->n[0] + arrays->n[1] + arrays->n[2];
    return HEAD_BYTES + WORD * (N_FIELDS + 2) + numbers * sizeof(mlp_real);
}

static struct head head_of(mlp_trainer *t, const struct arrays *arrays)
{
    return (struct head){{VERSION, length_of(arrays), identify(t),
                          sizeof(mlp_real), arrays->n[0],
                          t->step.optimizer.n_slots, arrays->n[2]}};
}

/* --- saving --------------------------------------------------------------- */

struct writer {
    mlp_sink sink;
    struct checksum sum;
    mlp_status status;
    mlp_error *err;
};

static void put(struct writer *writer, const void *bytes, size_t n)
{
    if (writer->status != MLP_OK || n == 0)
        return;
    checksum_add(&writer->sum, bytes, n);
    writer->status =
        writer->sink.write(writer->sink.context, bytes, n, writer->err);
}

static void put_word(struct writer *writer, uint64_t word)
{
    put(writer, &word, sizeof word);
}

mlp_status mlp_trainer_save(mlp_trainer *trainer, mlp_sink sink, mlp_error *err)
{
    struct arrays arrays = arrays_of(trainer);
    struct head head = head_of(trainer, &arrays);
    struct writer writer = {.sink = sink, .err = err};
    checksum_init(&writer.sum); /* which the prelude is no part of */
    put(&writer, trainer->frame.prelude, trainer->frame.prelude_length);
    checksum_init(&writer.sum);
    put(&writer, MAGIC, sizeof MAGIC);
    put(&writer, head.words, sizeof head.words);
    put_word(&writer, trainer->step.optimizer.n_steps);
    for (size_t i = 0; i < N_FIELDS; i++)
        put_word(&writer, field_value(&fields[i], &trainer->progress));
    for (size_t i = 0; i < N_ARRAYS; i++)
        put(&writer, arrays.data[i], arrays.n[i] * sizeof(mlp_real));
    put_word(&writer, checksum_value(&writer.sum));
    return writer.status;
}

mlp_position mlp_trainer_position(const mlp_trainer *trainer)
{
    const struct progress *p = &trainer->progress;
    const struct trainer_frame *frame = &trainer->frame;
    double share = frame->share > 0 ? frame->share : 1;
    return (mlp_position){frame->epochs_before + p->epoch, p->batch,
                          frame->share_before +
                              share * trainer_share_done(trainer),
                          frame->seconds_before + p->seconds};
}

/* --- restoring ------------------------------------------------------------ */

static uint64_t word_at(const unsigned char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Magic, version, length, checksum: is it whole, and ours? */
static mlp_status
check_whole(const unsigned char *bytes, size_t length, mlp_error *err)
{
    struct checksum sum;
    if (length < HEAD_BYTES || memcmp(bytes, MAGIC, sizeof MAGIC) != 0)
        return mlp_fail(err, MLP_FORMAT,
                        "checkpoint: not one: it begins "
                        "differently");
    const unsigned char *words = bytes + sizeof MAGIC;
    uint64_t version = word_at(words + (size_t)WORD * AT_VERSION);
    uint64_t stated = word_at(words + (size_t)WORD * AT_LENGTH);
    if (version != VERSION)
        return mlp_fail(err, MLP_FORMAT,
                        "checkpoint: expected version %d, found %llu", VERSION,
                        (unsigned long long)version);
    if (stated != length)
        return mlp_fail(err, MLP_FORMAT,
                        "checkpoint: expected %llu bytes, found %zu",
                        (unsigned long long)stated, length);
    checksum_init(&sum);
    checksum_add(&sum, bytes, length - WORD);
    if (checksum_value(&sum) != word_at(bytes + length - WORD))
        return mlp_fail(err, MLP_FORMAT,
                        "checkpoint: the checksum does not hold, it is "
                        "damaged");
    return MLP_OK;
}

/* Is it of a run like this one? */
static mlp_status check_run(const unsigned char *bytes,
                            const struct head *expected,
                            mlp_error *err)
{
    for (size_t i = 0; i < N_HEAD; i++) {
        uint64_t found = word_at(bytes + sizeof MAGIC + WORD * i);
        if (found != expected->words[i])
            return mlp_fail(err, MLP_FORMAT,
                            "checkpoint: of another run: %s: expected %llu, "
                            "found %llu",
                            head_names[i],
                            (unsigned long long)expected->words[i],
                            (unsigned long long)found);
    }
    return MLP_OK;
}

static bool is_epoch(const mlp_trainer *t, const mlp_epoch *epoch)
{
    return epoch->epoch == 0 ||
           (epoch->n_epochs == t->spec.epochs && isfinite(epoch->seconds));
}

static bool is_time(double seconds)
{
    return isfinite(seconds) && seconds >= 0;
}

/* Could a run of this spec stand there? A checksum is no proof that it was
 * written by one. */
static bool
makes_sense(const mlp_trainer *t, const struct progress *p, uint64_t n_steps)
{
    size_t n_batches = t->n_batches, epochs = t->spec.epochs;
    if (p->epoch > epochs || p->batch > n_batches)
        return false;
    if (!p->over && (p->epoch == epochs ||
                     n_steps != (uint64_t)p->epoch * n_batches + p->batch))
        return false;
    if (p->over && (p->epoch == 0 || p->batch > 0))
        return false;
    if (!is_time(p->seconds) || !is_time(p->batch_seconds) ||
        !is_time(p->epoch_seconds))
        return false;
    return p->last.epoch == p->epoch && p->best.epoch <= p->epoch &&
           p->stale <= p->epoch && is_epoch(t, &p->last) &&
           is_epoch(t, &p->best);
}

static mlp_status read_progress(const mlp_trainer *t,
                                const unsigned char *words,
                                struct progress *out,
                                mlp_error *err)
{
    uint64_t n_steps = word_at(words);
    for (size_t i = 0; i < N_FIELDS; i++) {
        if (!set_field(&fields[i], word_at(words + WORD * (i + 1)), out))
            return mlp_fail(
                err, MLP_FORMAT,
                "checkpoint: %s: found %llu, which is no value "
                "for it",
                fields[i].name,
                (unsigned long long)word_at(words + WORD * (i + 1)));
    }
    if (makes_sense(t, out, n_steps))
        return MLP_OK;
    return mlp_fail(err, MLP_FORMAT,
                    "checkpoint: no run of %zu epochs of %zu batches stands at "
                    "epoch %zu, batch %zu, step %llu like this",
                    t->spec.epochs, t->n_batches, out->epoch, out->batch,
                    (unsigned long long)n_steps);
}

mlp_status mlp_trainer_restore(mlp_trainer *trainer,
                               const void *bytes,
                               size_t length,
                               mlp_error *err)
{
    const unsigned char *from = bytes;
    struct arrays arrays = arrays_of(trainer);
    struct progress progress = {0};
    mlp_status status = check_whole(from, length, err);
    if (status == MLP_OK) {
        struct head head = head_of(trainer, &arrays);
        status = check_run(from, &head, err);
    }
    if (status == MLP_OK)
        status = read_progress(trainer, from + HEAD_BYTES, &progress, err);
    if (status != MLP_OK)
        return status;
    trainer->step.optimizer.n_steps = word_at(from + HEAD_BYTES);
    trainer->progress = progress;
    from += HEAD_BYTES + WORD * (N_FIELDS + 1);
    for (size_t i = 0; i < N_ARRAYS; i++) {
        size_t n = arrays.n[i] * sizeof(mlp_real);
        if (n > 0)
            memcpy(arrays.data[i], from, n);
        from += n;
    }
    return MLP_OK;
}
