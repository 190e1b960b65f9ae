/* Lifetime value: what a customer will still have paid by the time it leaves, less what serving it costs.
 *
 *   simple       ARPA × gross margin ÷ churn, both of one month. A lifetime (1 ÷ churn) is taken to be
 * lifetime.cap_months at most, so that no churn gives the cap, not infinity. Fewer than lifetime.least_churns
 * customers lost in the window: refused, "n too small". It takes churn for constant over age, which it is
 * not. contractual  Σ over months t = 1 … H of S(t) × revenue × margin ÷ (1 + d)^t, S the Kaplan–Meier curve
 * of tenure (survival.h), H = lifetime.months, d = lifetime.discount. H is cut off where fewer than
 * LIFETIME_AT_RISK customers were ever watched so long. Refused below LIFETIME_LEAST_OUTCOMES customers lost,
 * or where that leaves less than a year. Revenue is taken as today's: no expansion is foretold. remaining the
 * same for customers of today, each from its own age a: Σ S(a + t) ÷ S(a) × …; months beyond what was ever
 *                watched count nothing, and their share is told: a lower bound.
 * Sources: metrics.md, CLV. */
#ifndef VAFA_INSIGHT_LIFETIME_H
#define VAFA_INSIGHT_LIFETIME_H
#include "insight/selection.h"
#include "insight/span.h"
#include "platform/settings.h"
#include "statistics/survival.h"

enum {
    LIFETIME_AT_RISK = 10,
    LIFETIME_LEAST_OUTCOMES = 20,
    LIFETIME_LEAST_MONTHS = 12,
    LIFETIME_MOST_MONTHS = 240
};

struct lifetime_terms {
    double margin;   /* share of revenue that is left, 0 … 1 */
    double discount; /* a month */
    int64_t months;  /* H */
    int64_t cap_months;
    int64_t least_churns;
};
struct lifetime_terms lifetime_terms_of(struct settings *settings); /* as the organisation has set them */
enum lifetime_state {
    LIFETIME_OK,
    LIFETIME_CAPPED,    /* simple: the lifetime is longer than the cap, or nobody was lost */
    LIFETIME_TOO_FEW,   /* lost */
    LIFETIME_TOO_SHORT, /* contractual: not watched for a year */
    LIFETIME_NOBODY,    /* no customer with revenue */
};
struct lifetime_value {
    enum lifetime_state state;
    double value, low, high; /* minor units; NAN where refused */
    int64_t months;          /* contractual: H as it was cut; simple: lifetime, rounded */
};

/* monthly: revenue of a customer in a month. lost customers in `exposed` customer-months. The interval is
 * that of the churn (Wilson), revenue taken as it is. */
struct lifetime_value lifetime_simple(double monthly, double lost, double exposed,
                                      const struct lifetime_terms *terms);
/* For a customer that starts today. The interval is that of the curve. */
struct lifetime_value lifetime_contract(const struct survival *tenure, double monthly,
                                        const struct lifetime_terms *terms);
/* Months that the curve can speak of: the last with LIFETIME_AT_RISK at risk. */
int64_t lifetime_horizon(const struct survival *tenure, const struct lifetime_terms *terms);
/* Of a customer of that age in months; *beyond: months of its horizon that lie behind the curve. */
double lifetime_remaining(const struct survival *tenure, double age, double monthly,
                          const struct lifetime_terms *terms, int64_t *beyond);

/* ---- tenures from subscriptions ---- */

/* Customers at the start of each month, as the revenue ledger has it (retention.h): a renewal within
 * retention.grace_days is late, and no end; a longer gap is an end and a new beginning. Who began and ended
 * between two month starts is not seen. Customers whose amount is not known in the base currency have
 * tenures, and no revenue. */
struct lifetime_tenure {
    uint32_t account;
    double entry; /* its age in months when first watched; −INFINITY: from its beginning */
    /* Ended: its age at the month start at which it was missing. Else its age at the last decided one, the
     * last of which it is known that it had not left; as it entered where it was not there yet. */
    double months;
    bool ended;
    day_t ended_by; /* the month start at which it was missing first */
    size_t first;   /* of the grid: the month start at which it was seen first, aged entry, or 0 */
};
struct lifetime_tenures {
    struct lifetime_tenure *v;
    size_t n;
    double *arr;         /* by account: now, minor units; NAN where it is no customer, or not known */
    double *age;         /* by account: months at the last month start, of a customer then; NAN */
    day_t *month_starts; /* the grid */
    size_t month_count;
    /* Month starts [0, decided) lie more than the grace back: who is missing at one has left. At the later
     * ones it may be late, so nobody's watch reaches them. */
    size_t decided;
    uint8_t *active; /* month × accounts: a customer then */
    size_t accounts;
};
enum status lifetime_tenures_measure(struct house *house, const struct selection *selection,
                                     const struct spans *spans, struct arena *arena,
                                     struct lifetime_tenures *ret, struct problem *problem) MUST_USE;

/* GET /api/v1/lifetime-value */
enum status lifetime_handle(struct request *, struct response *, struct problem *);
extern const struct route_query lifetime_query[];
struct lifetime_row {
    uint64_t has;
    struct str group;
    int64_t customers, lost, exposed;
    double arpa;                         /* a month, minor units */
    double churn, churn_low, churn_high; /* percent a month */
    int32_t simple_state;
    double simple, simple_low, simple_high;
    int32_t contract_state;
    double contract, contract_low, contract_high;
    int64_t contract_months, watched, ended;
    double remaining, remaining_total, beyond;
};
extern const struct record_type lifetime_row_type;

#endif
