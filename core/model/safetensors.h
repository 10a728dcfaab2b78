/* SPDX-License-Identifier: MIT
 *
 * The safetensors container, on memory:
 *
 *     8 bytes  N, little-endian | N bytes of JSON | the tensors' bytes
 *
 * The reader holds to every rule of the format: the header is one JSON object
 * behind which only blanks stand, no key comes twice, numbers are integers,
 * the tensors lie one behind the other without a hole, and each fills exactly
 * its shape. It does not know what a tensor is for. The writer is canonical:
 * equal content, equal bytes. */
#ifndef MLP_MODEL_SAFETENSORS_H
#define MLP_MODEL_SAFETENSORS_H

#include "model/safetensors_header.h"

/* Open `bytes`, which must stay as long as the tensors' data is used.
 *
 * Errors:  MLP_FORMAT  a rule is broken; says which, and of which tensor
 *          MLP_LIMIT   more than the ceilings above; MLP_NOMEM
 * Owner:   caller; safetensors_free(), also after an error.
 * Threads: any. */
MLP_NODISCARD
mlp_status safetensors_read(const void *bytes,
                            size_t length,
                            struct safetensors *out,
                            mlp_error *err);

/* Write the file. Tensors and pairs are sorted by name and key first, and the
 * data_offsets found; names are unique and all tensors of one dtype, so that
 * this is also the order of the format's own writer (by size, then by name).
 *
 * Errors:  MLP_LIMIT  the header is too long; MLP_NOMEM, or the sink's
 * Threads: any. */
MLP_NODISCARD
mlp_status
safetensors_write(struct safetensors *file, mlp_sink sink, mlp_error *err);

#endif
