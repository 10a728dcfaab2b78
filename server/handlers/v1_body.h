/* SPDX-License-Identifier: MIT
 *
 * The JSON of a request in TensorFlow Serving's dialect, read while it arrives:
 *
 *   {"signature_name": "…", "instances": … or "inputs": …}
 *   {"signature_name": "…", "context": {…}, "examples": […]}
 *
 * NaN and infinities may be there as such; a NaN is missing, as null is, an
 * infinity is refused. Values go straight to where v1_values.h puts them. */
#ifndef MLPD_V1_BODY_H
#define MLPD_V1_BODY_H

#include "handlers/v1_values.h"
#include "http/body.h"

struct v1_body_limits {
    uint64_t max_bytes;       /* of the whole body: 413 */
    size_t max_cells;         /* 413 */
    size_t max_control_bytes; /* of the rest, and of one text: 413 */
};

/* NULL: no memory. */
struct http_body *v1_body_create(const struct v1_body_limits *limits);

/* After finish. "instances", "inputs" or "examples"; NULL: none was there. */
const char *v1_body_member(const struct http_body *body);
/* Its values, and those of the context or NULL; the body's. */
struct v1_values *v1_body_values(struct http_body *body);
struct v1_values *v1_body_context(struct http_body *body);
/* "" where none is named. */
const char *v1_body_signature(const struct http_body *body);

#endif
