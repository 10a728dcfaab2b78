/* SPDX-License-Identifier: MIT
 *
 * Who a change to a model is put down to in the audit trail. */
#ifndef MLPD_AUTHOR_H
#define MLPD_AUTHOR_H

#include "http/request.h"
#include "store/catalog_audit.h"

/* Its texts are the request's.  Threads: any. */
struct audit_author author_of(const struct http_request *request);

#endif
