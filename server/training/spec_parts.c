/* SPDX-License-Identifier: MIT
 *
 * Getters of a spec beyond those of http/json.h: names out of a table, numbers
 * out of a table. */
#include "training/spec_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { POINTER_BYTES = 128, DETAIL_BYTES = 384, NAME_BYTES = 64 };

void spec_refuse(struct json_place *place,
                 const char *key,
                 const char *format,
                 ...)
{
    char pointer[POINTER_BYTES], detail[DETAIL_BYTES];
    va_list arguments;

    json_pointer(place, key, pointer, sizeof pointer);
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    problem_set(place->problem, PROBLEM_INVALID, pointer, "%s: %s", pointer,
                detail);
}

void spec_refuse_memory(struct json_place *place)
{
    problem_set(place->problem, PROBLEM_OVERLOADED, NULL,
                "no memory to read the settings");
}

const json_t *spec_peek(const struct json_place *place, const char *key)
{
    return json_object_get(place->object, key);
}

static void join_names(const char *const *names, char *out, size_t size)
{
    size_t length = 0;

    out[0] = '\0';
    for (size_t i = 0; names[i] != NULL && length < size; i++)
        length += (size_t)snprintf(out + length, size - length, "%s%s",
                                   i == 0 ? "" : ", ", names[i]);
}

bool spec_get_name(struct json_place *place,
                   const char *key,
                   const char *const *names,
                   int *out)
{
    const char *text;
    char known[DETAIL_BYTES / 2];

    if (!json_get_text(place, key, NAME_BYTES, &text))
        return false;
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], text) == 0) {
            *out = i;
            return true;
        }
    }
    join_names(names, known, sizeof known);
    spec_refuse(place, key, "expected one of %s, got '%s'", known, text);
    return false;
}

bool spec_get_named(struct json_place *place,
                    const char *key,
                    const char *const *names,
                    int *out,
                    struct json_place *inside)
{
    const json_t *value = spec_peek(place, key);

    inside->object = NULL;
    if (json_is_string(value))
        return spec_get_name(place, key, names, out);
    if (json_is_object(value)) {
        if (!json_get_object(place, key, inside))
            return false;
        if (!spec_get_name(inside, "name", names, out))
            spec_refuse(inside, "name", "expected a name, got none");
        return !problem_is_set(place->problem);
    }
    json_get(place, key);
    if (value != NULL && !json_is_null(value))
        spec_refuse(place, key, "expected a name, or an object with a name");
    return false;
}

static void refuse_range(struct json_place *place,
                         const struct spec_field *field,
                         double value)
{
    spec_refuse(place, field->key,
                "expected a number %s %.15g and %s %.15g, got %.15g",
                field->above_min ? "above" : "at least", field->min,
                field->below_max ? "below" : "at most", field->max, value);
}

static bool get_count(struct json_place *place,
                      const struct spec_field *field,
                      void *target)
{
    int64_t count;

    if (!json_get_integer(place, field->key, (int64_t)field->min,
                          (int64_t)field->max, &count))
        return false;
    memcpy(target, &(size_t){(size_t)count}, sizeof(size_t));
    return true;
}

/* json_get_number() knows no open ends. */
static bool
get_real(struct json_place *place, const struct spec_field *field, void *target)
{
    double real = json_number_value(spec_peek(place, field->key));

    if (json_is_number(spec_peek(place, field->key)) &&
        !spec_field_allows(field, real))
        refuse_range(place, field, real);
    if (!json_get_number(place, field->key, field->min, field->max, &real))
        return false;
    memcpy(target, &real, sizeof real);
    return true;
}

bool spec_get_fields(struct json_place *place,
                     const struct spec_field *table,
                     struct spec_owner owner,
                     void *base)
{
    bool any = false;

    for (const struct spec_field *field = table; field->key; field++) {
        void *target = (char *)base + field->offset;
        if (field->kind == SPEC_COUNT ? !get_count(place, field, target)
                                      : !get_real(place, field, target))
            continue;
        any = true;
        if (owner.name != NULL && !spec_field_has_owner(field, owner.number))
            spec_refuse(place, field->key, "%s has no %s", owner.name,
                        field->key);
    }
    return any;
}
