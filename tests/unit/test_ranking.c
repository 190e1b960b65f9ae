/* Figures of rankings, and shares, against arithmetic by hand, published intervals and
 * slower ways to the same. */
#include "statistics/ranking.h"

#include <math.h>
#include <stdio.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

static struct arena arena;
static uint64_t seed = 42;
static double uniform(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

static uint32_t own[5000]; /* every case its own account */

static struct ranking rank_of(const double *risk, const uint8_t *lost, size_t n) {
    for (size_t i = 0; i < n; i++)
        own[i] = (uint32_t)i;
    return ranking_make(risk, lost, own, n, n, &arena);
}

/* Pairs: 3 over 1, 3 over 2, 2 over 1 win, 2 against 2 is half: 3.5 of 4. */
static void auc_by_hand(void **state) {
    (void)state;
    double risk[] = {3, 1, 2, 2};
    uint8_t lost[] = {1, 0, 1, 0}, none[] = {0, 0, 0, 0};
    struct ranking r = rank_of(risk, lost, 4);
    assert_float_equal(ranking_auc(&r), 0.875, 1e-15);
    r = rank_of(risk, none, 4);
    assert_true(isnan(ranking_auc(&r)));
    double same[] = {7, 7, 7, 7};
    r = rank_of(same, lost, 4);
    assert_float_equal(ranking_auc(&r), 0.5, 1e-15); /* what a constant is worth */
}

/* Against every pair of 400 cases with many ties. */
static void auc_of_all_pairs(void **state) {
    (void)state;
    double risk[400], won = 0, pairs = 0;
    uint8_t lost[400];
    for (int i = 0; i < 400; i++) {
        risk[i] = floor(uniform() * 30);
        lost[i] = uniform() < risk[i] / 60;
    }
    for (int i = 0; i < 400; i++)
        for (int j = 0; j < 400; j++) {
            if (!lost[i] || lost[j]) continue;
            pairs++;
            won += risk[i] > risk[j] ? 1 : risk[i] == risk[j] ? 0.5 : 0;
        }
    struct ranking r = rank_of(risk, lost, 400);
    assert_float_equal(ranking_auc(&r), won / pairs, 1e-12);
}

/* Ten cases, two lost. The riskiest tenth is one case: lost 1 of 1 against 2 of 10 is 5 times; where the two
 * riskiest tie and one of them is lost, half a loss of one case: 2.5 times. */
static void lift_by_hand(void **state) {
    (void)state;
    double risk[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, tied[] = {1, 2, 3, 4, 5, 6, 7, 8, 10, 10};
    uint8_t lost[] = {0, 0, 1, 0, 0, 0, 0, 0, 0, 1};
    struct ranking r = rank_of(risk, lost, 10);
    assert_float_equal(ranking_lift(&r, 0.1), 5, 1e-12);
    r = rank_of(tied, lost, 10);
    assert_float_equal(ranking_lift(&r, 0.1), 2.5, 1e-12);
    assert_float_equal(ranking_lift(&r, 1), 1, 1e-12);
}

/* Newcombe 1998, Statistics in Medicine 17:857, table I, method 3. */
static void wilson_as_published(void **state) {
    (void)state;
    static const struct {
        double x, n, low, high;
    } rows[] = {
        {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct interval got = proportion_wilson(rows[i].x, rows[i].n);
        assert_float_equal(got.low, rows[i].low, 5e-5);
        assert_float_equal(got.high, rows[i].high, 5e-5);
    }
}

/* Four accounts with two equal cases each, one of them lost: p = 1/4, binomial 8 × 3/16 = 1.5; the accounts'
 * sums are 1.5 and three times −0.5, their squares 3; 3 / 1.5 × 4/3 = 8/3; 8 / (8/3) = 3. */
static void clustered_cases(void **state) {
    (void)state;
    uint8_t lost[] = {1, 0, 0, 0, 1, 0, 0, 0}, none[8] = {0};
    uint32_t cluster[] = {0, 1, 2, 3, 0, 1, 2, 3};
    assert_float_equal(effective_cases(lost, cluster, 8, 4, &arena), 3, 1e-12);
    assert_float_equal(effective_cases(none, cluster, 8, 4, &arena), 4, 1e-12);
}

static void bins_keep_ties(void **state) {
    (void)state;
    double risk[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, tied[] = {1, 1, 1, 1, 1, 1, 1, 8, 9, 10};
    uint8_t lost[10] = {0};
    size_t first[11];
    struct ranking r = rank_of(risk, lost, 10);
    assert_int_equal(ranking_bins(&r, 5, first), 5);
    for (size_t b = 0; b <= 5; b++)
        assert_int_equal(first[b], 2 * b);
    r = rank_of(tied, lost, 10);
    size_t n = ranking_bins(&r, 5, first); /* seven equal ones, then 8, then 9 and 10 */
    assert_int_equal(n, 3);
    assert_int_equal(first[1], 7);
    assert_int_equal(first[2], 8);
    assert_int_equal(first[3], 10);
}

/* The spread of the samples against DeLong's variance (1988), reckoned from every pair. */
static void samples_spread_as_they_should(void **state) {
    (void)state;
    enum { N = 600 };
    static double risk[N], placement[N], samples[RANKING_REPLICATES], again[RANKING_REPLICATES];
    static uint8_t lost[N];
    size_t losses = 0;
    for (int i = 0; i < N; i++) {
        lost[i] = i % 3 == 0;
        risk[i] = uniform() + 0.35 * lost[i];
        losses += lost[i];
    }
    double m = (double)losses, k = N - m, mean = 0, variance[2] = {0};
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++)
            if (lost[i] != lost[j]) placement[i] += (risk[i] > risk[j]) == (lost[i] == 1);
        placement[i] /= lost[i] ? k : m;
        if (lost[i]) mean += placement[i] / m;
    }
    for (int i = 0; i < N; i++)
        variance[lost[i]] += (placement[i] - mean) * (placement[i] - mean) / ((lost[i] ? m : k) - 1);
    double expected = sqrt(variance[1] / m + variance[0] / k);
    struct ranking r = rank_of(risk, lost, N);
    ranking_bootstrap(&r, 1, RANKING_REPLICATES, samples);
    ranking_bootstrap(&r, 1, RANKING_REPLICATES, again);
    assert_memory_equal(samples, again, sizeof samples);
    double middle = 0, spread = 0;
    for (int i = 0; i < RANKING_REPLICATES; i++)
        middle += samples[i] / RANKING_REPLICATES;
    for (int i = 0; i < RANKING_REPLICATES; i++)
        spread += (samples[i] - middle) * (samples[i] - middle) / (RANKING_REPLICATES - 1);
    assert_float_equal(sqrt(spread) / expected, 1, 0.15); /* 400 samples: ± 3.5 % one standard error */
    assert_float_equal(middle, mean, 0.005);
}

/* Labels that have nothing to do with the risk; two cases an account. */
static void shuffled_labels_hold_a_half(void **state) {
    (void)state;
    enum { N = 1000 };
    static double risk[N], samples[RANKING_REPLICATES];
    static uint8_t lost[N];
    static uint32_t cluster[N];
    int outside = 0;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < N; i++) {
            risk[i] = uniform();
            lost[i] = uniform() < 0.1;
            cluster[i] = (uint32_t)i / 2;
        }
        struct ranking r = ranking_make(risk, lost, cluster, N, N / 2, &arena);
        ranking_bootstrap(&r, 1, RANKING_REPLICATES, samples);
        struct interval got = interval_of(samples, RANKING_REPLICATES, &arena);
        outside += got.low > 0.5 || got.high < 0.5;
    }
    assert_true(outside <= 3); /* 1 of 20 is due; more than 3 has a chance of 1.6 % */
}

/* Cases that one account repeats tell nothing new: ten times the cases, the same interval. */
static void repeated_cases_do_not_narrow(void **state) {
    (void)state;
    enum { N = 120, TIMES = 10 };
    static double risk[N * TIMES], once[RANKING_REPLICATES], often[RANKING_REPLICATES];
    static uint8_t lost[N * TIMES];
    static uint32_t cluster[N * TIMES];
    for (int i = 0; i < N; i++)
        for (int t = 0; t < TIMES; t++) {
            risk[i + N * t] = t ? risk[i] : uniform();
            lost[i + N * t] = i % 4 == 0;
            cluster[i + N * t] = (uint32_t)i;
        }
    struct ranking a = ranking_make(risk, lost, cluster, N, N, &arena),
                   b = ranking_make(risk, lost, cluster, N * TIMES, N, &arena);
    ranking_bootstrap(&a, 1, RANKING_REPLICATES, once);
    ranking_bootstrap(&b, 1, RANKING_REPLICATES, often);
    for (int i = 0; i < RANKING_REPLICATES; i++)
        assert_float_equal(once[i], often[i], 1e-12);
}

/* −ln 0.8 twice; 0.2² twice. */
static void probabilities(void **state) {
    (void)state;
    double chance[] = {0.8, 0.2};
    uint8_t lost[] = {1, 0};
    assert_float_equal(log_loss(chance, lost, 2), 0.22314355131420976, 1e-12);
    assert_float_equal(brier(chance, lost, 2), 0.04, 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(auc_by_hand),
        cmocka_unit_test(auc_of_all_pairs),
        cmocka_unit_test(lift_by_hand),
        cmocka_unit_test(wilson_as_published),
        cmocka_unit_test(clustered_cases),
        cmocka_unit_test(bins_keep_ties),
        cmocka_unit_test(samples_spread_as_they_should),
        cmocka_unit_test(shuffled_labels_hold_a_half),
        cmocka_unit_test(repeated_cases_do_not_narrow),
        cmocka_unit_test(probabilities),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}
