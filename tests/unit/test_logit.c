/* The logistic model against arithmetic by hand, the equations that its minimum fulfils, and published fits.
 */
#include "statistics/logit.h"

#include <math.h>

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

static struct logit fit(const double *x, const uint8_t *outcome, size_t n, size_t p,
                        struct logit_options options) {
    struct logit model;
    assert_int_equal(logit_fit(&(struct logit_data){x, outcome, n, p}, &options, &arena, &model, &problem),
                     OK);
    return model;
}

/* x = 1: 10 of 40, x = 0: 30 of 60. Without a pull the model gives both shares: intercept 0, and the weight
 * ln(0.25/0.75) − ln(0.5/0.5) = −ln 3. Turned round the weight would rise: where it may not, it is 0, and the
 * intercept that of 40 in 100. */
static void shares_by_hand(void **state) {
    (void)state;
    double x[100], turned[100], seven = 7, one = 1;
    uint8_t outcome[100], falls = LOGIT_FALLS, rises = LOGIT_RISES;
    for (int i = 0; i < 100; i++) {
        x[i] = i < 40;
        turned[i] = 1 - x[i];
        outcome[i] = i < 40 ? i < 10 : i < 70;
    }
    struct logit model = fit(x, outcome, 100, 1, (struct logit_options){.covariance = true});
    assert_float_equal(model.intercept, 0, 1e-9);
    assert_float_equal(model.weight[0], -log(3), 1e-9);
    assert_float_equal(logit_probability(&model, &one), 0.25, 1e-9);
    /* Woolf's variances (1955): 1/30 + 1/30 of one group's log odds, and 1/10 + 1/30 more of the difference.
     */
    assert_float_equal(model.covariance[3], 2 / 30.0, 1e-8);
    assert_float_equal(model.covariance[0], 2 / 30.0 + 4 / 30.0, 1e-8);
    assert_float_equal(model.covariance[1], -2 / 30.0, 1e-8);
    assert_float_equal(logit_margin_error(&model, &one), sqrt(4 / 30.0), 1e-8);
    model = fit(turned, outcome, 100, 1, (struct logit_options){.signs = &falls, .covariance = true});
    assert_true(model.weight[0] == 0 && model.covariance[0] == 0);
    assert_float_equal(model.intercept, log(0.4 / 0.6), 1e-9);
    model = fit(turned, outcome, 100, 1, (struct logit_options){.signs = &rises});
    assert_float_equal(model.weight[0], log(3), 1e-9);
    model = fit(x, outcome, 100, 1, (struct logit_options){.pull = 1e9, .towards = &seven});
    assert_float_equal(model.weight[0], 7, 1e-6);
}

/* Planted weights −3, 0, −1.5 come back; the last one rises (2) where it may only fall, and gets 0. At the
 * minimum the slope is 0 where a weight is free and presses outwards where it is held. */
static void planted_weights(void **state) {
    (void)state;
    enum { N = 20000, P = 4 };
    static double x[N * P];
    static uint8_t outcome[N];
    double truth[P] = {-3, 0, -1.5, 2};
    uint8_t signs[P] = {LOGIT_FALLS, LOGIT_FALLS, LOGIT_FALLS, LOGIT_FALLS};
    for (int i = 0; i < N; i++) {
        double margin = 0.5;
        for (int j = 0; j < P; j++) {
            x[i * P + j] = uniform();
            margin += truth[j] * x[i * P + j];
        }
        outcome[i] = uniform() < sigmoid(margin);
    }
    struct logit free_one = fit(x, outcome, N, P, (struct logit_options){.covariance = true});
    for (int j = 0; j < P; j++) /* within four standard errors */
        assert_true(fabs(free_one.weight[j] - truth[j]) < 4 * sqrt(free_one.covariance[j * (P + 1) + j]));
    struct logit model = fit(x, outcome, N, P, (struct logit_options){.pull = 1e-4, .signs = signs});
    assert_true(model.weight[3] == 0 && model.weight[0] < 0);
    for (int j = 0; j <= P; j++) {
        double slope = j < P ? 1e-4 * model.weight[j] : 0;
        for (int i = 0; i < N; i++)
            slope +=
                (logit_probability(&model, x + (size_t)i * P) - outcome[i]) * (j < P ? x[i * P + j] : 1) / N;
        if (j < P && model.weight[j] == 0)
            assert_true(slope < 1e-9); /* to rise would help */
        else
            assert_float_equal(slope, 0, 1e-9);
    }
}

/* Columns that add up to the intercept, one that never changes, and one that parts the outcomes: a pull makes
 * the answer single; without one the answer is finite. */
static void columns_that_say_nothing(void **state) {
    (void)state;
    enum { N = 200, P = 4 };
    double x[N * P], z[N * P];
    uint8_t outcome[N];
    for (int i = 0; i < N; i++) {
        outcome[i] = i % 4 == 0;
        x[i * P] = i % 2;
        x[i * P + 1] = 1 - i % 2;
        x[i * P + 2] = 5;
        x[i * P + 3] = outcome[i];
    }
    struct standard standard = standard_of(x, N, P, &arena);
    assert_true(standard.spread[2] == 0);
    assert_float_equal(standard.spread[0], 0.5, 1e-15);
    standard_apply(&standard, x, N, z);
    struct logit model = fit(z, outcome, N, P, (struct logit_options){.pull = 0.01});
    assert_true(model.weight[2] == 0 && model.weight[3] > 1);
    assert_float_equal(model.weight[0], -model.weight[1], 1e-9);
    model = fit(x, outcome, N, P, (struct logit_options){.covariance = true});
    for (int j = 0; j < P; j++)
        assert_true(isfinite(model.weight[j]));
    assert_true(logit_probability(&model, x) > 0.99 && logit_probability(&model, x + P) < 0.01);
}

static enum status status_of(const double *x, const uint8_t *outcome, size_t n, size_t p) {
    struct logit model;
    problem_clear(&problem);
    return logit_fit(&(struct logit_data){x, outcome, n, p}, &(struct logit_options){0}, &arena, &model,
                     &problem);
}

static void bad_input_is_told(void **state) {
    (void)state;
    double x[] = {1, 2, 3, INFINITY, 5, NAN}, fine[] = {1, 2};
    uint8_t outcome[] = {0, 1, 0, 1, 0, 1}, one[] = {1, 1};
    assert_int_equal(status_of(x, outcome, 0, 1), BAD_INPUT);
    assert_string_equal(problem.main.message.code, "model_one_outcome");
    assert_int_equal(status_of(fine, one, 2, 1), BAD_INPUT);
    assert_int_equal(status_of(x, outcome, 3, 2), BAD_INPUT);
    assert_string_equal(problem.main.message.code, "model_not_finite");
    assert_true(str_is(problem.main.args[0], "2") && str_is(problem.main.args[1], "2"));
    assert_int_equal(status_of(fine, outcome, 2, 1), OK);
    assert_int_equal(status_of(fine, outcome, 2, 0), OK); /* the share alone */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_by_hand),
        cmocka_unit_test(planted_weights),
        cmocka_unit_test(columns_that_say_nothing),
        cmocka_unit_test(bad_input_is_told),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}
