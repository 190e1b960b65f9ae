/* Models tried on tables: margins of rows that a model did not see, and how good they are. */
#ifndef VAFA_TESTS_TRIALS_H
#define VAFA_TESTS_TRIALS_H
#include "statistics/boosting.h"
#include "statistics/calibration.h"
#include "statistics/logit.h"
#include "statistics/scoring.h"
#include "table.h"

/* Rows of a table, copied. */
struct rows {
    float *x;
    uint8_t *outcome;
    size_t n, p;
    size_t *from; /* the row of the table */
};

static inline struct rows rows_new(size_t n, size_t p) {
    return (struct rows){.x = memory_new((n * p + 1) * sizeof(float)),
                         .outcome = memory_new(n + 1),
                         .from = memory_new((n + 1) * sizeof(size_t)),
                         .p = p};
}
static inline void rows_free(struct rows *rows) {
    free(rows->x);
    free(rows->outcome);
    free(rows->from);
}
static inline void rows_add(struct rows *rows, const struct rows *all, size_t row) {
    memcpy(rows->x + rows->n * rows->p, all->x + row * rows->p, rows->p * sizeof(float));
    rows->outcome[rows->n] = all->outcome[row];
    rows->from[rows->n++] = row;
}

/* A kind of model: trained on some rows, it gives the margins of others. */
typedef void (*trial)(const struct rows *train, const struct rows *test, uint64_t seed, double *margins);

static inline void trial_boosting(const struct rows *train, const struct rows *test,
                                  struct boosting_parameters parameters, double *margins) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct boosting *model;
    if (boosting_train(&(struct boosting_data){train->x, train->outcome, train->n, train->p}, NULL,
                       &parameters, &model, &problem) ||
        boosting_margins(model, test->x, test->n, margins, &problem))
        table_stop("a model was refused", problem.main.message.code);
    boosting_free(model);
    arena_free(&arena);
}

static inline void trial_xgboost(const struct rows *train, const struct rows *test, uint64_t seed,
                                 double *margins) {
    struct boosting_parameters parameters = boosting_defaults();
    parameters.seed = seed;
    trial_boosting(train, test, parameters, margins);
}

/* Standardised columns, missing ones at the mean, C = 1. */
static inline void trial_logit(const struct rows *train, const struct rows *test, uint64_t seed,
                               double *margins) {
    (void)seed;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    size_t p = train->p;
    double *z = memory_new((train->n + test->n) * p * sizeof *z), *other = z + train->n * p;
    for (size_t j = 0; j < p; j++) {
        double sum = 0, known = 0;
        for (size_t i = 0; i < train->n; i++) {
            float value = train->x[i * p + j];
            if (isnan(value)) continue;
            sum += value;
            known++;
        }
        for (size_t i = 0; i < train->n; i++)
            z[i * p + j] = isnan(train->x[i * p + j]) ? sum / known : train->x[i * p + j];
        for (size_t i = 0; i < test->n; i++)
            other[i * p + j] = isnan(test->x[i * p + j]) ? sum / known : test->x[i * p + j];
    }
    struct standard standard = standard_of(z, train->n, p, &arena);
    standard_apply(&standard, z, train->n, z);
    standard_apply(&standard, other, test->n, other);
    struct logit model;
    struct logit_options options = {.pull = 1 / (double)train->n};
    if (logit_fit(&(struct logit_data){z, train->outcome, train->n, p}, &options, &arena, &model, &problem))
        table_stop("a model was refused", problem.main.message.code);
    for (size_t i = 0; i < test->n; i++)
        margins[i] = logit_margin(&model, other + i * p);
    free(z);
    arena_free(&arena);
}

/* Each row's margin by a model of the other four parts. */
static inline void trial_folds(const struct rows *all, trial model, uint64_t seed, double *margins) {
    double *some = memory_new((all->n + 1) * sizeof *some);
    for (unsigned fold = 0; fold < 5; fold++) {
        struct rows train = rows_new(all->n, all->p), test = rows_new(all->n, all->p);
        for (size_t i = 0; i < all->n; i++)
            rows_add(table_fold(seed, i) == fold ? &test : &train, all, i);
        model(&train, &test, seed, some);
        for (size_t i = 0; i < test.n; i++)
            margins[test.from[i]] = some[i];
        rows_free(&train);
        rows_free(&test);
    }
    free(some);
}

/* The same, set right by calibrators that were fitted on margins of inner folds: chances of each kind. */
static inline void trial_calibrated(const struct rows *all, trial model, uint64_t seed,
                                    double *chances[CALIBRATION_KINDS]) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    double *inner = memory_new((all->n + 1) * sizeof *inner), *some = memory_new((all->n + 1) * sizeof *some);
    for (unsigned fold = 0; fold < 5; fold++) {
        struct rows train = rows_new(all->n, all->p), test = rows_new(all->n, all->p);
        for (size_t i = 0; i < all->n; i++)
            rows_add(table_fold(seed, i) == fold ? &test : &train, all, i);
        trial_folds(&train, model, seed + 100, inner);
        model(&train, &test, seed, some);
        for (int kind = 0; kind < CALIBRATION_KINDS; kind++) {
            struct calibration calibration;
            if (calibration_fit((enum calibration_kind)kind,
                                &(struct calibration_slice){inner, train.outcome, train.n}, &arena,
                                &calibration, &problem))
                table_stop("a calibrator was refused", problem.main.message.code);
            for (size_t i = 0; i < test.n; i++)
                chances[kind][test.from[i]] = calibration_chance(&calibration, some[i]);
        }
        rows_free(&train);
        rows_free(&test);
    }
    free(inner);
    free(some);
    arena_free(&arena);
}

struct marks {
    double auc, average_precision, log_loss, brier, ece_width, ece_count, lift;
};

static inline struct marks marks_of(const double *chance, const uint8_t *outcome, size_t n) {
    struct arena arena = {0};
    struct ranking ranking = ranking_make(chance, outcome, NULL, n, 0, &arena);
    struct calibration_bin bins[10];
    struct marks marks = {.auc = ranking_auc(&ranking),
                          .average_precision = ranking_average_precision(&ranking),
                          .log_loss = log_loss(chance, outcome, n),
                          .brier = brier(chance, outcome, n),
                          .lift = ranking_lift(&ranking, 0.1)};
    calibration_bins_by_width(chance, outcome, n, bins, 10);
    marks.ece_width = calibration_error(bins, 10);
    marks.ece_count = calibration_error(bins, calibration_bins_by_count(&ranking, chance, bins, 10, &arena));
    arena_free(&arena);
    return marks;
}

static inline void marks_add(struct marks *sum, const struct marks *one, double share) {
    sum->auc += one->auc * share;
    sum->average_precision += one->average_precision * share;
    sum->log_loss += one->log_loss * share;
    sum->brier += one->brier * share;
    sum->ece_width += one->ece_width * share;
    sum->ece_count += one->ece_count * share;
    sum->lift += one->lift * share;
}

static inline void marks_print(const char *what, const struct marks *m) {
    printf("%-24s AUC %.4f  PR %.3f  log loss %.4f  Brier %.4f  ECE %.4f / %.4f  lift %.2f\n", what, m->auc,
           m->average_precision, m->log_loss, m->brier, m->ece_width, m->ece_count, m->lift);
}

#endif
