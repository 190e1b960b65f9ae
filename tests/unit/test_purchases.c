/* BG/NBD, MBG/NBD and Pareto/NBD on CDNOW: against what the papers, R's CLVTools and BTYD, BTYDplus and the
 * Python package lifetimes say, against the published forms computed slowly, and against buyers made by
 * chance. */
#include "statistics/gamma.h"
#include "statistics/purchases.h"
#include "clv_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define NEAR(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

#define BG     PURCHASES_BG
#define MBG    PURCHASES_MBG
#define PARETO PURCHASES_PARETO
static const struct {
    double ln, ln_csv, parameter[4], within[4]; /* relative for BG and MBG */
} published[] = {
    [BG] = {-9582.4292, -9582.4256, {0.24259, 4.41360, 0.79292, 2.42591}, {1e-3, 1e-3, 1e-3, 1e-3}},
    [MBG] = {-9582.1357, NAN, {0.52484, 6.18309, 0.89136, 1.61400}, {1e-3, 1e-3, 1e-3, 1e-3}},
    [PARETO] = {-9594.9762, -9594.9739, {0.55328, 10.5777, 0.60624, 11.6687}, {0.001, 0.02, 0.002, 0.05}},
};

static struct world {
    struct arena arena;
    struct buyers cdnow;
    struct maximum fit[3];
} world;

static int build_world(void **state) {
    (void)state;
    world.cdnow = clv_cdnow(&world.arena);
    for (int m = BG; world.cdnow.n && m <= PARETO; m++)
        if (purchases_fit(m, world.cdnow.buyers, world.cdnow.n, &world.fit[m])) return 1;
    return 0;
}
static int end_world(void **state) {
    (void)state;
    arena_free(&world.arena);
    return 0;
}
static const double *of(int model) {
    return world.fit[model].parameter;
}
#define NEEDS_CDNOW                                                                                          \
    (void)state;                                                                                             \
    if (!world.cdnow.n) skip()

static void the_log_becomes_the_papers_summary(void **state) {
    NEEDS_CDNOW;
    double repeats = 0, again = 0, later = 0;
    for (size_t i = 0; i < world.cdnow.n; i++) {
        repeats += world.cdnow.buyers[i].repeats;
        again += world.cdnow.buyers[i].repeats > 0;
        later += world.cdnow.later[i];
        assert_true(buyer_is_sound(&world.cdnow.buyers[i]));
    }
    assert_int_equal(world.cdnow.n, 2357);
    assert_true(repeats == 2457 && again == 946 && later == 1882);
    /* Customer 1: 1 Jan, 18 Jan, 2 Aug; (29.73 + 14.96) / 2. */
    const struct buyer *first = world.cdnow.buyers;
    assert_true(first->repeats == 2);
    NEAR(first->last, 30.43, 0.005);
    NEAR(first->age, 38.86, 0.005);
    NEAR(first->value, 22.345, 1e-9);
    /* And all others as the file of summaries has them, to its 2 decimals. */
    static double rows[3000][5];
    assert_int_equal(clv_table("cdnow_customers_summary_with_transactions.csv", rows, 3000), 2357);
    for (size_t i = 0; i < world.cdnow.n; i++) {
        const struct buyer *b = &world.cdnow.buyers[i];
        assert_true(b->repeats == rows[i][1]);
        NEAR(b->last, rows[i][2], 0.00501);
        NEAR(b->age, rows[i][3], 0.00501);
        NEAR(b->value, rows[i][4], 0.00501);
    }
}

static void fits_are_those_published(void **state) {
    NEEDS_CDNOW;
    static double rows[3000][5];
    static struct buyer table[3000];
    size_t n = clv_table("cdnow_customers_summary.csv", rows, 3000);
    for (size_t i = 0; i < n; i++)
        table[i] = (struct buyer){rows[i][1], rows[i][2], rows[i][3], 0, 1};
    for (int m = BG; m <= PARETO; m++) {
        for (int i = 0; i < 4; i++)
            NEAR(of(m)[i], published[m].parameter[i],
                 published[m].within[i] * (m == PARETO ? 1 : published[m].parameter[i]));
        NEAR(world.fit[m].ln, published[m].ln, 1e-4);
        NEAR(purchases_likelihood(m, of(m), world.cdnow.buyers, world.cdnow.n), published[m].ln, 1e-4);
        struct maximum again;
        if (isnan(published[m].ln_csv)) continue;
        assert_int_equal(purchases_fit(m, table, n, &again), FIT_DONE);
        NEAR(again.ln, published[m].ln_csv, 1e-4);
    }
    static const double clvtools[] = {0.0476, 0.843, 0.187, 6.21}; /* standard errors of Pareto/NBD */
    for (int i = 0; i < 4; i++)
        NEAR(world.fit[PARETO].error[i], clvtools[i], 0.002 * clvtools[i]);
}

static void figures_are_those_published(void **state) {
    NEEDS_CDNOW;
    struct buyer one = {2, 30.43, 38.86, 0, 1}, regular = {26, 30.86, 31, 0, 1};
    NEAR(purchases_expected(BG, of(BG), &one, 39), 1.2259, 1e-4);
    NEAR(purchases_alive(BG, of(BG), &one), 0.72661, 1e-5);
    static const double times[] = {0.1429, 1, 3, 31.8571, 32, 78},
                        means[] = {0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.858};
    for (size_t i = 0; i < COUNT(times); i++)
        NEAR(purchases_mean(BG, of(BG), times[i]), means[i], 1e-4);
    NEAR(purchases_expected(PARETO, of(PARETO), &regular, 52), 25.4565, 1e-3);
    NEAR(purchases_alive(PARETO, of(PARETO), &regular), 0.99792, 1e-5);
    NEAR(purchases_expected(PARETO, of(PARETO), &one, 39), 1.45511, 1e-4);
    NEAR(purchases_alive(PARETO, of(PARETO), &one), 0.86912, 1e-5);
    static const double walkthrough[] = {0.55, 10.56, 0.61, 11.64},
                        btyd[] = {0,          0.05077821, 0.09916088, 0.14542507, 0.18979930,
                                  0.23247466, 0.27361274, 0.31335159, 0.35181024, 0.38909211};
    for (size_t i = 0; i < COUNT(btyd); i++)
        NEAR(purchases_mean(PARETO, walkthrough, (double)i), btyd[i], 1e-8);
    static const double rounded[] = {0.243, 4.414, 0.793, 2.426}, /* BTYD: P(X(30) = 11 … 20) */
        counts[] = {0.0019995214, 0.0015170236, 0.0011633150, 0.0009003148, 0.0007023638,
                    0.0005517902, 0.0004361913, 0.0003467171, 0.0002769613, 0.0002222260};
    NEAR(purchases_chance(BG, rounded, 2, 10), 1.07869e-07, 1e-12);
    NEAR(purchases_chance(BG, rounded, 39, 0), 0.5737864, 1e-7);
    for (uint32_t i = 0; i < COUNT(counts); i++)
        NEAR(purchases_chance(BG, rounded, 30, 11 + i), counts[i], 1e-9);
}

static void the_held_out_weeks(void **state) {
    NEEDS_CDNOW;
    static const struct {
        int model;
        double total, mae, rmse, correlation;
    } expected[] = {{BG, 1653.4, 0.7855, 1.6080, 0.6256}, {PARETO, 1665.5, 0.7545, 1.6028, 0.6302}};
    double n = (double)world.cdnow.n;
    for (size_t e = 0; e < COUNT(expected); e++) {
        double sum = 0, off = 0, square = 0, yy = 0, z = 0, zz = 0, yz = 0;
        for (size_t i = 0; i < world.cdnow.n; i++) {
            double later = world.cdnow.later[i],
                   y = purchases_expected(expected[e].model, of(expected[e].model), &world.cdnow.buyers[i],
                                          39);
            sum += y, off += fabs(y - later), square += (y - later) * (y - later);
            yy += y * y, z += later, zz += later * later, yz += y * later;
        }
        NEAR(sum, expected[e].total, 0.05);
        NEAR(off / n, expected[e].mae, 1e-4);
        NEAR(sqrt(square / n), expected[e].rmse, 1e-4);
        NEAR((yz - sum * z / n) / sqrt((yy - sum * sum / n) * (zz - z * z / n)), expected[e].correlation,
             1e-4);
    }
}

/* What lifetimes, CLVTools and pymc-marketing test themselves with, without any file. */
static void hard_ones_stay_finite(void **state) {
    (void)state;
    static const double stress[] = {0.5143, 2.8845, 0.2856, 14.1087};
    struct buyer heavy[] = {{221, 103.42857, 103.57143, 0, 1},
                            {254, 97.14286, 97.28571, 0, 1},
                            {161, 94.71429, 98.0, 0, 1},
                            {204, 98.57143, 99.42857, 0, 1}};
    for (size_t i = 0; i < COUNT(heavy); i++) {
        double alive = purchases_alive(PARETO, stress, &heavy[i]);
        assert_true(alive > 0.5 && alive < 1);
    }
    static const double stable[] = {0.25, 4, 0.8, 2.5};
    struct buyer none = {0, 0, 40, 0, 1}, many = {200, 38, 40, 0, 1};
    NEAR(purchases_likelihood(BG, stable, &none, 1), -0.59947382, 1e-8);
    NEAR(purchases_likelihood(BG, stable, &many, 1), 100.7957, 1e-4);
    static const double apart[] = {10.465, 7.98565181e-03, 3.0516, 2.820};
    struct buyer busy[] = {{400, 5, 6, 0, 1}, {500, 1, 37, 0, 1}, {500, 4, 37, 0, 1}};
    for (size_t i = 0; i < COUNT(busy); i++) {
        double alive = purchases_alive(PARETO, apart, &busy[i]);
        assert_true(alive >= 0 && alive <= 1 && isfinite(purchases_likelihood(PARETO, apart, &busy[i], 1)));
    }
    static const double rounded[] = {0.55, 10.58, 0.61, 11.67};
    struct buyer long_ones[] = {{132, 200, 200, 0, 1}, {133, 200, 200, 0, 1}};
    NEAR(purchases_expected(PARETO, rounded, &long_ones[0], 10), 6.2060517889632418, 1e-9);
    NEAR(purchases_expected(PARETO, rounded, &long_ones[1], 10), 6.2528722475748113, 1e-9);
    struct buyer thousand = {1000, 10, 100, 0, 1};
    for (int m = BG; m <= PARETO; m++) {
        struct buyer million = {1e6, 99, 100, 0, 1};
        assert_true(purchases_alive(m, stable, &thousand) < 1e-12); /* 0 in lifetimes */
        assert_true(isfinite(purchases_likelihood(m, stable, &million, 1)));
        assert_true(isfinite(purchases_expected(m, stable, &million, 10)));
    }
}

/* ₂F₁ by its series, for |z| < 1. */
static double hypergeometric(double a, double b, double c, double z) {
    double sum = 0, term = 1;
    for (int n = 0; n < 100000 && fabs(term) > 1e-17 * fabs(sum); n++) {
        sum += term;
        term *= (a + n) * (b + n) / (c + n) / (n + 1) * z;
    }
    return sum;
}

/* The published forms of BG (Fader, Hardie and Lee 2005, (9) and (10)) and of MBG, where they can be
 * computed. */
static void expectations_are_the_published_forms(void **state) {
    (void)state;
    for (int i = 0; i < 300; i++) {
        double r = gamma_draw(1, 1) + 0.02, alpha = gamma_draw(2, 0.3) + 0.1, a = 1.05 + gamma_draw(1, 0.7),
               b = gamma_draw(1, 0.4) + 0.02, t = 20 * uniform() + 0.01;
        const double p[] = {r, alpha, a, b};
        double z = t / (alpha + t), base = log(alpha / (alpha + t));
        double bg = (a + b - 1) / (a - 1) * (1 - exp(r * base) * hypergeometric(r, b, a + b - 1, z));
        NEAR(purchases_mean(BG, p, t), bg, 1e-10 + 1e-9 * bg);
        double mbg = b / (a - 1) * (1 - exp(r * base) * hypergeometric(r, b + 1, a + b, z));
        NEAR(purchases_mean(MBG, p, t), mbg, 1e-10 + 1e-9 * mbg);
        struct buyer buyer = {floor(20 * uniform()) + 1, 0, 5 + 10 * uniform(), 0, 1};
        buyer.last = buyer.age * uniform();
        double x = buyer.repeats, old = alpha + buyer.age,
               odds = a / (b + x - 1) * pow(old / (alpha + buyer.last), r + x);
        double still =
            (a + b + x - 1) / (a - 1) *
            (1 - pow(old / (old + t), r + x) * hypergeometric(r + x, b + x, a + b + x - 1, t / (old + t)));
        NEAR(purchases_expected(BG, p, &buyer, t), still / (1 + odds), 1e-9 + 1e-8 * still);
    }
    /* At a = 1 the form divides by 0; ours lies between its neighbours. */
    const double below[] = {0.5, 2, 0.999, 3}, at[] = {0.5, 2, 1, 3}, above[] = {0.5, 2, 1.001, 3};
    double middle = (purchases_mean(BG, below, 9) + purchases_mean(BG, above, 9)) / 2;
    NEAR(purchases_mean(BG, at, 9), middle, 1e-6);
    /* Nearly nobody leaves: r t / α. Nearly all leave at once: a purchase is the last one. */
    const double loyal[] = {2, 4, 1e-4, 1e3}, fickle[] = {2, 4, 1e3, 1e-4};
    NEAR(purchases_mean(BG, loyal, 10), 5, 1e-4);
    NEAR(purchases_mean(BG, fickle, 10), 1 - pow(4.0 / 14, 2), 1e-4);
    /* 20,000 purchases ahead, whose first chances are below what a double holds; 1e12 are not reckoned;
     * hardly any time. */
    const double often[] = {2e5, 100, 1e-9, 1};
    NEAR(purchases_mean(BG, often, 10), 20000, 1e-3);
    assert_true(isnan(purchases_mean(BG, often, 1e9)));
    NEAR(purchases_mean(BG, loyal, 1e-300) * 1e300, 0.5, 1e-12);
    assert_true(purchases_mean(BG, loyal, 1e-320) < 1e-319);
    const double flowing[] = {0.5, 2, 1, 3}; /* s = 1: (r / α) β ln(1 + t / β) */
    NEAR(purchases_mean(PARETO, flowing, 9), 0.25 * 3 * log(4), 1e-12);
}

/* Pareto's likelihood by its definition: Simpson's rule on 20,000 pieces of the time of leaving. */
static void pareto_is_its_integral(void **state) {
    (void)state;
    for (int i = 0; i < 60; i++) {
        const double p[] = {gamma_draw(1, 1) + 0.05, gamma_draw(1, 0.1) + 0.2, gamma_draw(1, 1) + 0.05,
                            gamma_draw(1, 0.1) + 0.2};
        struct buyer b = {floor((i % 2 ? 8 : 300) * uniform()), 0, 1 + 30 * uniform(), 0, 1};
        if (b.repeats > 0) b.last = b.age * uniform();
        enum { PIECES = 20000 };
        double k = p[0] + b.repeats, sum = 0; /* beyond e^−45 there is nothing */
        double h = fmin(b.age - b.last, (p[1] + b.last) * expm1(45 / k)) / PIECES;
        double top = -k * log(p[1] + b.last) - (p[2] + 1) * log(p[3] + b.last);
        for (int j = 0; j <= PIECES; j++) {
            double u = b.last + j * h, weight = j == 0 || j == PIECES ? 1 : j & 1 ? 4 : 2;
            sum += weight * exp(-k * log(p[1] + u) - (p[2] + 1) * log(p[3] + u) - top);
        }
        double there = exp(-k * log(p[1] + b.age) - p[2] * log(p[3] + b.age) - top),
               left = p[2] * sum * h / 3;
        double ln =
            ln_gamma(k) - ln_gamma(p[0]) + p[0] * log(p[1]) + p[2] * log(p[3]) + top + log(there + left);
        NEAR(purchases_likelihood(PARETO, p, &b, 1), ln, 1e-8);
        NEAR(purchases_alive(PARETO, p, &b), there / (there + left), 1e-8);
    }
}

/* Chances of all counts add up to 1, and their mean is the mean: two forms that share nothing. */
static void chances_add_up(void **state) {
    (void)state;
    static const double sets[][4] = {{0.243, 4.414, 0.793, 2.426}, {2, 3, 0.5, 4}, {1.5, 20, 1.6, 3}};
    for (int m = BG; m <= PARETO; m++)
        for (size_t s = 0; s < COUNT(sets); s++) {
            double all = 0, mean = 0;
            for (uint32_t n = 0; n < 700; n++) {
                double chance = purchases_chance(m, sets[s], 25, n);
                all += chance, mean += n * chance;
            }
            NEAR(all, 1, 1e-9);
            NEAR(mean, purchases_mean(m, sets[s], 25), 1e-7);
        }
    assert_true(purchases_chance(BG, sets[0], 0, 0) == 1 && purchases_chance(PARETO, sets[0], 0, 3) == 0);
}

static struct buyer drawn(int model, const double *p, double age, double ahead, double *later, bool *there) {
    double rate = gamma_draw(p[0], p[1]), leaves = 0, ends = INFINITY, t = 0;
    struct buyer b = {.age = age, .count = 1};
    if (model == PARETO)
        ends = exponential(gamma_draw(p[2], p[3]));
    else
        leaves = beta_draw(p[2], p[3]);
    if (model == MBG && uniform() < leaves) ends = 0;
    *later = 0;
    *there = ends > age;
    while ((t += exponential(rate)) < fmin(ends, age + ahead)) {
        if (t <= age)
            b.repeats++, b.last = t;
        else
            ++*later;
        if (model != PARETO && uniform() < leaves) ends = t;
        if (ends <= age) *there = false;
    }
    return b;
}

/* 20,000 buyers of each kind: what they do later, how many are there, and the parameters they came from. */
static void buyers_made_by_chance(void **state) {
    (void)state;
    static const double truth[][4] = {
        [BG] = {0.8, 6, 0.9, 3}, [MBG] = {0.8, 6, 0.9, 3}, [PARETO] = {0.8, 6, 0.9, 20}};
    enum { BUYERS = 20000 };
    struct buyer *buyers = memory_new(BUYERS * sizeof *buyers);
    for (int m = BG; m <= PARETO; m++) {
        double later = 0, expected = 0, there = 0, alive = 0, worth = 0, known = 0;
        for (size_t i = 0; i < BUYERS; i++) {
            double more;
            bool is_there;
            buyers[i] = drawn(m, truth[m], 10 + 3 * (double)(i % 5), 12, &more, &is_there);
            later += more, there += is_there;
            expected += purchases_expected(m, truth[m], &buyers[i], 12);
            alive += purchases_alive(m, truth[m], &buyers[i]);
            if (i == 99)
                worth = purchases_worth(m, truth[m], &buyers[i], 2, 1, 12, 0),
                known = purchases_expected(m, truth[m], &buyers[i], 12);
        }
        NEAR(later / expected, 1, 0.03);
        NEAR(there / alive, 1, 0.01);
        NEAR(worth, 2 * known, 1e-9 * worth);
        struct maximum fit;
        assert_int_equal(purchases_fit(m, buyers, 3000, &fit), FIT_DONE);
        assert_true(fit.ln >= purchases_likelihood(m, truth[m], buyers, 3000));
        for (int i = 0; i < 4; i++)
            NEAR(log(fit.parameter[i] / truth[m][i]), 0, 3.5 * fit.error[i] / fit.parameter[i]);
    }
    free(buyers);
}

/* lifetimes' page of CDNOW: 12 "months" of 30 weeks, 1 % each, values of gamma–gamma by customer. */
static void worth_is_that_of_lifetimes(void **state) {
    NEEDS_CDNOW;
    static double rows[3000][5];
    static struct buyer table[3000];
    size_t n = clv_table("cdnow_customers_summary_with_transactions.csv", rows, 3000);
    for (size_t i = 0; i < n; i++)
        table[i] = (struct buyer){rows[i][1], rows[i][2], rows[i][3], rows[i][4], 1};
    struct maximum fit;
    assert_int_equal(purchases_fit(BG, table, n, &fit), FIT_DONE);
    static const double spend[] = {24.658619, 18.911489, 35.170981, 35.170981, 35.170981, 71.462843},
                        worth[] = {140.096211, 18.943467, 38.180574, 38.180574, 38.180574, 1003.868107};
    for (size_t i = 0; i < COUNT(worth); i++)
        NEAR(purchases_worth(BG, fit.parameter, &table[i], spend[i], 30, 12, 0.01), worth[i],
             2e-4 * worth[i]);
}

static void a_log_by_hand(void **state) {
    (void)state;
    struct arena arena = {0};
    struct purchase log[] = {
        {7, 24, 9}, {7, 10, 5}, {7, 10, 1},  {7, 17, 2}, {7, 17, 4},   {7, 31, 8}, {7, 31, 1},
        {7, 99, 1}, {3, 20, 4}, {5, 26, 10}, {4, 25, 3}, {4, 25, 0.5}, {6, 5, 1},  {6, 30, 1},
    };
    struct buyers b = buyers_of(log, COUNT(log), 25, 40, 7, &arena);
    assert_int_equal(b.n, 4); /* 5 came after the end */
    static const struct buyer expected[] = {{0, 0, 5.0 / 7, 0, 1},
                                            {0, 0, 0, 0, 1},
                                            {0, 0, 20.0 / 7, 0, 1},
                                            {2, 2, 15.0 / 7, 7.5, 1}}; /* 2 + 4 and 9, by 2 */
    static const uint64_t who[] = {3, 4, 6, 7};
    static const double later[] = {0, 0, 1, 1};
    for (size_t i = 0; i < b.n; i++) {
        const struct buyer *x = &b.buyers[i], *y = &expected[i];
        assert_true(x->repeats == y->repeats && x->value == y->value && b.customers[i] == who[i] &&
                    b.later[i] == later[i]);
        NEAR(x->last, y->last, 1e-12);
        NEAR(x->age, y->age, 1e-12);
    }
    assert_int_equal(buyers_of(NULL, 0, 25, 40, 7, &arena).n, 0);
    size_t groups;
    struct buyer same[] = {{1, 2, 3, 9, 1}, {0, 0, 3, 0, 2}, {1, 2, 3, 5, 4}, {0, 0, 3, 0, 1}};
    struct buyer *grouped = buyers_grouped(same, COUNT(same), &groups, &arena);
    assert_int_equal(groups, 2);
    assert_true(grouped[0].count == 3 && grouped[1].count == 5 && grouped[1].repeats == 1);
    arena_free(&arena);
}

static void what_cannot_be_is_told(void **state) {
    (void)state;
    static const double p[] = {0.5, 2, 0.8, 3};
    static const struct buyer bad[] = {
        {-1, 0, 5, 0, 1},       {1.5, 2, 5, 0, 1},      {NAN, 2, 5, 0, 1}, {1, NAN, 5, 0, 1},
        {1, 2, NAN, 0, 1},      {1, 6, 5, 0, 1},        {0, 2, 5, 0, 1},   {2, 0, 5, 0, 1},
        {1, 2, 5, 0, 0},        {1, 2, 5, 0, NAN},      {0, 0, -1, 0, 1},  {1, -2, 5, 0, 1},
        {1, 2, INFINITY, 0, 1}, {INFINITY, 2, 5, 0, 1},
    };
    struct buyer good[60];
    struct maximum fit;
    for (size_t i = 0; i < COUNT(good); i++)
        good[i] = (struct buyer){(double)(i % 4), i % 4 ? 1 + (double)(i % 7) : 0, 9, 0, 1};
    for (int m = BG; m <= PARETO; m++) {
        for (size_t i = 0; i < COUNT(bad); i++) {
            struct buyer rows[60];
            memcpy(rows, good, sizeof rows);
            rows[17] = bad[i];
            size_t row = 0;
            assert_int_equal(buyers_check(rows, COUNT(rows), &row), FIT_BAD_DATA);
            assert_int_equal(row, 17);
            assert_int_equal(purchases_fit(m, rows, COUNT(rows), &fit), FIT_BAD_DATA);
            assert_true(isnan(purchases_alive(m, p, &bad[i])) &&
                        isnan(purchases_expected(m, p, &bad[i], 1)) &&
                        isnan(purchases_worth(m, p, &bad[i], 1, 1, 12, 0.01)) &&
                        isnan(purchases_likelihood(m, p, &bad[i], 1)));
        }
        static const double wrong[][4] = {{0, 2, 1, 1}, {1, -2, 1, 1}, {1, 2, NAN, 1}, {1, 2, 1, INFINITY}};
        for (size_t i = 0; i < COUNT(wrong); i++)
            assert_true(isnan(purchases_alive(m, wrong[i], good)) && isnan(purchases_mean(m, wrong[i], 1)) &&
                        isnan(purchases_chance(m, wrong[i], 1, 1)) &&
                        isnan(purchases_likelihood(m, wrong[i], good, 1)));
        assert_true(isnan(purchases_mean(m, p, -1)) && isnan(purchases_mean(m, p, NAN)) &&
                    isnan(purchases_expected(m, p, good, -1)) && isnan(purchases_chance(m, p, NAN, 1)) &&
                    isnan(purchases_worth(m, p, good, NAN, 1, 12, 0.01)) &&
                    isnan(purchases_worth(m, p, good, 1, 0, 12, 0)));
        assert_true(purchases_mean(m, p, 0) == 0 && purchases_expected(m, p, good, 0) == 0);

        /* Nobody at all, one, nobody twice: too few. */
        assert_int_equal(purchases_fit(m, good, 0, &fit), FIT_TOO_FEW);
        assert_int_equal(purchases_fit(m, good + 1, 1, &fit), FIT_TOO_FEW);
        struct buyer rows[60];
        for (size_t i = 0; i < COUNT(rows); i++)
            rows[i] = (struct buyer){0, 0, 9, 0, 1};
        assert_int_equal(purchases_fit(m, rows, COUNT(rows), &fit), FIT_TOO_FEW);
        /* All alike, and all with T = 0 but some: there is nothing by which buyers differ. */
        for (size_t i = 0; i < COUNT(rows); i++)
            rows[i] = (struct buyer){4, 8.9, 9, 0, 1};
        enum fit alike = purchases_fit(m, rows, COUNT(rows), &fit);
        assert_true(alike == FIT_AT_BOUND || alike == FIT_NOT_FOUND);
        /* New ones say nothing: with T = 0 the likelihood is that of the others (MBG, too: both ways of x =
         * 0). */
        struct buyer fresh = {0, 0, 0, 0, 1};
        NEAR(purchases_likelihood(m, p, &fresh, 1), 0, 1e-12);
        double alive = purchases_alive(m, p, &fresh);
        NEAR(alive, m == MBG ? p[3] / (p[2] + p[3]) : 1, 1e-12);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_becomes_the_papers_summary),
        cmocka_unit_test(fits_are_those_published),
        cmocka_unit_test(figures_are_those_published),
        cmocka_unit_test(the_held_out_weeks),
        cmocka_unit_test(hard_ones_stay_finite),
        cmocka_unit_test(expectations_are_the_published_forms),
        cmocka_unit_test(pareto_is_its_integral),
        cmocka_unit_test(chances_add_up),
        cmocka_unit_test(buyers_made_by_chance),
        cmocka_unit_test(worth_is_that_of_lifetimes),
        cmocka_unit_test(a_log_by_hand),
        cmocka_unit_test(what_cannot_be_is_told),
    };
    return cmocka_run_group_tests(tests, build_world, end_world);
}
