/* SPDX-License-Identifier: MIT */
#include "cli/private_daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/interrupt.h"
#include "http/json.h"

enum {
    FOLDER_MAX = 80, /* a socket's path has 107 bytes at most */
    LOG_MAX_BYTES = 1 << 16,
    POLL_MS = 20,
    START_S = 60, /* many models, a slow disk */
    STOP_S = 15,
};

/* One a process, as the handler of a signal must find it. */
static struct {
    volatile pid_t pid; /* 0: there is none */
    char folder[FOLDER_MAX];
    char url[FOLDER_MAX + 16];
    char socket[FOLDER_MAX + 8], lock[FOLDER_MAX + 16], log[FOLDER_MAX + 8];
} one;

static void pause_ms(long ms)
{
    (void)nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static mlp_status make_folder(mlp_error *err)
{
    const char *place = getenv("XDG_RUNTIME_DIR");
    if (place == NULL || place[0] != '/' || strlen(place) > FOLDER_MAX / 2 ||
        access(place, W_OK) != 0)
        place = "/tmp";
    (void)snprintf(one.folder, sizeof one.folder, "%s/mlpd-XXXXXX", place);
    if (mkdtemp(one.folder) == NULL)
        return mlp_fail(err, MLP_IO, "%s: %s", one.folder, strerror(errno));
    (void)snprintf(one.socket, sizeof one.socket, "%s/socket", one.folder);
    (void)snprintf(one.lock, sizeof one.lock, "%s.lock", one.socket);
    (void)snprintf(one.log, sizeof one.log, "%s/log", one.folder);
    (void)snprintf(one.url, sizeof one.url, "unix:%s", one.socket);
    return MLP_OK;
}

static void remove_folder(void)
{
    (void)unlink(one.socket);
    (void)unlink(one.lock);
    (void)unlink(one.log);
    (void)rmdir(one.folder);
}

/* In the child. A Ctrl-C of the terminal is for the parent alone, which then
 * says what is to be done; when the parent is gone, the daemon goes, too. */
static void become_daemon(const char *data_folder, pid_t parent)
{
    static const char *const others[] = {"MLPD_TLS_CERT", "MLPD_TLS_KEY",
                                         "MLPD_PORT_FILE", "MLPD_SOCKET_MODE",
                                         "MLPD_KEY"};
    const char *const argv[] = {
        "mlpd",        "serve",     "--listen",        one.url,
        "--data",      data_folder, "--log-format",    "json",
        "--log-level", "warn",      "--drain-timeout", "2",
        NULL};
    int log = open(one.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)setpgid(0, 0);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        (void)unsetenv(others[i]);
    if (log >= 0 && nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
        dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0 &&
        prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent) {
        char *arguments[sizeof argv / sizeof argv[0]];
        memcpy(arguments, argv, sizeof argv);
        (void)execv("/proc/self/exe", arguments);
    }
    _exit(127);
}

/* What it said before it ended: the last "reason" of its log, or its text. */
static void read_reason(char *out, size_t size)
{
    char line[4096];
    FILE *log = fopen(one.log, "re");
    (void)snprintf(out, size, "it ended without a word");
    while (log != NULL && fgets(line, sizeof line, log) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        json_t *event = json_read(line);
        const char *reason =
            json_string_value(json_object_get(event, "reason"));
        if (reason != NULL)
            (void)snprintf(out, size, "%.180s", reason);
        else if (event == NULL && strncmp(line, "mlpd: ", 6) == 0)
            (void)snprintf(out, size, "%.180s", line + 6);
        json_decref(event);
    }
    if (log != NULL)
        (void)fclose(log);
}

static bool answers(void)
{
    struct client client = {.timeout_s = 5};
    struct client_answer answer;
    mlp_error err;
    if (endpoint_parse(one.url, &client.endpoint, &err) != MLP_OK)
        return false;
    mlp_status status = client_send(
        &client, &(struct client_request){.method = "GET", .path = "/readyz"},
        &answer, &err);
    bool ready = status == MLP_OK && answer.status == 200;
    client_answer_free(&answer);
    return ready;
}

static mlp_status wait_for_it(mlp_error *err)
{
    char reason[192];
    for (int i = 0; i < START_S * 1000 / POLL_MS; i++) {
        if (interrupt_came())
            return mlp_fail(err, MLP_CANCELLED, "interrupted");
        if (access(one.socket, F_OK) == 0 && answers())
            return MLP_OK;
        if (waitpid(one.pid, NULL, WNOHANG) == one.pid) {
            one.pid = 0;
            read_reason(reason, sizeof reason);
            return mlp_fail(err, MLP_IO, "%s", reason);
        }
        pause_ms(POLL_MS);
    }
    return mlp_fail(err, MLP_IO, "it does not answer after %d seconds",
                    START_S);
}

mlp_status
private_daemon_start(const char *data_folder, const char **url, mlp_error *err)
{
    pid_t parent = getpid();
    mlp_status status = make_folder(err);
    if (status != MLP_OK)
        return status;
    pid_t pid = fork();
    if (pid == 0)
        become_daemon(data_folder, parent);
    if (pid < 0) {
        status = mlp_fail(err, MLP_IO, "fork: %s", strerror(errno));
        remove_folder();
        return status;
    }
    one.pid = pid;
    *url = one.url;
    status = wait_for_it(err);
    if (status != MLP_OK) {
        private_daemon_stop();
        remove_folder();
    }
    return status;
}

void private_daemon_stop(void)
{
    pid_t pid = one.pid;
    if (pid == 0)
        return;
    (void)kill(pid, SIGTERM);
    for (int i = 0; i < STOP_S * 1000 / POLL_MS && one.pid != 0; i++) {
        if (waitpid(pid, NULL, WNOHANG) != 0)
            one.pid = 0;
        else
            pause_ms(POLL_MS);
    }
    if (one.pid != 0) {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        one.pid = 0;
    }
    remove_folder();
}

void private_daemon_abandon(void)
{
    pid_t pid = one.pid;
    if (pid == 0)
        return;
    (void)kill(pid, SIGTERM);
    remove_folder();
}
