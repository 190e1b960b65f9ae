/* A logistic model whose weights are not negative and are pulled towards given ones: pure arithmetic.
 *
 * P(lost) = 1 / (1 + exp(−(intercept − Σ weight × x))): every x is good, so that more of it never raises the
 * chance. Minimises the mean log loss + pull / 2 × Σ (weight − towards)², by Newton steps whose quadratic
 * problem is solved within the bounds by coordinate descent; the function is convex, what is found is its
 * minimum. */
#ifndef VAFA_STATISTICS_LOGIT_H
#define VAFA_STATISTICS_LOGIT_H
#include "base/arena.h"

#include <stdint.h>

enum { LOGIT_MOST = 100 };
struct logit_data {
    const double *x; /* n rows of p */
    const uint8_t *lost;
    size_t n, p; /* p ≤ LOGIT_MOST */
};
struct logit {
    double intercept;
    double weight[LOGIT_MOST];
};
/* towards: p values ≥ 0. model holds where to start, and the minimum after. Needs n > 0, both outcomes, pull
 * ≥ 0. */
void logit_fit(const struct logit_data *data, const double *towards, double pull, struct logit *model);
double logit_probability(const struct logit *model, const double *x, size_t p);

#endif
