/* SPDX-License-Identifier: MIT
 *
 * One JSON token at a time: handed out from the chunk where it lies whole in
 * it, else carried over to the next chunk and handed out from there. */
#include "base/json_token.h"

#include <inttypes.h>

#include "base/json_string.h"
#include "base/number_short.h"
#include "base/uninitialized.h"

enum { FLOATS_AT_ONCE = 512 };

static uint64_t offset_of(const mlp_json_reader *reader, const char *p)
{
    return reader->chunk_offset + (uint64_t)(p - reader->chunk);
}

/* --- errors --------------------------------------------------------------- */

static const char *expected(const mlp_json_reader *reader)
{
    static const char *const texts[] = {
        [JSON_VALUE] = "a value", [JSON_FIRST_VALUE] = "a value or ']'",
        [JSON_KEY] = "a key",     [JSON_FIRST_KEY] = "a key or '}'",
        [JSON_COLON] = "':'",
    };
    if (reader->cut == CUT_STRING)
        return "'\"'";
    if (reader->cut == CUT_LITERAL)
        return reader->literal->text;
    if (reader->state != JSON_AFTER_VALUE)
        return texts[reader->state];
    if (reader->depth == 0)
        return "nothing more";
    return json_in_object(reader) ? "',' or '}'" : "',' or ']'";
}

const char *json_unexpected(mlp_json_reader *reader, const char *p)
{
    unsigned char byte = (unsigned char)*p;
    uint64_t offset = offset_of(reader, p);
    if (byte > 0x20 && byte < 0x7f)
        mlp_fail(&reader->error, MLP_FORMAT,
                 "byte %" PRIu64 ": expected %s, found '%c'", offset,
                 expected(reader), byte);
    else
        mlp_fail(&reader->error, MLP_FORMAT,
                 "byte %" PRIu64 ": expected %s, found byte 0x%02x", offset,
                 expected(reader), byte);
    return NULL;
}

void json_unexpected_end(mlp_json_reader *reader)
{
    mlp_fail(&reader->error, MLP_FORMAT,
             "byte %" PRIu64 ": expected %s, found the end",
             reader->chunk_offset, expected(reader));
}

static const char *too_long(mlp_json_reader *reader, size_t limit)
{
    mlp_fail(&reader->error, MLP_LIMIT,
             "byte %" PRIu64 ": expected at most %zu bytes in one token",
             reader->token_offset, limit);
    return NULL;
}

/* One level deeper. */
static void descend(mlp_json_reader *reader, bool object)
{
    uint8_t *bits = &reader->in_object[reader->depth / 8];
    unsigned bit = 1U << reader->depth % 8;
    *bits = (uint8_t)(object ? *bits | bit : *bits & ~bit);
    reader->depth++;
}

/* --- handing out and carrying over ---------------------------------------- */

static bool in_array(const mlp_json_reader *reader)
{
    return reader->depth > 0 && !json_in_object(reader);
}

static bool wants_floats(const mlp_json_reader *reader)
{
    return reader->floats != NULL && in_array(reader);
}

/* `status` is a handler's. */
static bool accepted(mlp_json_reader *reader, mlp_status status)
{
    if (status == MLP_OK)
        return true;
    if (reader->error.status != status)
        mlp_fail(&reader->error, status, "byte %" PRIu64 ": %s",
                 reader->token_offset, mlp_status_text(status));
    return false;
}

static bool emit(mlp_json_reader *reader, mlp_json_token *token)
{
    token->depth = reader->depth;
    token->offset = reader->token_offset;
    return accepted(reader,
                    reader->handler(reader->context, token, &reader->error));
}

static bool emit_floats(mlp_json_reader *reader, const float *values, size_t n)
{
    reader->state = JSON_AFTER_VALUE;
    return accepted(reader,
                    reader->floats(reader->context, values, n, &reader->error));
}

/* Carry p[0..n) over, behind what was carried of the token before. */
static bool
carry(mlp_json_reader *reader, const char *p, size_t n, size_t limit)
{
    if (n > limit || reader->carry.length > limit - n)
        return too_long(reader, limit) != NULL;
    mlp_buffer_append(&reader->carry, p, n);
    if (reader->carry.status == MLP_OK)
        return true;
    mlp_fail(&reader->error, reader->carry.status,
             "byte %" PRIu64 ": %s for a token of %zu bytes",
             reader->token_offset, mlp_status_text(reader->carry.status),
             reader->carry.length + n);
    return false;
}

/* --- brackets ------------------------------------------------------------- */

static const char *
open_bracket(mlp_json_reader *reader, const char *p, mlp_json_token *token)
{
    bool object = *p == '{';
    token->event = object ? MLP_JSON_OBJECT_BEGIN : MLP_JSON_ARRAY_BEGIN;
    if (reader->depth == reader->max_depth) {
        mlp_fail(&reader->error, MLP_LIMIT,
                 "byte %" PRIu64 ": expected at most %zu levels of nesting",
                 reader->token_offset, reader->max_depth);
        return NULL;
    }
    if (!emit(reader, token))
        return NULL;
    descend(reader, object);
    reader->state = object ? JSON_FIRST_KEY : JSON_FIRST_VALUE;
    return p + 1;
}

const char *json_token_bracket(mlp_json_reader *reader, const char *p)
{
    mlp_json_token token = {.text = p, .length = 1};
    reader->token_offset = offset_of(reader, p);
    if (*p == '{' || *p == '[')
        return open_bracket(reader, p, &token);
    token.event = *p == '}' ? MLP_JSON_OBJECT_END : MLP_JSON_ARRAY_END;
    reader->depth--;
    reader->state = JSON_AFTER_VALUE;
    return emit(reader, &token) ? p + 1 : NULL;
}

/* --- literals ------------------------------------------------------------- */

static const struct json_literal literals[] = {
    {"true", 4, MLP_JSON_TRUE},
    {"false", 5, MLP_JSON_FALSE},
    {"null", 4, MLP_JSON_NULL},
    /* No JSON: see mlp_json_reader_allow_nan(). */
    {"NaN", 3, MLP_JSON_NULL},
    {"Infinity", 8, MLP_JSON_NUMBER},
    {"-Infinity", 9, MLP_JSON_NUMBER},
};
enum {
    N_LITERALS = sizeof literals / sizeof *literals,
    N_JSON_LITERALS = 3,
    MINUS_INFINITY = N_LITERALS - 1,
    BEYOND_ANY_RANGE = 100000, /* an exponent */
};

static bool emit_infinity(mlp_json_reader *reader, mlp_json_token *token)
{
    token->decimal = (mlp_decimal){.text = token->text,
                                   .length = token->length,
                                   .digits = 1,
                                   .exponent = BEYOND_ANY_RANGE,
                                   .negative = token->text[0] == '-'};
    if (!wants_floats(reader))
        return emit(reader, token);
    float value = mlp_decimal_to_float(&token->decimal);
    return emit_floats(reader, &value, 1);
}

static const char *
continue_literal(mlp_json_reader *reader, const char *p, const char *end)
{
    const struct json_literal *literal = reader->literal;
    for (; p < end && reader->matched < literal->length; p++) {
        if (*p != literal->text[reader->matched])
            return json_unexpected(reader, p);
        reader->matched++;
    }
    if (reader->matched < literal->length)
        return p;
    mlp_json_token token = {.event = literal->event,
                            .text = literal->text,
                            .length = literal->length};
    reader->cut = CUT_NOTHING;
    reader->state = JSON_AFTER_VALUE;
    return (token.event == MLP_JSON_NUMBER ? emit_infinity : emit)(reader,
                                                                   &token)
               ? p
               : NULL;
}

const char *
json_token_literal(mlp_json_reader *reader, const char *p, const char *end)
{
    size_t n = reader->allow_nan ? N_LITERALS : N_JSON_LITERALS;
    for (size_t i = 0; i < n; i++) {
        if (literals[i].text[0] != *p)
            continue;
        reader->cut = CUT_LITERAL;
        reader->literal = &literals[i];
        reader->matched = 0;
        reader->token_offset = offset_of(reader, p);
        return continue_literal(reader, p, end);
    }
    return json_unexpected(reader, p);
}

/* --- numbers -------------------------------------------------------------- */

static bool is_number_byte(char c)
{
    return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' ||
           (c | 0x20) == 'e';
}

static size_t number_limit(const mlp_json_reader *reader)
{
    return reader->max_token_bytes < JSON_NUMBER_MAX_BYTES
               ? reader->max_token_bytes
               : JSON_NUMBER_MAX_BYTES;
}

static bool emit_number(mlp_json_reader *reader, mlp_json_token *token)
{
    token->event = MLP_JSON_NUMBER;
    token->text = token->decimal.text;
    token->length = token->decimal.length;
    reader->state = JSON_AFTER_VALUE;
    return emit(reader, token);
}

/* What was carried is the whole of it. */
static bool finish_number(mlp_json_reader *reader)
{
    mlp_json_token token;
    const mlp_buffer *text = &reader->carry;
    reader->cut = CUT_NOTHING;
    if (mlp_decimal_scan(text->data, text->length, &token.decimal) !=
        text->length) {
        mlp_fail(&reader->error, MLP_FORMAT,
                 "byte %" PRIu64 ": expected a number, found '%.*s'",
                 reader->token_offset, (int)text->length, text->data);
        return false;
    }
    if (!wants_floats(reader))
        return emit_number(reader, &token);
    float value = mlp_decimal_to_float(&token.decimal);
    return emit_floats(reader, &value, 1);
}

/* A sign, and then no digit: it is the first of a literal. */
static bool turn_literal(mlp_json_reader *reader, char next)
{
    if (!reader->allow_nan || next != literals[MINUS_INFINITY].text[1] ||
        reader->carry.length != 1 || reader->carry.data[0] != '-')
        return false;
    reader->cut = CUT_LITERAL;
    reader->literal = &literals[MINUS_INFINITY];
    reader->matched = 1;
    return true;
}

static const char *
continue_number(mlp_json_reader *reader, const char *p, const char *end)
{
    const char *rest = p;
    while (p < end && is_number_byte(*p))
        p++;
    if (!carry(reader, rest, (size_t)(p - rest), number_limit(reader)))
        return NULL;
    if (p < end && turn_literal(reader, *p))
        return continue_literal(reader, p, end);
    return p == end || finish_number(reader) ? p : NULL;
}

/* Whole in the chunk is a number with something else behind it. One at the end
 * of the chunk may go on, and a malformed one is left to finish_number(); for
 * both the length is 0. */
static size_t whole_number(const char *p, const char *end, mlp_decimal *out)
{
    size_t n = mlp_decimal_scan(p, (size_t)(end - p), out);
    return n > 0 && p + n < end && !is_number_byte(p[n]) ? n : 0;
}

/* The short way through a matrix: from behind a number in an array to the next
 * one, if there is nothing but a comma and blanks between them, else NULL. */
static const char *next_number(const char *p, const char *end)
{
    if (p == end || *p != ',')
        return NULL;
    p++;
    while (p < end && *p == ' ')
        p++;
    return p < end && ((*p >= '0' && *p <= '9') || *p == '-') ? p : NULL;
}

static const char *
read_numbers(mlp_json_reader *reader, const char *p, const char *end)
{
    for (;;) {
        mlp_json_token token;
        reader->token_offset = offset_of(reader, p);
        size_t n = whole_number(p, end, &token.decimal);
        if (n == 0) {
            mlp_buffer_clear(&reader->carry);
            reader->cut = CUT_NUMBER;
            return continue_number(reader, p, end);
        }
        if (n > number_limit(reader))
            return too_long(reader, number_limit(reader));
        if (!emit_number(reader, &token))
            return NULL;
        const char *next = in_array(reader) ? next_number(p + n, end) : NULL;
        if (next == NULL)
            return p + n;
        p = next;
    }
}

static size_t long_float(const char *p, const char *end, float *out)
{
    mlp_decimal decimal;
    size_t n = whole_number(p, end, &decimal);
    if (n > 0)
        *out = mlp_decimal_to_float(&decimal);
    return n;
}

/* The number at p, and those behind it that read as it does; the place behind
 * the last. *n of them, at most max; 0: read_numbers() has to deal with it. */
static const char *read_alike(const mlp_json_reader *reader,
                              const char *p,
                              const char *end,
                              float *values,
                              size_t max,
                              size_t *n)
{
    *n = 0;
    size_t length = short_number(p, end, values);
    if (length == 0)
        length = long_float(p, end, values);
    if (length == 0 || length > number_limit(reader))
        return p;
    *n = 1;
    const char *next = next_number(p + length, end);
    if (next == NULL || next - p > SHORT_PERIOD_MAX)
        return p + length;
    size_t period = (size_t)(next - p);
    *n += short_repeat(next, end, period, values + 1, values + max);
    return p + length + (*n - 1) * period;
}

/* A run of them; the first is at p. Gives p back when there is something about
 * that one that read_numbers() has to deal with. */
static const char *
read_floats(mlp_json_reader *reader, const char *p, const char *end)
{
    float values[FLOATS_AT_ONCE] UNINITIALIZED;
    const char *next = p;
    const bool any = number_limit(reader) >= SHORT_INTEGER_MAX;
    size_t n = 0, some;
    reader->token_offset = offset_of(reader, p);
    while (next != NULL && n < FLOATS_AT_ONCE) {
        size_t max = FLOATS_AT_ONCE - n;
        const char *behind =
            short_integers(next, end, values + n, any ? max : 0, &some);
        if (some == 0)
            behind = read_alike(reader, next, end, values + n, max, &some);
        if (some == 0)
            break;
        n += some;
        p = behind;
        next = next_number(p, end);
    }
    return n == 0 || emit_floats(reader, values, n) ? p : NULL;
}

const char *
json_token_number(mlp_json_reader *reader, const char *p, const char *end)
{
    const char *behind = wants_floats(reader) ? read_floats(reader, p, end) : p;
    return behind != p ? behind : read_numbers(reader, p, end);
}

/* --- strings -------------------------------------------------------------- */

/* The closing quote in p[0..end), or end. */
static const char *find_quote(bool *escaped, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (*escaped)
            *escaped = false;
        else if (*p == '\\')
            *escaped = true;
        else if (*p == '"')
            break;
    }
    return p;
}

static bool finish_string(mlp_json_reader *reader, const char *text, size_t n)
{
    bool key = reader->state == JSON_KEY || reader->state == JSON_FIRST_KEY;
    mlp_json_token token = {.event = key ? MLP_JSON_KEY : MLP_JSON_STRING,
                            .text = text,
                            .length = n};
    size_t where;
    const char *wrong = json_string_check(text, n, &where);
    if (wrong != NULL) {
        mlp_fail(&reader->error, MLP_FORMAT,
                 "byte %" PRIu64 ": expected text, found %s",
                 reader->token_offset + 1 + where, wrong);
        return false;
    }
    reader->cut = CUT_NOTHING;
    reader->state = key ? JSON_COLON : JSON_AFTER_VALUE;
    return emit(reader, &token);
}

/* Escapes and UTF-8 are checked when the string is whole, so that no chunk can
 * cut them. */
static const char *
continue_string(mlp_json_reader *reader, const char *p, const char *end)
{
    const char *quote = find_quote(&reader->escaped, p, end);
    size_t n = (size_t)(quote - p), limit = reader->max_token_bytes;
    if (n > limit)
        return too_long(reader, limit);
    if (quote < end && reader->carry.length == 0)
        return finish_string(reader, p, n) ? quote + 1 : NULL;
    if (!carry(reader, p, n, limit))
        return NULL;
    if (quote == end)
        return end;
    const mlp_buffer *text = &reader->carry;
    return finish_string(reader, text->data, text->length) ? quote + 1 : NULL;
}

const char *
json_token_string(mlp_json_reader *reader, const char *p, const char *end)
{
    reader->token_offset = offset_of(reader, p);
    reader->escaped = false;
    reader->cut = CUT_STRING;
    mlp_buffer_clear(&reader->carry);
    return continue_string(reader, p + 1, end);
}

/* --- cut tokens ----------------------------------------------------------- */

const char *
json_token_resume(mlp_json_reader *reader, const char *p, const char *end)
{
    switch (reader->cut) {
    case CUT_STRING:
        return continue_string(reader, p, end);
    case CUT_NUMBER:
        return continue_number(reader, p, end);
    case CUT_LITERAL:
        return continue_literal(reader, p, end);
    case CUT_NOTHING:
        break;
    }
    return p;
}

bool json_token_finish(mlp_json_reader *reader)
{
    if (reader->cut == CUT_NUMBER)
        return finish_number(reader);
    if (reader->cut != CUT_NOTHING)
        json_unexpected_end(reader);
    return reader->cut == CUT_NOTHING;
}
