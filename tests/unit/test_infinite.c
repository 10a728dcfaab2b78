/* SPDX-License-Identifier: MIT */
#include "http/infinite.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>

/* Each number that is not, and is nearest to being it. */
static const float others[] = {FLT_MAX, -FLT_MAX, NAN, -NAN, 0, FLT_TRUE_MIN};
enum { N_OTHERS = sizeof others / sizeof *others, MOST = 70 };

Test(infinite, the_first_is_found_at_any_place_of_any_length)
{
    float values[MOST];
    for (size_t n = 0; n <= MOST; n++) {
        for (size_t i = 0; i < n; i++)
            values[i] = others[i % N_OTHERS];
        cr_assert_eq(find_infinite(values, n), n);
        for (size_t at = n; at-- > 0;) {
            values[at] = at % 2 == 0 ? INFINITY : -INFINITY;
            cr_assert_eq(find_infinite(values, n), at, "%zu of %zu", at, n);
        }
    }
}
