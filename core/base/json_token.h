/* SPDX-License-Identifier: MIT
 *
 * Inside of the JSON reader: its state, and the reading of one token, whole or
 * in pieces. The order of tokens is json_reader.c's. */
#ifndef MLP_BASE_JSON_TOKEN_H
#define MLP_BASE_JSON_TOKEN_H

#include "mlp/json.h"

enum { JSON_DEPTH_CEILING = 1024, JSON_NUMBER_MAX_BYTES = 512 };

/* What may come next. A bracket leads from any value to the state inside it;
 * its end, like the end of any other value, to AFTER_VALUE.
 *
 *     VALUE --value--> AFTER_VALUE --,--> VALUE in an array, KEY in an object
 *     KEY --key--> COLON --:--> VALUE
 *
 * AFTER_VALUE at depth 0: the text is over. */
enum json_state {
    JSON_VALUE,
    JSON_FIRST_VALUE, /* or ']' */
    JSON_KEY,
    JSON_FIRST_KEY, /* or '}' */
    JSON_COLON,
    JSON_AFTER_VALUE,
};

/* The token that the end of the chunk has cut. */
enum json_cut { CUT_NOTHING, CUT_STRING, CUT_NUMBER, CUT_LITERAL };

struct json_literal {
    const char *text;
    size_t length;
    mlp_json_event event;
};

struct mlp_json_reader {
    mlp_json_handler handler;
    mlp_json_floats_handler floats; /* or NULL */
    void *context;
    size_t max_depth, max_token_bytes;
    bool allow_nan;
    enum json_state state;
    size_t depth;

    enum json_cut cut;
    bool escaped;   /* CUT_STRING: the last byte was a backslash */
    size_t matched; /* CUT_LITERAL: so many bytes of it */
    const struct json_literal *literal;
    mlp_buffer carry;      /* the first part of a string or number */
    uint64_t token_offset; /* of the token that is being read */

    const char *chunk;     /* the bytes being fed … */
    uint64_t chunk_offset; /* … and where they are in the input */
    mlp_error error;       /* the first; it stays */
    uint8_t in_object[JSON_DEPTH_CEILING / 8]; /* a bit a level */
};

/* Is the innermost open bracket an object's? depth > 0. */
static inline bool json_in_object(const mlp_json_reader *reader)
{
    size_t i = reader->depth - 1;
    return (reader->in_object[i / 8] >> i % 8 & 1) != 0;
}

/* Each takes a place p in the chunk that ends at `end` and gives the place
 * behind what it read, or NULL after an error. The token starts at p, or, for
 * resume, in the chunk before. */
const char *
json_token_string(mlp_json_reader *reader, const char *p, const char *end);
const char *
json_token_number(mlp_json_reader *reader, const char *p, const char *end);
const char *
json_token_literal(mlp_json_reader *reader, const char *p, const char *end);
const char *json_token_bracket(mlp_json_reader *reader, const char *p);
const char *
json_token_resume(mlp_json_reader *reader, const char *p, const char *end);

/* The input ends behind what was cut: finish the token, if it can be one. */
bool json_token_finish(mlp_json_reader *reader);

/* Fail because the byte at p is not what the state allows (returns NULL), or
 * because there is no more byte. */
const char *json_unexpected(mlp_json_reader *reader, const char *p);
void json_unexpected_end(mlp_json_reader *reader);

#endif
