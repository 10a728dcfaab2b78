/* SPDX-License-Identifier: MIT
 *
 * The first tokens tell the form; from there on they go to the part that reads
 * it. */
#include "handlers/v1_values.h"

#include <stdio.h>
#include <string.h>

static const mlp_json_token array_begin = {.event = MLP_JSON_ARRAY_BEGIN};
static const mlp_json_token array_end = {.event = MLP_JSON_ARRAY_END};
static const mlp_json_token object_begin = {.event = MLP_JSON_OBJECT_BEGIN};
static const mlp_json_token input_key = {.event = MLP_JSON_KEY,
                                         .text = V1_INPUT,
                                         .length = sizeof V1_INPUT - 1};

static bool names_input(const mlp_json_token *token)
{
    return token->event == MLP_JSON_KEY && token->length == input_key.length &&
           memcmp(token->text, V1_INPUT, token->length) == 0;
}

static bool fail_row(const struct v1_values *values,
                     struct problem *problem,
                     const char *what,
                     const char *found)
{
    json_part_fail(&values->part, problem, PROBLEM_INVALID,
                   v1_tensor_n_rows(&values->tensor), " %s%s", what, found);
    return false;
}

/* --- the parts ------------------------------------------------------------ */

static bool to_tensor(struct v1_values *values,
                      const mlp_json_token *token,
                      struct problem *problem)
{
    struct json_part *part = &values->tensor.part;
    values->kind = VALUES_TENSOR;
    values->state = V1_INSIDE;
    if (!part->push(part, token, problem))
        return false;
    if (values->tensor.state == TENSOR_DONE)
        values->state = V1_DONE;
    return true;
}

static bool to_records(struct v1_values *values,
                       const mlp_json_token *token,
                       struct problem *problem)
{
    struct json_part *part = &values->records.part;
    values->kind = VALUES_RECORDS;
    values->state = V1_INSIDE;
    if (!part->push(part, token, problem))
        return false;
    if (values->forms == V1_CONTEXT &&
        values->records.state == RECORDS_BETWEEN &&
        !part->push(part, &array_end, problem))
        return false; /* one row is all */
    if (values->records.state == RECORDS_DONE)
        values->state = V1_DONE;
    return true;
}

/* --- the form ------------------------------------------------------------- */

static bool push_start(struct v1_values *values,
                       const mlp_json_token *token,
                       struct problem *problem)
{
    bool context = values->forms == V1_CONTEXT;
    if (token->event == MLP_JSON_ARRAY_BEGIN && !context) {
        values->state = V1_HEAD;
        return true;
    }
    if (token->event == MLP_JSON_OBJECT_BEGIN && context)
        return to_records(values, token, problem);
    if (token->event == MLP_JSON_OBJECT_BEGIN && values->forms == V1_COLUMNS) {
        values->kind = VALUES_COLUMNS;
        values->state = V1_COLUMN_KEY;
        return true;
    }
    problem_set(problem, PROBLEM_INVALID, values->part.pointer,
                "Expecting '%s' value to be %s, found %s", values->part.name,
                context                       ? "an object"
                : values->forms == V1_COLUMNS ? "a list/array or an object"
                                              : "a list/array",
                json_token_name(token));
    return false;
}

static bool push_head(struct v1_values *values,
                      const mlp_json_token *token,
                      struct problem *problem)
{
    if (token->event == MLP_JSON_ARRAY_END) {
        problem_set(problem, PROBLEM_INVALID, values->part.pointer,
                    "No values in '%s' array", values->part.name);
        return false;
    }
    if (token->event == MLP_JSON_OBJECT_BEGIN && values->forms != V1_COLUMNS) {
        values->state = V1_HEAD_OBJECT;
        return true;
    }
    if (values->forms == V1_EXAMPLES)
        return fail_row(values, problem, "should be an object, found ",
                        json_token_name(token));
    return to_tensor(values, &array_begin, problem) &&
           to_tensor(values, token, problem);
}

static bool push_head_object(struct v1_values *values,
                             const mlp_json_token *token,
                             struct problem *problem)
{
    if (values->forms == V1_ROWS && v1_bytes_is_key(token))
        return to_tensor(values, &array_begin, problem) &&
               to_tensor(values, &object_begin, problem) &&
               to_tensor(values, token, problem);
    if (names_input(token)) {
        values->state = V1_HEAD_NAMED;
        return true;
    }
    return to_records(values, &object_begin, problem) &&
           to_records(values, token, problem);
}

static bool push_head_named(struct v1_values *values,
                            const mlp_json_token *token,
                            struct problem *problem)
{
    if (token->event != MLP_JSON_ARRAY_BEGIN)
        return to_records(values, &object_begin, problem) &&
               to_records(values, &input_key, problem) &&
               to_records(values, token, problem);
    bool good = to_tensor(values, &array_begin, problem) &&
                to_tensor(values, token, problem);
    values->by_name = true;
    values->state = V1_NAMED_LIST;
    return good;
}

static bool push_inside(struct v1_values *values,
                        const mlp_json_token *token,
                        struct problem *problem)
{
    return values->kind == VALUES_TENSOR ? to_tensor(values, token, problem)
                                         : to_records(values, token, problem);
}

/* --- {"inputs": [1, 2]} --------------------------------------------------- */

/* What the tensor calls /instances/3/1 is /instances/3/inputs/1. */
static bool point_into_object(const struct v1_values *values,
                              struct problem *problem)
{
    char row[sizeof problem->pointer], whole[2 * sizeof problem->pointer];
    int n = snprintf(row, sizeof row, "%s/%zu", values->part.pointer,
                     v1_tensor_n_rows(&values->tensor));
    if (strncmp(problem->pointer, row, (size_t)n) != 0)
        return false;
    snprintf(whole, sizeof whole, "%s/" V1_INPUT "%s", row,
             problem->pointer + n);
    snprintf(problem->pointer, sizeof problem->pointer, "%.*s",
             (int)sizeof problem->pointer - 1, whole);
    return false;
}

static bool push_named_list(struct v1_values *values,
                            const mlp_json_token *token,
                            struct problem *problem)
{
    if (!to_tensor(values, token, problem))
        return point_into_object(values, problem);
    values->state =
        token->event == MLP_JSON_ARRAY_END ? V1_NAMED_END : V1_NAMED_LIST;
    return true;
}

static bool push_named_end(struct v1_values *values,
                           const mlp_json_token *token,
                           struct problem *problem)
{
    values->state = V1_NAMED_BETWEEN;
    if (token->event == MLP_JSON_OBJECT_END)
        return true;
    json_part_fail(&values->part, problem, PROBLEM_INVALID,
                   v1_tensor_n_rows(&values->tensor) - 1,
                   " names more beside '" V1_INPUT "', which is a list of all");
    return false;
}

static bool push_named_between(struct v1_values *values,
                               const mlp_json_token *token,
                               struct problem *problem)
{
    if (token->event == MLP_JSON_ARRAY_END)
        return to_tensor(values, token, problem);
    values->state = V1_NAMED_KEY;
    return token->event == MLP_JSON_OBJECT_BEGIN ||
           fail_row(values, problem, "should be an object, found ",
                    json_token_name(token));
}

static bool push_named_key(struct v1_values *values,
                           const mlp_json_token *token,
                           struct problem *problem)
{
    values->state = V1_NAMED_VALUE;
    return names_input(token) ||
           fail_row(values, problem, "should name '" V1_INPUT "' alone", "");
}

static bool push_named_value(struct v1_values *values,
                             const mlp_json_token *token,
                             struct problem *problem)
{
    if (token->event == MLP_JSON_ARRAY_BEGIN)
        return push_named_list(values, token, problem);
    return fail_row(values, problem,
                    "should have a list for '" V1_INPUT "', found ",
                    json_token_name(token));
}

/* --- {"a": [1, 2], "b": ["x", "y"]} --------------------------------------- */

static bool push_column_key(struct v1_values *values,
                            const mlp_json_token *token,
                            struct problem *problem)
{
    if (token->event == MLP_JSON_OBJECT_END) {
        values->state = V1_DONE;
        return true;
    }
    values->state = V1_COLUMN_VALUE;
    values->column = v1_columns_add(&values->columns, token, problem);
    return values->column != NULL;
}

static bool push_column_list(struct v1_values *values,
                             const mlp_json_token *token,
                             struct problem *problem)
{
    struct json_part *part = &values->column->part;
    if (!part->push(part, token, problem))
        return false;
    values->state =
        values->column->state == TENSOR_DONE ? V1_COLUMN_KEY : V1_COLUMN_LIST;
    return true;
}

static bool push_column_value(struct v1_values *values,
                              const mlp_json_token *token,
                              struct problem *problem)
{
    const struct json_part *part = &values->column->part;
    if (token->event == MLP_JSON_ARRAY_BEGIN)
        return push_column_list(values, token, problem);
    problem_set(problem, PROBLEM_INVALID, part->pointer,
                "'%.64s' should be a list, found %s", part->name,
                json_token_name(token));
    return false;
}

/* --- as a whole ----------------------------------------------------------- */

static bool push(struct json_part *part,
                 const mlp_json_token *token,
                 struct problem *problem)
{
    static bool (*const pushes[])(struct v1_values *, const mlp_json_token *,
                                  struct problem *) = {
        [V1_START] = push_start,
        [V1_HEAD] = push_head,
        [V1_HEAD_OBJECT] = push_head_object,
        [V1_HEAD_NAMED] = push_head_named,
        [V1_INSIDE] = push_inside,
        [V1_NAMED_LIST] = push_named_list,
        [V1_NAMED_END] = push_named_end,
        [V1_NAMED_BETWEEN] = push_named_between,
        [V1_NAMED_KEY] = push_named_key,
        [V1_NAMED_VALUE] = push_named_value,
        [V1_COLUMN_KEY] = push_column_key,
        [V1_COLUMN_VALUE] = push_column_value,
        [V1_COLUMN_LIST] = push_column_list,
    };
    struct v1_values *values = (struct v1_values *)part;
    return pushes[values->state](values, token, problem);
}

bool v1_values_wants_floats(const struct v1_values *values)
{
    switch (values->state) {
    case V1_HEAD:
    case V1_NAMED_LIST:
    case V1_COLUMN_LIST:
        return true;
    case V1_INSIDE:
        return values->kind == VALUES_TENSOR;
    default:
        return false;
    }
}

static bool push_floats(struct json_part *part,
                        const float *floats,
                        size_t n,
                        struct problem *problem)
{
    struct v1_values *values = (struct v1_values *)part;
    struct json_part *tensor = values->state == V1_COLUMN_LIST
                                   ? &values->column->part
                                   : &values->tensor.part;
    if (values->state == V1_HEAD && values->forms == V1_EXAMPLES)
        return fail_row(values, problem, "should be an object, found a number",
                        "");
    if (values->state == V1_HEAD && !to_tensor(values, &array_begin, problem))
        return false;
    if (tensor->push_floats(tensor, floats, n, problem))
        return true;
    return values->state == V1_NAMED_LIST ? point_into_object(values, problem)
                                          : false;
}

void v1_values_init(struct v1_values *values,
                    const char *pointer,
                    const char *name,
                    enum v1_forms forms,
                    const struct v1_limits *limits)
{
    *values = (struct v1_values){
        .part = {.push = push,
                 .push_floats = push_floats,
                 .pointer = pointer,
                 .name = name},
        .forms = forms,
    };
    v1_tensor_init(&values->tensor, pointer, name, V1_INPUT, limits);
    v1_records_init(&values->records, pointer, name, forms == V1_ROWS, limits);
    v1_columns_init(&values->columns, pointer, name, limits);
}

void v1_values_free(struct v1_values *values)
{
    v1_tensor_free(&values->tensor);
    v1_records_free(&values->records);
    v1_columns_free(&values->columns);
}

size_t v1_values_held(const struct v1_values *values)
{
    return v1_tensor_held(&values->tensor) + v1_records_held(&values->records) +
           v1_columns_held(&values->columns);
}

/* The one input's, if that is what there is. */
static const struct v1_tensor *only_tensor(const struct v1_values *values)
{
    return values->kind == VALUES_COLUMNS
               ? v1_columns_only(&values->columns, V1_INPUT)
           : values->kind == VALUES_TENSOR ? &values->tensor
                                           : NULL;
}

const float *v1_values_numbers(const struct v1_values *values,
                               size_t *n_rows,
                               size_t *n_columns)
{
    const struct v1_tensor *tensor = only_tensor(values);
    if (tensor == NULL || tensor->table != NULL)
        return NULL;
    *n_rows = tensor->matrix.n_rows;
    *n_columns = tensor->matrix.n_columns;
    return tensor->matrix.values;
}

size_t v1_values_n_rows(const struct v1_values *values)
{
    if (values->kind == VALUES_COLUMNS)
        return v1_columns_n_rows(&values->columns);
    if (values->kind == VALUES_RECORDS)
        return values->records.table != NULL
                   ? mlp_table_n_rows(values->records.table)
                   : 0;
    return v1_tensor_n_rows(&values->tensor);
}

mlp_table *v1_values_take_table(struct v1_values *values,
                                bool *named,
                                struct problem *problem)
{
    mlp_table **part = values->kind == VALUES_TENSOR ? &values->tensor.table
                                                     : &values->records.table;
    mlp_table *table = *part;
    *named = values->kind != VALUES_TENSOR || values->by_name;
    if (values->kind == VALUES_COLUMNS)
        return v1_columns_take_table(&values->columns, problem);
    *part = NULL;
    return table;
}
