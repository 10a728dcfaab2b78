/* SPDX-License-Identifier: MIT
 *
 * Answers that take long are worked out on the pool, so that the HTTP threads
 * are there for all others: a prediction of many rows by a large network, a
 * file that must be hashed before it is sent. So many at a time; further ones
 * are told to come later. */
#ifndef MLPD_HEAVY_H
#define MLPD_HEAVY_H

#include "handlers/app.h"

/* In place of an answer, from a handler marked ON_HTTP: answer(request) is
 * called on the pool and replies there. When the daemon can wait no longer it
 * should refuse; see heavy_is_hurried().  Threads: http. */
void heavy_answer(struct http_request *request,
                  void (*answer)(struct http_request *request));

/* A handler on the loop that gives long work to the pool itself takes a place
 * among those, or is refused with a problem. What it took it gives back.
 * Threads: loop. */
bool heavy_enter(struct app *app, struct problem *problem);
void heavy_leave(struct app *app);

/* The daemon ends, and what is not answered by now is refused.
 * Threads: any. */
bool heavy_is_hurried(const struct http_request *request);
void heavy_refuse(struct http_request *request);

#endif
