/* SPDX-License-Identifier: MIT
 *
 * Names of models, datasets and aliases. */
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

bool alias_is_valid(const char *alias)
{
    size_t n = strnlen(alias, ALIAS_MAX_BYTES + 1);
    if (n == 0 || n > ALIAS_MAX_BYTES || alias[0] < 'a' || alias[0] > 'z')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!is_alphanumeric(alias[i]) && !strchr("._-", alias[i]))
            return false;
    return true;
}
