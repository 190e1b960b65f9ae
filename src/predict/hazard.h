/* The months to come of an account by what is known of it: a hazard for each month ahead.
 *
 * A row is a customer at a past month start (its age then, and what its facts said), watched for as many
 * months as were since, 36 at most; every month is a trial: does it leave in it? The chance in the k-th month
 * ahead is a logistic model (Brown 1975; Allison 1982) of the customer's age in that month (its logarithm,
 * steps for the first year, and whether a year is full, when contracts end) and of the margin: the log odds
 * that a logistic model of all facts gives for the first month (learner.h), whose weight may fade as ln k
 * grows. So today's facts are not taken to hold for three years: how much they still say after k months is
 * estimated. Months of one account repeat each other: errors are by account (Liang and Zeger 1986). */
#ifndef VAFA_PREDICT_HAZARD_H
#define VAFA_PREDICT_HAZARD_H
#include "insight/lifetime.h"
#include "statistics/logit.h"
#include "statistics/proportion.h"

enum { HAZARD_AHEAD = 36, HAZARD_COLUMNS = 8, HAZARD_LEAST_LOST = 20, HAZARD_TEST_MONTHS = 12 };

struct hazard_row {
    uint32_t account;
    double age;     /* months */
    double margin;  /* what its facts say; NAN where they do not */
    uint32_t ahead; /* months watched, ≤ HAZARD_AHEAD; it was there at the start of each */
    bool lost;      /* in the last of them */
};
struct hazard {
    bool by_facts;             /* else by age alone */
    size_t rows, months, lost; /* lost: different customers */
    double margin_mean;
    struct logit logit;
    double *covariance; /* (p + 1)², the intercept last, by account */
};
/* BAD_INPUT: fewer than HAZARD_LEAST_LOST different customers lost. by_facts: rows without a margin do not
 * count. accounts: above every row's. Lives in the arena. */
enum status hazard_fit(const struct hazard_row *rows, size_t n, bool by_facts, size_t accounts,
                       struct arena *arena, struct hazard *out, struct problem *problem) MUST_USE;

struct hazard_outlook {
    double survival[HAZARD_AHEAD + 1]; /* [k]: the chance that it is still there after k months; [0] = 1 */
    /* slope[k][c]: of survival[k] by the c-th coefficient, the intercept last. */
    double slope[HAZARD_AHEAD + 1][HAZARD_COLUMNS + 1];
};
void hazard_outlook(const struct hazard *hazard, double age, double margin, struct hazard_outlook *out);
/* Standard error of a figure by its slope. */
double hazard_error(const struct hazard *hazard, const double *slope);
/* 95 % limits of survival[k], on the logit scale. */
struct interval hazard_survival_interval(const struct hazard *hazard, const struct hazard_outlook *outlook,
                                         size_t k);
/* Σ survival[t] × monthly × margin ÷ (1 + d)^t over months 1 … min(terms, 36); adds its slope to `slope`
 * (HAZARD_COLUMNS + 1), which may be NULL. Of a value and its slope: 95 % limits on the logarithmic scale. */
double hazard_value(const struct hazard_outlook *outlook, double monthly, const struct lifetime_terms *terms,
                    double *slope);
struct interval hazard_value_interval(const struct hazard *hazard, double value, const double *slope);

/* GET /api/v1/lifetime-value/accounts */
enum status hazard_handle(struct request *, struct response *, struct problem *);
extern const struct route_query hazard_query[];

#endif
