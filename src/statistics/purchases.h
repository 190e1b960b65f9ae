/* When buyers without a contract will buy again, and whether they are still there. Pure statistics.
 *
 * Three models, each with four positive parameters. While a buyer is there, purchases come at a rate that
 * differs between buyers by a gamma distribution (shape r, rate α). How buyers leave:
 *   BG     after each repeat purchase with a probability of Beta(a, b): Fader, Hardie and Lee (2005),
 * "Counting your customers the easy way", Marketing Science 24. Who never repeated is there for certain. MBG
 * the same also after the first purchase: Batislam, Denizel and Filiztekin (2007), IJRM 24. PARETO at any
 * time, at a rate of Gamma(s, β): Schmittlein, Morrison and Colombo (1987); by the integral over the time of
 * leaving (Fader and Hardie 2005, note 009), which neither overflows nor cancels, instead of by ₂F₁. */
#ifndef VAFA_STATISTICS_PURCHASES_H
#define VAFA_STATISTICS_PURCHASES_H
#include "statistics/buyers.h"

enum purchase_model { PURCHASES_BG, PURCHASES_MBG, PURCHASES_PARETO };
/* Parameters: r, α, then a, b or s, β. Everything below takes positive ones, sound buyers and times ≥ 0; it
 * answers NaN otherwise, and where BG and MBG would have to reckon more than 1e7 purchases of one buyer. α
 * and β are in units of time. */

/* The logarithm of the likelihood; fast where buyers are grouped. */
double purchases_likelihood(enum purchase_model model, const double *parameters, const struct buyer *buyers,
                            size_t n);
/* As buyers_check() and maximise(). */
enum fit purchases_fit(enum purchase_model model, const struct buyer *buyers, size_t n,
                       struct maximum *out) MUST_USE;

/* The chance that the buyer is still there at T. */
double purchases_alive(enum purchase_model model, const double *parameters, const struct buyer *buyer);
/* Repeat purchases expected of a new buyer until t, E[X(t)]. */
double purchases_mean(enum purchase_model model, const double *parameters, double t);
/* Purchases expected of the buyer in the t after T, E[Y(t) | x, tₓ, T]. */
double purchases_expected(enum purchase_model model, const double *parameters, const struct buyer *buyer,
                          double t);
/* The chance that a new buyer makes exactly n repeat purchases until t, P(X(t) = n). */
double purchases_chance(enum purchase_model model, const double *parameters, double t, uint32_t n);

/* What the buyer's purchases of the next months are worth today: Σ (expected in month m) × spend / (1 +
 * rate)^m. month: its length in units of time (4.348 weeks); spend: of one purchase (spend_expected of
 * spend.h); rate: of a month, > −1. Usual: 12 months, 0.01. */
double purchases_worth(enum purchase_model model, const double *parameters, const struct buyer *buyer,
                       double spend, double month, uint32_t months, double rate);

#endif
