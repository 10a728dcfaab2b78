/* SPDX-License-Identifier: MIT */
#include "malformed/lines.h"

#include <stdlib.h>
#include <string.h>

bool lines_open(struct lines *lines, const char *path)
{
    *lines = (struct lines){.path = path, .file = fopen(path, "r")};
    if (lines->file == NULL)
        perror(path);
    return lines->file != NULL;
}

bool lines_next(struct lines *lines)
{
    ssize_t n;
    while ((n = getline(&lines->text, &lines->capacity, lines->file)) >= 0) {
        lines->number++;
        if (n > 0 && lines->text[n - 1] == '\n')
            lines->text[--n] = '\0';
        if (n > 0 && lines->text[0] != '#')
            return true;
    }
    return false;
}

void lines_close(struct lines *lines)
{
    free(lines->text);
    (void)fclose(lines->file);
}

char *lines_word(char **text)
{
    char *word = *text;
    char *end = word + strcspn(word, " ");
    *text = end + strspn(end, " ");
    *end = '\0';
    return word;
}

void lines_refuse(const struct lines *lines, const char *what)
{
    (void)fprintf(stderr, "%s:%zu: %s\n", lines->path, lines->number, what);
    exit(2);
}
