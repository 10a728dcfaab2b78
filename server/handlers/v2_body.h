/* SPDX-License-Identifier: MIT
 *
 * The body of POST /v2/…/infer while it arrives: JSON, and behind it, when
 * Inference-Header-Content-Length says where that ends, raw tensors. The data
 * of JSON tensors go element by element to where they belong; what is left is a
 * tree in which each of them is null. */
#ifndef MLPD_V2_BODY_H
#define MLPD_V2_BODY_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "handlers/v2_data.h"
#include "handlers/v2_heads.h"
#include "http/body.h"

#define V2_ALL_JSON UINT64_MAX

struct v2_body_limits {
    uint64_t max_bytes;       /* of the whole body: 413 */
    size_t max_elements;      /* of one tensor: 413 */
    size_t max_control_bytes; /* of the JSON without data: 413 */
    struct v2_heads *heads;   /* that were read before, or NULL */
};

/* json_bytes: how long the JSON is, 0: there is none, V2_ALL_JSON: nothing is
 * behind it. Its problems are of type INVALID_ARGUMENT where others say
 * INVALID: this protocol's clients know 400 alone. NULL: no memory. */
struct http_body *v2_body_create(uint64_t json_bytes,
                                 const struct v2_body_limits *limits);

/* After finish; all borrowed. The control tree, an object that others may read,
 * too; NULL: no JSON. */
const json_t *v2_body_control(const struct http_body *body);
/* The data of inputs[i]; NULL: it has none. */
const struct v2_data *v2_body_data(const struct http_body *body, size_t i);
/* What stands behind the JSON. It begins where malloc would have it. */
const char *v2_body_binary(const struct http_body *body, size_t *length);

#endif
