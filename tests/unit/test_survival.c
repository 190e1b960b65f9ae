/* Kaplan–Meier on real data: against values of R's survival package, and against the definition computed
 * slowly in exact fractions (tests/harness/survival.py). */
#include "base/vec.h"
#include "statistics/survival.h"
#include "table.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

#define NEAR(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

struct reference_step {
    double time, at_risk, events, survival, error, low, high;
};
struct reference {
    VEC(struct survival_case) cases;
    VEC(struct reference_step) steps;
    struct survival_quantile quantiles[3];
    size_t quantile_count;
    double horizon;
    struct survival_mean mean;
};

static bool is_there(const char *name) {
    char path[1000];
    const char *shared = getenv("VAFA_SHARED"), *root = getenv("VAFA_ROOT");
    if (shared)
        snprintf(path, sizeof path, "%s/data/survival/%s", shared, name);
    else
        snprintf(path, sizeof path, "%s/../shared/data/survival/%s", root ? root : ".", name);
    if (access(path, R_OK) == 0) return true;
    fprintf(stderr, "skipped: %s is not there\n", path);
    return false;
}

static struct reference read_reference(const char *words) {
    struct reference r = {0};
    char command[2000], line[500];
    const char *shared = getenv("VAFA_SHARED"), *root = getenv("VAFA_ROOT");
    if (!root) root = ".";
    snprintf(command, sizeof command, "python3 '%s/tests/harness/survival.py' '%s%s/data/survival/'%s", root,
             shared ? shared : root, shared ? "" : "/../shared", words);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    while (fgets(line, sizeof line, pipe)) {
        double v[8];
        int event;
        if (sscanf(line, "case %lf %lf %d", &v[0], &v[1], &event) == 3)
            VEC_PUSH(&r.cases, (struct survival_case){v[0], v[1], event != 0});
        else if (sscanf(line, "step %lf %lf %lf %lf %lf %lf %lf", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
                        &v[6]) == 7)
            VEC_PUSH(&r.steps, (struct reference_step){v[0], v[1], v[2], v[3], v[4], v[5], v[6]});
        else if (sscanf(line, "quantile %lf %lf %lf %lf", &v[0], &v[1], &v[2], &v[3]) == 4)
            r.quantiles[r.quantile_count++] = (struct survival_quantile){v[1], v[2], v[3]};
        else if (sscanf(line, "mean %lf %lf %lf", &v[0], &v[1], &v[2]) == 3)
            r.horizon = v[0], r.mean = (struct survival_mean){v[1], v[2]};
    }
    assert_int_equal(pclose(pipe), 0);
    assert_int_equal(r.quantile_count, 3);
    return r;
}

static void free_reference(struct reference *r) {
    VEC_FREE(&r->cases);
    VEC_FREE(&r->steps);
}

static bool same(double a, double b) {
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9;
}

/* Every step, quantile and mean of each data set; the last ones with late entries (left truncation). */
static void agrees_with_the_definition(void **state) {
    (void)state;
    static const struct {
        const char *file, *columns;
    } sets[] = {{"lung.csv", "time status 2"},
                {"veteran.csv", "time status 1"},
                {"lifelines_rossi.csv", "week arrest 1"},
                {"lung.csv", "time status 2 late"},
                {"lifelines_rossi.csv", "week arrest 1 late"}};
    static const double shares[] = {0.25, 0.5, 0.75};
    for (size_t s = 0; s < COUNT(sets); s++) {
        struct arena arena = {0};
        char words[100];
        if (!is_there(sets[s].file)) skip();
        snprintf(words, sizeof words, "%s %s", sets[s].file, sets[s].columns);
        struct reference r = read_reference(words);
        struct survival curve;
        survival_fit(r.cases.v, r.cases.n, &arena, &curve);
        assert_int_equal(curve.cases, r.cases.n);
        assert_int_equal(curve.n, r.steps.n);
        for (size_t i = 0; i < curve.n; i++) {
            const struct survival_step *step = &curve.steps[i];
            const struct reference_step *expected = &r.steps.v[i];
            assert_true(step->time == expected->time && step->at_risk == expected->at_risk &&
                        step->events == expected->events);
            NEAR(step->survival, expected->survival, 1e-9);
            NEAR(survival_error(&curve, step->time), expected->survival > 0 ? expected->error : 0, 1e-9);
            NEAR(step->low, expected->low, 1e-9);
            NEAR(step->high, expected->high, 1e-9);
        }
        for (int q = 0; q < 3; q++) {
            struct survival_quantile quantile = survival_quantile(&curve, shares[q]);
            assert_true(same(quantile.time, r.quantiles[q].time) && same(quantile.low, r.quantiles[q].low) &&
                        same(quantile.high, r.quantiles[q].high));
        }
        struct survival_mean mean = survival_restricted_mean(&curve, r.horizon);
        NEAR(mean.value, r.mean.value, 1e-9 * r.mean.value);
        NEAR(mean.error, r.mean.error, 1e-9 * r.mean.value);
        free_reference(&r);
        arena_free(&arena);
    }
}

/* R 4.2.2, survival 3.5-3: survfit(Surv(time, status) ~ 1, lung), conf.type = "log-log"; RMST of survRM2. */
static void lung_is_as_in_r(void **state) {
    (void)state;
    if (!is_there("lung.csv")) skip();
    struct arena arena = {0};
    struct reference r = read_reference("lung.csv time status 2");
    struct survival curve;
    survival_fit(r.cases.v, r.cases.n, &arena, &curve);
    assert_int_equal(curve.cases, 228);
    assert_int_equal(curve.events, 165);
    NEAR(survival_share(&curve, 100), 0.86396896765, 1e-9);
    NEAR(survival_error(&curve, 100), 0.022710230, 1e-9);
    NEAR(survival_share(&curve, 310), 0.49502429318, 1e-9);
    NEAR(survival_share(&curve, 500), 0.29326919371, 1e-9);
    NEAR(survival_share(&curve, 1022), 0.05034556807, 1e-9);
    struct survival_quantile median = survival_quantile(&curve, 0.5);
    assert_true(median.time == 310 && median.low == 284 && median.high == 361);
    struct survival_mean mean = survival_restricted_mean(&curve, 365);
    NEAR(mean.value, 263.2218665, 1e-7);
    NEAR(mean.error, 7.798859, 1e-6);
    free_reference(&r);
    arena_free(&arena);
}

/* The medians of R for veteran by treatment: 103, and 52.5, where the curve is flat at one half. */
static void a_flat_half_gives_the_middle(void **state) {
    (void)state;
    if (!is_there("lifelines_rossi.csv")) skip();
    struct arena arena = {0};
    struct reference r = read_reference("lifelines_rossi.csv week arrest 1");
    struct survival curve;
    survival_fit(r.cases.v, r.cases.n, &arena, &curve);
    NEAR(survival_share(&curve, 10), 0.9652777778, 1e-9); /* R */
    NEAR(survival_share(&curve, 26), 0.8750000000, 1e-9);
    NEAR(survival_share(&curve, 52), 0.7361111111, 1e-9);
    assert_true(isnan(survival_quantile(&curve, 0.5).time));
    free_reference(&r);

    r = read_reference("veteran.csv time status 1");
    struct survival_case groups[2][200];
    size_t n[2] = {0};
    for (size_t i = 0; i < r.cases.n; i++) { /* the file has the 69 of the standard treatment first */
        int group = i >= 69;
        groups[group][n[group]++] = r.cases.v[i];
    }
    survival_fit(groups[0], n[0], &arena, &curve);
    assert_true(survival_quantile(&curve, 0.5).time == 103);
    survival_fit(groups[1], n[1], &arena, &curve);
    assert_true(survival_quantile(&curve, 0.5).time == 52.5);
    free_reference(&r);
    arena_free(&arena);
}

/* By hand. Times 1, 2, 2+, 3, 3 (+: censored): at risk 5, 4, 2. S = 4/5, 4/5 × 3/4 = 3/5, then 0. */
static void small_ones_by_hand(void **state) {
    (void)state;
    struct arena arena = {0};
    struct survival curve;
    struct survival_case cases[] = {{-INFINITY, 3, true},
                                    {-INFINITY, 2, false},
                                    {-INFINITY, 1, true},
                                    {-INFINITY, 3, true},
                                    {-INFINITY, 2, true}};
    survival_fit(cases, COUNT(cases), &arena, &curve);
    assert_int_equal(curve.n, 3);
    assert_true(curve.steps[1].at_risk == 4 && curve.steps[1].events == 1 && curve.steps[1].censored == 1);
    NEAR(survival_share(&curve, 0.99), 1, 0);
    NEAR(survival_share(&curve, 1), 0.8, 1e-12);
    NEAR(survival_share(&curve, 2.5), 0.6, 1e-12);
    NEAR(survival_share(&curve, 9), 0, 0);
    NEAR(survival_error(&curve, 2), 0.6 * sqrt(1.0 / 20 + 1.0 / 12), 1e-12);
    /* Mean to 3: 1 + 0.8 + 0.6. Each payment of 1 at 1, 2 and 3: 0.8 + 0.6 + 0. */
    NEAR(survival_restricted_mean(&curve, 3).value, 2.4, 1e-12);
    double times[] = {1, 2, 3}, ones[] = {1, 1, 1};
    struct survival_mean worth = survival_weighted(&curve, times, ones, 3);
    NEAR(worth.value, 1.4, 1e-12);
    /* Behind the first event 1.4, behind the second 0.6: 1.4²/20 + 0.6²/12. */
    NEAR(worth.error, sqrt(1.96 / 20 + 0.36 / 12), 1e-12);
    double early[] = {0.5, 1}, two[] = {2, 3}; /* 2 × 1 + 3 × 0.8 */
    NEAR(survival_weighted(&curve, early, two, 2).value, 4.4, 1e-12);

    /* Nobody; nobody with an event; an entry at the time itself is no watch at all. */
    survival_fit(NULL, 0, &arena, &curve);
    assert_true(curve.n == 0 && survival_share(&curve, 5) == 1 && isnan(survival_quantile(&curve, 0.5).time));
    NEAR(survival_restricted_mean(&curve, 7).value, 7, 0);
    struct survival_case watched[] = {{-INFINITY, 0, true}, {4, 4, true}, {1, 4, false}};
    survival_fit(watched, COUNT(watched), &arena, &curve);
    assert_int_equal(curve.cases, 2); /* the first alone is at risk at 0: all are gone */
    NEAR(curve.steps[0].at_risk, 1, 0);
    NEAR(survival_quantile(&curve, 0.5).time, 0, 0);
    arena_free(&arena);
}

/* Cases of a table of which a column says so (NULL: all). */
static size_t pick(const struct table *t, const char *time, const char *event, const char *value,
                   const char *of, const char *is, struct survival_case *out) {
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        if (!of || table_is(t, i, of, is))
            out[n++] =
                (struct survival_case){-INFINITY, table_number(t, i, time), table_is(t, i, event, value)};
    return n;
}

static struct survival_case picked[8000];

/* R's survfit as it comes, conf.type = "log"; R's cumulative hazard. */
static void log_limits_and_hazard(void **state) {
    (void)state;
    struct arena arena = {0};
    struct table t;
    if (!table_read("survival/lung.csv", &arena, &t)) skip();
    struct survival curve;
    survival_fit(picked, pick(&t, "time", "status", "2", NULL, NULL, picked), &arena, &curve);
    survival_set_limits(&curve, SURVIVAL_LOG);
    struct survival_quantile median = survival_quantile(&curve, 0.5);
    assert_true(median.time == 310 && median.low == 285 && median.high == 363);
    NEAR(survival_hazard(&curve, 4), 0, 0);
    NEAR(survival_hazard(&curve, 100), .1456542286, 1e-9);
    NEAR(survival_hazard(&curve, 310), .6997194232, 1e-9);
    NEAR(survival_hazard(&curve, 500), 1.2179995473, 1e-9);
    NEAR(survival_hazard(&curve, 1022), 2.8892674625, 1e-9);
    /* By the formula: S exp(±z se/S), of S(100) and its error as R prints them. */
    const struct survival_step *step = survival_at(&curve, 100);
    NEAR(step->low, .86396896765 * exp(-1.959963985 * .022710230 / .86396896765), 1e-7);
    NEAR(step->high, .86396896765 * exp(1.959963985 * .022710230 / .86396896765), 1e-7);
    survival_set_limits(&curve, SURVIVAL_LOG_LOG);
    median = survival_quantile(&curve, 0.5);
    assert_true(median.low == 284 && median.high == 361);

    static const struct {
        const char *sex;
        double share, median, low, high;
    } sexes[] = {{"1", .4410888931, 270, 212, 310}, {"2", .6742025860, 426, 348, 550}};
    for (size_t s = 0; s < COUNT(sexes); s++) {
        survival_fit(picked, pick(&t, "time", "status", "2", "sex", sexes[s].sex, picked), &arena, &curve);
        survival_set_limits(&curve, SURVIVAL_LOG);
        NEAR(survival_share(&curve, 300), sexes[s].share, 1e-9);
        median = survival_quantile(&curve, 0.5);
        assert_true(median.time == sexes[s].median && median.low == sexes[s].low &&
                    median.high == sexes[s].high);
    }
    arena_free(&arena);
}

/* R on customers: tenure in months, those of the first month not begun left out. */
static void telco_is_as_in_r(void **state) {
    (void)state;
    struct arena arena = {0};
    struct table t;
    if (!table_read("churn/telco_customer_churn.csv", &arena, &t)) skip();
    for (int monthly = 0; monthly < 2; monthly++) {
        size_t n = pick(&t, "tenure", "Churn", "Yes", monthly ? "Contract" : NULL, "Month-to-month", picked);
        for (size_t i = 0; i < n; i++)
            picked[i].entry = 0; /* a tenure of 0 was never watched */
        struct survival curve;
        survival_fit(picked, n, &arena, &curve);
        if (!monthly) {
            assert_int_equal(curve.cases, 7032);
            NEAR(survival_share(&curve, 12), .8431995538, 1e-9);
            NEAR(survival_share(&curve, 24), .7887363984, 1e-9);
            NEAR(survival_share(&curve, 72), .5927901521, 1e-9);
            continue;
        }
        survival_set_limits(&curve, SURVIVAL_LOG);
        struct survival_quantile median = survival_quantile(&curve, 0.5);
        assert_true(median.time == 35 && median.low == 32 && median.high == 38);
    }
    arena_free(&arena);
}

/* Times that are not numbers do not count; limits stay in [0, 1] on the log scale, too. */
static void odd_times(void **state) {
    (void)state;
    struct arena arena = {0};
    struct survival curve;
    struct survival_case cases[] = {{-INFINITY, NAN, true},
                                    {-INFINITY, 1, true},
                                    {NAN, 5, true},
                                    {-INFINITY, 2, true},
                                    {-INFINITY, 3, false}};
    survival_fit(cases, COUNT(cases), &arena, &curve);
    assert_true(curve.cases == 3 && curve.n == 3 && curve.longest == 3);
    NEAR(survival_share(&curve, 1), 2.0 / 3, 1e-12);
    survival_set_limits(&curve, SURVIVAL_LOG);
    NEAR(curve.steps[0].high, 1, 0);
    NEAR(survival_hazard(&curve, 2), 1.0 / 3 + 1.0 / 2, 1e-12);
    NEAR(curve.steps[1].hazard_variance, 1.0 / 9 + 1.0 / 4, 1e-12);
    arena_free(&arena);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_definition),
        cmocka_unit_test(lung_is_as_in_r),
        cmocka_unit_test(a_flat_half_gives_the_middle),
        cmocka_unit_test(small_ones_by_hand),
        cmocka_unit_test(log_limits_and_hazard),
        cmocka_unit_test(telco_is_as_in_r),
        cmocka_unit_test(odd_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
