/* Exchange rates: what one unit of a currency is worth in the organisation's own (base), from a day on until
 * the next rate. Exact decimals; an amount is converted in integers and rounded once. */
#ifndef VAFA_CUSTOMERS_RATE_H
#define VAFA_CUSTOMERS_RATE_H
#include "base/vec.h"
#include "customers/origin.h"
#include "platform/records.h"
#include "platform/route.h"

enum rate_field {
    RATE_CURRENCY,
    RATE_DAY,
    RATE_RATE,
    RATE_BASE,
    RATE_SOURCE,
    RATE_KNOWN_FROM,
    RATE_KNOWN_ASSUMED,
    RATE_FIELDS
};
/* A rate as told and stored. */
struct rate_row {
    uint64_t has;
    struct str currency; /* ISO 4217, capitals */
    day_t day;
    struct str rate; /* a positive decimal of at most 15 digits, 18 of them behind the point */
    struct str base; /* the organisation's currency; may be told, to be sure */
    struct str source;
    instant_t known_from;
    bool known_assumed;
};
extern const struct record_type rate_type;

/* One row, inside a writer session. A day's rate that changes becomes a row of its own, known from now, so
 * that the past stays as it was; the same again is UNCHANGED. After the commit:
 * notices_put(NOTICE_EVERY_ACCOUNT, NOTICE_DIRECTORY | NOTICE_RECORDS). */
enum status rate_upsert(struct session *session, const struct origin *origin, struct str base,
                        const struct rate_row *row, enum upsert_result *result,
                        struct problem *problem) MUST_USE;

/* How amounts of one currency become amounts of another: numerator × 10^up ÷ 10^down, on minor units. */
struct rate {
    int64_t numerator; /* 0: there is none */
    int8_t up, down;
};
extern const struct rate rate_one; /* of the base currency itself */
/* NULL when it took the text (digits of any of the three alphabets). Minor units: of the currency's and the
 * base's exponents. */
const struct message *rate_parse(struct str text, int exponent, int base_exponent, struct rate *out) MUST_USE;
/* Rounded half to even. False where there is no rate or the result does not fit. */
bool rate_convert(struct rate rate, int64_t minor, int64_t *out);

/* All rates to one base, in memory. */
struct dated_rate {
    char currency[4];
    day_t day;
    instant_t known_from;
    struct rate rate;
};
struct rates {
    char base[4];
    VEC(struct dated_rate) rows; /* by currency, day, known_from; put them in any order, then rates_sort */
};
enum status rates_load(struct rates *rates, struct session *session, struct str base,
                       struct problem *problem) MUST_USE; /* in place of what was there */
void rates_sort(struct rates *rates);
void rates_free(struct rates *rates);
/* The rate of the newest day not after `day` that was known at known_at; numerator 0: none. The base
 * currency's is 1. */
struct rate rates_at(const struct rates *rates, struct str currency, day_t day, instant_t known_at);

enum status rate_handle_list(struct request *, struct response *, struct problem *);
enum status rate_handle_put(struct request *, struct response *, struct problem *);

#endif
