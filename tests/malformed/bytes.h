/* SPDX-License-Identifier: MIT
 *
 * A string of bytes that grows, and the notation in which the case files
 * spell bytes that a text file cannot show:
 *
 *     <0d 0a>       bytes, in hexadecimal
 *     <crlf>        CR LF;  also <cr>, <lf>, <tab>, <nul>
 *     <1000*[>      a text so many times; it may have notation inside
 *
 * All else stands for itself; a '<' is <3c>. */
#ifndef TESTS_MALFORMED_BYTES_H
#define TESTS_MALFORMED_BYTES_H

#include <stdbool.h>
#include <stddef.h>

struct bytes {
    char *data; /* with a NUL behind it */
    size_t length, capacity;
};

void bytes_append(struct bytes *bytes, const char *data, size_t n);
void bytes_text(struct bytes *bytes, const char *text);
void bytes_format(struct bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void bytes_clear(struct bytes *bytes);
void bytes_free(struct bytes *bytes);

/* Append what text[0..n) means; false: it is no such notation. */
bool bytes_decode(struct bytes *out, const char *text, size_t n);

#endif
