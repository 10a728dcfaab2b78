/* SPDX-License-Identifier: MIT
 *
 * Numbers as they are written: when two spellings mean the same number, to the
 * last digit, and how a spelling becomes legal JSON. No arithmetic here. */
#ifndef MLP_DATA_NUMERAL_H
#define MLP_DATA_NUMERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* (-1)^negative * 0.DIGITS * 10^magnitude, DIGITS being those between `first`
 * and `last` without the point; neither end is a zero. Zero has no digits. */
struct numeral {
    const char *first, *last; /* [first, last) */
    int64_t magnitude;
    bool negative;
};

/* `text` is what mlp_parse_decimal() accepts, without blanks around it. */
struct numeral numeral_of(const char *text, size_t length);
bool numeral_equal(const struct numeral *a, const struct numeral *b);

/* A polynomial at the point `secret` modulo 2^61 - 1, so that equal numbers
 * hash alike and different ones collide by chance only. */
uint64_t numeral_hash(const struct numeral *numeral, uint64_t secret);

/* One step of such a polynomial; also for text. */
uint64_t polynomial_step(uint64_t sum, uint64_t secret, uint64_t term);

/* Write `text` as a JSON number into out, which has room for length + 1 bytes,
 * and return its length: "+05." is written 5, ".5" is written 0.5. */
size_t numeral_write_json(const char *text, size_t length, char *out);

/* Drop blanks (space and tab) around a text. */
void numeral_trim(const char **text, size_t *length);

#endif
