/* How far out a value lies: upper tails of the distributions that tests are read from. Pure statistics; a
 * value that is not a number, or a parameter out of its range, gives NAN. */
#ifndef VAFA_STATISTICS_TAILS_H
#define VAFA_STATISTICS_TAILS_H

#define NORMAL_975 1.959963984540054 /* Φ⁻¹(0.975): half the width, in standard errors, of 95 % limits */

double normal_tail(double z);          /* P(Z > z), of the standard normal */
double normal_both_tails(double z);    /* P(|Z| > |z|): the p of a test on two sides */
double gamma_tail(double a, double x); /* Q(a, x) = Γ(a, x) / Γ(a), regularised; a > 0, x ≥ 0 */
/* The x below which the share p in (0, 1) of a gamma distribution of shape a and rate 1 lies. */
double gamma_quantile(double a, double p);
/* P(X > x) of χ² with df > 0 degrees of freedom, not necessarily whole; 1 for x ≤ 0. */
double chi_square_tail(double x, double df);

#endif
