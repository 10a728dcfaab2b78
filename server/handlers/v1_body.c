/* SPDX-License-Identifier: MIT */
#include "handlers/v1_body.h"

#include <stdlib.h>
#include <string.h>

#include "handlers/v1_request.h"
#include "http/json.h"
#include "http/json_text.h"

/* The tree is one object of a few members. */
enum {
    READER_MAX_DEPTH = JSON_TREE_MAX_DEPTH + 8,
    CONTROL_MAX_NODES = 64,
    SIGNATURE_MAX_BYTES = 256,
};

static const char CONTEXT[] = "context";

/* Whose values are rows, and how they may come. */
static const struct member {
    const char *name, *pointer;
    enum v1_forms forms;
} members[] = {
    {"instances", "/instances", V1_ROWS},
    {"inputs", "/inputs", V1_COLUMNS},
    {"examples", "/examples", V1_EXAMPLES},
};
enum { N_MEMBERS = sizeof members / sizeof *members };

struct v1_body {
    struct http_body base;
    struct v1_limits limits;
    mlp_json_reader *reader;
    struct problem *problem; /* of the call that is under way */
    struct json_tree control;
    const char *signature;
    const struct member *member; /* whose values there are */
    struct v1_values values, context;
    bool has_context;
    struct v1_values *next; /* the last key was this one's */
    struct v1_values *open; /* the tokens go here */
    bool moved;             /* a token has ended in this piece */
    uint64_t n_open; /* bytes that came since: the reader may have kept them */
};

/* --- members -------------------------------------------------------------- */

static bool open_member(struct v1_body *body, const struct member *member)
{
    if (body->member != NULL) {
        problem_set(body->problem, PROBLEM_INVALID, member->pointer,
                    "'%s' and '%s' do not go together", body->member->name,
                    member->name);
        return false;
    }
    body->member = member;
    v1_values_init(&body->values, member->pointer, member->name, member->forms,
                   &body->limits);
    body->next = &body->values;
    return true;
}

/* The tree has refused one that is there twice. */
static bool take_key(struct v1_body *body)
{
    const char *key = body->control.key.data;
    for (size_t i = 0; i < N_MEMBERS; i++)
        if (strcmp(key, members[i].name) == 0)
            return open_member(body, &members[i]);
    if (strcmp(key, CONTEXT) == 0) {
        v1_values_init(&body->context, "/context", CONTEXT, V1_CONTEXT,
                       &body->limits);
        body->has_context = true;
        body->next = &body->context;
    }
    return true;
}

static mlp_status
on_floats(void *context, const float *values, size_t n, mlp_error *err);

static bool push_open(struct v1_body *body, const mlp_json_token *token)
{
    struct v1_values *values = body->open;
    if (!values->part.push(&values->part, token, body->problem))
        return false;
    mlp_json_reader_set_floats(
        body->reader, v1_values_wants_floats(values) ? on_floats : NULL);
    if (values->state == V1_DONE)
        body->open = NULL;
    return true;
}

static mlp_status
on_floats(void *context, const float *values, size_t n, mlp_error *err)
{
    (void)err;
    struct v1_body *body = context;
    struct json_part *part = &body->open->part;
    body->moved = true;
    return part->push_floats(part, values, n, body->problem) ? MLP_OK
                                                             : MLP_INVALID;
}

static bool push_control(struct v1_body *body, const mlp_json_token *token)
{
    mlp_json_token null = {.event = MLP_JSON_NULL, .depth = token->depth};
    if (body->next != NULL) {
        body->open = body->next;
        body->next = NULL;
        return json_tree_push(&body->control, &null, body->problem) &&
               push_open(body, token);
    }
    if (!json_tree_push(&body->control, token, body->problem))
        return false;
    return token->event != MLP_JSON_KEY || token->depth != 1 || take_key(body);
}

static mlp_status
on_token(void *context, const mlp_json_token *token, mlp_error *err)
{
    (void)err;
    struct v1_body *body = context;
    body->moved = true;
    bool good =
        body->open != NULL ? push_open(body, token) : push_control(body, token);
    return good ? MLP_OK : MLP_INVALID;
}

/* --- the body ------------------------------------------------------------- */

/* What has been made of the body so far. The reader's own buffer doubles. */
static size_t count_held(struct v1_body *body, size_t n)
{
    body->n_open = body->moved ? n : body->n_open + n;
    body->moved = false;
    return sizeof *body + 2 * body->n_open + body->control.n_held +
           v1_values_held(&body->values) + v1_values_held(&body->context);
}

static void fail_reader(const mlp_error *err, struct problem *problem)
{
    if (!problem_is_set(problem))
        problem_from_error(problem, NULL, err);
}

static void v1_body_write(struct http_body *base,
                          const char *bytes,
                          size_t n,
                          struct problem *problem)
{
    struct v1_body *body = (struct v1_body *)base;
    mlp_error err = {0};
    body->problem = problem;
    if (mlp_json_reader_feed(body->reader, bytes, n, &err) != MLP_OK)
        fail_reader(&err, problem);
    body->problem = NULL;
    base->n_held = count_held(body, n);
    v1_use_codes(problem);
}

/* All that is no value: the signature, and keys that nobody knows. */
static void read_control(struct v1_body *body, struct problem *problem)
{
    struct json_place place = json_root(body->control.root, problem);
    (void)json_get_text(&place, "signature_name", SIGNATURE_MAX_BYTES,
                        &body->signature);
    for (size_t i = 0; i < N_MEMBERS; i++)
        (void)json_get(&place, members[i].name);
    (void)json_get(&place, CONTEXT);
    json_close(&place);
}

static void v1_body_finish(struct http_body *base, struct problem *problem)
{
    struct v1_body *body = (struct v1_body *)base;
    mlp_error err = {0};
    body->problem = problem;
    if (mlp_json_reader_finish(body->reader, &err) != MLP_OK)
        fail_reader(&err, problem);
    body->problem = NULL;
    if (!problem_is_set(problem) && !json_is_object(body->control.root))
        problem_set(problem, PROBLEM_INVALID, NULL,
                    "the body is no JSON object");
    if (!problem_is_set(problem))
        read_control(body, problem);
    v1_use_codes(problem);
}

static void v1_body_destroy(struct http_body *base)
{
    struct v1_body *body = (struct v1_body *)base;
    mlp_json_reader_destroy(body->reader);
    json_tree_free(&body->control);
    v1_values_free(&body->values);
    v1_values_free(&body->context);
    free(body);
}

struct http_body *v1_body_create(const struct v1_body_limits *limits)
{
    static const struct http_body_ops ops = {v1_body_write, v1_body_finish,
                                             v1_body_destroy};
    struct v1_body *body = calloc(1, sizeof *body);
    if (body == NULL)
        return NULL;
    body->base =
        (struct http_body){.ops = &ops, .max_bytes = limits->max_bytes};
    body->limits =
        (struct v1_limits){limits->max_cells, limits->max_control_bytes};
    json_tree_init(&body->control, limits->max_control_bytes);
    body->control.max_nodes = CONTROL_MAX_NODES;
    if (mlp_json_reader_create(on_token, body, READER_MAX_DEPTH,
                               limits->max_control_bytes, &body->reader,
                               NULL) != MLP_OK) {
        v1_body_destroy(&body->base);
        return NULL;
    }
    mlp_json_reader_allow_nan(body->reader);
    return &body->base;
}

/* --- what was in it ------------------------------------------------------- */

const char *v1_body_member(const struct http_body *base)
{
    const struct v1_body *body = (const struct v1_body *)base;
    return body->member != NULL ? body->member->name : NULL;
}

struct v1_values *v1_body_values(struct http_body *base)
{
    return &((struct v1_body *)base)->values;
}

struct v1_values *v1_body_context(struct http_body *base)
{
    struct v1_body *body = (struct v1_body *)base;
    return body->has_context ? &body->context : NULL;
}

const char *v1_body_signature(const struct http_body *base)
{
    const struct v1_body *body = (const struct v1_body *)base;
    return body->signature != NULL ? body->signature : "";
}
