/* SPDX-License-Identifier: MIT
 *
 * The keys of a spec that are plain numbers or names, as data: parsing and
 * writing both walk these. */
#ifndef MLPD_SPEC_TABLES_H
#define MLPD_SPEC_TABLES_H

#include <stdbool.h>
#include <stddef.h>

/* A number at `offset` of the struct that its table is about. A value of 0 that
 * is out of range means "the engine's default" there and is not written. */
struct spec_field {
    const char *key; /* NULL ends a table */
    enum spec_kind { SPEC_REAL /* double */, SPEC_COUNT /* size_t */ } kind;
    size_t offset;
    double min, max;
    bool above_min, below_max; /* the end itself is excluded */
    unsigned owners; /* bits of the optimizers or schedules that have it; 0:
                        every one */
};

extern const struct spec_field spec_training_fields[];  /* mlp_training_spec */
extern const struct spec_field spec_optimizer_fields[]; /* …optimizer_spec */
extern const struct spec_field spec_schedule_fields[];  /* …schedule_spec */
extern const struct spec_field spec_stopping_fields[];  /* mlp_training_spec */

/* Figures of a training record (score_json.c) that versions are compared by. */
struct spec_score {
    const char *key; /* NULL ends the table */
    bool higher;     /* is better */
    unsigned tasks;  /* bits of the tasks that have it */
    bool held_out;   /* of the rows held out alone */
};
extern const struct spec_score spec_scores[];

bool spec_field_has_owner(const struct spec_field *field, unsigned owner);
bool spec_field_allows(const struct spec_field *field, double value);

/* Names by their enumerator's number, NULL-terminated. */
extern const char *const spec_tasks[];
extern const char *const spec_scalings[];
extern const char *const spec_activations[];
extern const char *const spec_outputs[];
extern const char *const spec_initializers[];
extern const char *const spec_losses[];
extern const char *const spec_optimizers[];
extern const char *const spec_schedules[];
extern const char *const spec_parametrizations[];
extern const char *const spec_numeric_embeddings[];
extern const char *const spec_qualities[];
extern const char *const spec_kinds[];

#endif
