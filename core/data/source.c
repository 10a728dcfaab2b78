/* SPDX-License-Identifier: MIT
 *
 * stdio with its errors told apart. */
#include "data/source.h"

#include <inttypes.h>

mlp_status source_open(struct source *source, FILE *file, mlp_error *err)
{
    *source = (struct source){.file = file};
    off_t size = -1;
    if (fseeko(file, 0, SEEK_END) == 0)
        size = ftello(file);
    if (size < 0 || fseeko(file, 0, SEEK_SET) != 0)
        return mlp_fail(err, MLP_IO, "the file cannot be read from its start");
    source->size = (uint64_t)size;
    return MLP_OK;
}

uint64_t source_left(const struct source *source)
{
    return source->size - source->at;
}

mlp_status source_expect(const struct source *source,
                         uint64_t n,
                         const char *what,
                         mlp_error *err)
{
    if (n <= source_left(source))
        return MLP_OK;
    return mlp_fail(err, MLP_FORMAT,
                    "byte %" PRIu64 ": %s needs %" PRIu64
                    " bytes, the file has %" PRIu64 " more",
                    source->at, what, n, source_left(source));
}

mlp_status
source_read(struct source *source, void *out, size_t n, mlp_error *err)
{
    if (n > source_left(source))
        return mlp_fail(err, MLP_FORMAT,
                        "byte %" PRIu64 ": the file ends too soon",
                        source->size);
    if (fread(out, 1, n, source->file) != n)
        return mlp_fail(err, MLP_IO, "byte %" PRIu64 ": cannot be read",
                        source->at);
    source->at += n;
    return MLP_OK;
}

mlp_status source_refuse(mlp_status status, mlp_error *err)
{
    if (status != MLP_INVALID)
        return status;
    return mlp_fail(err, MLP_FORMAT, "%s", err ? err->text : "");
}
