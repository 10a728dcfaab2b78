/* SPDX-License-Identifier: MIT
 *
 * The C library's functions, but for their last bits. */
#include <criterion/criterion.h>
#include <math.h>

#include "base/scalar.h"
#include "near.h"

Test(scalar, log_is_that_of_the_c_library_to_the_last_bits)
{
    for (double x = 1e-300; x < 1e300; x *= 1.37)
        cr_expect(near(scalar_log(x), log(x), 4e-16), "%a", x);
    cr_expect_eq(scalar_log(1), 0);
}

Test(scalar, power_is_that_of_the_c_library)
{
    static const uint64_t n[] = {0, 1, 2, 3, 7, 100, 1000, 12345};
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
        double exact = pow(0.999, (double)n[i]);
        cr_expect(fabs(scalar_power(0.999, n[i]) - exact) <= 1e-12 * exact);
    }
    cr_expect_eq(scalar_power(0.5, 2000), 0);
    cr_expect_eq(scalar_power(0, 0), 1);
}

Test(scalar, cosine_is_that_of_the_c_library)
{
    for (int i = 0; i <= 1000; i++) {
        double t = i / 1000.0;
        cr_expect(
            near(scalar_cos_pi(t), cos(3.14159265358979323846 * t), 4e-16));
    }
    cr_expect_eq(scalar_cos_pi(0.5), 0);
}
