#include "statistics/occasions.h"
#include "statistics/gamma.h"

static bool is_positive(const double *p) {
    for (int i = 0; i < 4; i++)
        if (!(p[i] > 0 && p[i] < INFINITY)) return false;
    return true;
}
static bool is_sound(const struct buyer *b) {
    return buyer_is_sound(b) && b->age <= OCCASIONS_MOST && b->age == floor(b->age) &&
           b->last == floor(b->last) && b->repeats <= b->last;
}

/* ln of the mean chance to use x of n occasions while there, one certain order of them. */
static double ln_used(const double *p, double x, double n) {
    return ln_beta(p[0] + x, p[1] + n - x) - ln_beta(p[0], p[1]);
}
/* ln of the chance to be there at n occasions; to leave just after n. */
static double ln_stays(const double *p, double n) {
    return ln_beta(p[2], p[3] + n) - ln_beta(p[2], p[3]);
}
static double ln_leaves(const double *p, double n) {
    return ln_beta(p[2] + 1, p[3] + n) - ln_beta(p[2], p[3]);
}

static double ln_of_one(const double *p, const struct buyer *b) {
    double ln = ln_used(p, b->repeats, b->age) + ln_stays(p, b->age);
    for (double n = b->last; n < b->age; n++)
        ln = ln_sum(ln, ln_used(p, b->repeats, n) + ln_leaves(p, n));
    return ln;
}

double occasions_likelihood(const double *parameters, const struct buyer *buyers, size_t n) {
    if (!is_positive(parameters)) return NAN;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_sound(&buyers[i])) return NAN;
        sum += buyers[i].count * ln_of_one(parameters, &buyers[i]);
    }
    return sum;
}

struct rows {
    const struct buyer *buyers;
    size_t n;
};
static double likelihood_of_rows(const double *parameters, const void *data) {
    const struct rows *rows = data;
    return occasions_likelihood(parameters, rows->buyers, rows->n);
}

enum fit occasions_fit(const struct buyer *buyers, size_t n, struct maximum *out) {
    static const double starts[][MAXIMISE_MOST] = {{1, 1, 1, 3}, {0.5, 2, 0.5, 5}, {3, 3, 3, 10}};
    *out = (struct maximum){.parameters = 4};
    enum fit fit = buyers_check(buyers, n, NULL);
    for (size_t i = 0; i < n; i++)
        if (!is_sound(&buyers[i])) fit = FIT_BAD_DATA;
    if (fit) return fit;
    struct arena arena = {0};
    struct rows rows = {0};
    rows.buyers = buyers_grouped(buyers, n, &rows.n, &arena);
    if (rows.buyers[rows.n - 1].age < 3 && rows.buyers[0].age < 3) fit = FIT_TOO_SHORT;
    struct likelihood likelihood = {.ln = likelihood_of_rows,
                                    .data = &rows,
                                    .parameters = 4,
                                    .scale = {1, 1, 1, 1},
                                    .starts = sizeof starts / sizeof *starts,
                                    .start = starts};
    if (!fit) fit = maximise(&likelihood, out);
    arena_free(&arena);
    return fit;
}

double occasions_alive(const double *p, const struct buyer *b) {
    if (!is_positive(p) || !is_sound(b)) return NAN;
    return exp(ln_used(p, b->repeats, b->age) + ln_stays(p, b->age + 1) - ln_of_one(p, b));
}

/* Σ over the next occasions of the chance to be there: exact where the published form divides by γ − 1. */
static double stays(const double *p, double from, uint32_t more) {
    double sum = 0;
    for (uint32_t i = 1; i <= more; i++)
        sum += exp(ln_stays(p, from + i));
    return sum;
}

double occasions_expected(const double *p, const struct buyer *b, uint32_t more) {
    if (!is_positive(p) || !is_sound(b) || more > OCCASIONS_MOST) return NAN;
    return exp(ln_used(p, b->repeats + 1, b->age + 1) - ln_of_one(p, b)) * stays(p, b->age, more);
}

double occasions_mean(const double *p, uint32_t occasions) {
    if (!is_positive(p) || occasions > OCCASIONS_MOST) return NAN;
    return p[0] / (p[0] + p[1]) * stays(p, 0, occasions);
}

double occasions_chance(const double *p, uint32_t occasions, uint32_t x) {
    if (!is_positive(p) || occasions > OCCASIONS_MOST) return NAN;
    double ln = -INFINITY;
    for (uint32_t n = x; n <= occasions; n++) {
        double ways = ln_gamma(n + 1.0) - ln_gamma(x + 1.0) - ln_gamma(n - x + 1.0);
        double ends = n < occasions ? ln_leaves(p, n) : ln_stays(p, n);
        ln = ln_sum(ln, ways + ln_used(p, x, n) + ends);
    }
    return exp(ln);
}
