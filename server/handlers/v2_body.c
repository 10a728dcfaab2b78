/* SPDX-License-Identifier: MIT */
#include "handlers/v2_body.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/v2_problem.h"
#include "http/json_matrix.h"
#include "http/json_text.h"
#include "http/spare.h"

/* Deeper than the tree takes, so that it is the tree that says so. */
enum { READER_MAX_DEPTH = JSON_TREE_MAX_DEPTH + 8 };

enum { BINARY_BYTES = 4096 };

/* Where things are: {"inputs": [{"data": [1, 2]}]}. */
enum { ROOT_DEPTH = 1, ITEM_DEPTH = 2, MEMBER_DEPTH = 3 };

struct v2_body {
    struct http_body base;
    struct v2_body_limits limits;
    uint64_t json_bytes, n_json; /* how long it is, and what has come */
    mlp_json_reader *reader;
    struct problem *problem; /* of the call that is under way */

    struct v2_head *head; /* instead of the tree, or NULL */
    struct json_tree control;
    bool in_inputs; /* the value of the root's "inputs" */
    enum { OTHER_KEY, DATA_KEY, TYPE_KEY } key; /* of the item, the last one */
    bool open;   /* tokens go to the last item's data */
    bool floats; /* its datatype is one of floats, as far as is known */
    struct v2_data *items; /* malloc's; one an item of inputs */
    size_t n_items, capacity;
    size_t n_held; /* by the data of all items but the last */

    bool moved;      /* a token has ended in this piece */
    uint64_t n_open; /* bytes that came since: the reader may have kept them */
    mlp_buffer binary;
};

/* --- tokens --------------------------------------------------------------- */

static bool add_item(struct v2_body *body)
{
    if (body->n_items == body->capacity) {
        size_t capacity = 2 * body->capacity + 4;
        struct v2_data *items =
            reallocarray(body->items, capacity, sizeof *items);
        if (items == NULL) {
            problem_from_error(body->problem, NULL,
                               &(mlp_error){.status = MLP_NOMEM});
            return false;
        }
        body->items = items;
        body->capacity = capacity;
    }
    if (body->n_items > 0)
        body->n_held += v2_data_held(&body->items[body->n_items - 1]);
    v2_data_init(&body->items[body->n_items++], false,
                 body->limits.max_elements);
    body->key = OTHER_KEY;
    body->floats = false;
    return true;
}

static bool is_end(const mlp_json_token *token)
{
    return token->event == MLP_JSON_OBJECT_END ||
           token->event == MLP_JSON_ARRAY_END;
}

/* Where the token takes us, after the tree has taken it. */
static bool follow(struct v2_body *body, const mlp_json_token *token)
{
    const char *key = body->control.key.data;
    if (token->depth == ROOT_DEPTH && token->event == MLP_JSON_KEY)
        body->in_inputs = strcmp(key, "inputs") == 0;
    else if (token->depth == ROOT_DEPTH)
        body->in_inputs =
            body->in_inputs && token->event == MLP_JSON_ARRAY_BEGIN;
    if (!body->in_inputs)
        return true;
    if (token->depth == ITEM_DEPTH && !is_end(token))
        return add_item(body);
    if (token->depth == MEMBER_DEPTH && token->event == MLP_JSON_KEY) {
        body->key = strcmp(key, "data") == 0       ? DATA_KEY
                    : strcmp(key, "datatype") == 0 ? TYPE_KEY
                                                   : OTHER_KEY;
    } else if (token->depth == MEMBER_DEPTH && body->key == TYPE_KEY) {
        /* A name that is spelled with escapes is only slower. */
        body->floats = token->event == MLP_JSON_STRING && token->length == 4 &&
                       (memcmp(token->text, "FP32", 4) == 0 ||
                        memcmp(token->text, "FP64", 4) == 0);
        body->key = OTHER_KEY;
    }
    return true;
}

static mlp_status
on_floats(void *context, const float *values, size_t n, mlp_error *err)
{
    (void)err;
    struct v2_body *body = context;
    size_t i = body->n_items - 1;
    body->moved = true;
    return v2_data_push_floats(&body->items[i], i, values, n, body->problem)
               ? MLP_OK
               : MLP_INVALID;
}

/* The value of "data": a list goes to the item, the tree gets a null. */
static bool open_data(struct v2_body *body, const mlp_json_token *token)
{
    mlp_json_token null = {.event = MLP_JSON_NULL, .depth = token->depth};
    size_t i = body->n_items - 1;
    body->key = OTHER_KEY;
    if (token->event == MLP_JSON_ARRAY_BEGIN) {
        v2_data_init(&body->items[i], body->floats, body->limits.max_elements);
        body->open = true;
        if (body->floats)
            mlp_json_reader_set_floats(body->reader, on_floats);
        (void)v2_data_push(&body->items[i], i, token, body->problem);
    } else if (token->event != MLP_JSON_NULL) {
        char pointer[48];
        (void)snprintf(pointer, sizeof pointer, "/inputs/%zu/data", i);
        problem_set(body->problem, PROBLEM_INVALID_ARGUMENT, pointer,
                    "%s should be a list, found %s", pointer,
                    json_token_name(token));
        return false;
    }
    return json_tree_push(&body->control, &null, body->problem);
}

static bool push_data(struct v2_body *body, const mlp_json_token *token)
{
    size_t i = body->n_items - 1;
    if (!v2_data_push(&body->items[i], i, token, body->problem))
        return false;
    if (token->event == MLP_JSON_ARRAY_END && token->depth == MEMBER_DEPTH) {
        body->open = false;
        mlp_json_reader_set_floats(body->reader, NULL);
    }
    return true;
}

static mlp_status
on_token(void *context, const mlp_json_token *token, mlp_error *err)
{
    (void)err;
    struct v2_body *body = context;
    bool good;
    body->moved = true;
    if (body->open)
        good = push_data(body, token);
    else if (body->in_inputs && body->key == DATA_KEY)
        good = open_data(body, token);
    else
        good = json_tree_push(&body->control, token, body->problem) &&
               follow(body, token);
    return good ? MLP_OK : MLP_INVALID;
}

/* --- bytes ---------------------------------------------------------------- */

/* What has been made of the body so far. The reader's own buffer doubles. */
static size_t count_held(struct v2_body *body, size_t n)
{
    body->n_open = body->moved ? n : body->n_open + n;
    body->moved = false;
    size_t last =
        body->n_items == 0 ? 0 : v2_data_held(&body->items[body->n_items - 1]);
    return sizeof *body + 2 * body->n_open + body->control.n_held +
           body->capacity * sizeof *body->items + body->n_held + last +
           body->binary.capacity;
}

static void
judge(mlp_status status, const mlp_error *err, struct problem *problem)
{
    if (status != MLP_OK && !problem_is_set(problem))
        problem_from_error(problem, NULL, err);
    v2_problem_adapt(problem);
}

static void end_json(struct v2_body *body, struct problem *problem)
{
    mlp_error err = {0};
    body->problem = problem;
    judge(mlp_json_reader_finish(body->reader, &err), &err, problem);
    body->problem = NULL;
    if (!problem_is_set(problem) && !json_is_object(body->control.root))
        problem_set(problem, PROBLEM_INVALID_ARGUMENT, NULL,
                    "the body is no JSON object");
}

static void
feed(struct v2_body *body, const char *bytes, size_t n, struct problem *problem)
{
    mlp_error err = {0};
    body->problem = problem;
    body->n_json += n;
    judge(mlp_json_reader_feed(body->reader, bytes, n, &err), &err, problem);
    body->problem = NULL;
    if (!problem_is_set(problem) && body->n_json == body->json_bytes)
        end_json(body, problem);
}

/* Others may read the tree, too, if nothing but the text has made it. */
static void keep_head(struct v2_body *body, const char *text, size_t n)
{
    for (size_t i = 0; i < body->n_items; i++)
        if (body->items[i].read)
            return;
    body->head = v2_heads_keep(body->limits.heads, text, n, body->control.root);
    if (body->head != NULL)
        body->control.root = NULL;
}

/* text[0..n) is all of the JSON. */
static void read_head(struct v2_body *body,
                      const char *text,
                      size_t n,
                      struct problem *problem)
{
    if (body->limits.heads != NULL)
        body->head = v2_heads_find(body->limits.heads, text, n);
    if (body->head != NULL) {
        body->n_json = n;
        return;
    }
    feed(body, text, n, problem);
    if (!problem_is_set(problem) && body->limits.heads != NULL)
        keep_head(body, text, n);
}

/* Room for what most requests have. */
static void begin_binary(mlp_buffer *binary)
{
    binary->data = spare_take(BINARY_BYTES);
    binary->capacity = binary->data != NULL ? BINARY_BYTES : 0;
}

static void write_binary(struct v2_body *body,
                         const char *bytes,
                         size_t n,
                         struct problem *problem)
{
    if (body->binary.data == NULL)
        begin_binary(&body->binary);
    mlp_buffer_append(&body->binary, bytes, n);
    if (body->binary.status != MLP_OK)
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
}

static void free_binary(mlp_buffer *binary)
{
    if (binary->capacity == BINARY_BYTES)
        spare_give(binary->data, BINARY_BYTES);
    else
        mlp_buffer_free(binary);
}

static void v2_body_write(struct http_body *base,
                          const char *bytes,
                          size_t n,
                          struct problem *problem)
{
    struct v2_body *body = (struct v2_body *)base;
    uint64_t due = body->json_bytes - body->n_json;
    size_t json = n < due ? n : (size_t)due;
    if (json > 0 && json == body->json_bytes)
        read_head(body, bytes, json, problem);
    else if (json > 0)
        feed(body, bytes, json, problem);
    if (json < n && !problem_is_set(problem))
        write_binary(body, bytes + json, n - json, problem);
    base->n_held = count_held(body, json);
}

static void v2_body_finish(struct http_body *base, struct problem *problem)
{
    struct v2_body *body = (struct v2_body *)base;
    if (body->json_bytes == V2_ALL_JSON)
        end_json(body, problem);
    else if (body->n_json < body->json_bytes)
        problem_set(problem, PROBLEM_MALFORMED, NULL,
                    "Inference-Header-Content-Length is %" PRIu64
                    ", the body has %" PRIu64 " bytes",
                    body->json_bytes, body->n_json);
}

static void v2_body_destroy(struct http_body *base)
{
    struct v2_body *body = (struct v2_body *)base;
    mlp_json_reader_destroy(body->reader);
    json_tree_free(&body->control);
    v2_head_release(body->head);
    for (size_t i = 0; i < body->n_items; i++)
        v2_data_free(&body->items[i]);
    free(body->items);
    free_binary(&body->binary);
    spare_give(body, sizeof *body);
}

struct http_body *v2_body_create(uint64_t json_bytes,
                                 const struct v2_body_limits *limits)
{
    static const struct http_body_ops ops = {v2_body_write, v2_body_finish,
                                             v2_body_destroy};
    struct v2_body *body = spare_take(sizeof *body);
    if (body == NULL)
        return NULL;
    memset(body, 0, sizeof *body);
    body->base =
        (struct http_body){.ops = &ops, .max_bytes = limits->max_bytes};
    body->limits = *limits;
    body->json_bytes = json_bytes;
    json_tree_init(&body->control, limits->max_control_bytes);
    mlp_buffer_init(&body->binary, SIZE_MAX / 2);
    if (mlp_json_reader_create(on_token, body, READER_MAX_DEPTH,
                               limits->max_control_bytes, &body->reader,
                               NULL) != MLP_OK) {
        v2_body_destroy(&body->base);
        return NULL;
    }
    return &body->base;
}

const json_t *v2_body_control(const struct http_body *base)
{
    const struct v2_body *body = (const struct v2_body *)base;
    return body->head != NULL ? v2_head_tree(body->head) : body->control.root;
}

const struct v2_data *v2_body_data(const struct http_body *base, size_t i)
{
    const struct v2_body *body = (const struct v2_body *)base;
    return i < body->n_items && body->items[i].read ? &body->items[i] : NULL;
}

const char *v2_body_binary(const struct http_body *base, size_t *length)
{
    const struct v2_body *body = (const struct v2_body *)base;
    *length = body->binary.length;
    return body->binary.data != NULL ? body->binary.data : "";
}
