/* SPDX-License-Identifier: MIT */
#include "handlers/job_lookup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool job_find_id(const struct http_request *request,
                 int64_t *id,
                 struct problem *problem)
{
    const char *text = request_segment(request, "id");
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && digits <= 18 && text[digits] == '\0') {
        *id = (int64_t)strtoll(text, NULL, 10);
        return true;
    }
    problem_set(problem, PROBLEM_NOT_FOUND, NULL, "there is no job '%.32s'",
                text);
    return false;
}

void job_unknown(struct problem *problem, int64_t id)
{
    problem_set(problem, PROBLEM_NOT_FOUND, NULL, "there is no job %" PRId64,
                id);
}
