/* SPDX-License-Identifier: MIT
 *
 * LeCun's IDX: two zeros, a type, a number of axes, their lengths, the numbers;
 * everything is big-endian. http://yann.lecun.com/exdb/mnist/ */
#include <endian.h>
#include <string.h>

#include "data/array.h"

static const struct {
    uint8_t code;
    char kind;
    uint8_t size;
} types[] = {
    {0x08, 'u', 1}, {0x09, 'i', 1}, {0x0b, 'i', 2},
    {0x0c, 'i', 4}, {0x0d, 'f', 4}, {0x0e, 'f', 8},
};

static const struct array_type *type_of(uint8_t code)
{
    for (size_t k = 0; k < sizeof types / sizeof types[0]; k++)
        if (types[k].code == code)
            return array_type_find(types[k].kind, types[k].size);
    return NULL;
}

static mlp_status
read_layout(struct source *source, struct array_layout *layout, mlp_error *err)
{
    uint8_t magic[4];
    mlp_status status = source_read(source, magic, sizeof magic, err);
    if (status != MLP_OK)
        return status;
    if (magic[0] != 0 || magic[1] != 0)
        return mlp_fail(err, MLP_FORMAT, "not an IDX file");
    *layout = (struct array_layout){
        .type = type_of(magic[2]), .big_endian = true, .n_axes = magic[3]};
    if (!layout->type)
        return mlp_fail(err, MLP_FORMAT,
                        "unknown type 0x%02x, expected 08, 09 or 0b to 0e",
                        magic[2]);
    if (layout->n_axes > ARRAY_MAX_AXES)
        return mlp_fail(err, MLP_FORMAT, "%zu axes, expected at most %d",
                        layout->n_axes, ARRAY_MAX_AXES);
    for (size_t k = 0; k < layout->n_axes && status == MLP_OK; k++) {
        uint32_t axis = 0;
        status = source_read(source, &axis, sizeof axis, err);
        layout->axes[k] = be32toh(axis);
    }
    return status;
}

mlp_status idx_read(FILE *file,
                    const mlp_read_options *options,
                    mlp_table **out,
                    mlp_error *err)
{
    *out = NULL;
    struct source source;
    struct array_layout layout;
    mlp_status status = source_open(&source, file, err);
    if (status == MLP_OK)
        status = read_layout(&source, &layout, err);
    if (status == MLP_OK)
        status = array_read(&source, &layout, options, out, err);
    return status;
}
