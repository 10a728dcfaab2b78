/* SPDX-License-Identifier: MIT */
#include "handlers/v1_records.h"

#include <stdio.h>

#include "http/json_text.h"

/* A problem at the cell that is being read, or at its row. */
static bool fail(const struct v1_records *records,
                 struct problem *problem,
                 enum problem_type type,
                 const char *what,
                 const char *found)
{
    char pointer[sizeof problem->pointer];
    const char *column = mlp_records_column(records->records);
    size_t row = mlp_records_n_rows(records->records);
    snprintf(pointer, sizeof pointer, "%s/%zu", records->part.pointer, row);
    if (column != NULL)
        json_pointer_append(pointer, sizeof pointer, column);
    problem_set(problem, type, pointer, "%s[%zu]%s%.64s%s %s%s",
                records->part.name, row, column != NULL ? "['" : "",
                column != NULL ? column : "", column != NULL ? "']" : "", what,
                found);
    return false;
}

static bool forward(struct v1_records *records,
                    const mlp_json_token *token,
                    struct problem *problem)
{
    mlp_error err = {0};
    if (mlp_records_push(records->records, token, &err) == MLP_OK)
        return true;
    if (err.status == MLP_NOMEM)
        problem_from_error(problem, NULL, &err);
    return fail(records, problem,
                err.status == MLP_LIMIT ? PROBLEM_TOO_LARGE : PROBLEM_INVALID,
                "is refused: ", err.text);
}

/* --- values --------------------------------------------------------------- */

static bool push_bytes(struct v1_records *records,
                       const mlp_json_token *token,
                       struct problem *problem)
{
    const char *wrong = v1_bytes_push(&records->bytes, token);
    if (wrong != NULL)
        return fail(records, problem, PROBLEM_INVALID, wrong, "");
    if (records->bytes.due != BYTES_NONE)
        return true;
    records->state = records->in_list ? RECORDS_LIST_END : RECORDS_KEY;
    return forward(records, &records->bytes.value, problem);
}

static bool push_value(struct v1_records *records,
                       const mlp_json_token *token,
                       struct problem *problem)
{
    records->in_list = records->state == RECORDS_LIST;
    if (token->event == MLP_JSON_ARRAY_BEGIN && !records->in_list) {
        records->state = RECORDS_LIST;
        return true;
    }
    if (token->event == MLP_JSON_OBJECT_BEGIN)
        return push_bytes(records, token, problem);
    if (token->event == MLP_JSON_ARRAY_END)
        return fail(records, problem, PROBLEM_INVALID, "is an empty list", "");
    if (token->event == MLP_JSON_ARRAY_BEGIN)
        return fail(records, problem, PROBLEM_INVALID,
                    "should be one value, found a list of lists", "");
    records->state = records->in_list ? RECORDS_LIST_END : RECORDS_KEY;
    return forward(records, token, problem);
}

/* mlp_records_column() has forgotten it by now. */
static bool push_list_end(struct v1_records *records,
                          const mlp_json_token *token,
                          struct problem *problem)
{
    records->state = RECORDS_KEY;
    return token->event == MLP_JSON_ARRAY_END ||
           fail(records, problem, PROBLEM_INVALID,
                "has a list of several values, a column takes one", "");
}

/* --- rows ----------------------------------------------------------------- */

static bool end_row(struct v1_records *records, struct problem *problem)
{
    size_t row = mlp_records_n_rows(records->records) - 1;
    if (row == 0)
        records->n_first = records->n_keys;
    records->state = RECORDS_BETWEEN;
    if (!records->exact || records->n_keys == records->n_first)
        return true;
    json_part_fail(&records->part, problem, PROBLEM_INVALID, row,
                   " has %zu inputs, %s[0] has %zu: all name the same",
                   records->n_keys, records->part.name, records->n_first);
    return false;
}

/* As many as the first row had, but others? */
static bool check_names(const struct v1_records *records,
                        struct problem *problem)
{
    if (!records->exact ||
        mlp_table_n_columns(records->table) == records->n_first)
        return true;
    json_part_fail(&records->part, problem, PROBLEM_INVALID, 0,
                   " has no '%.64s', which a later one names",
                   mlp_table_column(records->table, records->n_first)->name);
    return false;
}

static bool end_rows(struct v1_records *records, struct problem *problem)
{
    mlp_error err = {0};
    records->state = RECORDS_DONE;
    if (mlp_records_finish(records->records, &records->table, &err) != MLP_OK) {
        problem_from_error(problem, records->part.pointer, &err);
        return false;
    }
    mlp_records_destroy(records->records);
    records->records = NULL;
    return check_names(records, problem);
}

static bool begin(struct v1_records *records, struct problem *problem)
{
    mlp_error err = {0};
    if (mlp_records_create(&records->options, records->max_text_bytes,
                           &records->records, &err) == MLP_OK)
        return true;
    problem_from_error(problem, records->part.pointer, &err);
    return false;
}

static bool push_between(struct v1_records *records,
                         const mlp_json_token *token,
                         struct problem *problem)
{
    if (records->records == NULL && !begin(records, problem))
        return false;
    if (token->event == MLP_JSON_ARRAY_END)
        return end_rows(records, problem);
    if (token->event != MLP_JSON_OBJECT_BEGIN)
        return fail(records, problem, PROBLEM_INVALID,
                    "should be an object, found ", json_token_name(token));
    records->state = RECORDS_KEY;
    records->n_keys = 0;
    return forward(records, token, problem);
}

static bool push_key(struct v1_records *records,
                     const mlp_json_token *token,
                     struct problem *problem)
{
    if (!forward(records, token, problem))
        return false;
    if (token->event == MLP_JSON_OBJECT_END)
        return end_row(records, problem);
    records->state = RECORDS_VALUE;
    records->n_keys++;
    return true;
}

static bool push(struct json_part *part,
                 const mlp_json_token *token,
                 struct problem *problem)
{
    struct v1_records *records = (struct v1_records *)part;
    if (records->bytes.due != BYTES_NONE)
        return push_bytes(records, token, problem);
    switch (records->state) {
    case RECORDS_KEY:
        return push_key(records, token, problem);
    case RECORDS_VALUE:
    case RECORDS_LIST:
        return push_value(records, token, problem);
    case RECORDS_LIST_END:
        return push_list_end(records, token, problem);
    default:
        return push_between(records, token, problem);
    }
}

void v1_records_init(struct v1_records *records,
                     const char *pointer,
                     const char *name,
                     bool exact,
                     const struct v1_limits *limits)
{
    *records = (struct v1_records){
        .part = {.push = push, .pointer = pointer, .name = name},
        .exact = exact,
        .max_text_bytes = limits->max_text_bytes,
        .options = {.max_cells = limits->max_cells},
    };
    v1_bytes_init(&records->bytes, limits->max_text_bytes);
}

void v1_records_free(struct v1_records *records)
{
    mlp_records_destroy(records->records);
    mlp_table_destroy(records->table);
    v1_bytes_free(&records->bytes);
}

size_t v1_records_held(const struct v1_records *records)
{
    size_t held =
        records->bytes.coded.capacity + records->bytes.spelling.capacity;
    if (records->records != NULL)
        held += mlp_records_bytes(records->records);
    return held +
           (records->table != NULL ? mlp_table_bytes(records->table) : 0);
}
