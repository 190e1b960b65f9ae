/* Home: whom to call first and why, what changed since the last visit, what renews, for one's own book, one's
 * team's or all. Figures are those of facts, health, retention and the ledger.
 *
 * Call first. An account needs somebody when its health is in the band of danger, it is leaving, its score
 * fell by HOME_FALL points or more in four weeks, or, short of the best band, it has an urgent ticket open or
 * renews within HOME_SOON_DAYS. They are ranked by ARR × chance of leaving × chance that a contact helps.
 *   chance of leaving: of customers like this, as tested (odds.h); untested, (100 − score) / 100
 *   chance that a contact helps = time × reach × fresh; declared, not measured:
 *     time   1 up to HOME_TIME_DAYS before renewal, HOME_TIME_DAYS / days further off, not below 1/4;
 *            1/2 without a renewal; 1/4 once it is leaving
 *     reach  1 with a champion or sponsor there, 3/4 with other contacts, 1/2 with nobody known
 *     fresh  1/4 within HOME_FRESH_DAYS days of the last contact, 1/2 within twice as many, else 1
 *
 * Changes are as shown: the score before the visit is the one stored then; where none was, the one recomputed
 * for that day. */
#ifndef VAFA_INSIGHT_HOME_H
#define VAFA_INSIGHT_HOME_H
#include "insight/account_people.h"
#include "insight/book.h"
#include "insight/reasons.h"

enum {
    HOME_CALLS = 4,
    HOME_FALL = 10,
    HOME_SOON_DAYS = 45,
    HOME_TIME_DAYS = 120,
    HOME_FRESH_DAYS = 7,
    HOME_WEEKS = 13,
    HOME_RENEWING_DAYS = 90,
    HOME_UNSEEN_DAYS = 30, /* a champion or sponsor not seen for so long is a change */
    HOME_CHANGES = 40,     /* told one by one; the rest is counted */
    HOME_SINCE_DAYS = 90,  /* the furthest back that changes are asked for */
    HOME_DUE_DAYS = 14,
    HOME_NOTICE_DAYS = 30,
    HOME_DUE = 20,
    HOME_GROUPS = 50,
    HOME_MOVERS = 5,
};

extern const struct route_query home_query[];
/* GET /api/v1/home */
enum status home_handle(struct request *, struct response *, struct problem *);

/* "changes": {since, data, more, slipped, recovered}. */
enum status home_put_changes(struct json_writer *w, const struct book *book, instant_t since,
                             struct problem *problem) MUST_USE;

/* Terms that end in the HOME_WEEKS weeks from today, and what was kept in twelve months. */
enum renewal_state { RENEWAL_COMMITTED, RENEWAL_OPEN, RENEWAL_AT_RISK, RENEWAL_STATES };
struct renewal {
    size_t at; /* in the book */
    day_t day;
    double arr; /* minor units of the base currency; NAN: not converted */
    enum renewal_state state;
};
struct home_revenue {
    struct renewal *renewals; /* by day */
    size_t renewal_n;
    day_t from, to;   /* of the twelve months */
    size_t customers; /* at their start */
    struct kept {
        double value, low, high; /* NAN: nobody; low and high: fewer than HOME_LEAST customers */
    } net, gross;
};
enum { HOME_LEAST = 10 };
enum status home_revenue(const struct book *book, struct home_revenue *ret, struct problem *problem) MUST_USE;
/* Σ kept ÷ Σ start with the margin of a ratio estimate over n customers (Cochran 1977, 2.11): ± 1.96 ×
 * √(n / (n − 1) × Σ (kept − value × start)²) ÷ Σ start, accounts taken as independent. */
struct kept kept_share(const double *start, const double *kept, size_t n);

#endif
