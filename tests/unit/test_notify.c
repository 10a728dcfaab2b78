/* SPDX-License-Identifier: MIT */
#include "notify.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "temp_folder.h"

/* The service manager's end. `name` begins with '@' in the abstract space. */
static int listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = strlen(name);
    memcpy(address.sun_path, name, n);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address,
                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
                 0);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

static void expect(int fd, const char *state)
{
    char text[64] = "";
    cr_expect_geq(recv(fd, text, sizeof text - 1, MSG_DONTWAIT), 0);
    cr_expect_str_eq(text, state);
}

Test(notify, states_reach_the_socket_that_the_variable_names)
{
    char folder[TEMP_PATH], name[TEMP_PATH + 16];
    temp_folder_make(folder);
    snprintf(name, sizeof name, "%s/notify", folder);
    int fd = listen_at(name);
    notify_open();
    notify_send("READY=1");
    expect(fd, "READY=1");
    notify_send("STOPPING=1");
    expect(fd, "STOPPING=1");
    close(fd);
    temp_folder_remove(folder);
}

Test(notify, the_abstract_space_is_written_with_an_at_sign)
{
    char name[64];
    snprintf(name, sizeof name, "@mlpd-test-%d", (int)getpid());
    int fd = listen_at(name);
    notify_open();
    notify_send("READY=1");
    expect(fd, "READY=1");
    close(fd);
}

Test(notify, without_a_service_manager_nobody_is_told)
{
    static const char *const names[] = {"", "relative", "vsock:2:1"};
    unsetenv("NOTIFY_SOCKET");
    notify_open();
    notify_send("READY=1");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        notify_open();
        notify_send("READY=1");
    }
    char name[300];
    memset(name, '/', sizeof name);
    name[sizeof name - 1] = '\0';
    setenv("NOTIFY_SOCKET", name, 1);
    notify_open();
    notify_send("READY=1");
}
