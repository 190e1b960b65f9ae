#include "statistics/spend.h"
#include "statistics/gamma.h"

#include <stdlib.h>

static bool is_positive(const double *p) {
    return p[0] > 0 && p[0] < INFINITY && p[1] > 0 && p[1] < INFINITY && p[2] > 0 && p[2] < INFINITY;
}

double spend_likelihood(const double *parameters, const struct buyer *buyers, size_t n) {
    if (!is_positive(parameters)) return NAN;
    double p = parameters[0], q = parameters[1], v = parameters[2], sum = 0, x = -1, same = 0;
    double always = q * log(v) - ln_gamma(q);
    for (size_t i = 0; i < n; i++) {
        const struct buyer *b = &buyers[i];
        if (b->repeats == 0) continue;
        if (!buyer_is_sound(b) || !(b->value > 0 && b->value < INFINITY)) return NAN;
        if (b->repeats != x) {
            x = b->repeats;
            same = always + ln_gamma(p * x + q) - ln_gamma(p * x) + p * x * log(x);
        }
        sum += b->count * (same + (p * x - 1) * log(b->value) - (p * x + q) * log(x * b->value + v));
    }
    return sum;
}

struct rows {
    const struct buyer *buyers;
    size_t n;
};
static double likelihood_of_rows(const double *parameters, const void *data) {
    const struct rows *rows = data;
    return spend_likelihood(parameters, rows->buyers, rows->n);
}

static int by_repeats(const void *a, const void *b) {
    const struct buyer *x = a, *y = b;
    return x->repeats < y->repeats ? -1 : x->repeats > y->repeats;
}

enum fit spend_fit(const struct buyer *buyers, size_t n, struct maximum *out) {
    static const double starts[][MAXIMISE_MOST] = {{3, 3, 1}, {1, 1.5, 0.5}, {10, 5, 0.3}};
    *out = (struct maximum){.parameters = 3};
    enum fit fit = buyers_check(buyers, n, NULL);
    if (fit) return fit;
    double value = 0, count = 0;
    for (size_t i = 0; i < n; i++) {
        if (buyers[i].repeats == 0) continue;
        if (!(buyers[i].value > 0 && buyers[i].value < INFINITY)) return FIT_BAD_DATA;
        value += buyers[i].count * buyers[i].value;
        count += buyers[i].count;
    }
    struct arena arena = {0};
    struct buyer *sorted = arena_copy(&arena, buyers, n * sizeof *buyers);
    qsort(sorted, n, sizeof *sorted, by_repeats); /* what depends on the count alone is computed once */
    struct rows rows = {sorted, n};
    struct likelihood likelihood = {.ln = likelihood_of_rows,
                                    .data = &rows,
                                    .parameters = 3,
                                    .scale = {1, 1, value / count},
                                    .starts = sizeof starts / sizeof *starts,
                                    .start = starts};
    fit = maximise(&likelihood, out);
    arena_free(&arena);
    return fit;
}

double spend_mean(const double *p) {
    return is_positive(p) && p[1] > 1 ? p[0] * p[2] / (p[1] - 1) : NAN;
}

double spend_expected(const double *p, const struct buyer *buyer) {
    if (buyer->repeats == 0) return spend_mean(p);
    double px = p[0] * buyer->repeats;
    bool sound = is_positive(p) && buyer_is_sound(buyer) && buyer->value > 0 && buyer->value < INFINITY;
    return sound && px + p[1] > 1 ? p[0] * (p[2] + buyer->repeats * buyer->value) / (px + p[1] - 1) : NAN;
}

struct spend_independence spend_independence(const struct buyer *buyers, size_t n) {
    const double z95 = 1.959963984540054, medium = 0.3; /* Φ⁻¹(0.975) */
    struct spend_independence out = {INDEPENDENCE_UNKNOWN, NAN, {-1, 1}};
    double count = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < n; i++) { /* Welford's updates: sums of squares that do not cancel */
        const struct buyer *b = &buyers[i];
        if (b->repeats == 0) continue;
        if (!buyer_is_sound(b) || !isfinite(b->value)) return out;
        count += b->count;
        double dx = b->repeats - x, dy = b->value - y;
        x += dx * b->count / count;
        y += dy * b->count / count;
        xx += b->count * dx * (b->repeats - x);
        yy += b->count * dy * (b->value - y);
        xy += b->count * dx * (b->value - y);
    }
    if (count < BUYERS_FEWEST || !(xx > 0) || !(yy > 0)) return out;
    out.correlation = fmax(-1, fmin(1, xy / sqrt(xx * yy)));
    double centre = atanh(out.correlation), width = z95 / sqrt(count - 3);
    out.interval = (struct interval){tanh(centre - width), tanh(centre + width)};
    bool inside = out.interval.low > -medium && out.interval.high < medium;
    bool beyond = out.interval.low > medium || out.interval.high < -medium;
    out.verdict = inside ? INDEPENDENCE_HOLDS : beyond ? INDEPENDENCE_BROKEN : INDEPENDENCE_UNSURE;
    return out;
}
