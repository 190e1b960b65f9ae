/* What can be learnt from a panel: four learners, from the simplest to the richest. Each gives log odds,
 * takes itself apart into what each column adds, and can be kept and read back. Pure arithmetic over a
 * matrix; which of them is used is decided by trial.h.
 *
 *   prior     the share of the rows, for everybody
 *   recency   a logistic model of the days since the last use alone
 *   logit     a logistic model of all columns, strongly shrunk (C = 0.01 of other programs) towards generic
 *             weights: at least as good as trees below about 200 outcomes (statistics: learning curve)
 *   boosting  trees by XGBoost: eta 0.03, depth 3, 200 rounds, at least 5 in a leaf, four fifths of rows and
 *             columns a tree
 *
 * No rows are copied or weighted to make outcomes more frequent: that ruins the chances and gains nothing
 * (van den Goorbergh et al. 2022). */
#ifndef VAFA_PREDICT_LEARNER_H
#define VAFA_PREDICT_LEARNER_H
#include "base/json.h"
#include "statistics/boosting.h"
#include "statistics/logit.h"
#include "statistics/tree_shap.h"

enum learner_kind { LEARNER_PRIOR, LEARNER_RECENCY, LEARNER_LOGIT, LEARNER_BOOSTING, LEARNERS };
extern const char *const learner_names[LEARNERS + 1];

struct learner_rows {
    const double *x; /* n rows of p; NAN: not known */
    const uint8_t *lost;
    size_t n, p;
    int recency; /* the column of days since the last use; −1: there is none */
    const double
        *towards; /* p: what a logistic model is pulled to, for a column a standard deviation up; NULL: 0
                   */
};

/* How columns enter a logistic model: counts by their logarithm, standardised, held within 4 deviations; not
 * known is the mean, and where it is not rare a column of its own. */
struct design {
    size_t p, q; /* columns of the panel, of the model */
    struct design_column {
        uint32_t from; /* column of the panel */
        bool absence;  /* 1 where it is not known, 0 where it is */
        bool log;      /* ln(1 + x) */
        double mean, spread;
    } * columns; /* q */
};

struct learner {
    enum learner_kind kind;
    size_t p;
    double rate; /* of the rows it learnt from */
    struct design design;
    struct logit logit;        /* RECENCY, LOGIT */
    struct boosting *boosting; /* BOOSTING; freed by learner_free */
    struct trees trees;
    struct tree_shap *shap;
};

/* BAD_INPUT: one outcome only, or no rows; RECENCY without its column. Lives in the arena, but for what
 * learner_free frees. */
enum status learner_train(enum learner_kind kind, const struct learner_rows *rows, int threads,
                          struct arena *arena, struct learner *ret, struct problem *problem) MUST_USE;
void learner_free(struct learner *learner);
/* Log odds of n rows. */
void learner_margins(const struct learner *learner, const double *x, size_t n, int threads, double *margins);
/* out[row × p + column]: what each column adds to the margin, for n rows; the bias and they sum to it, to
 * 1e-4. The bias is the same for all rows. */
double learner_reasons(const struct learner *learner, const double *x, size_t n, int threads, double *out);

/* JSON of all but the trees, and the trees' bytes (none unless BOOSTING). */
enum status learner_save(const struct learner *learner, struct buf *json, struct buf *bytes,
                         struct problem *problem) MUST_USE;
enum status learner_load(const struct json *json, struct str bytes, struct arena *arena, struct learner *ret,
                         struct problem *problem) MUST_USE;

#endif
