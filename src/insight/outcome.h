/* What became of customers: from data as it is known now, for the accounts that stood at a snapshot day, over
 * the days [snapshot, snapshot + days). Contracts are read from the revenue ledger (ledger.h, retention.h),
 * with the grace of the outcome: a renewal within it is late, and nothing happened. */
#ifndef VAFA_INSIGHT_OUTCOME_H
#define VAFA_INSIGHT_OUTCOME_H
#include "insight/insight.h"

enum outcome_kind {
    /* A customer at the snapshot stops being one on one of the days, and does not come back within the grace;
     * or its status becomes lost inside them and is still so at their end. Who never paid anything counts by
     * its status alone. */
    OUTCOME_CHURN,
    /* A renewal of a customer at the snapshot is due inside the days (RENEWALS_DUE), and is not done at any
     * amount. Accounts without one due are no cases, nor are terms without an amount. */
    OUTCOME_NO_RENEWAL,
    /* What is paid a year is lower at the end of the days than at the snapshot, and still so when the grace
     * is over, at the rates of the snapshot; leaving counts. Accounts whose amounts cannot be told in the
     * base currency are no cases. */
    OUTCOME_CONTRACTION,
    /* No event inside the days, of an account that had one in the 90 days before the snapshot and the first
     * of all at least 90 days before it. */
    OUTCOME_SILENCE,
    /* What is paid a year is higher at the end of the days than at the snapshot, and still so when the grace
     * is over, at the rates of the snapshot. Cases as of contraction; here LABEL_LOST means that it grew. */
    OUTCOME_EXPANSION,
    /* A customer at the snapshot that pays nothing for the product begins to pay for it inside the days. One
     * that lapsed and is back within the grace never stopped. LABEL_LOST means that it bought. */
    OUTCOME_CROSS_SELL,
    OUTCOMES
};
extern const char *const outcome_names[OUTCOMES + 1]; /* of the kinds; ends with NULL */

/* Which outcome is meant. The outcomes of contracts may be those of one product: then what is paid for it
 * alone counts, and a cross-sell always is of one. On the wire "churn", "cross_sell:reports". */
struct outcome_key {
    enum outcome_kind kind;
    struct str product; /* n 0: all of them */
};
struct str outcome_text(struct outcome_key key, struct arena *arena);
/* BAD_INPUT, at `where`: no such outcome, a product too many, or one that is missing. The product borrows
 * from the text. */
enum status outcome_parse(struct str text, struct str where, struct outcome_key *ret,
                          struct problem *problem) MUST_USE;

enum { OUTCOME_ACTIVE_DAYS = 90, OUTCOME_MOST_DAYS = 730, OUTCOME_MOST_GRACE = 366 };
struct outcome {
    enum outcome_kind kind;
    int32_t days, grace_days; /* silence has no grace */
    struct str product;       /* of the key */
};
static inline struct outcome_key outcome_key_of(const struct outcome *outcome) {
    return (struct outcome_key){outcome->kind, outcome->product};
}

enum label {
    LABEL_NO_CASE, /* was not there, or the outcome could not befall it */
    LABEL_KEPT,
    LABEL_LOST,
};
/* The first day on which a snapshot's labels are known: its days and the grace are over. */
day_t outcome_ripe(const struct outcome *outcome, day_t snapshot);
/* Whether the usage source was healthy over the days, without which silence means nothing; true for others.
 */
bool outcome_observed(const struct insight *insight, const struct outcome *outcome, day_t snapshot);
/* labels[s × n + account] (enum label) for accounts [0, n) at each snapshot; the caller asks for ripe ones.
 * Takes the read locks of insight and usage. TOO_LARGE: amounts that do not fit. */
enum status outcome_label(struct insight *insight, const struct outcome *outcome, const day_t *snapshots,
                          size_t snapshot_count, size_t n, uint8_t *labels, struct problem *problem) MUST_USE;

#endif
