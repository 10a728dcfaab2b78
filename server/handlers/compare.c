/* SPDX-License-Identifier: MIT
 *
 * GET /models/NAME/compare?a=3&b=production: two versions side by side, made
 * from what each says of itself. Differences are b's from a's point of view. */
#include <string.h>

#include "handlers/compare_score.h"
#include "handlers/handlers.h"
#include "handlers/model_json.h"
#include "handlers/model_lookup.h"

/* --- one beside the other ------------------------------------------------- */

static const char *const brief_keys[] = {
    "version",    "task",   "network",    "parameters", "data",
    "size_bytes", "sha256", "created_at", NULL};

static json_t *brief(const json_t *version)
{
    json_t *object = json_object();

    for (size_t i = 0; brief_keys[i] != NULL; i++)
        (void)json_object_set(object, brief_keys[i],
                              json_object_get(version, brief_keys[i]));
    return object;
}

/* --- scores --------------------------------------------------------------- */

static json_t *member(const json_t *version, const char *rows, const char *key)
{
    const json_t *scores = json_object_get(version, "scores");

    return json_object_get(json_object_get(scores, rows), key);
}

/* Of the rows held out, or the training's: what either version has. */
static json_t *scores_of(const json_t *a, const json_t *b, const char *rows)
{
    json_t *object = json_object();

    (void)json_object_set_new(
        object, "rows",
        compare_pair_json(member(a, rows, "rows"), member(b, rows, "rows")));
    for (size_t i = 0; spec_scores[i].key != NULL; i++) {
        const char *key = spec_scores[i].key;
        json_t *of_a = member(a, rows, key);
        json_t *of_b = member(b, rows, key);
        if (of_a != NULL || of_b != NULL)
            (void)json_object_set_new(
                object, key, compare_score_json(&spec_scores[i], of_a, of_b));
    }
    return object;
}

/* --- columns -------------------------------------------------------------- */

static json_t *set_of(const json_t *names)
{
    json_t *set = json_object();
    json_t *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        (void)json_object_set_new(set, json_string_value(name), json_true());
    }
    return set;
}

/* The names that are not in the other list. */
static json_t *only_in(const json_t *names, const json_t *others)
{
    json_t *set = set_of(others);
    json_t *list = json_array();
    json_t *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        if (json_object_get(set, json_string_value(name)) == NULL)
            (void)json_array_append(list, name);
    }
    json_decref(set);
    return list;
}

static json_t *columns(const json_t *a, const json_t *b)
{
    const json_t *of_a = json_object_get(a, "features");
    const json_t *of_b = json_object_get(b, "features");

    return json_pack("{s:o, s:o}", "added", only_in(of_b, of_a), "removed",
                     only_in(of_a, of_b));
}

/* --- settings ------------------------------------------------------------- */

/* The JSON pointer of a member; NULL: no memory. */
static json_t *below(const char *pointer, const char *key)
{
    mlp_buffer text;

    mlp_buffer_init(&text, SIZE_MAX);
    mlp_buffer_text(&text, pointer);
    mlp_buffer_text(&text, "/");
    for (const char *at = key; *at != '\0'; at++)
        if (*at == '~' || *at == '/')
            mlp_buffer_text(&text, *at == '~' ? "~0" : "~1");
        else
            mlp_buffer_append(&text, at, 1);
    json_t *string =
        text.status == MLP_OK ? json_stringn(text.data, text.length) : NULL;
    mlp_buffer_free(&text);
    return string;
}

static void differ(json_t *list, const char *pointer, json_t *a, json_t *b);

/* Both are objects: those members that differ. A record was parsed with an end
 * to its depth, which is this one's, too. */
static void differ_inside(json_t *list,
                          const char *pointer,
                          json_t *a,
                          json_t *b) /* NOLINT(misc-no-recursion) */
{
    const char *key;
    json_t *value;
    json_t *keys = json_copy(a);

    (void)json_object_update_missing(keys, b);
    json_object_foreach(keys, key, value)
    {
        json_t *place = below(pointer, key);
        if (place != NULL)
            differ(list, json_string_value(place), json_object_get(a, key),
                   json_object_get(b, key));
        json_decref(place);
    }
    json_decref(keys);
}

static void differ(json_t *list,
                   const char *pointer,
                   json_t *a,
                   json_t *b) /* NOLINT(misc-no-recursion) */
{
    if (json_is_object(a) && json_is_object(b)) {
        differ_inside(list, pointer, a, b);
    } else if (a == NULL || b == NULL || !json_equal(a, b)) {
        json_t *entry = compare_pair_json(a, b);
        (void)json_object_set_new(entry, "pointer", json_string(pointer));
        (void)json_array_append_new(list, entry);
    }
}

static const char *const compared_keys[] = {
    "task", "targets", "classes", "scaling", "network", "spec", NULL};

static json_t *differences(const json_t *a, const json_t *b)
{
    json_t *list = json_array();

    for (size_t i = 0; compared_keys[i] != NULL; i++) {
        json_t *place = below("", compared_keys[i]);
        if (place != NULL)
            differ(list, json_string_value(place),
                   json_object_get(a, compared_keys[i]),
                   json_object_get(b, compared_keys[i]));
        json_decref(place);
    }
    return list;
}

/* --- all of it ------------------------------------------------------------ */

/* Were both learnt from the same table? null: one does not say. */
static json_t *same_data(const json_t *a, const json_t *b)
{
    const json_t *of_a = json_object_get(json_object_get(a, "data"), "sha256");
    const json_t *of_b = json_object_get(json_object_get(b, "data"), "sha256");

    return of_a == NULL || of_b == NULL ? json_null()
                                        : json_boolean(json_equal(of_a, of_b));
}

static json_t *comparison(const char *name, const json_t *a, const json_t *b)
{
    /* clang-format off */
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:{s:o, s:o}, s:o, s:o}",
        "model", name,
        "a", brief(a),
        "b", brief(b),
        "same_data", same_data(a, b),
        "scores",
            "validation", scores_of(a, b, "validation"),
            "train", scores_of(a, b, "train"),
        "columns", columns(a, b),
        "differences", differences(a, b));
    /* clang-format on */
}

/* What the version in the query says of itself; NULL with a problem. */
static json_t *
side(struct http_request *request, const char *key, struct problem *problem)
{
    struct app *app = request_app(request);
    struct model_at at = {0};

    model_query_due(request, key, &at, problem);
    if (problem_is_set(problem))
        return NULL;
    struct live_model *live =
        model_borrow(app, request_segment(request, "model"), at, problem);
    if (live == NULL)
        return NULL;
    json_t *json = model_version_json(live);
    registry_release(app->registry, live);
    if (json == NULL)
        problem_set(problem, PROBLEM_OVERLOADED, NULL, "out of memory");
    return json;
}

void model_compare(struct http_request *request)
{
    struct problem problem = {0};
    json_t *a = side(request, "a", &problem);
    json_t *b = a != NULL ? side(request, "b", &problem) : NULL;

    if (b != NULL)
        request_reply(
            request,
            reply_json(200,
                       comparison(request_segment(request, "model"), a, b)));
    else
        request_fail(request, &problem);
    json_decref(a);
    json_decref(b);
}
