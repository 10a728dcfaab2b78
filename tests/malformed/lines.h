/* SPDX-License-Identifier: MIT
 *
 * A case file, line by line: blank lines and those that begin with '#' are for
 * the reader alone. */
#ifndef TESTS_MALFORMED_LINES_H
#define TESTS_MALFORMED_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct lines {
    const char *path;
    FILE *file;
    char *text; /* the line, without its end */
    size_t capacity, number;
};

bool lines_open(struct lines *lines, const char *path);
bool lines_next(struct lines *lines);
void lines_close(struct lines *lines);

/* Cut the next word off *text, which moves behind the blanks that follow; ""
 * at the end. */
char *lines_word(char **text);

/* Say what is wrong with the line, and give up: a test that cannot be read is
 * no test. */
_Noreturn void lines_refuse(const struct lines *lines, const char *what);

#endif
