/* SPDX-License-Identifier: MIT
 *
 * A recursive descent over the few forms that NumPy writes. */
#include "data/npy_header.h"

#include <string.h>

#include "data/text.h"

struct parser {
    const char *text;
    size_t length, at;
    struct array_layout *layout;
    mlp_error *err;
};

static mlp_status refuse(const struct parser *parser, const char *expected)
{
    size_t left = parser->length - parser->at;
    struct excerpt found = text_excerpt(parser->text + parser->at, left);
    return mlp_fail(parser->err, MLP_FORMAT,
                    "header, character %zu: expected %s, got \"%s\"",
                    parser->at + 1, expected, found.text);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static void skip_blanks(struct parser *parser)
{
    while (parser->at < parser->length && is_blank(parser->text[parser->at]))
        parser->at++;
}

/* Move behind `word` when it is next. */
static bool take(struct parser *parser, const char *word)
{
    size_t n = strlen(word);
    skip_blanks(parser);
    if (parser->length - parser->at < n ||
        memcmp(parser->text + parser->at, word, n) != 0)
        return false;
    parser->at += n;
    return true;
}

/* A string in either kind of quotes; there are no escapes in what NumPy
 * writes, and none is understood. */
static bool
take_string(struct parser *parser, const char **string, size_t *length)
{
    skip_blanks(parser);
    size_t left = parser->length - parser->at;
    const char *open = parser->text + parser->at;
    if (left == 0 || (*open != '\'' && *open != '"'))
        return false;
    const char *close = memchr(open + 1, *open, left - 1);
    if (!close)
        return false;
    *string = open + 1;
    *length = (size_t)(close - open - 1);
    parser->at += *length + 2;
    return true;
}

static bool take_number(struct parser *parser, uint64_t *out)
{
    skip_blanks(parser);
    size_t start = parser->at;
    *out = 0;
    for (; parser->at < parser->length; parser->at++) {
        unsigned digit = (unsigned char)parser->text[parser->at] - '0';
        if (digit > 9)
            break;
        if (*out > (UINT64_MAX - digit) / 10)
            return false;
        *out = *out * 10 + digit;
    }
    return parser->at > start;
}

/* --- the three values ----------------------------------------------------- */

static mlp_status parse_descr(struct parser *parser)
{
    static const char orders[] = {'<', '>', '=', '|'};
    static const char expected[] =
        "a type such as '<f4' (b1, u1 to u8, i1 to i8, f2, f4, f8)";
    const char *type;
    size_t length;
    struct parser before = *parser;
    if (!take_string(parser, &type, &length) || length != 3 ||
        !memchr(orders, type[0], sizeof orders))
        return refuse(&before, expected);
    size_t size = (unsigned char)type[2] - (size_t)'0';
    parser->layout->big_endian = type[0] == '>';
    parser->layout->type = array_type_find(type[1], size);
    if (!parser->layout->type || (type[0] == '|' && size != 1))
        return refuse(&before, expected);
    return MLP_OK;
}

static mlp_status parse_order(struct parser *parser)
{
    if (take(parser, "True"))
        parser->layout->by_columns = true;
    else if (!take(parser, "False"))
        return refuse(parser, "True or False");
    return MLP_OK;
}

/* (), (3,) or (3, 4); a comma may follow the last. */
static mlp_status parse_shape(struct parser *parser)
{
    struct array_layout *layout = parser->layout;
    if (!take(parser, "("))
        return refuse(parser, "a shape in parentheses");
    bool comma = true;
    while (!take(parser, ")")) {
        uint64_t axis;
        if (!comma || !take_number(parser, &axis))
            return refuse(parser, "the length of an axis or ')'");
        if (layout->n_axes == ARRAY_MAX_AXES)
            return refuse(parser, "at most 32 axes");
        layout->axes[layout->n_axes++] = axis;
        comma = take(parser, ",");
    }
    if (layout->n_axes == 1 && !comma)
        return refuse(parser, "a comma behind a single axis");
    return MLP_OK;
}

static const struct {
    const char *key;
    mlp_status (*parse)(struct parser *parser);
} entries[] = {
    {"descr", parse_descr},
    {"fortran_order", parse_order},
    {"shape", parse_shape},
};
enum { N_ENTRIES = sizeof entries / sizeof entries[0] };

/* --- the dictionary ------------------------------------------------------- */

static mlp_status parse_entry(struct parser *parser, bool seen[N_ENTRIES])
{
    struct parser before = *parser;
    const char *key;
    size_t length;
    if (!take_string(parser, &key, &length))
        return refuse(&before, "a key or '}'");
    for (size_t k = 0; k < N_ENTRIES; k++) {
        if (strlen(entries[k].key) != length ||
            memcmp(entries[k].key, key, length) != 0)
            continue;
        if (seen[k])
            return refuse(&before, "each key once");
        seen[k] = true;
        return take(parser, ":") ? entries[k].parse(parser)
                                 : refuse(parser, "':'");
    }
    return refuse(&before, "'descr', 'fortran_order' or 'shape'");
}

mlp_status npy_header_parse(const char *text,
                            size_t length,
                            struct array_layout *out,
                            mlp_error *err)
{
    *out = (struct array_layout){0};
    struct parser parser = {
        .text = text, .length = length, .layout = out, .err = err};
    bool seen[N_ENTRIES] = {false};
    if (!take(&parser, "{"))
        return refuse(&parser, "'{'");
    bool comma = true;
    while (!take(&parser, "}")) {
        if (!comma)
            return refuse(&parser, "',' or '}'");
        mlp_status status = parse_entry(&parser, seen);
        if (status != MLP_OK)
            return status;
        comma = take(&parser, ",");
    }
    for (size_t k = 0; k < N_ENTRIES; k++)
        if (!seen[k])
            return mlp_fail(err, MLP_FORMAT, "header: '%s' is missing",
                            entries[k].key);
    skip_blanks(&parser);
    return parser.at == length ? MLP_OK : refuse(&parser, "nothing behind '}'");
}
