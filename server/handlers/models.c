/* SPDX-License-Identifier: MIT
 *
 * /models: which models answer, what each version is, and their removal.
 * Aliases and files of models have a file of their own. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/aliases.h"
#include "handlers/app.h"
#include "handlers/author.h"
#include "handlers/handlers.h"
#include "handlers/model_json.h"
#include "handlers/model_lookup.h"
#include "handlers/time_json.h"
#include "store/registry_alias.h"
#include "store/registry_follow.h"

/* --- what the registry holds ---------------------------------------------- */

/* Copied under the registry's lock, made into JSON without it. */
struct version_row {
    char name[NAME_MAX_BYTES + 1];
    uint32_t version;
    bool latest;
    const char *task; /* NULL: it was never read so far */
    uint64_t size;
    int64_t created_ms;
};

struct version_rows {
    const char *only; /* the model's name, or NULL: all */
    struct version_row *rows;
    size_t n, capacity;
    bool failed;
};

static void
collect_one(void *context, const struct live_model *model, bool latest)
{
    struct version_rows *list = context;
    if (list->failed ||
        (list->only != NULL && strcmp(list->only, model->name) != 0))
        return;
    if (list->n == list->capacity) {
        size_t capacity = list->capacity * 2 + 16;
        struct version_row *rows =
            reallocarray(list->rows, capacity, sizeof *rows);
        list->failed = rows == NULL;
        if (list->failed)
            return;
        list->rows = rows;
        list->capacity = capacity;
    }
    struct version_row *row = &list->rows[list->n++];
    *row = (struct version_row){
        .version = model->version,
        .latest = latest,
        .task = model->task,
        .size = model->size,
        .created_ms = model->created_ms,
    };
    memcpy(row->name, model->name, sizeof row->name);
}

/* False with a problem: no memory, or there is no such model. */
static bool collect(struct http_request *request,
                    const char *only,
                    struct version_rows *list,
                    struct problem *problem)
{
    struct app *app = request_app(request);
    *list = (struct version_rows){.only = only};
    if (only != NULL && !model_check_name(only, problem))
        return false;
    registry_each(app->registry, collect_one, list);
    if (list->failed)
        problem_set(problem, PROBLEM_OVERLOADED, NULL, "out of memory");
    else if (only != NULL && list->n == 0)
        problem_set(problem, PROBLEM_NOT_FOUND, NULL, "there is no model '%s'",
                    only);
    return !problem_is_set(problem);
}

/* Consumes json. */
static void answer(struct http_request *request,
                   json_t *json,
                   const struct problem *problem)
{
    if (!problem_is_set(problem)) {
        request_reply(request, reply_json(200, json));
        return;
    }
    json_decref(json);
    request_fail(request, problem);
}

/* --- lists ---------------------------------------------------------------- */

/* The numbers of the model whose rows begin at *i, which ends behind them;
 * *latest is the row of the latest. */
static json_t *numbers(const struct version_rows *list,
                       size_t *i,
                       const struct version_row **latest)
{
    const char *name = list->rows[*i].name;
    json_t *array = json_array();
    *latest = &list->rows[*i];
    for (; *i < list->n && strcmp(list->rows[*i].name, name) == 0; ++*i) {
        const struct version_row *row = &list->rows[*i];
        (void)json_array_append_new(array,
                                    json_integer((json_int_t)row->version));
        if (row->latest)
            *latest = row;
    }
    return array;
}

static void add_refused(void *context, const char *file, const char *reason)
{
    /* A file's name may be no UTF-8: NULL, and the reason stands alone. */
    json_t *name = json_string(file);
    (void)json_array_append_new(context,
                                json_pack("{s:o, s:s}", "file",
                                          name != NULL ? name : json_null(),
                                          "reason", reason));
}

/* What a replica found in its folder and does not serve. */
static json_t *list_of(struct app *app, json_t *models)
{
    json_t *list = json_pack("{s:o}", "models", models);
    json_t *refused = app->read_only ? json_array() : NULL;
    if (refused == NULL)
        return list;
    (void)registry_each_refused(app->registry, add_refused, refused);
    (void)json_object_set_new(list, "refused", refused);
    return list;
}

void model_list(struct http_request *request)
{
    struct problem problem = {0};
    struct version_rows list;
    json_t *models = json_array();
    (void)collect(request, NULL, &list, &problem);
    for (size_t i = 0; i < list.n;) {
        const struct version_row *latest;
        json_t *versions = numbers(&list, &i, &latest);
        (void)json_array_append_new(
            models,
            json_pack("{s:s, s:I, s:o, s:o, s:s?, s:o}", "name", latest->name,
                      "latest", (json_int_t)latest->version, "versions",
                      versions, "aliases",
                      aliases_json(request_app(request), latest->name), "task",
                      latest->task, "created_at",
                      time_json(latest->created_ms)));
    }
    free(list.rows);
    answer(request, list_of(request_app(request), models), &problem);
}

static json_t *version_brief(const struct version_row *row)
{
    return json_pack("{s:I, s:I, s:o}", "version", (json_int_t)row->version,
                     "size_bytes", (json_int_t)row->size, "created_at",
                     time_json(row->created_ms));
}

void model_list_versions(struct http_request *request)
{
    struct problem problem = {0};
    struct version_rows list;
    json_t *versions = json_array();
    json_int_t latest = 0;
    (void)collect(request, request_segment(request, "model"), &list, &problem);
    for (size_t i = 0; i < list.n; i++) {
        (void)json_array_append_new(versions, version_brief(&list.rows[i]));
        if (list.rows[i].latest)
            latest = (json_int_t)list.rows[i].version;
    }
    free(list.rows);
    answer(request,
           json_pack("{s:s, s:I, s:o}", "name",
                     request_segment(request, "model"), "latest", latest,
                     "versions", versions),
           &problem);
}

/* --- one ------------------------------------------------------------------ */

void model_get(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct version_rows list = {0};
    json_t *json = NULL;
    struct live_model *live = model_of_path(request, &problem);
    if (live != NULL && collect(request, live->name, &list, &problem)) {
        const struct version_row *latest;
        size_t i = 0;
        json = json_pack("{s:s, s:I, s:o, s:o}", "name", live->name, "latest",
                         (json_int_t)live->version, "versions",
                         numbers(&list, &i, &latest), "aliases",
                         aliases_json(app, live->name));
        if (json != NULL && !model_json_describe(json, live)) {
            json_decref(json);
            json = NULL;
        }
    }
    free(list.rows);
    if (live != NULL)
        registry_release(app->registry, live);
    answer(request, json, &problem);
}

void model_get_version(struct http_request *request)
{
    struct app *app = request_app(request);
    struct problem problem = {0};
    struct live_model *live = model_of_path(request, &problem);
    json_t *json = live == NULL ? NULL : model_version_json(live);
    if (live != NULL)
        registry_release(app->registry, live);
    answer(request, json, &problem);
}

/* --- removal -------------------------------------------------------------- */

/* What an alias names is in use. False with a problem. */
static bool check_unnamed(struct app *app,
                          const char *name,
                          uint32_t version,
                          struct problem *problem)
{
    struct model_alias alias;
    if (!registry_alias_of(app->registry, name, version, &alias))
        return true;
    problem_set(problem, PROBLEM_CONFLICT, NULL,
                "the alias '%s' names version %" PRIu32
                " of model '%s': move or delete it first",
                alias.name, version, name);
    return false;
}

static void
first_alias(void *context, const char *model, const struct model_alias *alias)
{
    struct model_alias *first = context;
    (void)model;
    if (first->name[0] == '\0')
        *first = *alias;
}

static bool check_unnamed_all(struct http_request *request,
                              const char *name,
                              struct problem *problem)
{
    struct app *app = request_app(request);
    struct model_alias alias = {.name = ""};
    if (request_query_flag(request, "force", problem) ||
        problem_is_set(problem))
        return !problem_is_set(problem);
    registry_each_alias(app->registry, name, first_alias, &alias);
    if (alias.name[0] == '\0')
        return true;
    problem_set(problem, PROBLEM_CONFLICT, NULL,
                "the alias '%s' names version %" PRIu32
                " of model '%s': ?force=1 deletes the model with its aliases",
                alias.name, alias.version, name);
    return false;
}

/* What the path means, if it may go: 0 is all of them. False with a problem. */
static bool find_deletable(struct http_request *request,
                           uint32_t *version,
                           struct problem *problem)
{
    struct app *app = request_app(request);
    const char *name = request_segment(request, "model");
    struct model_at at;
    *version = 0;
    if (!model_check_path(request, &at, problem))
        return false;
    if (request_segment(request, "version") == NULL)
        return check_unnamed_all(request, name, problem);
    *version = model_find_at(app, name, at, problem);
    return *version != 0 && check_unnamed(app, name, *version, problem);
}

/* One version, or with a path that names none all of them. */
void model_delete(struct http_request *request)
{
    struct app *app = request_app(request);
    const struct audit_author author = author_of(request);
    struct problem problem = {0};
    const char *name = request_segment(request, "model");
    uint32_t version;
    mlp_error err;
    mlp_status status = MLP_OK;
    if (find_deletable(request, &version, &problem)) {
        status = jobs_settle(app->jobs, name, &err);
        if (status == MLP_OK)
            status =
                registry_remove(app->registry, name, version, &author, &err);
    }
    if (status == MLP_INVALID)
        model_unknown(app, name, (struct model_at){.version = version},
                      &problem);
    else if (status != MLP_OK)
        problem_from_error(&problem, NULL, &err);
    if (problem_is_set(&problem))
        request_fail(request, &problem);
    else
        request_reply(request, reply_empty(204));
}
