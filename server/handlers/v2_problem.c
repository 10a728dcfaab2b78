/* SPDX-License-Identifier: MIT */
#include "handlers/v2_problem.h"

void v2_problem_adapt(struct problem *problem)
{
    if (problem_is_set(problem) && problem_status(problem->type) == 422)
        problem->type = PROBLEM_INVALID_ARGUMENT;
}

void v2_problem_reply(struct http_request *request, struct problem *problem)
{
    v2_problem_adapt(problem);
    request_fail(request, problem);
}
