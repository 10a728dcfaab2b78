/* SPDX-License-Identifier: MIT */
#include "malformed/daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    START_MS = 30 * 1000,
    STOP_MS = 30 * 1000,
    STEP_MS = 5,
    PATH_BYTES = 320
};

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void path_of(const struct daemon *daemon, const char *name, char *out)
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", daemon->folder, name);
}

/* In the child: become the daemon. */
static void become(const struct daemon *daemon, const char *program)
{
    char log[PATH_BYTES], data[PATH_BYTES], port[PATH_BYTES];
    path_of(daemon, "log", log);
    path_of(daemon, "data", data);
    path_of(daemon, "port", port);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
        _exit(126);
    close(fd);
    execl(program, program, "serve", "--listen", "127.0.0.1:0", "--port-file",
          port, "--data", data, "--idle-timeout", "2", (char *)NULL);
    _exit(127);
}

/* 0: not there yet. */
static uint16_t read_port(const struct daemon *daemon)
{
    char path[PATH_BYTES];
    unsigned port = 0;
    path_of(daemon, "port", path);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%u", &port) != 1 || port > UINT16_MAX)
        port = 0;
    (void)fclose(file);
    return (uint16_t)port;
}

bool daemon_start(struct daemon *daemon, const char *program)
{
    const char *parent = getenv("TMPDIR");
    (void)snprintf(daemon->folder, sizeof daemon->folder, "%s/malformed-XXXXXX",
                   parent != NULL ? parent : "/tmp");
    if (mkdtemp(daemon->folder) == NULL) {
        perror(daemon->folder);
        return false;
    }
    daemon->pid = fork();
    if (daemon->pid == 0)
        become(daemon, program);
    for (int ms = 0; daemon->pid > 0 && ms < START_MS; ms += STEP_MS) {
        daemon->port = read_port(daemon);
        if (daemon->port != 0)
            return true;
        if (!daemon_lives(daemon))
            break;
        pause_ms(STEP_MS);
    }
    (void)fprintf(stderr, "%s does not start\n", program);
    daemon_show_log(daemon);
    return false;
}

static void remove_folder(const char *folder)
{
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", folder, (char *)NULL);
        _exit(127);
    }
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

bool daemon_stop(struct daemon *daemon)
{
    int status = -1;
    pid_t ended = 0;
    kill(daemon->pid, SIGTERM);
    for (int ms = 0; ended == 0 && ms < STOP_MS; ms += STEP_MS) {
        ended = waitpid(daemon->pid, &status, WNOHANG);
        if (ended == 0)
            pause_ms(STEP_MS);
    }
    bool good =
        ended == daemon->pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (ended == 0) {
        kill(daemon->pid, SIGKILL);
        waitpid(daemon->pid, NULL, 0);
    }
    if (!good)
        daemon_show_log(daemon);
    remove_folder(daemon->folder);
    return good;
}

bool daemon_lives(const struct daemon *daemon)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)daemon->pid, &info,
                  WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
}

int daemon_descriptors(const struct daemon *daemon)
{
    char path[64];
    int n = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)daemon->pid);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return -1;
    while (readdir(folder) != NULL)
        n++;
    closedir(folder);
    return n - 2; /* . and .. */
}

long daemon_resident_kib(const struct daemon *daemon)
{
    char path[64], line[128];
    long kib = -1;
    (void)snprintf(path, sizeof path, "/proc/%d/smaps_rollup",
                   (int)daemon->pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return -1;
    while (kib < 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "Rss:", 4) == 0)
            kib = strtol(line + 4, NULL, 10);
    (void)fclose(file);
    return kib;
}

long daemon_cpu_ms(const struct daemon *daemon)
{
    char path[64], text[1024];
    unsigned long user = 0, kernel = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)daemon->pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return -1;
    size_t n = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[n] = '\0';
    const char *behind_name = strrchr(text, ')');
    if (behind_name == NULL ||
        sscanf(behind_name + 1,
               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
               "%lu %lu",
               &user, &kernel) != 2)
        return -1;
    return (long)(user + kernel) * 1000 / sysconf(_SC_CLK_TCK);
}

void daemon_show_log(const struct daemon *daemon)
{
    enum { TAIL_BYTES = 8192 };
    char path[PATH_BYTES], text[TAIL_BYTES];
    path_of(daemon, "log", path);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return;
    if (fseek(file, -TAIL_BYTES, SEEK_END) != 0)
        rewind(file);
    size_t n = fread(text, 1, sizeof text, file);
    (void)fwrite(text, 1, n, stderr);
    (void)fclose(file);
}
