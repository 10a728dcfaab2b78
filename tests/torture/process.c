/* SPDX-License-Identifier: MIT */
#include "torture/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <nettle/sha2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "torture/check.h"

enum { START_MS = 60000, STOP_MS = 20000, POLL_MS = 2 };

static void path_in(const struct process *process, const char *name, char *out)
{
    if (snprintf(out, PROCESS_PATH, "%s/%s", process->folder, name) >=
        PROCESS_PATH)
        give_up("%s: too long a path", process->folder);
}

void process_init(struct process *process, const char *program)
{
    const char *parent = getenv("TMPDIR");

    *process = (struct process){.program = program};
    snprintf(process->folder, sizeof process->folder, "%s/mlpd-torture-XXXXXX",
             parent != NULL ? parent : "/tmp");
    if (mkdtemp(process->folder) == NULL)
        give_up("%s: %s", process->folder, strerror(errno));
    path_in(process, "data", process->data);
}

void process_free(struct process *process)
{
    process_kill(process);
    if (check_n_failed() > 0 && getenv("TORTURE_KEEP") != NULL)
        note("kept: %s", process->folder);
    else
        remove_folder(process->folder);
}

/* --- starting ------------------------------------------------------------- */

static void become_daemon(struct process *process)
{
    char port_file[PROCESS_PATH], log[PROCESS_PATH];
    const char *arguments[PROCESS_FLAGS + 16] = {
        process->program, "serve",   "--listen", "127.0.0.1:0",
        "--port-file",    port_file, "--data",   process->data,
        "--log-format",   "json"};
    size_t n = 10;

    for (size_t i = 0; process->flags[i] != NULL; i++)
        arguments[n++] = process->flags[i];
    path_in(process, "port", port_file);
    path_in(process, "log", log);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd >= 0)
        dup2(fd, STDERR_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* not to outlive the test */
    if (process->in_child != NULL)
        process->in_child(process->argument);
    for (size_t i = 0; i < 4 && process->environment[i] != NULL; i++)
        putenv(strdup(process->environment[i]));
    if (process->preload != NULL)
        setenv("LD_PRELOAD", process->preload, 1);
    execv(process->program, (char *const *)(uintptr_t)arguments);
    fprintf(stderr, "%s: %s\n", process->program, strerror(errno));
    _exit(127);
}

void process_spawn(struct process *process)
{
    char port_file[PROCESS_PATH];

    path_in(process, "port", port_file);
    unlink(port_file);
    process->port = 0;
    fflush(NULL);
    process->pid = fork();
    if (process->pid < 0)
        give_up("fork: %s", strerror(errno));
    if (process->pid == 0)
        become_daemon(process);
}

static bool read_port(struct process *process)
{
    char path[PROCESS_PATH];
    unsigned port = 0;

    path_in(process, "port", path);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    if (fscanf(file, "%u", &port) != 1)
        port = 0;
    fclose(file);
    process->port = (uint16_t)port;
    return port != 0;
}

bool process_ready(struct process *process)
{
    int64_t end = now_ms() + START_MS;

    while (now_ms() < end && process_lives(process)) {
        if (read_port(process))
            return true;
        pause_ms(POLL_MS);
    }
    return false;
}

void process_start(struct process *process)
{
    process_spawn(process);
    if (process_ready(process))
        return;
    process_show_log(process);
    give_up("the daemon does not start");
}

/* --- ending --------------------------------------------------------------- */

static int status_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool process_lives(struct process *process)
{
    siginfo_t info = {.si_pid = 0};

    return process->pid > 0 &&
           waitid(P_PID, (id_t)process->pid, &info,
                  WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
}

void process_kill(struct process *process)
{
    if (process->pid <= 0)
        return;
    kill(process->pid, SIGKILL);
    waitpid(process->pid, NULL, 0);
    process->pid = 0;
}

void process_signal(struct process *process, int signal)
{
    if (process->pid > 0)
        kill(process->pid, signal);
}

int process_wait(struct process *process, int64_t ms)
{
    int64_t end = now_ms() + ms;
    int status;

    while (process_lives(process)) {
        if (now_ms() >= end)
            return PROCESS_LATE;
        pause_ms(POLL_MS);
    }
    waitpid(process->pid, &status, 0);
    process->pid = 0;
    return status_of(status);
}

void process_stop(struct process *process)
{
    process_signal(process, SIGTERM);
    int status = process_wait(process, STOP_MS);
    if (!check(status == 0, "SIGTERM ends the daemon with %d", status))
        process_show_log(process);
    process_kill(process);
}

/* --- looking -------------------------------------------------------------- */

static long status_line(const struct process *process, const char *name)
{
    char path[64], line[256];
    size_t n = strlen(name);
    long value = 0;

    snprintf(path, sizeof path, "/proc/%ld/status", (long)process->pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, n) == 0)
            value = strtol(line + n, NULL, 10);
    if (file != NULL)
        fclose(file);
    return value;
}

long process_resident_kib(const struct process *process)
{
    return status_line(process, "VmRSS:");
}

long process_peak_kib(const struct process *process)
{
    return status_line(process, "VmHWM:");
}

int process_descriptors(const struct process *process)
{
    char path[64];
    int n = 0;

    snprintf(path, sizeof path, "/proc/%ld/fd", (long)process->pid);
    DIR *stream = opendir(path);
    while (stream != NULL && readdir(stream) != NULL)
        n++;
    if (stream != NULL)
        closedir(stream);
    return n - 2; /* "." and ".." */
}

void process_show_log(const struct process *process)
{
    enum { TAIL_BYTES = 6000 };
    char path[PROCESS_PATH];
    size_t length;

    path_in(process, "log", path);
    char *text = read_file(path, &length);
    if (text == NULL)
        return;
    char *line = length > TAIL_BYTES ? text + length - TAIL_BYTES : text;
    char *rest;
    for (line = strtok_r(line, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        if (strstr(line, "\"level\":\"info\"") == NULL)
            note("  log: %.300s", line);
    free(text);
}

/* --- files ---------------------------------------------------------------- */

void each_file(const char *folder,
               void (*each)(void *context, const char *path),
               void *context)
{
    DIR *stream = opendir(folder);
    struct dirent *entry;
    struct stat info;
    char path[2 * PROCESS_PATH];

    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (lstat(path, &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode))
            each_file(path, each, context);
        else
            each(context, path);
    }
    if (stream != NULL)
        closedir(stream);
}

char *read_file(const char *path, size_t *length)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *bytes = NULL;

    *length = 0;
    if (fd >= 0 && fstat(fd, &info) == 0)
        bytes = malloc((size_t)info.st_size + 1);
    while (bytes != NULL && *length < (size_t)info.st_size) {
        ssize_t n = read(fd, bytes + *length, (size_t)info.st_size - *length);
        if (n <= 0)
            break;
        *length += (size_t)n;
    }
    if (bytes != NULL)
        bytes[*length] = '\0';
    if (fd >= 0)
        close(fd);
    return bytes;
}

void bytes_sha256(const void *bytes, size_t n, char out[65])
{
    unsigned char digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx hash;

    sha256_init(&hash);
    sha256_update(&hash, n, bytes);
    sha256_digest(&hash, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

void file_sha256(const char *path, char out[65])
{
    size_t length;
    char *bytes = read_file(path, &length);

    out[0] = '\0';
    if (bytes != NULL)
        bytes_sha256(bytes, length, out);
    free(bytes);
}

static int remove_entry(const char *path,
                        const struct stat *info,
                        int type,
                        struct FTW *place)
{
    (void)info, (void)type, (void)place;
    return remove(path);
}

void remove_folder(const char *folder)
{
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
