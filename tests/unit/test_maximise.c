/* The maximiser against likelihoods whose top and curvature are known in closed form. */
#include "base/vec.h"
#include "statistics/maximise.h"

#include <math.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define NEAR(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

static const double ones[][MAXIMISE_MOST] = {{1, 1, 1, 1}, {5, 0.2, 3, 0.1}};
static struct likelihood likelihood_of(double (*ln)(const double *, const void *), size_t parameters) {
    return (struct likelihood){
        .ln = ln, .parameters = parameters, .scale = {1, 1, 1, 1}, .starts = COUNT(ones), .start = ones};
}

/* Normal values with mean m and spread s: 40 of them, mean 7, mean square deviation 4. Maximum: m = 7, s = 2;
 * errors s / √n and s / √(2n). */
static double ln_normal(const double *p, const void *data) {
    (void)data;
    return -40 * log(p[1]) - 40 * (4 + (p[0] - 7) * (p[0] - 7)) / (2 * p[1] * p[1]);
}
static double ln_first(const double *p, const void *context) {
    (void)context;
    return log(p[0]);
}
static double product(const double *p, const void *factor) {
    return *(const double *)factor * p[0] * p[1];
}

static void the_normal_one_is_found(void **state) {
    (void)state;
    struct maximum m;
    struct likelihood l = likelihood_of(ln_normal, 2);
    assert_int_equal(maximise(&l, &m), FIT_DONE);
    NEAR(m.parameter[0], 7, 1e-4);
    NEAR(m.parameter[1], 2, 1e-4);
    NEAR(m.ln, -40 * log(2) - 20, 1e-7);
    NEAR(m.error[0], 2 / sqrt(40), 1e-4);
    NEAR(m.error[1], 2 / sqrt(80), 1e-4);
    /* By hand: error of ln m is error / m; the product's is 3 √(s² e_m² + m² e_s²), m and s being
     * independent. */
    NEAR(maximum_error(&m, ln_first, NULL), 2 / sqrt(40) / 7, 1e-5);
    double three = 3;
    NEAR(maximum_error(&m, product, &three), 3 * sqrt(4 * 4.0 / 40 + 49 * 4.0 / 80), 1e-3);
    /* In other units nothing changes but the parameter. */
    l.scale[0] = 30, l.scale[1] = 0.1;
    static const double far[][MAXIMISE_MOST] = {{1, 1}};
    l.start = far, l.starts = 1;
    assert_int_equal(maximise(&l, &m), FIT_DONE);
    NEAR(m.parameter[0], 7, 1e-4);
    NEAR(m.parameter[1], 2, 1e-4);
}

/* Two tops: the lower one at ln p = −1, the higher at 2. */
static double ln_camel(const double *p, const void *data) {
    (void)data;
    double x = log(p[0]);
    return 100 * log(exp(-8 * (x + 1) * (x + 1)) + 2 * exp(-8 * (x - 2) * (x - 2)));
}
static double ln_banana(const double *p, const void *data) { /* Rosenbrock's valley in the logarithms */
    (void)data;
    double x = log(p[0]), y = log(p[1]);
    return -100 * (y - x * x) * (y - x * x) - (1 - x) * (1 - x);
}
static void the_higher_of_two_and_the_bent_ridge(void **state) {
    (void)state;
    struct maximum m;
    static const double both[][MAXIMISE_MOST] = {{5}, {0.3}};
    struct likelihood l = likelihood_of(ln_camel, 1);
    l.start = both;
    assert_int_equal(maximise(&l, &m), FIT_DONE);
    NEAR(log(m.parameter[0]), 2, 1e-5);
    l = likelihood_of(ln_banana, 2);
    assert_int_equal(maximise(&l, &m), FIT_DONE);
    NEAR(log(m.parameter[0]), 1, 1e-3);
    NEAR(log(m.parameter[1]), 1, 2e-3);
}

static double ln_endless(const double *p, const void *data) { /* rises for ever: its limit is the answer */
    (void)data;
    return -50 / p[0] - p[1] - 1 / p[1];
}
static double ln_ridge(const double *p, const void *data) { /* only the product is known */
    (void)data;
    double x = log(p[0] * p[1]);
    return -x * x;
}
static double ln_nowhere(const double *p, const void *data) {
    (void)p, (void)data;
    return NAN;
}
static double ln_partly(const double *p, const void *data) {
    return p[0] > 8 ? NAN : ln_normal(p, data);
}
static void what_has_no_top_is_told(void **state) {
    (void)state;
    struct maximum m;
    struct likelihood l = likelihood_of(ln_endless, 2);
    assert_int_equal(maximise(&l, &m), FIT_AT_BOUND);
    l = likelihood_of(ln_ridge, 2);
    assert_int_not_equal(maximise(&l, &m), FIT_DONE);
    l = likelihood_of(ln_nowhere, 2);
    assert_int_equal(maximise(&l, &m), FIT_NOT_FOUND);
    l = likelihood_of(ln_partly, 2);
    assert_int_equal(maximise(&l, &m), FIT_DONE);
    NEAR(m.parameter[0], 7, 1e-4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_normal_one_is_found),
        cmocka_unit_test(the_higher_of_two_and_the_bent_ridge),
        cmocka_unit_test(what_has_no_top_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
