/* SPDX-License-Identifier: MIT
 *
 * sysinfo(), sched_getaffinity(), /proc/self/cgroup with the files of control
 * groups (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst and
 * scheduler/sched-bwc.rst of the kernel), and statvfs(). */
#include "telemetry/machine.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* --- control groups ------------------------------------------------------- */

/* What groups limit: UINT64_MAX stands for no limit. */
struct resource {
    const char *controller; /* of version 1, whose tree has its name */
    uint64_t (*limit_1)(const char *folder); /* of the group of this folder */
    uint64_t (*limit_2)(const char *folder);
};

/* The numbers that a file begins with, at most two; how many. "max" is none,
 * and so is "-1", which is how version 1 says it. */
static size_t
read_numbers(const char *folder, const char *name, uint64_t out[2])
{
    char path[2 * PATH_MAX + 64], text[64] = "";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    char *from = fgets(text, sizeof text, file);
    fclose(file);
    for (size_t n = 0; n < 2; n++) {
        char *end = from;
        if (from == NULL || strchr(from, '-') != NULL)
            return n;
        out[n] = strtoull(from, &end, 10);
        if (end == from)
            return n;
        from = end;
    }
    return 2;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The smallest limit of the group and of those around it. A container may see
 * its own group alone, as the root of the tree, whatever its path is called:
 * folders that are not there are passed over. */
static uint64_t group_limit(const char *root,
                            const char *tree,
                            char *group,
                            uint64_t (*limit_of)(const char *folder))
{
    uint64_t limit = UINT64_MAX;
    char folder[2 * PATH_MAX];
    for (;;) {
        snprintf(folder, sizeof folder, "%s/sys/fs/cgroup%s%s%s", root,
                 tree[0] != '\0' ? "/" : "", tree, group);
        limit = smaller(limit, limit_of(folder));
        char *slash = strrchr(group, '/');
        if (slash == NULL)
            return limit;
        *slash = '\0';
    }
}

/* Is "memory" one of "cpu,memory"? */
static bool has_controller(const char *controllers, const char *name)
{
    size_t length = strlen(name);
    for (const char *item = controllers;; item++) {
        size_t n = strcspn(item, ",");
        if (n == length && memcmp(item, name, n) == 0)
            return true;
        item += n;
        if (*item == '\0')
            return false;
    }
}

/* A line is HIERARCHY:CONTROLLERS:/GROUP; version 2 has no controllers. */
static uint64_t
line_limit(const char *root, char *line, const struct resource *resource)
{
    char *controllers = strchr(line, ':');
    char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
    if (group == NULL)
        return UINT64_MAX;
    *controllers++ = '\0';
    *group++ = '\0';
    group[strcspn(group, "\n")] = '\0';
    if (controllers[0] == '\0')
        return group_limit(root, "", group, resource->limit_2);
    if (has_controller(controllers, resource->controller))
        return group_limit(root, resource->controller, group,
                           resource->limit_1);
    return UINT64_MAX;
}

static uint64_t groups_limit(const char *root, const struct resource *resource)
{
    uint64_t limit = UINT64_MAX;
    char line[PATH_MAX];
    snprintf(line, sizeof line, "%s/proc/self/cgroup", root);
    FILE *file = fopen(line, "re");
    if (file == NULL)
        return limit;
    while (fgets(line, sizeof line, file) != NULL)
        limit = smaller(limit, line_limit(root, line, resource));
    fclose(file);
    return limit;
}

/* --- memory --------------------------------------------------------------- */

static uint64_t memory_limit_1(const char *folder)
{
    uint64_t bytes[2];
    return read_numbers(folder, "memory.limit_in_bytes", bytes) > 0
               ? bytes[0]
               : UINT64_MAX;
}

static uint64_t memory_limit_2(const char *folder)
{
    uint64_t bytes[2];
    return read_numbers(folder, "memory.max", bytes) > 0 ? bytes[0]
                                                         : UINT64_MAX;
}

static uint64_t total_memory(void)
{
    struct sysinfo info;
    return sysinfo(&info) == 0 ? (uint64_t)info.totalram * info.mem_unit
                               : UINT64_MAX;
}

uint64_t machine_memory(const char *root)
{
    static const struct resource memory = {"memory", memory_limit_1,
                                           memory_limit_2};
    uint64_t bytes = smaller(total_memory(), groups_limit(root, &memory));
    return bytes == UINT64_MAX ? 0 : bytes;
}

/* --- processors ----------------------------------------------------------- */

/* So much time of all processors in a period. A part of one is left to those
 * that answer: who uses a quota up is stopped until the period ends, and
 * niceness does not change that. */
static uint64_t whole_processors(uint64_t quota, uint64_t period)
{
    return period > 0 ? quota / period : UINT64_MAX;
}

static uint64_t processor_limit_1(const char *folder)
{
    uint64_t quota[2], period[2];
    bool limited = read_numbers(folder, "cpu.cfs_quota_us", quota) > 0 &&
                   read_numbers(folder, "cpu.cfs_period_us", period) > 0;
    return limited ? whole_processors(quota[0], period[0]) : UINT64_MAX;
}

static uint64_t processor_limit_2(const char *folder)
{
    uint64_t quota_and_period[2];
    return read_numbers(folder, "cpu.max", quota_and_period) == 2
               ? whole_processors(quota_and_period[0], quota_and_period[1])
               : UINT64_MAX;
}

/* A set for 1024 processors; a machine with more is asked how many it has. */
static uint64_t allowed_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return (uint64_t)CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (uint64_t)n : 1;
}

size_t machine_processors(const char *root)
{
    static const struct resource processors = {"cpu", processor_limit_1,
                                               processor_limit_2};
    uint64_t n = smaller(allowed_processors(), groups_limit(root, &processors));
    return n > 0 ? (size_t)n : 1;
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
