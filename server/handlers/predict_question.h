/* SPDX-License-Identifier: MIT
 *
 * What POST /predict asks beside its rows: in a JSON body, or in the query. */
#ifndef MLPD_PREDICT_QUESTION_H
#define MLPD_PREDICT_QUESTION_H

#include "handlers/model_lookup.h"

enum predict_warnings {
    WARNINGS_AUTO, /* of rows whose columns have names */
    WARNINGS_OFF,
    WARNINGS_ON,
};

struct predict_question {
    const char *model;
    struct model_at at;
    int64_t top; /* 0: all */
    bool json;   /* the question, so that there are pointers into it */
    bool csv;    /* the answer */
    bool explain;
    bool may_lack; /* columns that are not there are missing cells */
    enum predict_warnings warnings;
    bool has_interval;
    double interval; /* the share of true values that it shall cover */
};

/* False with a problem. Texts are the request's.  Threads: http, pool. */
bool predict_question_read(struct http_request *request,
                           struct predict_question *out,
                           struct problem *problem);

/* Does what is asked go with the model? False with a problem. */
bool predict_question_check(const struct predict_question *question,
                            const struct live_model *live,
                            struct problem *problem);

#endif
