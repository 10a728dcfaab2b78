/* SPDX-License-Identifier: MIT
 *
 * Who may come in, how many, and how long they may take, as the options say:
 * the keys, the TLS files, and the refusal to stand open to other machines by
 * oversight. main.c opens it before anything
 * else and hands it to the listener. */
#ifndef MLPD_GATE_H
#define MLPD_GATE_H

#include "http/listener_options.h"
#include "mlp/status.h"
#include "options.h"

struct gate;

/* Errors: MLP_INVALID (open to others without keys; half of TLS), MLP_IO, and
 * those of keys_load(). `options` must outlive it.
 * Owner:  caller; gate_close().  Threads: main alone, before the others. */
mlp_status
gate_open(const struct options *options, struct gate **out, mlp_error *err);
void gate_close(struct gate *gate); /* accepts NULL */

/* Fill in what the options say of connections, and who may come in. */
void gate_fill(struct gate *gate, struct listener_options *out);
/* The listener has started: wipe the private key. */
void gate_forget_tls(struct gate *gate);
/* Read the keys again; an error is logged and changes nothing.
 * Threads: loop. */
void gate_reload(struct gate *gate);

#endif
