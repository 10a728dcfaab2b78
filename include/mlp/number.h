/* SPDX-License-Identifier: MIT
 *
 * Decimal text to binary floating point and back, correctly rounded and
 * independent of the locale.
 *
 * Reading: Lemire, "Number parsing at a gigabyte per second" (2021), with an
 * exact fallback. Writing: the shortest digits that read back the same float
 * (Giulietti, "The Schubfach way to render doubles", 2020). */
#ifndef MLP_NUMBER_H
#define MLP_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlp/status.h"

/* A decimal number as it was scanned: (-1)^negative * digits * 10^exponent.
 * `text` is the spelling it came from and stays the caller's. */
typedef struct mlp_decimal {
    const char *text;
    size_t length;
    uint64_t digits;  /* the first 19 significant digits */
    int32_t exponent; /* saturates far outside the range of a double */
    bool negative;
    bool truncated; /* there were more than 19 significant digits */
    bool integer;   /* written without a point and without an exponent */
} mlp_decimal;

/* Scan the longest prefix of text[0..length) that is a number in JSON's
 * grammar: -? (0 | [1-9][0-9]*) (\.[0-9]+)? ([eE][+-]?[0-9]+)?
 * Returns its length in bytes, 0 when there is none. Reads no byte outside.
 * Threads: any. */
MLP_API size_t mlp_decimal_scan(const char *text,
                                size_t length,
                                mlp_decimal *out);

/* The nearest float or double, ties to even, as strtof and strtod give; a
 * magnitude too large yields an infinity, one too small a zero.
 * Threads: any. */
MLP_API float mlp_decimal_to_float(const mlp_decimal *decimal);
MLP_API double mlp_decimal_to_double(const mlp_decimal *decimal);

/* Read a whole field, as it stands in a CSV cell: JSON's grammar, and a
 * leading '+', leading zeros, ".5" and "5." besides; blanks around it are
 * skipped. No hexadecimal, no "nan", no "inf". False when anything else is in
 * it; *out is then untouched.  Threads: any. */
MLP_API bool
mlp_parse_decimal(const char *text, size_t length, mlp_decimal *out);

enum { MLP_FLOAT_TEXT_MAX = 16, MLP_DOUBLE_TEXT_MAX = 32 };

/* Write `value` as a legal JSON number without a NUL and return its length;
 * `out` has room for MLP_FLOAT_TEXT_MAX bytes. `value` is finite (asserted).
 * 1e-5 ≤ |value| < 1e10 is written plainly, anything else with an exponent.
 * Threads: any. */
MLP_API size_t mlp_format_float(float value, char *out);

/* The same for a double with MLP_DOUBLE_TEXT_MAX bytes; shortest by trial, for
 * configuration and labels, not for bulk. */
MLP_API size_t mlp_format_double(double value, char *out);

#endif
