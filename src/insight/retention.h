/* Retention over the ledger: amounts of every account and period, which sums and shares are made of. A figure
 * is a row of the table `retention_figures`; it names the amounts that it is made of, so that it can be
 * opened to the accounts behind it, frozen, and split: everything is a sum over rows (account, period).
 *
 * S_i, E_i: what customer i pays a year on the period's first day and on the first day after it (metrics.md;
 * a subscription is active at t when it starts ≤ t and ends > t), so a change dated d belongs to the period
 * with from < d ≤ to. Amounts are base currency at the rate of the period's first day; the effect of exchange
 * is apart. START + NEW + RETURNED + expansion − contraction − CHURN + FX + INFLATION + USAGE_LEVEL = END, to
 * the minor unit; start + new + returned − lost = end customers.
 *
 * A price that follows use starts a period from the mean of the days covered in the three months before it,
 * which later use does not move (metrics.md, ambiguous cases 9); at the end it counts as it is paid then. */
#ifndef VAFA_INSIGHT_RETENTION_H
#define VAFA_INSIGHT_RETENTION_H
#include "customers/rate.h"
#include "insight/ledger.h"
#include "statistics/proportion.h"

/* What makes a customer's amount rise or fall. */
enum revenue_part {
    PART_SEATS,
    PART_PRICE,
    PART_ESCALATOR,
    PART_PLAN,
    PART_PRODUCT,
    PART_USAGE, /* of prices that follow use */
    REVENUE_PARTS
};

/* The order is what closed periods are stored in: append, and raise RETENTION_VERSION where a meaning
 * changes. */
enum { RETENTION_VERSION = 1 };
enum retention_amount {
    CUSTOMERS_START, /* B: active on the first day */
    CUSTOMERS_KEPT,  /* of them, active at the end (flow: never without) */
    CUSTOMERS_NEW,
    CUSTOMERS_RETURNED,
    CUSTOMERS_LOST,
    CUSTOMERS_END,
    CUSTOMERS_PENDING,       /* of CUSTOMERS_LOST: lapsed, and still within the grace */
    CUSTOMERS_EARLY,         /* began in the period and were lost in it */
    CUSTOMERS_NOT_CONVERTED, /* with an amount that is not known in the base currency: in no amount of money
                                below */
    REVENUE_START,
    REVENUE_GROSS,          /* kept of REVENUE_START, rises left out: Σ_B min(S, E) */
    REVENUE_NET,            /* kept, rises counted: Σ_B E */
    REVENUE_NET_ESCALATORS, /* the part of REVENUE_NET − REVENUE_START by contracted price changes */
    REVENUE_NEW,
    REVENUE_RETURNED,
    REVENUE_EXPANSION, /* by enum revenue_part up to PART_USAGE: retention_part; accounts whose total rose */
    REVENUE_CONTRACTION = REVENUE_EXPANSION + PART_USAGE, /* whose total fell, as a positive amount */
    REVENUE_CHURN = REVENUE_CONTRACTION + PART_USAGE,
    REVENUE_FX,
    REVENUE_END,
    REVENUE_PENDING,       /* would come back if all pending renew as they were */
    REVENUE_PENDING_GROSS, /* the same, as far as REVENUE_GROSS would rise */
    REVENUE_EARLY,
    REVENUE_DUE, /* terms that ended in the period, at their amount */
    REVENUE_RENEWED,
    REVENUE_DUE_PENDING, /* due, not renewed, and still within the grace */
    RENEWALS_DUE,
    RENEWALS_DONE, /* at any amount */
    REVENUE_EXPANSION_USAGE,
    REVENUE_CONTRACTION_USAGE,
    REVENUE_USAGE_LEVEL, /* prices that follow use: the mean that the next period starts from, less what is
                            paid */
    REVENUE_INFLATION,   /* with an index: what the end is worth less in prices of the start */
    RETENTION_AMOUNTS
};
struct retention_amount_info {
    const char *key;
    struct text title;
    bool money; /* minor units of the base currency; else a count */
};
extern const struct retention_amount_info retention_amounts[RETENTION_AMOUNTS];
/* The amount that a part of expansions (rises) or contractions is summed in. */
static inline enum retention_amount retention_part(enum revenue_part part, bool rises) {
    if (part == PART_USAGE) return rises ? REVENUE_EXPANSION_USAGE : REVENUE_CONTRACTION_USAGE;
    return (enum retention_amount)((rises ? REVENUE_EXPANSION : REVENUE_CONTRACTION) + (int)part);
}

/* Terms of a sum over amounts, 0-terminated: place + 1, negative to subtract. */
enum { FIGURE_TERMS = 2 * REVENUE_PARTS + 6 };
struct retention_figure {
    const char *key;
    struct text title, definition;
    int8_t over[FIGURE_TERMS], under[FIGURE_TERMS]; /* value = Σ over ÷ Σ under */
    int8_t pending;  /* amount (+ 1) that is added to `over` if all pending renew; 0: there is no range */
    bool complement; /* 1 − value */
    bool infinite;   /* under 0 and over > 0: ∞; else n/a */
    bool kept;       /* what is left of `under` counts: an account matters by what it lacks */
    double days;     /* rescaled to so many days: 1 − (1 − value)^(days ÷ days of the period); 0: not */
};
extern const struct retention_figure retention_figures[];
extern const size_t retention_figure_count;

enum figure_state { FIGURE_KNOWN, FIGURE_NOT_APPLICABLE, FIGURE_INFINITE };
struct figure_value {
    enum figure_state state;
    double value, if_renewed; /* if_renewed: NAN where there is no range */
};
/* No amount is larger (REVENUE_MOST): terms can be summed. */
int64_t retention_sum(const int64_t *amounts, const int8_t *terms);
struct figure_value retention_value(const struct retention_figure *figure, const int64_t *amounts,
                                    int32_t days);

/* How far a figure would move with other customers like these: sums over customers of the squares of what
 * each adds above and below the line. */
struct retention_spread {
    double customers; /* with something below the line */
    double over, both, under;
};
void retention_spread_add(struct retention_spread *spread, const struct retention_figure *figure,
                          const int64_t *amounts);
/* The 95 % interval of a known figure: Wilson's of counts, else that of a ratio of two sums (Cochran,
 * Sampling Techniques, 6.4). NANs below ten customers, or where there is nothing to say. */
enum { RETENTION_LEAST_CUSTOMERS = 10 };
struct interval retention_interval(const struct retention_figure *figure, const int64_t *amounts,
                                   const struct retention_spread *spread, int32_t days);

/* What is asked. */
struct retention_query {
    const struct period *periods; /* ascending, each beginning where the one before ends */
    size_t count;
    day_t seen_on; /* the day from which it is looked at: no period ends behind it; decides what is pending */
    int32_t grace_days;
    bool flow; /* sums of movements; else two days compared */
    const struct rates *rates;
    const struct dict *currencies; /* of the ledger's numbers */
    instant_t known_at;            /* of rates */
    const int64_t *index; /* NULL, or the level of prices at the count + 1 boundaries, above 0, of at most
                             10^18: the end counts in prices of the period's first day. Not with flow. */
};
/* Where a row's amounts go: RETENTION_AMOUNTS numbers to add to, or NULL to leave it out. */
typedef int64_t *(*retention_sink)(void *self, uint32_t account, size_t period);
/* Sums of amounts beyond it are refused, here and in retention_add: so the terms of a figure can be summed.
 */
#define REVENUE_MOST (INT64_MAX / FIGURE_TERMS)
/* TOO_LARGE when sums do not fit. */
enum status retention_measure(const struct ledger *ledger, const struct retention_query *query,
                              retention_sink sink, void *self, struct problem *problem) MUST_USE;

/* The same, row by row: an account's amounts in a period. Rows in which nothing is paid or due may be left
 * out. */
typedef void (*retention_reader)(void *self, uint32_t account, size_t period, const int64_t *amounts);
enum status retention_read(const struct ledger *ledger, const struct retention_query *query,
                           retention_reader reader, void *self, struct problem *problem) MUST_USE;
/* Adds the amounts of a row to sums; false where they do not fit. */
bool retention_add(int64_t *sums, const int64_t *amounts) MUST_USE;
enum status retention_too_large(struct problem *problem);

/* One term that ended: a row of REVENUE_DUE, and what of it is in REVENUE_RENEWED. */
struct renewal_outcome {
    uint32_t account;
    size_t period;
    size_t due;           /* in the ledger's dues */
    int64_t target, kept; /* minor units of the base currency; 0 ≤ kept ≤ target; 0: it was not renewed */
    bool in_grace;        /* so late a renewal would still count */
};
typedef void (*renewal_reader)(void *self, const struct renewal_outcome *outcome);
/* All of the query's periods, by account and day. Where a line has no rate, amounts of the account
 * are in their own currencies: the share that was kept is right all the same if they are of one. */
enum status retention_renewals(const struct ledger *ledger, const struct retention_query *query,
                               renewal_reader reader, void *self, struct problem *problem) MUST_USE;

/* One change of what an account pays. */
enum movement_kind {
    MOVEMENT_NEW,
    MOVEMENT_RETURNED,
    MOVEMENT_EXPANSION,
    MOVEMENT_CONTRACTION,
    MOVEMENT_CHURN,
    MOVEMENT_KINDS
};
extern const char *const movement_keys[MOVEMENT_KINDS];
extern const struct text movement_titles[MOVEMENT_KINDS];
extern const char *const part_keys[REVENUE_PARTS];
struct movement {
    day_t day;
    enum movement_kind kind;
    int64_t amount;               /* signed, at the rate of the period's first day */
    int64_t parts[REVENUE_PARTS]; /* of an expansion or contraction, signed; they sum to the amount */
    bool cancelled, pending;      /* of a churn: the customer cancelled; it lapsed and is within the grace */
};
typedef VEC(struct movement) movements;
/* The movements of one account in the query's periods. */
void retention_movements(const struct ledger *ledger, const struct retention_query *query, uint32_t account,
                         movements *out);

/* Cohorts by the period of the first day as a customer: what was left of them at the end of it and of each
 * period since. */
struct revenue_cohorts {
    size_t n;
    int64_t *began, *began_revenue; /* by cohort: customers, and what they paid on their first day */
    int64_t *customers, *revenue;   /* [cohort × n + periods since]; at the rate of the cohort's first day */
    int64_t not_converted;          /* customers left out of revenue */
};
/* One customer in one period since it began. */
struct cohort_cell {
    uint32_t account;
    size_t cohort, since;
    bool converted;      /* else the amounts are its own currency's, and in no sum */
    int64_t began, left; /* a year, on its first day and at the end of the period */
};
typedef void (*cohort_reader)(void *self, const struct cohort_cell *cell);
enum status retention_cohorts_read(const struct ledger *ledger, const struct retention_query *query,
                                   const uint8_t *included, size_t included_n, cohort_reader reader,
                                   void *self, struct problem *problem) MUST_USE;
enum status retention_cohorts(const struct ledger *ledger, const struct retention_query *query,
                              const uint8_t *included, size_t included_n, struct arena *arena,
                              struct revenue_cohorts *out, struct problem *problem) MUST_USE;

#endif
