#include "statistics/renewals.h"

#include <math.h>
#include <stdlib.h>

static const double edge = 1e-6;

static bool is_case(const struct renewal_case *one, uint32_t periods, uint32_t clusters) {
    return one->probability >= 0 && one->probability <= 1 && one->period < periods && one->cluster < clusters;
}

static double logit(double p) {
    if (p <= 0) return -INFINITY;
    if (p >= 1) return INFINITY;
    p = p < edge ? edge : p > 1 - edge ? 1 - edge : p;
    return log(p / (1 - p));
}

/* What keeps a chance where it is when a shift is mixed in. */
static double widened(double shift) {
    static const double factor = 0.346; /* (16√3 / 15π)² */
    return sqrt(1 + factor * shift * shift);
}

/* ---- the shift of past periods ---- */

enum { SHIFTS = 21, STEPS = 15 }; /* τ from 0 to 2; b from −3 τ to 3 τ */

struct past {
    const struct renewal_case **v; /* by period, then cluster, then chance, the lowest first */
    double *place;                 /* logit of its chance */
    size_t n;
};

static int by_period(const void *a, const void *b) {
    const struct renewal_case *x = *(const struct renewal_case *const *)a,
                              *y = *(const struct renewal_case *const *)b;
    if (x->period != y->period) return x->period < y->period ? -1 : 1;
    if (x->cluster != y->cluster) return x->cluster < y->cluster ? -1 : 1;
    return (x->probability > y->probability) - (x->probability < y->probability);
}

/* Mean and variance of a period's count under b. Those of a cluster share their noise: whichever comes, those
 * with a higher chance come, too, so that E[min] of a pair is the lower chance. */
static void moments(const struct past *past, size_t from, size_t to, double widen, double b, double *mean,
                    double *variance) {
    double p = NAN, of = NAN; /* many have the same chance */
    *mean = *variance = 0;
    for (size_t i = from; i < to;) {
        double sum = 0, square = 0;
        size_t end = i;
        while (end < to && past->v[end]->cluster == past->v[i]->cluster)
            end++;
        for (size_t k = i; k < end; k++) {
            if (past->place[k] != of) p = 1 / (1 + exp(-(widen * (of = past->place[k]) + b)));
            sum += p;
            square += p * (1 + 2 * (double)(end - k - 1)); /* of every pair the lower one */
        }
        *mean += sum;
        *variance += square - sum * sum;
        i = end;
    }
}

static double log_likelihood(const struct past *past, size_t from, size_t to, double shift) {
    double came = 0, most = -INFINITY, terms[STEPS], total = 0;
    size_t steps = shift > 0 ? STEPS : 1;
    for (size_t i = from; i < to; i++)
        came += past->v[i]->renewed;
    for (size_t s = 0; s < steps; s++) {
        double z = steps > 1 ? -3 + 6 * (double)s / (STEPS - 1) : 0, mean, variance;
        moments(past, from, to, widened(shift), z * shift, &mean, &variance);
        variance += 1.0 / 12; /* a count is whole: what all but certain chances leave is not nothing */
        terms[s] = -z * z / 2 - log(variance) / 2 - (came - mean) * (came - mean) / (2 * variance);
        if (terms[s] > most) most = terms[s];
    }
    double weight = 0;
    for (size_t s = 0; s < steps; s++) {
        double z = steps > 1 ? -3 + 6 * (double)s / (STEPS - 1) : 0;
        total += exp(terms[s] - most);
        weight += exp(-z * z / 2);
    }
    return most + log(total / weight);
}

double renewals_shift(const struct renewal_case *cases, size_t n, uint32_t periods, uint32_t clusters,
                      bool *estimated) {
    double height[SHIFTS] = {0}, most = -INFINITY, total = 0, square = 0;
    struct past past = {memory_new((n + 1) * sizeof *past.v), memory_new((n + 1) * sizeof(double)), n};
    size_t seen = 0;
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        good &= is_case(&cases[i], periods, clusters);
        past.v[i] = &cases[i];
    }
    if (n) qsort(past.v, n, sizeof *past.v, by_period);
    for (size_t i = 0; i < n; i++) {
        seen += i == 0 || past.v[i]->period != past.v[i - 1]->period;
        past.place[i] = logit(past.v[i]->probability);
    }
    bool enough = good && seen >= RENEWALS_LEAST_PERIODS;
    for (size_t s = 0; s < SHIFTS && enough; s++) {
        double shift = 2.0 * (double)s / (SHIFTS - 1);
        height[s] = -shift * shift / (2 * RENEWALS_SHIFT * RENEWALS_SHIFT);
        for (size_t from = 0, to; from < n; from = to) {
            for (to = from; to < n && past.v[to]->period == past.v[from]->period;)
                to++;
            height[s] += log_likelihood(&past, from, to, shift);
        }
        if (height[s] > most) most = height[s];
    }
    for (size_t s = 0; s < SHIFTS && enough; s++) {
        double shift = 2.0 * (double)s / (SHIFTS - 1), weight = exp(height[s] - most);
        total += weight;
        square += weight * shift * shift;
    }
    free(past.v);
    free(past.place);
    if (estimated) *estimated = enough;
    return enough ? sqrt(square / total) : good ? RENEWALS_SHIFT : NAN;
}

/* ---- worlds ---- */

static uint64_t next_bits(uint64_t *state) { /* SplitMix64 (Steele, Lea and Flood 2014) */
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static double next_uniform(uint64_t *state) { /* in (0, 1) */
    return ((double)(next_bits(state) >> 11) + 0.5) * 0x1p-53;
}

static double next_normal(uint64_t *state) { /* Box and Muller 1958 */
    double u = next_uniform(state), v = next_uniform(state);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the two values around the place (n − 1) × share, as R's type 7. */
static double quantile(const double *sorted, size_t n, double share) {
    double at = (double)(n - 1) * share;
    size_t below = (size_t)at;
    return below + 1 < n ? sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below])
                         : sorted[n - 1];
}

static struct renewals_range range_of(double mean, double *values, size_t n) {
    qsort(values, n, sizeof *values, by_value);
    return (struct renewals_range){mean, quantile(values, n, 0.05), quantile(values, n, 0.95)};
}

bool renewals_forecast(const struct renewal_case *cases, size_t n, uint32_t periods, uint32_t clusters,
                       double shift, uint64_t seed, struct arena *scratch, struct renewals_sum *out) {
    static const struct renewals_sum none = {{NAN, NAN, NAN}, {NAN, NAN, NAN}};
    size_t sums = (size_t)periods + 1, draws = RENEWALS_DRAWS;
    bool good = shift >= 0 && isfinite(shift);
    for (size_t i = 0; i < n && good; i++)
        good = is_case(&cases[i], periods, clusters) && cases[i].amount >= 0 && isfinite(cases[i].amount);
    for (size_t s = 0; s < sums; s++)
        out[s] = good ? (struct renewals_sum){0} : none;
    if (!good) return false;
    if (n > RENEWALS_MANY) draws = draws * RENEWALS_MANY / n;
    if (draws < RENEWALS_LEAST_DRAWS) draws = RENEWALS_LEAST_DRAWS;
    double *place = arena_array(scratch, n + 1, sizeof *place),
           *noise = arena_array(scratch, clusters + 1, sizeof *noise),
           *common = arena_array(scratch, sums, sizeof *common),
           *count = arena_array(scratch, sums * draws, sizeof *count),
           *amount = arena_array(scratch, sums * draws, sizeof *amount);
    for (size_t i = 0; i < n; i++) {
        const struct renewal_case *one = &cases[i];
        place[i] = widened(shift) * logit(one->probability);
        for (size_t k = 0; k < 2; k++) { /* in its period, and in all */
            struct renewals_sum *sum = &out[k ? periods : one->period];
            sum->count.mean += one->probability;
            sum->amount.mean += one->probability * one->amount;
        }
    }
    for (size_t d = 0; d < draws; d++) {
        for (size_t t = 0; t < periods; t++)
            common[t] = shift * next_normal(&seed);
        for (size_t k = 0; k < clusters; k++) {
            double u = next_uniform(&seed);
            noise[k] = log(u / (1 - u));
        }
        for (size_t i = 0; i < n; i++) {
            const struct renewal_case *one = &cases[i];
            if (!(place[i] + common[one->period] + noise[one->cluster] > 0)) continue;
            count[one->period * draws + d]++;
            amount[one->period * draws + d] += one->amount;
            count[periods * draws + d]++;
            amount[periods * draws + d] += one->amount;
        }
    }
    for (size_t s = 0; s < sums; s++) {
        out[s].count = range_of(out[s].count.mean, count + s * draws, draws);
        out[s].amount = range_of(out[s].amount.mean, amount + s * draws, draws);
    }
    return true;
}
