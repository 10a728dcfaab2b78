/* SPDX-License-Identifier: MIT */
#include "model/calendar.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static float days_of(const char *text, bool *clock)
{
    float days = NAN;
    cr_expect(calendar_parse(text, strlen(text), &days, clock), "%s", text);
    return days;
}

Test(calendar, days_count_from_the_year_2000)
{
    static const struct {
        const char *text;
        float days;
    } known[] = {
        {"2000-01-01", 0},      {"2000-01-02", 1},    {"1999-12-31", -1},
        {"2000-02-29", 59},     {"2000-03-01", 60},   {"2001-01-01", 366},
        {"1970-01-01", -10957}, {"2024-12-31", 9131}, {"1900-03-01", -36465},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        bool clock = false;
        cr_expect_eq(days_of(known[i].text, &clock), known[i].days, "%s",
                     known[i].text);
        cr_expect_not(clock);
    }
}

Test(calendar, times_and_zones_are_part_of_the_day)
{
    bool clock = false;
    cr_expect_eq(days_of("2000-01-01T00:00:00Z", &clock), 0);
    cr_expect_not(clock);
    cr_expect_float_eq(days_of("2000-01-01T12:00:00Z", &clock), 0.5, 1e-6);
    cr_expect(clock);
    cr_expect_float_eq(days_of("2000-01-01 06:00", NULL), 0.25, 1e-6);
    cr_expect_float_eq(days_of("2000-01-01T06:00:00+06:00", NULL), 0, 1e-6);
    cr_expect_float_eq(days_of("2000-01-01T18:00:00.125-0600", NULL), 1, 1e-6);
}

Test(calendar, what_is_no_date_is_refused)
{
    static const char *const bad[] = {"",
                                      "2000",
                                      "2000-1-1",
                                      "2000-13-01",
                                      "2000-00-10",
                                      "2001-02-29",
                                      "1900-02-29",
                                      "2000-04-31",
                                      "01.02.2000",
                                      "2000-01-01x",
                                      "2000-01-01T",
                                      "2000-01-01T24:00",
                                      "2000-01-01T10",
                                      "2000-01-01T10:60",
                                      "2000-01-01T10:00:00.",
                                      "2000-01-01T10:00+25:00",
                                      "2000-01-01T10:00Zx",
                                      "0000-01-01"};
    float days;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(calendar_parse(bad[i], strlen(bad[i]), &days, NULL), "%s",
                      bad[i]);
}

Test(calendar, what_comes_again_has_the_same_sine_and_cosine)
{
    float monday[6], next[6], gone[6];
    calendar_encode(days_of("2024-01-01", NULL), true, monday);
    calendar_encode(days_of("2024-01-08", NULL), true, next);
    cr_expect_float_eq(monday[2], next[2], 1e-6);
    cr_expect_float_eq(monday[3], next[3], 1e-6);
    cr_expect_neq(monday[0], next[0], "another day of the year");
    for (size_t i = 0; i < 6; i += 2)
        cr_expect_float_eq(
            monday[i] * monday[i] + monday[i + 1] * monday[i + 1], 1, 1e-5);
    calendar_encode(NAN, true, gone);
    for (size_t i = 0; i < 6; i++)
        cr_expect_eq(gone[i], 0);
}
