/* SPDX-License-Identifier: MIT */
#include "handlers/author.h"

struct audit_author author_of(const struct http_request *request)
{
    return (struct audit_author){.key = request_key_id(request),
                                 .request = request_id(request)};
}
