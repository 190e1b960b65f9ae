/* Shares of answers and what may be said of them: intervals, and whether two waves differ. Pure statistics;
 * 95 % throughout. */
#ifndef VAFA_STATISTICS_PROPORTION_H
#define VAFA_STATISTICS_PROPORTION_H
#include <stdbool.h>
#include <stdint.h>

struct interval {
    double low, high;
};

/* Share k of n, 0 ≤ k ≤ n, neither need be whole. Wilson's score interval (1927): never leaves [0, 1] and
 * holds its level for small n. n = 0: [0, 1]. */
struct interval proportion_wilson(double k, double n);
/* Agresti and Coull's adjusted Wald (1998): z²/2 more of each side, clipped to [0, 1]. n = 0: [0, 1]. */
struct interval proportion_adjusted_wald(double k, double n);
/* The difference b − a of two shares: Newcombe's hybrid of the two Wilson intervals (1998, method 10). They
 * differ when it leaves 0 out; it holds where one share is 0 or 1 and the textbook's error would be 0. */
struct interval proportion_difference(double k_a, double n_a, double k_b, double n_b);

/* Net promoter score, in points from −100 to 100; 0 ≤ promoters + detractors ≤ n. n = 0: score and error NAN,
 * interval [−100, 100]. */
double nps_score(double promoters, double detractors, double n);
/* Standard error in points: 100 √((p + d − (p − d)²) / n). */
double nps_error(double promoters, double detractors, double n);
/* Adjusted Wald (Rocks 2016, The American Statistician): n + 3, promoters + ¾, detractors + ¾; clipped. The
 * interval of the score above, which is what is shown. */
struct interval nps_interval(double promoters, double detractors, double n);
/* ± of b − a: 1.96 √(SE_a² + SE_b²). Where all answers of a wave fall into one class, its error would be 0,
 * and the adjusted one stands in. */
double nps_difference_margin(double promoters_a, double detractors_a, double n_a, double promoters_b,
                             double detractors_b, double n_b);

/* Of N asked who could answer, n did: the error shrinks by √((N − n)/(N − 1)). 1 where N is not known (0) or
 * n > N; 0 where all answered. */
double finite_population(double n, double population);
/* An interval narrowed around a value by that factor. */
struct interval interval_narrowed(struct interval interval, double value, double factor);

#endif
