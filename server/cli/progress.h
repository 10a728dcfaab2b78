/* SPDX-License-Identifier: MIT
 *
 * How a training goes, in one line: a bar that is drawn over itself on a
 * terminal, else a plain line now and then. */
#ifndef MLPD_PROGRESS_H
#define MLPD_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A figure that is not known is NaN. */
struct progress_view {
    const char *state; /* "running" */
    double share;      /* 0 to 1 */
    double epoch, epochs;
    double loss, validation_loss, validation_accuracy;
    double samples_per_second, eta_s;
    double queue_position;
};

/* The line without its end, at most `width` columns: what is less important is
 * left out where it does not fit.  Threads: any. */
void progress_format(const struct progress_view *view,
                     unsigned width,
                     bool colour,
                     char *out,
                     size_t size);

/* 61 → "1:01"; what is no time → "". */
void progress_format_time(double seconds, char *out, size_t size);

struct progress {
    FILE *out;              /* NULL: say nothing */
    bool bar, colour, open; /* a line of the bar stands there */
    double last_share, last_time_s;
};

/* `quiet`: nothing is ever printed. */
void progress_begin(struct progress *progress, FILE *out, bool quiet);
void progress_show(struct progress *progress, const struct progress_view *view);
/* "sending iris.csv   40%", of files that take a while. */
void progress_show_sent(struct progress *progress,
                        unsigned long long sent,
                        unsigned long long total);
/* Wipe the bar, for what is printed next. */
void progress_end(struct progress *progress);

#endif
