/* SPDX-License-Identifier: MIT
 *
 * {"b64": "aGVsbG8="}: how TensorFlow Serving's clients write a text that may
 * be bytes. Here it must be a text all the same: no level of a column is
 * anything else. */
#ifndef MLPD_V1_BYTES_H
#define MLPD_V1_BYTES_H

#include <stdbool.h>

#include "mlp/json.h"

/* Zeroed but for init. */
struct v1_bytes {
    enum { BYTES_NONE, BYTES_KEY, BYTES_TEXT, BYTES_END } due;
    mlp_buffer coded;     /* as it came, then what it means */
    mlp_buffer spelling;  /* … as a JSON string */
    mlp_json_token value; /* when due is BYTES_NONE again: that string */
};

/* max_bytes: of one text. Owner: the caller's storage; free in any case. */
void v1_bytes_init(struct v1_bytes *bytes, size_t max_bytes);
void v1_bytes_free(struct v1_bytes *bytes);

/* The next token, the first one being the brace. NULL, or what is wrong with
 * it, to stand behind the name of the place: "is no base64". */
const char *v1_bytes_push(struct v1_bytes *bytes, const mlp_json_token *token);

/* Is that a key that begins such an object? */
bool v1_bytes_is_key(const mlp_json_token *token);

#endif
