/* SPDX-License-Identifier: MIT */
#include "handlers/compare_score.h"

/* null where there is none. */
static json_t *or_null(json_t *value)
{
    return value != NULL ? json_incref(value) : json_null();
}

json_t *compare_pair_json(json_t *a, json_t *b)
{
    return json_pack("{s:o, s:o}", "a", or_null(a), "b", or_null(b));
}

/* Which is better; an equal one is not. */
static const char *better(const struct spec_score *score, double a, double b)
{
    if (a == b)
        return NULL;
    return (b > a) == score->higher ? "b" : "a";
}

json_t *
compare_score_json(const struct spec_score *score, json_t *of_a, json_t *of_b)
{
    json_t *object = compare_pair_json(of_a, of_b);

    if (!json_is_number(of_a) || !json_is_number(of_b)) {
        (void)json_object_set_new(object, "difference", json_null());
        (void)json_object_set_new(object, "better", json_null());
        return object;
    }
    double a = json_number_value(of_a);
    double b = json_number_value(of_b);
    const char *word = better(score, a, b);
    json_t *difference = json_real(b - a); /* NULL: beyond a double */
    (void)json_object_set_new(object, "difference",
                              difference != NULL ? difference : json_null());
    (void)json_object_set_new(object, "better",
                              word != NULL ? json_string(word) : json_null());
    return object;
}
