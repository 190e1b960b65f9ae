/* The logistic model: P = 1 / (1 + exp(−(intercept + Σ weight × x))). Pure arithmetic.
 *
 * Minimises the mean log loss + pull / 2 × Σ (weight − towards)², where a weight may be bound to one sign;
 * the intercept is free of both. The C of other programs is pull = 1 / (C n). By projected Newton steps
 * (Bertsekas 1982, SIAM J. Control Optim. 20:221); the function is convex, what is found is its minimum. */
#ifndef VAFA_STATISTICS_LOGIT_H
#define VAFA_STATISTICS_LOGIT_H
#include "base/problem.h"

struct logit_data {
    const double *x;        /* n rows of p, finite */
    const uint8_t *outcome; /* 0 or 1 */
    size_t n, p;
};

enum logit_sign { LOGIT_FREE, LOGIT_RISES, LOGIT_FALLS }; /* the weight: any, ≥ 0, ≤ 0 */

/* All zero: as the data say. Without a pull, weights that the data do not bound (a column that parts the
 * outcomes) grow until the loss no longer falls. */
struct logit_options {
    double pull;           /* ≥ 0 */
    const double *towards; /* p weights, within their signs; NULL: 0 */
    const uint8_t *signs;  /* p of enum logit_sign; NULL: all free */
    bool covariance;       /* wanted */
};

struct logit {
    size_t p;
    double intercept;
    double *weight; /* p; in the arena */
    /* (p + 1)², the intercept last; in the arena; NULL unless wanted. The inverse of the curvature of the
     * whole objective × n: the usual one where pull is 0, else that of the posterior whose prior the pull is.
     * 0 for weights that their sign holds at 0. */
    double *covariance;
};

/* BAD_INPUT where there is no row, but one outcome, or a value that is not finite. */
enum status logit_fit(const struct logit_data *data, const struct logit_options *options, struct arena *arena,
                      struct logit *model, struct problem *problem) MUST_USE;
double logit_margin(const struct logit *model, const double *x); /* intercept + Σ weight × x */
double logit_probability(const struct logit *model, const double *x);
/* Standard error of the margin; needs the covariance. An interval of the chance is that of the margin, turned
 * by `sigmoid`. */
double logit_margin_error(const struct logit *model, const double *x);
double sigmoid(double margin);

/* Means and spreads of columns, so that weights can be compared and pulled alike. A column without spread
 * becomes 0, and its weight stays where it is pulled to. */
struct standard {
    size_t p;
    double *mean, *spread; /* p; spread: standard deviation over n, 0 for a column without one */
};
struct standard standard_of(const double *x, size_t n, size_t p, struct arena *arena);
void standard_apply(const struct standard *standard, const double *x, size_t n,
                    double *out); /* out may be x */

#endif
