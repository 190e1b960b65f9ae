/* The revenue ledger: from the versions of subscriptions, what every account pays for every product, to the
 * day. Pure computation over columns; money in integer minor units of the line's own currency, per year.
 *
 * A version holds from the later of its effective day and its start until the next version of the same
 * subscription, and covers days until its term is over (insight/term.h). Subscriptions of one product that
 * overlap count by their maximum (or their sum, by setting). Days without cover of at most grace_days between
 * two covered ones are a late renewal: the old amount is carried through them, first within the product, then
 * for the account as a whole (metrics.md, "Rec. on ambiguous cases" 2 and 8). */
#ifndef VAFA_INSIGHT_LEDGER_H
#define VAFA_INSIGHT_LEDGER_H
#include "base/vec.h"
#include "insight/source.h"
#include "insight/term.h"

enum { LEDGER_NO_AMOUNT = INT64_MIN };
/* Sums of amounts end here: beyond what retention sums, so that they are refused there. */
#define LEDGER_MOST (INT64_MAX / 4)

/* One version of a subscription as the ledger reads it. Numbers of texts are the caller's. */
struct ledger_row {
    uint32_t account; /* the one it lives in: of merged accounts the root */
    uint32_t key, product, plan, currency;
    uint32_t holder; /* which of the accounts merged into it: contracts of two merged customers are two, no
                        overlap */
    day_t starts, effective;
    struct term term;
    int64_t arr;                       /* minor units; LEDGER_NO_AMOUNT */
    int64_t seats;                     /* −1: not told */
    bool escalator, usage;             /* its price: follows the contract, follows use */
    instant_t known_from, known_until; /* counts while known_from ≤ known_at < known_until */
};

struct ledger_settings {
    int32_t grace_days;
    bool sum_overlap;     /* else the maximum */
    bool at_cancellation; /* churn on the day of cancelling; else at the end of the paid term */
};

enum ledger_step_flags {
    STEP_ESCALATOR = 1, /* the version says that its price follows the contract */
    STEP_CANCELLED = 2, /* a fall to nothing: it was cancelled; else not renewed */
    STEP_USAGE = 4,     /* the amount follows use */
};
struct ledger_step {
    day_t from;
    uint32_t plan;
    int64_t arr, seats; /* from that day until the next step; arr 0: nothing; seats −1: not known */
    uint32_t flags;
};
struct ledger_line { /* what an account pays for a product in a currency */
    uint32_t product, currency, holder;
    bool no_amount; /* its subscriptions say no amount: every covered day counts as 1, only to tell that there
                       is a customer */
    bool usage;     /* some step has STEP_USAGE */
    size_t step, end; /* steps [step, end), by day; the first is above nothing */
};
struct ledger_due { /* a term that ends: to be renewed */
    day_t day;      /* the first day not covered by it */
    size_t line;
    int64_t arr;    /* of the term */
    bool renews;    /* goes on by itself unless somebody says no */
    bool cancelled; /* somebody has said no */
};
struct ledger {
    size_t accounts;
    size_t *line_of, *due_of; /* lines of account i are [line_of[i], line_of[i + 1]); dues likewise, by day */
    day_t *first;             /* by account: its first day with cover; DAY_NEVER: none */
    VEC(struct ledger_line) lines;
    VEC(struct ledger_step) steps;
    VEC(struct ledger_due) dues;
};

/* rows: grouped by account, ascending; any order inside. until: terms that renew by themselves fall due until
 * then. The result is freed with ledger_free. */
void ledger_build(struct ledger *ledger, const struct ledger_row *rows, size_t n, size_t accounts,
                  const struct ledger_settings *settings, instant_t known_at, day_t until);
void ledger_free(struct ledger *ledger);

/* The same of insight's table of subscriptions, whose lock the caller holds. included: of these accounts
 * alone (by account, included_n of them); NULL: of all. */
void ledger_read(struct ledger *ledger, const struct signal_table *subscriptions, const uint8_t *included,
                 size_t included_n, const struct zone *zone, const struct ledger_settings *settings,
                 instant_t known_at, day_t until);
/* The versions in insight's table of subscriptions, whose lock the caller holds; freed with free(). included:
 * of these accounts alone (by account, included_n of them); NULL: of all. */
struct ledger_row *ledger_rows_read(const struct signal_table *subscriptions, const struct zone *zone,
                                    const uint8_t *included, size_t included_n, size_t *n);
/* Those of one account alone, as account 0: its ledger without everybody else's. */
struct ledger_row *ledger_rows_of(const struct signal_table *subscriptions, const struct zone *zone,
                                  uint32_t account, size_t *n);

#endif
