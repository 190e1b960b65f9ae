/* Tails of distributions against tables and closed forms; small systems against arithmetic by hand. */
#include "statistics/matrix.h"
#include "statistics/tails.h"

#include <math.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

#define NEAR(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

/* Abramowitz and Stegun, tables 26.1 and 26.8; far out, R's pnorm(6, lower = FALSE). */
static void as_in_tables(void **state) {
    (void)state;
    NEAR(normal_tail(0), 0.5, 0);
    NEAR(normal_tail(NORMAL_975), 0.025, 1e-15);
    NEAR(normal_tail(-1), 0.8413447460685429, 1e-15);
    NEAR(normal_tail(6) / 9.865876450376946e-10, 1, 1e-12);
    NEAR(normal_both_tails(-NORMAL_975), 0.05, 1e-15);
    NEAR(chi_square_tail(3.841458820694124, 1), 0.05, 1e-14);
    NEAR(chi_square_tail(18.307038053275146, 10), 0.05, 1e-13);
    NEAR(chi_square_tail(124.342113, 100), 0.05, 1e-7);
    NEAR(chi_square_tail(0.0157907740934312, 1), 0.9, 1e-13);
}

/* Half the quantiles of χ² of twice the shape (Abramowitz and Stegun, table 26.8); of shape 1, −ln(1 − p). */
static void quantiles_invert_tails(void **state) {
    (void)state;
    NEAR(gamma_quantile(4, 0.975), 17.5345461394 / 2, 1e-9);
    NEAR(gamma_quantile(4, 0.025), 2.1797307473 / 2, 1e-9);
    NEAR(gamma_quantile(5, 0.95), 18.307038053275146 / 2, 1e-12);
    NEAR(gamma_quantile(1, 0.025), -log1p(-0.025), 1e-15);
    NEAR(gamma_tail(0.3, gamma_quantile(0.3, 1e-3)), 1 - 1e-3, 1e-14);
    assert_true(isnan(gamma_quantile(0, 0.5)) && isnan(gamma_quantile(1, 1)) && isnan(gamma_quantile(1, 0)));
}

/* df 1: two tails of the normal. Even df 2m: e^(−x/2) Σ_{k<m} (x/2)^k / k!. On both sides of x = df + 2,
 * where the series gives way to the fraction. */
static void as_in_closed_forms(void **state) {
    (void)state;
    for (double x = 0.01; x < 400; x *= 1.3) {
        NEAR(chi_square_tail(x, 1) / normal_both_tails(sqrt(x)), 1, 1e-12);
        for (int m = 1; m <= 60; m += 7) {
            double term = exp(-x / 2), sum = 0;
            for (int k = 0; k < m; k++) {
                sum += term;
                term *= x / 2 / (k + 1);
            }
            double tail = chi_square_tail(x, 2 * m);
            NEAR(tail, sum, 1e-13);
            if (x > 2 * m + 2) NEAR(tail / sum, 1, 1e-11); /* far out it is precise in itself */
        }
    }
    NEAR(gamma_tail(0.5, 2), erfc(sqrt(2)), 1e-15);
}

static void odd_values(void **state) {
    (void)state;
    assert_true(chi_square_tail(0, 3) == 1 && chi_square_tail(-1, 3) == 1);
    assert_true(chi_square_tail(INFINITY, 3) == 0 && chi_square_tail(1e6, 3) == 0);
    assert_true(isnan(chi_square_tail(NAN, 3)) && isnan(chi_square_tail(1, 0)) &&
                isnan(chi_square_tail(1, NAN)));
    assert_true(isnan(normal_tail(NAN)) && normal_tail(INFINITY) == 0);
    assert_true(isnan(gamma_tail(-1, 1)) && isnan(gamma_tail(1, -1)) && isnan(gamma_tail(INFINITY, 1)));
    NEAR(gamma_tail(1e6, 1e6), 0.49986701, 1e-7); /* ½ − 1/(3 √(2π a)), A&S 6.5.35 */
}

/* L = (2; 6 1; −8 5 3): the textbook's matrix. */
static void by_hand(void **state) {
    (void)state;
    double a[] = {4, 99, 99, 12, 37, 99, -16, -43, 98}, b[] = {-20, -55, 155}, inverse[9];
    static const double factor[] = {2, 0, 0, 6, 1, 0, -8, 5, 3};
    size_t left_out = 0;
    assert_int_equal(matrix_factor(a, 3, 1e-12, &left_out), 3);
    assert_int_equal(left_out, 3);
    for (int i = 0; i < 9; i++)
        NEAR(a[i], factor[i], 1e-12);
    matrix_solve(a, 3, b);
    static const double whole[] = {4, 12, -16, 12, 37, -43, -16, -43, 98}, right[] = {-20, -55, 155};
    for (int i = 0; i < 3; i++)
        NEAR(whole[3 * i] * b[0] + whole[3 * i + 1] * b[1] + whole[3 * i + 2] * b[2], right[i], 1e-9);
    matrix_invert(a, 3, inverse);
    NEAR(inverse[0], 1777.0 / 36, 1e-9); /* (37·98 − 43²) / 36 */
    NEAR(inverse[8], 4.0 / 36, 1e-12);   /* (4·37 − 12²) / 36 */
    NEAR(inverse[1], inverse[3], 1e-9);
}

/* The second row is twice the first: it is left out, the third stays. */
static void dependent_rows(void **state) {
    (void)state;
    double a[] = {1, 2, 0, 2, 4, 0, 0, 0, 9}, b[] = {3, 6, 18}, inverse[9];
    size_t left_out = 0;
    assert_int_equal(matrix_factor(a, 3, 1e-12, &left_out), 2);
    assert_int_equal(left_out, 1);
    matrix_solve(a, 3, b);
    NEAR(b[0], 3, 1e-12);
    assert_true(b[1] == 0);
    NEAR(b[2], 2, 1e-12);
    matrix_invert(a, 3, inverse);
    static const double expected[] = {1, 0, 0, 0, 0, 0, 0, 0, 1.0 / 9};
    for (int i = 0; i < 9; i++)
        NEAR(inverse[i], expected[i], 1e-12);
    double none[] = {0, 0, 0, 0}, lost[] = {NAN};
    assert_int_equal(matrix_factor(none, 2, 1e-12, &left_out), 0);
    assert_int_equal(left_out, 0);
    assert_int_equal(matrix_factor(lost, 1, 1e-12, NULL), 0);
    assert_int_equal(matrix_factor(NULL, 0, 1e-12, &left_out), 0);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_in_tables),
        cmocka_unit_test(quantiles_invert_tails),
        cmocka_unit_test(as_in_closed_forms),
        cmocka_unit_test(odd_values),
        cmocka_unit_test(by_hand),
        cmocka_unit_test(dependent_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
