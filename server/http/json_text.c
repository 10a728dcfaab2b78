/* SPDX-License-Identifier: MIT
 *
 * Trees out of tokens, text out of trees. */
#include "http/json_text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void json_tree_init(struct json_tree *tree, size_t max_bytes)
{
    *tree = (struct json_tree){.max_bytes = max_bytes,
                               .max_nodes = JSON_TREE_MAX_NODES};
    mlp_buffer_init(&tree->key, max_bytes);
}

void json_tree_free(struct json_tree *tree)
{
    json_decref(tree->root);
    mlp_buffer_free(&tree->key);
    *tree = (struct json_tree){0};
}

void json_pointer_append(char *pointer, size_t size, const char *key)
{
    size_t n = strlen(pointer);
    if (n + 1 < size)
        pointer[n++] = '/';
    for (; *key != '\0'; key++) {
        bool escaped = *key == '~' || *key == '/';
        if (n + (escaped ? 2 : 1) >= size)
            break;
        if (escaped)
            pointer[n++] = '~';
        pointer[n++] = *key == '/' ? '1' : *key == '~' ? '0' : *key;
    }
    pointer[n] = '\0';
}

/* The key under which `parent` holds `child`. */
static const char *key_of(json_t *parent, const json_t *child)
{
    const char *key;
    json_t *value;
    json_object_foreach(parent, key, value) if (value == child) return key;
    return "";
}

void json_tree_pointer(const struct json_tree *tree, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < tree->depth; i++) {
        json_t *parent = tree->open[i];
        bool last = i + 1 == tree->depth;
        char index[24];
        if (json_is_object(parent)) {
            json_pointer_append(out, size,
                                last ? tree->key.data
                                     : key_of(parent, tree->open[i + 1]));
        } else {
            snprintf(index, sizeof index, "%zu",
                     json_array_size(parent) - (last ? 0 : 1));
            json_pointer_append(out, size, index);
        }
    }
}

static bool fail(const struct json_tree *tree,
                 struct problem *problem,
                 enum problem_type type,
                 const char *text)
{
    char pointer[sizeof problem->pointer];
    json_tree_pointer(tree, pointer, sizeof pointer);
    problem_set(problem, type, pointer, "%s%s%s", pointer,
                pointer[0] != '\0' ? ": " : "", text);
    return false;
}

static bool no_memory(struct problem *problem)
{
    problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    return false;
}

/* A whole number that fits stays whole; any other becomes the nearest double,
 * so that a range check tells of it. NULL: beyond a double, or no memory. */
static json_t *number(const mlp_decimal *decimal)
{
    uint64_t limit = decimal->negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    if (decimal->integer && !decimal->truncated && decimal->exponent == 0 &&
        decimal->digits <= limit)
        return json_integer((json_int_t)(decimal->negative ? -decimal->digits
                                                           : decimal->digits));
    return json_real(mlp_decimal_to_double(decimal));
}

static json_t *text(const mlp_json_token *token)
{
    mlp_buffer plain;
    mlp_buffer_init(&plain, token->length);
    mlp_json_unescape(token->text, token->length, &plain);
    json_t *value = plain.status != MLP_OK ? NULL
                    : plain.data == NULL
                        ? json_string("")
                        : json_stringn(plain.data, plain.length);
    mlp_buffer_free(&plain);
    return value;
}

static json_t *value_of(const mlp_json_token *token)
{
    switch (token->event) {
    case MLP_JSON_OBJECT_BEGIN:
        return json_object();
    case MLP_JSON_ARRAY_BEGIN:
        return json_array();
    case MLP_JSON_STRING:
        return text(token);
    case MLP_JSON_NUMBER:
        return number(&token->decimal);
    case MLP_JSON_TRUE:
        return json_true();
    case MLP_JSON_FALSE:
        return json_false();
    default:
        return json_null();
    }
}

/* Hang `value`, which is consumed, into the container that is open. */
static bool attach(struct json_tree *tree, json_t *value)
{
    if (tree->depth == 0) {
        tree->root = value;
        return true;
    }
    json_t *parent = tree->open[tree->depth - 1];
    if (json_is_array(parent))
        return json_array_append_new(parent, value) == 0;
    return json_object_setn_new_nocheck(parent, tree->key.data,
                                        tree->key.length, value) == 0;
}

static bool push_key(struct json_tree *tree,
                     const mlp_json_token *token,
                     struct problem *problem)
{
    mlp_buffer_clear(&tree->key);
    mlp_buffer_text(&tree->key, ""); /* an empty key is a key */
    mlp_json_unescape(token->text, token->length, &tree->key);
    if (tree->key.status != MLP_OK)
        return no_memory(problem);
    if (json_object_getn(tree->open[tree->depth - 1], tree->key.data,
                         tree->key.length) != NULL)
        return fail(tree, problem, PROBLEM_MALFORMED,
                    "this key is there twice");
    return true;
}

static bool push_value(struct json_tree *tree,
                       const mlp_json_token *token,
                       struct problem *problem)
{
    bool container = token->event == MLP_JSON_OBJECT_BEGIN ||
                     token->event == MLP_JSON_ARRAY_BEGIN;
    if (container && tree->depth == JSON_TREE_MAX_DEPTH)
        return fail(tree, problem, PROBLEM_MALFORMED,
                    "nested deeper than 32 levels");
    json_t *value = value_of(token);
    if (value == NULL && token->event == MLP_JSON_NUMBER)
        return fail(tree, problem, PROBLEM_INVALID,
                    "the number is beyond the range of a double");
    if (value == NULL || !attach(tree, value))
        return no_memory(problem);
    if (container)
        tree->open[tree->depth++] = value;
    return true;
}

bool json_tree_push(struct json_tree *tree,
                    const mlp_json_token *token,
                    struct problem *problem)
{
    if (token->event == MLP_JSON_OBJECT_END ||
        token->event == MLP_JSON_ARRAY_END) {
        assert(tree->depth > 0);
        tree->depth--;
        return true;
    }
    bool container = token->event == MLP_JSON_OBJECT_BEGIN ||
                     token->event == MLP_JSON_ARRAY_BEGIN;
    tree->n_nodes++;
    tree->n_bytes += token->length;
    tree->n_held +=
        (container ? JSON_CONTAINER_BYTES : JSON_LEAF_BYTES) + token->length;
    if (tree->n_nodes > tree->max_nodes || tree->n_bytes > tree->max_bytes) {
        problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                    "the settings are larger than what is accepted here");
        return false;
    }
    return token->event == MLP_JSON_KEY ? push_key(tree, token, problem)
                                        : push_value(tree, token, problem);
}

static void write_object(mlp_buffer *out, const json_t *value)
{
    char separator = '{';
    const char *key;
    json_t *member;
    /* The iterators of jansson take no const; nothing is written. */
    union {
        const json_t *in;
        json_t *out;
    } object = {.in = value};
    json_object_foreach(object.out, key, member)
    {
        mlp_buffer_append(out, &separator, 1);
        mlp_json_write_string(out, key, strlen(key));
        mlp_buffer_append(out, ":", 1);
        json_text_write(out, member);
        separator = ',';
    }
    mlp_buffer_text(out, separator == '{' ? "{}" : "}");
}

static void write_array(mlp_buffer *out, const json_t *value)
{
    mlp_buffer_append(out, "[", 1);
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (i > 0)
            mlp_buffer_append(out, ",", 1);
        json_text_write(out, json_array_get(value, i));
    }
    mlp_buffer_append(out, "]", 1);
}

void json_text_write(mlp_buffer *out, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        write_object(out, value);
        break;
    case JSON_ARRAY:
        write_array(out, value);
        break;
    case JSON_STRING:
        mlp_json_write_string(out, json_string_value(value),
                              json_string_length(value));
        break;
    case JSON_INTEGER:
        mlp_buffer_format(out, "%" JSON_INTEGER_FORMAT,
                          json_integer_value(value));
        break;
    case JSON_REAL:
        mlp_json_write_double(out, json_real_value(value));
        break;
    case JSON_TRUE:
        mlp_buffer_text(out, "true");
        break;
    case JSON_FALSE:
        mlp_buffer_text(out, "false");
        break;
    case JSON_NULL:
        mlp_buffer_text(out, "null");
        break;
    }
}
