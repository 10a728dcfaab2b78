/* SPDX-License-Identifier: MIT
 *
 * --port-file: how scripts learn which port it has become. */
#ifndef MLPD_PORT_FILE_H
#define MLPD_PORT_FILE_H

#include <stdint.h>

#include "mlp/status.h"

/* "8080\n", whole or not there. path NULL: none. Errors: MLP_IO. */
mlp_status port_file_write(const char *path, uint16_t port, mlp_error *err);
void port_file_remove(const char *path); /* accepts NULL */

#endif
