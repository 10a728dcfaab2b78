/* SPDX-License-Identifier: MIT
 *
 * Numbers are json_matrix.h's, a flat list being its one row until it ends.
 * Texts go into records of one column. */
#include "handlers/v1_tensor.h"

#include <stdint.h>
#include <string.h>

#include "http/infinite.h"

static const mlp_json_token array_begin = {.event = MLP_JSON_ARRAY_BEGIN};
static const mlp_json_token array_end = {.event = MLP_JSON_ARRAY_END};
static const mlp_json_token null_token = {.event = MLP_JSON_NULL};

size_t v1_tensor_n_rows(const struct v1_tensor *tensor)
{
    if (tensor->records != NULL)
        return mlp_records_n_rows(tensor->records);
    if (tensor->table != NULL)
        return mlp_table_n_rows(tensor->table);
    if (tensor->state == TENSOR_FIRST)
        return tensor->n_nulls;
    return tensor->is_flat && tensor->state == TENSOR_NUMBERS
               ? tensor->matrix.n_values
               : tensor->matrix.n_rows;
}

static bool fail(const struct v1_tensor *tensor,
                 struct problem *problem,
                 const char *what,
                 const char *found)
{
    json_part_fail(&tensor->part, problem, PROBLEM_INVALID,
                   v1_tensor_n_rows(tensor), " %s%s", what, found);
    return false;
}

static bool fail_error(const struct v1_tensor *tensor,
                       const mlp_error *err,
                       struct problem *problem)
{
    if (err->status == MLP_NOMEM)
        problem_from_error(problem, NULL, err);
    json_part_fail(&tensor->part, problem,
                   err->status == MLP_LIMIT ? PROBLEM_TOO_LARGE
                                            : PROBLEM_INVALID,
                   v1_tensor_n_rows(tensor), ": %s", err->text);
    return false;
}

static bool begins_text(const mlp_json_token *token)
{
    return token->event == MLP_JSON_STRING || token->event == MLP_JSON_TRUE ||
           token->event == MLP_JSON_FALSE ||
           token->event == MLP_JSON_OBJECT_BEGIN;
}

/* --- numbers -------------------------------------------------------------- */

static bool to_matrix(struct v1_tensor *tensor,
                      const mlp_json_token *token,
                      struct problem *problem)
{
    return tensor->matrix.part.push(&tensor->matrix.part, token, problem);
}

/* Two brackets: of the rows, and of the row. */
static bool push_twice(struct v1_tensor *tensor,
                       const mlp_json_token *bracket,
                       struct problem *problem)
{
    bool good = to_matrix(tensor, bracket, problem);
    return good && to_matrix(tensor, bracket, problem);
}

static bool begin_numbers(struct v1_tensor *tensor, struct problem *problem)
{
    bool good = push_twice(tensor, &array_begin, problem);
    if (!tensor->is_flat)
        (void)v1_nest_open(&tensor->nest);
    for (size_t i = 0; good && i < tensor->n_nulls; i++)
        good = to_matrix(tensor, &null_token, problem);
    tensor->state = TENSOR_NUMBERS;
    return good;
}

/* Its one row were all rows. */
static bool end_flat(struct v1_tensor *tensor, struct problem *problem)
{
    struct json_matrix *matrix = &tensor->matrix;
    if (!push_twice(tensor, &array_end, problem))
        return false;
    matrix->n_rows = matrix->n_values;
    matrix->n_columns = 1;
    json_matrix_trim(matrix);
    tensor->state = TENSOR_DONE;
    return true;
}

/* The matrix sees rows alone, and what is wrong where it stands. */
static bool push_in_rows(struct v1_tensor *tensor,
                         const mlp_json_token *token,
                         struct problem *problem)
{
    struct v1_nest *nest = &tensor->nest;
    const char *wrong = NULL;
    size_t depth = nest->depth;
    bool begin = token->event == MLP_JSON_ARRAY_BEGIN;
    bool end = token->event == MLP_JSON_ARRAY_END && depth > 0;
    if (begin && (depth == 0 || v1_nest_is_open(nest)))
        wrong = v1_nest_open(nest);
    else if (end)
        wrong = v1_nest_close(nest);
    else if (depth > 0 && token->event == MLP_JSON_NULL)
        wrong = v1_nest_values(nest, 1);
    if (wrong != NULL)
        return fail(tensor, problem, wrong, "");
    if ((begin && nest->depth > 1) || (end && depth > 1))
        return true;
    bool good = to_matrix(tensor, token, problem);
    if (tensor->matrix.state == MATRIX_DONE) {
        json_matrix_trim(&tensor->matrix);
        tensor->state = TENSOR_DONE;
    }
    return good;
}

static bool push_number(struct v1_tensor *tensor,
                        const mlp_json_token *token,
                        struct problem *problem)
{
    if (!tensor->is_flat)
        return push_in_rows(tensor, token, problem);
    if (token->event == MLP_JSON_ARRAY_END)
        return end_flat(tensor, problem);
    if (token->event == MLP_JSON_NULL)
        return to_matrix(tensor, token, problem);
    return fail(tensor, problem, "should be a number, found ",
                json_token_name(token));
}

/* --- texts ---------------------------------------------------------------- */

static bool begin_record(struct v1_tensor *tensor, mlp_error *err)
{
    mlp_json_token begin = {.event = MLP_JSON_OBJECT_BEGIN};
    mlp_json_token key = {.event = MLP_JSON_KEY,
                          .text = tensor->key.data + 1,
                          .length = tensor->key.length - 2};
    return mlp_records_push(tensor->records, &begin, err) == MLP_OK &&
           mlp_records_push(tensor->records, &key, err) == MLP_OK;
}

static bool put_cell(struct v1_tensor *tensor,
                     const mlp_json_token *value,
                     struct problem *problem)
{
    mlp_json_token end = {.event = MLP_JSON_OBJECT_END};
    mlp_error err = {0};
    if (begin_record(tensor, &err) &&
        mlp_records_push(tensor->records, value, &err) == MLP_OK &&
        mlp_records_push(tensor->records, &end, &err) == MLP_OK)
        return true;
    return fail_error(tensor, &err, problem);
}

static bool begin_texts(struct v1_tensor *tensor, struct problem *problem)
{
    mlp_error err = {.status = MLP_NOMEM};
    tensor->options = (mlp_read_options){.max_cells = tensor->limits.max_cells};
    tensor->state = TENSOR_TEXTS;
    mlp_json_write_string(&tensor->key, tensor->column, strlen(tensor->column));
    if (tensor->key.status != MLP_OK ||
        mlp_records_create(&tensor->options, tensor->limits.max_text_bytes,
                           &tensor->records, &err) != MLP_OK) {
        problem_from_error(problem, NULL, &err);
        return false;
    }
    for (size_t i = 0; i < tensor->n_nulls; i++)
        if (!put_cell(tensor, &null_token, problem))
            return false;
    return true;
}

static bool end_texts(struct v1_tensor *tensor, struct problem *problem)
{
    mlp_error err = {0};
    mlp_status status =
        mlp_records_finish(tensor->records, &tensor->table, &err);
    if (status != MLP_OK)
        return fail_error(tensor, &err, problem);
    mlp_records_destroy(tensor->records);
    tensor->records = NULL;
    tensor->state = TENSOR_DONE;
    return true;
}

static bool push_bytes(struct v1_tensor *tensor,
                       const mlp_json_token *token,
                       struct problem *problem)
{
    const char *wrong = v1_bytes_push(&tensor->bytes, token);
    if (wrong != NULL)
        return fail(tensor, problem, wrong, "");
    return tensor->bytes.due != BYTES_NONE ||
           put_cell(tensor, &tensor->bytes.value, problem);
}

/* Its first value has ended the record already. */
static bool refuse_several(const struct v1_tensor *tensor,
                           struct problem *problem)
{
    json_part_fail(&tensor->part, problem, PROBLEM_INVALID,
                   v1_tensor_n_rows(tensor) - 1,
                   " has several values, texts stand alone");
    return false;
}

static bool push_text_value(struct v1_tensor *tensor,
                            const mlp_json_token *token,
                            struct problem *problem)
{
    if (tensor->in_row && tensor->n_in_row++ > 0)
        return refuse_several(tensor, problem);
    if (token->event == MLP_JSON_OBJECT_BEGIN)
        return push_bytes(tensor, token, problem);
    if (begins_text(token) || token->event == MLP_JSON_NULL)
        return put_cell(tensor, token, problem);
    return fail(tensor, problem, "should be a text, found ",
                json_token_name(token));
}

static bool push_text(struct v1_tensor *tensor,
                      const mlp_json_token *token,
                      struct problem *problem)
{
    if (tensor->bytes.due != BYTES_NONE)
        return push_bytes(tensor, token, problem);
    bool end = token->event == MLP_JSON_ARRAY_END;
    if (end && !tensor->in_row)
        return end_texts(tensor, problem);
    if (end && tensor->n_in_row == 0)
        return fail(tensor, problem, "is empty", "");
    if (end) {
        tensor->in_row = false;
        tensor->n_in_row = 0;
        return true;
    }
    if (tensor->is_flat || tensor->in_row)
        return push_text_value(tensor, token, problem);
    tensor->in_row = token->event == MLP_JSON_ARRAY_BEGIN;
    tensor->n_in_row = 0;
    return tensor->in_row || fail(tensor, problem, "should be a list, found ",
                                  json_token_name(token));
}

/* --- what will it be? ----------------------------------------------------- */

static bool end_first(struct v1_tensor *tensor, struct problem *problem)
{
    if (tensor->n_nulls > 0)
        return begin_numbers(tensor, problem) && end_flat(tensor, problem);
    problem_set(problem, PROBLEM_INVALID, tensor->part.pointer,
                "No values in '%s' array", tensor->part.name);
    return false;
}

static bool push_first(struct v1_tensor *tensor,
                       const mlp_json_token *token,
                       struct problem *problem)
{
    if (token->event == MLP_JSON_ARRAY_END)
        return end_first(tensor, problem);
    tensor->is_flat = token->event != MLP_JSON_ARRAY_BEGIN;
    if (!tensor->is_flat && tensor->n_nulls == 0) {
        tensor->state = TENSOR_FIRST_ROW;
        return true;
    }
    if (token->event == MLP_JSON_NULL) {
        tensor->n_nulls++; /* a byte or more each: the body is limited */
        return true;
    }
    if (begins_text(token))
        return begin_texts(tensor, problem) &&
               push_text(tensor, token, problem);
    return fail(tensor, problem, "should be a number or a text, found ",
                json_token_name(token));
}

static bool push_first_row(struct v1_tensor *tensor,
                           const mlp_json_token *token,
                           struct problem *problem)
{
    tensor->in_row = begins_text(token);
    if (tensor->in_row)
        return begin_texts(tensor, problem) &&
               push_text(tensor, token, problem);
    return begin_numbers(tensor, problem) &&
           push_number(tensor, token, problem);
}

static bool push(struct json_part *part,
                 const mlp_json_token *token,
                 struct problem *problem)
{
    struct v1_tensor *tensor = (struct v1_tensor *)part;
    switch (tensor->state) {
    case TENSOR_OUTSIDE:
        tensor->state = TENSOR_FIRST; /* the outer bracket */
        return true;
    case TENSOR_FIRST:
        return push_first(tensor, token, problem);
    case TENSOR_FIRST_ROW:
        return push_first_row(tensor, token, problem);
    case TENSOR_NUMBERS:
        return push_number(tensor, token, problem);
    default:
        return push_text(tensor, token, problem);
    }
}

static bool push_floats(struct json_part *part,
                        const float *values,
                        size_t n,
                        struct problem *problem)
{
    struct v1_tensor *tensor = (struct v1_tensor *)part;
    struct json_matrix *matrix = &tensor->matrix;
    if (tensor->state == TENSOR_TEXTS && tensor->n_in_row > 0)
        return refuse_several(tensor, problem);
    if (tensor->state == TENSOR_TEXTS)
        return fail(tensor, problem,
                    tensor->is_flat || tensor->in_row
                        ? "should be a text, found a number"
                        : "should be a list, found a number",
                    "");
    if (tensor->state == TENSOR_FIRST)
        tensor->is_flat = true;
    if (tensor->state != TENSOR_NUMBERS && !begin_numbers(tensor, problem))
        return false;
    const char *wrong =
        tensor->nest.depth > 0 ? v1_nest_values(&tensor->nest, n) : NULL;
    if (wrong != NULL)
        return fail(tensor, problem, wrong, "");
    size_t finite = tensor->is_flat ? find_infinite(values, n) : n;
    if (finite == n)
        return matrix->part.push_floats(&matrix->part, values, n, problem);
    return matrix->part.push_floats(&matrix->part, values, finite, problem) &&
           fail(tensor, problem, "is beyond the range of a float32", "");
}

/* --- as a whole ----------------------------------------------------------- */

void v1_tensor_init(struct v1_tensor *tensor,
                    const char *pointer,
                    const char *name,
                    const char *column,
                    const struct v1_limits *limits)
{
    *tensor = (struct v1_tensor){
        .part = {.push = push,
                 .push_floats = push_floats,
                 .pointer = pointer,
                 .name = name},
        .column = column,
        .limits = *limits,
    };
    json_matrix_init(&tensor->matrix, pointer, limits->max_cells);
    tensor->matrix.part.name = name;
    mlp_buffer_init(&tensor->key, SIZE_MAX / 2);
    v1_bytes_init(&tensor->bytes, limits->max_text_bytes);
}

void v1_tensor_free(struct v1_tensor *tensor)
{
    json_matrix_free(&tensor->matrix);
    mlp_buffer_free(&tensor->key);
    mlp_records_destroy(tensor->records);
    mlp_table_destroy(tensor->table);
    v1_bytes_free(&tensor->bytes);
}

size_t v1_tensor_held(const struct v1_tensor *tensor)
{
    size_t held = tensor->matrix.capacity * sizeof *tensor->matrix.values +
                  tensor->bytes.coded.capacity +
                  tensor->bytes.spelling.capacity + tensor->key.capacity;
    if (tensor->records != NULL)
        held += mlp_records_bytes(tensor->records);
    return held + (tensor->table != NULL ? mlp_table_bytes(tensor->table) : 0);
}
