/* SPDX-License-Identifier: MIT */
#include "http/json_brief.h"

#include <string.h>

static const char model_key[] = "model", inputs_key[] = "inputs";

void json_brief_init(struct json_brief *brief)
{
    brief->on = true;
    brief->due = BRIEF_BEGIN;
    brief->n = 0;
    brief->inputs_first = false;
    brief->length = 0;
    brief->model[0] = '\0';
}

static bool is_text(const mlp_json_token *token, const char *text, size_t n)
{
    return token->length == n && memcmp(token->text, text, n) == 0;
}

/* Printable ASCII without escapes. */
static bool is_plain(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] <= 0x20 || text[i] > 0x7e || text[i] == '\\')
            return false;
    return length > 0 && length <= JSON_BRIEF_MAX_BYTES;
}

/* Each comes once. */
static enum json_brief_verdict push_key(struct json_brief *brief,
                                        const mlp_json_token *token)
{
    bool has_inputs = brief->n > (brief->length > 0 ? 1U : 0U);
    if (is_text(token, model_key, strlen(model_key)) && brief->length == 0) {
        brief->due = BRIEF_MODEL;
        return BRIEF_TAKEN;
    }
    if (is_text(token, inputs_key, strlen(inputs_key)) && !has_inputs) {
        brief->due = BRIEF_INPUTS;
        brief->inputs_first = brief->n == 0;
        return BRIEF_TAKEN_INPUTS;
    }
    return BRIEF_OVER;
}

enum json_brief_verdict json_brief_push(struct json_brief *brief,
                                        const mlp_json_token *token)
{
    switch (brief->due) {
    case BRIEF_BEGIN:
        if (token->event != MLP_JSON_OBJECT_BEGIN)
            return BRIEF_OVER;
        brief->due = BRIEF_KEYS;
        return BRIEF_TAKEN;
    case BRIEF_KEYS:
        if (token->event == MLP_JSON_KEY)
            return push_key(brief, token);
        if (token->event != MLP_JSON_OBJECT_END)
            return BRIEF_OVER;
        brief->due = BRIEF_END;
        return BRIEF_TAKEN;
    case BRIEF_MODEL:
        if (token->event != MLP_JSON_STRING ||
            !is_plain(token->text, token->length))
            return BRIEF_OVER;
        memcpy(brief->model, token->text, token->length);
        brief->model[token->length] = '\0';
        brief->length = token->length;
        brief->n++;
        brief->due = BRIEF_KEYS;
        return BRIEF_TAKEN;
    case BRIEF_INPUTS:
    case BRIEF_END:
        break;
    }
    return BRIEF_OVER;
}

void json_brief_inputs(struct json_brief *brief)
{
    brief->n++;
    brief->due = BRIEF_KEYS;
}

/* --- telling it to a tree ------------------------------------------------- */

static bool tell(struct json_tree *tree,
                 mlp_json_event event,
                 size_t depth,
                 const char *text,
                 struct problem *problem)
{
    mlp_json_token token = {
        .event = event, .depth = depth, .text = text, .length = strlen(text)};
    return json_tree_push(tree, &token, problem);
}

static bool tell_model(const struct json_brief *brief,
                       struct json_tree *tree,
                       struct problem *problem)
{
    return tell(tree, MLP_JSON_KEY, 1, model_key, problem) &&
           (brief->length == 0 ||
            tell(tree, MLP_JSON_STRING, 1, brief->model, problem));
}

static bool tell_inputs(struct json_tree *tree, struct problem *problem)
{
    return tell(tree, MLP_JSON_KEY, 1, inputs_key, problem) &&
           tell(tree, MLP_JSON_NULL, 1, "", problem);
}

bool json_brief_replay(struct json_brief *brief,
                       struct json_tree *tree,
                       struct problem *problem)
{
    bool has_model = brief->length > 0 || brief->due == BRIEF_MODEL;
    bool has_inputs = brief->n > (brief->length > 0 ? 1U : 0U);
    brief->on = false;
    if (brief->due == BRIEF_BEGIN)
        return true;
    if (!tell(tree, MLP_JSON_OBJECT_BEGIN, 0, "", problem))
        return false;
    if (has_inputs && brief->inputs_first && !tell_inputs(tree, problem))
        return false;
    if (has_model && !tell_model(brief, tree, problem))
        return false;
    return !has_inputs || brief->inputs_first || tell_inputs(tree, problem);
}
