/* SPDX-License-Identifier: MIT
 *
 * The member "promote" of a spec: {"alias":"production",
 * "if":"validation_loss", "better_than":"production", "min_delta":0.01}. */
#include <stdio.h>
#include <string.h>

#include "training/spec_parts.h"

#define HELD_OUT "validation_"

enum { SCORE_BYTES = 64, KNOWN_BYTES = 256 };
static const double bound_max = 1e30;

static void refuse_score(struct json_place *place, const char *text)
{
    char known[KNOWN_BYTES] = "";
    size_t n = 0;

    for (size_t i = 0; spec_scores[i].key != NULL; i++)
        n += (size_t)snprintf(known + n, sizeof known - n, "%s%s",
                              i > 0 ? ", " : "", spec_scores[i].key);
    spec_refuse(place, "if",
                "expected a score, validation_ before it for that of the rows "
                "held out: %s; got '%s'",
                known, text);
}

/* "validation_loss", "loss". Training rows have the cheap ones alone. */
static void read_score(struct json_place *place,
                       const char *text,
                       struct spec_promotion *out)
{
    size_t skip = strlen(HELD_OUT);

    out->held_out = strncmp(text, HELD_OUT, skip) == 0;
    const char *key = text + (out->held_out ? skip : 0);
    for (size_t i = 0; spec_scores[i].key != NULL; i++)
        if (strcmp(spec_scores[i].key, key) == 0)
            out->score = &spec_scores[i];
    if (out->score == NULL)
        refuse_score(place, text);
    else if (out->score->held_out && !out->held_out)
        spec_refuse(place, "if",
                    "expected validation_%s: it is not taken on training rows",
                    key);
}

static bool
read_alias(struct json_place *place, const char *key, const char **out)
{
    if (!json_get_text(place, key, ALIAS_MAX_BYTES, out))
        return false;
    if (!alias_is_valid(*out) || strcmp(*out, ALIAS_LATEST) == 0)
        spec_refuse(place, key,
                    "expected an alias, " ALIAS_RULE ", not latest; got '%s'",
                    *out);
    return true;
}

/* An alias or a number. */
static bool read_bound(struct json_place *place, struct spec_promotion *out)
{
    return json_is_number(spec_peek(place, "better_than"))
               ? json_get_number(place, "better_than", -bound_max, bound_max,
                                 &out->bound)
               : read_alias(place, "better_than", &out->better_than);
}

void spec_read_promotion(struct json_place *root, struct spec_promotion *out)
{
    struct json_place place;
    const char *score = NULL;

    *out = (struct spec_promotion){.alias = NULL};
    if (!json_get_object(root, "promote", &place))
        return;
    if (!read_alias(&place, "alias", &out->alias))
        spec_refuse(&place, "alias", "expected the alias to move, got none");
    if (json_get_text(&place, "if", SCORE_BYTES, &score))
        read_score(&place, score, out);
    bool bound = read_bound(&place, out);
    if (score != NULL && !bound)
        spec_refuse(&place, "better_than",
                    "expected an alias or a number for 'if', got none");
    if (score == NULL && bound)
        spec_refuse(&place, "if", "expected a score for better_than, got none");
    if (json_get_number(&place, "min_delta", 0, bound_max, &out->min_delta) &&
        score == NULL)
        spec_refuse(&place, "min_delta", "goes with 'if', which is not there");
    json_close(&place);
}
