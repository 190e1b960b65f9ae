#include "statistics/purchases.h"
#include "statistics/gamma.h"

#include <string.h>

/* ── The time of leaving, integrated ── */

/* Gauss and Legendre's rule of 12 points on [−1, 1]: the positive half. */
static const double NODE[] = {0.1252334085114689, 0.3678314989981802, 0.5873179542866175,
                              0.7699026741943047, 0.9041172563704749, 0.9815606342467193};
static const double WEIGHT[] = {0.2491470458134028, 0.2334925365383548, 0.2031674267230659,
                                0.1600783285433462, 0.1069393259953184, 0.0471753363865118};
enum { NODES = 6 };

/* ln ∫ (α + u)^−k (β + u)^−(s + 1) du over [from, to]. With w = ln(m + u), m the smaller of α and β, the
 * nearest singularity lies π off the real line, however far α and β are apart. The logarithm of the
 * integrand in w is concave: where its slope at the start sends it below e^−40, nothing is left to add. */
struct leaving {
    double near_power, far_power; /* of the smaller and of the larger of α and β, with u added */
    double apart;                 /* β − α without its sign */
};
static double leaving_ln(const struct leaving *l, double w, double e) {
    return w * (1 - l->near_power) - l->far_power * log(e + l->apart);
}
static double ln_leaving(double alpha, double beta, double k, double s, double from, double to) {
    struct leaving l =
        alpha <= beta ? (struct leaving){k, s + 1, beta - alpha} : (struct leaving){s + 1, k, alpha - beta};
    double least = fmin(alpha, beta), start = log(least + from), length = log((least + to) / (least + from));
    double e = exp(start), slope = 1 - l.near_power - l.far_power * e / (e + l.apart);
    if (!(length > 0)) return -INFINITY;
    if (slope < 0 && length * -slope > 40) length = 40 / -slope;
    double top = leaving_ln(&l, start, e), end = leaving_ln(&l, start + length, exp(start + length));
    int panels = 1 + (int)fmin(500, length / 2 + fabs(top - end) / 10);
    double half = length / panels / 2, sum = 0;
    top = fmax(top, end);
    for (int panel = 0; panel < panels; panel++) {
        double middle = start + (2 * panel + 1) * half, at = exp(middle);
        for (int i = 0; i < NODES; i++) {
            double step = half * NODE[i], grow = exp(step);
            sum += WEIGHT[i] * (exp(leaving_ln(&l, middle + step, at * grow) - top) +
                                exp(leaving_ln(&l, middle - step, at / grow) - top));
        }
    }
    return top + log(sum * half);
}

/* ── Likelihood ── */

/* ln of the likelihood of the buyer's purchases while there until T, without what depends on T: the same for
 * all with equal x. */
static double ln_purchases(enum purchase_model model, const double *p, double x) {
    double r = p[0], alpha = p[1], a = p[2], b = p[3];
    double ln = ln_gamma(r + x) - ln_gamma(r) + r * log(alpha);
    if (model == PURCHASES_PARETO) return ln + a * log(b);
    return ln + ln_beta(a, b + x + (model == PURCHASES_MBG)) - ln_beta(a, b);
}
static double ln_until(enum purchase_model model, const double *p, const struct buyer *buyer) {
    double ln = -(p[0] + buyer->repeats) * log(p[1] + buyer->age);
    return model == PURCHASES_PARETO ? ln - p[2] * log(p[3] + buyer->age) : ln;
}

/* ln of the odds that the buyer has left: the likelihood of having left over that of being there. */
static double ln_odds_left(enum purchase_model model, const double *p, const struct buyer *buyer) {
    double x = buyer->repeats, k = p[0] + x;
    if (model == PURCHASES_PARETO)
        return log(p[2]) + ln_leaving(p[1], p[3], k, p[2], buyer->last, buyer->age) -
               ln_until(model, p, buyer);
    if (model == PURCHASES_BG && x == 0) return -INFINITY;
    double kept = p[3] + x - (model == PURCHASES_BG);
    return log(p[2] / kept) + k * log1p((buyer->age - buyer->last) / (p[1] + buyer->last));
}

static bool is_positive(const double *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!(p[i] > 0 && p[i] < INFINITY)) return false;
    return true;
}

double purchases_likelihood(enum purchase_model model, const double *parameters, const struct buyer *buyers,
                            size_t n) {
    if (!is_positive(parameters, 4)) return NAN;
    double sum = 0, x = -1, same = 0;
    for (size_t i = 0; i < n; i++) {
        const struct buyer *buyer = &buyers[i];
        if (!buyer_is_sound(buyer)) return NAN;
        if (buyer->repeats != x) {
            x = buyer->repeats;
            same = ln_purchases(model, parameters, x);
        }
        sum += buyer->count * (same + ln_until(model, parameters, buyer) +
                               ln_one_plus_exp(ln_odds_left(model, parameters, buyer)));
    }
    return sum;
}

struct rows {
    enum purchase_model model;
    const struct buyer *buyers;
    size_t n;
};
static double likelihood_of_rows(const double *parameters, const void *data) {
    const struct rows *rows = data;
    return purchases_likelihood(rows->model, parameters, rows->buyers, rows->n);
}

enum fit purchases_fit(enum purchase_model model, const struct buyer *buyers, size_t n, struct maximum *out) {
    static const double starts[][MAXIMISE_MOST] = {
        {0.5, 0.3, 0.8, 2}, {1, 1, 1, 1}, {0.2, 0.1, 0.5, 5}, {3, 3, 2, 10}};
    *out = (struct maximum){.parameters = 4};
    enum fit fit = buyers_check(buyers, n, NULL);
    if (fit) return fit;
    struct arena arena = {0};
    struct rows rows = {.model = model};
    rows.buyers = buyers_grouped(buyers, n, &rows.n, &arena);
    double age = 0, count = 0;
    for (size_t i = 0; i < rows.n; i++) {
        age += rows.buyers[i].count * rows.buyers[i].age;
        count += rows.buyers[i].count;
    }
    age /= count;
    struct likelihood likelihood = {.ln = likelihood_of_rows,
                                    .data = &rows,
                                    .parameters = 4,
                                    .scale = {1, age, 1, model == PURCHASES_PARETO ? age : 1},
                                    .starts = sizeof starts / sizeof *starts,
                                    .start = starts};
    fit = maximise(&likelihood, out);
    arena_free(&arena);
    return fit;
}

double purchases_alive(enum purchase_model model, const double *parameters, const struct buyer *buyer) {
    if (!is_positive(parameters, 4) || !buyer_is_sound(buyer)) return NAN;
    return one_of_odds(ln_odds_left(model, parameters, buyer));
}

/* ── What is expected ── */

static const double MOST_TERMS = 1e7; /* purchases that are reckoned one by one */

/* ln of the negative binomial chance of n purchases until t at a rate of Gamma(r, α). */
static double ln_count(double r, double alpha, double t, double n) {
    return ln_gamma(r + n) - ln_gamma(r) - ln_gamma(n + 1) - r * log1p(t / alpha) + n * log(t / (alpha + t));
}

/* Purchases until t of somebody who is there and leaves after each with a probability of Beta(a, b), at a
 * rate of Gamma(k, α). The (j + 1)th is made if there was time for it and all j before it were outlived: Σ
 * over j of P(count > j) × B(a, b + j) / B(a, b). Nothing cancels and no a or b is special, where the
 * published form with ₂F₁ divides by a − 1. */
static double stepped_mean(double k, double alpha, double a, double b, double t) {
    double mean = k * t / alpha, rest = alpha / (alpha + t), z = t / (alpha + t);
    if (!(mean + 40 * t / alpha < MOST_TERMS)) return NAN;
    double ln_none = -k * log1p(t / alpha), first = -expm1(ln_none), more = first, outlived = 1, sum = 0;
    double chance = exp(ln_none) * k * z; /* of exactly j + 1 */
    for (double j = 0;; j++) {
        sum += outlived * more;
        if (j > mean && chance <= 1e-16 * first * rest) return sum;
        more = fmax(0, more - chance);
        outlived *= (b + j) / (a + b + j);
        chance *= z * (k + j + 1) / (j + 2);
        if (chance < 1e-290) chance = exp(ln_count(k, alpha, t, j + 2)); /* before the bulk of a large k */
    }
}

/* The same where buyers leave at a rate of Gamma(s, β): (k / α)(β / (s − 1))(1 − (β / (β + t))^(s − 1)). */
static double flowing_mean(double k, double alpha, double s, double beta, double t) {
    double stretch = log1p(t / beta), z = -(s - 1) * stretch;
    return k / alpha * beta * stretch * (fabs(z) < 1e-12 ? 1 : expm1(z) / z);
}

/* Of somebody who is there after x repeat purchases until T: the posterior has the form of the prior. */
static double mean_if_there(enum purchase_model model, const double *p, double x, double age, double t) {
    if (model == PURCHASES_PARETO) return flowing_mean(p[0] + x, p[1] + age, p[2], p[3] + age, t);
    return stepped_mean(p[0] + x, p[1] + age, p[2], p[3] + x + (model == PURCHASES_MBG), t);
}

double purchases_mean(enum purchase_model model, const double *p, double t) {
    if (!is_positive(p, 4) || !(t >= 0 && t < INFINITY)) return NAN;
    if (t == 0) return 0;
    return mean_if_there(model, p, 0, 0, t) * (model == PURCHASES_MBG ? p[3] / (p[2] + p[3]) : 1);
}

double purchases_expected(enum purchase_model model, const double *p, const struct buyer *buyer, double t) {
    double alive = purchases_alive(model, p, buyer);
    if (isnan(alive) || !(t >= 0 && t < INFINITY)) return NAN;
    return t == 0 ? 0 : alive * mean_if_there(model, p, buyer->repeats, buyer->age, t);
}

double purchases_worth(enum purchase_model model, const double *p, const struct buyer *buyer, double spend,
                       double month, uint32_t months, double rate) {
    double alive = purchases_alive(model, p, buyer), before = 0, worth = 0;
    if (isnan(alive) || !isfinite(spend) || !(month > 0 && month < INFINITY) || !(rate > -1)) return NAN;
    for (uint32_t m = 1; m <= months; m++) {
        double until = mean_if_there(model, p, buyer->repeats, buyer->age, m * month);
        worth += (until - before) * pow(1 + rate, -(double)m);
        before = until;
    }
    return alive * spend * worth;
}

/* ── Chances of counts ── */

/* The chance of n or more: what is left of fewer, or the tail itself where that is small. */
static double chance_of_more(double r, double alpha, double t, double n) {
    double sum = 0, q = t / (alpha + t);
    if (n <= r * t / alpha) {
        for (double j = 0; j < n; j++)
            sum += exp(ln_count(r, alpha, t, j));
        return 1 - sum;
    }
    double term = exp(ln_count(r, alpha, t, n));
    for (double j = n; term > 1e-17 * sum; j++) {
        sum += term;
        term *= q * (r + j) / (j + 1);
    }
    return sum;
}

/* While leaving at u: Σ over the time of leaving of the chance of n purchases until then. */
static double chance_leaving(const double *p, double t, double n) {
    double r = p[0], alpha = p[1], s = p[2], beta = p[3], least = fmin(alpha, beta), sum = 0;
    enum { PANELS = 24 };
    double half = log1p(t / least) / PANELS / 2;
    for (int panel = 0; panel < PANELS; panel++)
        for (int i = -NODES; i < NODES; i++) {
            int node = i < 0 ? -i - 1 : i;
            double w = (2 * panel + 1) * half + (i < 0 ? -1 : 1) * half * NODE[node], u = least * expm1(w);
            sum +=
                WEIGHT[node] * (least + u) / (beta + u) * exp(ln_count(r, alpha, u, n) - s * log1p(u / beta));
        }
    return s * sum * half;
}

double purchases_chance(enum purchase_model model, const double *p, double t, uint32_t n) {
    if (!is_positive(p, 4) || !(t >= 0 && t < INFINITY)) return NAN;
    if (t == 0) return n == 0;
    double r = p[0], alpha = p[1], a = p[2], b = p[3], there = ln_count(r, alpha, t, n);
    if (model == PURCHASES_PARETO) return exp(there - a * log1p(t / b)) + chance_leaving(p, t, n);
    double asked = n + (model == PURCHASES_MBG); /* times that they could leave */
    double kept = exp(there + ln_beta(a, b + asked) - ln_beta(a, b));
    if (asked == 0) return kept;
    return kept + exp(ln_beta(a + 1, b + asked - 1) - ln_beta(a, b)) * chance_of_more(r, alpha, t, n);
}
