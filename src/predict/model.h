/* Models: for each outcome, of all products or of one, the versions that were made, one of which may be live.
 * Making one gathers a panel, lets the learners compete on later time (trial.h) and trains the chosen one on
 * everything that is over.
 *
 * A new version goes live only where it is not worse than the live one; otherwise it is kept as tried. The
 * two are asked about days that neither learnt from. Where the live one is too young for such days, the two
 * recipes (learner and facts) are: each trained on the same earlier days and asked about the same later ones.
 * After a roll-back nothing is made until somebody asks. Without enough history, or without skill, nothing is
 * foretold, and what was foretold ends: a version says so (refused). Accounts younger than MODEL_NEW_DAYS get
 * no prediction: their onboarding score speaks for them.
 *
 * Predictions are facts by change (the source `predictions`; churn_probability and so on): a row where the
 * chance moved by MODEL_STEP, with the version that said so; for MODEL_KEPT_MONTHS. Their interval is what
 * became of past accounts of such a chance: the bin of the trial, 95 %, by as many independent cases as the
 * clustered come to. */
#ifndef VAFA_PREDICT_MODEL_H
#define VAFA_PREDICT_MODEL_H
#include "predict/panel.h"
#include "predict/trial.h"

/* A panel is bounded: of companies with more than MODEL_MOST_ROWS accounts × months, quarters are taken
 * instead of months, and beyond that only so many of the accounts. */
enum { MODEL_NEW_DAYS = 90, MODEL_MONTHS = 36, MODEL_MOST_ROWS = 200000, MODEL_KEPT_MONTHS = 24 };
#define MODEL_STEP 0.005

struct model_row {
    uint64_t has;
    struct str outcome;
    int64_t version;
    struct str state, verdict, learner; /* verdict: ok, too_few, too_short, no_skill, worse */
    instant_t made_at;
    struct str made_by, definition;
    day_t first_day, last_day; /* of the snapshots that were learnt from */
    int64_t cases, lost, accounts;
    struct str columns, body, tests; /* JSON */
};
extern const struct record_type model_type;

/* What the organisation's settings say of an outcome, bounded. */
struct backtest_plan model_plan(struct house *house, struct outcome_key key);
/* Makes a version from what is known now, stores it, and where it goes live foretells. test_from: INT32_MIN,
 * or the day that parts learning and testing. */
enum status model_make(struct house *house, struct outcome_key key, day_t test_from, struct str by,
                       const bool *stopping, struct arena *arena, struct model_row *ret,
                       struct problem *problem) MUST_USE;
/* Foretells by the live version; nothing without one. */
enum status model_foretell(struct house *house, struct outcome_key key, const bool *stopping,
                           struct problem *problem) MUST_USE;
/* The version before goes live again, at once; the newest is marked as rolled back, whatever it was, so that
 * the schedule holds. NOT_FOUND: there is none. */
enum status model_roll_back(struct house *house, struct outcome_key key, const bool *stopping,
                            struct arena *arena, struct model_row *ret, struct problem *problem) MUST_USE;

/* ---- which there are ---- */

/* The products that anybody ever subscribed to, those of most accounts first. In the arena. */
struct product_sold {
    struct str product;
    size_t accounts;
};
struct product_sold *products_sold(struct house *house, struct arena *arena, size_t *n);
/* The outcomes that models are made of by themselves: all those of no product; the cross-sell of each product
 * that not everybody who ever bought has had (of the first MODEL_MOST_PRODUCTS); and what was ever made by
 * hand. */
enum { MODEL_MOST_PRODUCTS = 12 };
enum status models_watched(struct house *house, struct arena *arena, struct outcome_key **ret, size_t *n,
                           struct problem *problem) MUST_USE;

/* ---- reading ---- */

/* Versions, newest first; of one outcome, or all (empty). In the arena. */
enum status models_read(struct house *house, struct str outcome, struct arena *arena, struct model_row **ret,
                        size_t *n, struct problem *problem) MUST_USE;
/* Of which there is any version. In the arena. */
enum status models_outcomes(struct house *house, struct arena *arena, struct str **ret, size_t *n,
                            struct problem *problem) MUST_USE;
/* *found false: there is none. */
enum status model_read_live(struct house *house, struct outcome_key key, struct arena *arena,
                            struct model_row *ret, bool *found, struct problem *problem) MUST_USE;
enum status model_read_newest(struct house *house, struct outcome_key key, struct arena *arena,
                              struct model_row *ret, bool *found, struct problem *problem) MUST_USE;
struct model {
    struct model_row row;
    struct outcome_key key;
    struct learner learner;
    struct calibration calibration; /* from the learner's margins to chances */
    struct panel_column *columns;
    size_t p;
    struct model_bin {
        double from, rate, low, high;
        int64_t cases;
    } bins[TRIAL_BINS];
    size_t bin_count;
    double deciles[9]; /* of what it foretold when it was made: for drift */
};
/* The live one. *found false: there is none. Freed with model_close. */
enum status model_open(struct house *house, struct outcome_key key, struct arena *arena, struct model *ret,
                       bool *found, struct problem *problem) MUST_USE;
void model_close(struct model *model);
/* Chances of n rows of its columns. */
void model_chances(const struct model *model, const double *x, size_t n, int threads, double *chances);
/* The bin of past cases that a chance falls into; NULL: none. */
const struct model_bin *model_bin_of(const struct model *model, double chance);

/* ---- the keeper: makes and foretells on a schedule, and when asked ---- */
struct model_keeper;
enum status model_keeper_start(struct house *house, struct model_keeper **ret,
                               struct problem *problem) MUST_USE;
void model_keeper_stop(struct model_keeper *keeper); /* NULL is fine */
/* Asks for a new version soon; false: it is being made already. */
bool model_keeper_ask(struct model_keeper *keeper, struct outcome_key key, struct str by);
bool model_keeper_busy(struct model_keeper *keeper, struct outcome_key key);

#endif
