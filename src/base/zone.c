/* Zones of calendar.h: ICU is asked once, then a table answers. */
#include "base/calendar.h"
#include "base/vec.h"

#include <stdatomic.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

/* From from[i] on, for as long as interval i lasts, the wall clock is UTC + offset[i]. */
struct zone {
    char name[64];
    uint32_t n;
    VEC(instant_t) from; /* from[0] is before all time; an entry behind the last is after all time */
    VEC(int32_t) offset;
    VEC(day_t) reached; /* the local day at the end of the interval, at least that of the interval before */
    _Atomic uint32_t recent; /* the interval last asked for: signals arrive in order, mostly */
};

/* Instants are clamped to what ICU and JavaScript take for time (±100 million days); sums then cannot
 * overflow. */
#define TIME_END   ((instant_t)8640000000000000)
#define TABLE_FROM ((instant_t)-2208988800000) /* 1900-01-01 */
#define TABLE_TO   ((instant_t)7258118400000)  /* 2200-01-01 */

static instant_t clamp(instant_t at) {
    return at < -TIME_END ? -TIME_END : at > TIME_END ? TIME_END : at;
}

static day_t floor_day(int64_t local_ms) {
    return (day_t)((local_ms - (local_ms < 0 ? DAY_MS - 1 : 0)) / DAY_MS);
}

static void add_interval(struct zone *zone, instant_t from, int32_t offset) {
    if (zone->offset.n && zone->offset.v[zone->offset.n - 1] == offset)
        return; /* another name for the same time */
    VEC_PUSH(&zone->from, from);
    VEC_PUSH(&zone->offset, offset);
}

static bool read_table(struct zone *zone, const UChar *id) {
    UErrorCode error = U_ZERO_ERROR;
    UCalendar *calendar = ucal_open(id, -1, "en", UCAL_GREGORIAN, &error);
    if (U_FAILURE(error)) return false;
    UDate at = (UDate)TABLE_FROM;
    ucal_setMillis(calendar, at, &error);
    for (bool first = true; U_SUCCESS(error) && at < (UDate)TABLE_TO; first = false) {
        int32_t offset =
            ucal_get(calendar, UCAL_ZONE_OFFSET, &error) + ucal_get(calendar, UCAL_DST_OFFSET, &error);
        add_interval(zone, first ? -TIME_END : (instant_t)at, offset);
        if (!ucal_getTimeZoneTransitionDate(calendar, UCAL_TZ_TRANSITION_NEXT, &at, &error)) break;
        ucal_setMillis(calendar, at, &error);
    }
    ucal_close(calendar);
    zone->n = (uint32_t)zone->offset.n;
    VEC_PUSH(&zone->from, TIME_END + 1);
    for (uint32_t i = 0; i < zone->n; i++) {
        day_t day = floor_day(zone->from.v[i + 1] - 1 + zone->offset.v[i]);
        VEC_PUSH(&zone->reached, i && zone->reached.v[i - 1] > day ? zone->reached.v[i - 1] : day);
    }
    return U_SUCCESS(error);
}

enum status zone_open(struct str name, struct zone **ret, struct problem *problem) {
    static const struct message UNKNOWN = MESSAGE(
        "unknown_time_zone", "There is no time zone “{0}”. Give a name such as Asia/Tehran or Europe/Berlin.",
        "منطقهٔ زمانی «{0}» وجود ندارد. نامی مانند Asia/Tehran یا Europe/Berlin بنویسید.");
    struct zone *zone = memory_new(sizeof *zone);
    UChar id[64], canonical[64];
    UErrorCode error = U_ZERO_ERROR;
    UBool is_system = 0;
    enum status status = OK;
    bool plain = name.n > 0 && name.n < sizeof zone->name;
    for (size_t i = 0; plain && i < name.n; i++)
        plain = name.p[i] > ' ' && name.p[i] < 0x7F;
    if (!plain) {
        status = fail(problem, BAD_INPUT, UNKNOWN, ARGS(name));
        goto done;
    }
    memcpy(zone->name, name.p, name.n);
    u_uastrcpy(id, zone->name);
    ucal_getCanonicalTimeZoneID(id, -1, canonical, 64, &is_system, &error);
    if (U_FAILURE(error) || !is_system || strcmp(zone->name, "Etc/Unknown") == 0 || !read_table(zone, id))
        status = fail(problem, BAD_INPUT, UNKNOWN, ARGS(name));
done:
    if (status) {
        zone_close(zone);
        zone = NULL;
    }
    *ret = zone;
    return status;
}

void zone_close(struct zone *zone) {
    if (!zone) return;
    VEC_FREE(&zone->from);
    VEC_FREE(&zone->offset);
    VEC_FREE(&zone->reached);
    free(zone);
}

const char *zone_name(const struct zone *zone) {
    return zone->name;
}

static uint32_t interval_of(const struct zone *zone, instant_t at) {
    /* The hint is no part of the value; zones are always made on the heap, never const. */
    _Atomic uint32_t *recent = &((struct zone *)zone)->recent;
    uint32_t i = atomic_load_explicit(recent, memory_order_relaxed);
    if (at >= zone->from.v[i] && at < zone->from.v[i + 1]) return i;
    uint32_t low = 0, high = zone->n - 1; /* the answer lies in [low, high] */
    while (low < high) {
        uint32_t middle = (low + high + 1) / 2;
        if (zone->from.v[middle] <= at)
            low = middle;
        else
            high = middle - 1;
    }
    atomic_store_explicit(recent, low, memory_order_relaxed);
    return low;
}

int32_t zone_offset(const struct zone *zone, instant_t at) {
    return zone->offset.v[interval_of(zone, clamp(at))];
}

day_t zone_day(const struct zone *zone, instant_t at) {
    at = clamp(at);
    uint32_t i = interval_of(zone, at);
    day_t day = floor_day(at + zone->offset.v[i]);
    return i && day < zone->reached.v[i - 1] ? zone->reached.v[i - 1] : day;
}

instant_t zone_start(const struct zone *zone, day_t day) {
    uint32_t low = 0, high = zone->n - 1; /* the first interval that reaches the day */
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (zone->reached.v[middle] >= day)
            high = middle;
        else
            low = middle + 1;
    }
    instant_t start = (instant_t)day * DAY_MS - zone->offset.v[low];
    return clamp(start > zone->from.v[low] ? start : zone->from.v[low]);
}

instant_t zone_instant(const struct zone *zone, day_t day, int32_t ms) {
    int64_t local = (int64_t)day * DAY_MS + ms;
    uint32_t low = 0, high = zone->n - 1; /* the first interval whose wall clock gets beyond that time */
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (zone->from.v[middle + 1] + zone->offset.v[middle] > local)
            high = middle;
        else
            low = middle + 1;
    }
    instant_t at = local - zone->offset.v[low];
    return clamp(at > zone->from.v[low] ? at : zone->from.v[low]);
}
