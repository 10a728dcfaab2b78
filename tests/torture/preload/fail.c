/* SPDX-License-Identifier: MIT
 *
 * A library to be preloaded that lets the n-th call fail: of those that write
 * below a folder, or of those that allocate. What the kernel does is asked of
 * the kernel itself, so that nothing here depends on how libc is loaded. */
#include "torture/preload/fail.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static struct fail_control *control;

__attribute__((constructor)) static void map_control(void)
{
    const char *path = getenv("TORTURE_CONTROL");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;

    if (fd < 0)
        return;
    void *page =
        mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (page != MAP_FAILED)
        control = page;
}

/* --- whose turn it is ----------------------------------------------------- */

static bool is_below(const char *path)
{
    size_t n = strlen(control->folder);
    return strncmp(path, control->folder, n) == 0 &&
           (path[n] == '/' || path[n] == '\0');
}

static bool is_armed(int kind)
{
    return control != NULL && (control->kinds & kind) != 0 &&
           atomic_load(&control->armed) != 0;
}

/* No allocation in here. */
static bool is_turn(const char *call, const char *path)
{
    int64_t left;

    atomic_fetch_add(&control->n_calls, 1);
    left = atomic_fetch_sub(&control->countdown, 1);
    if (left != 1 && !(left < 1 && control->lasting))
        return false;
    if (atomic_fetch_add(&control->n_failed, 1) == 0)
        snprintf(control->failed, sizeof control->failed, "%s %s", call, path);
    return true;
}

static const char *path_of(int fd, char out[PATH_MAX])
{
    char link[48];

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = syscall(SYS_readlink, link, out, (size_t)PATH_MAX - 1);
    out[n > 0 ? n : 0] = '\0';
    return out;
}

/* The errno to fail with, FAIL_SHORT, or 0: do not. */
static int fails_fd(int kind, const char *call, int fd)
{
    char path[PATH_MAX];
    int saved = errno;

    if (!is_armed(kind))
        return 0;
    bool fails = is_below(path_of(fd, path)) &&
                 is_turn(call, path + strlen(control->folder));
    errno = saved;
    return fails ? control->error : 0;
}

static int
fails_path(int kind, const char *call, int folder_fd, const char *path)
{
    char folder[PATH_MAX], whole[2 * PATH_MAX];
    int saved = errno;

    if (!is_armed(kind))
        return 0;
    if (path[0] == '/')
        snprintf(whole, sizeof whole, "%s", path);
    else if (folder_fd == AT_FDCWD)
        return 0; /* DATA is named by an absolute path */
    else
        snprintf(whole, sizeof whole, "%s/%s", path_of(folder_fd, folder),
                 path);
    bool fails =
        is_below(whole) && is_turn(call, whole + strlen(control->folder));
    errno = saved;
    return fails ? control->error : 0;
}

/* A call that has no half. */
static int whole_error(int error)
{
    return error == FAIL_SHORT ? EIO : error;
}

#define FAIL_WITH(error)                                                       \
    do {                                                                       \
        int error_ = (error);                                                  \
        if (error_ != 0) {                                                     \
            errno = whole_error(error_);                                       \
            return -1;                                                         \
        }                                                                      \
    } while (0)

/* --- bytes ---------------------------------------------------------------- */

/* How many of n bytes to let through; -1 with errno: none. */
static ssize_t allowance(int kind, const char *call, int fd, size_t n)
{
    int error = fails_fd(kind, call, fd);

    if (error == 0 || (error == FAIL_SHORT && n < 2))
        return (ssize_t)n;
    if (error == FAIL_SHORT)
        return (ssize_t)(n / 2);
    errno = error;
    return -1;
}

EXPORT ssize_t write(int fd, const void *bytes, size_t n)
{
    ssize_t allowed = allowance(FAIL_WRITE, "write", fd, n);
    return allowed < 0 ? -1 : syscall(SYS_write, fd, bytes, (size_t)allowed);
}

EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    ssize_t allowed = allowance(FAIL_WRITE, "pwrite", fd, n);
    return allowed < 0 ? -1
                       : syscall(SYS_pwrite64, fd, bytes, (size_t)allowed, at);
}

EXPORT ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    return pwrite64(fd, bytes, n, at);
}

EXPORT ssize_t read(int fd, void *bytes, size_t n)
{
    ssize_t allowed = allowance(FAIL_READ, "read", fd, n);
    return allowed < 0 ? -1 : syscall(SYS_read, fd, bytes, (size_t)allowed);
}

EXPORT ssize_t pread64(int fd, void *bytes, size_t n, off64_t at)
{
    ssize_t allowed = allowance(FAIL_READ, "pread", fd, n);
    return allowed < 0 ? -1
                       : syscall(SYS_pread64, fd, bytes, (size_t)allowed, at);
}

EXPORT ssize_t pread(int fd, void *bytes, size_t n, off_t at)
{
    return pread64(fd, bytes, n, at);
}

/* --- files ---------------------------------------------------------------- */

EXPORT int fsync(int fd)
{
    FAIL_WITH(fails_fd(FAIL_SYNC, "fsync", fd));
    return (int)syscall(SYS_fsync, fd);
}

EXPORT int fdatasync(int fd)
{
    FAIL_WITH(fails_fd(FAIL_SYNC, "fdatasync", fd));
    return (int)syscall(SYS_fdatasync, fd);
}

EXPORT int ftruncate64(int fd, off64_t length)
{
    FAIL_WITH(fails_fd(FAIL_SPACE, "ftruncate", fd));
    return (int)syscall(SYS_ftruncate, fd, length);
}

EXPORT int ftruncate(int fd, off_t length)
{
    return ftruncate64(fd, length);
}

EXPORT int fallocate64(int fd, int mode, off64_t at, off64_t length)
{
    FAIL_WITH(fails_fd(FAIL_SPACE, "fallocate", fd));
    return (int)syscall(SYS_fallocate, fd, mode, at, length);
}

EXPORT int fallocate(int fd, int mode, off_t at, off_t length)
{
    return fallocate64(fd, mode, at, length);
}

/* Returns its error. */
EXPORT int posix_fallocate64(int fd, off64_t at, off64_t length)
{
    return fallocate64(fd, 0, at, length) == 0 ? 0 : errno;
}

EXPORT int posix_fallocate(int fd, off_t at, off_t length)
{
    return posix_fallocate64(fd, at, length);
}

static int open_at(int folder_fd, const char *path, int flags, mode_t mode)
{
    FAIL_WITH(fails_path(FAIL_OPEN, "open", folder_fd, path));
    return (int)syscall(SYS_openat, folder_fd, path, flags, mode);
}

#define MODE_OF(flags)                                                         \
    ({                                                                         \
        va_list arguments;                                                     \
        va_start(arguments, flags);                                            \
        mode_t mode_ = va_arg(arguments, mode_t);                              \
        va_end(arguments);                                                     \
        mode_;                                                                 \
    })

EXPORT int open(const char *path, int flags, ...)
{
    return open_at(AT_FDCWD, path, flags, MODE_OF(flags));
}

EXPORT int open64(const char *path, int flags, ...)
{
    return open_at(AT_FDCWD, path, flags, MODE_OF(flags));
}

EXPORT int openat(int folder_fd, const char *path, int flags, ...)
{
    return open_at(folder_fd, path, flags, MODE_OF(flags));
}

EXPORT int openat64(int folder_fd, const char *path, int flags, ...)
{
    return open_at(folder_fd, path, flags, MODE_OF(flags));
}

EXPORT FILE *fopen(const char *path, const char *mode)
{
    static FILE *(*next_fopen)(const char *, const char *);
    int error = fails_path(FAIL_OPEN, "fopen", AT_FDCWD, path);

    if (error != 0) {
        errno = whole_error(error);
        return NULL;
    }
    if (next_fopen == NULL)
        *(void **)&next_fopen = dlsym(RTLD_NEXT, "fopen");
    return next_fopen(path, mode);
}

EXPORT int mkdir(const char *path, mode_t mode)
{
    FAIL_WITH(fails_path(FAIL_OPEN, "mkdir", AT_FDCWD, path));
    return (int)syscall(SYS_mkdir, path, mode);
}

EXPORT int mkdirat(int folder_fd, const char *path, mode_t mode)
{
    FAIL_WITH(fails_path(FAIL_OPEN, "mkdir", folder_fd, path));
    return (int)syscall(SYS_mkdirat, folder_fd, path, mode);
}

EXPORT int renameat2(int from_fd,
                     const char *from,
                     int to_fd,
                     const char *to,
                     unsigned flags)
{
    FAIL_WITH(fails_path(FAIL_RENAME, "rename", to_fd, to));
    return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

EXPORT int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    return renameat2(from_fd, from, to_fd, to, 0);
}

EXPORT int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT int unlinkat(int folder_fd, const char *path, int flags)
{
    FAIL_WITH(fails_path(FAIL_UNLINK, "unlink", folder_fd, path));
    return (int)syscall(SYS_unlinkat, folder_fd, path, flags);
}

EXPORT int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

/* --- memory --------------------------------------------------------------- */

/* Whoever allocates behind us: libc, or a sanitizer. */
static struct {
    void *(*malloc)(size_t n);
    void *(*calloc)(size_t n, size_t size);
    void *(*realloc)(void *block, size_t n);
    void *(*aligned_alloc)(size_t alignment, size_t n);
    void (*free)(void *block);
} next;

/* Asking who they are allocates, too: that comes from here, zeroed, for good.
 * One thread does it, before there are others. */
static _Alignas(16) unsigned char early[1 << 16];
static size_t n_early;

static void *take_early(size_t n)
{
    void *block = early + n_early;

    n_early += (n + 15) & ~(size_t)15;
    if (n_early > sizeof early)
        abort();
    return block;
}

static bool is_early(const void *block)
{
    return (uintptr_t)block - (uintptr_t)early < sizeof early;
}

static bool have_next(void)
{
    static bool asking;

    if (next.free != NULL || asking)
        return next.free != NULL;
    asking = true;
    *(void **)&next.malloc = dlsym(RTLD_NEXT, "malloc");
    *(void **)&next.calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&next.realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&next.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
    *(void **)&next.free = dlsym(RTLD_NEXT, "free");
    asking = false;
    return true;
}

static bool no_memory(void)
{
    if (!is_armed(FAIL_MEMORY) || !is_turn("memory", ""))
        return false;
    errno = ENOMEM;
    return true;
}

EXPORT void *malloc(size_t n)
{
    if (!have_next())
        return take_early(n);
    return no_memory() ? NULL : next.malloc(n);
}

EXPORT void *calloc(size_t n, size_t size)
{
    if (!have_next())
        return take_early(n * size);
    return no_memory() ? NULL : next.calloc(n, size);
}

EXPORT void *realloc(void *block, size_t n)
{
    if (is_early(block) || !have_next()) {
        void *moved = malloc(n);
        size_t room =
            is_early(block)
                ? (size_t)(early + sizeof early - (unsigned char *)block)
                : 0;
        if (moved != NULL && room > 0)
            memcpy(moved, block, n < room ? n : room);
        return moved;
    }
    return no_memory() ? NULL : next.realloc(block, n);
}

EXPORT void *reallocarray(void *block, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

EXPORT void *aligned_alloc(size_t alignment, size_t n)
{
    if (!have_next())
        return take_early(n);
    return no_memory() ? NULL : next.aligned_alloc(alignment, n);
}

EXPORT void *memalign(size_t alignment, size_t n)
{
    return aligned_alloc(alignment, n);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t n)
{
    *out = aligned_alloc(alignment, n);
    return *out != NULL ? 0 : ENOMEM;
}

EXPORT void free(void *block)
{
    if (!is_early(block) && have_next())
        next.free(block);
}
