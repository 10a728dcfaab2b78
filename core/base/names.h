/* SPDX-License-Identifier: MIT
 *
 * Lists of names, as the X-macros of public headers make them: from a number
 * to its name and back. */
#ifndef MLP_BASE_NAMES_H
#define MLP_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* "?" for a number beyond the list.  Threads: any. */
const char *names_at(const char *const *names, size_t n, size_t i);
/* False: it is none of them; *out is as it was.  Threads: any. */
bool names_find(const char *const *names,
                size_t n,
                const char *name,
                size_t *out);

/* mlp_KIND_name() and mlp_KIND_parse() of a table in a public header. */
#define NAMES_TEXT(name, text) text,
/* NOLINTBEGIN(bugprone-macro-parentheses): `kind` is a part of names. */
#define NAMES(kind, table)                                                     \
    static const char *const kind##_names[] = {table(NAMES_TEXT)};             \
    enum { n_##kind##_names = sizeof kind##_names / sizeof *kind##_names };    \
    const char *mlp_##kind##_name(mlp_##kind kind)                             \
    {                                                                          \
        return names_at(kind##_names, n_##kind##_names, (size_t)(kind));       \
    }                                                                          \
    bool mlp_##kind##_parse(const char *name, mlp_##kind *out)                 \
    {                                                                          \
        size_t i;                                                              \
        if (!names_find(kind##_names, n_##kind##_names, name, &i))             \
            return false;                                                      \
        *out = (mlp_##kind)i;                                                  \
        return true;                                                           \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
