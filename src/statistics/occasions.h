/* Buyers who can buy only at given occasions (a yearly gift, a conference, a monthly order): the BG/BB model
 * of Fader, Hardie and Shang (2010), Marketing Science 29. Pure statistics.
 *
 * Of n occasions a buyer used x, the last of them tₓ: a struct buyer whose age is n, all whole. Before each
 * occasion a buyer leaves with a probability of Beta(γ, δ); while there, an occasion is used with one of
 * Beta(α, β). */
#ifndef VAFA_STATISTICS_OCCASIONS_H
#define VAFA_STATISTICS_OCCASIONS_H
#include "statistics/buyers.h"

/* Parameters α, β, γ, δ > 0; NaN for others, for buyers that cannot be (tₓ < x, parts of occasions) and for
 * more than OCCASIONS_MOST occasions. */
enum { OCCASIONS_MOST = 10000 };
double occasions_likelihood(const double *parameters, const struct buyer *buyers,
                            size_t n); /* its logarithm */
enum fit occasions_fit(const struct buyer *buyers, size_t n, struct maximum *out) MUST_USE;
/* The chance that the buyer is still there at the next occasion, n + 1. */
double occasions_alive(const double *parameters, const struct buyer *buyer);
/* Of the next `more` occasions, how many the buyer is expected to use; of a new buyer's first ones. */
double occasions_expected(const double *parameters, const struct buyer *buyer, uint32_t more);
double occasions_mean(const double *parameters, uint32_t occasions);
/* The chance that a new buyer uses exactly x of the first `occasions`. */
double occasions_chance(const double *parameters, uint32_t occasions, uint32_t x);

#endif
