/* Scores tested against history: what a scorecard would have said at past snapshot days, from what could be
 * known then, held against what became of the accounts afterwards.
 *
 * A case is an account at a snapshot whose outcome could befall it (outcome.h) and is known by now. Accounts
 * whose days are not over are no cases. Overrides by members are left out: the card is tested, not its users.
 * All snapshots are pooled; intervals go by accounts, whose cases repeat each other. */
#ifndef VAFA_INSIGHT_BACKTEST_H
#define VAFA_INSIGHT_BACKTEST_H
#include "insight/fact_memory.h"
#include "insight/health.h"
#include "insight/knowledge.h"
#include "insight/outcome.h"
#include "statistics/ranking.h"
#include "insight/selection.h"

enum {
    BACKTEST_LEAST_LOSSES = 20, /* below, a test is refused */
    BACKTEST_LEAST_CASES = 30,  /* below, no chance is named */
    BACKTEST_MOST_SNAPSHOTS = 120,
    BACKTEST_MONTHS = 24, /* of snapshots, unless told */
    BACKTEST_BINS = 10,
};

struct backtest_plan {
    struct outcome outcome;
    int32_t gap_days; /* the outcome's days begin so long after the snapshot: time in which one can still act.
                         Whom it befalls inside the gap is no case */
    uint32_t every; /* 0 or 1: all accounts; else those whose place in the directory is a multiple of it: what
                       a panel of very many can hold */
    enum period_unit by; /* snapshots at the starts of these periods */
    enum calendar calendar;
    enum weekday week_start;
    day_t from, to;                  /* snapshots in [from, to]; INT32_MIN, INT32_MAX: the last 24 months */
    const struct selector *selector; /* NULL: everybody */
    const bool *stopping; /* atomic: looked at between snapshots, true ends in UNAVAILABLE; or NULL */
};

enum snapshot_state { SNAPSHOT_LABELLED, SNAPSHOT_NOT_OVER, SNAPSHOT_NOT_OBSERVED };
struct snapshot {
    struct period period; /* the snapshot is its first day */
    enum snapshot_state state;
    size_t first, n; /* its cases */
    size_t unjudged; /* accounts for whom the rule of the selection could not be judged then */
};

/* Cases in the order of the snapshots, then of the accounts. */
struct backtest_cases {
    struct backtest_plan plan;
    struct snapshot *snapshots;
    size_t snapshot_count;
    size_t n;
    uint32_t *account;
    uint32_t *cluster; /* the account, numbered 0 … clusters − 1 */
    size_t clusters;
    uint8_t *lost;
    uint8_t *first_of_loss; /* lost, and not yet so at the account's case before */
    double *arr;            /* recurring revenue as known then, minor units; NaN: not known */
    double *recency;        /* days since the last use as known then; infinity: never used, or not known */
    bool has_recency;       /* for any of them */
};
/* Lives in the arena. The memory's catalogue is that of the selector. */
enum status backtest_gather(struct house *house, const struct backtest_plan *plan, struct fact_memory *memory,
                            struct arena *arena, struct backtest_cases *ret,
                            struct problem *problem) MUST_USE;

struct backtest_scores {
    const struct scorecard *card;
    double *score;    /* by case, NaN: none */
    uint8_t *band;    /* of the card, BAND_UNKNOWN */
    uint8_t *of_card; /* the card applied to the account then */
};
/* What a card of a set said of every case: of the set, the first whose rule holds judges. Set and memory are
 * of one catalogue. */
enum status backtest_score(struct house *house, const struct card_set *set, size_t card,
                           struct fact_memory *memory, const struct backtest_cases *cases,
                           struct arena *arena, struct backtest_scores *ret,
                           struct problem *problem) MUST_USE;

/* A share of cases, with the interval of as many independent ones as the clustered come to. */
struct backtest_share {
    size_t cases, lost, accounts;
    double rate; /* NaN without cases */
    struct interval interval;
    double score_from, score_to; /* of a bin: its lowest and its highest score */
};
struct backtest_snapshot {
    size_t cases, lost, unscored;
    double auc, recency_auc;
    struct interval auc_interval;
};
struct backtest_result {
    const struct scorecard *card;
    size_t cases, lost, accounts, unscored, other_card;
    size_t losses; /* different ones: the same loss seen from several snapshots counts once */
    struct backtest_share all;
    double auc, recency_auc; /* NaN: nothing to rank by. That of a constant score is 0.5 */
    struct interval auc_interval, recency_interval, over_recency; /* the last: of auc − recency_auc */
    double lift, recency_lift;                                    /* of the riskiest tenth */
    struct backtest_share bands[SCORECARD_MAX_BANDS + 1];         /* by band; the last: band unknown */
    struct backtest_share bins[BACKTEST_BINS];                    /* tenths, the lowest scores first */
    size_t bin_count;
    /* Losses that stood in the best band at the first snapshot from which they lay within the days. */
    size_t green_losses;
    double lost_arr, green_arr; /* of losses whose revenue was known */
    size_t losses_with_arr;
    struct backtest_snapshot *snapshots;
    double *samples;         /* RANKING_REPLICATES AUCs, for comparing with another card of the same cases */
    double *recency_samples; /* likewise, of recency */
};
/* before: of a card that scored the same cases (backtest_same_cases), whose recency need not be ranked anew;
 * or NULL. */
void backtest_measure(const struct backtest_cases *cases, const struct backtest_scores *scores,
                      const struct backtest_result *before, struct arena *arena, struct backtest_result *ret);
bool backtest_same_cases(const struct backtest_cases *cases, const struct backtest_scores *a,
                         const struct backtest_scores *b);
/* BACKTEST_LEAST_LOSSES: fails with what to do. */
enum status backtest_enough(const struct backtest_result *result, const struct backtest_cases *cases,
                            struct problem *problem) MUST_USE;
/* auc of b − auc of a on the cases that both scored, with its interval. */
struct backtest_difference {
    size_t cases;
    double auc;
    struct interval interval;
};
struct backtest_difference backtest_compare(const struct backtest_cases *cases,
                                            const struct backtest_scores *a,
                                            const struct backtest_result *of_a,
                                            const struct backtest_scores *b,
                                            const struct backtest_result *of_b);

/* The sources that a card reads, not counted yet (knowledge_count). */
struct knowledge *backtest_knowledge(const struct catalogue *catalogue, const struct scorecard *card,
                                     struct arena *arena, size_t *n);
/* The start of the last labelled snapshot; INT64_MIN: there is none. */
instant_t backtest_last(const struct backtest_cases *cases, const struct zone *zone);

#endif
