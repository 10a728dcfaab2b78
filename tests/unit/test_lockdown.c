/* SPDX-License-Identifier: MIT */
#include "lockdown.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Each test is a process of its own: what it gives up is lost to it alone. */

static const struct lockdown usual;

/* Sanitizers leave no filter, and NO_SECCOMP says that a sandbox does not:
 * nothing to test then. Anywhere else there must be one. */
#if defined(__has_feature)
#define HAS(feature) __has_feature(feature)
#else
#define HAS(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||           \
    HAS(address_sanitizer) || HAS(thread_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static bool begin(void)
{
    lockdown_begin(&usual);
    bool filtered = prctl(PR_GET_SECCOMP) == 2;
    cr_assert(filtered || SANITIZED || getenv("NO_SECCOMP") != NULL);
    return filtered;
}

/* What the kernel answers: 0, or an errno. */
static int answer_of(long result)
{
    return result < 0 ? errno : 0;
}

Test(lockdown, no_connection_can_be_made)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const struct sockaddr *to = (const struct sockaddr *)&address;
    if (!begin())
        return;
    cr_expect_eq(answer_of(connect(fd, to, sizeof address)), EPERM);
    cr_expect_eq(answer_of(syscall(425, 8, NULL)), EPERM, "io_uring_setup");
    close(fd);
}

Test(lockdown, no_program_and_no_process_can_be_started)
{
    char *const none[] = {NULL};
    if (!begin())
        return;
    cr_expect_eq(answer_of(execve("/bin/true", none, none)), EPERM);
    cr_expect_eq(answer_of(fork()), EPERM);
    cr_expect_eq(answer_of(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0)),
                 EPERM);
    cr_expect_eq(answer_of(syscall(435, NULL, 0)), ENOSYS, "clone3");
    cr_expect_eq(answer_of(unshare(CLONE_NEWUSER)), EPERM);
    cr_expect_eq(answer_of(ptrace(PTRACE_TRACEME, 0, 0, 0)), EPERM);
}

static void *answer(void *argument)
{
    return argument;
}

Test(lockdown, threads_and_sockets_are_still_made)
{
    pthread_t thread;
    void *result = NULL;
    int here;
    begin();
    cr_assert_eq(pthread_create(&thread, NULL, answer, &here), 0);
    pthread_join(thread, &result);
    cr_expect_eq(result, &here);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_expect_geq(fd, 0);
    close(fd);
}

static pthread_barrier_t barrier;

/* Begun before the seal; makes its socket behind it. */
static void *make_socket(void *argument)
{
    int *result = argument;
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    *result = answer_of(socket(AF_INET, SOCK_DGRAM, 0));
    return NULL;
}

Test(lockdown, once_sealed_no_thread_makes_a_socket)
{
    pthread_t thread;
    int result = -1;
    if (!begin())
        return;
    pthread_barrier_init(&barrier, NULL, 2);
    cr_assert_eq(pthread_create(&thread, NULL, make_socket, &result), 0);
    pthread_barrier_wait(&barrier);
    lockdown_seal(&usual);
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
    cr_expect_eq(result, EPERM);
    cr_expect_eq(answer_of(socket(AF_INET, SOCK_STREAM, 0)), EPERM);
}

Test(lockdown, privileges_files_and_memory_are_closed)
{
    begin();
    cr_expect_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    cr_expect_eq(umask(0), 077);
    if (prctl(PR_GET_SECCOMP) == 2) /* else sanitizers want it open */
        cr_expect_eq(prctl(PR_GET_DUMPABLE), 0);
}

Test(lockdown, what_was_left_open_is_open)
{
    lockdown_begin(&(struct lockdown){.core_dumps = true, .no_filter = true});
    lockdown_seal(&(struct lockdown){.core_dumps = true, .no_filter = true});
    cr_expect_eq(prctl(PR_GET_SECCOMP), 0);
    cr_expect_eq(prctl(PR_GET_DUMPABLE), 1);
}
