/* SPDX-License-Identifier: MIT
 *
 * Queries: decoded in place, since decoding never makes a text longer. */
#include "http/query.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "http/utf8.h"

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
    else if (!utf8_is_valid(key, strlen(key)) ||
             !utf8_is_valid(value, strlen(value)))
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
    if (known != NULL && strcmp(known, "*") == 0)
        return;
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
