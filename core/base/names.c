/* SPDX-License-Identifier: MIT */
#include "base/names.h"

#include <string.h>

const char *names_at(const char *const *names, size_t n, size_t i)
{
    return i < n ? names[i] : "?";
}

bool names_find(const char *const *names,
                size_t n,
                const char *name,
                size_t *out)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}
