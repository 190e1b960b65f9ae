/* Sums of renewals that are not independent: means and small cases by hand, binomial limits from R's qbinom,
 * and whether the limits hold what they promise in planted worlds. */
#include "base/vec.h"
#include "statistics/renewals.h"

#include <math.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

#define NEAR(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

static void means_are_those_of_the_chances(void **state) {
    (void)state;
    struct arena arena = {0};
    const struct renewal_case cases[] = {
        {0.9, 1000, 0, 0}, {0.5, 200, 1, 0}, {0.25, 400, 0, 1}, {1, 50, 2, 1}, {0, 70, 3, 1}};
    struct renewals_sum out[3];
    assert_true(renewals_forecast(cases, COUNT(cases), 2, 4, 0.7, 1, &arena, out));
    NEAR(out[0].count.mean, 1.4, 1e-12);
    NEAR(out[0].amount.mean, 1000, 1e-9); /* 900 + 100 */
    NEAR(out[1].count.mean, 1.25, 1e-12);
    NEAR(out[1].amount.mean, 150, 1e-9); /* 100 + 50 + 0 */
    NEAR(out[2].count.mean, 2.65, 1e-12);
    NEAR(out[2].amount.mean, 1150, 1e-9);
    assert_true(out[1].count.low >= 1 && out[1].count.high <= 2); /* one is certain, one cannot come */
    struct renewals_sum again[3];
    assert_true(renewals_forecast(cases, COUNT(cases), 2, 4, 0.7, 1, &arena, again));
    assert_memory_equal(out, again, sizeof out);
    arena_free(&arena);
}

/* qbinom(c(.05, .95), 40, .8) = 28, 36; qbinom(c(.05, .95), 10, .5) = 2, 8. */
static void without_a_shift_it_is_binomial(void **state) {
    (void)state;
    struct arena arena = {0};
    struct renewal_case cases[40];
    struct renewals_sum out[2];
    for (uint32_t i = 0; i < 40; i++)
        cases[i] = (struct renewal_case){0.8, 10, i, 0};
    assert_true(renewals_forecast(cases, 40, 1, 40, 0, 5, &arena, out));
    NEAR(out[0].count.low, 28, 0);
    NEAR(out[0].count.high, 36, 0);
    NEAR(out[0].amount.low, 280, 0);
    for (uint32_t i = 0; i < 10; i++)
        cases[i] = (struct renewal_case){0.5, 10, i, 0};
    assert_true(renewals_forecast(cases, 10, 1, 10, 0, 5, &arena, out));
    NEAR(out[1].count.low, 2, 0);
    NEAR(out[1].count.high, 8, 0);
    for (uint32_t i = 0; i < 10; i++) /* the ten lines of one account come together or not at all */
        cases[i].cluster = 0;
    assert_true(renewals_forecast(cases, 10, 1, 1, 0, 5, &arena, out));
    NEAR(out[0].count.low, 0, 0);
    NEAR(out[0].count.high, 10, 0);
    arena_free(&arena);
}

static void bad_input_answers_with_nothing(void **state) {
    (void)state;
    struct arena arena = {0};
    static const struct renewal_case bad[] = {{1.5, 1, 0, 0},  {NAN, 1, 0, 0},        {-0.1, 1, 0, 0},
                                              {0.5, -1, 0, 0}, {0.5, INFINITY, 0, 0}, {0.5, NAN, 0, 0},
                                              {0.5, 1, 1, 0},  {0.5, 1, 0, 1}};
    struct renewals_sum out[2];
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(renewals_forecast(&bad[i], 1, 1, 1, 0, 1, &arena, out));
        assert_true(isnan(out[0].count.mean) && isnan(out[1].amount.high));
    }
    struct renewal_case good = {0.5, 1, 0, 0};
    assert_false(renewals_forecast(&good, 1, 1, 1, -1, 1, &arena, out));
    assert_false(renewals_forecast(&good, 1, 1, 1, NAN, 1, &arena, out));
    assert_true(renewals_forecast(NULL, 0, 1, 0, 1, 1, &arena, out));
    NEAR(out[1].count.mean, 0, 0);
    NEAR(out[1].amount.high, 0, 0);
    bool estimated = true;
    assert_true(isnan(renewals_shift(bad, 1, 1, 1, &estimated)));
    NEAR(renewals_shift(NULL, 0, 0, 0, &estimated), RENEWALS_SHIFT, 0);
    assert_false(estimated);
    arena_free(&arena);
}

/* ---- planted worlds ---- */

static uint64_t seed;
static double
uniform(void) { /* xorshift64* (Marsaglia 2003; Vigna 2016), another generator than the one tested */
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return ((double)((seed * 0x2545f4914f6cdd1du) >> 11) + 0.5) * 0x1p-53;
}
static double normal(void) {
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += uniform();
    return sum;
}

enum { PERIODS = 11, LINES = 150 };
/* Lines of accounts, three lines to every two accounts, with chances about 0.8 as a good model gives them; a
 * year's shift moves all of a period. */
static void plant(double shift, struct renewal_case *cases) {
    for (uint32_t t = 0; t < PERIODS; t++) {
        double b = shift * normal(), noise = 0;
        for (uint32_t i = 0; i < LINES; i++) {
            double place = 1.5 + normal(), u = uniform();
            if (i % 3 != 1) noise = log(u / (1 - u));
            cases[t * LINES + i] =
                (struct renewal_case){.probability = 1 / (1 + exp(-place)),
                                      .amount = 100 + 900 * uniform(),
                                      .cluster = t * LINES + i - (i % 3 == 1),
                                      .period = t,
                                      .renewed = place * sqrt(1 + 0.346 * shift * shift) + b + noise > 0};
        }
    }
}

struct coverage {
    double count, amount;
};

static void judge(const struct renewal_case *next, size_t n, const struct renewals_sum *sum, double weight,
                  struct coverage *coverage) {
    double came = 0, brought = 0;
    for (size_t i = 0; i < n; i++) {
        came += next[i].renewed;
        brought += next[i].renewed ? next[i].amount : 0;
    }
    if (came >= sum->count.low && came <= sum->count.high) coverage->count += weight;
    if (brought >= sum->amount.low && brought <= sum->amount.high) coverage->amount += weight;
}

/* The next period, by the ten before it: ours, and what independent lines would give. Returns the mean of the
 * shifts found. */
static double cover(double planted, struct coverage *ours, struct coverage *independent) {
    enum { WORLDS = 200, PAST = (PERIODS - 1) * LINES };
    struct arena arena = {0};
    struct renewal_case *cases = memory_new(PERIODS * LINES * sizeof *cases), *next = cases + PAST;
    double mean = 0;
    seed = 20260101;
    *ours = *independent = (struct coverage){0};
    for (uint64_t world = 0; world < WORLDS; world++) {
        struct renewals_sum out[2];
        bool estimated;
        plant(planted, cases);
        double shift = renewals_shift(cases, PAST, PERIODS - 1, PERIODS * LINES, &estimated);
        assert_true(estimated);
        mean += shift / WORLDS;
        for (size_t i = 0; i < LINES; i++) {
            next[i].period = 0;
            next[i].cluster -= PAST;
        }
        assert_true(renewals_forecast(next, LINES, 1, LINES, shift, world, &arena, out));
        judge(next, LINES, out, 1.0 / WORLDS, ours);
        for (uint32_t i = 0; i < LINES; i++)
            next[i].cluster = i;
        assert_true(renewals_forecast(next, LINES, 1, LINES, 0, world, &arena, out));
        judge(next, LINES, out, 1.0 / WORLDS, independent);
        arena_reset(&arena);
    }
    arena_free(&arena);
    free(cases);
    print_message("planted %.1f, found %.3f; inside: ours %.3f and %.3f, independent %.3f and %.3f\n",
                  planted, mean, ours->count, ours->amount, independent->count, independent->amount);
    return mean;
}

static void the_limits_hold_under_a_common_shift(void **state) {
    (void)state;
    struct coverage ours, independent;
    double found = cover(0.5, &ours, &independent);
    assert_true(independent.count < 0.7 && independent.amount < 0.7);
    NEAR(ours.count, 0.9, 0.06);
    NEAR(ours.amount, 0.9, 0.06);
    NEAR(found, 0.5, 0.1);
}

static void without_a_shift_the_limits_stay_near(void **state) {
    (void)state;
    struct coverage ours, independent;
    double found = cover(0, &ours, &independent);
    assert_true(found < 0.25 && ours.count >= 0.88);
    assert_true(independent.count > 0.7); /* accounts with two lines still make it a little too narrow */
}

static void few_periods_say_too_little(void **state) {
    (void)state;
    struct renewal_case cases[6 * 20];
    bool estimated = true;
    for (uint32_t i = 0; i < COUNT(cases); i++) /* half of the periods lose all, half lose none */
        cases[i] = (struct renewal_case){0.5, 1, i, i / 20, i / 20 % 2};
    NEAR(renewals_shift(cases, 5 * 20, 5, COUNT(cases), &estimated), RENEWALS_SHIFT, 0);
    assert_false(estimated);
    assert_true(renewals_shift(cases, 6 * 20, 6, COUNT(cases), &estimated) > 1);
    assert_true(estimated);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_are_those_of_the_chances),
        cmocka_unit_test(without_a_shift_it_is_binomial),
        cmocka_unit_test(bad_input_answers_with_nothing),
        cmocka_unit_test(the_limits_hold_under_a_common_shift),
        cmocka_unit_test(without_a_shift_the_limits_stay_near),
        cmocka_unit_test(few_periods_say_too_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
