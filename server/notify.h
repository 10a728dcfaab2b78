/* SPDX-License-Identifier: MIT
 *
 * Telling the service manager how it stands: sd_notify(3)'s protocol, a
 * datagram to the socket that NOTIFY_SOCKET names, without its library. */
#ifndef MLPD_NOTIFY_H
#define MLPD_NOTIFY_H

/* Open the socket while that is still allowed; nothing without the variable,
 * and the rest does nothing then.  Threads: main alone, like all of this. */
void notify_open(void);
/* "READY=1" or "STOPPING=1". */
void notify_send(const char *state);

#endif
