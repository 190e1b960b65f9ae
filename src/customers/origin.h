/* Where a change comes from: who, when, by which source, and how its knowledge is dated. Passed to everything
 * that writes. */
#ifndef VAFA_CUSTOMERS_ORIGIN_H
#define VAFA_CUSTOMERS_ORIGIN_H
#include "base/calendar.h"
#include "base/problem.h"

struct origin {
    instant_t now;
    struct str source;       /* name of the source whose keys are meant; "api" for what members enter */
    struct str by;           /* for records of who did it: the principal's name */
    bool member;             /* somebody's own edit: no source overwrites it */
    bool backfill;           /* declared history: rows could be known lag_ms after they occurred (assumed) */
    int64_t lag_ms;          /* the source's declared lag; 0 unless told */
    instant_t changed_at;    /* attributes: from when the new values hold; 0: from now */
    const struct zone *zone; /* of the organisation; NULL: UTC */
};

enum upsert_result { UPSERT_CREATED, UPSERT_UPDATED, UPSERT_UNCHANGED };

/* The instant at which a local date starts. */
static inline instant_t origin_day_start(const struct origin *origin, day_t day) {
    return origin->zone ? zone_start(origin->zone, day) : (instant_t)day * DAY_MS;
}

/* The local day on which the change is made. */
static inline day_t origin_today(const struct origin *origin) {
    return origin->zone ? zone_day(origin->zone, origin->now) : (day_t)(origin->now / DAY_MS);
}

/* facts-and-rules 1, "Three times": the source's own recorded-at; else now, for live rows; else, for a
 * declared back-fill, occurred plus the lag, *assumed, and never later than now. */
static inline instant_t origin_known_from(const struct origin *origin, const instant_t *recorded_at,
                                          instant_t occurred, bool *assumed) {
    *assumed = false;
    if (recorded_at) return *recorded_at;
    if (!origin->backfill) return origin->now;
    *assumed = true;
    instant_t known = occurred + origin->lag_ms;
    return known < origin->now ? known : origin->now;
}

#endif
