/* SPDX-License-Identifier: MIT
 *
 * Permutation importance: one column after the other is dealt anew and put
 * back. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "mlp/explain.h"
#include "model/bundle.h"
#include "model/plan.h"
#include "model/scores.h"
#include "nn/network.h"

enum {
    SLICE_ROWS = 256,
    ROWS_MIN = 100, /* where not all held-out rows are asked */
    REPEATS = 5,
    NUMBERS_MAX = 1 << 22, /* answers in memory */
};

/* How much of the training's work this may be … */
static const double share = 0.02;
/* … and some seconds, as nobody can stop it. */
static const double most_multiplications = 1e11;

/* Streams of its own: which rows, then for each column its dealings. */
static const uint64_t sample_stream =
    UINT64_C(0x696d706f72740000); /* "import" */

struct importance {
    const mlp_plan *plan;
    const mlp_model *model;
    mlp_predictor *predictor;
    size_t n, n_repeats, n_features, n_outputs;
    uint32_t *rows;    /* [n], of the table, those of a fold together */
    uint32_t *order;   /* [n_validation], scratch */
    float *cells;      /* [n, n_features] */
    float *column;     /* [n]: as it is */
    float *y, *t;      /* [n, n_outputs] */
    uint32_t *classes; /* [n] */
};

/* --- how many rows, how often -------------------------------------------- */

static size_t columns_with_inputs(const mlp_plan *plan)
{
    size_t n = 0;
    for (size_t j = 0; j < plan->encoder.n; j++)
        n += plan->encoder.columns[j].n_inputs > 0;
    return n;
}

/* Rows through one network that may be spent on a column. Learning from a row
 * takes thrice the work of asking. */
static double rows_to_spend(const mlp_plan *plan,
                            const mlp_model *model,
                            size_t n_columns,
                            size_t epochs_run)
{
    double members = (double)model->n_networks;
    double n_train = (double)plan->n_train;
    double asked = members; /* for each row: all, or the one without its fold */
    if (plan->fold_of != NULL) {
        asked = 1;
        n_train -= n_train / members;
    }
    double most =
        most_multiplications / (double)model->networks[0]->n_parameters;
    double learned = 3 * n_train * (double)epochs_run; /* by all of them */
    return fmin(share * learned, most) / asked / (double)n_columns;
}

static bool choose_size(struct importance *s, size_t epochs_run)
{
    size_t n_columns = columns_with_inputs(s->plan);
    s->n = s->plan->n_validation;
    if (s->n == 0 || n_columns == 0 || s->n_features > MLP_IMPORTANCE_COLUMNS)
        return false;
    double spend = rows_to_spend(s->plan, s->model, n_columns, epochs_run);
    double most = fmin(spend, MLP_IMPORTANCE_ROWS);
    most = fmin(most, (double)NUMBERS_MAX / (double)s->n_outputs);
    if ((double)s->n > most) {
        s->n = (size_t)most;
        if (s->n < ROWS_MIN)
            return false;
    }
    double repeats = floor(spend / (double)s->n);
    s->n_repeats = repeats < REPEATS ? (size_t)repeats : REPEATS;
    return true;
}

/* --- rows ---------------------------------------------------------------- */

static int by_number(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Ascending, fold after fold. */
static void choose_rows(struct importance *s)
{
    const mlp_plan *plan = s->plan;
    uint32_t n_all = (uint32_t)plan->n_validation;
    size_t n_folds = plan->fold_of != NULL ? s->model->n_networks : 1, n = 0;
    random_permutation(plan->spec.training.seed, sample_stream, s->order,
                       n_all);
    qsort(s->order, s->n, sizeof *s->order, by_number);
    for (size_t fold = 0; fold < n_folds; fold++)
        for (size_t i = 0; i < s->n; i++) {
            uint32_t row = plan->validation[s->order[i]];
            if (plan->fold_of == NULL || plan->fold_of[row] == fold)
                s->rows[n++] = row;
        }
}

static void read_rows(struct importance *s)
{
    const mlp_plan *plan = s->plan;
    alignment_cells(&plan->alignment, s->rows, s->n, s->cells);
    for (size_t i = 0; i < s->n; i++) {
        if (plan->class_of != NULL)
            s->classes[i] = plan->class_of[s->rows[i]];
        else
            memcpy(s->t + i * s->n_outputs,
                   plan->values + s->rows[i] * s->n_outputs,
                   s->n_outputs * sizeof *s->t);
    }
}

/* --- the loss ------------------------------------------------------------ */

static void answer(struct importance *s)
{
    const unsigned char *fold_of = s->plan->fold_of;
    size_t end;
    for (size_t first = 0; first < s->n; first = end) {
        size_t member = MODEL_ALL;
        end = s->n;
        if (fold_of != NULL) {
            member = fold_of[s->rows[first]];
            for (end = first; end < s->n && fold_of[s->rows[end]] == member;)
                end++;
        }
        model_predict_by(s->model, s->predictor,
                         s->cells + first * s->n_features, end - first, member,
                         s->y + first * s->n_outputs);
    }
}

/* Mean log loss over the rows, over labels, too, or the root of the mean
 * squared error. */
static mlp_status loss(struct importance *s, double *out, mlp_error *err)
{
    struct scores scores;
    mlp_status status =
        scores_init(&scores, s->model->task, s->n_outputs, s->n, err);
    if (status != MLP_OK)
        return status;
    answer(s);
    if (s->plan->class_of != NULL)
        scores_add_classes(&scores, s->y, s->classes, s->n);
    else
        scores_add_values(&scores, s->y, s->t, s->n);
    size_t each = s->plan->class_of != NULL ? 1 : s->n_outputs;
    *out = scores.loss / (double)(s->n * each);
    if (s->model->task == MLP_TASK_REGRESSION)
        *out = sqrt(*out);
    scores_free(&scores);
    return MLP_OK;
}

/* Column j, dealt anew n_repeats times, and put back: the mean of the losses.
 */
static mlp_status
loss_without(struct importance *s, size_t j, double *out, mlp_error *err)
{
    mlp_status status = MLP_OK;
    float *cells = s->cells + j;
    *out = 0;
    for (size_t i = 0; i < s->n; i++)
        s->column[i] = cells[i * s->n_features];
    for (size_t r = 0; status == MLP_OK && r < s->n_repeats; r++) {
        double once = 0;
        random_permutation(s->plan->spec.training.seed,
                           sample_stream + 1 + j * REPEATS + r, s->order,
                           (uint32_t)s->n);
        for (size_t i = 0; i < s->n; i++)
            cells[i * s->n_features] = s->column[s->order[i]];
        status = loss(s, &once, err);
        *out += once / (double)s->n_repeats;
    }
    for (size_t i = 0; i < s->n; i++)
        cells[i * s->n_features] = s->column[i];
    return status;
}

/* -------------------------------------------------------------------------- */

static mlp_status allocate(struct importance *s, mlp_error *err)
{
    s->rows = alloc_array(s->n, sizeof *s->rows);
    s->order = alloc_array(s->plan->n_validation, sizeof *s->order);
    s->cells = alloc_array(s->n * s->n_features, sizeof *s->cells);
    s->column = alloc_array(s->n, sizeof *s->column);
    s->y = alloc_array(s->n * s->n_outputs, sizeof *s->y);
    s->t = alloc_array(s->n * s->n_outputs, sizeof *s->t);
    s->classes = alloc_array(s->n, sizeof *s->classes);
    if (s->rows && s->order && s->cells && s->column && s->y && s->t &&
        s->classes)
        return mlp_predictor_create(s->model, SLICE_ROWS, &s->predictor, err);
    return mlp_fail(err, MLP_NOMEM, "out of memory for the importance");
}

static void importance_free(struct importance *s)
{
    mlp_predictor_destroy(s->predictor);
    free(s->rows);
    free(s->order);
    free(s->cells);
    free(s->column);
    free(s->y);
    free(s->t);
    free(s->classes);
}

static mlp_status measure(struct importance *s, double *out, mlp_error *err)
{
    double base = 0;
    choose_rows(s);
    read_rows(s);
    mlp_status status = loss(s, &base, err);
    for (size_t j = 0; status == MLP_OK && j < s->n_features; j++) {
        if (s->model->encoder.columns[j].n_inputs == 0)
            continue;
        status = loss_without(s, j, &out[j], err);
        out[j] -= base;
    }
    return status;
}

mlp_status mlp_plan_importance(const mlp_plan *plan,
                               const mlp_model *model,
                               size_t epochs_run,
                               double *out,
                               bool *measured,
                               mlp_error *err)
{
    struct importance s = {
        .plan = plan,
        .model = model,
        .n_features = plan->spec.n_features,
        .n_outputs = mlp_model_n_outputs(model),
    };
    memset(out, 0, s.n_features * sizeof *out);
    *measured = choose_size(&s, epochs_run);
    if (!*measured)
        return MLP_OK;
    mlp_status status = allocate(&s, err);
    if (status == MLP_OK)
        status = measure(&s, out, err);
    importance_free(&s);
    return status;
}
