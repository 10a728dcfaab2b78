/* SPDX-License-Identifier: MIT
 *
 * Between JSON text and jansson trees. The grammar is the engine's strict
 * reader's in both directions of trust: jansson holds trees, it neither parses
 * nor prints. */
#ifndef MLPD_JSON_TEXT_H
#define MLPD_JSON_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "http/problem.h"
#include "mlp/buffer.h"
#include "mlp/json.h"

enum {
    JSON_TREE_MAX_DEPTH = 32,
    JSON_TREE_MAX_NODES = 65536, /* a tree is up to 80 times its text */
    /* What a node takes, rounded up: an object with its first table, a list,
     * or a key with its places in tables that grow, a value in a list that
     * does. Its text comes on top. */
    JSON_CONTAINER_BYTES = 256,
    JSON_LEAF_BYTES = 128,
};

/* A tree that grows token by token. */
struct json_tree {
    json_t *root;                      /* owned; NULL before the first value */
    json_t *open[JSON_TREE_MAX_DEPTH]; /* containers, outermost first */
    size_t depth;
    mlp_buffer key; /* of the member to come, unescaped */
    size_t n_nodes, max_nodes, n_bytes, max_bytes;
    size_t n_held; /* memory that it has taken, about */
};

/* max_bytes: of all token texts together (413). max_nodes may be changed
 * from JSON_TREE_MAX_NODES: raised for texts that no client wrote. */
void json_tree_init(struct json_tree *tree, size_t max_bytes);
void json_tree_free(struct json_tree *tree);

/* Take the next token. False with a problem: a duplicate key, nested too
 * deep, too large, no memory. A key is in tree->key afterwards. */
bool json_tree_push(struct json_tree *tree,
                    const mlp_json_token *token,
                    struct problem *problem);

/* Where the next value goes, as a JSON pointer. */
void json_tree_pointer(const struct json_tree *tree, char *out, size_t size);

/* Append the text of a tree, compactly. */
void json_text_write(mlp_buffer *out, const json_t *value);

/* Append "/<key>" with ~ and / escaped to a pointer; cut at size. */
void json_pointer_append(char *pointer, size_t size, const char *key);

#endif
