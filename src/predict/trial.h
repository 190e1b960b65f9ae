/* Which learner a panel deserves: each is trained on what was over by a day and asked about the days behind
 * it, several times (rolling origins, with the outcome's days as embargo), and the simplest that is within
 * one standard error (bootstrap by account) of the best log loss is chosen. Rows of one account repeat each
 * other and time moves on, so that a random split would flatter. */
#ifndef VAFA_PREDICT_TRIAL_H
#define VAFA_PREDICT_TRIAL_H
#include "base/calendar.h"
#include "predict/learner.h"
#include "statistics/calibration.h"
#include "statistics/ranking.h"

enum {
    TRIAL_LEAST_LOST = 20,     /* losses (each once), below which nothing is learnt */
    TRIAL_LEAST_TESTED = 10,   /* of them on later days, below which nothing is proven */
    TRIAL_BOOSTING_LOST = 200, /* rows lost above which, with TRIAL_BOOSTING_ROWS, trees may compete */
    TRIAL_BOOSTING_ROWS = 1000,
    TRIAL_LEAST_ORIGINS = 3, /* later days needed, unless one is named */
    TRIAL_BLOCKS = 4,        /* trainings at most; each is asked about the days up to the next */
    TRIAL_BINS = 20,         /* at most; TRIAL_BIN_ROWS each at least, where there are so many */
    TRIAL_BIN_ROWS = 40,
};

struct trial_rows {
    struct learner_rows rows;
    const uint32_t *cluster; /* the account: 0 … clusters − 1 */
    size_t clusters;
    const day_t *day;             /* of the snapshot; ascending */
    int32_t ripe;                 /* days from a snapshot until its outcome is known */
    const uint8_t *first_of_loss; /* lost, and not yet so at the snapshot before: who leaves once is lost at
                                     several snapshots; NULL: each row is a loss of its own */
};
struct trial_options {
    day_t
        test_from; /* rows from this day on are asked about, by what was over before it; INT32_MIN: rolling */
    double capacity; /* share of accounts that the team can look after: (0, 1] */
    int threads;
    const bool *stopping; /* atomic; or NULL */
};

enum trial_state {
    TRIAL_OK,
    TRIAL_TOO_FEW,   /* fewer than TRIAL_LEAST_LOST lost */
    TRIAL_TOO_SHORT, /* not enough later days, or losses on them, to test on */
    TRIAL_NO_SKILL,  /* nothing is better than the share of all */
};
struct trial_bin {
    size_t rows, lost;
    double from, to, mean; /* chances; the mean is what was said, rate what came */
    double rate;
    struct interval interval;
};
struct trial_score { /* of a learner, on the rows of later days */
    bool tried;
    double auc, pr_auc, log_loss, brier, ece, lift, precision; /* lift of a tenth; precision at capacity */
    struct interval auc_interval;
    double over_best; /* log loss above the best one's, and its standard error */
    double over_best_error;
    struct trial_bin bins[TRIAL_BINS];
    size_t bin_count;
};
struct trial {
    enum trial_state state;
    enum learner_kind best, chosen; /* best by log loss */
    struct trial_score scores[LEARNERS];
    size_t train_rows, train_lost; /* of the first training that is tested on */
    size_t rows, lost, accounts;   /* tested on */
    size_t origins;
    day_t test_from, test_to; /* first and last day tested on */
    size_t learnt_rows, learnt_lost;
    size_t losses, tested_losses; /* each once: of all, on later days */
    bool boosting_competed;
    struct calibration_choice calibration; /* of the chosen: kept only where it wins later */
    size_t tested;                         /* rows, in their order: */
    uint32_t *row;                         /* their place among the rows given */
    double *chance;                        /* by the chosen, as it says */
    double *margin[LEARNERS];
};

/* Mean log loss of chances a above that of b, and its standard error, whole accounts drawn: the ratio's, as
 * the bootstrap of many accounts has it (Efron & Tibshirani 1993, ch. 8). Clusters are dense. */
struct trial_difference {
    double mean, error;
};
struct trial_difference trial_compare(const double *a, const double *b, const uint8_t *lost,
                                      const uint32_t *cluster, size_t n, size_t clusters);

/* What a learner says of the rows that a trial tested, having learnt as the trial's did, from other columns
 * of the same rows: chances, in the arena. */
enum status trial_again(const struct trial_rows *rows, const struct trial_options *options,
                        enum learner_kind kind, struct arena *arena, double **chance,
                        struct problem *problem) MUST_USE;

enum status trial_run(const struct trial_rows *rows, const struct trial_options *options, struct arena *arena,
                      struct trial *ret, struct problem *problem) MUST_USE;

#endif
