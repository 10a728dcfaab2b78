/* SPDX-License-Identifier: MIT
 *
 * A JSON body on its way in: the reader's tokens go to the tree of the control
 * part, and inside a member that has a better place, to that part. */
#include "http/json_body.h"

#include <stdlib.h>
#include <string.h>

#include "http/json_brief.h"
#include "http/json_cells.h"
#include "http/json_matrix.h"
#include "http/json_records.h"
#include "http/json_text.h"
#include "http/spare.h"

/* Deeper than the tree takes, so that it is the tree that says so. */
enum { READER_MAX_DEPTH = JSON_TREE_MAX_DEPTH + 8 };

struct json_body {
    struct http_body base;
    enum json_body_place place;
    mlp_json_reader *reader;
    struct problem *problem; /* of the call that is under way */

    struct json_brief brief; /* on: instead of a tree … */
    struct json_tree control;
    bool in_data;           /* the last key at the root was "data" */
    struct json_part *next; /* the last key was this one's */
    struct json_part *open; /* the tokens go here … */
    size_t open_depth;      /* … until a list of this depth ends */

    struct json_matrix inputs;
    struct json_cells targets, rows;
    struct json_names columns;
    struct json_records records;

    bool moved;      /* a token has ended in this piece */
    uint64_t n_open; /* bytes that came since: the reader may have kept them */
};

/* The part that the member just named belongs to, or NULL. */
static struct json_part *part_of_key(struct json_body *body,
                                     const mlp_json_token *token)
{
    struct json_part *const parts[] = {
        &body->inputs.part, &body->targets.part, &body->columns.part,
        &body->rows.part,   &body->records.part,
    };
    const char *key = body->control.key.data;
    if (token->depth == 1)
        body->in_data = strcmp(key, "data") == 0;
    bool here = body->place == JSON_BODY_ROOT
                    ? token->depth == 1
                    : token->depth == 2 && body->in_data;
    for (size_t i = 0; here && i < sizeof parts / sizeof *parts; i++)
        if (strcmp(key, parts[i]->name) == 0)
            return parts[i];
    return NULL;
}

static mlp_status
on_floats(void *context, const float *values, size_t n, mlp_error *err)
{
    (void)err;
    struct json_body *body = context;
    body->moved = true;
    return body->open->push_floats(body->open, values, n, body->problem)
               ? MLP_OK
               : MLP_INVALID;
}

/* The value of a part's key: its list opens, the tree gets a null. */
static bool open_part(struct json_body *body, const mlp_json_token *token)
{
    struct json_part *part = body->next;
    body->next = NULL;
    if (token->event == MLP_JSON_ARRAY_BEGIN) {
        body->open = part;
        body->open_depth = token->depth;
        if (part->push_floats != NULL)
            mlp_json_reader_set_floats(body->reader, on_floats);
        part->push(part, token, body->problem);
    } else if (token->event != MLP_JSON_NULL) {
        problem_set(body->problem, PROBLEM_INVALID, part->pointer,
                    "%s should be a list, found %s", part->name,
                    json_token_name(token));
        return false;
    }
    if (body->brief.on) {
        json_brief_inputs(&body->brief);
        return true;
    }
    mlp_json_token null = {.event = MLP_JSON_NULL, .depth = token->depth};
    return json_tree_push(&body->control, &null, body->problem);
}

/* False: the token is one for the tree. */
static bool is_brief(struct json_body *body, const mlp_json_token *token)
{
    enum json_brief_verdict verdict = json_brief_push(&body->brief, token);
    if (verdict == BRIEF_TAKEN_INPUTS)
        body->next = &body->inputs.part;
    return verdict != BRIEF_OVER;
}

static bool push_control(struct json_body *body, const mlp_json_token *token)
{
    if (body->next != NULL)
        return open_part(body, token);
    if (body->brief.on) {
        if (is_brief(body, token))
            return true;
        if (!json_brief_replay(&body->brief, &body->control, body->problem))
            return false;
    }
    if (!json_tree_push(&body->control, token, body->problem))
        return false;
    if (token->event == MLP_JSON_KEY)
        body->next = part_of_key(body, token);
    return true;
}

static mlp_status
on_token(void *context, const mlp_json_token *token, mlp_error *err)
{
    (void)err;
    struct json_body *body = context;
    bool good;
    body->moved = true;
    if (body->open == NULL) {
        good = push_control(body, token);
    } else {
        good = body->open->push(body->open, token, body->problem);
        if (token->event == MLP_JSON_ARRAY_END &&
            token->depth == body->open_depth) {
            body->open = NULL;
            mlp_json_reader_set_floats(body->reader, NULL);
        }
    }
    return good ? MLP_OK : MLP_INVALID;
}

/* What has been made of the body so far. The reader's own buffer doubles. */
static size_t count_held(struct json_body *body, size_t n)
{
    body->n_open = body->moved ? n : body->n_open + n;
    body->moved = false;
    return sizeof *body + 2 * body->n_open + body->control.n_held +
           body->inputs.n_values * sizeof *body->inputs.values +
           json_cells_held(&body->targets, n) +
           json_cells_held(&body->rows, n) + body->columns.text.capacity +
           json_records_held(&body->records);
}

static void json_body_write(struct http_body *base,
                            const char *bytes,
                            size_t n,
                            struct problem *problem)
{
    struct json_body *body = (struct json_body *)base;
    mlp_error err = {0};
    body->problem = problem;
    if (mlp_json_reader_feed(body->reader, bytes, n, &err) != MLP_OK &&
        !problem_is_set(problem))
        problem_from_error(problem, NULL, &err);
    body->problem = NULL;
    base->n_held = count_held(body, n);
}

/* Both would give the same table. */
static void check_records(const struct json_body *body, struct problem *problem)
{
    if (body->records.table != NULL &&
        (body->rows.table != NULL || body->columns.done))
        problem_set(problem, PROBLEM_INVALID, body->records.part.pointer,
                    "records do not go together with columns and rows");
}

static void json_body_finish(struct http_body *base, struct problem *problem)
{
    struct json_body *body = (struct json_body *)base;
    mlp_error err = {0};
    body->problem = problem;
    if (mlp_json_reader_finish(body->reader, &err) != MLP_OK &&
        !problem_is_set(problem))
        problem_from_error(problem, NULL, &err);
    body->problem = NULL;
    if (problem_is_set(problem))
        return;
    if (!body->brief.on && !json_is_object(body->control.root)) {
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "the body is no JSON object");
        return;
    }
    json_matrix_trim(&body->inputs);
    json_cells_finish(&body->rows, problem);
    check_records(body, problem);
}

static void json_body_destroy(struct http_body *base)
{
    struct json_body *body = (struct json_body *)base;
    mlp_json_reader_destroy(body->reader);
    json_tree_free(&body->control);
    json_matrix_free(&body->inputs);
    json_cells_free(&body->targets);
    json_cells_free(&body->rows);
    json_names_free(&body->columns);
    json_records_free(&body->records);
    spare_give(body, sizeof *body);
}

static void init_parts(struct json_body *body,
                       const struct json_body_limits *limits)
{
    bool root = body->place == JSON_BODY_ROOT;
    size_t control = limits->max_control_bytes, cells = limits->max_cells;
    json_tree_init(&body->control, control);
    if (limits->max_control_nodes != 0)
        body->control.max_nodes = limits->max_control_nodes;
    json_matrix_init(&body->inputs, root ? "/inputs" : "/data/inputs", cells);
    json_names_init(&body->columns, root ? "/columns" : "/data/columns",
                    control);
    json_cells_init_rows(&body->rows, root ? "/rows" : "/data/rows",
                         &body->columns, cells, control);
    json_records_init(&body->records, root ? "/records" : "/data/records",
                      cells, control);
    json_cells_init_targets(&body->targets, root ? "/targets" : "/data/targets",
                            cells, control);
}

struct http_body *json_body_create(enum json_body_place place,
                                   const struct json_body_limits *limits)
{
    static const struct http_body_ops ops = {json_body_write, json_body_finish,
                                             json_body_destroy};
    struct json_body *body = spare_take(sizeof *body);
    if (body == NULL)
        return NULL;
    memset(body, 0, sizeof *body);
    body->base =
        (struct http_body){.ops = &ops, .max_bytes = limits->max_bytes};
    body->place = place;
    init_parts(body, limits);
    if (limits->may_be_brief)
        json_brief_init(&body->brief);
    if (mlp_json_reader_create(on_token, body, READER_MAX_DEPTH,
                               limits->max_control_bytes, &body->reader,
                               NULL) != MLP_OK) {
        json_body_destroy(&body->base);
        return NULL;
    }
    return &body->base;
}

const char *json_body_brief(const struct http_body *base)
{
    const struct json_body *body = (const struct json_body *)base;
    return body->brief.on ? body->brief.model : NULL;
}

const json_t *json_body_control(const struct http_body *body)
{
    return ((const struct json_body *)body)->control.root;
}

const float *json_body_inputs(const struct http_body *base,
                              size_t *n_rows,
                              size_t *n_columns)
{
    const struct json_body *body = (const struct json_body *)base;
    *n_rows = body->inputs.n_rows;
    *n_columns = body->inputs.n_columns;
    return body->inputs.values;
}

float *json_body_take_inputs(struct http_body *base)
{
    struct json_body *body = (struct json_body *)base;
    float *values = body->inputs.values;
    body->inputs.values = NULL;
    return values;
}

static mlp_table *take_table(mlp_table **table)
{
    mlp_table *taken = *table;
    *table = NULL;
    return taken;
}

mlp_table *json_body_take_targets(struct http_body *body)
{
    return take_table(&((struct json_body *)body)->targets.table);
}

mlp_table *json_body_take_rows(struct http_body *base)
{
    struct json_body *body = (struct json_body *)base;
    return take_table(body->records.table != NULL ? &body->records.table
                                                  : &body->rows.table);
}
