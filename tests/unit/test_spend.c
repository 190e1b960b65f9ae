/* The gamma–gamma model on CDNOW: Fader and Hardie's note 025, CLVTools, lifetimes; and its one condition. */
#include "statistics/gamma.h"
#include "statistics/spend.h"
#include "clv_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define NEAR(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

static size_t read_table(struct buyer *buyers) {
    static double rows[3000][5];
    size_t n = clv_table("cdnow_customers_summary_with_transactions.csv", rows, 3000);
    for (size_t i = 0; i < n; i++)
        buyers[i] = (struct buyer){rows[i][1], rows[i][2], rows[i][3], rows[i][4], 1};
    return n;
}

static void cdnow_is_as_published(void **state) {
    (void)state;
    static struct buyer table[3000];
    struct arena arena = {0};
    struct buyers cdnow = clv_cdnow(&arena);
    size_t n = read_table(table);
    if (!cdnow.n || !n) skip();
    static const double parameters[] = {6.2496, 3.7442, 15.4435};
    struct maximum fit;
    assert_int_equal(spend_fit(cdnow.buyers, cdnow.n, &fit), FIT_DONE);
    NEAR(fit.ln, -4055.9177, 1e-4);
    for (int i = 0; i < 3; i++)
        NEAR(fit.parameter[i], parameters[i], 2e-3 * parameters[i]);
    assert_int_equal(spend_fit(table, n, &fit), FIT_DONE);
    NEAR(fit.ln, -4055.9232, 1e-4);

    /* lifetimes' page: means of the first ten, and of all. */
    static const double page[] = {24.658619, 18.911489, 35.170981, 35.170981, 35.170981,
                                  71.462843, 18.911489, 35.170981, 27.282408, 35.170981};
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += spend_expected(fit.parameter, &table[i]);
    for (size_t i = 0; i < COUNT(page); i++)
        NEAR(spend_expected(fit.parameter, &table[i]), page[i], 1e-4 * page[i]);
    NEAR(all / (double)n, 35.2529588, 1e-3);
    NEAR(spend_mean(fit.parameter), 35.170981, 4e-3);

    static const double rounded[] = {6.25, 3.74, 15.44}, /* the paper's, and its sheet within 0.1 */
        expected[] = {24.66, 18.92, 35.22, 35.22, 35.22, 71.47, 18.92, 35.22, 27.29, 35.22},
                        sheet[] = {24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17};
    for (size_t i = 0; i < COUNT(expected); i++) {
        NEAR(spend_expected(rounded, &table[i]), expected[i], 0.005);
        NEAR(spend_expected(rounded, &table[i]), sheet[i], 0.1);
    }
    /* Cents instead of dollars: the same but for the unit (946 densities by 100). */
    for (size_t i = 0; i < n; i++)
        table[i].value *= 100;
    struct maximum cents;
    assert_int_equal(spend_fit(table, n, &cents), FIT_DONE);
    NEAR(cents.ln, fit.ln - 946 * log(100), 1e-4);
    NEAR(cents.parameter[2] / fit.parameter[2], 100, 0.05);

    struct spend_independence condition = spend_independence(table, n);
    NEAR(condition.correlation, 0.113884, 1e-6); /* lifetimes' page */
    assert_int_equal(condition.verdict, INDEPENDENCE_HOLDS);
    arena_free(&arena);
}

/* One purchase a buyer: z / ν is a ratio of gammas, whose density integrates to 1. */
static void its_density_is_one(void **state) {
    (void)state;
    static const double sets[][3] = {{6.25, 3.74, 15.44}, {1.5, 2, 3}};
    for (size_t s = 0; s < COUNT(sets); s++)
        for (double x = 1; x <= 3; x++) {
            double sum = 0, mean = 0, step = 0.01;
            for (double y = -25; y < 25; y += step) { /* over ln z */
                struct buyer b = {x, 1, 2, exp(y), 1};
                double density = exp(spend_likelihood(sets[s], &b, 1) + y) * step;
                sum += density, mean += density * b.value;
            }
            NEAR(sum, 1, 1e-9);
            NEAR(mean, spend_mean(sets[s]), 1e-6 * mean);
        }
}

static void the_condition(void **state) {
    (void)state;
    struct buyer b[100];
    for (size_t i = 0; i < COUNT(b); i++) /* whoever buys more often pays more */
        b[i] = (struct buyer){1 + (double)(i % 10), 1, 2, 10 + (double)(i % 10) + (double)(i % 3), 1};
    assert_int_equal(spend_independence(b, COUNT(b)).verdict, INDEPENDENCE_BROKEN);
    for (size_t i = 0; i < COUNT(b); i++)
        b[i].value = 10 + (double)((i / 10) % 5); /* whatever the count */
    struct spend_independence even = spend_independence(b, COUNT(b));
    NEAR(even.correlation, 0, 1e-12);
    NEAR(even.interval.high, tanh(1.959963984540054 / sqrt(97)), 1e-12); /* Fisher, by hand: 0.1964 */
    assert_int_equal(even.verdict, INDEPENDENCE_HOLDS);
    assert_int_equal(spend_independence(b, 30).verdict, INDEPENDENCE_UNSURE);
    assert_int_equal(spend_independence(b, 19).verdict, INDEPENDENCE_UNKNOWN);
    assert_int_equal(spend_independence(b, 0).verdict, INDEPENDENCE_UNKNOWN);
    for (size_t i = 0; i < COUNT(b); i++)
        b[i].value = 1e6; /* all alike */
    assert_true(isnan(spend_independence(b, COUNT(b)).correlation));
    b[50].value = NAN;
    assert_int_equal(spend_independence(b, COUNT(b)).verdict, INDEPENDENCE_UNKNOWN);
}

static void what_cannot_be_is_told(void **state) {
    (void)state;
    static const double p[] = {6, 3, 15}, no_mean[] = {0.5, 0.9, 15}, wrong[] = {6, -3, 15};
    struct buyer b[60], none = {0, 0, 2, 0, 1}, one = {1, 1, 2, 30, 1};
    struct maximum fit;
    for (size_t i = 0; i < COUNT(b); i++)
        b[i] = (struct buyer){1 + (double)(i % 3), 1, 2, 30, 1};
    assert_int_equal(spend_fit(b, 0, &fit), FIT_TOO_FEW);
    assert_int_equal(spend_fit(b, 1, &fit), FIT_TOO_FEW);
    enum fit alike = spend_fit(b, COUNT(b), &fit); /* all pay the same: the shape has no end */
    assert_true(alike == FIT_AT_BOUND || alike == FIT_NOT_FOUND);
    static const double bad[] = {0, -5, NAN, INFINITY};
    for (size_t i = 0; i < COUNT(bad); i++) {
        b[5].value = one.value = bad[i];
        assert_int_equal(spend_fit(b, COUNT(b), &fit), FIT_BAD_DATA);
        assert_true(isnan(spend_expected(p, &one)) && isnan(spend_likelihood(p, &one, 1)));
    }
    assert_true(isnan(spend_mean(no_mean)) && isnan(spend_expected(no_mean, &none)) &&
                isnan(spend_mean(wrong)) && isnan(spend_expected(wrong, &one)));
    NEAR(spend_expected(p, &none), 6 * 15 / 2.0, 1e-12);
    static const double heavy[] = {0.1, 0.5, 15}; /* p x + q ≤ 1: even of a buyer there is no mean */
    one.value = 30;
    assert_true(isnan(spend_expected(heavy, &one)) && spend_expected(p, &one) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cdnow_is_as_published),
        cmocka_unit_test(its_density_is_one),
        cmocka_unit_test(the_condition),
        cmocka_unit_test(what_cannot_be_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
