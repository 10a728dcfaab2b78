/* SPDX-License-Identifier: MIT
 *
 * A ZIP archive in memory: a list of members, each unpacked on its own. Stored
 * and deflated ones, ZIP64, data descriptors. Refused: encryption, several
 * disks, members that lie over each other, names that come twice, and what the
 * directory and a member's own header do not agree about.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
#ifndef MLP_DATA_ZIP_H
#define MLP_DATA_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/status.h"

struct zip_member {
    const char *name; /* in the archive, without a NUL */
    size_t name_length;
    bool deflated;
    uint32_t crc;
    const uint8_t *data; /* [packed], in the archive */
    size_t packed, size;
    size_t begin, end; /* of its header and data in the archive */
};

struct zip {
    struct zip_member *members; /* by name */
    size_t n;
};

/* What is at bytes[0..length) must stay as long as the archive. All members
 * together may have max_bytes unpacked.
 * Errors:  MLP_FORMAT, naming the member; MLP_LIMIT; MLP_NOMEM
 * Owner:   the caller's storage; zip_free(), also after an error. */
MLP_NODISCARD
mlp_status zip_open(struct zip *zip,
                    const void *bytes,
                    size_t length,
                    uint64_t max_bytes,
                    mlp_error *err);
void zip_free(struct zip *zip);

/* Its `size` bytes.  Errors: MLP_FORMAT (damaged: its length or CRC is
 * another), MLP_NOMEM.  Owner: caller, free(). *out is NULL on error. */
MLP_NODISCARD
mlp_status
zip_unpack(const struct zip_member *member, uint8_t **out, mlp_error *err);

#endif
