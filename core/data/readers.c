/* SPDX-License-Identifier: MIT
 *
 * Which reader reads which format, and the options that they share. */
#include "data/readers.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {
#define X(name, text) [MLP_FILE_##name] = (text),
    MLP_FILE_FORMAT_TABLE(X)
#undef X
};
enum { N_FORMATS = sizeof names / sizeof names[0] };

static file_reader *const readers[N_FORMATS] = {
    [MLP_FILE_CSV] = csv_read,
    [MLP_FILE_NPY] = npy_read,
    [MLP_FILE_IDX] = idx_read,
    [MLP_FILE_NDJSON] = ndjson_read,
};

const char *mlp_file_format_name(mlp_file_format format)
{
    return (size_t)format < N_FORMATS ? names[format] : "unknown";
}

bool mlp_file_format_parse(const char *name, mlp_file_format *out)
{
    for (size_t k = 0; k < N_FORMATS; k++)
        if (strcmp(names[k], name) == 0) {
            *out = (mlp_file_format)k;
            return true;
        }
    return false;
}

static bool begins_with_brace(const char *text, size_t n)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'};
    size_t i = n >= sizeof mark && memcmp(text, mark, sizeof mark) == 0
                   ? sizeof mark
                   : 0;
    while (i < n && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' ||
                     text[i] == '\n'))
        i++;
    return i < n && text[i] == '{';
}

mlp_file_format mlp_file_format_sniff(const void *bytes, size_t n)
{
    static const char npy[] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};
    static const char idx[] = {0, 0};
    if (n >= sizeof npy && memcmp(bytes, npy, sizeof npy) == 0)
        return MLP_FILE_NPY;
    if (n >= sizeof idx && memcmp(bytes, idx, sizeof idx) == 0)
        return MLP_FILE_IDX;
    return begins_with_brace(bytes, n) ? MLP_FILE_NDJSON : MLP_FILE_CSV;
}

bool mlp_file_format_names(mlp_file_format format,
                           const mlp_read_options *options)
{
    return format == MLP_FILE_NDJSON ||
           (format == MLP_FILE_CSV && !options->no_header);
}

/* As strcmp(), of a text that has a length. */
static int compare(const char *item, const char *name, size_t length)
{
    size_t n = strlen(item);
    int order = memcmp(item, name, n < length ? n : length);
    return order != 0 ? order : (n > length) - (n < length);
}

static bool is_among(const char *const *list,
                     size_t n,
                     bool sorted,
                     const char *name,
                     size_t length)
{
    size_t low = 0;
    while (low < n) {
        size_t at = sorted ? low + (n - low) / 2 : low;
        int order = compare(list[at], name, length);
        if (order == 0)
            return true;
        if (sorted && order > 0)
            n = at;
        else
            low = at + 1;
    }
    return false;
}

bool read_options_text(const mlp_read_options *options,
                       const char *name,
                       size_t length)
{
    return is_among(options->texts, options->n_texts, options->sorted, name,
                    length);
}

bool read_options_label(const mlp_read_options *options,
                        const char *name,
                        size_t length)
{
    return options->all_labels ||
           is_among(options->labels, options->n_labels, options->sorted, name,
                    length) ||
           read_options_text(options, name, length);
}

void read_options_name(const mlp_read_options *options,
                       size_t j,
                       size_t n,
                       char out[NUMBERED_NAME_MAX])
{
    if (options->stem && n == 1)
        snprintf(out, NUMBERED_NAME_MAX, "%s", options->stem);
    else
        snprintf(out, NUMBERED_NAME_MAX, "%s%zu",
                 options->stem ? options->stem : "x", j);
}

mlp_status mlp_table_read_file(FILE *file,
                               mlp_file_format format,
                               const mlp_read_options *options,
                               mlp_table **out,
                               mlp_error *err)
{
    static const mlp_read_options defaults = {0};
    *out = NULL;
    if ((size_t)format >= N_FORMATS)
        return mlp_fail(err, MLP_INVALID, "unknown file format %d",
                        (int)format);
    return readers[format](file, options ? options : &defaults, out, err);
}
