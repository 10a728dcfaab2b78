/* SPDX-License-Identifier: MIT */
#include "http/turn.h"

#include <microhttpd.h>

#include "http/request_inner.h"
#include "http/worker.h"

void turn_run(struct worker *worker)
{
    worker->gathers = worker->n_asked > 1;
    worker->n_asked = 0;
    MHD_run(worker->daemon);
    worker->gathers = false;
    if (worker->n_gathered > 0)
        MHD_run(worker->daemon);
}

bool turn_waits(struct http_request *request)
{
    struct worker *worker = request->worker;
    bool here = request->route != NULL && request->route->thread == ON_HTTP;
    if (request->stage == REQUEST_GATHERED && worker->gathers)
        return true;
    if (request->stage == REQUEST_GATHERED) {
        turn_leave(request);
        return false;
    }
    worker->n_asked++;
    if (!worker->gathers || !here)
        return false;
    request->stage = REQUEST_GATHERED;
    worker->n_gathered++;
    return true;
}

void turn_leave(struct http_request *request)
{
    if (request->stage != REQUEST_GATHERED)
        return;
    request->stage = REQUEST_READING;
    request->worker->n_gathered--;
}
