/* SPDX-License-Identifier: MIT
 *
 * Reading a jansson tree as a contract: each getter checks presence, type and
 * range, and names the place by its JSON pointer. Keys that nobody asked for
 * are refused. */
#ifndef MLPD_JSON_H
#define MLPD_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/problem.h"

/* Parse a control document: an object, no duplicate keys, depth ≤ 32. A
 * malformed one is a 400 that names the byte. NULL with a problem. */
json_t *json_parse(const char *text, size_t length, struct problem *problem);

/* Any value, from a text that no client is waiting for. jansson's own parser is
 * not used for these, either: where memory ends, it writes behind its buffers
 * (2.14 and before). NULL: there is no text, it is no JSON, or no memory. */
json_t *json_read(const char *text);

enum { JSON_KEYS_MAX = 40 };

/* An object at a place. Made on the stack. All getters return false and leave
 * *out alone when the key is absent or null, and do nothing once a problem is
 * set, so that a codec reads as the list of its fields. `key` must be a
 * literal; no more than JSON_KEYS_MAX are asked for in one object. */
struct json_place {
    const json_t *object;
    struct problem *problem;
    char pointer[96]; /* "" for the root */
    const char *asked[JSON_KEYS_MAX];
    size_t n_asked;
};

struct json_place json_root(const json_t *object, struct problem *problem);
bool json_get_object(struct json_place *place,
                     const char *key,
                     struct json_place *out);
/* A list of at least min and at most max items. */
bool json_get_list(struct json_place *place,
                   const char *key,
                   size_t min,
                   size_t max,
                   const json_t **out);
/* Item i of such a list as an object at its place: "/layers/2". */
bool json_item_object(struct json_place *place,
                      const char *key,
                      const json_t *list,
                      size_t i,
                      struct json_place *out);
bool json_get_bool(struct json_place *place, const char *key, bool *out);
/* Whole numbers only; 3.0 counts as whole. */
bool json_get_integer(struct json_place *place,
                      const char *key,
                      int64_t min,
                      int64_t max,
                      int64_t *out);
/* Integer or real, finite, in [min, max]. */
bool json_get_number(struct json_place *place,
                     const char *key,
                     double min,
                     double max,
                     double *out);
/* Valid as long as the tree. At most max_bytes. */
bool json_get_text(struct json_place *place,
                   const char *key,
                   size_t max_bytes,
                   const char **out);
/* Any value, marked as asked for. */
const json_t *json_get(struct json_place *place, const char *key);
/* Refuse the first key that nobody asked for (422 unknown-key, names the keys
 * that are known). */
void json_close(struct json_place *place);
/* Is the key there, with another value than null? Marks nothing. */
bool json_has(const struct json_place *place, const char *key);
/* "<pointer>/<key>" with ~ and / escaped, into out. */
void json_pointer(const struct json_place *place,
                  const char *key,
                  char *out,
                  size_t size);

#endif
