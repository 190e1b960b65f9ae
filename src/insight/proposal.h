/* Weights proposed from history: what the weights of a card's measures should have been to tell the lost from
 * the kept. Never applied by itself: the outcome is a draft and its test.
 *
 * The earlier snapshots, whose outcomes were known before the later ones began, train a logistic model of the
 * measures' points with weights that are not negative and are pulled towards the present ones (logit.h). How
 * strongly is chosen inside the earlier time, by rolling origins: the strongest pull whose log loss is within
 * one standard error (by accounts) of the best. The draft and the present card are then tested on the later
 * third. */
#ifndef VAFA_INSIGHT_PROPOSAL_H
#define VAFA_INSIGHT_PROPOSAL_H
#include "insight/backtest.h"

struct proposed_measure {
    const struct measure *measure;
    double share_before, share_after; /* of the whole card, 0–1 */
};
struct proposal {
    struct card_set draft;             /* one card, not stored */
    struct proposed_measure *measures; /* of the present card, in its order */
    double pull;                       /* chosen; INFINITY: the present weights are as good as any */
    bool validated; /* false: the earlier time was too short to choose, a strong pull was taken */
    struct snapshot *trained_from, *trained_to, *tested_from;
    size_t trained_cases, trained_losses;
    struct backtest_cases later; /* the later cases, for the test of both */
    struct backtest_scores before, after;
    double log_loss_before, log_loss_after, brier_before, brier_after; /* of the later cases */
};
/* CONFLICT: fewer than BACKTEST_LEAST_LOSSES in the earlier time, or no measure tells. */
enum status proposal_make(struct house *house, const struct card_set *set, struct fact_memory *memory,
                          const struct backtest_cases *cases, struct arena *arena, struct proposal *ret,
                          struct problem *problem) MUST_USE;

#endif
