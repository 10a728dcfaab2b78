/* SPDX-License-Identifier: MIT
 *
 * What an answer may take of the memory that requests share. To one who reads
 * slowly it may be there for long, so its bytes are charged until it is sent.
 * Threads: http. */
#ifndef MLPD_ANSWER_H
#define MLPD_ANSWER_H

struct budget;
struct http_request;

/* From now on the request's answer is charged to the budget. */
void answer_begin(struct http_request *request, struct budget *budget);
/* Charge request->reply. One that is larger than an answer may be becomes a
 * 413, one that has no room now a 503; what is small has room always, since
 * most of that are errors and receipts. */
void answer_charge(struct http_request *request);

#endif
