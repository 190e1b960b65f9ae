/* How long customers keep a contract that comes up for renewal period after period. Pure statistics.
 *
 * Three models of the chance to be lost at a renewal, θ of each customer:
 *   CONSTANT  the same for all (geometric): the naive reckoning that others are to beat
 *   SBG       differs between customers by Beta(α, β), so that those who are left are ever more loyal: the
 *             shifted beta-geometric of Fader and Hardie (2007), Journal of Interactive Marketing 21.
 *             S(t) = B(α, β + t) / B(α, β); retention r(t) = (β + t − 1) / (α + β + t − 1)
 *   BDW       and moves with the customer's own age too (c > 1: rises): the beta-discrete-Weibull of Fader,
 *             Hardie, Liu, Davin and Steenburgh (2018). S(t) = B(α, β + t^c) / B(α, β)
 *
 * What is known are counts by period: of those at risk at their t-th renewal, how many were lost. So cohorts
 * of different ages add up, whoever is not yet due at t is simply not at risk there (censored), and who came
 * from elsewhere at age 3 is at risk from 4 on. */
#ifndef VAFA_STATISTICS_CONTRACT_LIFE_H
#define VAFA_STATISTICS_CONTRACT_LIFE_H
#include "statistics/maximise.h"

enum contract_model { CONTRACT_CONSTANT, CONTRACT_SBG, CONTRACT_BDW };
struct contract_period { /* of period t = 1 + its place */
    double at_risk, lost;
};
/* Adds a cohort to the periods: alive[0 … n], those left at the start and after each of n periods. */
void contract_add(struct contract_period *periods, const double *alive, size_t n);

enum { CONTRACT_FEWEST_LOST = 20 };
struct contract_life {
    enum contract_model model;
    struct maximum maximum; /* θ; α, β; α, β, c */
};
/* The logarithm of the likelihood; NaN for what cannot be. */
double contract_likelihood(enum contract_model model, const double *parameters,
                           const struct contract_period *periods, size_t n);
/* FIT_BAD_DATA: counts below 0 or lost > at risk. FIT_TOO_FEW: below CONTRACT_FEWEST_LOST lost.
 * FIT_TOO_SHORT: fewer periods with somebody at risk than parameters. FIT_AT_BOUND: customers do not differ
 * by what the counts tell (SBG: CONSTANT says the same), or nobody is kept. */
enum fit contract_fit(enum contract_model model, const struct contract_period *periods, size_t n,
                      struct contract_life *out) MUST_USE;

/* S(t): the share that is left after t renewals; t ≥ 0 need not be whole. NaN for bad parameters or t. */
double contract_survival(enum contract_model model, const double *parameters, double t);
/* r(t) = S(t) / S(t − 1), t ≥ 1: of those who came to the t-th renewal, the share that renews. */
double contract_retention(enum contract_model model, const double *parameters, double t);
/* What is still to come of a customer who has renewed n times and whose next payment of 1 a period is due
 * now, if he renews (DERL, Fader and Hardie 2010): Σ over t ≥ 0 of S(n + 1 + t) / S(n) / (1 + rate)^t; rate
 * of a period, > 0. */
double contract_worth(enum contract_model model, const double *parameters, double n, double rate);

/* 95 % intervals by the delta method (from the curvature of the likelihood): of S on the logit scale, of DERL
 * on the logarithmic one, so that they stay where the figure can be. They know how sure the parameters are,
 * not whether the model is right. [NaN, NaN] where the figure is NaN. */
struct interval contract_survival_interval(const struct contract_life *life, double t);
struct interval contract_worth_interval(const struct contract_life *life, double n, double rate);

#endif
