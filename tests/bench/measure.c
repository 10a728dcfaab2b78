/* SPDX-License-Identifier: MIT
 *
 * The clock, the digits and the requests of the measuring programs. */
#include "measure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void *memory(size_t n, size_t size)
{
    void *block = calloc(n, size);
    if (block == NULL)
        die("out of memory for %zu elements of %zu bytes", n, size);
    return block;
}

bool request_read(struct request *request)
{
    char line[256];
    if (fgets(line, sizeof line, stdin) == NULL)
        return false;
    unsigned long long seed;
    if (sscanf(line, "%15s %31s %zu %15s %llu %lf %lf", request->task,
               request->net, &request->batch, request->how, &seed,
               &request->min_s, &request->max_s) != 7)
        die("expected TASK NET BATCH HOW SEED MIN_S MAX_S, got: %s", line);
    request->seed = seed;
    return true;
}

bool request_is(const struct request *request, const char *task)
{
    return strcmp(request->task, task) == 0;
}

struct net net_parse(const char *name)
{
    struct net net = {0};
    const char *at = name;
    while (net.n_widths < MAX_WIDTHS) {
        char *end;
        unsigned long width = strtoul(at, &end, 10);
        if (end == at || width == 0)
            die("not a net: %s", name);
        net.widths[net.n_widths++] = width;
        if (*end == '\0' && net.n_widths >= 2)
            return net;
        at = end + 1;
    }
    die("a net of more than %d widths: %s", MAX_WIDTHS, name);
}

/* The body behind an IDX header of n_dimensions sizes, the first of which is
 * the number of rows. */
static uint8_t *
idx_load(const char *path, size_t n_dimensions, size_t row_bytes, size_t *n)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        die("%s cannot be opened", path);
    uint8_t header[16];
    size_t length = 4 + 4 * n_dimensions;
    if (fread(header, 1, length, file) != length || header[3] != n_dimensions)
        die("%s: not an IDX file of %zu dimensions", path, n_dimensions);
    *n = (size_t)header[4] << 24 | (size_t)header[5] << 16 |
         (size_t)header[6] << 8 | header[7];
    uint8_t *body = memory(*n, row_bytes);
    if (fread(body, row_bytes, *n, file) != *n)
        die("%s: shorter than its header says", path);
    fclose(file);
    return body;
}

struct digits digits_load(const char *folder, const char *part)
{
    struct digits digits;
    char path[4096];
    size_t n_labels;
    snprintf(path, sizeof path, "%s/%s-images-idx3-ubyte", folder, part);
    digits.images = idx_load(path, 3, PIXELS, &digits.n_rows);
    snprintf(path, sizeof path, "%s/%s-labels-idx1-ubyte", folder, part);
    digits.labels = idx_load(path, 1, 1, &n_labels);
    if (n_labels != digits.n_rows)
        die("%s: %zu labels for %zu images", path, n_labels, digits.n_rows);
    return digits;
}

void digits_row(const struct digits *digits, size_t row, float *x)
{
    const uint8_t *pixels = digits->images + row * PIXELS;
    for (size_t i = 0; i < PIXELS; i++)
        x[i] = (float)pixels[i] * (1.0f / 255);
}

static double calls_s(void (*call)(void *context), void *context, size_t n)
{
    double began = now_s();
    for (size_t i = 0; i < n; i++)
        call(context);
    return now_s() - began;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

double median_call_s(void (*call)(void *context), void *context, double seconds)
{
    enum { MAX_BLOCKS = 100000 };
    static double block_s[MAX_BLOCKS];
    const double wanted_s = 50e-6;
    double warm_until = now_s() + seconds / 5;
    double one_s = 0;
    while (one_s == 0 || now_s() < warm_until)
        one_s = calls_s(call, context, 1);
    size_t n_calls = one_s < wanted_s ? (size_t)(wanted_s / one_s) + 1 : 1;
    size_t n_blocks = 0;
    double until = now_s() + seconds;
    while (n_blocks < MAX_BLOCKS && (n_blocks == 0 || now_s() < until))
        block_s[n_blocks++] = calls_s(call, context, n_calls);
    qsort(block_s, n_blocks, sizeof *block_s, by_value);
    return block_s[n_blocks / 2] / (double)n_calls;
}
