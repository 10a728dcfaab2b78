/* SPDX-License-Identifier: MIT */
#include "malformed/models.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "malformed/lines.h"

#define MODEL "/models/uploaded"

struct models {
    struct tester *tester;
    struct lines lines;
    struct bytes header, data; /* the good ones */
};

/* One file in the making. */
struct file {
    struct bytes header, data, whole;
    uint64_t length;
    bool has_length, has_whole;
};

static void
decode(const struct models *models, struct bytes *out, const char *text)
{
    bytes_append(out, "", 0);
    if (!bytes_decode(out, text, strlen(text)))
        lines_refuse(&models->lines, "a '<' without what belongs behind it");
}

static void add_zeros(struct bytes *bytes, size_t n)
{
    while (n-- > 0)
        bytes_append(bytes, "", 1);
}

/* --- edits ---------------------------------------------------------------- */

static void replace(const struct models *models, struct file *file, char *edit)
{
    struct bytes new = {0}, out = {0};
    char *arrow = strstr(edit, " => ");
    if (arrow == NULL)
        lines_refuse(&models->lines, "an edit that is none");
    *arrow = '\0';
    decode(models, &new, arrow + 4);
    char *old = strstr(file->header.data, edit);
    if (old == NULL)
        lines_refuse(&models->lines, "the header has no such text");
    bytes_append(&out, file->header.data, (size_t)(old - file->header.data));
    bytes_append(&out, new.data, new.length);
    bytes_text(&out, old + strlen(edit));
    bytes_free(&file->header);
    bytes_free(&new);
    file->header = out;
}

static void
edit_length(const struct models *models, struct file *file, char *rest)
{
    (void)models;
    file->has_length = true;
    file->length = strtoull(rest, NULL, 0);
}

static void
edit_header(const struct models *models, struct file *file, char *rest)
{
    bytes_clear(&file->header);
    decode(models, &file->header, rest);
}

static void
edit_data(const struct models *models, struct file *file, char *rest)
{
    long n = strtol(rest, NULL, 10);
    (void)models;
    if (n > 0)
        add_zeros(&file->data, (size_t)n);
    else
        file->data.length -= (size_t)-n;
}

static void edit_at(const struct models *models, struct file *file, char *rest)
{
    struct bytes bytes = {0};
    size_t offset = strtoul(lines_word(&rest), NULL, 10);
    decode(models, &bytes, rest);
    if (offset + bytes.length > file->data.length)
        lines_refuse(&models->lines, "the data is not that long");
    memcpy(file->data.data + offset, bytes.data, bytes.length);
    bytes_free(&bytes);
}

static void
edit_file(const struct models *models, struct file *file, char *rest)
{
    file->has_whole = true;
    decode(models, &file->whole, rest);
}

static void
edit_nothing(const struct models *models, struct file *file, char *rest)
{
    (void)models;
    (void)file;
    (void)rest;
}

static void apply(const struct models *models, struct file *file, char *edit)
{
    static const struct {
        const char *word;
        void (*apply)(const struct models *models,
                      struct file *file,
                      char *rest);
    } edits[] = {{"length ", edit_length}, {"header ", edit_header},
                 {"data ", edit_data},     {"at ", edit_at},
                 {"file ", edit_file},     {"good", edit_nothing}};
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++)
        if (strncmp(edit, edits[i].word, strlen(edits[i].word)) == 0) {
            edits[i].apply(models, file, edit + strlen(edits[i].word));
            return;
        }
    replace(models, file, edit);
}

/* --- files ---------------------------------------------------------------- */

static void assemble(const struct file *file, struct bytes *out)
{
    uint64_t n = file->has_length ? file->length : file->header.length;
    if (file->has_whole) {
        bytes_append(out, file->whole.data, file->whole.length);
        return;
    }
    for (size_t i = 0; i < 8; i++)
        bytes_append(out, &(char){(char)(n >> (8 * i))}, 1);
    bytes_append(out, file->header.data, file->header.length);
    bytes_append(out, file->data.data, file->data.length);
}

static void upload(struct models *models,
                   const char *name,
                   const char *expected,
                   const char *bytes,
                   size_t n)
{
    const struct origin origin = {models->lines.path, models->lines.number,
                                  name};
    struct bytes request = {0};
    tester_format(&request, "PUT", MODEL, "application/octet-stream", bytes, n);
    tester_run(models->tester, &origin, expected, &request);
    bytes_free(&request);
    if (expected[0] == '2')
        tester_ask(models->tester, 204, "DELETE", MODEL, NULL, NULL, 0);
}

static void run_case(struct models *models, const char *expected, char *rest)
{
    struct file file = {0};
    struct bytes bytes = {0};
    const char *name = lines_word(&rest);
    bytes_append(&file.header, models->header.data, models->header.length);
    bytes_append(&file.data, models->data.data, models->data.length);
    while (rest != NULL) {
        char *next = strstr(rest, " ;; ");
        if (next != NULL) {
            *next = '\0';
            next += 4;
        }
        apply(models, &file, rest);
        rest = next;
    }
    bytes_append(&bytes, "", 0);
    assemble(&file, &bytes);
    upload(models, name, expected, bytes.data, bytes.length);
    bytes_free(&bytes);
    bytes_free(&file.header);
    bytes_free(&file.data);
    bytes_free(&file.whole);
}

static void run_truncated(struct models *models, const char *expected)
{
    const struct file good = {.header = models->header, .data = models->data};
    struct bytes bytes = {0};
    char name[64];
    assemble(&good, &bytes);
    for (size_t n = 1; n < bytes.length; n++) {
        (void)snprintf(name, sizeof name, "its first %zu bytes", n);
        upload(models, name, expected, bytes.data, n);
    }
    bytes_free(&bytes);
}

static void run_line(struct models *models)
{
    char *rest = models->lines.text;
    char *word = lines_word(&rest);
    if (strcmp(word, "header") == 0) {
        decode(models, &models->header, rest);
    } else if (strcmp(word, "data") == 0) {
        add_zeros(&models->data, strtoul(rest, NULL, 10));
    } else if (strcmp(word, "truncated") == 0) {
        run_truncated(models, rest);
    } else {
        run_case(models, word, rest);
    }
}

bool models_run(struct tester *tester, const char *path)
{
    struct models models = {.tester = tester};
    if (!lines_open(&models.lines, path))
        return false;
    while (lines_next(&models.lines) && daemon_lives(tester->daemon))
        run_line(&models);
    bytes_free(&models.header);
    bytes_free(&models.data);
    lines_close(&models.lines);
    return true;
}
