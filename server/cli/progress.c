/* SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "cli/terminal.h"

enum {
    BAR_MAX = 30,
    BAR_MIN = 10,
    LINE_MAX_BYTES = 512,
    PART_MAX = 40,
    N_PARTS = 6,
    SENT_SHOWN_MIN = 8 << 20, /* a smaller file is there at once */
};

static const double plain_line_share = 0.1, plain_line_s = 10;
static const double redraw_s = 0.1;

void progress_format_time(double seconds, char *out, size_t size)
{
    out[0] = '\0';
    if (!(seconds >= 0 && seconds < 1e8))
        return;
    long whole = lround(seconds);
    if (whole < 3600)
        (void)snprintf(out, size, "%ld:%02ld", whole / 60, whole % 60);
    else
        (void)snprintf(out, size, "%ld:%02ld:%02ld", whole / 3600,
                       whole / 60 % 60, whole % 60);
}

static void format_rate(double rate, char *out, size_t size)
{
    static const char *const units[] = {"", "k", "M", "G"};
    size_t unit = 0;
    out[0] = '\0';
    if (!(rate > 0 && rate < 1e15))
        return;
    for (; rate >= 999.5 && unit < 3; unit++)
        rate /= 1000;
    (void)snprintf(out, size, "%.*f%s rows/s", rate < 9.95 && unit > 0 ? 1 : 0,
                   rate, units[unit]);
}

static void
format_figure(const char *name, double value, char *out, size_t size)
{
    out[0] = '\0';
    if (isfinite(value))
        (void)snprintf(out, size, "%s %.4g", name, value);
}

/* The parts of a line, in its order; empty ones are not known. */
static void format_parts(const struct progress_view *view,
                         char parts[N_PARTS][PART_MAX])
{
    char left[24];
    memset(parts, 0, N_PARTS * sizeof parts[0]);
    if (isfinite(view->epoch) && isfinite(view->epochs) && view->epochs < 1e9)
        (void)snprintf(parts[0], PART_MAX, "epoch %.0f/%.0f", view->epoch,
                       view->epochs);
    format_figure("loss", view->loss, parts[1], PART_MAX);
    format_figure("validation", view->validation_loss, parts[2], PART_MAX);
    if (view->validation_accuracy >= 0 && view->validation_accuracy <= 1)
        (void)snprintf(parts[3], PART_MAX, "accuracy %.1f%%",
                       100 * view->validation_accuracy);
    format_rate(view->samples_per_second, parts[4], PART_MAX);
    progress_format_time(view->eta_s, left, sizeof left);
    if (left[0] != '\0')
        (void)snprintf(parts[5], PART_MAX, "%s left", left);
}

/* Which part goes first where the line is too short. */
static const unsigned char least_first[N_PARTS] = {4, 1, 2, 0, 3, 5};

static size_t drop_parts(char parts[N_PARTS][PART_MAX], size_t room)
{
    size_t length = 0;
    for (size_t i = 0; i < N_PARTS; i++)
        length += parts[i][0] != '\0' ? 2 + strlen(parts[i]) : 0;
    for (size_t i = 0; i < N_PARTS && length > room; i++) {
        char *part = parts[least_first[i]];
        length -= part[0] != '\0' ? 2 + strlen(part) : 0;
        part[0] = '\0';
    }
    return length;
}

struct line {
    char *out;
    size_t size, n;
};

static void put(struct line *line, const char *text)
{
    int n = snprintf(line->out + line->n, line->size - line->n, "%s", text);
    if (n > 0)
        line->n += (size_t)n < line->size - line->n ? (size_t)n
                                                    : line->size - line->n - 1;
}

static void put_bar(struct line *line, double share, size_t width, bool colour)
{
    size_t full = (size_t)lround(share * (double)width);
    char bar[BAR_MAX + 1];
    memset(bar, '#', width);
    bar[full] = '\0';
    put(line, "  [");
    put(line, colour ? TERMINAL_GREEN : "");
    put(line, bar);
    put(line, colour ? TERMINAL_PLAIN : "");
    memset(bar, '.', width);
    bar[width - full] = '\0';
    put(line, bar);
    put(line, "]");
}

/* "  queued" or " 42%" */
static void
put_share(struct line *line, const struct progress_view *view, double share)
{
    char text[64];
    if (isfinite(view->queue_position) && view->queue_position > 0)
        (void)snprintf(text, sizeof text, "queued, number %.0f",
                       view->queue_position);
    else if (strcmp(view->state, "running") != 0)
        (void)snprintf(text, sizeof text, "%.32s", view->state);
    else
        (void)snprintf(text, sizeof text, "%3.0f%%", floor(100 * share));
    put(line, text);
}

void progress_format(const struct progress_view *view,
                     unsigned width,
                     bool colour,
                     char *out,
                     size_t size)
{
    char parts[N_PARTS][PART_MAX];
    struct line line = {out, size, 0};
    double share = view->share > 0 ? fmin(view->share, 1) : 0; /* nor NaN */
    out[0] = '\0';
    format_parts(view, parts);
    put_share(&line, view, share);
    size_t used = line.n;
    size_t room = width > used ? width - used : 0;
    size_t length = drop_parts(parts, room);
    if (room >= length + 4 + BAR_MIN) {
        size_t bar = room - length - 4;
        put_bar(&line, share, bar < BAR_MAX ? bar : BAR_MAX, colour);
    }
    for (size_t i = 0; i < N_PARTS; i++)
        if (parts[i][0] != '\0') {
            put(&line, "  ");
            put(&line, parts[i]);
        }
}

/* --- on a stream ---------------------------------------------------------- */

static double now_s(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void progress_begin(struct progress *progress, FILE *out, bool quiet)
{
    *progress = (struct progress){.last_share = -1};
    if (quiet)
        return;
    progress->out = out;
    progress->bar = terminal_is(out);
    progress->colour = terminal_has_colour(out);
}

static void draw(struct progress *progress, const char *line)
{
    (void)fprintf(progress->out, "\r%s\033[K", line);
    (void)fflush(progress->out);
    progress->open = true;
}

/* A plain line says something new: a tenth more, or ten seconds later. */
static bool is_due(struct progress *progress, double share)
{
    double now = now_s();
    double since = now - progress->last_time_s;
    if (progress->bar ? since < redraw_s
                      : since < plain_line_s &&
                            share < progress->last_share + plain_line_share)
        return false;
    progress->last_time_s = now;
    progress->last_share = share;
    return true;
}

void progress_show(struct progress *progress, const struct progress_view *view)
{
    char line[LINE_MAX_BYTES];
    if (progress->out == NULL || !is_due(progress, view->share))
        return;
    unsigned width = progress->bar ? terminal_width(progress->out) - 1 : 100;
    progress_format(view, width, progress->colour, line, sizeof line);
    if (progress->bar)
        draw(progress, line);
    else
        (void)fprintf(progress->out, "%s\n", line);
}

void progress_show_sent(struct progress *progress,
                        unsigned long long sent,
                        unsigned long long total)
{
    char line[64];
    double share = total == 0 ? 1 : (double)sent / (double)total;
    if (progress->out == NULL || !progress->bar || total < SENT_SHOWN_MIN ||
        !is_due(progress, share))
        return;
    (void)snprintf(line, sizeof line, "sending %3.0f%% of %.0f MB",
                   floor(100 * share), (double)total / 1e6);
    draw(progress, line);
}

void progress_end(struct progress *progress)
{
    if (progress->open)
        (void)fputs("\r\033[K", progress->out);
    progress->open = false;
}
