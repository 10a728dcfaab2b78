/* SPDX-License-Identifier: MIT
 *
 * What the files that parse a spec share. Nothing here is for others. */
#ifndef MLPD_SPEC_PARTS_H
#define MLPD_SPEC_PARTS_H

#include "http/json.h"
#include "training/spec.h"
#include "training/spec_tables.h"

enum { COLUMN_BYTES = 255 }; /* of a column's name */

/* The members "training" and "network" of the root. The network's layers take
 * their dropout from training, so that comes first. */
void spec_read_training(struct json_place *root, struct spec *spec);
void spec_read_network(struct json_place *root, struct spec *spec);

/* "promote" of the root. */
void spec_read_promotion(struct json_place *root, struct spec_promotion *out);

/* One of `names`, by its number; false when absent or refused. */
bool spec_get_name(struct json_place *place,
                   const char *key,
                   const char *const *names,
                   int *out);
/* The fields of `table` that `owner` has, into `base`; one that it lacks is
 * refused with the owner's name (NULL: every field belongs here). True when
 * any was there. */
struct spec_owner {
    unsigned number;
    const char *name;
};
bool spec_get_fields(struct json_place *place,
                     const struct spec_field *table,
                     struct spec_owner owner,
                     void *base);
/* "a name, or an object with a name and more": the object's place in *inside,
 * or inside->object NULL when there is only the name. */
bool spec_get_named(struct json_place *place,
                    const char *key,
                    const char *const *names,
                    int *out,
                    struct json_place *inside);

/* "dropout", in [0, 1). */
bool spec_get_dropout(struct json_place *place, double *out);

/* The value as it is, not marked as asked for; NULL: absent. */
const json_t *spec_peek(const struct json_place *place, const char *key);

/* A 422 at place/key. */
void spec_refuse(struct json_place *place,
                 const char *key,
                 const char *format,
                 ...) MLP_PRINTF(3, 4);
void spec_refuse_memory(struct json_place *place);

#endif
