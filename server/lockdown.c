/* SPDX-License-Identifier: MIT
 *
 * Two seccomp filters (Documentation/userspace-api/seccomp_filter.rst of the
 * kernel), written by hand: a list of calls that are refused with EPERM, all
 * others pass. A list of what is allowed would be tighter, but what malloc,
 * SQLite or the next C library call is theirs to change, and a daemon that dies
 * of an update protects nobody. EPERM rather than death for the same reason:
 * libuv probes for io_uring, say, and goes on without. */
#include "lockdown.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "telemetry/log.h"

/* The calls' numbers mean something on their own architecture alone. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Sanitizers trace and start programs themselves. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#ifdef ARCHITECTURE

/* Numbers that are one for all architectures and newer than some headers. */
enum {
    NR_IO_URING_SETUP = 425,
    NR_IO_URING_ENTER = 426,
    NR_IO_URING_REGISTER = 427,
    NR_OPEN_TREE = 428,
    NR_MOVE_MOUNT = 429,
    NR_FSOPEN = 430,
    NR_FSCONFIG = 431,
    NR_FSMOUNT = 432,
    NR_FSPICK = 433,
    NR_CLONE3 = 435,
    NR_PIDFD_GETFD = 438,
    NR_PROCESS_MADVISE = 440,
    NR_MOUNT_SETATTR = 442,
};

static const int refused[] = {
    /* outbound connections, and a way past this filter to make them */
    SYS_connect,
    NR_IO_URING_SETUP,
    NR_IO_URING_ENTER,
    NR_IO_URING_REGISTER,
    /* other programs */
    SYS_execve,
    SYS_execveat,
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
#endif
    /* other processes */
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    NR_PIDFD_GETFD,
    NR_PROCESS_MADVISE,
    SYS_kcmp,
    /* other views of the file system, and of everything else */
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    NR_OPEN_TREE,
    NR_MOVE_MOUNT,
    NR_FSOPEN,
    NR_FSCONFIG,
    NR_FSMOUNT,
    NR_FSPICK,
    NR_MOUNT_SETATTR,
    SYS_unshare,
    SYS_setns,
    SYS_open_by_handle_at,
    /* other users */
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setgroups,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_capset,
    /* the kernel itself, and what most holes in it were reached by */
    SYS_bpf,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
#ifdef SYS_iopl
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
#endif
    /* the machine */
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_syslog,
    SYS_acct,
    SYS_quotactl,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_personality,
};

/* UDP needs no connect(): without a new socket there is none either. */
static const int refused_at_last[] = {SYS_socket, SYS_socketpair, SYS_bind,
                                      SYS_listen};

/* --- building a filter ---------------------------------------------------- */

/* The limit is no call's, and a list that outgrows it does not compile. */
enum { PROGRAM_MAX = 256 };
static_assert(2 * sizeof refused / sizeof *refused + 16 < PROGRAM_MAX,
              "a longer program");

struct program {
    struct sock_filter code[PROGRAM_MAX];
    unsigned short n;
};

static void add(struct program *program, struct sock_filter instruction)
{
    program->code[program->n++] = instruction;
}

static void load(struct program *program, size_t offset)
{
    add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                              (uint32_t)offset));
}

/* Unless the comparison holds, pass over the next instruction. */
static void unless(struct program *program, unsigned compare, uint32_t value)
{
    add(program, (struct sock_filter)BPF_JUMP(
                     (uint16_t)(BPF_JMP | compare | BPF_K), value, 0, 1));
}

static void answer(struct program *program, uint32_t answer)
{
    add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

static void refuse(struct program *program, const int *calls, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unless(program, BPF_JEQ, (uint32_t)calls[i]);
        answer(program, SECCOMP_RET_ERRNO | EPERM);
    }
}

/* Calls by another architecture's numbers would mean others. */
static void open_program(struct program *program)
{
    program->n = 0;
    load(program, offsetof(struct seccomp_data, arch));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                              ARCHITECTURE, 1, 0));
    answer(program, SECCOMP_RET_KILL_PROCESS);
    load(program, offsetof(struct seccomp_data, nr));
#ifdef __X32_SYSCALL_BIT
    unless(program, BPF_JGE, __X32_SYSCALL_BIT);
    answer(program, SECCOMP_RET_ERRNO | ENOSYS);
#endif
}

/* clone() may make threads, no processes. clone3() keeps its flags in memory,
 * where a filter cannot look; the C library knows ENOSYS and takes clone(). */
static void refuse_processes(struct program *program)
{
    unless(program, BPF_JEQ, NR_CLONE3);
    answer(program, SECCOMP_RET_ERRNO | ENOSYS);
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                              SYS_clone, 0, 3));
    load(program, offsetof(struct seccomp_data, args[0]));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
                                              CLONE_THREAD, 1, 0));
    answer(program, SECCOMP_RET_ERRNO | EPERM);
}

/* --- installing it -------------------------------------------------------- */

static void install(struct program *program, unsigned flags, const char *which)
{
    struct sock_fprog filter = {.len = program->n, .filter = program->code};
    answer(program, SECCOMP_RET_ALLOW);
    filter.len = program->n;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter) != 0)
        log_event(LOG_WARN, "no_system_call_filter",
                  LOG_TEXT_FIELD("filter", which),
                  LOG_TEXT_FIELD("reason", strerror(errno)));
}

static void filter_first(void)
{
    struct program program;
    open_program(&program);
    refuse(&program, refused, sizeof refused / sizeof *refused);
    refuse_processes(&program);
    install(&program, 0, "first");
}

/* The other threads run already: they get it, too. */
static void filter_last(void)
{
    struct program program;
    open_program(&program);
    refuse(&program, refused_at_last,
           sizeof refused_at_last / sizeof *refused_at_last);
    install(&program, SECCOMP_FILTER_FLAG_TSYNC, "last");
}

#else

static void filter_first(void)
{
    log_event(LOG_WARN, "no_system_call_filter",
              LOG_TEXT_FIELD("reason", "not written for this architecture"));
}

static void filter_last(void)
{
}

#endif

/* --- outside -------------------------------------------------------------- */

static bool filters(const struct lockdown *options)
{
    return !options->no_filter && !SANITIZED;
}

void lockdown_begin(const struct lockdown *options)
{
    umask(S_IRWXG | S_IRWXO);
    if (!options->core_dumps && !SANITIZED)
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    /* A filter takes this first, unless one is root. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        log_event(LOG_WARN, "new_privileges_possible",
                  LOG_TEXT_FIELD("reason", strerror(errno)));
    if (filters(options))
        filter_first();
}

void lockdown_seal(const struct lockdown *options)
{
    if (filters(options))
        filter_last();
}
