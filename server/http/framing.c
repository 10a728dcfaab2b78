/* SPDX-License-Identifier: MIT
 *
 * The head as libmicrohttpd hands it out. */
#include "http/framing.h"

#include <microhttpd.h>

static enum MHD_Result on_header(void *head,
                                 enum MHD_ValueKind kind,
                                 const char *name,
                                 size_t name_length,
                                 const char *value,
                                 size_t value_length)
{
    (void)kind;
    bool good = value != NULL
                    ? head_field(head, name, name_length, value, value_length)
                    : head_field(head, name, name_length, "", 0);
    return good ? MHD_YES : MHD_NO;
}

/* Before 0.9.77 words and fields are pointers into what was received; from
 * then on the library is as strict as head.c. */
void framing_read(struct MHD_Connection *connection,
                  const struct request_line *line,
                  struct framing *out,
                  struct problem *problem)
{
    struct head head;
    head_begin(&head, line, MHD_VERSION < 0x00097701, out, problem);
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, &head);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    head_end(&head,
             info != NULL ? line->method + info->header_size : head.next);
}
