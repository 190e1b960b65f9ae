/* Intervals of shares and of the net promoter score, against published values. */
#include "base/json.h"
#include "base/vec.h"
#include "statistics/proportion.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

#define NEAR(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

static struct buf read_file(const char *path) {
    struct buf text = {0};
    char part[4096];
    FILE *file = fopen(path, "rb");
    for (size_t n; file && (n = fread(part, 1, sizeof part, file)) > 0;)
        buf_put(&text, part, n);
    if (file) fclose(file);
    return text;
}

static double number(const struct json *object, const char *name) {
    return json_get(object, name)->number;
}

/* shared/data/nps/nps_expected.json: CRAN NPS 1.1 and Rocks (2016), to 1e-4. */
static void nps_is_as_published(void **state) {
    (void)state;
    char path[1000];
    const char *shared = getenv("VAFA_SHARED"), *root = getenv("VAFA_ROOT");
    snprintf(path, sizeof path, "%s%s/data/nps/nps_expected.json",
             shared ? shared
             : root ? root
                    : ".",
             shared ? "" : "/../shared");
    struct buf text = read_file(path);
    if (!text.n) {
        fprintf(stderr, "skipped: %s is not there\n", path);
        skip();
    }
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct json file;
    assert_int_equal(json_parse(buf_str(&text), &arena, &file, &problem), OK);
    assert_true(file.n >= 8);
    for (size_t i = 0; i < file.n; i++) {
        const struct json *row = &file.items[i];
        double p = number(row, "pro"), d = number(row, "det"), n = p + d + number(row, "pas");
        NEAR(nps_score(p, d, n), number(row, "nps"), 1e-4);
        NEAR(nps_error(p, d, n), number(row, "se"), 1e-4);
        struct interval interval = nps_interval(p, d, n);
        NEAR(interval.low, json_get(row, "adj_wald")->items[0].number, 1e-4);
        NEAR(interval.high, json_get(row, "adj_wald")->items[1].number, 1e-4);
    }
    buf_free(&text);
    arena_free(&arena);
}

/* metrics.md: p = ½, d = 1/6: +33.3, variance 0.556; n = 100 gives ±14.6, n = 400 ±7.3. */
static void nps_margin_as_in_the_worked_example(void **state) {
    (void)state;
    NEAR(nps_score(50, 50.0 / 3, 100), 33.3333, 1e-4);
    NEAR(1.96 * nps_error(50, 50.0 / 3, 100), 14.6, 0.05);
    NEAR(1.96 * nps_error(200, 200.0 / 3, 400), 7.3, 0.05);
    /* Two waves of 400 of those differ from ±1.96 √2 × 3.727 on. */
    NEAR(nps_difference_margin(200, 200.0 / 3, 400, 200, 200.0 / 3, 400), 1.959964 * sqrt(2) * 3.7268, 1e-3);
    /* All promoters: SE 0 would call any change real; 10 of 10 has an adjusted SE of
     * √(p + d − (p − d)²)/13), p = 10.75/13, d = 0.75/13. */
    double p = 10.75 / 13, d = 0.75 / 13, adjusted = 100 * sqrt((p + d - (p - d) * (p - d)) / 13);
    NEAR(nps_difference_margin(10, 0, 10, 10, 0, 10), 1.959964 * sqrt(2) * adjusted, 1e-3);
    assert_true(isnan(nps_score(0, 0, 0)) && isnan(nps_error(0, 0, 0)));
}

/* Newcombe (1998), Statistics in Medicine 17: Wilson's intervals of 81/263, 15/148, 0/20 and 1/29. */
static void wilson_is_as_published(void **state) {
    (void)state;
    static const struct {
        double k, n, low, high;
    } published[] = {
        {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}};
    for (size_t i = 0; i < COUNT(published); i++) {
        struct interval interval = proportion_wilson(published[i].k, published[i].n);
        NEAR(interval.low, published[i].low, 5e-5);
        NEAR(interval.high, published[i].high, 5e-5);
    }
    struct interval all = proportion_wilson(20, 20), none = proportion_wilson(0, 0);
    NEAR(all.low, 1 - 0.1611, 5e-5); /* the mirror of 0/20 */
    NEAR(all.high, 1, 0);
    assert_true(none.low == 0 && none.high == 1);
    /* Adjusted Wald of 5/10 is centred at ½: ± 1.96 √(¼ / 13.8415). */
    struct interval half = proportion_adjusted_wald(5, 10);
    NEAR(half.high - 0.5, 1.959964 * sqrt(0.25 / 13.8415), 1e-6);
    assert_true(proportion_adjusted_wald(0, 10).low == 0 && proportion_adjusted_wald(10, 10).high == 1);
}

/* Newcombe (1998), Statistics in Medicine 17:873, table II, method 10. */
static void differences_are_as_published(void **state) {
    (void)state;
    static const struct {
        double k_b, n_b, k_a, n_a, low, high;
    } published[] = {{56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090},
                     {6, 7, 2, 7, 0.0582, 0.8062},     {5, 56, 0, 29, -0.0381, 0.1926},
                     {0, 10, 0, 20, -0.1611, 0.2775},  {10, 10, 0, 10, 0.6075, 1.0000}};
    for (size_t i = 0; i < COUNT(published); i++) {
        struct interval interval =
            proportion_difference(published[i].k_a, published[i].n_a, published[i].k_b, published[i].n_b);
        NEAR(interval.low, published[i].low, 5e-5);
        NEAR(interval.high, published[i].high, 5e-5);
    }
}

static void finite_populations_narrow(void **state) {
    (void)state;
    NEAR(finite_population(50, 100), sqrt(50.0 / 99), 1e-12);
    assert_true(finite_population(100, 100) == 0 && finite_population(5, 0) == 1 &&
                finite_population(9, 5) == 1 && finite_population(1, 1) == 1);
    struct interval narrowed = interval_narrowed((struct interval){10, 40}, 20, 0.5);
    assert_true(narrowed.low == 15 && narrowed.high == 30);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nps_is_as_published),       cmocka_unit_test(nps_margin_as_in_the_worked_example),
        cmocka_unit_test(wilson_is_as_published),    cmocka_unit_test(differences_are_as_published),
        cmocka_unit_test(finite_populations_narrow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
