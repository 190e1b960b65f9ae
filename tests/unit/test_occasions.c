/* BG/BB on the donations of Fader, Hardie and Shang (2010), and by adding up every history there can be. */
#include "statistics/occasions.h"
#include "clv_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define NEAR(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

static void the_paper(void **state) {
    (void)state;
    static double rows[30][5];
    struct buyer donors[30];
    size_t n = clv_table("donations.csv", rows, 30);
    if (!n) skip();
    double all = 0, ahead = 0;
    for (size_t i = 0; i < n; i++) {
        donors[i] = (struct buyer){rows[i][0], rows[i][1], rows[i][2], 0, rows[i][3]};
        all += rows[i][3];
    }
    assert_true(n == 22 && all == 11104);
    static const double parameters[] = {1.2035, 0.7497, 0.6567, 2.7834};
    struct maximum fit;
    assert_int_equal(occasions_fit(donors, n, &fit), FIT_DONE);
    NEAR(fit.ln, -33225.581, 1e-3);
    for (int i = 0; i < 4; i++)
        NEAR(fit.parameter[i], parameters[i], 1e-3 * parameters[i]);
    struct buyer never = {0, 0, 6, 0, 1}, twice = {2, 4, 6, 0, 1}, always = {6, 6, 6, 0, 1};
    NEAR(occasions_alive(fit.parameter, &never), 0.11, 0.005); /* table 6 */
    NEAR(occasions_alive(fit.parameter, &twice), 0.59, 0.005);
    NEAR(occasions_alive(fit.parameter, &always), 0.93, 0.005);
    for (size_t i = 0; i < n; i++)
        ahead += donors[i].count * occasions_expected(fit.parameter, &donors[i], 5);
    NEAR(ahead, 12884.2, 0.1); /* Hardie's sheet of conditional expectations */
    NEAR(all * occasions_chance(fit.parameter, 6, 0), 3454.9, 0.05); /* his sheet of the fit, x = 0 and 6 */
    NEAR(all * occasions_chance(fit.parameter, 6, 6), 1253.1, 0.05);
}

/* All histories of 7 occasions: their chances add up to 1, what is expected of each afterwards to what is
 * expected of a new buyer, and who is there to who stays. */
static void all_histories(void **state) {
    (void)state;
    static const double sets[][4] = {{1.2, 0.75, 0.66, 2.78}, {0.3, 2, 1, 4}, {3, 3, 2.5, 0.8}};
    enum { N = 7, MORE = 5 };
    for (size_t s = 0; s < COUNT(sets); s++) {
        const double *p = sets[s];
        double sum = 0, ahead = 0, there = 0, counts[N + 1] = {0}, mean = 0;
        for (unsigned history = 0; history < 1u << N; history++) {
            struct buyer b = {.repeats = __builtin_popcount(history), .age = N, .count = 1};
            b.last = history ? 32 - __builtin_clz(history) : 0;
            double chance = exp(occasions_likelihood(p, &b, 1));
            sum += chance, ahead += chance * occasions_expected(p, &b, MORE);
            there += chance * occasions_alive(p, &b);
            counts[(int)b.repeats] += chance;
        }
        NEAR(sum, 1, 1e-12);
        NEAR(ahead, occasions_mean(p, N + MORE) - occasions_mean(p, N), 1e-12);
        double stays = 1; /* Π of the means of 1 − θ as those who leave are gone */
        for (int i = 0; i <= N; i++)
            stays *= (p[3] + i) / (p[2] + p[3] + i);
        NEAR(there, stays, 1e-12);
        for (uint32_t x = 0; x <= N; x++) {
            NEAR(occasions_chance(p, N, x), counts[x], 1e-12);
            mean += x * counts[x];
        }
        NEAR(mean, occasions_mean(p, N), 1e-12);
    }
}

static void what_cannot_be_is_told(void **state) {
    (void)state;
    static const double p[] = {1, 1, 1, 3}, wrong[] = {1, 0, 1, 3};
    static const struct buyer bad[] = {{3, 2, 6, 0, 1},   {1, 7, 6, 0, 1},   {1, 1.5, 6, 0, 1},
                                       {1, 1, 6.5, 0, 1}, {NAN, 1, 6, 0, 1}, {1, 1, 1e6, 0, 1}};
    struct buyer rows[40];
    struct maximum fit;
    for (size_t i = 0; i < COUNT(rows); i++)
        rows[i] = (struct buyer){(double)(i % 4), i % 4 ? 3 + (double)(i % 4) : 0, 6, 0, 1};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_true(isnan(occasions_alive(p, &bad[i])) && isnan(occasions_expected(p, &bad[i], 1)) &&
                    isnan(occasions_likelihood(p, &bad[i], 1)));
        struct buyer kept = rows[9];
        rows[9] = bad[i];
        assert_int_equal(occasions_fit(rows, COUNT(rows), &fit), FIT_BAD_DATA);
        rows[9] = kept;
    }
    assert_true(isnan(occasions_alive(wrong, rows)) && isnan(occasions_mean(wrong, 3)) &&
                isnan(occasions_chance(wrong, 3, 1)));
    assert_int_equal(occasions_fit(rows, 0, &fit), FIT_TOO_FEW);
    assert_int_equal(occasions_fit(rows + 1, 1, &fit), FIT_TOO_FEW);
    for (size_t i = 0; i < COUNT(rows); i++)
        rows[i] = (struct buyer){(double)(i % 3), (double)(i % 3), 2, 0, 1};
    assert_int_equal(occasions_fit(rows, COUNT(rows), &fit), FIT_TOO_SHORT);
    for (size_t i = 0; i < COUNT(rows); i++)
        rows[i] = (struct buyer){6, 6, 6, 0, 1}; /* everybody, always */
    enum fit always = occasions_fit(rows, COUNT(rows), &fit);
    assert_true(always == FIT_AT_BOUND || always == FIT_NOT_FOUND);
    struct buyer fresh = {0, 0, 0, 0, 1};
    NEAR(occasions_alive(p, &fresh), 0.75, 1e-12); /* δ / (γ + δ) */
    assert_true(occasions_chance(p, 3, 4) == 0 && occasions_mean(p, 0) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_paper),
        cmocka_unit_test(all_histories),
        cmocka_unit_test(what_cannot_be_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
