/* SPDX-License-Identifier: MIT
 *
 * Sums, products and quotients alone: IEEE fixes the bits of those. */
#include "base/scalar.h"

#include <math.h>

/* With x = m 2^e and m in [sqrt(1/2), sqrt(2)):
 *
 *     ln x = e ln 2 + 2 (s + s^3/3 + s^5/5 + …),   s = (m - 1) / (m + 1)
 *
 * |s| < 0.172, so eleven terms reach 2^-56. */
double scalar_log(double x)
{
    static const double LN_2 = 0x1.62e42fefa39efp-1;
    static const double SQRT_HALF = 0x1.6a09e667f3bcdp-1;
    int exponent;
    double m = frexp(x, &exponent);
    if (m < SQRT_HALF) {
        m *= 2;
        exponent--;
    }
    double s = (m - 1) / (m + 1), s2 = s * s, sum = 0;
    for (int k = 21; k >= 1; k -= 2)
        sum = sum * s2 + 1.0 / k;
    return exponent * LN_2 + 2 * s * sum;
}

double scalar_power(double x, uint64_t n)
{
    double power = 1;
    while (n > 0) {
        if (n % 2 == 1)
            power *= x;
        x *= x;
        n /= 2;
    }
    return power;
}

/* The series of the sine, on |x| <= pi / 2, where ten terms reach 2^-56:
 * cos(pi t) = sin(pi (1/2 - t)). */
double scalar_cos_pi(double t)
{
    static const double PI = 3.14159265358979323846;
    double x = PI * (0.5 - t), x2 = x * x, sum = 0;
    for (int k = 21; k >= 3; k -= 2)
        sum = (1 - sum) * x2 / (k * (k - 1));
    return x * (1 - sum);
}
