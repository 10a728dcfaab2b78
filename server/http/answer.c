/* SPDX-License-Identifier: MIT */
#include "http/answer.h"

#include "http/budget.h"
#include "http/reply.h"
#include "http/reply_inner.h"
#include "http/request_inner.h"

enum {
    SMALL_BYTES = 16 * 1024,
    SHARE = 2, /* one may have half of what there is for all of them */
    RETRY_S = 2,
};

static size_t most_of(const struct budget *budget)
{
    uint64_t most = budget->max_bytes / SHARE;
    if (budget->max_bytes == 0 || most > SIZE_MAX)
        return SIZE_MAX;
    return most > SMALL_BYTES ? (size_t)most : SMALL_BYTES;
}

void answer_begin(struct http_request *request, struct budget *budget)
{
    request->answer_max_bytes = most_of(budget);
    request->answer_share.budget = budget;
}

static struct http_reply *no_room(const struct http_request *request, size_t n)
{
    struct problem problem = {.retry_after_s = RETRY_S};
    problem_set(&problem, PROBLEM_OVERLOADED, NULL,
                "there is no room for an answer of %zu bytes now", n);
    return reply_problem(&problem, request->id);
}

void answer_charge(struct http_request *request)
{
    struct http_reply *reply = request->reply;
    if (reply->length <= SMALL_BYTES) {
        budget_insist(&request->answer_share, reply->length);
        return;
    }
    if (reply->length > request->answer_max_bytes)
        request->reply = reply_too_large();
    else if (!budget_raise(&request->answer_share, reply->length))
        request->reply = no_room(request, reply->length);
    if (request->reply != reply)
        reply_destroy(reply);
}
