/* SPDX-License-Identifier: MIT
 *
 * The engine reads the records; here they are counted and pointed at. */
#include "http/json_records.h"

#include <stdio.h>
#include <string.h>

#include "http/json_text.h"

static bool fail(const struct json_records *records,
                 const mlp_error *err,
                 struct problem *problem)
{
    char pointer[sizeof problem->pointer];
    const char *column = mlp_records_column(records->records);
    snprintf(pointer, sizeof pointer, "%s/%zu", records->part.pointer,
             mlp_records_n_rows(records->records));
    if (column != NULL)
        json_pointer_append(pointer, sizeof pointer, column);
    problem_from_error(problem, pointer, err);
    return false;
}

static bool begin(struct json_records *records, struct problem *problem)
{
    mlp_error err = {0};
    if (mlp_records_create(&records->options, records->max_text_bytes,
                           &records->records, &err) == MLP_OK)
        return true;
    problem_from_error(problem, records->part.pointer, &err);
    return false;
}

static bool end(struct json_records *records, struct problem *problem)
{
    mlp_error err = {0};
    if (mlp_records_n_rows(records->records) == 0) {
        problem_set(problem, PROBLEM_INVALID, records->part.pointer,
                    "records is empty");
        return false;
    }
    records->table_held = mlp_records_bytes(records->records);
    if (mlp_records_finish(records->records, &records->table, &err) != MLP_OK) {
        problem_from_error(problem, records->part.pointer, &err);
        return false;
    }
    mlp_records_destroy(records->records);
    records->records = NULL;
    return true;
}

static bool push(struct json_part *part,
                 const mlp_json_token *token,
                 struct problem *problem)
{
    struct json_records *records = (struct json_records *)part;
    mlp_error err = {0};
    if (records->records == NULL) /* the bracket */
        return begin(records, problem);
    if (!records->inside && token->event == MLP_JSON_ARRAY_END)
        return end(records, problem);
    if (!records->inside && token->event != MLP_JSON_OBJECT_BEGIN) {
        json_part_fail(part, problem, PROBLEM_INVALID,
                       mlp_records_n_rows(records->records),
                       " should be an object, found %s",
                       json_token_name(token));
        return false;
    }
    if (mlp_records_push(records->records, token, &err) != MLP_OK)
        return fail(records, &err, problem);
    records->inside = token->event != MLP_JSON_OBJECT_END;
    return true;
}

void json_records_init(struct json_records *records,
                       const char *pointer,
                       size_t max_cells,
                       size_t max_text_bytes)
{
    *records = (struct json_records){
        .part = {.push = push, .pointer = pointer, .name = "records"},
        .options = {.max_cells = max_cells},
        .max_text_bytes = max_text_bytes,
    };
}

void json_records_free(struct json_records *records)
{
    mlp_records_destroy(records->records);
    mlp_table_destroy(records->table);
}

size_t json_records_held(const struct json_records *records)
{
    return records->records != NULL ? mlp_records_bytes(records->records)
                                    : records->table_held;
}
