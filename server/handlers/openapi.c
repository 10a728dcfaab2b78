/* SPDX-License-Identifier: MIT
 *
 * GET /openapi.json: what this interface is, for machines. The document is
 * written by hand beside this file; the assembler takes it in as it is, and
 * tests hold it against the route table and the answers. */
#include "handlers/openapi.h"

#include <string.h>

#include "handlers/handlers.h"
#include "http/reply.h"
#include "http/request.h"
#include "mlp/buffer.h"
#include "store/digest.h"

enum { DOCUMENT_MAX_BYTES = 4 << 20 };

/* The path is the build's, from the top of the tree. */
__asm__(".section .rodata\n"
        "openapi_document:\n"
        ".incbin \"server/handlers/openapi.json\"\n"
        "openapi_document_end:\n"
        ".byte 0\n"
        ".previous\n");
extern const char openapi_document[] __attribute__((visibility("hidden")));
extern const char openapi_document_end[] __attribute__((visibility("hidden")));

const char *openapi_bytes(size_t *length)
{
    *length = (size_t)(openapi_document_end - openapi_document);
    return openapi_document;
}

/* False: no memory. */
static bool find_tag(char sha256[BLOB_SHA256_TEXT])
{
    struct digest *digest = digest_create();
    size_t length;
    const char *bytes = openapi_bytes(&length);
    if (digest == NULL)
        return false;
    digest_add(digest, bytes, length);
    digest_take(digest, sha256);
    digest_destroy(digest);
    return true;
}

/* Is it one of the tags in If-None-Match? */
static bool has_tag(struct http_request *request, const char *sha256)
{
    const char *tags = request_header(request, "If-None-Match");
    return tags != NULL &&
           (strcmp(tags, "*") == 0 || strstr(tags, sha256) != NULL);
}

void openapi_get(struct http_request *request)
{
    char sha256[BLOB_SHA256_TEXT];
    struct problem problem = {0};
    struct http_reply *reply;
    size_t length;
    const char *bytes = openapi_bytes(&length);
    if (!find_tag(sha256)) {
        problem_from_error(&problem, NULL, &(mlp_error){.status = MLP_NOMEM});
        request_fail(request, &problem);
        return;
    }
    if (has_tag(request, sha256)) {
        reply = reply_empty(304);
    } else {
        mlp_buffer text;
        mlp_buffer_init(&text, DOCUMENT_MAX_BYTES);
        mlp_buffer_append(&text, bytes, length);
        reply = reply_buffer(200, "application/json", &text);
    }
    request_reply(request, reply_header(reply, "ETag", "\"%s\"", sha256));
}
