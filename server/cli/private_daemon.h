/* SPDX-License-Identifier: MIT
 *
 * A daemon for one command alone: this program again, as `serve`, on a Unix
 * socket in a folder of its own. It ends with the command, however that ends.
 * One at a time. */
#ifndef MLPD_PRIVATE_DAEMON_H
#define MLPD_PRIVATE_DAEMON_H

#include "mlp/status.h"

/* Start one on `data_folder` and wait until it answers; *url is where, good
 * until it is stopped.
 * Errors:  MLP_IO, with the daemon's own reason; MLP_CANCELLED */
mlp_status
private_daemon_start(const char *data_folder, const char **url, mlp_error *err);

/* End it in order and remove its folder. Does nothing where there is none. */
void private_daemon_stop(void);

/* The same at once, waiting for nothing: may be called in a signal handler. */
void private_daemon_abandon(void);

#endif
