/* SPDX-License-Identifier: MIT
 *
 * Getters that know what they expect, where it is, and what they found. */
#include "http/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "http/json_text.h"
#include "mlp/json.h"

/* Bytes of a client's text that an error repeats. */
enum { ECHO_MAX_BYTES = 40 };

struct parse {
    struct json_tree tree;
    struct problem *problem;
};

static mlp_status
on_token(void *context, const mlp_json_token *token, mlp_error *err)
{
    (void)err;
    struct parse *parse = context;
    return json_tree_push(&parse->tree, token, parse->problem) ? MLP_OK
                                                               : MLP_INVALID;
}

json_t *json_parse(const char *text, size_t length, struct problem *problem)
{
    struct parse parse = {.problem = problem};
    mlp_error err = {0};
    json_t *root = NULL;
    json_tree_init(&parse.tree, length);
    if (mlp_json_read(text, length, on_token, &parse, JSON_TREE_MAX_DEPTH + 1,
                      &err) != MLP_OK) {
        if (!problem_is_set(problem))
            problem_from_error(problem, NULL, &err);
    } else if (!json_is_object(parse.tree.root)) {
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "the body is no JSON object");
    } else {
        root = json_incref(parse.tree.root);
    }
    json_tree_free(&parse.tree);
    return root;
}

json_t *json_read(const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);
    struct problem problem = {0};
    struct parse parse = {.problem = &problem};
    json_t *root = NULL;
    json_tree_init(&parse.tree, length);
    parse.tree.max_nodes = SIZE_MAX;
    if (length > 0 && mlp_json_read(text, length, on_token, &parse,
                                    JSON_TREE_MAX_DEPTH + 1, NULL) == MLP_OK)
        root = json_incref(parse.tree.root);
    json_tree_free(&parse.tree);
    return root;
}

/* "a list", "the text \"sgd\"", "0.5", …, for "found %s". */
static void describe(const json_t *value, char *out, size_t size)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",
        [JSON_STRING] = "a text",    [JSON_INTEGER] = "a number",
        [JSON_REAL] = "a number",    [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };
    mlp_buffer text;
    mlp_buffer_init(&text, 4 * ECHO_MAX_BYTES);
    bool scalar = json_is_number(value) || json_is_string(value);
    if (scalar && json_string_length(value) <= ECHO_MAX_BYTES)
        json_text_write(&text, value);
    bool written = text.length > 0 && text.status == MLP_OK;
    snprintf(out, size, "%s%s",
             json_is_string(value) && written ? "the text " : "",
             written ? text.data : names[json_typeof(value)]);
    mlp_buffer_free(&text);
}

void json_pointer(const struct json_place *place,
                  const char *key,
                  char *out,
                  size_t size)
{
    size_t n = strnlen(place->pointer, size - 1);
    memcpy(out, place->pointer, n);
    out[n] = '\0';
    json_pointer_append(out, size, key);
}

struct json_place json_root(const json_t *object, struct problem *problem)
{
    return (struct json_place){.object = object, .problem = problem};
}

bool json_has(const struct json_place *place, const char *key)
{
    const json_t *value = json_object_get(place->object, key);
    return value != NULL && !json_is_null(value);
}

const json_t *json_get(struct json_place *place, const char *key)
{
    assert(place->n_asked < JSON_KEYS_MAX);
    place->asked[place->n_asked++] = key;
    return json_object_get(place->object, key);
}

/* The value to read, or NULL: absent, null, or there is a problem already. */
static const json_t *wanted(struct json_place *place, const char *key)
{
    const json_t *value = json_get(place, key);
    return problem_is_set(place->problem) || json_is_null(value) ? NULL : value;
}

/* "/training/epochs: expected <what>, found "many"". Always false. */
MLP_PRINTF(4, 5)
static bool refuse(struct json_place *place,
                   const char *key,
                   const json_t *found,
                   const char *format,
                   ...)
{
    char pointer[sizeof place->problem->pointer];
    char what[128], value[5 * ECHO_MAX_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    json_pointer(place, key, pointer, sizeof pointer);
    describe(found, value, sizeof value);
    problem_set(place->problem, PROBLEM_INVALID, pointer,
                "%s: expected %s, found %s", pointer, what, value);
    return false;
}

bool json_get_object(struct json_place *place,
                     const char *key,
                     struct json_place *out)
{
    const json_t *value = wanted(place, key);
    if (value == NULL)
        return false;
    if (!json_is_object(value))
        return refuse(place, key, value, "an object");
    *out = json_root(value, place->problem);
    json_pointer(place, key, out->pointer, sizeof out->pointer);
    return true;
}

bool json_get_list(struct json_place *place,
                   const char *key,
                   size_t min,
                   size_t max,
                   const json_t **out)
{
    const json_t *value = wanted(place, key);
    if (value == NULL)
        return false;
    if (!json_is_array(value))
        return refuse(place, key, value, "a list");
    size_t n = json_array_size(value);
    if (n < min || n > max) {
        char pointer[sizeof place->problem->pointer];
        json_pointer(place, key, pointer, sizeof pointer);
        problem_set(place->problem, PROBLEM_INVALID, pointer,
                    "%s: expected %zu to %zu items, found %zu", pointer, min,
                    max, n);
        return false;
    }
    *out = value;
    return true;
}

enum { INDEX_BYTES = 24 };

static const char *index_text(size_t i, char digits[INDEX_BYTES])
{
    char *p = digits + INDEX_BYTES - 1;
    *p = '\0';
    do
        *--p = (char)('0' + i % 10);
    while ((i /= 10) > 0);
    return p;
}

bool json_item_object(struct json_place *place,
                      const char *key,
                      const json_t *list,
                      size_t i,
                      struct json_place *out)
{
    if (problem_is_set(place->problem))
        return false;
    const json_t *item = json_array_get(list, i);
    struct json_place parent = json_root(NULL, place->problem);
    char digits[INDEX_BYTES];
    const char *index = index_text(i, digits);
    json_pointer(place, key, parent.pointer, sizeof parent.pointer);
    if (!json_is_object(item))
        return refuse(&parent, index, item, "an object");
    *out = json_root(item, place->problem);
    json_pointer(&parent, index, out->pointer, sizeof out->pointer);
    return true;
}

bool json_get_bool(struct json_place *place, const char *key, bool *out)
{
    const json_t *value = wanted(place, key);
    if (value == NULL)
        return false;
    if (!json_is_boolean(value))
        return refuse(place, key, value, "true or false");
    *out = json_is_true(value);
    return true;
}

/* 2^63: what int64_t does not hold any more. */
#define INT64_END 9223372036854775808.0

static bool whole(const json_t *value, int64_t *out)
{
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    double real = json_real_value(value);
    if (!json_is_real(value) || floor(real) != real || real >= INT64_END ||
        real < -INT64_END)
        return false;
    *out = (int64_t)real;
    return true;
}

bool json_get_integer(struct json_place *place,
                      const char *key,
                      int64_t min,
                      int64_t max,
                      int64_t *out)
{
    const json_t *value = wanted(place, key);
    int64_t number = 0;
    if (value == NULL)
        return false;
    if (!whole(value, &number) || number < min || number > max)
        return refuse(place, key, value,
                      "a whole number from %" PRId64 " to %" PRId64, min, max);
    *out = number;
    return true;
}

bool json_get_number(struct json_place *place,
                     const char *key,
                     double min,
                     double max,
                     double *out)
{
    const json_t *value = wanted(place, key);
    if (value == NULL)
        return false;
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= min && number <= max))
        return refuse(place, key, value, "a number from %.15g to %.15g", min,
                      max);
    *out = number;
    return true;
}

bool json_get_text(struct json_place *place,
                   const char *key,
                   size_t max_bytes,
                   const char **out)
{
    const json_t *value = wanted(place, key);
    if (value == NULL)
        return false;
    if (!json_is_string(value) || json_string_length(value) > max_bytes)
        return refuse(place, key, value, "a text of at most %zu bytes",
                      max_bytes);
    *out = json_string_value(value);
    return true;
}

static bool was_asked(const struct json_place *place, const char *key)
{
    for (size_t i = 0; i < place->n_asked; i++)
        if (strcmp(place->asked[i], key) == 0)
            return true;
    return false;
}

static void refuse_key(struct json_place *place, const char *key)
{
    char pointer[sizeof place->problem->pointer];
    char known[256] = "";
    size_t n = 0;
    for (size_t i = 0; i < place->n_asked && n < sizeof known; i++)
        n += (size_t)snprintf(known + n, sizeof known - n, "%s%s",
                              i > 0 ? ", " : "", place->asked[i]);
    json_pointer(place, key, pointer, sizeof pointer);
    problem_set(place->problem, PROBLEM_UNKNOWN_KEY, pointer,
                "%.100s is not known; the keys here are: %s", pointer, known);
}

void json_close(struct json_place *place)
{
    union {
        const json_t *in;
        json_t *out;
    } object = {.in = place->object}; /* iterating writes nothing */
    const char *key;
    json_t *value;
    if (problem_is_set(place->problem))
        return;
    json_object_foreach(object.out, key, value)
    {
        if (was_asked(place, key))
            continue;
        refuse_key(place, key);
        return;
    }
}
