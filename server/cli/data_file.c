/* SPDX-License-Identifier: MIT */
#include "cli/data_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/names.h"

static const struct ending {
    const char *text;
    enum data_file_kind kind;
    const char *type;
} endings[] = {
    {".csv", DATA_FILE_CSV, "text/csv"},
    {".tsv", DATA_FILE_CSV, "text/csv"},
    {".txt", DATA_FILE_CSV, "text/csv"},
    {".ndjson", DATA_FILE_NDJSON, "application/x-ndjson"},
    {".jsonl", DATA_FILE_NDJSON, "application/x-ndjson"},
    {".npy", DATA_FILE_NPY, "application/x-npy"},
    {".idx", DATA_FILE_IDX, "application/octet-stream"},
    {"-ubyte", DATA_FILE_IDX, "application/octet-stream"},
};

static bool ends_with(const char *name, size_t length, const char *ending)
{
    size_t n = strlen(ending);
    return length > n && strncasecmp(name + length - n, ending, n) == 0;
}

/* "My Data" → "my-data"; "" where nothing of it can be a name. */
static void make_stem(const char *name, size_t length, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < length && n < NAME_MAX_BYTES; i++) {
        int c = tolower((unsigned char)name[i]);
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        bool inner = c == '_' || (c == '.' && n > 0 && out[n - 1] != '.');
        if (plain || (inner && n > 0))
            out[n++] = (char)c;
        else if (n > 0 && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n > 0 && strchr("-._", out[n - 1]) != NULL)
        n--;
    out[n] = '\0';
}

mlp_status
data_file_name(const char *path, struct data_file *out, mlp_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t length = strlen(name);
    *out = (struct data_file){.fd = -1, .type = "text/csv"};
    if (strcmp(path, "-") == 0)
        return MLP_OK;
    out->zipped = ends_with(name, length, ".gz");
    if (out->zipped)
        length -= 3;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (ends_with(name, length, endings[i].text)) {
            out->kind = endings[i].kind;
            out->type = endings[i].type;
            make_stem(name, length - strlen(endings[i].text), out->stem);
            return MLP_OK;
        }
    return mlp_fail(err, MLP_INVALID,
                    "'%.128s': expected a name that ends in .csv, .tsv, .txt, "
                    ".ndjson, .jsonl, .npy, .idx or -ubyte, with or without "
                    ".gz",
                    path);
}

/* All of the standard input in a file that goes with this process. */
static mlp_status spool_input(int *fd, mlp_error *err)
{
    char part[1 << 16];
    ssize_t n = 0;
    FILE *file = tmpfile();
    *fd = file == NULL ? -1 : fcntl(fileno(file), F_DUPFD_CLOEXEC, 0);
    if (file != NULL)
        (void)fclose(file);
    while (*fd >= 0 && (n = read(STDIN_FILENO, part, sizeof part)) > 0)
        if (write(*fd, part, (size_t)n) != n)
            return mlp_fail(err, MLP_INVALID, "standard input: %s",
                            strerror(errno));
    return *fd >= 0 && n == 0 ? MLP_OK
                              : mlp_fail(err, MLP_INVALID, "standard input: %s",
                                         strerror(errno));
}

mlp_status
data_file_open(const char *path, struct data_file *out, mlp_error *err)
{
    struct stat info;
    mlp_status status = data_file_name(path, out, err);
    if (status != MLP_OK)
        return status;
    if (strcmp(path, "-") == 0)
        status = spool_input(&out->fd, err);
    else if ((out->fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        status =
            mlp_fail(err, MLP_INVALID, "%.128s: %s", path, strerror(errno));
    if (status == MLP_OK &&
        (fstat(out->fd, &info) != 0 || !S_ISREG(info.st_mode)))
        status =
            mlp_fail(err, MLP_INVALID,
                     "%.128s: this is no file; a pipe goes to --data -", path);
    if (status == MLP_OK && info.st_size == 0)
        status = mlp_fail(err, MLP_INVALID, "%.128s: it is empty", path);
    if (status == MLP_OK)
        out->n_bytes = (uint64_t)info.st_size;
    else
        data_file_close(out);
    return status;
}

void data_file_close(struct data_file *file)
{
    if (file->fd >= 0)
        (void)close(file->fd);
    file->fd = -1;
}
