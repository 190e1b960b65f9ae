/* Whole models on public data sets, held against figures of scikit-learn 1.2.1 and xgboost 1.7.4 on the same
 * folds: Telco and mlc (churn), bank-additional (upsell), OULAD (withdrawals, split by time); and controls,
 * which a model must not pass. One seed of the folds; with VAFA_FULL=1 the mean of three, and all calibrated
 * rows. */
#include "../harness/oulad.h"

#include <math.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

enum { TELCO, MLC, BANK };
static const char *const telco_dropped[] = {"customerID", "Churn", NULL},
                         *const mlc_dropped[] = {"churn", NULL},
                         *const bank_dropped[] = {"duration", "y", NULL}; /* known only after the call */
static const struct {
    const char *path, *label, *positive;
    const char *const *dropped;
    size_t n, happened, columns;
} sets[] = {
    {"churn/telco_customer_churn.csv", "Churn", "Yes", telco_dropped, 7043, 1869, 45},
    {"churn/mlc_churn.csv", "churn", "yes", mlc_dropped, 5000, 707, 73},
    {"upsell/bank-additional.csv", "y", "yes", bank_dropped, 4119, 451, 71},
};

/* What others came to; 0: not told. */
static const struct marks telco_logit = {.8449, .652, .4178, .1356, .0130, .0136, 2.86},
                          telco_xgboost = {.8476, .665, .4132, .1342, .0117, .0119, 2.90},
                          telco_platt = {.8464, .663, .4140, .1344, .0067, .0032, 2.89},
                          telco_isotonic = {.8452, .656, .4161, .1347, .0065, .0056, 2.90},
                          mlc_logit = {.8184, .459, .3221, .0972, .0146, 0, 3.69},
                          mlc_xgboost = {.9220, .879, .1556, .0369, .0235, 0, 6.86},
                          mlc_platt = {.9219, .880, .1502, .0353, .0120, 0, 0},
                          mlc_isotonic = {.9179, .874, .1434, .0348, .0034, 0, 0},
                          bank_logit = {.7609, .413, .2841, .0795, .0163, 0, 4.43},
                          bank_xgboost = {.7694, .429, .2801, .0788, .0170, 0, 4.32},
                          bank_isotonic = {.7558, .414, .2776, .0779, .0058, 0, 4.22};

static int seeds(void) {
    return getenv("VAFA_FULL") ? 3 : 1;
}

static bool read_set(int which, struct table *table) {
    char path[512];
    *table = (struct table){0};
    if (!table_path(sets[which].path, path, sizeof path)) return false;
    table_read(table, path);
    table_encode(table, sets[which].dropped);
    table_label(table, sets[which].label, sets[which].positive);
    size_t happened = 0;
    for (size_t i = 0; i < table->n; i++)
        happened += table->outcome[i];
    assert_int_equal(table->n, sets[which].n);
    assert_int_equal(happened, sets[which].happened);
    assert_int_equal(table->p, sets[which].columns);
    return true;
}

static struct rows rows_of(const struct table *table) {
    return (struct rows){.x = table->x, .outcome = table->outcome, .n = table->n, .p = table->p};
}

static void near(double got, double wanted, double tolerance) {
    if (wanted != 0) assert_float_equal(got, wanted, tolerance);
}

/* As near to the others' figures as draws of another seed are. */
static void assert_as_others(const struct marks *got, const struct marks *wanted) {
    near(got->auc, wanted->auc, 0.004);
    near(got->average_precision, wanted->average_precision, 0.012);
    near(got->log_loss, wanted->log_loss, 0.003);
    near(got->brier, wanted->brier, 0.001);
    near(got->ece_width, wanted->ece_width, 0.006);
    near(got->ece_count, wanted->ece_count, 0.008);
    near(got->lift, wanted->lift, 0.12);
}

static struct marks judge(const struct rows *all, trial model, const char *name) {
    struct marks mean = {0};
    double *chance = memory_new(all->n * sizeof *chance);
    for (int seed = 1; seed <= seeds(); seed++) {
        trial_folds(all, model, (uint64_t)seed, chance);
        for (size_t i = 0; i < all->n; i++)
            chance[i] = sigmoid(chance[i]);
        struct marks one = marks_of(chance, all->outcome, all->n);
        marks_add(&mean, &one, 1.0 / seeds());
    }
    free(chance);
    marks_print(name, &mean);
    return mean;
}

/* Marks of each kind of calibration, by the folds of seed 1. */
static void judge_calibrated(const struct rows *all, const char *name, struct marks out[CALIBRATION_KINDS]) {
    static const char *const kinds[] = {"none", "shift", "Platt", "isotonic"};
    double *chances[CALIBRATION_KINDS];
    for (int kind = 0; kind < CALIBRATION_KINDS; kind++)
        chances[kind] = memory_new(all->n * sizeof **chances);
    trial_calibrated(all, trial_xgboost, 1, chances);
    for (int kind = 0; kind < CALIBRATION_KINDS; kind++) {
        char text[40];
        snprintf(text, sizeof text, "%s + %s", name, kinds[kind]);
        out[kind] = marks_of(chances[kind], all->outcome, all->n);
        marks_print(text, &out[kind]);
        free(chances[kind]);
    }
}

/* The prior of each fold: no skill, and its losses. */
static void trial_prior(const struct rows *train, const struct rows *test, uint64_t seed, double *margins) {
    (void)seed;
    double happened = 0;
    for (size_t i = 0; i < train->n; i++)
        happened += train->outcome[i];
    for (size_t i = 0; i < test->n; i++)
        margins[i] = log(happened / ((double)train->n - happened));
}

static void telco(void **state) {
    (void)state;
    struct table table;
    if (!read_set(TELCO, &table)) skip();
    struct rows all = rows_of(&table);
    struct marks prior = judge(&all, trial_prior, "Telco prior"),
                 logit = judge(&all, trial_logit, "Telco logit"),
                 xgboost = judge(&all, trial_xgboost, "Telco xgboost");
    assert_float_equal(prior.log_loss, 0.5787, 2e-4);
    assert_float_equal(prior.brier, 0.1950, 2e-4);
    assert_true(prior.ece_width < 2e-3);
    assert_as_others(&logit, &telco_logit);
    assert_as_others(&xgboost, &telco_xgboost);
    assert_true(xgboost.auc >= 0.843 && xgboost.log_loss <= 0.418 && xgboost.brier <= 0.1365);
    assert_true(xgboost.ece_width <= 0.015 && xgboost.auc < 0.87); /* above, something leaks */
    if (getenv("VAFA_FULL")) {
        struct marks kinds[CALIBRATION_KINDS];
        judge_calibrated(&all, "Telco", kinds);
        assert_as_others(&kinds[CALIBRATION_PLATT], &telco_platt);
        assert_as_others(&kinds[CALIBRATION_ISOTONIC], &telco_isotonic);
        assert_true(kinds[CALIBRATION_ISOTONIC].auc < kinds[CALIBRATION_NONE].auc); /* ties cost */
    }
    arena_free(&table.arena);
}

/* A small set with saturated margins: where calibration pays. */
static void mlc(void **state) {
    (void)state;
    struct table table;
    if (!read_set(MLC, &table)) skip();
    struct rows all = rows_of(&table);
    struct marks logit = judge(&all, trial_logit, "mlc logit"), kinds[CALIBRATION_KINDS];
    assert_as_others(&logit, &mlc_logit);
    if (getenv("VAFA_FULL")) {
        struct marks xgboost = judge(&all, trial_xgboost, "mlc xgboost");
        assert_as_others(&xgboost, &mlc_xgboost);
    }
    judge_calibrated(&all, "mlc", kinds);
    assert_as_others(&kinds[CALIBRATION_NONE], &mlc_xgboost);
    assert_as_others(&kinds[CALIBRATION_PLATT], &mlc_platt);
    assert_as_others(&kinds[CALIBRATION_ISOTONIC], &mlc_isotonic);
    assert_true(kinds[CALIBRATION_NONE].auc >= 0.91 && kinds[CALIBRATION_NONE].log_loss <= 0.16);
    assert_true(kinds[CALIBRATION_PLATT].log_loss < kinds[CALIBRATION_NONE].log_loss - 0.003);
    assert_true(kinds[CALIBRATION_ISOTONIC].log_loss < kinds[CALIBRATION_PLATT].log_loss - 0.003);
    arena_free(&table.arena);
}

static void bank(void **state) {
    (void)state;
    struct table table;
    if (!read_set(BANK, &table)) skip();
    struct rows all = rows_of(&table);
    struct marks logit = judge(&all, trial_logit, "bank logit"),
                 xgboost = judge(&all, trial_xgboost, "bank xgboost");
    assert_as_others(&logit, &bank_logit);
    assert_as_others(&xgboost, &bank_xgboost);
    assert_true(xgboost.auc >= 0.755 && xgboost.log_loss <= 0.286);
    if (getenv("VAFA_FULL")) {
        struct marks kinds[CALIBRATION_KINDS];
        judge_calibrated(&all, "bank", kinds);
        near(kinds[CALIBRATION_ISOTONIC].log_loss, bank_isotonic.log_loss, 0.003);
        near(kinds[CALIBRATION_ISOTONIC].brier, bank_isotonic.brier, 0.001);
        near(kinds[CALIBRATION_ISOTONIC].ece_width, bank_isotonic.ece_width, 0.006);
    }
    arena_free(&table.arena);
}

/* ---- controls ---- */

static void trial_weighted(const struct rows *train, const struct rows *test, uint64_t seed,
                           double *margins) {
    struct boosting_parameters parameters = boosting_defaults();
    double happened = 0;
    for (size_t i = 0; i < train->n; i++)
        happened += train->outcome[i];
    parameters.seed = seed;
    parameters.positive_weight = ((double)train->n - happened) / happened;
    trial_boosting(train, test, parameters, margins);
}

/* Outcomes in another order have nothing to do with the rows: no skill, and worse than the prior. Rows
 * weighted until both outcomes weigh the same are told apart no better, and their chances are far off. */
static void controls(void **state) {
    (void)state;
    struct table table;
    if (!read_set(TELCO, &table)) skip();
    struct rows all = rows_of(&table);
    struct marks weighted = judge(&all, trial_weighted, "Telco weighted");
    assert_float_equal(weighted.auc, 0.8455, 0.004);
    assert_float_equal(weighted.log_loss, 0.4780, 0.004);
    assert_float_equal(weighted.ece_width, 0.1319, 0.006);
    uint64_t random = 42;
    for (size_t i = all.n - 1; i > 0; i--) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        size_t other = random % (i + 1);
        uint8_t kept = all.outcome[i];
        all.outcome[i] = all.outcome[other];
        all.outcome[other] = kept;
    }
    struct marks prior = judge(&all, trial_prior, "shuffled, prior"),
                 logit = judge(&all, trial_logit, "shuffled, logit"),
                 xgboost = judge(&all, trial_xgboost, "shuffled, xgboost");
    assert_float_equal(logit.log_loss, 0.5814, 0.002);
    assert_true(prior.log_loss < logit.log_loss && logit.log_loss < xgboost.log_loss);
    assert_float_equal(logit.auc, 0.494, 0.02);
    assert_float_equal(xgboost.auc, 0.494, 0.02);
    arena_free(&table.arena);
}

/* ---- by time ---- */

/* Boosting is as others have it. The logistic model does better than theirs (missing values stand at the mean
 * here): it must not be worse, nor so much better that the future must have leaked. */
static void oulad(void **state) {
    (void)state;
    static struct oulad data;
    static const struct {
        double day;
        size_t train, test;
        double train_rate, test_rate, logit_auc, logit_loss, xgboost_auc, xgboost_loss, prior_loss;
    } wanted[] = {
        {28, 11799, 6506, .1697, .2027, .6955, .4727, .7129, .4591, .5079},
        {56, 11423, 6207, .1421, .1642, .6979, .4194, .6999, .4156, .4484},
        {112, 10772, 5833, .0900, .1101, .7014, .3257, .7279, .3172, .3489},
    };
    static const trial models[] = {trial_prior, trial_logit, trial_xgboost};
    static const char *const names[] = {"prior", "logit", "xgboost"};
    if (!oulad_read(&data)) skip();
    for (size_t d = 0; d < sizeof wanted / sizeof *wanted; d++) {
        struct rows train, test;
        struct marks marks[3];
        double rates[2] = {0};
        oulad_rows(&data, wanted[d].day, &train, &test);
        assert_int_equal(train.n, wanted[d].train);
        assert_int_equal(test.n, wanted[d].test);
        for (size_t i = 0; i < train.n; i++)
            rates[0] += train.outcome[i] / (double)train.n;
        for (size_t i = 0; i < test.n; i++)
            rates[1] += test.outcome[i] / (double)test.n;
        assert_float_equal(rates[0], wanted[d].train_rate, 6e-5);
        assert_float_equal(rates[1], wanted[d].test_rate, 6e-5);
        double *chance = memory_new(test.n * sizeof *chance);
        for (int m = 0; m < 3; m++) {
            char name[40];
            models[m](&train, &test, 1, chance);
            for (size_t i = 0; i < test.n; i++)
                chance[i] = sigmoid(chance[i]);
            marks[m] = marks_of(chance, test.outcome, test.n);
            snprintf(name, sizeof name, "OULAD day %g %s", wanted[d].day, names[m]);
            marks_print(name, &marks[m]);
        }
        assert_float_equal(marks[0].log_loss, wanted[d].prior_loss, 1e-4);
        assert_true(marks[1].auc > wanted[d].logit_auc - 0.015 && marks[1].auc < wanted[d].logit_auc + 0.03);
        assert_true(marks[1].log_loss < wanted[d].logit_loss + 0.006 &&
                    marks[1].log_loss > wanted[d].logit_loss - 0.02);
        assert_float_equal(marks[2].auc, wanted[d].xgboost_auc, 0.015);
        assert_float_equal(marks[2].log_loss, wanted[d].xgboost_loss, 0.006);
        free(chance);
        rows_free(&train);
        rows_free(&test);
    }
    oulad_free(&data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(telco),    cmocka_unit_test(mlc),   cmocka_unit_test(bank),
        cmocka_unit_test(controls), cmocka_unit_test(oulad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
