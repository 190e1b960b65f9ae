/* Logarithms of the gamma and beta functions, and of sums, as the likelihoods of lifetimes need them. */
#ifndef VAFA_STATISTICS_GAMMA_H
#define VAFA_STATISTICS_GAMMA_H
#include <math.h>

static inline double ln_gamma(double x) { /* lgamma itself writes a global */
    int sign;
    return lgamma_r(x, &sign);
}
static inline double ln_beta(double a, double b) {
    return ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
}
/* ln Γ(x + a) − ln Γ(x), a ≥ 0: far out by Stirling's series (Abramowitz and Stegun 6.1.41), where the
 * difference of the two would be lost in their size. */
static inline double stirling_rest(double x) {
    double square = x * x;
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - 1.0 / 1680 / square) / square) / square) / x;
}
static inline double ln_gamma_rise(double x, double a) {
    if (x < 20) return ln_gamma(x + a) - ln_gamma(x);
    return (x - 0.5) * log1p(a / x) + a * (log(x + a) - 1) + stirling_rest(x + a) - stirling_rest(x);
}
static inline double ln_one_plus_exp(double x) { /* ln(1 + eˣ), without overflow */
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}
static inline double ln_sum(double x, double y) { /* ln(eˣ + eʸ); either may be −INFINITY */
    return x == -INFINITY ? y : x + ln_one_plus_exp(y - x);
}
static inline double one_of_odds(double ln_odds) { /* 1 / (1 + odds) */
    return 1 / (1 + exp(ln_odds));
}

#endif
