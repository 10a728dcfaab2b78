/* SPDX-License-Identifier: MIT
 *
 * What the test and the preloaded library say to each other, through a page of
 * a file that both have mapped: the test arms, the library counts and fails.
 *
 *     TORTURE_CONTROL=FILE LD_PRELOAD=fail.so mlpd … */
#ifndef TESTS_TORTURE_FAIL_H
#define TESTS_TORTURE_FAIL_H

#include <stdatomic.h>
#include <stdint.h>

enum fail_kind {
    FAIL_WRITE = 1 << 0, /* write, pwrite */
    FAIL_SYNC = 1 << 1,  /* fsync, fdatasync */
    FAIL_RENAME = 1 << 2,
    FAIL_OPEN = 1 << 3,  /* open, openat, fopen, mkdir */
    FAIL_SPACE = 1 << 4, /* fallocate, ftruncate to more */
    FAIL_UNLINK = 1 << 5,
    FAIL_READ = 1 << 6,
    FAIL_MEMORY = 1 << 7, /* malloc and its family, of the whole process */
};

/* Instead of an errno: half of the bytes. */
enum { FAIL_SHORT = -1 };

struct fail_control {
    _Atomic int32_t armed;
    int32_t kinds, error;
    int32_t lasting;                   /* all calls from the n-th on fail */
    _Atomic int64_t countdown;         /* the call that brings it to 0 fails */
    _Atomic int64_t n_calls, n_failed; /* since it was armed */
    char folder[512];                  /* files below it count, and no others */
    char failed[128];                  /* the call that did, and its file */
};

#endif
