/* sBG and BdW on the two segments of Fader and Hardie (2007, table 1), against the papers and the R packages
 * foretell and retenmod; and intervals against cohorts made by chance. */
#include "statistics/contract_life.h"
#include "clv_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define NEAR(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))
#define CONSTANT           CONTRACT_CONSTANT
#define SBG                CONTRACT_SBG
#define BDW                CONTRACT_BDW

enum { YEARS = 12 };
/* Of 1,000 customers, those left after each year. */
static const double high_end[] = {1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394},
                    regular[] = {1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173};

static struct contract_life fitted(int model, const double *alive, size_t years) {
    struct contract_period periods[YEARS] = {0};
    struct contract_life life;
    contract_add(periods, alive, years);
    assert_int_equal(contract_fit(model, periods, years, &life), FIT_DONE);
    return life;
}
static double left(const struct contract_life *life, double t) {
    return contract_survival(life->model, life->maximum.parameter, t) * 100;
}
static double mean_error(const struct contract_life *life, const double *alive, int from) {
    double sum = 0;
    for (int t = from; t <= YEARS; t++)
        sum += fabs(left(life, t) * 10 / alive[t] - 1) * 100;
    return sum / (YEARS + 1 - from);
}

static void the_papers(void **state) {
    (void)state;
    static const struct {
        const double *alive;
        size_t years;
        int model;
        double parameter[3], within, ln;
        int from; /* the first year of the projection */
        double share[YEARS];
    } rows[] = {
        {high_end,
         7,
         SBG,
         {0.66809, 3.80609},
         5e-4,
         -1611.158,
         1,
         {85.07, 74.69, 66.98, 60.99, 56.18, 52.22, 48.89, 46.04, 43.58, 41.42, 39.51, 37.80}},
        {regular,
         7,
         SBG,
         {0.70408, 1.18204},
         5e-4,
         -1680.265,
         1,
         {62.67, 47.38, 38.80, 33.21, 29.23, 26.25, 23.90, 22.01, 20.44, 19.12, 17.99, 17.00}},
        {high_end,
         4,
         SBG,
         {1.28098, 7.79039},
         5e-4,
         -1225.135,
         5,
         {53.44, 48.58, 44.45, 40.91, 37.84, 35.15}},
        {high_end,
         4,
         BDW,
         {0.25934, 1.72255, 1.58436},
         0,
         -1222.749,
         5,
         {54.661, 51.037, 48.104, 45.669, 43.604, 41.823}},
        {high_end,
         7,
         BDW,
         {0.21425, 1.42658, 1.72356},
         0,
         -1605.314,
         8,
         {46.775, 44.834, 43.158, 41.692, 40.393}},
        {regular,
         7,
         BDW,
         {0.45561, 0.77933, 1.28345},
         0,
         -1679.603,
         8,
         {22.335, 20.895, 19.680, 18.638, 17.733}},
    };
    for (size_t r = 0; r < COUNT(rows); r++) {
        struct contract_life life = fitted(rows[r].model, rows[r].alive, rows[r].years);
        for (size_t i = 0; i < life.maximum.parameters; i++)
            NEAR(life.maximum.parameter[i], rows[r].parameter[i],
                 rows[r].within > 0 ? rows[r].within : 1e-3 * rows[r].parameter[i]);
        NEAR(life.maximum.ln, rows[r].ln, 1e-3);
        for (int i = 0; i < YEARS && rows[r].share[i] > 0; i++)
            NEAR(left(&life, rows[r].from + i), rows[r].share[i], rows[r].model == SBG ? 0.006 : 0.001);
    }
}

static void retention_and_what_is_to_come(void **state) {
    (void)state;
    static const double retained[][5] = {{0.8507, 0.8780, 0.8968, 0.9106, 0.9212},
                                         {0.6267, 0.7561, 0.8188, 0.8559, 0.8804}};
    for (int segment = 0; segment < 2; segment++) {
        struct contract_life life = fitted(SBG, segment ? regular : high_end, 7);
        for (int t = 0; t < 5; t++)
            NEAR(contract_retention(SBG, life.maximum.parameter, t + 1), retained[segment][t], 6e-5);
    }
    /* At 10 % a year after 0 … 4 renewals, with the paper's rounded parameters. */
    static const double paper[] = {0.668, 3.806}, worth[] = {5.4149, 5.9018, 6.2943, 6.6203, 6.8971};
    for (int n = 0; n < 5; n++)
        NEAR(contract_worth(SBG, paper, n, 0.1), worth[n], 6e-5);
    const double theta = 0.2, weibull[] = {0.668, 3.806, 1}; /* by hand: r / (1 − r / (1 + d)) */
    NEAR(contract_worth(CONSTANT, &theta, 3, 0.1), 0.8 / (1 - 0.8 / 1.1), 1e-10);
    NEAR(contract_worth(BDW, weibull, 2, 0.1), worth[2], 6e-5); /* c = 1 is sBG */
    assert_true(contract_worth(SBG, paper, 0, 0.001) > contract_worth(SBG, paper, 0, 0.002));
}

/* Where the gamma functions are so large that their difference would be lost: mpmath, 60 digits. */
static void far_out(void **state) {
    (void)state;
    static const double steep[] = {0.15, 7969, 7.59};
    static const struct {
        double t, retained;
    } rows[] = {{1, 0.99998117741540816775},     {3, 0.94205376690038321696},
                {5, 0.7939892161158526467},      {10, 0.88699553728403279183},
                {100, 0.98862290685907527892},   {1000, 0.99886157886377608544},
                {100000, 0.99998861500788413514}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        NEAR(contract_retention(BDW, steep, rows[i].t), rows[i].retained, 1e-12);
    NEAR(contract_worth(BDW, steep, 0, 0.01), 10.263353293334309993, 1e-8);
    assert_true(contract_worth(BDW, steep, 0, 0.1) <= 1.1 / 0.1);
}

static void constant_churn_projects_worse(void **state) {
    (void)state;
    static const double *const segments[] = {high_end, regular};
    static const double mape[] = {2.83, 1.49};
    for (int s = 0; s < 2; s++) {
        struct contract_life constant = fitted(CONSTANT, segments[s], 7), sbg = fitted(SBG, segments[s], 7);
        NEAR(mean_error(&sbg, segments[s], 8), mape[s], 0.005);
        assert_true(mean_error(&constant, segments[s], 8) > 5 * mean_error(&sbg, segments[s], 8));
        assert_true(constant.maximum.ln < sbg.maximum.ln - 20);
    }
    /* By hand: 509 of 5,000-odd customer years were the last. */
    struct contract_life constant = fitted(CONSTANT, high_end, 7);
    double years = 1000 + 869 + 743 + 653 + 593 + 551 + 517;
    NEAR(constant.maximum.parameter[0], 509 / years, 1e-12);
    NEAR(constant.maximum.error[0], sqrt(509 / years * (1 - 509 / years) / years), 1e-12);
}

/* Cohorts of several ages, each seen only so far, add up to the likelihood of each alone; and the same
 * customers cut into two cohorts are the same customers. */
static void cohorts_pool(void **state) {
    (void)state;
    static const double p[] = {0.7, 1.2};
    struct contract_period pooled[YEARS] = {0}, first[YEARS] = {0}, second[3] = {{0}}, halves[7] = {{0}};
    contract_add(pooled, high_end, 7);
    contract_add(pooled, regular, 3);
    contract_add(first, high_end, 7);
    contract_add(second, regular, 3);
    NEAR(contract_likelihood(SBG, p, pooled, YEARS),
         contract_likelihood(SBG, p, first, 7) + contract_likelihood(SBG, p, second, 3), 1e-9);
    /* By the definition: Σ lost_t ln P(T = t) + left ln S. */
    double ln = 0;
    for (int t = 1; t <= 7; t++)
        ln += (high_end[t - 1] - high_end[t]) *
              log(contract_survival(SBG, p, t - 1) - contract_survival(SBG, p, t));
    ln += high_end[7] * log(contract_survival(SBG, p, 7));
    NEAR(contract_likelihood(SBG, p, first, 7), ln, 1e-8);
    double half[8];
    for (int t = 0; t < 8; t++)
        half[t] = high_end[t] / 2;
    contract_add(halves, half, 7);
    contract_add(halves, half, 7);
    struct contract_life whole = fitted(SBG, high_end, 7), parts;
    assert_int_equal(contract_fit(SBG, halves, 7, &parts), FIT_DONE);
    NEAR(parts.maximum.parameter[0], whole.maximum.parameter[0], 1e-9);
}

/* 400 times: 600 customers of sBG, half of them seen for 6 periods, half for 3. 95 % intervals of S(10) and
 * of DERL hold the truth in about 95 %: within 3 standard errors, 3.3 points. */
static void intervals_hold_the_truth(void **state) {
    (void)state;
    enum { TIMES = 400 };
    static const double truth[] = {0.9, 2.5};
    int survived = 0, worth = 0;
    for (int time = 0; time < TIMES; time++) {
        double alive[2][7] = {{0}};
        for (int i = 0; i < 600; i++) {
            double theta = beta_draw(truth[0], truth[1]);
            int age = 0, seen = i % 2 ? 3 : 6;
            for (alive[i % 2][0]++; age < seen && uniform() >= theta;)
                alive[i % 2][++age]++;
        }
        struct contract_period periods[6] = {{0}};
        struct contract_life life;
        contract_add(periods, alive[0], 6);
        contract_add(periods, alive[1], 3);
        assert_int_equal(contract_fit(SBG, periods, 6, &life), FIT_DONE);
        struct interval s = contract_survival_interval(&life, 10), w = contract_worth_interval(&life, 1, 0.1);
        double is = contract_survival(SBG, truth, 10), is_worth = contract_worth(SBG, truth, 1, 0.1);
        survived += s.low <= is && is <= s.high;
        worth += w.low <= is_worth && is_worth <= w.high;
        assert_true(s.low > 0 && s.high < 1 && w.low > 0);
    }
    NEAR(100.0 * survived / TIMES, 95, 3.3);
    NEAR(100.0 * worth / TIMES, 95, 3.3);
    struct contract_life life = fitted(SBG, high_end, 7);
    struct interval start = contract_survival_interval(&life, 0);
    assert_true(start.low == 1 && start.high == 1);
    assert_true(isnan(contract_survival_interval(&life, -1).low) &&
                isnan(contract_worth_interval(&life, 0, 0).high));
}

static void refusals(void **state) {
    (void)state;
    struct contract_life life;
    struct contract_period few[] = {{50, 10}, {40, 5}, {35, 4}}, short_one[] = {{100, 30}},
                           two[] = {{100, 30}, {70, 10}}, all[] = {{100, 100}, {0, 0}},
                           same[] = {{1000, 200}, {800, 160}, {640, 128}, {512, 102}},
                           rising[] = {{1000, 100}, {900, 180}, {720, 216}},
                           gap[] = {{100, 30}, {0, 0}, {70, 10}, {0, 0}};
    assert_int_equal(contract_fit(SBG, few, 3, &life), FIT_TOO_FEW);
    assert_int_equal(contract_fit(SBG, few, 0, &life), FIT_TOO_FEW);
    assert_int_equal(contract_fit(SBG, short_one, 1, &life), FIT_TOO_SHORT);
    assert_int_equal(contract_fit(BDW, two, 2, &life), FIT_TOO_SHORT);
    assert_int_equal(contract_fit(SBG, two, 2, &life), FIT_DONE);
    assert_int_equal(contract_fit(SBG, gap, 4, &life), FIT_DONE); /* what nobody came to says nothing */
    assert_int_equal(contract_fit(CONSTANT, all, 2, &life), FIT_AT_BOUND);
    assert_int_equal(contract_fit(SBG, same, 4, &life),
                     FIT_AT_BOUND); /* churn is constant: CONSTANT says it */
    assert_int_equal(contract_fit(CONSTANT, same, 4, &life), FIT_DONE);
    assert_int_equal(contract_fit(SBG, rising, 3, &life), FIT_AT_BOUND); /* sBG cannot rise */
    struct contract_period bad[][2] = {
        {{100, 120}, {50, 10}}, {{100, -1}, {50, 10}}, {{NAN, 1}, {50, 30}}, {{100, 40}, {INFINITY, 3}}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        static const double p[] = {1, 2, 1};
        assert_int_equal(contract_fit(SBG, bad[i], 2, &life), FIT_BAD_DATA);
        assert_true(isnan(contract_likelihood(SBG, p, bad[i], 2)));
    }
    static const double wrong[][3] = {{-1, 2, 1}, {1, NAN, 1}, {1, 2, 0}};
    static const double fine[] = {1, 2, 1};
    const double more = 1.5;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_true(isnan(contract_survival(BDW, wrong[i], 1)) &&
                    isnan(contract_retention(BDW, wrong[i], 1)) &&
                    isnan(contract_worth(BDW, wrong[i], 1, 0.1)));
    assert_true(isnan(contract_survival(CONSTANT, &more, 1)) && isnan(contract_survival(SBG, fine, NAN)) &&
                isnan(contract_retention(SBG, fine, 0)) && isnan(contract_worth(SBG, fine, 0, 1e-5)) &&
                isnan(contract_worth(SBG, fine, -1, 0.1)));
    assert_true(contract_survival(SBG, fine, 0) == 1 && contract_survival(CONSTANT, (double[]){1}, 1) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_papers),   cmocka_unit_test(retention_and_what_is_to_come),
        cmocka_unit_test(far_out),      cmocka_unit_test(constant_churn_projects_worse),
        cmocka_unit_test(cohorts_pool), cmocka_unit_test(intervals_hold_the_truth),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
