/* SPDX-License-Identifier: MIT
 *
 * Which names models and datasets may have. The rule is what lets a name be a
 * file's name without a thought. */
#ifndef MLPD_NAMES_H
#define MLPD_NAMES_H

#include <stdbool.h>

enum { NAME_MAX_BYTES = 64 };
#define NAME_RULE                                                              \
    "1 to 64 of a-z, 0-9, '.', '_' and '-', a letter or digit first and "      \
    "last, "                                                                   \
    "no '..'"

/* ^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$ without "..".  Threads: any. */
bool name_is_valid(const char *name);

#endif
