/* Deviation from one's own past, trends and working days against arithmetic by hand. */
#include "base/calendar.h"
#include "insight/fact_series.h"

#include <math.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

enum { ALL = BASELINE_DAYS + 28 };

static void deviation_from_the_usual(void **state) {
    (void)state;
    double series[ALL], usual, now;
    uint8_t counts[ALL];
    /* Each weekday had 8, 9, 10, 10, 10, 10, 11, 12 in its eight weeks: median 10, distances 2 1 0 0 0 0 1 2;
     * of all 56 distances 28 are 0, 14 are 1, 14 are 2: their median is between the 28th and the 29th, 0.5.
     * A week of 7 a day lies 3 below: 3 ÷ (1.4826 × 0.5) = 4.0469. */
    static const double week[8] = {8, 9, 10, 10, 10, 10, 11, 12};
    memset(counts, 1, sizeof counts);
    for (int day = 0; day < ALL; day++)
        series[day] = day < BASELINE_DAYS ? week[(day / 7 + day % 7) % 8] : 7;
    /* Rotated by the day, so that no weekday has the order of another; each has all eight values. */
    for (int w = 0; w < 7; w++) {
        double sum = 0;
        for (int day = w; day < BASELINE_DAYS; day += 7)
            sum += series[day];
        assert_float_equal(sum, 80, 0);
    }
    assert_float_equal(baseline_deviation(series, counts, 7, &usual, &now), -3 / (1.4826 * 0.5), 1e-12);
    assert_float_equal(usual, 10, 0);
    assert_float_equal(now, 7, 0);
    assert_float_equal(baseline_deviation(series, counts, 1, NULL, NULL), -3 / (1.4826 * 0.5), 1e-12);
    /* A holiday in the window without any use is left out: nothing changes. */
    series[BASELINE_DAYS + 3] = 0;
    counts[BASELINE_DAYS + 3] = 0;
    assert_float_equal(baseline_deviation(series, counts, 7, NULL, NULL), -3 / (1.4826 * 0.5), 1e-12);
    counts[BASELINE_DAYS + 3] = 1; /* counted, the mean day lies (6 × 3 + 10) ÷ 7 = 4 below */
    assert_float_equal(baseline_deviation(series, counts, 7, NULL, NULL), -4 / (1.4826 * 0.5), 1e-12);
}

static void deviation_where_use_seldom_swings(void **state) {
    (void)state;
    double series[ALL];
    uint8_t counts[ALL];
    memset(counts, 1, sizeof counts);
    /* One 18 among seven 10 in each weekday: the median distance is 0, the mean one 8 × 7 ÷ 56 = 1. */
    for (int day = 0; day < ALL; day++)
        series[day] = day < 7 ? 18 : day < BASELINE_DAYS ? 10 : 5;
    assert_float_equal(baseline_deviation(series, counts, 28, NULL, NULL), -5 / 1.2533, 1e-12);
    /* It never swung: as ever is 0, anything else has no measure. */
    for (int day = 0; day < 7; day++)
        series[day] = 10;
    assert_true(isnan(baseline_deviation(series, counts, 7, NULL, NULL)));
    for (int day = BASELINE_DAYS; day < ALL; day++)
        series[day] = 10;
    assert_float_equal(baseline_deviation(series, counts, 7, NULL, NULL), 0, 0);
    /* Twenty days of history: the weekday of day 56 had two of them, too few; the others three. */
    for (int day = 0; day < 36; day++)
        counts[day] = 0;
    assert_true(isnan(baseline_deviation(series, counts, 1, NULL, NULL)));
    assert_float_equal(baseline_deviation(series, counts, 2, NULL, NULL), 0, 0);
}

static double trend(const double *weeks, int n) {
    double series[TREND_MOST_DAYS];
    uint8_t counts[TREND_MOST_DAYS];
    memset(counts, 1, sizeof counts);
    for (int day = 0; day < n * 7; day++)
        series[day] = weeks[day / 7];
    return trend_change(series, counts, n);
}

static void trends_beyond_noise(void **state) {
    (void)state;
    /* S = 10 of 10 pairs, variance 5 × 4 × 15 ÷ 18 = 16.67, z = 9 ÷ 4.082 = 2.20; slope 2 over a median of
     * 14. */
    assert_float_equal(trend((const double[]){10, 12, 14, 16, 18}, 5), 2.0 / 14, 1e-12);
    assert_float_equal(trend((const double[]){18, 16, 14, 12, 10}, 5), -2.0 / 14, 1e-12);
    /* S = 4, z = 3 ÷ 4.082 = 0.73: noise. */
    assert_float_equal(trend((const double[]){10, 14, 12, 16, 13}, 5), 0, 0);
    /* Ties: 1 1 2 2 3 has S = 8; variance (300 − 2 × 2 × 1 × 9) ÷ 18 = 14.67, z = 7 ÷ 3.83 = 1.83: noise
     * still. */
    assert_float_equal(trend((const double[]){1, 1, 2, 2, 3}, 5), 0, 0);
    assert_true(isnan(trend((const double[]){1, 2, 3, 4}, 4)));
    assert_true(isnan(trend((const double[]){0, 0, 0, 0, 1}, 5))); /* a share of 0 */
}

static void weeks_of_countries(void **state) {
    (void)state;
    struct weekends weekends;
    struct holiday_of holidays[] = {{20, COUNTRY_NONE}, {21, country_number(STR("DE"))}};
    weekends_read(&weekends);
    struct workdays *all = workdays_new(1 << FRIDAY, &weekends, holidays, 2),
                    *one = workdays_new(1 << THURSDAY | 1 << FRIDAY, NULL, NULL, 0);
    uint16_t de = country_number(STR("DE")), ir = country_number(STR("IR")), eg = country_number(STR("EG"));
    /* Day 0, 1970-01-01, was a Thursday. CLDR: Germany rests on Saturday and Sunday, Iran on Friday, Egypt on
     * Friday and Saturday. */
    static const struct {
        day_t day;
        bool de, ir, eg, nowhere;
    } week[] = {{0, true, true, true, true},
                {1, true, false, false, false},
                {2, false, true, false, true},
                {3, false, true, true, true},
                {4, true, true, true, true},
                {20, false, false, false, false}, /* a Wednesday, everybody's holiday */
                {21, false, true, true, true}};   /* a Thursday, Germany's */
    for (size_t i = 0; i < COUNT(week); i++) {
        assert_int_equal(workdays_working(all, de, week[i].day), week[i].de);
        assert_int_equal(workdays_working(all, ir, week[i].day), week[i].ir);
        assert_int_equal(workdays_working(all, eg, week[i].day), week[i].eg);
        assert_int_equal(workdays_working(all, COUNTRY_NONE, week[i].day), week[i].nowhere);
    }
    assert_false(workdays_working(one, de, 0)); /* the organisation's for everybody */
    assert_true(workdays_working(one, de, 2));
    assert_false(workdays_working(NULL, ir, 2));
    assert_int_equal(country_number(STR("de")), COUNTRY_NONE);
    workdays_free(all);
    workdays_free(one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deviation_from_the_usual),
        cmocka_unit_test(deviation_where_use_seldom_swings),
        cmocka_unit_test(trends_beyond_noise),
        cmocka_unit_test(weeks_of_countries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
