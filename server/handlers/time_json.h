/* SPDX-License-Identifier: MIT
 *
 * Times as the HTTP interface shows them: ISO 8601, UTC, milliseconds. */
#ifndef MLPD_TIME_JSON_H
#define MLPD_TIME_JSON_H

#include <jansson.h>
#include <stdint.h>

enum { TIME_TEXT_MAX = 32 };

/* "2024-02-29T12:00:00.250Z" from milliseconds since 1970.  Threads: any. */
void time_text(int64_t ms, char out[TIME_TEXT_MAX]);

/* The same as a JSON string; null for 0, which means "not yet". NULL: out of
 * memory.  Threads: any. */
json_t *time_json(int64_t ms);

#endif
