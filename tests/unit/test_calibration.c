/* Calibration and what measures it, against arithmetic by hand. */
#include "statistics/calibration.h"
#include "statistics/logit.h"
#include "statistics/scoring.h"

#include <math.h>
#include <stdlib.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

static struct arena arena;
static struct problem problem = {.arena = &arena};
static uint64_t seed = 42;
static double uniform(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

static struct calibration fit(enum calibration_kind kind, const double *margin, const uint8_t *outcome,
                              size_t n) {
    struct calibration calibration;
    assert_int_equal(calibration_fit(kind, &(struct calibration_slice){margin, outcome, n}, &arena,
                                     &calibration, &problem),
                     OK);
    return calibration;
}

/* Outcomes 0 1 0 1 1 at margins 1 2 3 4 5: 2 and 3 are pooled to ½. At 1 nothing happened: ½ of 2 cases is ¼;
 * at 4 and 5 all did: 2½ of 3. Between 1 and 2 half way: (¼ + ½)/2. */
static void steps_by_hand(void **state) {
    (void)state;
    double margin[] = {3, 1, 5, 2, 4}, flat[] = {7, 7, 7, 7};
    uint8_t outcome[] = {0, 0, 1, 1, 1}, one_in_four[] = {0, 1, 0, 0};
    struct calibration c = fit(CALIBRATION_ISOTONIC, margin, outcome, 5);
    static const double wanted[][2] = {
        {-9, 0.25}, {1, 0.25},    {1.5, 0.375}, {2, 0.5},      {2.7, 0.5},
        {3, 0.5},   {4, 2.5 / 3}, {5, 2.5 / 3}, {99, 2.5 / 3}, {3.5, (0.5 + 2.5 / 3) / 2}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_float_equal(calibration_chance(&c, wanted[i][0]), wanted[i][1], 1e-12);
    c = fit(CALIBRATION_ISOTONIC, flat, one_in_four, 4); /* equal margins are one step */
    assert_float_equal(calibration_chance(&c, 7), 0.25, 1e-12);
    assert_float_equal(calibration_chance(&c, 8), 0.25, 1e-12);
}

/* On many cases the steps are those of least squares: no other rising steps fit better, and their means are
 * those of the outcomes (Barlow et al. 1972). */
static void steps_rise_and_keep_means(void **state) {
    (void)state;
    enum { N = 3000 };
    static double margin[N];
    static uint8_t outcome[N];
    double happened = 0, sum = 0, before = 0;
    for (int i = 0; i < N; i++) {
        margin[i] = floor(uniform() * 400) / 100 - 2;
        outcome[i] = uniform() < sigmoid(2 * margin[i]);
        happened += outcome[i];
    }
    struct calibration c = fit(CALIBRATION_ISOTONIC, margin, outcome, N);
    for (int i = 0; i < N; i++)
        sum += calibration_chance(&c, margin[i]);
    assert_float_equal(sum, happened, 1.5); /* but for the halves of the ends */
    for (double at = -3; at < 3; at += 0.01) {
        double chance = calibration_chance(&c, at);
        assert_true(chance >= before && chance > 0 && chance < 1);
        assert_float_equal(chance, sigmoid(2 * at), 0.15);
        before = chance;
    }
}

/* Margins that are twice as bold as the truth and shifted by 1: Platt finds ½ and −½; the shift alone brings
 * the mean to the share. */
static void lines_and_shifts(void **state) {
    (void)state;
    enum { N = 40000 };
    static double margin[N];
    static uint8_t outcome[N];
    double happened = 0, sum = 0;
    for (int i = 0; i < N; i++) {
        double truth = 4 * uniform() - 3;
        margin[i] = 2 * truth + 1;
        outcome[i] = uniform() < sigmoid(truth);
        happened += outcome[i];
    }
    struct calibration platt = fit(CALIBRATION_PLATT, margin, outcome, N);
    assert_float_equal(platt.slope, 0.5, 0.02);
    assert_float_equal(platt.intercept, -0.5, 0.04);
    struct calibration shift = fit(CALIBRATION_SHIFT, margin, outcome, N);
    assert_true(shift.slope == 1);
    for (int i = 0; i < N; i++)
        sum += calibration_chance(&shift, margin[i]);
    assert_float_equal(sum, happened, 1e-6);
    double zero[] = {0, 0, 0, 0, 0}; /* the log odds of 1 in 5 are ln ¼ */
    uint8_t one_in_five[] = {0, 1, 0, 0, 0};
    assert_float_equal(fit(CALIBRATION_SHIFT, zero, one_in_five, 5).intercept, log(0.25), 1e-9);
}

struct slice {
    double margin[8000];
    uint8_t outcome[8000];
};
static struct calibration_slice make_slice(struct slice *slice, size_t n, double slope, double shift) {
    for (size_t i = 0; i < n; i++) {
        slice->margin[i] = 5 * uniform() - 3.5;
        slice->outcome[i] = uniform() < sigmoid(slope * slice->margin[i] + shift);
    }
    return (struct calibration_slice){slice->margin, slice->outcome, n};
}

static struct calibration_choice choose(struct calibration_slice earlier, struct calibration_slice later) {
    struct calibration_choice choice;
    assert_int_equal(calibration_choose(&earlier, &later, &arena, &choice, &problem), OK);
    return choice;
}

/* Too bold at both times: a line wins. Right at both: nothing wins, and the shift is next to nothing. Too
 * bold earlier and right later (drift): the line that was learnt loses. A later time with more cases: the
 * shift follows it. */
static void kept_only_where_it_wins_later(void **state) {
    (void)state;
    static struct slice a, b;
    struct calibration_choice c = choose(make_slice(&a, 8000, 0.5, 0), make_slice(&b, 8000, 0.5, 0));
    assert_int_equal(c.calibration.kind, CALIBRATION_PLATT);
    assert_true(c.log_loss[CALIBRATION_PLATT] < c.log_loss[CALIBRATION_NONE] - 0.01);
    assert_float_equal(c.calibration.slope, 0.5, 0.05);
    c = choose(make_slice(&a, 8000, 1, 0), make_slice(&b, 8000, 1, 0));
    assert_int_equal(c.calibration.kind, CALIBRATION_SHIFT);
    assert_float_equal(c.calibration.intercept, 0, 0.1);
    c = choose(make_slice(&a, 8000, 0.5, 0), make_slice(&b, 8000, 1, 0.7));
    assert_int_equal(c.calibration.kind, CALIBRATION_SHIFT);
    assert_float_equal(c.calibration.intercept, 0.7, 0.1);
    /* steps where the truth is steps; and none where there are few */
    struct calibration_slice earlier = make_slice(&a, 8000, 0, 0), later = make_slice(&b, 8000, 0, 0);
    for (int i = 0; i < 8000; i++) {
        a.outcome[i] = uniform() < (a.margin[i] < -1 ? 0.05 : 0.6);
        b.outcome[i] = uniform() < (b.margin[i] < -1 ? 0.05 : 0.6);
    }
    assert_int_equal(choose(earlier, later).calibration.kind, CALIBRATION_ISOTONIC);
    earlier.n = CALIBRATION_ISOTONIC_LEAST - 1;
    c = choose(earlier, later);
    assert_true(isnan(c.log_loss[CALIBRATION_ISOTONIC]));
    /* no later outcome: as it is */
    later.n = 0;
    c = choose(earlier, later);
    assert_int_equal(c.calibration.kind, CALIBRATION_NONE);
    assert_float_equal(calibration_chance(&c.calibration, 1), sigmoid(1), 1e-15);
}

static void bad_input_is_told(void **state) {
    (void)state;
    double margin[] = {1, NAN, 2}, parted[] = {-9, -8, 8, 9};
    uint8_t outcome[] = {1, 0, 1}, ones[] = {1, 1, 1}, apart[] = {0, 0, 1, 1};
    struct calibration c;
    for (int kind = CALIBRATION_SHIFT; kind < CALIBRATION_KINDS; kind++) {
        struct calibration_slice nothing = {margin, outcome, 0}, wrong = {margin, outcome, 3},
                                 same = {parted, ones, 3}, fine = {parted, apart, 4};
        assert_int_equal(calibration_fit(kind, &nothing, &arena, &c, &problem), BAD_INPUT);
        assert_int_equal(calibration_fit(kind, &wrong, &arena, &c, &problem), BAD_INPUT);
        assert_int_equal(calibration_fit(kind, &same, &arena, &c, &problem), BAD_INPUT);
        assert_int_equal(calibration_fit(kind, &fine, &arena, &c, &problem), OK);
        for (double at = -1000; at <= 1000; at += 50)
            assert_true(calibration_chance(&c, at) >= 0 && calibration_chance(&c, at) <= 1);
        problem_clear(&problem);
    }
}

/* ---- measures ---- */

/* Said 0.1 0.1 0.2 of which one happened, and 0.9 1 of which both did, in two halves: (3/5)|0.4/3 − 1/3| +
 * (2/5)|0.95 − 1| = 0.14. */
static void bins_by_hand(void **state) {
    (void)state;
    double chance[] = {0.1, 1, 0.1, 0.9, 0.2};
    uint8_t outcome[] = {0, 1, 1, 1, 0};
    struct calibration_bin bins[4];
    calibration_bins_by_width(chance, outcome, 5, bins, 2);
    assert_true(bins[0].n == 3 && bins[0].happened == 1 && bins[1].n == 2 && bins[1].happened == 2);
    assert_float_equal(bins[0].said, 0.4 / 3, 1e-15);
    assert_float_equal(bins[0].share, 1 / 3.0, 1e-15);
    assert_float_equal(bins[0].interval.low, proportion_wilson(1, 3).low, 1e-15);
    assert_float_equal(calibration_error(bins, 2), 0.14, 1e-12);
    calibration_bins_by_width(chance, outcome, 5, bins, 4);
    assert_true(bins[1].n == 0 && isnan(bins[1].said) && bins[3].from == 0.75 && bins[3].to == 1);
    struct ranking ranking = ranking_make(chance, outcome, NULL, 5, 0, &arena);
    size_t count = calibration_bins_by_count(&ranking, chance, bins, 2, &arena);
    assert_int_equal(count, 2);
    assert_true(bins[0].n == 3 && bins[1].n == 2 && bins[0].from == 0.1 && bins[1].from == 0.9 &&
                bins[1].to == 1);
    assert_float_equal(calibration_error(bins, 2), 0.14, 1e-12);
    calibration_bins_by_width(chance, outcome, 0, bins, 2);
    assert_true(isnan(calibration_error(bins, 2)));
}

/* scikit-learn's example of average_precision_score: risks .1 .4 .35 .8, the last two lost: .8 is right (1 of
 * 1), .4 is not, .35 is (2 of 3): ½ × 1 + ½ × ⅔ = 0.8333. */
static void precision_by_hand(void **state) {
    (void)state;
    double risk[] = {0.1, 0.4, 0.35, 0.8}, tied[] = {1, 1, 1, 2};
    uint8_t lost[] = {0, 0, 1, 1}, none[] = {0, 0, 0, 0};
    struct ranking r = ranking_make(risk, lost, NULL, 4, 0, &arena);
    assert_float_equal(ranking_average_precision(&r), 0.5 + 0.5 * 2 / 3, 1e-12);
    assert_float_equal(ranking_precision(&r, 1), 1, 1e-12);
    assert_float_equal(ranking_precision(&r, 2), 0.5, 1e-12);
    assert_float_equal(ranking_precision(&r, 99), 0.5, 1e-12);
    assert_true(isnan(ranking_precision(&r, 0)));
    r = ranking_make(tied, lost, NULL, 4, 0, &arena); /* the tied three fall together: ½ × 1 + ½ × 2/4 */
    assert_float_equal(ranking_average_precision(&r), 0.75, 1e-12);
    assert_float_equal(ranking_precision(&r, 2), (1 + 1 / 3.0) / 2, 1e-12);
    r = ranking_make(risk, none, NULL, 4, 0, &arena);
    assert_true(isnan(ranking_average_precision(&r)));
}

/* Half of 1,000 at 1 and half at 2, then a quarter and three quarters: about −¼ ln ½ + ¼ ln 1.5 = 0.2747, but
 * for the half cases. The same again is 0; half of them missing is a shift. */
static void drift_by_hand(void **state) {
    (void)state;
    enum { N = 1000 };
    static double was[N], is[N], missing[N];
    for (int i = 0; i < N; i++) {
        was[i] = i < N / 2 ? 1 : 2;
        is[i] = i < N / 4 ? 1 : 2;
        missing[i] = i % 2 ? NAN : was[i];
    }
    double half = 0.5;
    double plain = -0.25 * log(0.5) + 0.25 * log(1.5);
    assert_float_equal(stability_index(was, N, is, N, 2, &arena), plain, 2e-3);
    assert_float_equal(stability_index(was, N, is, N, 10, &arena), plain, 2e-3); /* two values: two bins */
    assert_float_equal(stability_index(was, N, was, N, 10, &arena), 0, 1e-15);
    assert_true(stability_index(was, N, missing, N, 10, &arena) > 0.25);
    assert_true(isnan(stability_index(was, N, is, 0, 10, &arena)));
    assert_true(isnan(stability_index(was, 0, is, N, 10, &arena)));
    assert_true(isfinite(stability_index(missing + 1, 1, &half, 1, 10, &arena)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_by_hand),     cmocka_unit_test(steps_rise_and_keep_means),
        cmocka_unit_test(lines_and_shifts),  cmocka_unit_test(kept_only_where_it_wins_later),
        cmocka_unit_test(bad_input_is_told), cmocka_unit_test(bins_by_hand),
        cmocka_unit_test(precision_by_hand), cmocka_unit_test(drift_by_hand),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}
