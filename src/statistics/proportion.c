#include "statistics/proportion.h"
#include "statistics/tails.h"

#include <math.h>

static const double Z = NORMAL_975;

static double clip(double x, double low, double high) {
    return x < low ? low : x > high ? high : x;
}

struct interval proportion_wilson(double k, double n) {
    if (n <= 0) return (struct interval){0, 1};
    double p = k / n, z2 = Z * Z, middle = (p + z2 / (2 * n)) / (1 + z2 / n),
           half = Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
    return (struct interval){k <= 0 ? 0 : clip(middle - half, 0, 1), k >= n ? 1 : clip(middle + half, 0, 1)};
}

struct interval proportion_adjusted_wald(double k, double n) {
    if (n <= 0) return (struct interval){0, 1};
    double z2 = Z * Z, all = n + z2, p = (k + z2 / 2) / all, half = Z * sqrt(p * (1 - p) / all);
    return (struct interval){clip(p - half, 0, 1), clip(p + half, 0, 1)};
}

struct interval proportion_difference(double k_a, double n_a, double k_b, double n_b) {
    if (n_a <= 0 || n_b <= 0) return (struct interval){-1, 1};
    struct interval a = proportion_wilson(k_a, n_a), b = proportion_wilson(k_b, n_b);
    double p_a = k_a / n_a, p_b = k_b / n_b, d = p_b - p_a;
    return (struct interval){d - hypot(p_b - b.low, a.high - p_a), d + hypot(b.high - p_b, p_a - a.low)};
}

double nps_score(double promoters, double detractors, double n) {
    return n > 0 ? 100 * (promoters - detractors) / n : NAN;
}

double nps_error(double promoters, double detractors, double n) {
    if (n <= 0) return NAN;
    double p = promoters / n, d = detractors / n, variance = p + d - (p - d) * (p - d);
    return 100 * sqrt(variance > 0 ? variance / n : 0);
}

struct interval nps_interval(double promoters, double detractors, double n) {
    if (n <= 0) return (struct interval){-100, 100};
    double score = nps_score(promoters + 0.75, detractors + 0.75, n + 3),
           half = Z * nps_error(promoters + 0.75, detractors + 0.75, n + 3);
    return (struct interval){clip(score - half, -100, 100), clip(score + half, -100, 100)};
}

static double wave_error(double promoters, double detractors, double n) {
    double error = nps_error(promoters, detractors, n);
    return error > 0 ? error : nps_error(promoters + 0.75, detractors + 0.75, n + 3);
}

double nps_difference_margin(double promoters_a, double detractors_a, double n_a, double promoters_b,
                             double detractors_b, double n_b) {
    return Z * hypot(wave_error(promoters_a, detractors_a, n_a), wave_error(promoters_b, detractors_b, n_b));
}

double finite_population(double n, double population) {
    if (population <= 1 || n > population) return 1;
    return sqrt((population - n) / (population - 1));
}

struct interval interval_narrowed(struct interval interval, double value, double factor) {
    return (struct interval){value - (value - interval.low) * factor,
                             value + (interval.high - value) * factor};
}
