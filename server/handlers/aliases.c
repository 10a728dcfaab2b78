/* SPDX-License-Identifier: MIT
 *
 * /models/NAME/aliases: names for versions, which move in one step. A version
 * that sleeps is read before an alias comes to name it, so that nobody who asks
 * for the alias has to wait.
 *
 *   loop: what is asked?  →  pool: read the version  →  loop: move, answer */
#include "handlers/aliases.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/author.h"
#include "handlers/handlers.h"
#include "handlers/model_lookup.h"
#include "handlers/time_json.h"
#include "http/json.h"
#include "store/registry_alias.h"

enum { BODY_MAX_BYTES = 4096 };

/* --- showing -------------------------------------------------------------- */

static json_t *number_or_null(uint32_t version)
{
    return version == 0 ? json_null() : json_integer((json_int_t)version);
}

static json_t *alias_json(const char *model, const struct model_alias *alias)
{
    return json_pack("{s:s, s:s, s:I, s:o, s:o}", "model", model, "alias",
                     alias->name, "version", (json_int_t)alias->version,
                     "previous", number_or_null(alias->previous), "changed_at",
                     time_json(alias->changed_ms));
}

/* An answer that says where the alias is, with the tag for If-Match. */
static struct http_reply *
alias_reply(int status, const char *model, const struct model_alias *alias)
{
    return reply_header(reply_json(status, alias_json(model, alias)), "ETag",
                        "\"%" PRIu32 "\"", alias->version);
}

/* Copied under the registry's lock, made into JSON without it. */
struct alias_rows {
    size_t n;
    struct model_alias rows[ALIASES_MAX];
};

static void
collect_alias(void *context, const char *model, const struct model_alias *alias)
{
    struct alias_rows *rows = context;
    (void)model;
    if (rows->n < ALIASES_MAX)
        rows->rows[rows->n++] = *alias;
}

static void collect(struct app *app, const char *model, struct alias_rows *rows)
{
    rows->n = 0;
    registry_each_alias(app->registry, model, collect_alias, rows);
}

json_t *aliases_json(struct app *app, const char *model)
{
    struct alias_rows rows;
    json_t *object = json_object();
    collect(app, model, &rows);
    for (size_t i = 0; i < rows.n; i++)
        (void)json_object_set_new(
            object, rows.rows[i].name,
            json_integer((json_int_t)rows.rows[i].version));
    return object;
}

void alias_list(struct http_request *request)
{
    struct app *app = request_app(request);
    const char *model = request_segment(request, "model");
    struct problem problem = {0};
    struct alias_rows rows = {.n = 0};
    if (model_check_name(model, &problem)) {
        collect(app, model, &rows);
        if (rows.n == 0 && registry_latest(app->registry, model) == 0)
            model_unknown(app, model, (struct model_at){0}, &problem);
    }
    if (problem_is_set(&problem)) {
        request_fail(request, &problem);
        return;
    }
    json_t *aliases = json_array();
    for (size_t i = 0; i < rows.n; i++)
        (void)json_array_append_new(aliases, alias_json(model, &rows.rows[i]));
    request_reply(request,
                  reply_json(200, json_pack("{s:s, s:o}", "model", model,
                                            "aliases", aliases)));
}

/* --- what the path names -------------------------------------------------- */

/* Are they a model's and an alias's name? */
static bool check_path(const struct http_request *request,
                       struct problem *problem)
{
    const char *alias = request_segment(request, "alias");
    if (!model_check_name(request_segment(request, "model"), problem))
        return false;
    if (!alias_is_valid(alias))
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "'%.64s' is not an alias: " ALIAS_RULE, alias);
    else if (strcmp(alias, ALIAS_LATEST) == 0)
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "'" ALIAS_LATEST
                    "' is the latest version, wherever a version is asked "
                    "for: it cannot be moved");
    return !problem_is_set(problem);
}

/* The alias that the path names, as it is. False with a problem. */
static bool find(struct http_request *request,
                 struct model_alias *out,
                 struct problem *problem)
{
    struct app *app = request_app(request);
    const char *model = request_segment(request, "model");
    const char *alias = request_segment(request, "alias");
    if (!check_path(request, problem))
        return false;
    if (registry_alias(app->registry, model, alias, out))
        return true;
    model_unknown(app, model, (struct model_at){.alias = alias}, problem);
    return false;
}

void alias_get(struct http_request *request)
{
    struct problem problem = {0};
    struct model_alias alias;
    if (find(request, &alias, &problem))
        request_reply(
            request,
            alias_reply(200, request_segment(request, "model"), &alias));
    else
        request_fail(request, &problem);
}

/* --- moving --------------------------------------------------------------- */

/* One move on its way. */
struct alias_task {
    struct http_request *request;
    uint32_t version;
    bool expects; /* the alias must be at `expected`; 0: nowhere */
    uint32_t expected;
    enum audit_action action;
    struct problem problem;
};

struct http_body *alias_open_body(struct http_request *request,
                                  struct problem *problem)
{
    if (!request_has_type(request, "application/json")) {
        problem_set(problem, PROBLEM_UNSUPPORTED_MEDIA, NULL,
                    "Content-Type: expected application/json");
        return NULL;
    }
    struct http_body *body = body_memory(BODY_MAX_BYTES);
    if (body == NULL)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    return body;
}

/* A number, or "latest" or another alias, for what that is now. */
static void read_version(struct json_place *root, struct alias_task *task)
{
    struct app *app = request_app(task->request);
    const char *model = request_segment(task->request, "model");
    const char *text;
    struct model_at at = {0};
    int64_t number;
    if (!json_is_string(json_get(root, "version"))) {
        if (json_get_integer(root, "version", 1, UINT32_MAX, &number))
            task->version = (uint32_t)number;
    } else if (json_get_text(root, "version", ALIAS_MAX_BYTES, &text)) {
        if (!model_parse_at(text, &at) || at.version != 0)
            problem_set(root->problem, PROBLEM_INVALID, "/version",
                        "/version: expected a whole number from 1, or an "
                        "alias, got the text '%.64s'",
                        text);
        else
            task->version = model_find_at(app, model, at, root->problem);
    }
    if (task->version == 0)
        problem_set(root->problem, PROBLEM_INVALID, "/version",
                    "/version: expected the version that the alias shall "
                    "name, found none");
}

/* If-Match: "3", or * for an alias that is there. */
static void read_if_match(struct alias_task *task,
                          const struct model_alias *now)
{
    const char *tags = request_header(task->request, "If-Match");
    char tag[16];
    if (tags == NULL)
        return;
    (void)snprintf(tag, sizeof tag, "\"%" PRIu32 "\"", now->version);
    if (now->version != 0 &&
        (strcmp(tags, "*") == 0 || strstr(tags, tag) != NULL))
        return;
    if (now->version == 0)
        problem_set(&task->problem, PROBLEM_PRECONDITION, NULL,
                    "If-Match: the alias is not there");
    else
        problem_set(&task->problem, PROBLEM_PRECONDITION, NULL,
                    "If-Match: the alias names version %" PRIu32, now->version);
}

static void read_expected(struct json_place *root, struct alias_task *task)
{
    int64_t number;
    task->expects = json_get_integer(root, "expected", 0, UINT32_MAX, &number);
    if (task->expects)
        task->expected = (uint32_t)number;
}

static void check_expected(struct alias_task *task,
                           const struct model_alias *now)
{
    if (!task->expects || task->expected == now->version)
        return;
    if (now->version == 0)
        problem_set(
            &task->problem, PROBLEM_CONFLICT, "/expected",
            "/expected: the alias is not there, not at version %" PRIu32,
            task->expected);
    else
        problem_set(&task->problem, PROBLEM_CONFLICT, "/expected",
                    "/expected: the alias names version %" PRIu32
                    ", not %" PRIu32,
                    now->version, task->expected);
}

static void read_body(struct alias_task *task)
{
    struct http_body *body = request_body(task->request);
    struct problem *problem = &task->problem;
    size_t length;
    if (body == NULL) {
        problem_set(problem, PROBLEM_MALFORMED, NULL,
                    "the body is missing: {\"version\": 3} is due");
        return;
    }
    const char *text = body_memory_bytes(body, &length);
    json_t *json = json_parse(text, length, problem);
    if (json != NULL) {
        struct json_place root = json_root(json, problem);
        read_version(&root, task);
        read_expected(&root, task);
        json_close(&root);
    }
    json_decref(json);
}

/* Where the alias is; version 0: nowhere. */
static struct model_alias alias_now(struct http_request *request)
{
    struct app *app = request_app(request);
    struct model_alias now = {.version = 0};
    (void)registry_alias(app->registry, request_segment(request, "model"),
                         request_segment(request, "alias"), &now);
    return now;
}

/* The conditions hold at the moment of the move: aliases change on the loop
 * alone. */
static void
move(struct alias_task *task, struct model_alias *out, struct model_alias *was)
{
    struct http_request *request = task->request;
    struct app *app = request_app(request);
    const struct alias_move wish = {
        .model = request_segment(request, "model"),
        .alias = request_segment(request, "alias"),
        .version = task->version,
        .action = task->action,
    };
    const struct audit_author author = author_of(request);
    struct model_alias now = alias_now(request);
    mlp_error err;
    check_expected(task, &now);
    read_if_match(task, &now);
    if (problem_is_set(&task->problem))
        return;
    mlp_status status =
        registry_move_alias(app->registry, &wish, &author, out, was, &err);
    if (status == MLP_INVALID)
        model_unknown(app, wish.model,
                      (struct model_at){.version = task->version},
                      &task->problem);
    else if (status == MLP_LIMIT)
        problem_set(&task->problem, PROBLEM_CONFLICT, NULL,
                    "model '%s' has %d aliases, no more are allowed",
                    wish.model, (int)ALIASES_MAX);
    else if (status != MLP_OK)
        problem_from_error(&task->problem, NULL, &err);
}

/* Threads: loop. */
static void finish(void *argument)
{
    struct alias_task *task = argument;
    struct http_request *request = task->request;
    const char *model = request_segment(request, "model");
    struct model_alias alias = {.version = 0}, was = {.version = 0};
    if (!problem_is_set(&task->problem))
        move(task, &alias, &was);
    struct problem problem = task->problem;
    free(task);
    if (problem_is_set(&problem)) {
        request_fail(request, &problem);
        return;
    }
    struct http_reply *reply =
        alias_reply(was.version == 0 ? 201 : 200, model, &alias);
    if (was.version == 0)
        reply = reply_header(reply, "Location", "/models/%s/aliases/%s", model,
                             alias.name);
    request_reply(request, reply);
}

/* Threads: pool. */
static void read_model(void *argument)
{
    struct alias_task *task = argument;
    struct app *app = request_app(task->request);
    struct live_model *live = model_borrow(
        app, request_segment(task->request, "model"),
        (struct model_at){.version = task->version}, &task->problem);
    if (live != NULL)
        registry_release(app->registry, live);
}

/* Consumes the task. */
static void begin(struct alias_task *task)
{
    struct app *app = request_app(task->request);
    mlp_error err;
    if (!problem_is_set(&task->problem) &&
        registry_sleeps(app->registry, request_segment(task->request, "model"),
                        task->version, NULL)) {
        if (loop_work(app->loop, read_model, finish, task, &err) == MLP_OK)
            return;
        problem_from_error(&task->problem, NULL, &err);
    }
    finish(task);
}

/* NULL: the request is answered. */
static struct alias_task *task_create(struct http_request *request,
                                      enum audit_action action)
{
    struct alias_task *task = calloc(1, sizeof *task);
    struct problem problem = {0};
    if (task == NULL) {
        problem_from_error(&problem, NULL, &(mlp_error){.status = MLP_NOMEM});
        request_fail(request, &problem);
        return NULL;
    }
    task->request = request;
    task->action = action;
    return task;
}

void alias_put(struct http_request *request)
{
    struct alias_task *task = task_create(request, AUDIT_ALIAS_SET);
    if (task == NULL)
        return;
    if (check_path(request, &task->problem))
        read_body(task);
    begin(task);
}

/* Back to where it was before its last move, unless it moves meanwhile. */
void alias_rollback(struct http_request *request)
{
    struct app *app = request_app(request);
    struct alias_task *task = task_create(request, AUDIT_ROLLBACK);
    struct model_alias now;
    if (task == NULL)
        return;
    if (find(request, &now, &task->problem)) {
        task->version = now.previous;
        task->expects = true;
        task->expected = now.version;
        if (now.previous == 0)
            problem_set(&task->problem, PROBLEM_CONFLICT, NULL,
                        "the alias '%s' has named no version before %" PRIu32,
                        now.name, now.version);
        else if (!registry_has(app->registry, request_segment(request, "model"),
                               now.previous))
            problem_set(&task->problem, PROBLEM_CONFLICT, NULL,
                        "the alias '%s' named version %" PRIu32
                        " before, which was deleted",
                        now.name, now.previous);
    }
    begin(task);
}

void alias_delete(struct http_request *request)
{
    struct app *app = request_app(request);
    const struct audit_author author = author_of(request);
    struct problem problem = {0};
    struct model_alias alias;
    mlp_error err;
    if (find(request, &alias, &problem) &&
        registry_drop_alias(app->registry, request_segment(request, "model"),
                            alias.name, &author, &err) != MLP_OK)
        problem_from_error(&problem, NULL, &err);
    if (problem_is_set(&problem))
        request_fail(request, &problem);
    else
        request_reply(request, reply_empty(204));
}
