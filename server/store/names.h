/* SPDX-License-Identifier: MIT
 *
 * Which names models, datasets and aliases may have. The rule is what lets a
 * name be a file's name without a thought. */
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

/* An alias stands where a version may stand: it is no number, and "latest" has
 * its meaning already. */
enum { ALIAS_MAX_BYTES = 63 };
#define ALIAS_LATEST "latest"
#define ALIAS_RULE   "1 to 63 of a-z, 0-9, '.', '_' and '-', a letter first"

/* ^[a-z][a-z0-9._-]{0,62}$; "latest" is one.  Threads: any. */
bool alias_is_valid(const char *alias);

#endif
