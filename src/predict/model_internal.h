/* What the files of model.h share. */
#ifndef VAFA_PREDICT_MODEL_INTERNAL_H
#define VAFA_PREDICT_MODEL_INTERNAL_H
#include "predict/model.h"

/* Bits of model_row.has, in the order of its fields. */
#define MODEL_HAS_FIRST (1u << 8)
#define MODEL_HAS_LAST  (1u << 9)
#define MODEL_ALL       ((1u << 16) - 1)

int model_threads(void);
/* Takes so few of the accounts that a panel of so many snapshots stays within MODEL_MOST_ROWS. */
void model_bound(struct house *house, size_t snapshots, struct backtest_plan *plan);
/* The panel as a trial takes it; lives in the arena and in the panel. */
struct trial_rows model_rows(const struct panel *panel, struct arena *arena);
struct trial_options model_options(struct house *house, day_t test_from, const bool *stopping);
/* The trial as an object: {state, chosen, best, …, learners: [{learner, auc, …, bins}], left_out}. */
void model_put_trial(const struct panel *panel, const struct trial *trial, struct json_writer *w);

/* Stores a version under the next number; one that goes live replaces the live one, and a refused one ends
 * it. judged: the version that was live when the making began, 0: none; where another one is by now, this one
 * is kept as tried: overtaken. */
enum status model_keep(struct house *house, struct model_row *row, struct str trees, int64_t judged,
                       struct problem *problem) MUST_USE;
/* Stores the chances of accounts [0, n) that changed, NAN ending what was foretold, and gives notice. model:
 * whose they are; NULL: nobody's. */
enum status predictions_keep(struct house *house, struct outcome_key key, const struct model *model,
                             const double *chance, size_t n, struct problem *problem) MUST_USE;

#endif
