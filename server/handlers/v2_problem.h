/* SPDX-License-Identifier: MIT
 *
 * How the Open Inference Protocol tells problems: the same documents, but what
 * is wrong with a value is a 400. */
#ifndef MLPD_V2_PROBLEM_H
#define MLPD_V2_PROBLEM_H

#include "http/problem.h"
#include "http/request.h"

/* 422 becomes 400. No problem stays none.  Threads: any. */
void v2_problem_adapt(struct problem *problem);

/* request_fail(), adapted. */
void v2_problem_reply(struct http_request *request, struct problem *problem);

#endif
