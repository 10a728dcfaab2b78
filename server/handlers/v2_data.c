/* SPDX-License-Identifier: MIT */
#include "handlers/v2_data.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/infinite.h"
#include "http/json_matrix.h"

enum { FIRST_CAPACITY = 64 };

void v2_data_init(struct v2_data *data, bool floats, size_t max_elements)
{
    size_t most = SIZE_MAX / sizeof *data->floats;
    *data = (struct v2_data){
        .storage = floats ? V2_FLOATS : V2_SPELLINGS,
        .max_elements = max_elements < most ? max_elements : most,
    };
    /* The body's limit is below: a spelling is not much longer than it was. */
    mlp_buffer_init(&data->spelled, SIZE_MAX / 2);
}

void v2_data_free(struct v2_data *data)
{
    free(data->floats);
    mlp_buffer_free(&data->spelled);
    data->floats = NULL;
}

size_t v2_data_held(const struct v2_data *data)
{
    return data->capacity * sizeof *data->floats + data->spelled.capacity;
}

/* --- refusals ------------------------------------------------------------- */

/* At the item that is read in the open list; up: so many lists further out. */
static bool refuse(const struct v2_data *data,
                   size_t input,
                   size_t up,
                   struct problem *problem,
                   const char *format,
                   ...) MLP_PRINTF(5, 6);

static bool refuse(const struct v2_data *data,
                   size_t input,
                   size_t up,
                   struct problem *problem,
                   const char *format,
                   ...)
{
    char pointer[sizeof problem->pointer], text[160];
    size_t n =
        (size_t)snprintf(pointer, sizeof pointer, "/inputs/%zu/data", input);
    for (size_t i = 0; i + up < data->depth && n < sizeof pointer; i++)
        n += (size_t)snprintf(pointer + n, sizeof pointer - n, "/%zu",
                              data->at[i]);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    problem_set(problem, PROBLEM_INVALID_ARGUMENT, pointer, "%s %s", pointer,
                text);
    return false;
}

static bool refuse_memory(struct problem *problem)
{
    problem_from_error(problem, NULL, &(mlp_error){.status = MLP_NOMEM});
    return false;
}

/* --- lists ---------------------------------------------------------------- */

static bool
open_list(struct v2_data *data, size_t input, struct problem *problem)
{
    if (data->depth == V2_RANK_MAX)
        return refuse(data, input, 0, problem, "is nested deeper than %d lists",
                      (int)V2_RANK_MAX);
    if (data->rank != 0 && data->depth == data->rank)
        return refuse(data, input, 0, problem,
                      "is a list, where others are elements");
    data->at[data->depth++] = 0;
    return true;
}

static bool
close_list(struct v2_data *data, size_t input, struct problem *problem)
{
    size_t level = data->depth - 1, n = data->at[level];
    if (n == 0)
        return refuse(data, input, 1, problem, "is empty");
    if (data->dims[level] != 0 && data->dims[level] != n)
        return refuse(data, input, 1, problem,
                      "has %zu items, lists before it have %zu", n,
                      data->dims[level]);
    data->dims[level] = n;
    data->depth--;
    if (data->depth > 0)
        data->at[data->depth - 1]++;
    else
        data->read = true;
    return true;
}

/* So many more elements in the open list. */
static bool
count(struct v2_data *data, size_t input, size_t n, struct problem *problem)
{
    if (data->rank == 0)
        data->rank = data->depth;
    if (data->depth != data->rank)
        return refuse(data, input, 0, problem,
                      "should be a list, as others are");
    if (n > data->max_elements - data->n) {
        problem_set(problem, PROBLEM_TOO_LARGE, NULL,
                    "/inputs/%zu/data has more than the %zu elements that are "
                    "accepted here",
                    input, data->max_elements);
        return false;
    }
    data->at[data->depth - 1] += n;
    return true;
}

/* --- floats --------------------------------------------------------------- */

/* Room for n more, of which count() knows. */
static bool make_room(struct v2_data *data, size_t n, struct problem *problem)
{
    if (data->capacity - data->n >= n)
        return true;
    size_t capacity = data->capacity > data->max_elements / 2
                          ? data->max_elements
                          : 2 * data->capacity;
    if (capacity < data->n + n)
        capacity = data->n + n;
    if (capacity < FIRST_CAPACITY)
        capacity = FIRST_CAPACITY;
    float *floats = reallocarray(data->floats, capacity, sizeof *floats);
    if (floats == NULL)
        return refuse_memory(problem);
    data->floats = floats;
    data->capacity = capacity;
    return true;
}

bool v2_data_push_floats(struct v2_data *data,
                         size_t input,
                         const float *values,
                         size_t n,
                         struct problem *problem)
{
    size_t finite = find_infinite(values, n);
    if (!count(data, input, finite, problem))
        return false;
    if (finite < n)
        return refuse(data, input, 0, problem,
                      "is beyond the range of a float32");
    if (!make_room(data, n, problem))
        return false;
    memcpy(data->floats + data->n, values, n * sizeof *values);
    data->n += n;
    return true;
}

static bool
push_missing_float(struct v2_data *data, size_t input, struct problem *problem)
{
    if (!count(data, input, 1, problem) || !make_room(data, 1, problem))
        return false;
    data->floats[data->n++] = NAN;
    return true;
}

/* --- spellings ------------------------------------------------------------ */

static mlp_cell_kind kind_of(const mlp_json_token *token)
{
    switch (token->event) {
    case MLP_JSON_NUMBER:
        return MLP_CELL_NUMBER;
    case MLP_JSON_STRING:
        return MLP_CELL_TEXT;
    case MLP_JSON_TRUE:
    case MLP_JSON_FALSE:
        return MLP_CELL_BOOLEAN;
    default:
        return MLP_CELL_MISSING;
    }
}

/* Its length, little-endian, and what it says. */
static void spell(mlp_buffer *out, const mlp_json_token *token)
{
    unsigned char head[V2_LENGTH_BYTES];
    size_t start = out->length;
    memset(head, 0xff, sizeof head); /* V2_MISSING */
    mlp_buffer_append(out, head, sizeof head);
    if (token->event == MLP_JSON_NULL)
        return;
    if (token->event == MLP_JSON_STRING)
        mlp_json_unescape(token->text, token->length, out);
    else if (token->event == MLP_JSON_NUMBER)
        mlp_buffer_append(out, token->text, token->length);
    else
        mlp_buffer_text(out, token->event == MLP_JSON_TRUE ? "true" : "false");
    if (out->status != MLP_OK)
        return;
    size_t length = out->length - start - sizeof head;
    for (size_t i = 0; i < sizeof head; i++)
        head[i] = (unsigned char)(length >> 8 * i);
    memcpy(out->data + start, head, sizeof head);
}

static bool push_spelling(struct v2_data *data,
                          size_t input,
                          const mlp_json_token *token,
                          struct problem *problem)
{
    mlp_cell_kind kind = kind_of(token);
    if (kind != MLP_CELL_MISSING && data->kind != MLP_CELL_MISSING &&
        kind != data->kind)
        return refuse(data, input, 0, problem,
                      "is %s, elements before it are not",
                      json_token_name(token));
    if (kind != MLP_CELL_MISSING)
        data->kind = kind;
    if (!count(data, input, 1, problem))
        return false;
    spell(&data->spelled, token);
    data->n++;
    return data->spelled.status == MLP_OK || refuse_memory(problem);
}

/* --- tokens --------------------------------------------------------------- */

bool v2_data_push(struct v2_data *data,
                  size_t input,
                  const mlp_json_token *token,
                  struct problem *problem)
{
    switch (token->event) {
    case MLP_JSON_ARRAY_BEGIN:
        return open_list(data, input, problem);
    case MLP_JSON_ARRAY_END:
        return close_list(data, input, problem);
    case MLP_JSON_OBJECT_BEGIN:
        return refuse(data, input, 0, problem,
                      "is an object, no element is one");
    default:
        break;
    }
    if (data->storage == V2_SPELLINGS)
        return push_spelling(data, input, token, problem);
    if (token->event == MLP_JSON_NULL)
        return push_missing_float(data, input, problem);
    return refuse(data, input, 0, problem, "should be a number, found %s",
                  json_token_name(token));
}
