/* SPDX-License-Identifier: MIT */
#include "mlp/checkpoint.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "base/checksum.h"
#include "base/random.h"
#include "models.h"
#include "nn/trainer.h"

/* --- something to train --------------------------------------------------- */

enum { N_INPUTS = 2, N_OUTPUTS = 2, MAX_SAVED = 64 };

struct task {
    mlp_real *x;
    uint32_t *classes;
    mlp_matrix matrix;
    mlp_network *network;
    mlp_trainer *trainer;
};

/* What makes one task another. */
struct make {
    mlp_training_spec spec;
    mlp_real dropout;
    mlp_activation activation;
    size_t n_rows, n_validation;
    mlp_real first_input;    /* added to it */
    uint32_t first_class;    /* likewise */
    size_t n_units;          /* of the first layer */
    const mlp_real *weights; /* of the rows, or NULL */
};

static const mlp_real row_weights[40] = {
    0, 2, 1, 1, 3, 1, 1, 0.5, [11] = 1, 2, 3, [32] = 1, 0, 2, 1};

static struct make plain(void)
{
    return (struct make){
        .spec = {.loss = MLP_LOSS_CROSS_ENTROPY,
                 .optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_ADAM),
                 .epochs = 4,
                 .batch_size = 12,
                 .learning_rate = 0.02,
                 .seed = 5},
        .activation = MLP_TANH,
        .n_rows = 40,
        .n_units = 6,
    };
}

/* Rows inside and outside of a ring; the last n_validation of them validate.
 * *task must stay where it is. */
static void task_init(struct task *task, const struct make *make)
{
    size_t n = make->n_rows;
    random_stream random;
    random_init(&random, 1, 0);
    task->x = calloc(N_INPUTS * n, sizeof *task->x);
    task->classes = calloc(n, sizeof *task->classes);
    uint32_t *rows = calloc(n, sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        double u = random_normal(&random), v = random_normal(&random);
        task->x[2 * i] = (mlp_real)u;
        task->x[2 * i + 1] = (mlp_real)v;
        task->classes[i] = u * u + v * v > 1.4;
        rows[i] = (uint32_t)i;
    }
    task->x[0] += make->first_input;
    task->classes[0] = (task->classes[0] + make->first_class) % N_OUTPUTS;
    task->matrix = (mlp_matrix){task->x, n, N_INPUTS};
    mlp_examples examples = mlp_examples_of(&task->matrix, task->classes, NULL);
    examples.weights = make->weights;
    mlp_layer_spec hidden[] = {{make->n_units, make->activation, make->dropout},
                               {5, MLP_RELU, make->dropout}};
    mlp_network_spec shape = {N_INPUTS,           2, hidden, N_OUTPUTS,
                              MLP_OUTPUT_SOFTMAX, 0, 0,      NULL};
    mlp_error err;
    size_t n_train = n - make->n_validation;
    cr_assert_eq(mlp_network_create(&shape, 3, &task->network, &err), MLP_OK);
    cr_assert_eq(mlp_trainer_create(task->network, &make->spec, &examples, rows,
                                    n_train, rows + n_train, n - n_train,
                                    &task->trainer, &err),
                 MLP_OK, "%s", err.text);
    free(rows);
}

static void task_free(struct task *task)
{
    mlp_trainer_destroy(task->trainer);
    mlp_network_destroy(task->network);
    free(task->x);
    free(task->classes);
}

static mlp_buffer saved(mlp_trainer *trainer)
{
    mlp_buffer out;
    mlp_error err;
    mlp_buffer_init(&out, SIZE_MAX - 1);
    cr_assert_eq(mlp_trainer_save(trainer, mlp_buffer_sink(&out), &err), MLP_OK,
                 "%s", err.text);
    return out;
}

/* --- bit for bit ---------------------------------------------------------- */

/* A checkpoint before every batch. */
struct diary {
    mlp_buffer pages[MAX_SAVED];
    size_t n;
};

static void write_diary(void *context, mlp_trainer *trainer)
{
    struct diary *diary = context;
    cr_assert_lt(diary->n, MAX_SAVED);
    diary->pages[diary->n++] = saved(trainer);
}

static void diary_free(struct diary *diary)
{
    for (size_t i = 0; i < diary->n; i++)
        mlp_buffer_free(&diary->pages[i]);
}

static bool same_double(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void expect_same(const struct task *a,
                        const mlp_training_result *of_a,
                        const struct task *b,
                        const mlp_training_result *of_b,
                        const char *where)
{
    cr_assert_arr_eq(a->network->parameters, b->network->parameters,
                     a->network->n_parameters * sizeof(mlp_real),
                     "%s: other weights", where);
    cr_assert_eq(of_a->epochs_run, of_b->epochs_run, "%s", where);
    cr_assert_eq(of_a->best_epoch, of_b->best_epoch, "%s", where);
    cr_assert_eq(of_a->stop, of_b->stop, "%s", where);
    cr_assert(same_double(of_a->last.loss, of_b->last.loss), "%s", where);
    cr_assert(same_double(of_a->last.accuracy, of_b->last.accuracy));
    cr_assert(
        same_double(of_a->best.validation_loss, of_b->best.validation_loss));
}

/* Run it through; then again from each page of its diary, each time in a
 * trainer that has done nothing yet. Tells how it stopped. */
static mlp_stop expect_continues_everywhere(const struct make *make,
                                            const char *what)
{
    struct diary diary = {.n = 0};
    mlp_hooks hooks = {.context = &diary, .on_pause = write_diary};
    mlp_training_result expected, found;
    struct task through, again;
    char where[96];
    task_init(&through, make);
    cr_assert_eq(mlp_trainer_run(through.trainer, &hooks, &expected, NULL),
                 MLP_OK);
    cr_assert_gt(diary.n, 1);
    for (size_t i = 0; i < diary.n; i++) {
        mlp_error err;
        snprintf(where, sizeof where, "%s, from batch %zu", what, i);
        task_init(&again, make);
        cr_assert_eq(mlp_trainer_restore(again.trainer, diary.pages[i].data,
                                         diary.pages[i].length, &err),
                     MLP_OK, "%s: %s", where, err.text);
        mlp_position at = mlp_trainer_position(again.trainer);
        cr_assert_eq(at.epoch * again.trainer->n_batches + at.batch, i);
        cr_assert_eq(mlp_trainer_run(again.trainer, NULL, &found, NULL),
                     MLP_OK);
        expect_same(&through, &expected, &again, &found, where);
        task_free(&again);
    }
    diary_free(&diary);
    task_free(&through);
    return expected.stop;
}

static const mlp_optimizer optimizers[] = {
    MLP_OPTIMIZER_GD,       MLP_OPTIMIZER_SGD,     MLP_OPTIMIZER_MOMENTUM,
    MLP_OPTIMIZER_NESTEROV, MLP_OPTIMIZER_ADAGRAD, MLP_OPTIMIZER_RMSPROP,
    MLP_OPTIMIZER_ADAM,     MLP_OPTIMIZER_ADAMW};
enum { N_RULES = sizeof optimizers / sizeof *optimizers };

/* Every optimizer with every schedule, with and without dropout, with and
 * without early stopping. */
Test(checkpoint, from_every_batch_of_every_kind_of_run_come_the_same_bits)
{
    size_t n_early = 0;
    for (unsigned i = 0; i < N_RULES * 5 * 2 * 2; i++) {
        struct make make = plain();
        char what[64];
        mlp_optimizer kind = optimizers[i % N_RULES];
        make.spec.optimizer = mlp_optimizer_defaults(kind);
        make.spec.learning_rate = mlp_optimizer_learning_rate(kind) * 20;
        make.spec.schedule.kind = (mlp_schedule)(i / N_RULES % 5);
        make.spec.schedule.warmup_epochs = i / N_RULES % 2;
        make.dropout = i / N_RULES / 5 % 2 ? (mlp_real)0.3 : 0;
        make.n_validation = 10;
        make.spec.early_stopping = i / N_RULES / 10 % 2;
        make.spec.patience = 1;
        make.spec.min_delta = 0.02;
        make.spec.gradient_clip = 1;
        make.spec.l2 = 1e-3;
        snprintf(what, sizeof what, "%s, %s, dropout %g, early stopping %d",
                 mlp_optimizer_name(kind),
                 mlp_schedule_name(make.spec.schedule.kind),
                 (double)make.dropout, make.spec.early_stopping);
        n_early += expect_continues_everywhere(&make, what) == MLP_STOP_EARLY;
    }
    cr_expect_gt(n_early, 0, "none stopped early, so nothing was shown of it");
}

Test(checkpoint, of_whole_batches_in_slices_of_a_run_that_keeps_the_last)
{
    struct make make = plain();
    make.n_rows = 700; /* more than a pass holds */
    make.n_validation = 100;
    make.dropout = (mlp_real)0.2;
    make.spec.optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_GD);
    make.spec.keep_last = true;
    make.spec.epochs = 6;
    expect_continues_everywhere(&make, "gd in slices");
}

/* Wants a pause when it is asked for the at-th time, and stops there. */
struct impatient {
    size_t n_asked, at;
    mlp_buffer page;
};

static bool is_impatient(void *context)
{
    struct impatient *impatient = context;
    return impatient->n_asked == impatient->at;
}

static bool lose_patience(void *context)
{
    struct impatient *impatient = context;
    impatient->n_asked++;
    return is_impatient(impatient);
}

static void keep_page(void *context, mlp_trainer *trainer)
{
    struct impatient *impatient = context;
    if (is_impatient(impatient))
        impatient->page = saved(trainer);
}

/* Held where it was asked for the at-th time, then continued elsewhere; false
 * when it was not asked so often. */
static bool expect_continues_from_within(const struct make *make,
                                         size_t at,
                                         const struct task *through,
                                         const mlp_training_result *expected)
{
    struct impatient impatient = {.at = at};
    mlp_hooks hooks = {.context = &impatient,
                       .should_stop = is_impatient,
                       .on_pause = keep_page,
                       .wants_pause = lose_patience};
    mlp_training_result found;
    struct task held, again;
    task_init(&held, make);
    mlp_status status = mlp_trainer_run(held.trainer, &hooks, NULL, NULL);
    task_free(&held);
    if (status == MLP_OK)
        return false;
    cr_assert_eq(status, MLP_CANCELLED);
    task_init(&again, make);
    cr_assert_eq(mlp_trainer_restore(again.trainer, impatient.page.data,
                                     impatient.page.length, NULL),
                 MLP_OK);
    cr_assert_eq(mlp_trainer_run(again.trainer, NULL, &found, NULL), MLP_OK);
    expect_same(through, expected, &again, &found, "from within");
    task_free(&again);
    mlp_buffer_free(&impatient.page);
    return true;
}

Test(checkpoint, from_within_a_batch_or_a_validation_come_the_same_bits)
{
    struct make make = plain();
    make.n_rows = 1300; /* of a pass's 256: three to learn, three to validate */
    make.n_validation = 600;
    make.dropout = (mlp_real)0.2;
    make.spec.batch_size = 700;
    make.spec.epochs = 3;
    mlp_training_result expected;
    struct task through;
    size_t n = 0;
    task_init(&through, &make);
    cr_assert_eq(mlp_trainer_run(through.trainer, NULL, &expected, NULL),
                 MLP_OK);
    while (expect_continues_from_within(&make, n + 1, &through, &expected))
        n++;
    cr_expect_eq(n, 3 * (2 + 2));
    task_free(&through);
}

/* Wide enough that every thread of eight is worth its while. */
Test(checkpoint, any_number_of_threads_gives_the_same_bits)
{
    static const size_t numbers[] = {2, 3, 4, 7, 8};
    for (unsigned i = 0; i < N_RULES; i++) {
        struct make make = plain();
        mlp_training_result expected, found;
        struct task alone, together;
        make.n_rows = 700;
        make.n_validation = 150;
        make.n_units = 9000;
        make.activation = (mlp_activation)(i % MLP_IDENTITY);
        make.dropout = i % 2 ? (mlp_real)0.2 : 0;
        make.spec.batch_size = 190;
        make.spec.gradient_clip = i % 3 ? 0 : 1;
        make.spec.l2 = 1e-4;
        make.spec.optimizer = mlp_optimizer_defaults(optimizers[i]);
        task_init(&alone, &make);
        cr_assert_eq(mlp_trainer_run(alone.trainer, NULL, &expected, NULL),
                     MLP_OK);
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            char what[64];
            make.spec.threads = numbers[k];
            snprintf(what, sizeof what, "%s, %zu threads",
                     mlp_optimizer_name(optimizers[i]), numbers[k]);
            task_init(&together, &make);
            cr_assert_eq(mlp_trainer_run(together.trainer, NULL, &found, NULL),
                         MLP_OK);
            expect_same(&alone, &expected, &together, &found, what);
            task_free(&together);
        }
        task_free(&alone);
    }
}

Test(checkpoint, of_class_weights_smoothing_and_rows_in_their_order)
{
    static const mlp_real weights[] = {1, 3};
    struct make make = plain();
    make.spec.class_weights = weights;
    make.spec.label_smoothing = 0.1;
    make.spec.no_shuffle = true;
    make.weights = row_weights;
    expect_continues_everywhere(&make, "class weights");
}

Test(checkpoint, saving_changes_nothing_and_says_the_same_twice)
{
    struct make make = plain();
    struct diary diary = {.n = 0};
    mlp_hooks hooks = {.context = &diary, .on_pause = write_diary};
    mlp_training_result of_watched, of_alone;
    struct task watched, alone;
    task_init(&watched, &make);
    task_init(&alone, &make);
    cr_assert_eq(mlp_trainer_run(watched.trainer, &hooks, &of_watched, NULL),
                 MLP_OK);
    cr_assert_eq(mlp_trainer_run(alone.trainer, NULL, &of_alone, NULL), MLP_OK);
    expect_same(&watched, &of_watched, &alone, &of_alone, "saved all the time");
    mlp_buffer first = saved(watched.trainer), second = saved(watched.trainer);
    cr_expect_eq(first.length, second.length);
    cr_expect_arr_eq(first.data, second.data, first.length);
    mlp_buffer_free(&first);
    mlp_buffer_free(&second);
    diary_free(&diary);
    task_free(&watched);
    task_free(&alone);
}

Test(checkpoint, of_a_finished_run_has_its_result)
{
    struct make make = plain();
    struct task done, again;
    mlp_training_result expected, found;
    make.n_validation = 10;
    task_init(&done, &make);
    task_init(&again, &make);
    cr_assert_eq(mlp_trainer_run(done.trainer, NULL, &expected, NULL), MLP_OK);
    mlp_buffer page = saved(done.trainer);
    cr_assert_eq(
        mlp_trainer_restore(again.trainer, page.data, page.length, NULL),
        MLP_OK);
    cr_assert_eq(mlp_trainer_run(again.trainer, NULL, &found, NULL), MLP_OK);
    expect_same(&done, &expected, &again, &found, "finished");
    mlp_buffer_free(&page);
    task_free(&done);
    task_free(&again);
}

Test(checkpoint, time_that_was_spent_counts_towards_the_limit)
{
    struct make make = plain();
    struct task first, second;
    mlp_training_result result;
    make.spec.time_limit_s = 500;
    task_init(&first, &make);
    task_init(&second, &make);
    first.trainer->progress.seconds = 600;
    mlp_buffer page = saved(first.trainer);
    cr_assert_eq(
        mlp_trainer_restore(second.trainer, page.data, page.length, NULL),
        MLP_OK);
    cr_expect_eq(mlp_trainer_position(second.trainer).seconds, 600);
    cr_assert_eq(mlp_trainer_run(second.trainer, NULL, &result, NULL), MLP_OK);
    cr_expect_eq(result.stop, MLP_STOP_TIME);
    cr_expect_eq(result.epochs_run, 1);
    cr_expect_geq(result.seconds, 600);
    mlp_buffer_free(&page);
    task_free(&first);
    task_free(&second);
}

Test(checkpoint, neither_saving_nor_restoring_allocates)
{
    struct make make = plain();
    struct task task;
    task_init(&task, &make);
    mlp_buffer page = saved(task.trainer), room = saved(task.trainer);
    mlp_buffer_clear(&room); /* it keeps its memory */
    allocation_watch(0);
    mlp_status save =
        mlp_trainer_save(task.trainer, mlp_buffer_sink(&room), NULL);
    mlp_status restore =
        mlp_trainer_restore(task.trainer, page.data, page.length, NULL);
    cr_expect_not(allocation_unwatch().failed);
    cr_expect_eq(save, MLP_OK);
    cr_expect_eq(restore, MLP_OK);
    mlp_buffer_free(&page);
    mlp_buffer_free(&room);
    task_free(&task);
}

static mlp_status
no_room(void *context, const void *bytes, size_t n, mlp_error *err)
{
    size_t *left = context;
    (void)bytes;
    if (n > *left)
        return mlp_fail(err, MLP_IO, "no space left on the device");
    *left -= n;
    return MLP_OK;
}

Test(checkpoint, a_sink_that_fails_is_told_of_and_the_run_goes_on)
{
    struct make make = plain();
    struct task task;
    mlp_error err;
    task_init(&task, &make);
    mlp_buffer page = saved(task.trainer);
    for (size_t left = 0; left < page.length; left++) {
        size_t some = left;
        mlp_sink sink = {no_room, &some};
        cr_assert_eq(mlp_trainer_save(task.trainer, sink, &err), MLP_IO);
        cr_assert_str_eq(err.text, "no space left on the device");
    }
    cr_expect_eq(mlp_trainer_run(task.trainer, NULL, NULL, NULL), MLP_OK);
    mlp_buffer_free(&page);
    task_free(&task);
}

/* --- what is refused ------------------------------------------------------ */

/* A trainer in the middle of its run, and what it saved there. */
struct middle {
    struct task task;
    mlp_buffer page;
    size_t n_batches;
};

static bool stop_in_the_middle(void *context)
{
    struct middle *middle = context;
    return middle->n_batches++ == 7;
}

static void middle_init(struct middle *middle, const struct make *make)
{
    mlp_hooks hooks = {.context = middle, .should_stop = stop_in_the_middle};
    *middle = (struct middle){.n_batches = 0};
    task_init(&middle->task, make);
    cr_assert_eq(mlp_trainer_run(middle->task.trainer, &hooks, NULL, NULL),
                 MLP_CANCELLED);
    middle->page = saved(middle->task.trainer);
}

static void middle_free(struct middle *middle)
{
    mlp_buffer_free(&middle->page);
    task_free(&middle->task);
}

static void
expect_refused(struct middle *middle, size_t length, const char *what, size_t i)
{
    mlp_error err = {.text = ""};
    /* Behind its last byte stands nothing that could be read. */
    char *copy = malloc(length + (length == 0));
    memcpy(copy, middle->page.data, length);
    cr_assert_eq(mlp_trainer_restore(middle->task.trainer, copy, length, &err),
                 MLP_FORMAT, "%s %zu", what, i);
    cr_assert_eq(strncmp(err.text, "checkpoint: ", 12), 0, "%s", err.text);
    free(copy);
}

static void expect_untouched(struct middle *middle)
{
    mlp_buffer now = saved(middle->task.trainer);
    cr_expect_eq(now.length, middle->page.length);
    cr_expect_arr_eq(now.data, middle->page.data, now.length);
    mlp_buffer_free(&now);
}

Test(checkpoint, cut_at_any_byte_is_refused_and_changes_nothing)
{
    struct make make = plain();
    struct middle middle;
    middle_init(&middle, &make);
    for (size_t n = 0; n < middle.page.length; n++)
        expect_refused(&middle, n, "cut at", n);
    mlp_buffer_append(&middle.page, "", 1);
    expect_refused(&middle, middle.page.length, "longer by", 1);
    middle.page.length--;
    expect_untouched(&middle);
    middle_free(&middle);
}

Test(checkpoint, any_flipped_bit_is_refused_and_changes_nothing)
{
    struct make make = plain();
    struct middle middle;
    middle_init(&middle, &make);
    for (size_t bit = 0; bit < 8 * middle.page.length; bit++) {
        middle.page.data[bit / 8] ^= (char)(1U << bit % 8);
        expect_refused(&middle, middle.page.length, "flipped bit", bit);
        middle.page.data[bit / 8] ^= (char)(1U << bit % 8);
    }
    expect_untouched(&middle);
    middle_free(&middle);
}

/* Make the checksum that of the bytes. */
static void seal(mlp_buffer *page)
{
    struct checksum sum;
    size_t end = page->length - sizeof(uint64_t);
    checksum_init(&sum);
    checksum_add(&sum, page->data, end);
    uint64_t value = checksum_value(&sum);
    memcpy(page->data + end, &value, sizeof value);
}

/* Every word that is no weight, with values that nobody would write there and
 * a checksum that holds: refused, or a run that comes to an end. */
Test(checkpoint, forged_with_a_good_checksum_it_is_refused_or_harmless)
{
    static const uint64_t values[] = {0,
                                      1,
                                      2,
                                      3,
                                      11,
                                      1U << 31,
                                      UINT32_MAX,
                                      1ULL << 53,
                                      1ULL << 63,
                                      UINT64_MAX,
                                      SIZE_MAX / 8,
                                      0x7FF0000000000000,
                                      0x7FF8000000000000,
                                      0xFFF0000000000000,
                                      0x8000000000000000,
                                      0x7FEFFFFFFFFFFFFF};
    enum { N_VALUES = sizeof values / sizeof *values, N_WORDS = 46 };
    struct make make = plain();
    struct middle middle;
    size_t n_refused = 0;
    make.n_validation = 10;
    make.spec.early_stopping = true;
    make.spec.time_limit_s = 1000;
    middle_init(&middle, &make);
    for (size_t i = 0; i < N_WORDS * N_VALUES; i++) {
        char *place = middle.page.data + 8 * (i / N_VALUES);
        char before[8];
        struct task task;
        memcpy(before, place, 8);
        memcpy(place, &values[i % N_VALUES], 8);
        seal(&middle.page);
        task_init(&task, &make);
        mlp_status status = mlp_trainer_restore(task.trainer, middle.page.data,
                                                middle.page.length, NULL);
        if (status == MLP_OK)
            status = mlp_trainer_run(task.trainer, NULL, NULL, NULL);
        else
            n_refused++;
        cr_assert(status == MLP_OK || status == MLP_FORMAT ||
                      status == MLP_DIVERGED,
                  "word %zu", i / N_VALUES);
        memcpy(place, before, 8);
        task_free(&task);
    }
    cr_expect_gt(n_refused, N_WORDS * N_VALUES / 3);
    middle_free(&middle);
}

static const mlp_real class_weights[] = {1, 2};

/* All that there is to a run, each changed a little. */
/* clang-format off */
static void change(struct make *make, unsigned i)
{
    mlp_training_spec *spec = &make->spec;
    switch (i) {
    case 0: spec->seed++; break;
    case 1: spec->epochs++; break;
    case 2: spec->batch_size++; break;
    case 3: spec->learning_rate *= 2; break;
    case 4: spec->optimizer.beta1 = 0.8; break;
    case 5: spec->optimizer.kind = MLP_OPTIMIZER_ADAMW; break;
    case 6: spec->optimizer = mlp_optimizer_defaults(MLP_OPTIMIZER_SGD); break;
    case 7: spec->schedule.kind = MLP_SCHEDULE_COSINE; break;
    case 8: spec->schedule.warmup_epochs = 1; break;
    case 9: spec->l1 = 0.1; break;
    case 10: spec->l2 = 0.1; break;
    case 11: spec->label_smoothing = 0.1; break;
    case 12: spec->gradient_clip = 1; break;
    case 13: spec->class_weights = class_weights; break;
    case 14: spec->early_stopping = true; break;
    case 15: spec->keep_last = true; break;
    case 16: spec->no_shuffle = true; break;
    case 17: spec->full_batch = true; break;
    case 18: spec->time_limit_s = 1e6; break;
    case 19: spec->patience = 3; break;
    case 20: spec->min_delta = 0.5; break;
    case 21: make->dropout = (mlp_real)0.1; break;
    case 22: make->activation = MLP_RELU; break;
    case 23: make->n_rows++; break;
    case 24: make->n_validation++; break;
    case 25: make->first_input = (mlp_real)1e-3; break;
    case 26: make->first_class = 1; break;
    case 27: make->n_units = 7; break;
    case 28: make->weights = row_weights; break;
    }
}
/* clang-format on */
enum { N_CHANGES = 29 };

Test(checkpoint, of_another_run_is_refused_whatever_the_difference)
{
    struct make make = plain();
    struct middle middle;
    make.n_validation = 8;
    middle_init(&middle, &make);
    for (unsigned i = 0; i < N_CHANGES; i++) {
        struct make other = make;
        struct task task;
        mlp_error err = {.text = ""};
        change(&other, i);
        task_init(&task, &other);
        cr_expect_eq(mlp_trainer_restore(task.trainer, middle.page.data,
                                         middle.page.length, &err),
                     MLP_FORMAT, "change %u", i);
        cr_expect_not_null(strstr(err.text, "another run"), "%u: %s", i,
                           err.text);
        task_free(&task);
    }
    middle_free(&middle);
}

/* --- plans ---------------------------------------------------------------- */

/* Saves before batch `at` and stops there. */
struct holder {
    size_t at, n_pauses, n_epochs;
    mlp_buffer page;
};

static void hold(void *context, mlp_trainer *trainer)
{
    struct holder *holder = context;
    if (holder->n_pauses++ == holder->at)
        holder->page = saved(trainer);
}

static bool is_held(void *context)
{
    const struct holder *holder = context;
    return holder->n_pauses > holder->at;
}

static void count_epoch(void *context, const mlp_epoch *epoch)
{
    struct holder *holder = context;
    (void)epoch;
    holder->n_epochs++;
}

static mlp_hooks hooks_of(struct holder *holder)
{
    return (mlp_hooks){.context = holder,
                       .on_epoch = count_epoch,
                       .should_stop = is_held,
                       .on_pause = hold};
}

/* Held before batch `at` of 8 epochs of n_members networks. */
static void hold_plan(size_t n_members, size_t at)
{
    static const char *const target[] = {"species"};
    mlp_table *table = file_table("tests/data/iris/train.csv", "species");
    mlp_fit_spec spec = spec_for(target);
    mlp_fit_report report;
    mlp_error err = {.text = ""};
    mlp_model *model;
    spec.training.epochs = 8;
    spec.training.batch_size = 16;
    spec.dropout_given = true;
    spec.dropout = 0.1;
    spec.n_members = n_members;
    mlp_plan *plan = plan_of(table, &spec);
    cr_assert_eq(mlp_plan_run(plan, NULL, &model, &report, NULL), MLP_OK);
    size_t best_epoch = report.training.best_epoch;
    mlp_buffer expected = file_of(model);
    mlp_model_destroy(model);

    struct holder holder = {.at = at};
    mlp_hooks hooks = hooks_of(&holder);
    cr_assert_eq(mlp_plan_run(plan, &hooks, &model, &report, NULL),
                 MLP_CANCELLED);
    size_t n_before = holder.n_epochs;
    holder.at = SIZE_MAX;
    cr_assert_eq(mlp_plan_resume(plan, holder.page.data, holder.page.length,
                                 &hooks, &model, &report, &err),
                 MLP_OK, "%s", err.text);
    mlp_buffer found = file_of(model);
    cr_expect_gt(n_before, 0);
    cr_expect_eq(holder.n_epochs, 8 * n_members,
                 "it did not go on but began again");
    cr_expect_eq(report.training.epochs_run, 8 * n_members);
    cr_expect_eq(report.training.best_epoch, best_epoch,
                 "%zu members, held at %zu: %zu, not %zu", n_members, at,
                 report.training.best_epoch, best_epoch);
    cr_assert_eq(found.length, expected.length);
    cr_expect_arr_eq(found.data, expected.data, found.length);
    mlp_buffer_free(&holder.page);
    mlp_buffer_free(&found);
    mlp_buffer_free(&expected);
    mlp_model_destroy(model);
    mlp_plan_destroy(plan);
    mlp_table_destroy(table);
}

Test(checkpoint, a_plan_that_was_held_makes_the_same_model_file)
{
    hold_plan(1, 27);
}

Test(checkpoint, an_ensemble_goes_on_within_any_of_its_members)
{
    const size_t n_batches = 6 * 8; /* of a member, of 96 rows */
    hold_plan(5, 27);
    hold_plan(5, n_batches + 13);
    hold_plan(5, 4 * n_batches + 13);
    hold_plan(2, n_batches);
}

Test(checkpoint, of_another_plan_is_refused_before_anything_is_trained)
{
    static const char *const target[] = {"species"};
    mlp_table *table = file_table("tests/data/iris/train.csv", "species");
    mlp_fit_spec spec = spec_for(target);
    mlp_fit_report report;
    mlp_error err = {.text = ""};
    mlp_model *model;
    mlp_plan *plan = plan_of(table, &spec);
    spec.validation_given = true;
    spec.validation = 0.3;
    mlp_plan *other = plan_of(table, &spec);
    struct holder holder = {.at = 9};
    mlp_hooks hooks = hooks_of(&holder);
    cr_assert_eq(mlp_plan_run(plan, &hooks, &model, &report, NULL),
                 MLP_CANCELLED);
    size_t n_pauses = holder.n_pauses;
    cr_expect_eq(mlp_plan_resume(other, holder.page.data, holder.page.length,
                                 &hooks, &model, &report, &err),
                 MLP_FORMAT);
    cr_expect_null(model);
    cr_expect_not_null(strstr(err.text, "another run"), "%s", err.text);
    cr_expect_eq(holder.n_pauses, n_pauses);
    mlp_buffer_free(&holder.page);
    mlp_plan_destroy(plan);
    mlp_plan_destroy(other);
    mlp_table_destroy(table);
}
