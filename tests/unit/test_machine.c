/* SPDX-License-Identifier: MIT */
#include "telemetry/machine.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "temp_folder.h"

static char root[TEMP_PATH];

static void set_up(void)
{
    temp_folder_make(root);
}

static void tear_down(void)
{
    temp_folder_remove(root);
}

TestSuite(machine, .init = set_up, .fini = tear_down);

/* A file under `root`, with the folders that lead to it. */
static void put(const char *name, const char *text)
{
    char path[TEMP_PATH + 256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        (void)mkdir(path, 0700);
        *p = '/';
    }
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    fputs(text, file);
    fclose(file);
}

/* Without any group. */
static uint64_t total(void)
{
    return machine_memory("/no/such/folder");
}

Test(machine, memory_is_all_there_is_when_no_group_limits_it)
{
    cr_expect_eq(machine_memory(root), total());
    put("proc/self/cgroup", "0::/user.slice\n");
    put("sys/fs/cgroup/user.slice/memory.max", "max\n");
    cr_expect_eq(machine_memory(root), total());
}

Test(machine, memory_is_the_smallest_limit_on_the_way_to_the_root)
{
    put("proc/self/cgroup", "0::/a/b/c\n");
    put("sys/fs/cgroup/a/b/c/memory.max", "900000\n");
    cr_expect_eq(machine_memory(root), 900000);
    put("sys/fs/cgroup/a/memory.max", "500000\n");
    cr_expect_eq(machine_memory(root), 500000);
    put("sys/fs/cgroup/a/b/memory.max", "700000\n");
    cr_expect_eq(machine_memory(root), 500000);
}

Test(machine, memory_of_a_container_is_the_root_of_the_tree_that_it_sees)
{
    put("proc/self/cgroup", "0::/\n");
    put("sys/fs/cgroup/memory.max", "123456\n");
    cr_expect_eq(machine_memory(root), 123456);
}

Test(machine, memory_groups_of_version_1_count_though_their_path_is_hidden)
{
    put("proc/self/cgroup", "12:pids:/x\n4:cpu,memory:/docker/0123\n0::/\n");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "654321\n");
    cr_expect_eq(machine_memory(root), 654321);
    put("sys/fs/cgroup/memory/docker/0123/memory.limit_in_bytes", "54321\n");
    cr_expect_eq(machine_memory(root), 54321);
    /* What version 1 says when there is no limit. */
    put("sys/fs/cgroup/memory/docker/0123/memory.limit_in_bytes",
        "9223372036854771712\n");
    cr_expect_eq(machine_memory(root), 654321);
}

Test(machine, a_limit_above_the_memory_is_none)
{
    put("proc/self/cgroup", "0::/\n");
    put("sys/fs/cgroup/memory.max", "9999999999999999\n");
    cr_expect_eq(machine_memory(root), total());
}

Test(machine, a_group_file_that_is_nonsense_is_no_limit)
{
    put("proc/self/cgroup", "nonsense\n:::\n0:\n7:notmemory:/\n0::/\n");
    put("sys/fs/cgroup/memory.max", "");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "1000000");
    cr_expect_eq(machine_memory(root), total());
}

/* --- processors ------------------------------------------------------------
 */

static size_t all_processors(void)
{
    return machine_processors("/no/such/folder");
}

/* Limits that hold on a machine with one processor as well. */
Test(machine, processors_are_those_that_the_process_may_run_on)
{
    cpu_set_t before, one;
    cr_assert_eq(sched_getaffinity(0, sizeof before, &before), 0);
    cr_expect_eq(all_processors(), (size_t)CPU_COUNT(&before));
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &before))
            CPU_SET(i, &one);
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    cr_expect_eq(all_processors(), 1);
    cr_expect_eq(sched_setaffinity(0, sizeof before, &before), 0);
}

Test(machine, processors_are_no_more_than_the_groups_quota)
{
    put("proc/self/cgroup", "0::/a/b\n");
    put("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    cr_expect_eq(machine_processors(root), all_processors());
    put("sys/fs/cgroup/a/cpu.max", "99999900000 100000\n");
    cr_expect_eq(machine_processors(root), all_processors());
    put("sys/fs/cgroup/a/cpu.max", "199999 100000\n");
    cr_expect_eq(machine_processors(root), 1, "a part of one does not count");
    put("sys/fs/cgroup/a/cpu.max", "1000 100000\n");
    cr_expect_eq(machine_processors(root), 1, "but there is always one");
    put("sys/fs/cgroup/a/cpu.max", "200000 100000\n");
    cr_expect_eq(machine_processors(root),
                 all_processors() < 2 ? all_processors() : 2);
}

Test(machine, processors_of_version_1_have_a_quota_as_well)
{
    put("proc/self/cgroup", "5:cpuset:/x\n3:cpu,cpuacct:/docker/0\n0::/\n");
    put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n");
    cr_expect_eq(machine_processors(root), all_processors());
    put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    cr_expect_eq(machine_processors(root), 1);
    put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    cr_expect_eq(machine_processors(root), all_processors());
    put("sys/fs/cgroup/cpu/docker/0/cpu.cfs_quota_us", "50000\n");
    put("sys/fs/cgroup/cpu/docker/0/cpu.cfs_period_us", "0\n");
    cr_expect_eq(machine_processors(root), all_processors());
}

Test(machine, a_quota_that_is_nonsense_is_none)
{
    static const char *const texts[] = {"",    "100000", "-1 100000",
                                        "1 0", "x y",    "1000 -5"};
    put("proc/self/cgroup", "0::/\n");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put("sys/fs/cgroup/cpu.max", texts[i]);
        cr_expect_eq(machine_processors(root), all_processors(), "%s",
                     texts[i]);
    }
}

Test(machine, this_one_has_memory_and_disk)
{
    uint64_t n_free, size;
    cr_expect_gt(machine_memory(""), 1 << 20);
    cr_expect(machine_disk(root, &n_free, &size));
    cr_expect_gt(size, 0);
    cr_expect_leq(n_free, size);
}

Test(machine, the_disk_of_a_folder_that_is_not_there_is_unknown)
{
    uint64_t n_free = 1, size = 1;
    cr_expect_not(machine_disk("/no/such/folder", &n_free, &size));
    cr_expect_eq(n_free, 0);
    cr_expect_eq(size, 0);
}
