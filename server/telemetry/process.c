/* SPDX-License-Identifier: MIT
 *
 * /proc/self/stat and its folder of descriptors, proc(5). */
#include "telemetry/process.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Figures of /proc/self/stat, by their numbers in proc(5): clock ticks, bytes
 * of virtual memory, and pages of resident memory. */
enum {
    STATE = 3,
    USER = 14,
    SYSTEM = 15,
    THREADS = 20,
    START = 22,
    VIRTUAL = 23,
    RESIDENT = 24,
    N_FIELDS,
};

/* fields[i] = field i, for i from USER on. */
static bool read_stat(uint64_t fields[N_FIELDS])
{
    char text[1024], *rest = NULL;
    FILE *file = fopen("/proc/self/stat", "re");

    if (file == NULL)
        return false;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    /* The process's name may hold anything; it ends with the last ')'. */
    char *behind_name = strrchr(text, ')');
    if (behind_name == NULL)
        return false;
    char *word = strtok_r(behind_name + 1, " ", &rest);
    for (int i = STATE; i < N_FIELDS; i++) {
        if (word == NULL)
            return false;
        fields[i] = strtoull(word, NULL, 10);
        word = strtok_r(NULL, " ", &rest);
    }
    return true;
}

static size_t count_descriptors(void)
{
    size_t n = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        n += entry->d_name[0] != '.';
    closedir(folder);
    return n - 1; /* without the one that listed them */
}

static double clock_seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool process_usage_read(struct process_usage *out)
{
    uint64_t fields[N_FIELDS];
    struct rlimit limit = {0};
    double ticks_per_second = (double)sysconf(_SC_CLK_TCK);

    if (!read_stat(fields))
        return false;
    getrlimit(RLIMIT_NOFILE, &limit);
    double age_s = clock_seconds(CLOCK_BOOTTIME) -
                   (double)fields[START] / ticks_per_second;
    *out = (struct process_usage){
        .resident_bytes =
            (size_t)fields[RESIDENT] * (size_t)sysconf(_SC_PAGESIZE),
        .virtual_bytes = (size_t)fields[VIRTUAL],
        .threads = (size_t)fields[THREADS],
        .open_fds = count_descriptors(),
        .max_fds = (size_t)limit.rlim_cur,
        .cpu_seconds =
            (double)(fields[USER] + fields[SYSTEM]) / ticks_per_second,
        .start_time_s = clock_seconds(CLOCK_REALTIME) - age_s,
    };
    return true;
}
