/* SPDX-License-Identifier: MIT
 *
 * openapi.json, which is part of the binary. */
#ifndef MLPD_OPENAPI_H
#define MLPD_OPENAPI_H

#include <stddef.h>

/* The document; a NUL follows its *length bytes. Owner: nobody, it is
 * constant.  Threads: any. */
const char *openapi_bytes(size_t *length);

#endif
