/* SPDX-License-Identifier: MIT
 *
 * Reading dates, and what of them comes again. Days of a date by the formula of
 * H. Hinnant, "chrono-compatible low-level date algorithms" (2013), which
 * counts years from March. */
#include "model/calendar.h"

#include <math.h>
#include <stdint.h>

#include "base/scalar.h"

enum { EPOCH = 730425 }; /* 2000-01-01 in days from 0000-03-01 */

/* --- reading ------------------------------------------------------------- */

struct reader {
    const char *text;
    size_t left;
};

/* Exactly n digits, whose number is in [low, high]. */
static bool number(struct reader *r, size_t n, int low, int high, int *out)
{
    int value = 0;
    if (r->left < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = r->text[i];
        if (c < '0' || c > '9')
            return false;
        value = 10 * value + (c - '0');
    }
    r->text += n;
    r->left -= n;
    *out = value;
    return value >= low && value <= high;
}

static bool take(struct reader *r, char c)
{
    if (r->left == 0 || *r->text != c)
        return false;
    r->text++;
    r->left--;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static int64_t days_from_date(int year, int month, int day)
{
    int64_t y = year - (month <= 2), era = y / 400, of_era = y % 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           EPOCH;
}

static bool read_date(struct reader *r, int64_t *days)
{
    int year, month, day;
    if (!number(r, 4, 1, 9999, &year) || !take(r, '-') ||
        !number(r, 2, 1, 12, &month) || !take(r, '-') ||
        !number(r, 2, 1, days_in_month(year, month), &day))
        return false;
    *days = days_from_date(year, month, day);
    return true;
}

/* Fractions of a second are read and not kept: a float has no room for them. */
static bool read_time(struct reader *r, int *seconds)
{
    int hour, minute, second = 0;
    if (!number(r, 2, 0, 23, &hour) || !take(r, ':') ||
        !number(r, 2, 0, 59, &minute))
        return false;
    if (take(r, ':') && !number(r, 2, 0, 60, &second))
        return false;
    if (take(r, '.')) {
        int digit;
        size_t n = 0;
        while (n < 9 && number(r, 1, 0, 9, &digit))
            n++;
        if (n == 0)
            return false;
    }
    *seconds = (hour * 60 + minute) * 60 + second;
    return true;
}

static bool read_zone(struct reader *r, int *seconds)
{
    int hour, minute = 0, sign = take(r, '-') ? -1 : 1;
    *seconds = 0;
    if (sign > 0 && take(r, 'Z'))
        return true;
    if (sign > 0 && !take(r, '+'))
        return r->left == 0;
    if (!number(r, 2, 0, 23, &hour))
        return false;
    take(r, ':');
    if (r->left > 0 && !number(r, 2, 0, 59, &minute))
        return false;
    *seconds = sign * (hour * 60 + minute) * 60;
    return true;
}

bool calendar_read(const char *text, size_t length, double *days, bool *clock)
{
    struct reader r = {text, length};
    int64_t date;
    int time = 0, zone = 0;
    if (!read_date(&r, &date))
        return false;
    if (r.left > 0 && ((!take(&r, 'T') && !take(&r, ' ')) ||
                       !read_time(&r, &time) || !read_zone(&r, &zone)))
        return false;
    if (clock != NULL && time - zone != 0)
        *clock = true;
    *days = (double)date + (time - zone) / 86400.0;
    return r.left == 0;
}

bool calendar_parse(const char *text, size_t length, float *days, bool *clock)
{
    double exact;
    if (!calendar_read(text, length, &exact, clock))
        return false;
    *days = (float)exact;
    return true;
}

/* --- what comes again ---------------------------------------------------- */

/* sin and cos of 2 pi t, whatever the C library says. */
static void turn(double t, float *out)
{
    double quarter = t - 0.25, parts[2];
    double of[] = {quarter - floor(quarter), t - floor(t)};
    for (size_t i = 0; i < 2; i++) {
        double half = 2 * of[i];
        parts[i] = scalar_cos_pi(half > 1 ? 2 - half : half);
        out[i] = (float)parts[i];
    }
}

void calendar_encode(float days, bool clock, float *out)
{
    static const double year = 365.2425;
    for (size_t i = 0; i < (clock ? 6 : 4); i++)
        out[i] = 0;
    if (isnan(days))
        return;
    double d = (double)days;
    turn(d / year, out);
    turn(floor(d) / 7, out + 2);
    if (clock)
        turn(d, out + 4);
}
