/* SPDX-License-Identifier: MIT
 *
 * What HTTP alone costs: libmicrohttpd, one thread, external epoll as in
 * server/http/listener.c, which reads a body, looks at none of it and answers
 * with a constant of as many bytes as asked for. A bench's yardstick.
 *
 *   echo REPLY_BYTES    prints its port, serves until standard input ends */
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct MHD_Response *reply;

static enum MHD_Result on_request(void *context,
                                  struct MHD_Connection *connection,
                                  const char *path,
                                  const char *method,
                                  const char *version,
                                  const char *bytes,
                                  size_t *n_bytes,
                                  void **seen)
{
    static int mark;
    (void)context;
    (void)path;
    (void)method;
    (void)version;
    (void)bytes;
    if (*seen == NULL) {
        *seen = &mark;
        return MHD_YES;
    }
    if (*n_bytes > 0) {
        *n_bytes = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, reply);
}

static void serve(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd fds[] = {{.fd = info->epoll_fd, .events = POLLIN},
                           {.fd = 0, .events = POLLIN}};
    while (fds[1].revents == 0) {
        MHD_UNSIGNED_LONG_LONG ms;
        int wait = MHD_get_timeout(daemon, &ms) == MHD_YES ? (int)ms : -1;
        (void)poll(fds, 2, wait);
        MHD_run(daemon);
    }
}

int main(int argc, char **argv)
{
    size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    char *bytes = malloc(size + 1);
    if (size == 0 || bytes == NULL)
        return 2;
    memset(bytes, 'x', size);
    reply = MHD_create_response_from_buffer(size, bytes, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(reply, "Content-Type", "application/json");
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, NULL,
                         MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
                         MHD_OPTION_CONNECTION_LIMIT, 1024U, MHD_OPTION_END);
    if (daemon == NULL)
        return 1;
    printf(
        "%u\n",
        (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    (void)fflush(stdout);
    serve(daemon);
    MHD_stop_daemon(daemon);
    MHD_destroy_response(reply);
    return 0;
}
