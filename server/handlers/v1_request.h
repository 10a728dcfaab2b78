/* SPDX-License-Identifier: MIT
 *
 * What a request in TensorFlow Serving's dialect is for: its path names the
 * model, maybe a version or a label, and behind a colon what to do. Its
 * mistakes are 400s. */
#ifndef MLPD_V1_REQUEST_H
#define MLPD_V1_REQUEST_H

#include "handlers/app.h"

enum v1_method {
    V1_NO_METHOD, /* a GET */
    V1_PREDICT,
    V1_CLASSIFY,
    V1_REGRESS,
    V1_EXPLAIN,
};

/* "predict", …. */
const char *v1_method_name(enum v1_method method);

struct v1_request {
    enum v1_method method;
    char model[80]; /* cut, if it is longer: then there is none */
    char at[80];    /* the version or label, likewise; "": neither */
    bool is_label;
};

/* From the path of a POST that names a method, or of a GET, which names none.
 * False with the 400 that TensorFlow Serving gives.  Threads: any. */
bool v1_request_read(const struct http_request *request,
                     struct v1_request *out,
                     struct problem *problem);

/* NULL with a 404, of a label that there is not with a 400.
 * Owner: registry_release().  Threads: any. */
struct live_model *v1_request_borrow(struct app *app,
                                     const struct v1_request *request,
                                     struct problem *problem);

/* "Malformed request: POST /v1/…". */
void v1_malformed(const struct http_request *request, struct problem *problem);
/* There is no such model, or version of it. */
void v1_not_found(const struct v1_request *request, struct problem *problem);

/* What is 422 elsewhere is 400 here. */
void v1_use_codes(struct problem *problem);

#endif
