/* SPDX-License-Identifier: MIT
 *
 * Is it UTF-8 (RFC 3629), without a NUL? */
#ifndef MLPD_UTF8_H
#define MLPD_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Threads: any. */
bool utf8_is_valid(const char *text, size_t length);

#endif
