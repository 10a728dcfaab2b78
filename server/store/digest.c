/* SPDX-License-Identifier: MIT */
#include "store/digest.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 256 * 1024 };

struct digest {
    struct sha256_ctx hash;
};

struct digest *digest_create(void)
{
    struct digest *digest = malloc(sizeof *digest);

    if (digest != NULL)
        sha256_init(&digest->hash);
    return digest;
}

void digest_destroy(struct digest *digest)
{
    free(digest);
}

void digest_add(struct digest *digest, const void *bytes, size_t n)
{
    if (n > 0)
        sha256_update(&digest->hash, n, bytes);
}

static mlp_status
sink_write(void *context, const void *bytes, size_t n, mlp_error *err)
{
    (void)err;
    digest_add(context, bytes, n);
    return MLP_OK;
}

mlp_sink digest_sink(struct digest *digest)
{
    return (mlp_sink){.write = sink_write, .context = digest};
}

void digest_take(struct digest *digest, char sha256[BLOB_SHA256_TEXT])
{
    unsigned char bytes[SHA256_DIGEST_SIZE];

    sha256_digest(&digest->hash, sizeof bytes, bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        sha256[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        sha256[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    sha256[2 * sizeof bytes] = '\0';
}

static mlp_status add_file(struct digest *digest,
                           int fd,
                           char *piece,
                           uint64_t *size,
                           mlp_error *err)
{
    uint64_t offset = 0;

    for (;;) {
        ssize_t got = pread(fd, piece, PIECE_BYTES, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mlp_fail(err, MLP_IO, "read: %s", strerror(errno));
        if (got == 0)
            break;
        digest_add(digest, piece, (size_t)got);
        offset += (uint64_t)got;
    }
    if (size != NULL)
        *size = offset;
    return MLP_OK;
}

mlp_status digest_of_file(int fd,
                          char sha256[BLOB_SHA256_TEXT],
                          uint64_t *size,
                          mlp_error *err)
{
    struct digest *digest = digest_create();
    char *piece = malloc(PIECE_BYTES);
    mlp_status status =
        digest != NULL && piece != NULL
            ? add_file(digest, fd, piece, size, err)
            : mlp_fail(err, MLP_NOMEM, "no memory to hash a file");

    if (status == MLP_OK)
        digest_take(digest, sha256);
    free(piece);
    digest_destroy(digest);
    return status;
}
