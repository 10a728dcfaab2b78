/* SPDX-License-Identifier: MIT */
#include "handlers/time_json.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void time_text(int64_t ms, char out[TIME_TEXT_MAX])
{
    int64_t rest = ms % 1000;
    time_t seconds = (time_t)(ms / 1000 - (rest < 0));
    struct tm utc;
    char stamp[TIME_TEXT_MAX - 5] = "";
    if (gmtime_r(&seconds, &utc) != NULL)
        (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(out, TIME_TEXT_MAX, "%s.%03dZ", stamp,
                   (int)(rest < 0 ? rest + 1000 : rest));
}

json_t *time_json(int64_t ms)
{
    char text[TIME_TEXT_MAX];
    if (ms == 0)
        return json_null();
    time_text(ms, text);
    return json_string(text);
}
