/* SPDX-License-Identifier: MIT
 *
 * Under another name first, so that whoever waits for the file reads all of
 * it. */
#include "port_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

mlp_status port_file_write(const char *path, uint16_t port, mlp_error *err)
{
    char temporary[4096];
    if (path == NULL)
        return MLP_OK;
    int n = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    FILE *file =
        n > 0 && (size_t)n < sizeof temporary ? fopen(temporary, "we") : NULL;
    if (file != NULL) {
        (void)fprintf(file, "%u\n", (unsigned)port);
        if (fclose(file) == 0 && rename(temporary, path) == 0)
            return MLP_OK;
    }
    return mlp_fail(err, MLP_IO, "port file '%.128s': %s", path,
                    strerror(errno));
}

void port_file_remove(const char *path)
{
    if (path != NULL)
        (void)unlink(path);
}
