/* The log-rank test: against R's survdiff on real data, and against its definition, group by group and time
 * by time, on small cases with ties, strata and late entries. */
#include "statistics/logrank.h"
#include "table.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

#define NEAR(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

enum { MOST = 8000 };
static struct survival_case cases[MOST];
static uint32_t group[MOST], stratum[MOST];
static struct arena arena;

static struct logrank test_of(size_t n, size_t groups, const uint32_t *strata) {
    struct logrank out;
    logrank_test(cases, group, strata, n, groups, &arena, &out);
    return out;
}

/* R 4.2.2, survival 3.5-3. */
static void lung_by_sex(void **state) {
    (void)state;
    struct table t;
    if (!table_read("survival/lung.csv", &arena, &t)) skip();
    for (size_t i = 0; i < t.n; i++) {
        cases[i] =
            (struct survival_case){-INFINITY, table_number(&t, i, "time"), table_is(&t, i, "status", "2")};
        group[i] = table_is(&t, i, "sex", "2");
    }
    struct logrank r = test_of(t.n, 2, NULL);
    NEAR(r.chi2, 10.32674195, 1e-8);
    NEAR(r.p, 0.00131, 5e-6);
    assert_int_equal(r.df, 1);
    NEAR(r.groups[0].expected, 91.5817, 5e-5);
    NEAR(r.groups[1].expected, 73.4183, 5e-5);
    assert_true(r.groups[0].observed == 112 && r.groups[1].observed == 53);
    assert_true(r.groups[0].cases == 138 && r.groups[1].cases == 90);
    arena_free(&arena);
}

static void veteran_by_treatment(void **state) {
    (void)state;
    struct table t;
    if (!table_read("survival/veteran.csv", &arena, &t)) skip();
    for (size_t i = 0; i < t.n; i++) {
        cases[i] =
            (struct survival_case){-INFINITY, table_number(&t, i, "time"), table_is(&t, i, "status", "1")};
        group[i] = table_is(&t, i, "trt", "2");
    }
    NEAR(test_of(t.n, 2, NULL).chi2, .008227343, 1e-9);
    arena_free(&arena);
}

static void telco_by_contract(void **state) {
    (void)state;
    struct table t;
    if (!table_read("churn/telco_customer_churn.csv", &arena, &t)) skip();
    size_t n = 0;
    for (size_t i = 0; i < t.n; i++) {
        double tenure = table_number(&t, i, "tenure");
        if (!(tenure > 0)) continue;
        cases[n] = (struct survival_case){-INFINITY, tenure, table_is(&t, i, "Churn", "Yes")};
        group[n++] = table_is(&t, i, "Contract", "Month-to-month") ? 0
                     : table_is(&t, i, "Contract", "One year")     ? 1
                                                                   : 2;
    }
    struct logrank r = test_of(n, 3, NULL);
    NEAR(r.chi2, 2352.872538, 1e-6);
    assert_int_equal(r.df, 2);
    arena_free(&arena);
}

static uint64_t seed = 11;
static double uniform(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

/* Three groups: χ² = (a, b) V⁻¹ (a, b) of the first two, V hypergeometric, inverted by hand. */
static void agrees_with_the_definition(void **state) {
    (void)state;
    enum { N = 45, TIMES = 10 };
    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < N; i++) {
            double time = 1 + floor((TIMES - 1) * uniform());
            cases[i] = (struct survival_case){uniform() < 0.4 ? floor(time * uniform()) : -INFINITY, time,
                                              uniform() < 0.6};
            group[i] = (uint32_t)(3 * uniform());
            stratum[i] = uniform() < 0.5 ? 9 : 2;
        }
        double excess[3] = {0}, expected[3] = {0}, aa = 0, bb = 0, ab = 0;
        for (uint32_t s = 2; s <= 9; s++)
            for (double t = 0; t < TIMES; t++) {
                double in[3] = {0}, died[3] = {0};
                for (size_t i = 0; i < N; i++) {
                    if (stratum[i] != s || !(cases[i].entry < t && t <= cases[i].time)) continue;
                    in[group[i]]++;
                    died[group[i]] += cases[i].time == t && cases[i].event;
                }
                double n = in[0] + in[1] + in[2], d = died[0] + died[1] + died[2];
                if (d == 0) continue;
                for (int g = 0; g < 3; g++) {
                    expected[g] += d * in[g] / n;
                    excess[g] += died[g] - d * in[g] / n;
                }
                if (n < 2) continue;
                double c = d * (n - d) / (n * n * (n - 1));
                aa += c * in[0] * (n - in[0]);
                bb += c * in[1] * (n - in[1]);
                ab -= c * in[0] * in[1];
            }
        double a = excess[0], b = excess[1],
               chi2 = (a * a * bb - 2 * a * b * ab + b * b * aa) / (aa * bb - ab * ab);
        struct logrank r = test_of(N, 3, stratum);
        assert_int_equal(r.df, 2);
        NEAR(r.chi2, chi2, 1e-9 * (1 + chi2));
        NEAR(r.p, exp(-chi2 / 2), 1e-9); /* χ² of 2 df */
        for (int g = 0; g < 3; g++)
            NEAR(r.groups[g].expected, expected[g], 1e-9);
        arena_reset(&arena);
    }
    arena_free(&arena);
}

/* A group of nobody takes no degree of freedom; one group, or none, has nobody to be compared with. */
static void little_to_compare(void **state) {
    (void)state;
    static const struct survival_case four[] = {
        {-INFINITY, 1, true}, {-INFINITY, 2, true}, {-INFINITY, 3, true}, {-INFINITY, 4, false}};
    for (uint32_t i = 0; i < 4; i++) {
        cases[i] = four[i];
        group[i] = 2 * (i % 2);
    }
    struct logrank r = test_of(4, 3, NULL);
    assert_int_equal(r.df, 1);
    /* By hand: expected 1/2 + 1/3 + 1/2, variance 1/4 + 2/9 + 1/4. */
    NEAR(r.groups[0].expected, 4.0 / 3, 1e-12);
    NEAR(r.chi2, (2 - 4.0 / 3) * (2 - 4.0 / 3) / (13.0 / 18), 1e-12);
    assert_true(r.groups[1].cases == 0 && r.groups[1].expected == 0);

    r = test_of(4, 2, NULL); /* the third group is not asked for */
    assert_true(r.df == 0 && r.chi2 == 0 && isnan(r.p) && r.groups[0].cases == 2);
    for (uint32_t i = 0; i < 4; i++)
        stratum[i] = i; /* nobody meets anybody */
    assert_int_equal(test_of(4, 3, stratum).df, 0);
    assert_int_equal(test_of(0, 3, NULL).df, 0);
    assert_int_equal(test_of(4, 0, NULL).df, 0);
    cases[0].time = NAN;
    assert_int_equal(test_of(4, 3, NULL).groups[0].cases, 1);
    arena_free(&arena);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lung_by_sex),       cmocka_unit_test(veteran_by_treatment),
        cmocka_unit_test(telco_by_contract), cmocka_unit_test(agrees_with_the_definition),
        cmocka_unit_test(little_to_compare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
