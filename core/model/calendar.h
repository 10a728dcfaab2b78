/* SPDX-License-Identifier: MIT
 *
 * Points in time as cells: days since 2000-01-01T00:00Z, a float, which tells
 * minutes apart over some decades. */
#ifndef MLP_MODEL_CALENDAR_H
#define MLP_MODEL_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>

/* Read YYYY-MM-DD, alone or with [T ]hh:mm[:ss[.fff]] and then Z, +hh:mm,
 * -hhmm or nothing, which is UTC (the profile of ISO 8601 in RFC 3339, and what
 * SQL databases print). The proleptic Gregorian calendar, years 1 to 9999.
 * *clock, unless NULL, is set where there is a time other than 00:00.
 * Threads: any. */
bool calendar_parse(const char *text, size_t length, float *days, bool *clock);
/* The same, which tells seconds apart.  Threads: any. */
bool calendar_read(const char *text, size_t length, double *days, bool *clock);

/* Sine and cosine of the day in the year and of the day in the week, and, with
 * `clock`, of the time of day: 4 or 6 numbers. Zeros for a NaN.
 * Threads: any. */
void calendar_encode(float days, bool clock, float *out);

#endif
