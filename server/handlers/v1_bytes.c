/* SPDX-License-Identifier: MIT */
#include "handlers/v1_bytes.h"

#include <stdint.h>
#include <string.h>

static const char NOT_BYTES[] = "should be {\"b64\": a text} and nothing more";

void v1_bytes_init(struct v1_bytes *bytes, size_t max_bytes)
{
    *bytes = (struct v1_bytes){0};
    mlp_buffer_init(&bytes->coded, max_bytes);
    mlp_buffer_init(&bytes->spelling, SIZE_MAX / 2);
}

void v1_bytes_free(struct v1_bytes *bytes)
{
    mlp_buffer_free(&bytes->coded);
    mlp_buffer_free(&bytes->spelling);
}

bool v1_bytes_is_key(const mlp_json_token *token)
{
    return token->event == MLP_JSON_KEY && token->length == 3 &&
           memcmp(token->text, "b64", 3) == 0;
}

/* --- base64 (RFC 4648) ---------------------------------------------------- */

/* -1: none of its letters. */
static int value_of(char c)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *place = c != '\0' ? strchr(letters, c) : NULL;
    return place != NULL ? (int)(place - letters) : -1;
}

/* In place, since it only becomes shorter; with or without the '=' at the end.
 * False: it is none, or has bits that no byte has. */
static bool decode(mlp_buffer *text)
{
    size_t length = text->length, n = 0;
    uint32_t bits = 0;
    unsigned n_bits = 0;
    for (unsigned i = 0; i < 2 && length > 0 && text->length % 4 == 0 &&
                         text->data[length - 1] == '=';
         i++)
        length--;
    for (size_t i = 0; i < length; i++) {
        int value = value_of(text->data[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        n_bits += 6;
        if (n_bits < 8)
            continue;
        n_bits -= 8;
        text->data[n++] = (char)(unsigned char)(bits >> n_bits);
        bits &= (1U << n_bits) - 1;
    }
    text->length = n;
    return n_bits < 6 && bits == 0;
}

/* --- the object ----------------------------------------------------------- */

/* What is no UTF-8 would be written as something else. */
static bool means_the_same(const mlp_buffer *spelling, const mlp_buffer *text)
{
    mlp_buffer back;
    mlp_buffer_init(&back, text->length + 2 + spelling->length);
    mlp_json_unescape(spelling->data + 1, spelling->length - 2, &back);
    bool same =
        back.status == MLP_OK && back.length == text->length &&
        (text->length == 0 || memcmp(back.data, text->data, text->length) == 0);
    mlp_buffer_free(&back);
    return same;
}

static const char *take_text(struct v1_bytes *bytes,
                             const mlp_json_token *token)
{
    mlp_buffer *text = &bytes->coded;
    mlp_buffer_clear(text);
    mlp_buffer_clear(&bytes->spelling);
    mlp_json_unescape(token->text, token->length, text);
    if (text->status != MLP_OK)
        return "is too long";
    if (!decode(text))
        return "is no base64";
    if (text->length > 0 && memchr(text->data, '\0', text->length) != NULL)
        return "has a zero byte, which no text has";
    mlp_json_write_string(&bytes->spelling, text->length > 0 ? text->data : "",
                          text->length);
    if (bytes->spelling.status != MLP_OK)
        return "is too long";
    if (!means_the_same(&bytes->spelling, text))
        return "is no UTF-8, which texts are here";
    bytes->value = (mlp_json_token){
        .event = MLP_JSON_STRING,
        .text = bytes->spelling.data + 1,
        .length = bytes->spelling.length - 2,
    };
    return NULL;
}

const char *v1_bytes_push(struct v1_bytes *bytes, const mlp_json_token *token)
{
    switch (bytes->due) {
    case BYTES_NONE:
        bytes->due = BYTES_KEY;
        return NULL;
    case BYTES_KEY:
        bytes->due = BYTES_TEXT;
        return v1_bytes_is_key(token) ? NULL : NOT_BYTES;
    case BYTES_TEXT:
        bytes->due = BYTES_END;
        return token->event == MLP_JSON_STRING ? take_text(bytes, token)
                                               : NOT_BYTES;
    case BYTES_END:
        break;
    }
    bytes->due = BYTES_NONE;
    return token->event == MLP_JSON_OBJECT_END ? NULL : NOT_BYTES;
}
