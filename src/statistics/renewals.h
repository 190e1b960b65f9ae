/* How many of some renewals come, and what they bring: pure arithmetic over chances that are not independent.
 *
 * Renewal i of period t comes when  c·logit(pᵢ) + bₜ + eₖ > 0.  bₜ ~ N(0, τ²) is shared by all that fall due
 * in the period: a year is good or bad for everybody. eₖ is logistic noise, shared by the renewals of one
 * cluster k (an account), which come together or not at all where their chances are equal. c = √(1 +
 * (16√3 / 15π)² τ²) keeps the chance of each at pᵢ, whatever τ is (Zeger, Liang and Albert 1988, Biometrics
 * 44), so that the means are Σ p and Σ p × amount. With τ = 0 and every cluster a single one it is the
 * Poisson binomial. */
#ifndef VAFA_STATISTICS_RENEWALS_H
#define VAFA_STATISTICS_RENEWALS_H
#include "statistics/proportion.h"
#include "base/arena.h"

#include <stddef.h>

struct renewal_case {
    double probability; /* of coming, in [0, 1]; kept within 1e-6 of 0 and 1 unless it is one of them */
    double amount;      /* what it brings when it comes; ≥ 0, of any unit */
    uint32_t cluster;   /* dense: 0 … clusters − 1 */
    uint32_t period;    /* dense: 0 … periods − 1 */
    bool renewed;       /* of a past one: whether it came; read by renewals_shift alone */
};

/* τ of past periods: how far their counts lay from Σ p, beyond what chance and clusters explain. A
 * half-normal prior with scale RENEWALS_SHIFT; the root of the posterior mean of τ² (the variance that a
 * forecast needs), the count of a period given b being normal with the mean and variance of its clusters, b
 * summed over a grid. Fewer than RENEWALS_LEAST_PERIODS periods with cases say too little: RENEWALS_SHIFT,
 * the prior's own, and *estimated (may be NULL) false. NAN: a probability outside [0, 1] or a period or
 * cluster out of its range. */
enum { RENEWALS_LEAST_PERIODS = 6 };
#define RENEWALS_SHIFT 0.5
double renewals_shift(const struct renewal_case *past, size_t n, uint32_t periods, uint32_t clusters,
                      bool *estimated);

struct renewals_range {
    double mean, low, high; /* low, high: 5 % and 95 %: of ten periods one lies outside */
};
struct renewals_sum {
    struct renewals_range count, amount;
};
/* Sums of each period, and of all behind the last: out[periods + 1]. Means are exact, limits are quantiles of
 * `RENEWALS_DRAWS` worlds (fewer where n is above RENEWALS_MANY, at least RENEWALS_LEAST_DRAWS), the same for
 * the same seed. False, with every number NAN: a probability outside [0, 1], an amount that is negative or
 * not finite, a cluster or period out of its range, or a shift that is negative or not finite. */
enum { RENEWALS_DRAWS = 2000, RENEWALS_LEAST_DRAWS = 500, RENEWALS_MANY = 5000 };
bool renewals_forecast(const struct renewal_case *cases, size_t n, uint32_t periods, uint32_t clusters,
                       double shift, uint64_t seed, struct arena *scratch, struct renewals_sum *out);

#endif
