/* Gradient boosted trees for a chance, trained by XGBoost (Chen & Guestrin 2016) behind a narrow interface: a
 * matrix of floats in, margins out; NaN is a missing value. XGBoost says nothing by itself; what it refuses
 * is a problem. The same rows, parameters and threads give the same model, byte for byte. */
#ifndef VAFA_STATISTICS_BOOSTING_H
#define VAFA_STATISTICS_BOOSTING_H
#include "base/problem.h"

struct boosting_data {
    const float *x;         /* n rows of p; NaN: missing; infinite values are refused */
    const uint8_t *outcome; /* 0 or 1 */
    size_t n, p;
};

enum { BOOSTING_MOST_DEPTH = 8, BOOSTING_MOST_ROUNDS = 10000 };
struct boosting_parameters {
    double eta;              /* how much of a tree is taken, (0, 1] */
    int depth;               /* 1 … BOOSTING_MOST_DEPTH */
    int rounds;              /* trees: 1 … BOOSTING_MOST_ROUNDS */
    double min_child_weight; /* least Σ p(1 − p) in a leaf, ≥ 0 */
    double subsample;        /* share of rows each tree sees, (0, 1] */
    double colsample;        /* share of columns each tree sees, (0, 1] */
    double lambda;           /* ≥ 0: L2 pull on leaves */
    double positive_weight;  /* > 0: how often a row whose outcome is 1 counts; other than 1 the chances are
                                no longer those of the data */
    double base_score;       /* the chance before the first tree, (0, 1) */
    bool exact;              /* every cut is tried; otherwise 256 bins a column, which is faster */
    int threads;             /* ≥ 1 */
    uint64_t seed;           /* of what each tree sees; below 2^31 */
    const int8_t *monotone;  /* p: 1 the chance never falls with the column, −1 never rises, 0 free; NULL */
    int patience;            /* > 0 with later rows: ends after so many trees without a lower log loss there,
                                and keeps the trees up to the lowest */
};
/* Slow and shallow, for thousands of rows: eta 0.03, depth 4, 300 rounds, min_child_weight 5, subsample and
 * colsample 0.8, lambda 1, base score 0.5, one thread, seed 0. */
struct boosting_parameters boosting_defaults(void);

struct boosting; /* a trained model; one thread at a time */

/* later (NULL or no rows: none) are rows of a later time, for patience. BAD_INPUT: no rows or columns, one
 * outcome, an infinite value, a parameter out of its range. Freed with boosting_free. */
enum status boosting_train(const struct boosting_data *rows, const struct boosting_data *later,
                           const struct boosting_parameters *parameters, struct boosting **ret,
                           struct problem *problem) MUST_USE;
void boosting_free(struct boosting *model); /* NULL is fine */
size_t boosting_columns(const struct boosting *model);
size_t boosting_rounds(const struct boosting *model); /* trees it holds */

/* The log odds of n rows. For many rows, or with their reasons, see trees.h. */
enum status boosting_margins(const struct boosting *model, const float *x, size_t n, double *margins,
                             struct problem *problem) MUST_USE;

/* Appends the model to `out`; boosting_load of these bytes gives it back. BAD_INPUT for bytes that are cut,
 * changed or of another kind: a checksum stands in front, so that XGBoost never reads damaged ones. */
enum status boosting_save(const struct boosting *model, struct buf *out, struct problem *problem) MUST_USE;
enum status boosting_load(struct str bytes, struct boosting **ret, struct problem *problem) MUST_USE;
/* Appends XGBoost's own description in JSON, which trees_read takes. */
enum status boosting_describe(const struct boosting *model, struct buf *out,
                              struct problem *problem) MUST_USE;

#endif
