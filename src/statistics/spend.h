/* What a purchase of a buyer is worth: the gamma–gamma model. Pure statistics; any unit of money.
 *
 * A buyer's purchases vary around a mean of his own by a gamma distribution of shape p; means differ between
 * buyers by an inverse gamma one (shape q, scale p v). Colombo and Jiang (1999); Fader, Hardie and Lee
 * (2005), JMR 42; note 025 of Fader and Hardie (2013). It holds only where how often somebody buys says
 * little of how much: ask spend_independence first. */
#ifndef VAFA_STATISTICS_SPEND_H
#define VAFA_STATISTICS_SPEND_H
#include "statistics/buyers.h"

/* Parameters p, q, v > 0, v in units of money. Buyers with a repeat count, their values > 0. */
double spend_likelihood(const double *parameters, const struct buyer *buyers, size_t n);
/* FIT_BAD_DATA also where a buyer with a repeat has a value that is not > 0. */
enum fit spend_fit(const struct buyer *buyers, size_t n, struct maximum *out) MUST_USE;
/* The mean of all buyers, p v / (q − 1); NaN where q ≤ 1, for which it has none. */
double spend_mean(const double *parameters);
/* Of one purchase of the buyer, E[M | x, z̄]: between what he spent and the mean of all, nearer to the first
 * the more he bought. Without a repeat, the mean of all. */
double spend_expected(const double *parameters, const struct buyer *buyer);

/* Pearson's correlation of repeats and mean value among buyers with a repeat, with Fisher's 95 % interval. */
enum independence {
    INDEPENDENCE_HOLDS,   /* the whole interval lies within ±0.3, a medium effect (Cohen 1988) */
    INDEPENDENCE_UNSURE,  /* it reaches beyond */
    INDEPENDENCE_BROKEN,  /* it lies beyond as a whole: the model must not be used */
    INDEPENDENCE_UNKNOWN, /* fewer than BUYERS_FEWEST buyers, all alike, or a value that is no number */
};
struct spend_independence {
    enum independence verdict;
    double correlation; /* NaN where unknown */
    struct interval interval;
};
struct spend_independence spend_independence(const struct buyer *buyers, size_t n);

#endif
