/* SPDX-License-Identifier: MIT
 *
 * The settings of a training run, between JSON and the engine's own struct.
 * Both ways read the same tables, and what is written reads back to itself: a
 * resolved spec is a job's durable memory and the training record of its
 * model. Nothing is chosen here; what is left open the engine resolves. */
#ifndef MLPD_SPEC_H
#define MLPD_SPEC_H

#include <jansson.h>
#include <stdint.h>

#include "http/problem.h"
#include "mlp/buffer.h"
#include "mlp/fit.h"
#include "store/names.h"

struct spec_score;

/* "promote": an alias that is to name the version that is made, and when. */
struct spec_promotion {
    const char *alias;              /* NULL: nothing is promoted */
    const struct spec_score *score; /* by which; NULL: in any case */
    bool held_out; /* that of the rows held out, else of the training's */
    const char *better_than; /* the alias whose version's it must beat, or … */
    double bound;            /* … the number, with better_than NULL */
    double min_delta;        /* by more than this */
};

/* The caller's storage. Texts are those of the JSON tree, which must stay until
 * spec_free(); arrays are the spec's. */
struct spec {
    mlp_fit_spec fit;  /* `from` stays NULL: who has the registry fills it */
    const char *model; /* NULL: not given */
    const char *dataset,
        *target_dataset;           /* where the table came from, or NULL */
    char from[NAME_MAX_BYTES + 1]; /* "": from fresh weights */
    uint32_t from_version;         /* 0: the latest, or … */
    char from_alias[ALIAS_MAX_BYTES + 1]; /* "": from_version */

    struct spec_promotion promotion;

    const char **targets, **features, **exclude;
    mlp_column_declaration *columns; /* sorted by name */
    mlp_layer_spec *layers;
    mlp_class_weight *class_weights;
};

/* Read settings: every key of POST /train, `data` aside, whose content is the
 * handler's. An unknown key, a wrong type, a name that does not exist, a number
 * out of range: a problem with its pointer. *out is to be freed in any case.
 * Threads: any. */
void spec_parse(const json_t *settings,
                struct spec *out,
                struct problem *problem);
void spec_free(struct spec *spec);

/* Append it as one JSON object. fit must be resolved, as mlp_plan_resolved()
 * gives it, but features may be NULL: all that are no targets and not excluded.
 * Threads are written when there are some: the choice of who runs it, else.
 * Threads: any. */
void spec_write(const struct spec *spec, mlp_buffer *out);

#endif
