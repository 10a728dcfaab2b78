/* SPDX-License-Identifier: MIT
 *
 * The member "training" of a spec. */
#include <stdlib.h>

#include "training/spec_parts.h"

#define WEIGHT_MAX 1e6

/* Named forms first: an optimizer's own defaults must lie under the numbers
 * that are then read. */
static void read_optimizer(struct json_place *place,
                           mlp_training_spec *training)
{
    struct json_place inside;
    int kind;

    if (!spec_get_named(place, "optimizer", spec_optimizers, &kind, &inside))
        return;
    training->optimizer = mlp_optimizer_defaults((mlp_optimizer)kind);
    if (inside.object == NULL)
        return;
    spec_get_fields(&inside, spec_optimizer_fields,
                    (struct spec_owner){(unsigned)kind, spec_optimizers[kind]},
                    &training->optimizer);
    json_close(&inside);
}

static void read_schedule(struct json_place *place, mlp_training_spec *training)
{
    struct json_place inside;
    int kind;

    if (!spec_get_named(place, "schedule", spec_schedules, &kind, &inside))
        return;
    training->schedule.kind = (mlp_schedule)kind;
    if (inside.object == NULL)
        return;
    spec_get_fields(&inside, spec_schedule_fields,
                    (struct spec_owner){(unsigned)kind, spec_schedules[kind]},
                    &training->schedule);
    json_close(&inside);
}

/* A number, or "full". */
static void read_batch_size(struct json_place *place,
                            mlp_training_spec *training)
{
    static const char *const full[] = {"full", NULL};
    int choice;
    int64_t size;

    if (json_is_string(spec_peek(place, "batch_size"))) {
        training->full_batch =
            spec_get_name(place, "batch_size", full, &choice);
        return;
    }
    if (!json_get_integer(place, "batch_size", 1, INT32_MAX, &size))
        return;
    training->batch_size = (size_t)size;
    if (training->optimizer.kind == MLP_OPTIMIZER_GD)
        spec_refuse(place, "batch_size",
                    "gd always takes the whole batch; sgd takes batches");
}

/* A label is any text, a map has any number of them: no key of the codec's. */
static void
read_weight_map(struct json_place *map, json_t *object, mlp_class_weight *out)
{
    const char *label;
    json_t *value;

    json_object_foreach(object, label, value)
    {
        double weight = json_number_value(value);
        if (!json_is_number(value) || !(weight > 0 && weight <= WEIGHT_MAX))
            spec_refuse(map, label, "expected a number above 0 and at most %g",
                        WEIGHT_MAX);
        *out++ = (mlp_class_weight){.label = label, .weight = weight};
    }
}

static void read_class_weight(struct json_place *place, struct spec *spec)
{
    static const char *const balanced[] = {"balanced", NULL};
    struct json_place map;
    int choice;

    if (json_is_string(spec_peek(place, "class_weight"))) {
        spec->fit.balanced =
            spec_get_name(place, "class_weight", balanced, &choice);
        return;
    }
    if (!json_get_object(place, "class_weight", &map))
        return;
    json_t *object = json_object_get(place->object, "class_weight");
    size_t n = json_object_size(object);
    spec->class_weights = calloc(n + 1, sizeof *spec->class_weights);
    if (spec->class_weights == NULL) {
        spec_refuse_memory(place);
        return;
    }
    read_weight_map(&map, object, spec->class_weights);
    spec->fit.class_weights = spec->class_weights;
    spec->fit.n_class_weights = n;
}

/* true, false, or an object, which means true. */
static void read_early_stopping(struct json_place *place, mlp_fit_spec *fit)
{
    mlp_training_spec *training = &fit->training;
    struct json_place inside;
    bool restore_best;

    if (!json_is_object(spec_peek(place, "early_stopping"))) {
        fit->early_stopping_given =
            json_get_bool(place, "early_stopping", &training->early_stopping);
        return;
    }
    if (!json_get_object(place, "early_stopping", &inside))
        return;
    fit->early_stopping_given = training->early_stopping = true;
    spec_get_fields(&inside, spec_stopping_fields, (struct spec_owner){0, NULL},
                    training);
    if (json_get_bool(&inside, "restore_best", &restore_best))
        training->keep_last = !restore_best;
    json_close(&inside);
}

/* A number, or an object that says by what rows are held out. */
static void read_validation(struct json_place *place, mlp_fit_spec *fit)
{
    struct json_place inside;

    if (!json_is_object(spec_peek(place, "validation"))) {
        fit->validation_given =
            json_get_number(place, "validation", 0, 0.9, &fit->validation);
        return;
    }
    if (!json_get_object(place, "validation", &inside))
        return;
    fit->validation_given =
        json_get_number(&inside, "fraction", 0, 0.9, &fit->validation);
    json_get_text(&inside, "group", COLUMN_BYTES, &fit->validation_group);
    json_get_text(&inside, "time", COLUMN_BYTES, &fit->validation_time);
    if (fit->validation_group != NULL && fit->validation_time != NULL)
        spec_refuse(&inside, "time", "expected group or time, got both");
    json_close(&inside);
}

bool spec_get_dropout(struct json_place *place, double *out)
{
    static const struct spec_field table[] = {
        {.key = "dropout", .kind = SPEC_REAL, .max = 1, .below_max = true},
        {.key = NULL},
    };
    return spec_get_fields(place, table, (struct spec_owner){0, NULL}, out);
}

void spec_read_training(struct json_place *root, struct spec *spec)
{
    struct json_place place;
    mlp_fit_spec *fit = &spec->fit;
    mlp_training_spec *training = &fit->training;
    int choice;
    bool shuffle, restore_best;
    int64_t seed, members;

    if (!json_get_object(root, "training", &place))
        return;
    if (spec_get_name(&place, "loss", spec_losses, &choice))
        training->loss = (mlp_loss)choice;
    read_optimizer(&place, training);
    read_schedule(&place, training);
    read_batch_size(&place, training);
    spec_get_fields(&place, spec_training_fields, (struct spec_owner){0, NULL},
                    training);
    fit->dropout_given = spec_get_dropout(&place, &fit->dropout);
    fit->weight_decay_given = json_has(&place, "weight_decay");
    fit->schedule_given = json_has(&place, "schedule");
    if (spec_get_name(&place, "parametrization", spec_parametrizations,
                      &choice))
        training->parametrization = (mlp_parametrization)choice;
    if (json_get_integer(&place, "ensemble", 1, MLP_MAX_MEMBERS, &members))
        fit->n_members = (size_t)members;
    fit->calibrate_given = json_get_bool(&place, "calibrate", &fit->calibrate);
    fit->clamp_given = json_get_bool(&place, "clamp", &fit->clamp);
    read_class_weight(&place, spec);
    read_validation(&place, fit);
    read_early_stopping(&place, fit);
    if (json_get_bool(&place, "restore_best", &restore_best))
        training->keep_last = !restore_best;
    if (json_get_bool(&place, "shuffle", &shuffle))
        training->no_shuffle = !shuffle;
    if (json_get_integer(&place, "seed", 0, INT64_MAX, &seed))
        training->seed = (uint64_t)seed;
    json_close(&place);
}
