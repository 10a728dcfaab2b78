/* SPDX-License-Identifier: MIT
 *
 * What may stand between the quotes of a JSON string. */
#ifndef MLP_BASE_JSON_STRING_H
#define MLP_BASE_JSON_STRING_H

#include <stddef.h>

/* NULL when text[0..length) is legal; else what is wrong with the byte at
 * *where.  Threads: any. */
const char *json_string_check(const char *text, size_t length, size_t *where);

#endif
