/* SPDX-License-Identifier: MIT
 *
 * The push reader: which token may follow which. */
#include <stdlib.h>
#include <string.h>

#include "base/json_token.h"

static const char *
read_value(mlp_json_reader *reader, const char *p, const char *end)
{
    if ((*p >= '0' && *p <= '9') || *p == '-')
        return json_token_number(reader, p, end);
    if (*p == '[' || *p == '{')
        return json_token_bracket(reader, p);
    if (*p == '"')
        return json_token_string(reader, p, end);
    return json_token_literal(reader, p, end);
}

static const char *
read_key(mlp_json_reader *reader, const char *p, const char *end)
{
    if (*p != '"')
        return json_unexpected(reader, p);
    return json_token_string(reader, p, end);
}

static const char *read_colon(mlp_json_reader *reader, const char *p)
{
    if (*p != ':')
        return json_unexpected(reader, p);
    reader->state = JSON_VALUE;
    return p + 1;
}

static const char *read_after_value(mlp_json_reader *reader, const char *p)
{
    if (reader->depth == 0)
        return json_unexpected(reader, p);
    bool in_object = json_in_object(reader);
    if (*p == ',') {
        reader->state = in_object ? JSON_KEY : JSON_VALUE;
        return p + 1;
    }
    if (*p == (in_object ? '}' : ']'))
        return json_token_bracket(reader, p);
    return json_unexpected(reader, p);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* White space, a token, or a comma or colon. */
static const char *step(mlp_json_reader *reader, const char *p, const char *end)
{
    if (is_space(*p))
        return p + 1;
    switch (reader->state) {
    case JSON_FIRST_VALUE:
        if (*p == ']')
            return json_token_bracket(reader, p);
        return read_value(reader, p, end);
    case JSON_VALUE:
        return read_value(reader, p, end);
    case JSON_FIRST_KEY:
        if (*p == '}')
            return json_token_bracket(reader, p);
        return read_key(reader, p, end);
    case JSON_KEY:
        return read_key(reader, p, end);
    case JSON_COLON:
        return read_colon(reader, p);
    case JSON_AFTER_VALUE:
        break;
    }
    return read_after_value(reader, p);
}

static mlp_status too_deep(size_t max_depth, mlp_error *err)
{
    return mlp_fail(err, MLP_INVALID, "max_depth: expected at most %d, got %zu",
                    JSON_DEPTH_CEILING, max_depth);
}

static void reader_init(mlp_json_reader *reader,
                        mlp_json_handler handler,
                        void *context,
                        size_t max_depth,
                        size_t max_token_bytes)
{
    memset(reader, 0, sizeof *reader);
    reader->handler = handler;
    reader->context = context;
    reader->max_depth = max_depth;
    reader->max_token_bytes = max_token_bytes;
    mlp_buffer_init(&reader->carry, max_token_bytes);
}

mlp_status mlp_json_reader_create(mlp_json_handler handler,
                                  void *context,
                                  size_t max_depth,
                                  size_t max_token_bytes,
                                  mlp_json_reader **out,
                                  mlp_error *err)
{
    *out = NULL;
    if (max_depth > JSON_DEPTH_CEILING)
        return too_deep(max_depth, err);
    mlp_json_reader *reader = malloc(sizeof *reader);
    if (reader == NULL)
        return mlp_fail(err, MLP_NOMEM, "JSON reader: out of memory");
    reader_init(reader, handler, context, max_depth, max_token_bytes);
    *out = reader;
    return MLP_OK;
}

void mlp_json_reader_destroy(mlp_json_reader *reader)
{
    if (reader == NULL)
        return;
    mlp_buffer_free(&reader->carry);
    free(reader);
}

void mlp_json_reader_reset(mlp_json_reader *reader)
{
    reader->state = JSON_VALUE;
    reader->depth = 0;
    reader->cut = CUT_NOTHING;
    mlp_buffer_clear(&reader->carry);
    reader->chunk_offset = reader->token_offset = 0;
    reader->error.status = MLP_OK;
}

void mlp_json_reader_set_floats(mlp_json_reader *reader,
                                mlp_json_floats_handler handler)
{
    reader->floats = handler;
}

void mlp_json_reader_allow_nan(mlp_json_reader *reader)
{
    reader->allow_nan = true;
}

static mlp_status outcome(const mlp_json_reader *reader, mlp_error *err)
{
    if (err != NULL && reader->error.status != MLP_OK)
        *err = reader->error;
    return reader->error.status;
}

mlp_status mlp_json_reader_feed(mlp_json_reader *reader,
                                const char *bytes,
                                size_t n,
                                mlp_error *err)
{
    if (reader->error.status == MLP_OK && n > 0) {
        const char *p = bytes, *end = bytes + n;
        reader->chunk = bytes;
        if (reader->cut != CUT_NOTHING)
            p = json_token_resume(reader, p, end);
        while (p != NULL && p < end)
            p = step(reader, p, end);
        reader->chunk_offset += n;
    }
    return outcome(reader, err);
}

mlp_status mlp_json_reader_finish(mlp_json_reader *reader, mlp_error *err)
{
    if (reader->error.status == MLP_OK && json_token_finish(reader) &&
        (reader->state != JSON_AFTER_VALUE || reader->depth > 0))
        json_unexpected_end(reader);
    return outcome(reader, err);
}

mlp_status mlp_json_read(const char *text,
                         size_t length,
                         mlp_json_handler handler,
                         void *context,
                         size_t max_depth,
                         mlp_error *err)
{
    if (max_depth > JSON_DEPTH_CEILING)
        return too_deep(max_depth, err);
    mlp_json_reader reader;
    reader_init(&reader, handler, context, max_depth, length);
    mlp_status status = mlp_json_reader_feed(&reader, text, length, err);
    if (status == MLP_OK)
        status = mlp_json_reader_finish(&reader, err);
    mlp_buffer_free(&reader.carry);
    return status;
}
