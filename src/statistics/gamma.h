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
