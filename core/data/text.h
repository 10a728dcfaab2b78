/* SPDX-License-Identifier: MIT
 *
 * Text from outside: is it UTF-8, and how much of it fits a message. */
#ifndef MLP_DATA_TEXT_H
#define MLP_DATA_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Well-formed UTF-8 (RFC 3629) without a NUL.  Threads: any. */
bool text_is_utf8(const char *text, size_t length);

/* What is wrong with a text that is not: "has a NUL byte" or "is not UTF-8". */
const char *text_fault(const char *text, size_t length);

enum { EXCERPT_MAX = 48 };
struct excerpt {
    char text[EXCERPT_MAX];
};

/* The beginning of a text for an error message, cut between characters and
 * then marked by "...". Bytes that are not UTF-8 become '?'. */
struct excerpt text_excerpt(const char *text, size_t length);

#endif
