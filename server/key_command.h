/* SPDX-License-Identifier: MIT
 *
 * mlpd key create, list and revoke: the key file's only writer. */
#ifndef MLPD_KEY_COMMAND_H
#define MLPD_KEY_COMMAND_H

#include <stddef.h>
#include <stdio.h>

#include "mlp/status.h"
#include "options.h"

/* --keys, else DATA/keys.  Errors: MLP_INVALID (too long). */
mlp_status key_file_path(const struct options *options,
                         char *out,
                         size_t size,
                         mlp_error *err);

/* Do what options->verb says. What is asked for goes to `out`, and the key
 * alone, so that it can be piped; remarks go to `remarks`.
 * Errors: MLP_INVALID (an option, no such key), those of keys.h. */
mlp_status key_command(const struct options *options,
                       FILE *out,
                       FILE *remarks,
                       mlp_error *err);

#endif
