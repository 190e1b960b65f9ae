/* Adoption: how the customers' people use the product, by period (metrics.md "Adoption", "DAU/WAU/MAU").
 *
 * People are counted at their accounts: who works at two accounts counts at each. Figures are over the
 * accounts with an event in the period, but for `accounts`, and for what is said to be dormant.
 *   breadth      core features used ÷ core features that the account's plan includes, mean over accounts;
 *                accounts whose plan is not known, where it matters, are counted apart
 *   depth        events ÷ people; share of power users: people with at least adoption.power_days active days
 *                in the 28 days that end with the period, of those active in them
 *   frequency    active days ÷ people ÷ weeks
 *   stickiness   DAU/MAU: mean people of a day ÷ people of the period; the same over the working days of each
 *                account's own week (workdays.h); WAU/MAU: mean people of the whole weeks counted back from
 *                the end of the period ÷ people of the period
 *   lifecycle    new: never active before; returning: active in the period before too; resurrecting: active
 *                before, but not in the period before; active = new + returning + resurrecting. Dormant:
 *                active in the period before and not in this one.
 * An account younger than the period is measured over its own days. */
#ifndef VAFA_INSIGHT_ADOPTION_H
#define VAFA_INSIGHT_ADOPTION_H
#include "base/calendar.h"
#include "insight/insight.h"
#include "insight/selection.h"
#include "platform/route.h"

enum { ADOPTION_DAYS = 28, ADOPTION_MOST_PERIODS = 120, ADOPTION_MOST_DAYS = 3660 };

/* ---- what is asked ---- */

/* Local days [from, to), closed; the period before it begins at `before`. */
struct adoption_period {
    day_t before, from, to;
    struct str label; /* empty: trailing days */
};
#define ADOPTION_PERIOD_QUERY                                                                                \
    {"period", "One calendar period: 2015, 2015Q1, 2015-03, 1394-01, W2015-03-02."}, {                       \
        "as_of", "YYYY-MM-DD: the 28 days that end before this day; today unless given."                     \
    }
#define ADOPTION_SERIES_QUERY                                                                                \
    {"by", "week, month, quarter or year: a row for each period."},                                          \
        {"from", "With by: a day of the first period; a year back unless given."},                           \
        {"to", "With by: a day of the last period; the last closed one unless given."}, {                    \
        "calendar", "With by: gregorian or persian; the organisation's where absent."                        \
    }
/* Reads period, as_of, by, from, to, calendar. A period under way ends with yesterday. BAD_INPUT: several of
 * them, no closed day yet, more than ADOPTION_MOST_PERIODS. */
enum status request_periods(const struct request *request, struct arena *arena, struct adoption_period **ret,
                            size_t *n, struct problem *problem) MUST_USE;

/* ---- what an account may use, and when it works ---- */

struct account_context {
    size_t n;            /* accounts */
    struct str *plans;   /* p NULL: not known */
    uint16_t *countries; /* COUNTRY_NONE: not known */
    day_t *starts;       /* INT32_MIN: not known */
};
enum status account_context_read(struct insight *insight, const struct catalogue *catalogue,
                                 const struct moment *moment, size_t n, struct arena *arena,
                                 struct account_context *ret, struct problem *problem) MUST_USE;
enum entitled { ENTITLED_NO, ENTITLED_YES, ENTITLED_UNKNOWN };
enum entitled account_entitled(const struct account_context *context, const struct catalogue_feature *feature,
                               uint32_t account);

/* ---- what is counted ---- */

struct lifecycle {
    uint64_t new, returning, resurrecting, dormant;
};
/* Sums over the accounts of a group in a period; adoption_api.c makes ratios of them. */
struct adoption_sums {
    uint64_t accounts, active, people, events, known_events; /* known_events: by known people */
    double breadth;                                          /* over breadth_accounts */
    uint64_t breadth_accounts, breadth_unknown;
    double weeks_of_people, person_days; /* Σ people × own weeks */
    double daily, working_daily;         /* Σ mean people of a day, of a working day */
    double weekly;                       /* Σ mean people of a week, over weekly_people */
    uint64_t weekly_people, working_people;
    uint64_t power, power_base;
    struct lifecycle of_accounts, of_people;
};
struct adoption_input {
    struct usage *usage;
    const struct catalogue *catalogue;
    const uint32_t *map; /* feature_map.h */
    size_t map_n;
    const struct adoption_period *periods; /* ascending */
    size_t period_n;
    const struct selection *selections;     /* by period */
    const struct account_context *contexts; /* by period */
    int power_days;
};
/* sums[p][g]: group g of period p; one group without a split. Takes the read lock of usage for some accounts
 * at a time. */
void adoption_measure(const struct adoption_input *input, struct adoption_sums *const *sums);

void adoption_end_list(struct json_writer *w); /* ends the array `data` of an answer that is one page */

/* GET /api/v1/adoption, …/churn, …/features, …/heatmap, …/licences, …/drops */
enum status adoption_handle(struct request *, struct response *, struct problem *);
enum status adoption_handle_churn(struct request *, struct response *, struct problem *);
enum status adoption_handle_features(struct request *, struct response *, struct problem *);
enum status adoption_handle_heatmap(struct request *, struct response *, struct problem *);
enum status adoption_handle_licences(struct request *, struct response *, struct problem *);
enum status adoption_handle_drops(struct request *, struct response *, struct problem *);
extern const struct route_query adoption_query[], adoption_churn_query[], adoption_features_query[],
    adoption_heatmap_query[], adoption_licences_query[], adoption_drops_query[];
extern const struct record_type adoption_type, adoption_churn_type, adoption_feature_type,
    adoption_licences_type, adoption_drop_type;

#endif
