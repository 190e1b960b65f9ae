#include "statistics/tails.h"

#include <float.h>
#include <math.h>

double normal_tail(double z) {
    return erfc(z * M_SQRT1_2) / 2;
}

double normal_both_tails(double z) {
    return erfc(fabs(z) * M_SQRT1_2);
}

/* The series below a + 1, the continued fraction above (Abramowitz and Stegun 6.5.29 and 6.5.31, the latter
 * by Lentz's method): each where it converges within about √a terms. */
double gamma_tail(double a, double x) {
    if (!(a > 0 && x >= 0) || isinf(a)) return NAN;
    if (x == 0) return 1;
    if (isinf(x)) return 0;
    double front = exp(a * log(x) - x - lgamma(a));
    if (x < a + 1) {
        double term = 1 / a, sum = term;
        for (double k = a + 1; term > sum * DBL_EPSILON; k++)
            sum += term *= x / k;
        return 1 - front * sum;
    }
    double b = x + 1 - a, c = 1 / DBL_MIN, d = 1 / b, value = d, factor = 0;
    for (double k = 1; fabs(factor - 1) > DBL_EPSILON && k < 1e6; k++) {
        double part = k * (a - k);
        b += 2;
        d = 1 / (b + part * d);
        c = b + part / c;
        value *= factor = c * d;
    }
    return front * value;
}

/* By halving: the tail falls steadily, and 200 halvings end at the last bit. */
double gamma_quantile(double a, double p) {
    if (!(a > 0 && p > 0 && p < 1) || isinf(a)) return NAN;
    double low = 0, high = a + 1;
    while (gamma_tail(a, high) > 1 - p)
        high *= 2;
    for (int i = 0; i < 200 && low < high; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        if (gamma_tail(a, middle) > 1 - p)
            low = middle;
        else
            high = middle;
    }
    return high;
}

double chi_square_tail(double x, double df) {
    return isnan(x) ? NAN : gamma_tail(df / 2, fmax(x, 0) / 2);
}
