/* Price indices: the level of prices (of consumers, of producers), dated like exchange rates: a value holds
 * from its day until the next. Figures of revenue can be compared in prices of one day by them. */
#ifndef VAFA_CUSTOMERS_PRICE_INDEX_H
#define VAFA_CUSTOMERS_PRICE_INDEX_H
#include "customers/origin.h"
#include "platform/records.h"
#include "platform/route.h"

enum price_index_field {
    PRICE_INDEX_NAME,
    PRICE_INDEX_DAY,
    PRICE_INDEX_VALUE,
    PRICE_INDEX_SOURCE,
    PRICE_INDEX_KNOWN_FROM,
    PRICE_INDEX_KNOWN_ASSUMED,
    PRICE_INDEX_FIELDS
};
struct price_index_row {
    uint64_t has;
    struct str name;  /* small letters, digits, - and _ */
    day_t day;        /* local day from which it holds */
    struct str value; /* a positive decimal of at most 12 digits, 6 of them behind the point */
    struct str source;
    instant_t known_from;
    bool known_assumed;
};
extern const struct record_type price_index_type;

/* One row, inside a writer session. A day's value that changes becomes a row of its own, known from now; the
 * same again is UNCHANGED. */
enum status price_index_upsert(struct session *session, const struct origin *origin,
                               const struct price_index_row *row, enum upsert_result *result,
                               struct problem *problem) MUST_USE;

/* The levels on n days, ascending, as known at known_at: in millionths, at most 10^18. BAD_INPUT at the
 * parameter `index`: there is no such index, or none as early as the first day. */
enum status price_index_at(struct session *session, struct str name, const day_t *days, size_t n,
                           instant_t known_at, int64_t *levels, struct problem *problem) MUST_USE;

enum status price_index_handle_list(struct request *, struct response *, struct problem *);
enum status price_index_handle_put(struct request *, struct response *, struct problem *);

#endif
