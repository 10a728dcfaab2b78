/* SPDX-License-Identifier: MIT
 *
 * Numbers straight into floats: the hot path of a training request. */
#include "http/json_matrix.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/infinite.h"
#include "http/spare.h"

enum {
    FIRST_CAPACITY = 1024,
    SPARE_VALUES = 4096, /* are not worth a copy */
};

void json_part_fail(const struct json_part *part,
                    struct problem *problem,
                    enum problem_type type,
                    size_t row,
                    const char *format,
                    ...)
{
    char pointer[sizeof problem->pointer], text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(pointer, sizeof pointer, "%s/%zu", part->pointer, row);
    problem_set(problem, type, pointer, "%s[%zu]%s", part->name, row, text);
}

const char *json_token_name(const mlp_json_token *token)
{
    static const char *const names[] = {
        [MLP_JSON_OBJECT_BEGIN] = "an object",
        [MLP_JSON_ARRAY_BEGIN] = "a list",
        [MLP_JSON_STRING] = "a text",
        [MLP_JSON_NUMBER] = "a number",
        [MLP_JSON_TRUE] = "true",
        [MLP_JSON_FALSE] = "false",
        [MLP_JSON_NULL] = "null",
    };
    return names[token->event];
}

/* A cell's pointer is longer by its column. */
static bool fail_cell(const struct json_matrix *matrix,
                      struct problem *problem,
                      const char *text)
{
    size_t row = matrix->n_rows, column = matrix->n_values - matrix->row_start;
    char pointer[sizeof problem->pointer];
    snprintf(pointer, sizeof pointer, "%s/%zu/%zu", matrix->part.pointer, row,
             column);
    problem_set(problem, PROBLEM_INVALID, pointer, "%s[%zu][%zu] %s",
                matrix->part.name, row, column, text);
    return false;
}

/* Room for more values: twice as many, up to the limit. */
static bool grow(struct json_matrix *matrix, struct problem *problem)
{
    size_t capacity = matrix->capacity > matrix->max_values / 2
                          ? matrix->max_values
                          : 2 * matrix->capacity;
    if (capacity < FIRST_CAPACITY)
        capacity = FIRST_CAPACITY < matrix->max_values ? FIRST_CAPACITY
                                                       : matrix->max_values;
    if (matrix->n_values >= capacity) {
        json_part_fail(&matrix->part, problem, PROBLEM_TOO_LARGE,
                       matrix->n_rows,
                       " goes beyond the %zu numbers that are "
                       "accepted here",
                       matrix->max_values);
        return false;
    }
    size_t bytes = capacity * sizeof(float);
    float *values = matrix->values == NULL ? spare_take(bytes)
                                           : realloc(matrix->values, bytes);
    if (values == NULL) {
        problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
        return false;
    }
    matrix->values = values;
    matrix->capacity = capacity;
    return true;
}

static bool append(struct json_matrix *matrix,
                   const float *values,
                   size_t n,
                   struct problem *problem)
{
    while (n > 0) {
        if (matrix->n_values == matrix->capacity && !grow(matrix, problem))
            return false;
        size_t room = matrix->capacity - matrix->n_values;
        size_t fit = n < room ? n : room;
        memcpy(matrix->values + matrix->n_values, values, fit * sizeof *values);
        matrix->n_values += fit;
        values += fit;
        n -= fit;
    }
    return true;
}

static bool end_row(struct json_matrix *matrix, struct problem *problem)
{
    size_t n = matrix->n_values - matrix->row_start;
    if (n == 0) {
        json_part_fail(&matrix->part, problem, PROBLEM_INVALID, matrix->n_rows,
                       " is empty");
    } else if (matrix->n_rows > 0 && n != matrix->n_columns) {
        json_part_fail(&matrix->part, problem, PROBLEM_INVALID, matrix->n_rows,
                       " has %zu values, the rows before it %zu", n,
                       matrix->n_columns);
    } else {
        matrix->n_columns = n;
        matrix->n_rows++;
        matrix->state = MATRIX_ROWS;
    }
    return !problem_is_set(problem);
}

static bool push_in_row(struct json_matrix *matrix,
                        const mlp_json_token *token,
                        struct problem *problem)
{
    if (token->event == MLP_JSON_NULL)
        return append(matrix, &(const float){NAN}, 1, problem);
    if (token->event == MLP_JSON_ARRAY_END)
        return end_row(matrix, problem);
    char text[48];
    snprintf(text, sizeof text, "should be a number, found %s",
             json_token_name(token));
    return fail_cell(matrix, problem, text);
}

/* Between the rows, and at either end of all of them. */
static bool push_outside_row(struct json_matrix *matrix,
                             const mlp_json_token *token,
                             struct problem *problem)
{
    if (matrix->state == MATRIX_OUTSIDE) {
        matrix->state = MATRIX_ROWS; /* the outer bracket */
    } else if (token->event == MLP_JSON_ARRAY_BEGIN) {
        matrix->row_start = matrix->n_values;
        matrix->state = MATRIX_ROW;
    } else if (token->event != MLP_JSON_ARRAY_END) {
        json_part_fail(&matrix->part, problem, PROBLEM_INVALID, matrix->n_rows,
                       " should be a list of numbers, found %s",
                       json_token_name(token));
    } else if (matrix->n_rows == 0) {
        problem_set(problem, PROBLEM_INVALID, matrix->part.pointer,
                    "%s is empty", matrix->part.name);
    } else {
        matrix->state = MATRIX_DONE;
    }
    return !problem_is_set(problem);
}

static bool push(struct json_part *part,
                 const mlp_json_token *token,
                 struct problem *problem)
{
    struct json_matrix *matrix = (struct json_matrix *)part;
    return matrix->state == MATRIX_ROW
               ? push_in_row(matrix, token, problem)
               : push_outside_row(matrix, token, problem);
}

static bool push_floats(struct json_part *part,
                        const float *values,
                        size_t n,
                        struct problem *problem)
{
    struct json_matrix *matrix = (struct json_matrix *)part;
    mlp_json_token number = {.event = MLP_JSON_NUMBER};
    if (matrix->state != MATRIX_ROW)
        return push_outside_row(matrix, &number, problem);
    size_t finite = find_infinite(values, n);
    return append(matrix, values, finite, problem) &&
           (finite == n ||
            fail_cell(matrix, problem, "is beyond the range of a float32"));
}

void json_matrix_init(struct json_matrix *matrix,
                      const char *pointer,
                      size_t max_values)
{
    size_t most = SIZE_MAX / sizeof *matrix->values;
    *matrix = (struct json_matrix){
        .part = {.push = push,
                 .push_floats = push_floats,
                 .pointer = pointer,
                 .name = "inputs"},
        .max_values = max_values < most ? max_values : most,
    };
}

void json_matrix_free(struct json_matrix *matrix)
{
    if (matrix->capacity == FIRST_CAPACITY)
        spare_give(matrix->values, FIRST_CAPACITY * sizeof *matrix->values);
    else
        free(matrix->values);
    matrix->values = NULL;
}

void json_matrix_trim(struct json_matrix *matrix)
{
    if (matrix->n_values == 0 ||
        matrix->capacity - matrix->n_values <= SPARE_VALUES)
        return;
    float *values =
        realloc(matrix->values, matrix->n_values * sizeof *matrix->values);
    if (values == NULL)
        return;
    matrix->values = values;
    matrix->capacity = matrix->n_values;
}
