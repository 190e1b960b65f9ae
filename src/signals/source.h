/* Sources: where signals come from. A write key is one, an import another. Keys of accounts and people are
 * kept per source. */
#ifndef VAFA_SIGNALS_SOURCE_H
#define VAFA_SIGNALS_SOURCE_H
#include "base/clock.h"
#include "platform/records.h"

struct source {
    uint64_t has;
    struct str name;
    struct str kind; /* "usage", "accounts", "invoices", … */
    bool creates;    /* unknown accounts are made; else held */
    int64_t rank;    /* among sources of one field; higher wins */
    int64_t lag_ms;  /* of a declared back-fill: known_from = occurred + lag */
    instant_t created_at;

    uint64_t seed;   /* hash of the name */
    uint32_t number; /* in the event dictionary; 0: not yet */
    bool stored;     /* its row is in the records */
    uint64_t *days;  /* days heard of, as bits from SOURCE_DAY_FIRST on */
};
extern const struct record_type source_type;
enum { SOURCE_DAY_FIRST = 7305, SOURCE_DAYS = 80000 }; /* 1990-01-01 and the two centuries behind it */
enum { SOURCE_NAME_MAX = 200 };

/* All of them in memory; used by one thread. Pointers stay valid. */
struct sources;
enum status sources_load(struct session *session, struct sources **ret, struct problem *problem) MUST_USE;
void sources_free(struct sources *sources);
struct source *sources_get(struct sources *sources, struct str name,
                           instant_t now);                    /* makes it (usage, creating), not yet stored */
struct source *sources_at(struct sources *sources, size_t i); /* NULL behind the last */
bool source_heard(struct source *source, day_t day); /* marks the day; true when it was not marked before */

/* Rows. */
enum status source_store_put(struct session *session, const struct source *source,
                             struct problem *problem) MUST_USE; /* keeps what is there */
enum status source_store_day(struct session *session, struct str source, day_t day, instant_t received,
                             struct problem *problem) MUST_USE;

/* What one source tells us and how fresh it is, for GET /api/v1/sources. */
struct source_status {
    uint64_t has;
    struct str name;
    struct str what;  /* what rows it has given: "usage, tickets" */
    struct str state; /* live, silent, imported, records, waiting */
    day_t silent_since;
    instant_t last_received, last_occurred;
    int64_t events, events_day, events_week, rows;
    double lag_seconds;
    int64_t accounts;
    double accounts_share;
    bool has_key;
    int64_t rejected;
};
extern const struct record_type source_status_type;
struct request;
struct response;
enum status source_handle_list(struct request *, struct response *, struct problem *);

#endif
