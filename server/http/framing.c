/* SPDX-License-Identifier: MIT
 *
 * One walk over the headers (RFC 9112, section 6). */
#include "http/framing.h"

#include <microhttpd.h>
#include <string.h>
#include <strings.h>

struct walk {
    struct framing *framing;
    struct problem *problem;
    unsigned n_lengths, n_encodings, n_hosts;
};

static bool is_token(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        bool digit = c >= '0' && c <= '9';
        if (!letter && !digit &&
            (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
            return false;
    }
    return length > 0;
}

static bool is_clean(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)value[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static void refuse(struct walk *walk, const char *text)
{
    problem_set(walk->problem, PROBLEM_MALFORMED, NULL, "%s", text);
}

static void read_length(struct walk *walk, const char *value)
{
    struct framing *framing = walk->framing;
    uint64_t length = 0;
    size_t n = strlen(value);
    if (n == 0 || n > 18 || strspn(value, "0123456789") != n) {
        refuse(walk, "Content-Length is no acceptable number");
        return;
    }
    for (size_t i = 0; i < n; i++)
        length = length * 10 + (uint64_t)(value[i] - '0');
    framing->has_length = true;
    framing->length = length;
    walk->n_lengths++;
}

static void read_header(struct walk *walk, const char *name, const char *value)
{
    if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
        read_length(walk, value);
    } else if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
        walk->n_encodings++;
        walk->framing->chunked = true;
        if (strcasecmp(value, "chunked") != 0)
            refuse(walk, "a Transfer-Encoding other than chunked");
    } else if (strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0) {
        walk->n_hosts++;
    } else if (strcasecmp(name, MHD_HTTP_HEADER_EXPECT) == 0) {
        walk->framing->continues = strcasecmp(value, "100-continue") == 0;
    }
}

static enum MHD_Result on_header(void *context,
                                 enum MHD_ValueKind kind,
                                 const char *name,
                                 size_t name_length,
                                 const char *value,
                                 size_t value_length)
{
    (void)kind;
    struct walk *walk = context;
    if (!is_token(name, name_length))
        refuse(walk, "a header's name has bytes that do not belong there");
    else if (!is_clean(value != NULL ? value : "", value_length))
        refuse(walk, "a header's value has control bytes");
    else
        read_header(walk, name, value != NULL ? value : "");
    return problem_is_set(walk->problem) ? MHD_NO : MHD_YES;
}

void framing_read(struct MHD_Connection *connection,
                  const char *version,
                  struct framing *out,
                  struct problem *problem)
{
    struct walk walk = {.framing = out, .problem = problem};
    bool old = strcmp(version, MHD_HTTP_VERSION_1_0) == 0;
    *out = (struct framing){0};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, &walk);
    if (walk.n_lengths > 1)
        refuse(&walk, "Content-Length is there twice");
    else if (walk.n_lengths > 0 && walk.n_encodings > 0)
        refuse(&walk, "Content-Length and Transfer-Encoding are both there");
    else if (walk.n_encodings > 1)
        refuse(&walk, "Transfer-Encoding is there twice");
    else if (walk.n_hosts > 1)
        refuse(&walk, "Host is there twice");
    else if (walk.n_hosts == 0 && !old)
        refuse(&walk, "Host is not there");
    else if (walk.n_encodings > 0 && old)
        refuse(&walk, "HTTP/1.0 has no Transfer-Encoding");
}
