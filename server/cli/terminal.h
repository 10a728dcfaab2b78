/* SPDX-License-Identifier: MIT
 *
 * What is at the other end of a stream, and text that must not upset it. */
#ifndef MLPD_TERMINAL_H
#define MLPD_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TERMINAL_BOLD  "\033[1m"
#define TERMINAL_GREEN "\033[32m"
#define TERMINAL_RED   "\033[31m"
#define TERMINAL_PLAIN "\033[0m"

bool terminal_is(FILE *stream);
/* A terminal, NO_COLOR is not set and TERM is not "dumb"
 * (https://no-color.org). */
bool terminal_has_colour(FILE *stream);
/* Columns of a line; 80 where nobody knows. */
unsigned terminal_width(FILE *stream);

/* The columns that UTF-8 text takes, one a code point. */
size_t terminal_columns(const char *text);

/* `text` with a '?' for each control character, so that what is in a file or a
 * reply cannot steer the terminal. At most size - 1 bytes, cut between code
 * points. */
void terminal_clean(const char *text, char *out, size_t size);

/* Print one word of a command that somebody may paste into a shell, in quotes
 * where it needs them; clean, too. */
void terminal_print_word(const char *text, FILE *stream);

#endif
