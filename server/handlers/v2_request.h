/* SPDX-License-Identifier: MIT
 *
 * What a client of the Open Inference Protocol asks, from a body that is all
 * there: checked against the protocol, not yet against a model. */
#ifndef MLPD_V2_REQUEST_H
#define MLPD_V2_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "handlers/v2_tensor.h"
#include "http/body.h"
#include "http/problem.h"

struct v2_output_request {
    const char *name;
    bool binary;
    size_t n_classes; /* the best so many as texts; 0: the tensor itself */
};

struct v2_request {
    const char *id; /* NULL: none */
    bool raw;       /* no JSON: the bytes of the one input there is */
    const char *bytes;
    size_t length;
    struct v2_tensor *inputs; /* [n_inputs], owned; none when it is raw */
    size_t n_inputs;
    bool binary;      /* all outputs, unless one says something else */
    bool all_outputs; /* none are named */
    struct v2_output_request *outputs; /* [n_outputs], owned */
    size_t n_outputs;
};

/* False with a problem. It borrows from the body.
 * Owner: caller; v2_request_free().  Threads: any. */
bool v2_request_read(struct v2_request *request,
                     const struct http_body *body,
                     struct problem *problem);
void v2_request_free(struct v2_request *request);

/* All elements of all inputs, and whether they are made one by one. */
size_t v2_request_count(const struct v2_request *request, bool *by_element);

#endif
