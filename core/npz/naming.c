/* SPDX-License-Identifier: MIT
 *
 * Three ways to name arrays, of which a file has one. */
#include "npz/naming.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/text.h"

static const struct {
    const char *weights, *biases;
    bool behind;  /* they stand behind the number, not before it */
    bool counted; /* the numbers are 0, 1, 2, … */
} kinds[] = {
    {"W", "b", false, true},
    {"coefs_", "intercepts_", false, true},
    {".weight", ".bias", true, false},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static const char suffix[] = ".npy";
static const char expected[] =
    "expected W0, b0, W1, …, or coefs_0, intercepts_0, …, or 0.weight, 0.bias, "
    "…";

/* What is left of a member's name: of "net.0.weight" its stem is "net.0", of
 * "W0" it is "0". */
struct part {
    const struct zip_member *member;
    const char *stem;
    size_t length, kind;
    bool biases;
};

static mlp_status
refuse(const struct zip_member *member, const char *why, mlp_error *err)
{
    struct excerpt name = text_excerpt(member->name, member->name_length);
    return mlp_fail(err, MLP_INVALID, "array \"%s\": %s", name.text, why);
}

/* Is it `word` and something, or something and `word`? */
static bool cut(struct part *part, const char *word, bool behind)
{
    size_t n = strlen(word);
    const char *at = part->stem;
    if (part->length < n)
        return false;
    if (memcmp(behind ? at + part->length - n : at, word, n) != 0)
        return false;
    part->stem = behind ? at : at + n;
    part->length -= n;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && is_digit(text[i]))
        i++;
    return i == n && n > 0;
}

/* torch.nn.Linear alone calls them "weight" and "bias". */
static bool is_alone(struct part *part, size_t kind, const char *word)
{
    if (!kinds[kind].behind || part->length != strlen(word) - 1 ||
        memcmp(part->stem, word + 1, part->length) != 0)
        return false;
    part->length = 0;
    return true;
}

static bool is_kind(struct part *part, size_t kind, bool biases)
{
    const char *word = biases ? kinds[kind].biases : kinds[kind].weights;
    struct part rest = *part;
    rest.kind = kind;
    rest.biases = biases;
    if (!is_alone(&rest, kind, word) &&
        (!cut(&rest, word, kinds[kind].behind) ||
         (!kinds[kind].behind && !all_digits(rest.stem, rest.length))))
        return false;
    *part = rest;
    return true;
}

static mlp_status
read_part(struct part *part, const struct zip_member *member, mlp_error *err)
{
    *part = (struct part){
        .member = member, .stem = member->name, .length = member->name_length};
    if (!cut(part, suffix, true))
        return refuse(member, "expected a name that ends in .npy", err);
    for (size_t kind = 0; kind < N_KINDS; kind++)
        if (is_kind(part, kind, false) || is_kind(part, kind, true))
            return MLP_OK;
    return refuse(member, expected, err);
}

/* --- the number that tells them apart ------------------------------------ */

static size_t
common(const struct part *a, const struct part *b, size_t most, bool behind)
{
    size_t n = 0;
    while (n < most && n < b->length &&
           (behind ? a->stem[a->length - 1 - n] == b->stem[b->length - 1 - n]
                   : a->stem[n] == b->stem[n]))
        n++;
    return n;
}

/* The stems without what all begin and end with, which parts no number. */
static void trim(struct part *parts, size_t n)
{
    size_t head = parts[0].length, tail = parts[0].length;
    for (size_t i = 1; i < n; i++) {
        head = common(&parts[0], &parts[i], head, false);
        tail = common(&parts[0], &parts[i], tail, true);
    }
    while (head > 0 && is_digit(parts[0].stem[head - 1]))
        head--;
    while (tail > 0 && is_digit(parts[0].stem[parts[0].length - tail]))
        tail--;
    for (size_t i = 0; i < n; i++) {
        bool apart = head + tail <= parts[i].length;
        parts[i].stem += head;
        parts[i].length -= apart ? head + tail : parts[i].length;
    }
}

/* One layer has no number to be told apart by. */
static bool is_one_layer(const struct part *parts, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (parts[i].length != parts[0].length ||
            memcmp(parts[i].stem, parts[0].stem, parts[0].length) != 0)
            return false;
    return true;
}

static mlp_status
read_order(const struct part *part, uint64_t *order, mlp_error *err)
{
    enum { MAX_DIGITS = 18 };
    *order = 0;
    if (!all_digits(part->stem, part->length) || part->length > MAX_DIGITS)
        return refuse(part->member,
                      "expected names that differ in one number, which is the "
                      "layers' order",
                      err);
    for (size_t i = 0; i < part->length; i++)
        *order = *order * 10 + (uint64_t)(part->stem[i] - '0');
    return MLP_OK;
}

/* --- layers -------------------------------------------------------------- */

static mlp_status place(struct naming *naming,
                        const struct part *part,
                        uint64_t order,
                        mlp_error *err)
{
    size_t i = 0;
    while (i < naming->n && naming->layers[i].order != order)
        i++;
    struct naming_layer *layer = &naming->layers[i];
    naming->n += i == naming->n;
    layer->order = order;
    const struct zip_member **slot =
        part->biases ? &layer->biases : &layer->weights;
    if (*slot != NULL)
        return refuse(part->member, "its number is there twice", err);
    *slot = part->member;
    return MLP_OK;
}

static int by_order(const void *left, const void *right)
{
    const struct naming_layer *a = left, *b = right;
    return (a->order > b->order) - (a->order < b->order);
}

static mlp_status
check_layers(struct naming *naming, size_t kind, mlp_error *err)
{
    qsort(naming->layers, naming->n, sizeof *naming->layers, by_order);
    for (size_t i = 0; i < naming->n; i++) {
        const struct naming_layer *layer = &naming->layers[i];
        if (layer->weights == NULL)
            return refuse(layer->biases, "the weights beside it are missing",
                          err);
        if (kinds[kind].counted && layer->order != i)
            return mlp_fail(err, MLP_INVALID, "array \"%s%zu\" is missing",
                            kinds[kind].weights, i);
    }
    return MLP_OK;
}

static mlp_status
place_all(struct naming *naming, struct part *parts, size_t n, mlp_error *err)
{
    mlp_status status = MLP_OK;
    bool counted = kinds[parts[0].kind].counted;
    for (size_t i = 1; i < n; i++)
        if (parts[i].kind != parts[0].kind)
            return refuse(parts[i].member,
                          "the others are named in another way", err);
    bool one = !counted && is_one_layer(parts, n);
    if (!counted && !one)
        trim(parts, n);
    for (size_t i = 0; status == MLP_OK && i < n; i++) {
        uint64_t order = 0;
        if (!one)
            status = read_order(&parts[i], &order, err);
        if (status == MLP_OK)
            status = place(naming, &parts[i], order, err);
    }
    naming->by_outputs = kinds[parts[0].kind].behind;
    return status == MLP_OK ? check_layers(naming, parts[0].kind, err) : status;
}

mlp_status
naming_find(struct naming *naming, const struct zip *zip, mlp_error *err)
{
    mlp_status status = MLP_OK;
    *naming = (struct naming){0};
    if (zip->n == 0)
        return mlp_fail(err, MLP_INVALID, "the archive is empty: %s", expected);
    struct part *parts = alloc_array(zip->n, sizeof *parts);
    naming->layers = alloc_array(zip->n, sizeof *naming->layers);
    if (parts == NULL || naming->layers == NULL) {
        free(parts);
        return mlp_fail(err, MLP_NOMEM, "out of memory for names");
    }
    for (size_t i = 0; status == MLP_OK && i < zip->n; i++)
        status = read_part(&parts[i], &zip->members[i], err);
    if (status == MLP_OK)
        status = place_all(naming, parts, zip->n, err);
    free(parts);
    return status;
}

void naming_free(struct naming *naming)
{
    free(naming->layers);
    *naming = (struct naming){0};
}
