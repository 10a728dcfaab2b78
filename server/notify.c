/* SPDX-License-Identifier: MIT */
#include "notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "telemetry/log.h"

/* Of the process: there is one service manager. The main thread's. */
static struct {
    int fd;
    socklen_t length;
    struct sockaddr_un address;
} manager = {.fd = -1};

/* A path, or a name in the abstract space, which begins with '@' for a NUL. */
void notify_open(void)
{
    const char *name = getenv("NOTIFY_SOCKET");
    size_t n = name != NULL ? strlen(name) : 0;

    if (n == 0 || n >= sizeof manager.address.sun_path ||
        (name[0] != '/' && name[0] != '@'))
        return;
    manager.address.sun_family = AF_UNIX;
    memcpy(manager.address.sun_path, name, n);
    if (name[0] == '@')
        manager.address.sun_path[0] = '\0';
    manager.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    manager.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

void notify_send(const char *state)
{
    if (manager.fd < 0)
        return;
    if (sendto(manager.fd, state, strlen(state), MSG_NOSIGNAL,
               (struct sockaddr *)&manager.address, manager.length) < 0)
        log_event(LOG_WARN, "service_manager_not_told",
                  LOG_TEXT_FIELD("state", state));
}
