/* What makes it happen sooner: Cox's proportional hazards (1972, JRSS B 34). The hazard of a case with
 * covariates x is h₀(t) exp(β·x), h₀ of its stratum and left open; β maximises the partial likelihood. Ties
 * by Efron (1977) or Breslow (1974). The figures are those of R's coxph; pure statistics, of any unit of
 * time. */
#ifndef VAFA_STATISTICS_COX_H
#define VAFA_STATISTICS_COX_H
#include "statistics/survival.h"

#include <stdint.h>

enum { COX_MOST = 100 }; /* columns */

enum cox_ties { COX_EFRON, COX_BRESLOW }; /* Efron's is the better approximation, and R's choice */

struct cox_data {
    const struct survival_case *cases; /* n; late entries are at risk only after them */
    const double *x;                   /* n rows of p; a row with a value that is not finite does not count */
    const uint32_t *stratum;           /* a label of each case, any; NULL: all in one */
    size_t n, p;
    enum cox_ties ties;
};

enum cox_status {
    COX_FITTED,
    COX_NO_EVENTS,        /* nothing happened to any case that counts */
    COX_TOO_MANY_COLUMNS, /* more than COX_MOST, or than events */
    COX_SINGULAR,         /* `column` says nothing of its own: constant among those compared, or made of those
                             before it. Leave it out. */
    COX_MONOTONE,         /* the likelihood rises without end as the coefficient of `column` grows: its values
                             tell all events apart. Leave it out, merge rare values, or report the order only. */
    COX_NOT_CONVERGED,
};

struct cox_column {
    double coefficient, error; /* per unit of x; exp(coefficient) is the ratio of hazards */
    double z, p;               /* of the hypothesis that the coefficient is 0 */
    double drift_chi2,
        drift_p; /* of the hypothesis that it does not change with time, 1 df; NAN: cannot say */
};
struct cox_step { /* cumulative hazard of a case at the mean of all covariates */
    double time;
    double hazard; /* by the fit's own handling of ties, as R's survfit of a coxph */
    double breslow; /* Σ events / Σ exp(β·x), whatever the ties; the same where no two events share a time */
};
struct cox_stratum {
    uint32_t label;
    size_t from, n; /* its steps */
};
struct cox {
    enum cox_status status;
    size_t column; /* COX_SINGULAR, COX_MONOTONE: the one to blame */
    size_t cases, left_out, events;
    /* The rest is of COX_FITTED alone; of any other status columns and steps are NULL, numbers NAN. */
    size_t p;
    struct cox_column *columns;
    double *mean;               /* of each column, over the cases that count */
    double loglik_null, loglik; /* partial */
    double ratio, ratio_p;      /* likelihood ratio test of all coefficients, p df */
    double concordance; /* of pairs whose order is known (within strata), the share in which the one with the
                           higher risk ended first, equal risks half; 0.5 is chance; NAN without such pairs */
    double drift_chi2, drift_p; /* that no coefficient changes with time, drift_df df: R's cox.zph(transform =
                                   "km"), the score test of Grambsch and Therneau (1994) as of survival 3.0 */
    size_t drift_df;
    struct cox_stratum *strata; /* by label */
    struct cox_step *steps;     /* of each stratum by time */
    size_t stratum_count;
};

/* Newton's method on centred and scaled columns, steps halved where the likelihood would fall. Lives in the
 * arena. n log n, and n p² for each of the few iterations. */
void cox_fit(const struct cox_data *data, struct arena *arena, struct cox *out);

/* Up to a time, in a stratum: the cumulative hazard and the survival of a case with these covariates (p of
 * them), and Breslow's baseline hazard, at x = 0. The last value beyond the last event; NAN where the model
 * is not fitted or knows no such stratum. */
double cox_hazard(const struct cox *fit, uint32_t stratum, double time, const double *x);
double cox_survival(const struct cox *fit, uint32_t stratum, double time, const double *x);
double cox_baseline(const struct cox *fit, uint32_t stratum, double time);

/* Whether the ratios of hazards may be read as one number for all times. Not: drift_p < 0.05, and whoever
 * shows the coefficients must say that they are averages over time. */
enum cox_verdict { COX_UNKNOWN, COX_PROPORTIONAL, COX_NOT_PROPORTIONAL };
enum cox_verdict cox_proportional(const struct cox *fit);

#endif
