/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "handlers/time_json.h"

static void expect(int64_t ms, const char *text)
{
    char out[TIME_TEXT_MAX];
    time_text(ms, out);
    cr_expect_str_eq(out, text);
}

Test(time_json, is_iso_8601_in_utc_with_milliseconds)
{
    expect(1, "1970-01-01T00:00:00.001Z");
    expect(1709164800250, "2024-02-29T00:00:00.250Z");
    expect(253402300799999, "9999-12-31T23:59:59.999Z");
    expect(-1, "1969-12-31T23:59:59.999Z");
}

Test(time_json, a_time_beyond_what_the_calendar_holds_overruns_nothing)
{
    char out[TIME_TEXT_MAX];
    time_text(INT64_MAX, out);
    cr_expect_lt(strlen(out), TIME_TEXT_MAX);
    time_text(INT64_MIN, out);
    cr_expect_lt(strlen(out), TIME_TEXT_MAX);
}

Test(time_json, zero_is_null_for_it_has_not_happened_yet)
{
    cr_expect(json_is_null(time_json(0)));
    json_t *json = time_json(1709164800250);
    cr_expect_str_eq(json_string_value(json), "2024-02-29T00:00:00.250Z");
    json_decref(json);
}
