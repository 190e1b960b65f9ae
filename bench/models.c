/* Models over 100,000 rows of 40 columns: 200 trees trained by XGBoost's hist, a logistic model,
 * and the contributions of every column to every row, beside XGBoost's pred_contribs of the same model, rows
 * and threads (5,000 rows and all of them). Contributions are compared within 1e-4. bench_models [threads] */
#include "statistics/boosting.h"
#include "statistics/logit.h"
#include "statistics/tree_shap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xgboost/c_api.h>

enum { ROWS = 100000, COLUMNS = 40, PART = 5000, TRIES = 5 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t seed = 7;
static double uniform(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

static void stop(const char *what) {
    fprintf(stderr, "bench_models: %s\n", what);
    exit(1);
}

/* Some columns count, in lines, bows and pairs; the others are noise. */
static void make_rows(float *x, double *plain, uint8_t *outcome) {
    for (size_t i = 0; i < ROWS; i++) {
        float *row = x + i * COLUMNS;
        for (size_t j = 0; j < COLUMNS; j++)
            row[j] = (float)(uniform() * 4 - 2);
        double margin = -1.6;
        for (size_t j = 0; j < 12; j++)
            margin += 0.3 * row[j] * (j % 3 == 1 ? row[j] : j % 3 == 2 ? row[j - 2] : 1);
        outcome[i] = uniform() < sigmoid(margin);
        for (size_t j = 0; j < COLUMNS; j++)
            plain[i * COLUMNS + j] = row[j];
    }
}

/* XGBoost's contributions of the first n rows, in seconds; the greatest difference to ours. */
static double ask_xgboost(BoosterHandle booster, const float *x, size_t n, int threads, const double *ours,
                          double bias, double *apart) {
    DMatrixHandle matrix;
    bst_ulong const *shape;
    bst_ulong dimensions;
    float const *theirs;
    double start = now();
    if (XGDMatrixCreateFromMat_omp(x, n, COLUMNS, NAN, &matrix, threads) ||
        XGBoosterPredictFromDMatrix(booster, matrix,
                                    "{\"type\": 2, \"training\": false, \"iteration_begin\": 0, "
                                    "\"iteration_end\": 0, \"strict_shape\": false}",
                                    &shape, &dimensions, &theirs))
        stop(XGBGetLastError());
    double took = now() - start;
    *apart = 0;
    for (size_t i = 0; i < n; i++) {
        const float *row = theirs + i * (COLUMNS + 1);
        for (size_t j = 0; j < COLUMNS; j++)
            *apart = fmax(*apart, fabs(row[j] - ours[i * COLUMNS + j]));
        *apart = fmax(*apart, fabs(row[COLUMNS] - bias));
    }
    XGDMatrixFree(matrix);
    return took;
}

static double explain(const struct tree_shap *shap, const float *x, size_t n, int threads, double *out) {
    double best = INFINITY;
    for (int t = 0; t < TRIES; t++) {
        double start = now();
        tree_shap_rows(shap, x, n, threads, out);
        best = fmin(best, now() - start);
    }
    return best;
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    int threads = argc > 1 ? atoi(argv[1]) : 2;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    float *x = arena_array(&arena, (size_t)ROWS * COLUMNS, sizeof *x);
    double *plain = arena_array(&arena, (size_t)ROWS * COLUMNS, sizeof *plain),
           *out = arena_array(&arena, (size_t)ROWS * COLUMNS, sizeof *out),
           *margins = arena_array(&arena, ROWS, sizeof *margins), start, loss = 0;
    uint8_t *outcome = arena_alloc(&arena, ROWS);
    make_rows(x, plain, outcome);
    printf("%d rows × %d columns, %d threads\n", ROWS, COLUMNS, threads);

    struct boosting_parameters parameters = boosting_defaults();
    parameters.rounds = 200;
    parameters.eta = 0.1;
    parameters.min_child_weight = 1;
    parameters.threads = threads;
    struct boosting_data rows = {x, outcome, ROWS, COLUMNS};
    struct boosting *model;
    double took[3];
    static const struct {
        int depth;
        double share;
    } ways[] = {{3, 0.8}, {5, 1}, {5, 0.8}}; /* as the product learns; deeper, whole and sampled */
    for (int t = 0; t < 3; t++) {
        parameters.depth = ways[t].depth;
        parameters.subsample = parameters.colsample = ways[t].share;
        start = now();
        if (boosting_train(&rows, NULL, &parameters, &model, &problem)) stop("no model");
        took[t] = now() - start;
        if (t < 2) boosting_free(model);
    }
    printf(
        "  trees        %7.2f s to train 200 as the product does: depth 3, 0.8 of rows and columns (mark: 3 s)\n"
        "               %7.2f s of depth 5, of all rows and columns (mark: 3 s)\n"
        "               %7.2f s of depth 5, 0.8 of rows and columns\n",
        took[0], took[1], took[2]);
    start = now();
    struct logit logit;
    if (logit_fit(&(struct logit_data){plain, outcome, ROWS, COLUMNS},
                  &(struct logit_options){.pull = 1e-5, .covariance = true}, &arena, &logit, &problem))
        stop("no logistic model");
    printf("  logit        %7.2f s to fit, with its covariance, one thread\n", now() - start);

    struct buf text = {0};
    struct trees trees;
    if (boosting_describe(model, &text, &problem)) stop("no description");
    start = now();
    if (trees_read(buf_str(&text), &arena, &trees, &problem)) stop("no trees");
    struct tree_shap *shap = tree_shap_make(&trees, &arena);
    printf("  tables       %7.1f ms to read the trees and make them\n", (now() - start) * 1e3);
    start = now();
    trees_margins(&trees, x, ROWS, threads, margins);
    took[0] = now() - start;
    for (size_t i = 0; i < ROWS; i++)
        loss -= log(sigmoid(outcome[i] ? margins[i] : -margins[i])) / ROWS;
    printf("  margins      %7.2f s for all rows (log loss %.3f)\n", took[0], loss);

    BoosterHandle booster;
    char count[16];
    snprintf(count, sizeof count, "%d", threads);
    if (XGBoosterCreate(NULL, 0, &booster) || XGBoosterSetParam(booster, "nthread", count) ||
        XGBoosterLoadModelFromBuffer(booster, text.p, text.n))
        stop(XGBGetLastError());
    double worst = 0;
    const size_t sizes[] = {PART, ROWS};
    for (int s = 0; s < 2; s++) {
        double ours = explain(shap, x, sizes[s], threads, out), apart,
               theirs = ask_xgboost(booster, x, sizes[s], threads, out, tree_shap_bias(shap), &apart);
        printf("  contributions of %6zu rows: vafa %7.3f s (mark: 3 s for all), XGBoost %7.2f s\n"
               "               ratio %.0f × (mark: 10 ×); within %.1e\n",
               sizes[s], ours, theirs, theirs / ours, apart);
        worst = fmax(worst, apart);
    }
    start = now();
    for (size_t i = 0; i < 1000; i++)
        tree_shap_rows(shap, x + i * COLUMNS, 1, 1, out);
    printf("  one row      %7.3f ms\n", now() - start);
    XGBoosterFree(booster);
    boosting_free(model);
    buf_free(&text);
    arena_free(&arena);
    return worst < 1e-4 ? 0 : 1;
}
