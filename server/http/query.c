/* SPDX-License-Identifier: MIT
 *
 * Queries: decoded in place, since decoding never makes a text longer. */
#include "http/query.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* False: an escape is broken or means NUL. */
static bool decode(char *text)
{
    char *out = text;
    for (const char *in = text; *in != '\0'; in++) {
        if (*in != '%') {
            *out++ = *in == '+' ? ' ' : *in;
            continue;
        }
        int high = hex_digit(in[1]), low = high < 0 ? -1 : hex_digit(in[2]);
        if (low < 0 || (high == 0 && low == 0))
            return false;
        *out++ = (char)(high * 16 + low);
        in += 2;
    }
    *out = '\0';
    return true;
}

/* Length of the UTF-8 sequence at s (RFC 3629), 0 when it is none. What the
 * first byte says about the second: [low, high]. */
static size_t utf8_length(const unsigned char *s)
{
    static const struct lead {
        unsigned char first, last, low, high;
        size_t length;
    } leads[] = {
        {0x01, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    const struct lead *lead = leads;
    while (lead < leads + sizeof leads / sizeof *leads &&
           !(s[0] >= lead->first && s[0] <= lead->last))
        lead++;
    if (lead == leads + sizeof leads / sizeof *leads)
        return 0;
    if (lead->length > 1 && !(s[1] >= lead->low && s[1] <= lead->high))
        return 0;
    for (size_t i = 2; i < lead->length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return lead->length;
}

static bool is_utf8(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    while (*s != '\0') {
        size_t length = utf8_length(s);
        if (length == 0)
            return false;
        s += length;
    }
    return true;
}

static void add_pair(char *key, struct query *out, struct problem *problem)
{
    char *value = strchr(key, '=');
    if (value != NULL)
        *value++ = '\0';
    else
        value = key + strlen(key);
    if (!decode(key) || !decode(value))
        problem_set(problem, PROBLEM_MALFORMED, NULL,
                    "the query has a broken percent escape");
    else if (!is_utf8(key) || !is_utf8(value))
        problem_set(problem, PROBLEM_MALFORMED, NULL, "the query is not UTF-8");
    else if (query_get(out, key) != NULL)
        problem_set(problem, PROBLEM_MALFORMED, NULL,
                    "the query has %.64s twice", key);
    else if (out->n == QUERY_PAIRS_MAX)
        problem_set(problem, PROBLEM_MALFORMED, NULL,
                    "the query has more than %d keys", (int)QUERY_PAIRS_MAX);
    else
        out->pairs[out->n++] = (struct query_pair){key, value};
}

void query_parse(char *text, struct query *out, struct problem *problem)
{
    out->n = 0;
    for (char *next; text != NULL && !problem_is_set(problem); text = next) {
        next = strchr(text, '&');
        if (next != NULL)
            *next++ = '\0';
        if (*text != '\0')
            add_pair(text, out, problem);
    }
}

/* Is it one of the words? */
static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    while (words != NULL && *words != '\0') {
        size_t n = strcspn(words, " ");
        if (n == length && strncmp(words, word, n) == 0)
            return true;
        words += n + strspn(words + n, " ");
    }
    return false;
}

void query_check(const struct query *query,
                 const char *known,
                 struct problem *problem)
{
    for (size_t i = 0; i < query->n; i++) {
        const char *key = query->pairs[i].key;
        if (has_word(known, key))
            continue;
        if (known == NULL || *known == '\0')
            problem_set(problem, PROBLEM_UNKNOWN_KEY, NULL,
                        "the query has %.64s; no keys are known here", key);
        else
            problem_set(problem, PROBLEM_UNKNOWN_KEY, NULL,
                        "the query has %.64s; the keys known here are: %s", key,
                        known);
        return;
    }
}

const char *query_get(const struct query *query, const char *key)
{
    for (size_t i = 0; i < query->n; i++)
        if (strcmp(query->pairs[i].key, key) == 0)
            return query->pairs[i].value;
    return NULL;
}
