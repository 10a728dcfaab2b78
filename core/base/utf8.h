/* SPDX-License-Identifier: MIT
 *
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above
 * U+10FFFF. */
#ifndef MLP_BASE_UTF8_H
#define MLP_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length, 1 to 4, of the character at text[0..length); 0 when there is no
 * whole and valid one.  Threads: any. */
size_t utf8_character(const char *text, size_t length);

/* Write the character `code`, a scalar value, and return its length.
 * Threads: any. */
size_t utf8_encode(uint32_t code, char out[4]);

#endif
