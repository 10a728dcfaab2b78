/* SPDX-License-Identifier: MIT
 *
 * NumPy's .npy: a magic number, a version, a header, the numbers. */
#include "data/npy.h"

#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/npy_header.h"

/* NumPy itself writes a few hundred bytes. */
enum { NPY_HEADER_MAX = 65536 };

/* The length of the header: 16 bits in version 1, 32 bits in 2 and 3. */
static mlp_status
read_length(struct source *source, size_t *length, mlp_error *err)
{
    uint8_t head[8];
    uint32_t little = 0;
    mlp_status status = source_read(source, head, sizeof head, err);
    if (status != MLP_OK)
        return status;
    if (memcmp(head, "\x93NUMPY", 6) != 0)
        return mlp_fail(err, MLP_FORMAT, "not an NPY file");
    unsigned version = head[6];
    if (version < 1 || version > 3 || head[7] != 0)
        return mlp_fail(err, MLP_FORMAT,
                        "version %u.%u of NPY, expected 1.0, 2.0 or 3.0",
                        version, head[7]);
    status = source_read(source, &little, version == 1 ? 2 : 4, err);
    *length = le32toh(little);
    if (status == MLP_OK && *length > NPY_HEADER_MAX)
        return mlp_fail(err, MLP_FORMAT,
                        "a header of %zu bytes, expected at most %d", *length,
                        NPY_HEADER_MAX);
    return status;
}

mlp_status npy_read_layout(struct source *source,
                           struct array_layout *layout,
                           mlp_error *err)
{
    size_t length = 0;
    mlp_status status = read_length(source, &length, err);
    if (status != MLP_OK)
        return status;
    char *text = alloc_array(length, 1);
    if (!text)
        return mlp_fail(err, MLP_NOMEM, "out of memory");
    status = source_read(source, text, length, err);
    if (status == MLP_OK)
        status = npy_header_parse(text, length, layout, err);
    free(text);
    return status;
}

mlp_status npy_read(FILE *file,
                    const mlp_read_options *options,
                    mlp_table **out,
                    mlp_error *err)
{
    *out = NULL;
    struct source source;
    struct array_layout layout;
    mlp_status status = source_open(&source, file, err);
    if (status == MLP_OK)
        status = npy_read_layout(&source, &layout, err);
    if (status == MLP_OK)
        status = array_read(&source, &layout, options, out, err);
    return status;
}
