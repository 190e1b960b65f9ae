/* Whether silence means something: the health of sources by local day. */
#include "signals/usage.h"

#include "signals/usage_rows.h"

#include <stdlib.h>

enum { WEEKS = 8 };

void usage_heard(struct usage *usage, uint32_t source, day_t day, bool imported) {
    if (source >= usage->source_n) {
        size_t n = (size_t)source + 8;
        usage->sources = memory_resize(usage->sources, n * sizeof *usage->sources);
        memset(usage->sources + usage->source_n, 0, (n - usage->source_n) * sizeof *usage->sources);
        usage->source_n = n;
    }
    if (source) usage->named_sources = true;
    struct usage_source *one = usage->sources[source];
    if (!one) {
        one = usage->sources[source] = memory_new(sizeof *one);
        one->first = one->imported_first = INT32_MAX;
        one->last = one->imported_last = INT32_MIN;
    }
    int32_t offset = day < USAGE_DAY_BASE                ? 0
                     : day - USAGE_DAY_BASE > UINT16_MAX ? UINT16_MAX
                                                         : day - USAGE_DAY_BASE;
    bool known = one->heard[offset / 64] >> (offset % 64) & 1;
    if (!known || (imported && (offset < one->imported_first || offset > one->imported_last)))
        usage->heard_version++;
    /* The first day that is heard of from now on; an imported span also covers the days up to it. */
    int32_t from = known ? INT32_MAX : offset;
    if (imported && one->imported_last != INT32_MIN && one->imported_last + 1 < offset)
        from = one->imported_last + 1;
    if ((!known && offset < one->last) || (imported && offset < one->imported_last) ||
        from < __atomic_load_n(&usage->asked, __ATOMIC_ACQUIRE) - USAGE_DAY_BASE)
        __atomic_add_fetch(&usage->rewritten, 1, __ATOMIC_RELEASE);
    one->heard[offset / 64] |= (uint64_t)1 << (offset % 64);
    if (offset < one->first) one->first = offset;
    if (offset > one->last) one->last = offset;
    if (!imported) return;
    if (offset < one->imported_first) one->imported_first = offset;
    if (offset > one->imported_last) one->imported_last = offset;
}

void usage_forget_sources(struct usage *usage) {
    for (size_t i = 0; i < usage->source_n; i++) {
        free(usage->sources[i]);
        usage->sources[i] = NULL;
    }
    usage->named_sources = false;
    usage->heard_version++;
    __atomic_add_fetch(&usage->rewritten, 1, __ATOMIC_RELEASE);
}

static bool well(const struct usage_source *source, int32_t day) {
    if (day < 0 || day > UINT16_MAX) return false;
    return (source->heard[day / 64] >> (day % 64) & 1) ||
           (day >= source->imported_first && day <= source->imported_last);
}

static bool expected(const struct usage_source *source, int32_t day) {
    if (day < source->first) return true; /* nothing is known of such a day: it counts, and is not well */
    int weeks = 0, heard = 0;
    for (; weeks < WEEKS && day - 7 * (weeks + 1) >= source->first; weeks++)
        heard += well(source, day - 7 * (weeks + 1));
    return 2 * heard >= weeks;
}

/* The newest day before `to` that was well, or INT32_MIN. */
static int32_t newest_well(const struct usage_source *source, int32_t to) {
    int32_t day = to - 1 < source->last ? to - 1 : source->last;
    while (day >= source->first && !well(source, day))
        day--;
    return day >= source->first ? day : INT32_MIN;
}

/* By the rhythm up to the last word: that of the silence itself would make any silence normal. */
static bool silent(const struct usage_source *source, int32_t newest, int32_t to) {
    if (to - 1 - newest > USAGE_SILENT_MOST_DAYS) return true;
    int missed = 0;
    for (int32_t day = newest + 1; day < to; day++) {
        int32_t same = newest - ((newest - day) % 7 + 7) %
                                    7; /* the newest day of that weekday, not after the last word */
        missed += expected(source, same + 7);
    }
    return missed > USAGE_SILENT_DAYS;
}

bool usage_source_health(const struct usage *usage, uint32_t source, day_t to, day_t *last, bool *is_silent) {
    const struct usage_source *one = source < usage->source_n ? usage->sources[source] : NULL;
    int32_t end = to - USAGE_DAY_BASE, newest = one ? newest_well(one, end) : INT32_MIN;
    *last = newest == INT32_MIN ? INT32_MIN : newest + USAGE_DAY_BASE;
    *is_silent = newest != INT32_MIN && silent(one, newest, end);
    return one != NULL;
}

/* Days behind the last word, few enough to be borne, do not count. */
static void judge(const struct usage_source *source, int32_t newest, int32_t to, uint8_t *healthy, size_t n) {
    int64_t wanted = 0, met = 0;
    for (size_t k = 0; k < n; k++) {
        int32_t day = to - 1 - (int32_t)k;
        bool due = day <= newest && expected(source, day);
        wanted += due;
        met += due && well(source, day);
        if (met * 10 >= wanted * 9) healthy[k] = 1;
    }
}

static void measure(const struct usage *usage, day_t to, uint8_t *healthy, size_t n, int32_t *age_days,
                    day_t *first_day) {
    int32_t end = to - USAGE_DAY_BASE, newest = INT32_MIN, first = INT32_MAX;
    memset(healthy, 0, n);
    /* Source 0, any source, speaks where no other was ever told of. */
    for (size_t s = usage->source_n > 1 && usage->named_sources ? 1 : 0; s < usage->source_n; s++) {
        const struct usage_source *source = usage->sources[s];
        if (!source || source->first >= end) continue;
        int32_t last = newest_well(source, end);
        if (source->first < first) first = source->first;
        if (last > newest) newest = last;
        if (last != INT32_MIN && !silent(source, last, end)) judge(source, last, end, healthy, n);
    }
    *age_days = newest == INT32_MIN ? -1 : end - 1 - newest;
    *first_day = first == INT32_MAX ? INT32_MIN : first + USAGE_DAY_BASE;
}

void usage_health(const struct usage *usage, day_t to, uint8_t *healthy, size_t n, int32_t *age_days,
                  day_t *first_day) {
    struct usage_health_cache *cache = usage->health;
    if (n > HEALTH_CACHE_DAYS) {
        measure(usage, to, healthy, n, age_days, first_day);
        return;
    }
    pthread_mutex_lock(&cache->lock);
    if (cache->version != usage->heard_version || cache->to != to || cache->n < n) {
        measure(usage, to, cache->healthy, n, &cache->age, &cache->first);
        cache->version = usage->heard_version;
        cache->to = to;
        cache->n = n;
    }
    memcpy(healthy, cache->healthy, n);
    *age_days = cache->age;
    *first_day = cache->first;
    pthread_mutex_unlock(&cache->lock);
}
