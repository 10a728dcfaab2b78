/* SPDX-License-Identifier: MIT
 *
 * sysinfo(), /proc/self/cgroup with the files of control groups
 * (Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst of the
 * kernel), and statvfs(). */
#include "telemetry/machine.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>

/* --- memory --------------------------------------------------------------- */

/* The number that the file begins with; UINT64_MAX when there is none, as in
 * "max", or no file. */
static uint64_t read_limit(const char *path)
{
    char text[32], *end = text;
    uint64_t limit = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return UINT64_MAX;
    if (fgets(text, sizeof text, file) != NULL)
        limit = strtoull(text, &end, 10);
    fclose(file);
    return end != text ? limit : UINT64_MAX;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The smallest limit of the group and of those around it. A container may see
 * its own group alone, as the root of the tree, whatever its path is called:
 * folders that are not there are passed over. */
static uint64_t
group_limit(const char *root, const char *tree, char *group, const char *name)
{
    uint64_t limit = UINT64_MAX;
    char path[2 * PATH_MAX];
    for (;;) {
        snprintf(path, sizeof path, "%s/sys/fs/cgroup%s%s/%s", root, tree,
                 group, name);
        limit = smaller(limit, read_limit(path));
        char *slash = strrchr(group, '/');
        if (slash == NULL)
            return limit;
        *slash = '\0';
    }
}

/* Is "memory" one of "cpu,memory"? */
static bool is_memory(const char *controllers)
{
    const char *found = strstr(controllers, "memory");
    return found != NULL && (found == controllers || found[-1] == ',') &&
           (found[6] == '\0' || found[6] == ',');
}

/* A line is HIERARCHY:CONTROLLERS:/GROUP; version 2 has no controllers. */
static uint64_t line_limit(const char *root, char *line)
{
    char *controllers = strchr(line, ':');
    char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
    if (group == NULL)
        return UINT64_MAX;
    *controllers++ = '\0';
    *group++ = '\0';
    group[strcspn(group, "\n")] = '\0';
    if (controllers[0] == '\0')
        return group_limit(root, "", group, "memory.max");
    if (is_memory(controllers))
        return group_limit(root, "/memory", group, "memory.limit_in_bytes");
    return UINT64_MAX;
}

static uint64_t groups_limit(const char *root)
{
    uint64_t limit = UINT64_MAX;
    char line[PATH_MAX];
    snprintf(line, sizeof line, "%s/proc/self/cgroup", root);
    FILE *file = fopen(line, "re");
    if (file == NULL)
        return limit;
    while (fgets(line, sizeof line, file) != NULL)
        limit = smaller(limit, line_limit(root, line));
    fclose(file);
    return limit;
}

static uint64_t total_memory(void)
{
    struct sysinfo info;
    return sysinfo(&info) == 0 ? (uint64_t)info.totalram * info.mem_unit
                               : UINT64_MAX;
}

uint64_t machine_memory(const char *root)
{
    uint64_t bytes = smaller(total_memory(), groups_limit(root));
    return bytes == UINT64_MAX ? 0 : bytes;
}

/* --- disk ----------------------------------------------------------------- */

bool machine_disk(const char *folder, uint64_t *n_free, uint64_t *size)
{
    struct statvfs disk;
    *n_free = *size = 0;
    if (statvfs(folder, &disk) != 0)
        return false;
    *n_free = (uint64_t)disk.f_bavail * disk.f_frsize;
    *size = (uint64_t)disk.f_blocks * disk.f_frsize;
    return true;
}
