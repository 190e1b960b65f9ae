/* Subscriptions: what an account pays for, with term, seats and amount; in versions, so that the past stays
 * as it was (facts-and-rules 6). */
#ifndef VAFA_CUSTOMERS_SUBSCRIPTION_H
#define VAFA_CUSTOMERS_SUBSCRIPTION_H
#include "customers/entry.h"

enum amount_per { PER_MONTH, PER_QUARTER, PER_YEAR, PER_TERM };

enum subscription_field {
    SUBSCRIPTION_PRODUCT = ENTRY_FIELDS,
    SUBSCRIPTION_PLAN,
    SUBSCRIPTION_STARTS_ON,
    SUBSCRIPTION_ENDS_ON,
    SUBSCRIPTION_SEATS,
    SUBSCRIPTION_AMOUNT,
    SUBSCRIPTION_AMOUNT_PER,
    SUBSCRIPTION_CURRENCY,
    SUBSCRIPTION_TERM_MONTHS,
    SUBSCRIPTION_AUTO_RENEW,
    SUBSCRIPTION_NOTICE_DAYS,
    SUBSCRIPTION_CANCELLED_ON,
    SUBSCRIPTION_RENEWS,
    SUBSCRIPTION_EFFECTIVE_FROM,
    SUBSCRIPTION_EFFECTIVE_ASSUMED,
    SUBSCRIPTION_ESCALATOR,
    SUBSCRIPTION_USAGE_PRICED,
    SUBSCRIPTION_ARR,
    SUBSCRIPTION_FIELDS
};
struct subscription {
    struct entry entry;       /* key: the external id; each version of it is a row */
    struct str product, plan; /* product: "main" unless told */
    day_t starts_on, ends_on; /* ends_on is the last covered day; stored as ends_before = ends_on + 1 */
    int64_t seats;
    int64_t amount;     /* minor units, per amount_per */
    int32_t amount_per; /* enum amount_per */
    struct str currency;
    int64_t term_months;
    bool auto_renew;     /* stays active after its end until cancelled */
    int64_t notice_days; /* to cancel before the end */
    day_t cancelled_on;
    struct str renews;      /* external id of the one that it follows */
    day_t effective_from;   /* from when this version holds */
    bool effective_assumed; /* …which is the day of the import, for want of better */
    bool escalator;         /* its change of price is one that the contract itself foresees */
    bool usage_priced;      /* its amount follows use: the amount told is that of the time it holds */
    int64_t arr;            /* minor units a year; derived */
};
extern const struct record_type subscription_type;
extern const struct entry_kind subscription_kind;

/* ARR in minor units: month × 12, quarter × 4, year × 1, term × 12 / term_months, rounded half to even, once.
 * False when it does not fit or a term has no months. */
bool subscription_arr(int64_t amount, enum amount_per per, int64_t term_months, int64_t *arr);

/* One row, inside a writer session. The version it speaks of: by effective_from if given; else the row is
 * laid over the newest version, and where it differs becomes a version of its own from the start of the
 * changed term, else from the day of the import (assumed). A row that says nothing new is UNCHANGED. A
 * version that is corrected counts as known from now; what it said before is kept beside it. Two currencies
 * in one product of an account are refused. */
enum status subscription_upsert(struct session *session, const struct origin *origin,
                                const struct subscription *row, uint64_t cleared, enum upsert_result *result,
                                struct id *id, struct problem *problem) MUST_USE;

/* Corrects a stored version by a patch, as one that comes in again does: what it said until then is kept. */
enum status subscription_put_back(struct session *session, const struct origin *origin,
                                  struct subscription *version, const struct subscription *patch,
                                  uint64_t cleared, struct problem *problem) MUST_USE;

enum status subscription_handle_list(struct request *, struct response *, struct problem *);
enum status subscription_handle_create(struct request *, struct response *, struct problem *);
/* GET /api/v1/products */
enum status product_handle_list(struct request *, struct response *, struct problem *);

#endif
