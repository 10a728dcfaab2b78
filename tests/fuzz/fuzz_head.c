/* SPDX-License-Identifier: MIT
 *
 * Any bytes as the head of a request, cut up in place by a parser as lenient
 * as libmicrohttpd 0.9.75: whatever head.h lets through, a strict parser of
 * RFC 9112 reads as well, and with the same framing. */
#include "check.h"

#include <strings.h>

#include "http/head.h"

/* --- the lenient one ------------------------------------------------------ */

/* It leaves NULs where words, names and values end, drops what it does not
 * understand, and takes CR or LF alone for the end of a line. */
struct lenient {
    char *at;
    char *end; /* of the bytes */
};

/* The next line, NUL-terminated, or NULL: there is no whole one. */
static char *next_line(struct lenient *in)
{
    char *line = in->at, *end = line;
    while (end < in->end && *end != '\r' && *end != '\n')
        end++;
    if (end == in->end)
        return NULL;
    in->at = end + 1 + (end[0] == '\r' && end[1] == '\n');
    memset(end, '\0', (size_t)(in->at - end));
    return line;
}

/* The words, with any number of blanks between them. */
static bool cut_request_line(char *line, struct request_line *out)
{
    char *target = strchr(line, ' ');
    char *version = strrchr(line, ' ');
    if (target == NULL || version == target)
        return false;
    out->method = line;
    *target++ = '\0';
    while (*target == ' ')
        target++;
    *version++ = '\0';
    out->target = target;
    out->target_end = target + strlen(target);
    out->version = version;
    return strcmp(version, "HTTP/1.1") == 0 || strcmp(version, "HTTP/1.0") == 0;
}

/* Hand the fields on; the end of the head, or NULL: it has none. */
static char *cut_fields(struct lenient *in, struct head *head, bool *good)
{
    char *line;
    while ((line = next_line(in)) != NULL && *line != '\0') {
        char *colon = strchr(line, ':');
        bool folded = *line == ' ' || *line == '\t';
        if (colon == NULL || colon == line || folded)
            continue; /* as if it had not been there */
        *colon = '\0';
        char *value = colon + 1;
        while (*value == ' ' || *value == '\t')
            value++;
        *good =
            *good && head_field(head, line, strlen(line), value, strlen(value));
    }
    return line != NULL ? in->at : NULL;
}

/* --- the strict one ---------------------------------------------------------
 */

static const char token_bytes[] = "!#$%&'*+-.^_`|~0123456789"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz";

/* What the head says when each line is METHOD SP TARGET SP VERSION or
 * NAME ":" OWS VALUE, and ends with CR LF. */
struct strict {
    unsigned n_lengths, n_encodings, n_hosts;
    uint64_t length;
    bool chunked;
};

static bool strict_field(const char *line, size_t n, struct strict *out)
{
    size_t name = strspn(line, token_bytes);
    if (name == 0 || name >= n || line[name] != ':')
        return false;
    const char *value = line + name + 1, *end = line + n;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    for (const char *c = value; c < end; c++)
        if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
            return false;
    if (name == 14 && strncasecmp(line, "Content-Length", name) == 0) {
        out->n_lengths++;
        for (const char *c = value; c < end; c++)
            out->length = out->length * 10 + (uint64_t)(*c - '0');
    } else if (name == 17 && strncasecmp(line, "Transfer-Encoding", 17) == 0) {
        out->n_encodings++;
        out->chunked = true;
    } else if (name == 4 && strncasecmp(line, "Host", name) == 0) {
        out->n_hosts++;
    }
    return true;
}

/* The end of the line at `at`, or NULL. From the first NUL on that stands among
 * the bytes of line ends, any two of CR, LF and NUL will do in place of CR LF:
 * once the library has been there, they look the same. */
static const char *strict_end(const char *at, const char *end, bool *nul)
{
    static const char ends[] = {'\r', '\n', '\0'};
    while (at < end && memchr(ends, *at, sizeof ends) == NULL)
        at++;
    if (end - at < 2 || memchr(ends, at[1], sizeof ends) == NULL)
        return NULL;
    *nul = *nul || at[0] == '\0' || at[1] == '\0';
    return *nul || memcmp(at, "\r\n", 2) == 0 ? at : NULL;
}

static bool
strict_read(const char *text, size_t size, size_t *n_read, struct strict *out)
{
    const char *at = text, *end = text + size;
    bool nul = false;
    for (bool first = true;; first = false) {
        const char *cr = strict_end(at, end, &nul);
        if (cr == NULL)
            return false;
        size_t n = (size_t)(cr - at);
        if (n == 0) {
            *n_read = (size_t)(cr + 2 - text);
            return !first;
        }
        if (first ? strspn(at, token_bytes) == 0 || at[n - 9] != ' '
                  : !strict_field(at, n, out))
            return false;
        at = cr + 2;
    }
}

/* --- both -------------------------------------------------------------------
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *whole = fuzz_text(data, size);
    struct lenient in = {text, text + size};
    struct problem problem = {0};
    struct request_line words;
    struct framing framing;
    struct head head;
    bool good = true;
    char *line = next_line(&in);
    if (line != NULL && cut_request_line(line, &words)) {
        head_begin(&head, &words, true, &framing, &problem);
        char *end = cut_fields(&in, &head, &good);
        if (end != NULL)
            head_end(&head, end);
        if (end != NULL && !problem_is_set(&problem)) {
            struct strict strict = {0};
            size_t n_read = 0;
            CHECK(good);
            CHECK(strict_read(whole, size, &n_read, &strict));
            CHECK(n_read == (size_t)(end - text));
            CHECK(strict.n_lengths + strict.n_encodings <= 1);
            CHECK(strict.n_hosts == 1 || (strict.n_hosts == 0 && head.old));
            CHECK(strict.chunked == framing.chunked);
            CHECK(strict.length == framing.length);
        }
    }
    free(text);
    free(whole);
    return 0;
}
