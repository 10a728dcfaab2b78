/* SPDX-License-Identifier: MIT
 *
 * Names of models and datasets. */
#include "store/names.h"

#include <string.h>

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool name_is_valid(const char *name)
{
    size_t n = strnlen(name, NAME_MAX_BYTES + 1);
    if (n == 0 || n > NAME_MAX_BYTES)
        return false;
    if (!is_alphanumeric(name[0]) || !is_alphanumeric(name[n - 1]))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!is_alphanumeric(name[i]) && !strchr("._-", name[i]))
            return false;
    return !strstr(name, "..");
}
