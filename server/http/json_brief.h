/* SPDX-License-Identifier: MIT
 *
 * The bodies that come by the thousand a second say which model and what its
 * inputs are, and nothing else: {"model": "digits", "inputs": [[1, 2]]}, in
 * either order. Such a one needs no tree. As soon as a token shows that it is
 * another one, what came before is told to the tree. */
#ifndef MLPD_JSON_BRIEF_H
#define MLPD_JSON_BRIEF_H

#include <stdbool.h>
#include <stddef.h>

#include "http/json_text.h"
#include "http/problem.h"
#include "mlp/json.h"

enum { JSON_BRIEF_MAX_BYTES = 128 }; /* of the model's name */

struct json_brief {
    bool on; /* nothing else came so far */
    enum { BRIEF_BEGIN, BRIEF_KEYS, BRIEF_MODEL, BRIEF_INPUTS, BRIEF_END } due;
    unsigned n; /* of the two: which came first, and how many did */
    bool inputs_first;
    size_t length;
    char model[JSON_BRIEF_MAX_BYTES + 1]; /* "": did not come */
};

void json_brief_init(struct json_brief *brief);

enum json_brief_verdict {
    BRIEF_TAKEN,
    BRIEF_TAKEN_INPUTS, /* the key: what follows is the list of them */
    BRIEF_OVER,         /* see json_brief_replay() */
};
enum json_brief_verdict json_brief_push(struct json_brief *brief,
                                        const mlp_json_token *token);
/* The list of inputs opens, or a null is there for it. */
void json_brief_inputs(struct json_brief *brief);

/* It is not brief: the tree gets all tokens before this one. False with a
 * problem. */
bool json_brief_replay(struct json_brief *brief,
                       struct json_tree *tree,
                       struct problem *problem);

#endif
