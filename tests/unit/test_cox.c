/* Cox's model: against R's survival package (coxph, cox.zph, survfit) on real data, and against the
 * definition of the partial likelihood, computed case by case and differentiated by differences. */
#include "statistics/cox.h"
#include "statistics/matrix.h"
#include "table.h"

#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

#define NEAR(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

enum { MOST = 8000, WIDEST = 8 };
static struct survival_case cases[MOST];
static double x[MOST * WIDEST];
static uint32_t stratum[MOST];
static struct arena arena;

static struct cox fit_of(size_t n, size_t p, const uint32_t *strata, enum cox_ties ties) {
    struct cox fit;
    cox_fit(&(struct cox_data){cases, x, strata, n, p, ties}, &arena, &fit);
    return fit;
}

static void assert_coefficients(const struct cox *fit, const double *coefficients) {
    assert_int_equal(fit->status, COX_FITTED);
    for (size_t j = 0; j < fit->p; j++)
        NEAR(fit->columns[j].coefficient, coefficients[j], 1e-6);
}

static size_t load_numbers(const struct table *t, const char *time, const char *event, const char *value,
                           const char *const *columns, size_t p) {
    for (size_t i = 0; i < t->n; i++) {
        cases[i] = (struct survival_case){-INFINITY, table_number(t, i, time), table_is(t, i, event, value)};
        for (size_t j = 0; j < p; j++)
            x[i * p + j] = table_number(t, i, columns[j]);
    }
    return t->n;
}

/* R 4.2.2, survival 3.5-3: coxph(Surv(time, status) ~ age + sex + ph.ecog, lung). Efron and Breslow are 2e-5
 * apart: one is not taken for the other. */
static void lung(void **state) {
    (void)state;
    struct table t;
    if (!table_read("survival/lung.csv", &arena, &t)) skip();
    size_t n = load_numbers(&t, "time", "status", "2", (const char *const[]){"age", "sex", "ph.ecog"}, 3);
    struct cox fit = fit_of(n, 3, NULL, COX_EFRON);
    assert_coefficients(&fit, (double[]){.01106676456, -.55261239570, .46372847537});
    static const double errors[] = {.009267411, .167739054, .113577266};
    for (int j = 0; j < 3; j++)
        NEAR(fit.columns[j].error, errors[j], 1e-6);
    assert_int_equal(fit.cases, 227);
    assert_int_equal(fit.left_out, 1);
    assert_int_equal(fit.events, 164);
    NEAR(fit.loglik_null, -744.4804558, 1e-6);
    NEAR(fit.loglik, -729.2301214, 1e-6);
    NEAR(fit.ratio, 30.50066877, 1e-6);
    NEAR(fit.concordance, .637135493, 1e-8);
    assert_int_equal(cox_proportional(&fit), COX_PROPORTIONAL);

    fit = fit_of(n, 3, NULL, COX_BRESLOW);
    assert_coefficients(&fit, (double[]){.01104113635, -.55188956979, .46294704059});
    NEAR(fit.loglik, -729.4887052, 1e-6);
    for (size_t i = 0; i < fit.strata[0].n; i++) /* Breslow's own hazard is Breslow's */
        NEAR(fit.steps[i].hazard, fit.steps[i].breslow, 1e-12);
    arena_free(&arena);
}

static const char *const ROSSI[] = {"fin", "age", "race", "wexp", "mar", "paro", "prio"};

/* R, and lifelines' own tests to six digits. */
static void rossi(void **state) {
    (void)state;
    struct table t;
    if (!table_read("survival/lifelines_rossi.csv", &arena, &t)) skip();
    size_t n = load_numbers(&t, "week", "arrest", "1", ROSSI, 7);
    struct cox fit = fit_of(n, 7, NULL, COX_EFRON);
    assert_coefficients(
        &fit, (double[]){-.37942217, -.05743774, .31389979, -.14979570, -.43370388, -.08487108, .09149708});
    static const double errors[] = {.19138, .02200, .30799, .21222, .38187, .19576, .02865},
                        zs[] = {-1.983, -2.611, 1.019, -.706, -1.136, -.434, 3.194},
                        survivals[] = {.7148944, .4109538, .4341185};
    for (int j = 0; j < 7; j++) {
        NEAR(fit.columns[j].error, errors[j], 5e-6); /* of the five digits that are known */
        NEAR(fit.columns[j].z, zs[j], 5e-4);
    }
    NEAR(fit.columns[6].p, 0.00140, 5e-6); /* 2 Φ(−3.194), as lifelines prints it */
    NEAR(fit.loglik_null, -675.3806323, 1e-6);
    NEAR(fit.loglik, -658.7476594, 1e-6);
    NEAR(fit.ratio, 33.2659, 1e-4);
    NEAR(fit.concordance, .6403292471, 1e-8);
    NEAR(fit.drift_chi2, 17.694, 1e-3);
    assert_int_equal(fit.drift_df, 7);
    NEAR(fit.columns[1].drift_p, .0145, 1e-4);
    NEAR(fit.columns[3].drift_p, .0398, 1e-4);
    assert_int_equal(cox_proportional(&fit), COX_NOT_PROPORTIONAL);
    for (size_t i = 0; i < 3; i++)
        NEAR(cox_survival(&fit, 0, 52, x + i * 7), survivals[i], 1e-7);
    arena_free(&arena);
}

static void rossi_in_strata(void **state) {
    (void)state;
    struct table t;
    if (!table_read("survival/lifelines_rossi.csv", &arena, &t)) skip();
    size_t n = load_numbers(&t, "week", "arrest", "1",
                            (const char *const[]){"fin", "age", "race", "mar", "paro", "prio"}, 6);
    for (size_t i = 0; i < n; i++) /* labels are labels: not dense, not in order */
        stratum[i] = table_is(&t, i, "wexp", "1") ? 7 : 4000000000;
    struct cox fit = fit_of(n, 6, stratum, COX_EFRON);
    assert_coefficients(&fit,
                        (double[]){-.38015410, -.05821348, .30656945, -.45387163, -.08273891, .09074364});
    assert_int_equal(fit.stratum_count, 2);
    assert_int_equal(fit.strata[0].label, 7);
    /* Each has its own baseline, and there is no third. */
    assert_true(cox_survival(&fit, 7, 52, x) != cox_survival(&fit, 4000000000, 52, x));
    assert_true(isnan(cox_survival(&fit, 8, 52, x)));
    arena_free(&arena);
}

static void veteran(void **state) {
    (void)state;
    struct table t;
    if (!table_read("survival/veteran.csv", &arena, &t)) skip();
    size_t n = load_numbers(
        &t, "time", "status", "1",
        (const char *const[]){"trt", "trt", "trt", "trt", "karno", "diagtime", "age", "prior"}, 8);
    for (size_t i = 0; i < n; i++) {
        x[i * 8 + 1] = table_is(&t, i, "celltype", "smallcell");
        x[i * 8 + 2] = table_is(&t, i, "celltype", "adeno");
        x[i * 8 + 3] = table_is(&t, i, "celltype", "large");
    }
    struct cox fit = fit_of(n, 8, NULL, COX_EFRON);
    assert_coefficients(&fit, (double[]){.2946028215, .8615604628, 1.196066374, .4012916543, -.03281532619,
                                         .0000813205, -.008706474946, .00715936});
    NEAR(fit.loglik, -474.3971117, 1e-6);
    NEAR(fit.concordance, .7360290777, 1e-8);
    arena_free(&arena);
}

/* Customers with ties by the hundred, and a model that must own up: its ratios change with time. */
static void telco(void **state) {
    (void)state;
    struct table t;
    if (!table_read("churn/telco_customer_churn.csv", &arena, &t)) skip();
    size_t n = 0;
    for (size_t i = 0; i < t.n; i++) {
        double tenure = table_number(&t, i, "tenure");
        if (!(tenure > 0)) continue;
        cases[n] = (struct survival_case){-INFINITY, tenure, table_is(&t, i, "Churn", "Yes")};
        double *row = x + 5 * n++;
        row[0] = table_is(&t, i, "Contract", "Month-to-month");
        row[1] = table_is(&t, i, "InternetService", "Fiber optic");
        row[2] = table_is(&t, i, "PaymentMethod", "Bank transfer (automatic)") ||
                 table_is(&t, i, "PaymentMethod", "Credit card (automatic)");
        row[3] = table_is(&t, i, "SeniorCitizen", "1");
        row[4] = table_is(&t, i, "Partner", "Yes");
    }
    assert_int_equal(n, 7032);
    struct cox fit = fit_of(n, 5, NULL, COX_EFRON);
    assert_coefficients(&fit, (double[]){2.59753541, .43937711, -.71180109, -.03175313, -.64802439});
    NEAR(fit.concordance, .8285980542, 1e-8);
    NEAR(fit.drift_chi2, 146.0, 0.05); /* all the digits that are known */
    assert_int_equal(cox_proportional(&fit), COX_NOT_PROPORTIONAL);
    arena_free(&arena);
}

static uint64_t seed = 7;
static double uniform(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

enum { FEW = 40, P = 2, SMALL_TIMES = 12 };

static bool at_risk(size_t i, double time) {
    return cases[i].entry < time && time <= cases[i].time;
}

/* 1 − S(t−) by the product itself, all strata in one. */
static double g_of(size_t n, double time) {
    double survival = 1;
    for (double u = 0; u < time; u++) {
        double risk = 0, events = 0;
        for (size_t i = 0; i < n; i++) {
            risk += at_risk(i, u);
            events += at_risk(i, u) && cases[i].time == u && cases[i].event;
        }
        if (risk > 0) survival *= 1 - events / risk;
    }
    return 1 - survival;
}

/* Log partial likelihood of x and x·g(t): Efron 1977 (or Breslow) as written, one event after the other. */
static double by_definition(size_t n, enum cox_ties ties, const double *theta) {
    double sum = 0;
    for (uint32_t s = 0; s < 2; s++)
        for (double t = 0; t < SMALL_TIMES; t++) {
            double g = g_of(n, t), risk = 0, dying = 0;
            int events = 0;
            for (size_t i = 0; i < n; i++) {
                if (stratum[i] != s || !at_risk(i, t)) continue;
                double eta = 0;
                for (int j = 0; j < P; j++)
                    eta += (theta[j] + theta[P + j] * g) * x[i * P + j];
                risk += exp(eta);
                if (cases[i].time != t || !cases[i].event) continue;
                dying += exp(eta);
                events++;
                sum += eta;
            }
            for (int e = 0; e < events; e++)
                sum -= log(risk - (ties == COX_EFRON ? dying * e / events : 0));
        }
    return sum;
}

static double moved(size_t n, enum cox_ties ties, const double *theta, int j, double by, int k, double too) {
    double at[2 * P];
    memcpy(at, theta, sizeof at);
    at[j] += by;
    at[k] += too;
    return by_definition(n, ties, at);
}

static double concordance_by_pairs(size_t n, const struct cox *fit) {
    double right = 0, pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            bool outlived =
                cases[k].time > cases[i].time || (cases[k].time == cases[i].time && !cases[k].event);
            if (!cases[i].event || stratum[i] != stratum[k] || !outlived || !at_risk(k, cases[i].time))
                continue;
            double difference = 0;
            for (int j = 0; j < P; j++)
                difference += fit->columns[j].coefficient * (x[i * P + j] - x[k * P + j]);
            right += fabs(difference) < 1e-9 ? 0.5 : difference > 0;
            pairs++;
        }
    return right / pairs;
}

/* Small cases with everything at once: ties, two strata, late entries, equal risks. */
static void agrees_with_the_definition(void **state) {
    (void)state;
    int fitted = 0;
    for (int round = 0; round < 60; round++) {
        enum cox_ties ties = round % 2 ? COX_BRESLOW : COX_EFRON;
        for (size_t i = 0; i < FEW; i++) {
            double time = 1 + floor((SMALL_TIMES - 1) * uniform());
            cases[i] = (struct survival_case){uniform() < 0.4 ? floor(time * uniform()) : -INFINITY, time,
                                              uniform() < 0.7};
            stratum[i] = uniform() < 0.5;
            x[i * P] = uniform() < 0.5;
            x[i * P + 1] = floor(4 * uniform()) / 2;
        }
        struct cox fit = fit_of(FEW, P, stratum, ties);
        if (fit.status != COX_FITTED) continue;
        fitted++;
        double theta[2 * P] = {0}, score[2 * P], information[2 * P * 2 * P], inverse[P * P];
        NEAR(fit.loglik_null, by_definition(FEW, ties, theta), 1e-9);
        for (int j = 0; j < P; j++)
            theta[j] = fit.columns[j].coefficient;
        NEAR(fit.loglik, by_definition(FEW, ties, theta), 1e-9);
        const double h = 1e-3;
        for (int j = 0; j < 2 * P; j++) {
            score[j] = (moved(FEW, ties, theta, j, h, j, 0) - moved(FEW, ties, theta, j, -h, j, 0)) / (2 * h);
            for (int k = 0; k < 2 * P; k++)
                information[j * 2 * P + k] =
                    (moved(FEW, ties, theta, j, h, k, -h) + moved(FEW, ties, theta, j, -h, k, h) -
                     moved(FEW, ties, theta, j, h, k, h) - moved(FEW, ties, theta, j, -h, k, -h)) /
                    (4 * h * h);
        }
        double first[P * P] = {information[0], information[1], information[2 * P], information[2 * P + 1]};
        for (int j = 0; j < P; j++) {
            NEAR(score[j], 0, 1e-4);
            score[j] = 0;
        }
        assert_int_equal(matrix_factor(first, P, 1e-9, NULL), P);
        matrix_invert(first, P, inverse);
        for (int j = 0; j < P; j++)
            NEAR(fit.columns[j].error, sqrt(inverse[j * P + j]), 1e-4);
        for (int j = 0; j < P; j++) { /* x and the one column x·g: the score test of three */
            int of[] = {0, 1, P + j};
            double part[9], u[3], solved[3], chi2 = 0;
            for (int a = 0; a < 3; a++) {
                u[a] = solved[a] = score[of[a]];
                for (int b = 0; b < 3; b++)
                    part[a * 3 + b] = information[of[a] * 2 * P + of[b]];
            }
            matrix_factor(part, 3, 1e-12, NULL);
            matrix_solve(part, 3, solved);
            for (int a = 0; a < 3; a++)
                chi2 += u[a] * solved[a];
            NEAR(fit.columns[j].drift_chi2, chi2, 1e-3 * (1 + chi2));
        }
        double solved[2 * P], chi2 = 0;
        memcpy(solved, score, sizeof solved);
        matrix_factor(information, 2 * P, 1e-12, NULL);
        matrix_solve(information, 2 * P, solved);
        for (int j = 0; j < 2 * P; j++)
            chi2 += score[j] * solved[j];
        NEAR(fit.drift_chi2, chi2, 1e-3 * (1 + chi2));
        NEAR(fit.concordance, concordance_by_pairs(FEW, &fit), 1e-12);
        arena_reset(&arena);
    }
    assert_true(fitted >= 55);
    arena_free(&arena);
}

static size_t by_hand(const double (*rows)[3], size_t n) { /* time, event, x */
    for (size_t i = 0; i < n; i++) {
        cases[i] = (struct survival_case){-INFINITY, rows[i][0], rows[i][1] > 0};
        x[i] = rows[i][2];
    }
    return n;
}

/* Three cases, x = 0, 1, 0 ending at 1, 2, 3: L(β) = 1/(2 + e^β) × e^β/(e^β + 1), greatest where e^2β = 2.
 * Hazards at x = 0: 1/(2 + √2), then 1/(1 + √2) more, then 1 more. */
static void three_by_hand(void **state) {
    (void)state;
    size_t n = by_hand((const double[][3]){{1, 1, 0}, {2, 1, 1}, {3, 1, 0}}, 3);
    struct cox fit = fit_of(n, 1, NULL, COX_EFRON);
    assert_coefficients(&fit, (double[]){log(2) / 2});
    NEAR(fit.loglik_null, -log(6), 1e-12);
    double first = 1 / (2 + M_SQRT2), second = first + 1 / (1 + M_SQRT2), one = 1;
    assert_true(cox_baseline(&fit, 0, 0.9) == 0);
    NEAR(cox_baseline(&fit, 0, 1), first, 1e-9);
    NEAR(cox_baseline(&fit, 0, 2.5), second, 1e-9);
    NEAR(cox_baseline(&fit, 0, 99), second + 1, 1e-9);
    NEAR(cox_survival(&fit, 0, 2, &one), exp(-second * M_SQRT2), 1e-9);
    /* Pairs 1–2, 1–3, 2–3: the risks are 0, β, 0: wrong, equal, right. */
    NEAR(fit.concordance, 0.5, 1e-12);
    arena_free(&arena);
}

/* The same cases in other units and far from 0 have the same likelihood; coefficients follow the unit. */
static void units_do_not_matter(void **state) {
    (void)state;
    struct table t;
    if (!table_read("survival/lifelines_rossi.csv", &arena, &t)) skip();
    size_t n = load_numbers(&t, "week", "arrest", "1", ROSSI, 7);
    struct cox before = fit_of(n, 7, NULL, COX_EFRON);
    for (size_t i = 0; i < n; i++) {
        x[i * 7 + 1] = 1.6e12 + 86400000 * x[i * 7 + 1];
        x[i * 7 + 6] *= 1e-9;
    }
    struct cox after = fit_of(n, 7, NULL, COX_EFRON);
    assert_int_equal(after.status, COX_FITTED);
    NEAR(after.loglik, before.loglik, 1e-8);
    NEAR(after.columns[1].coefficient * 86400000, before.columns[1].coefficient, 1e-8);
    NEAR(after.columns[6].coefficient * 1e-9, before.columns[6].coefficient, 1e-8);
    NEAR(after.drift_chi2, before.drift_chi2, 1e-6);
    NEAR(cox_survival(&after, 0, 52, x), .7148944, 1e-6);
    arena_free(&arena);
}

static void says_why_not(void **state) {
    (void)state;
    struct cox fit = fit_of(by_hand((const double[][3]){{1, 0, 0}, {2, 0, 1}}, 2), 1, NULL, COX_EFRON);
    assert_int_equal(fit.status, COX_NO_EVENTS);
    assert_null(fit.columns);
    assert_true(isnan(fit.loglik) && isnan(cox_survival(&fit, 0, 1, x)) && isnan(cox_baseline(&fit, 0, 1)));
    assert_int_equal(cox_proportional(&fit), COX_UNKNOWN);
    assert_int_equal(fit_of(0, 1, NULL, COX_EFRON).status, COX_NO_EVENTS);

    /* Random columns, then one made of others, one constant, one constant where it is compared. */
    enum { N = 60 };
    for (size_t i = 0; i < N; i++) {
        cases[i] = (struct survival_case){-INFINITY, 1 + floor(20 * uniform()), uniform() < 0.6};
        stratum[i] = i % 3;
    }
    for (int kind = 0; kind < 4; kind++) {
        for (size_t i = 0; i < N; i++) {
            double *row = x + 3 * i;
            row[0] = uniform(), row[2] = uniform();
            row[1] = kind == 0 ? 5 - 2 * row[0] : kind == 1 ? 0.1 : kind == 2 ? 1e6 * stratum[i] : uniform();
        }
        fit = fit_of(N, 3, stratum, COX_EFRON);
        assert_int_equal(fit.status, kind < 3 ? COX_SINGULAR : COX_FITTED);
        if (kind < 3) assert_int_equal(fit.column, 1);
    }

    for (size_t i = 0; i < N; i++) /* nothing else beside it */
        x[i] = 1e6 * stratum[i] + 0.1;
    assert_int_equal(fit_of(N, 1, stratum, COX_EFRON).status, COX_SINGULAR);

    /* The second column alone tells who ends first. */
    for (size_t i = 0; i < N; i++) {
        x[2 * i] = uniform();
        x[2 * i + 1] = cases[i].event;
        if (!cases[i].event) cases[i].time = 30;
    }
    for (int ties = COX_EFRON; ties <= COX_BRESLOW; ties++) {
        fit = fit_of(N, 2, NULL, (enum cox_ties)ties);
        assert_int_equal(fit.status, COX_MONOTONE);
        assert_int_equal(fit.column, 1);
        assert_true(isnan(fit.ratio) && isnan(fit.concordance));
    }
    /* In perfect order: alone, too, whatever rounding takes away. */
    for (size_t round = 0; round < 120; round++) {
        size_t n = 3 + round / 3;
        for (size_t i = 0; i < n; i++) {
            cases[i] = (struct survival_case){-INFINITY, (double)i + 1, true};
            x[i] = -pow((double)i, 0.5 * (double)(1 + round % 3));
        }
        assert_int_equal(fit_of(n, 1, NULL, COX_EFRON).status, COX_MONOTONE);
    }

    /* A rare value of which nobody left: the ratio of hazards is 0, its logarithm without end. */
    for (size_t i = 0; i < N; i++) {
        cases[i] = (struct survival_case){-INFINITY, 1 + floor(20 * uniform()), i >= 3 && uniform() < 0.6};
        x[2 * i] = i < 3;
        x[2 * i + 1] = uniform();
    }
    fit = fit_of(N, 2, NULL, COX_EFRON);
    assert_int_equal(fit.status, COX_MONOTONE);
    assert_int_equal(fit.column, 0);
    cases[0].event = true; /* one of them did: finite */
    assert_int_equal(fit_of(N, 2, NULL, COX_EFRON).status, COX_FITTED);

    for (size_t i = 0; i < N; i++) { /* told apart but for one, who ended first: large, and finite */
        x[2 * i] = uniform();
        x[2 * i + 1] = cases[i].event && i != 1;
        if (!cases[i].event) cases[i].time = 30;
    }
    cases[1] = (struct survival_case){-INFINITY, 0.5, true};
    fit = fit_of(N, 2, NULL, COX_EFRON);
    assert_int_equal(fit.status, COX_FITTED);

    assert_int_equal(fit_of(5, 7, NULL, COX_EFRON).status, COX_TOO_MANY_COLUMNS); /* than events */
    assert_int_equal(fit_of(5, COX_MOST + 1, NULL, COX_EFRON).status, COX_TOO_MANY_COLUMNS);
    arena_free(&arena);
}

/* What is not a number, and who was never watched, does not count; no covariates at all is a model. */
static void odd_input(void **state) {
    (void)state;
    size_t n =
        by_hand((const double[][3]){{1, 1, 0}, {2, 1, 1}, {3, 1, 0}, {2, 1, NAN}, {NAN, 1, 1}, {4, 1, 0}}, 6);
    x[3] = -INFINITY;
    cases[5].entry = 4;
    struct cox fit = fit_of(n, 1, NULL, COX_EFRON);
    assert_coefficients(&fit, (double[]){log(2) / 2});
    assert_int_equal(fit.left_out, 3);
    assert_true(isnan(cox_survival(&fit, 0, NAN, x)));

    fit = fit_of(3, 0, NULL, COX_EFRON);
    assert_int_equal(fit.status, COX_FITTED);
    NEAR(fit.loglik, -log(6), 1e-12);
    NEAR(fit.concordance, 0.5, 0);
    assert_int_equal(cox_proportional(&fit), COX_UNKNOWN);
    NEAR(cox_hazard(&fit, 0, 2, NULL), 1.0 / 3 + 1.0 / 2, 1e-12);

    /* Risks so far apart that exp() leaves the numbers: an answer, whichever. */
    n = by_hand((const double[][3]){{1, 1, 1e300}, {2, 1, -1e300}, {3, 0, 1e299}, {4, 1, 2}}, 4);
    fit = fit_of(n, 1, NULL, COX_EFRON);
    assert_true(fit.status != COX_FITTED || isfinite(fit.loglik));
    arena_free(&arena);
}

/* 100,000 cases of 20 covariates whose coefficients are known. */
static void finds_the_truth(void **state) {
    (void)state;
    if (!getenv("VAFA_FULL")) skip();
    enum { N = 100000, COLUMNS = 20 };
    struct survival_case *many = arena_array(&arena, N, sizeof *many);
    double *values = arena_array(&arena, (size_t)N * COLUMNS, sizeof *values);
    for (size_t i = 0; i < N; i++) {
        double eta = 0;
        for (int j = 0; j < COLUMNS; j++) {
            values[i * COLUMNS + j] = 2 * uniform() - 1;
            eta += (j - 10) / 10.0 * values[i * COLUMNS + j];
        }
        double time = -log(1 - uniform()) * exp(-eta), until = 3 * uniform();
        many[i] = (struct survival_case){-INFINITY, fmin(time, until), time <= until};
    }
    struct cox fit;
    cox_fit(&(struct cox_data){many, values, NULL, N, COLUMNS, COX_EFRON}, &arena, &fit);
    assert_int_equal(fit.status, COX_FITTED);
    for (int j = 0; j < COLUMNS; j++)
        NEAR(fit.columns[j].coefficient, (j - 10) / 10.0, 4 * fit.columns[j].error);
    double zeros[COLUMNS] = {0};
    NEAR(cox_hazard(&fit, 0, 1, zeros), 1, 0.03); /* the baseline's hazard is 1 */
    arena_free(&arena);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lung),
        cmocka_unit_test(rossi),
        cmocka_unit_test(rossi_in_strata),
        cmocka_unit_test(veteran),
        cmocka_unit_test(telco),
        cmocka_unit_test(agrees_with_the_definition),
        cmocka_unit_test(three_by_hand),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(says_why_not),
        cmocka_unit_test(odd_input),
        cmocka_unit_test(finds_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
