#include "insight/cohort.h"

#include "base/vec.h"

#include <stdlib.h>

struct gathering {
    enum cohort_unit unit;
    const uint8_t *included;
    size_t included_n;
    day_t first, last;
    uint32_t units;
    const uint16_t *period_of_day; /* from `first` on */
    uint64_t *bits;                /* unit × period */
    size_t words;
};

static bool counts(const struct gathering *g, const struct usage_entry *entry) {
    if (g->included && (entry->account >= g->included_n || !g->included[entry->account])) return false;
    return g->unit == COHORT_ACCOUNT || entry->person != UINT32_MAX;
}

static void find_bounds(void *self, const struct usage_entry *entry) {
    struct gathering *g = self;
    if (!counts(g, entry)) return;
    uint32_t unit = g->unit == COHORT_ACCOUNT ? entry->account : entry->person;
    if (unit >= g->units) g->units = unit + 1;
    if (entry->day < g->first) g->first = entry->day;
    if (entry->day > g->last) g->last = entry->day;
}

static void mark(void *self, const struct usage_entry *entry) {
    struct gathering *g = self;
    if (!counts(g, entry)) return;
    uint32_t unit = g->unit == COHORT_ACCOUNT ? entry->account : entry->person,
             period = g->period_of_day[entry->day - g->first];
    g->bits[unit * g->words + period / 64] |= (uint64_t)1 << period % 64;
}

static enum status make_periods(struct gathering *g, enum period_unit by, enum calendar calendar,
                                enum weekday week_start, struct arena *arena, struct cohorts *out,
                                struct problem *problem) {
    uint16_t *of_day = arena_array(arena, (size_t)(g->last - g->first) + 1, sizeof *of_day);
    out->periods = arena_array(arena, COHORT_MOST_PERIODS, sizeof *out->periods);
    for (struct period period = period_of(g->first, by, calendar, week_start); period.from <= g->last;
         period = period_next(&period)) {
        if (out->n == COHORT_MOST_PERIODS)
            return fail(
                problem, BAD_INPUT,
                MESSAGE(
                    "cohort_too_many", "That would be more than 1,200 periods. Choose longer ones.",
                    "این بیش از ۱٬۲۰۰ دوره می‌شود. دوره‌های بلندتری "
                    "برگزینید."),
                NO_ARGS);
        for (day_t day = period.from > g->first ? period.from : g->first; day < period.to && day <= g->last;
             day++)
            of_day[day - g->first] = (uint16_t)out->n;
        out->periods[out->n++] = period;
    }
    g->period_of_day = of_day;
    return OK;
}

/* Who was active when, as bits; the usage is locked. g->bits is the caller's, NULL where nobody was. */
static enum status gather(struct gathering *g, struct usage *usage, enum period_unit by,
                          enum calendar calendar, enum weekday week_start, struct arena *arena,
                          struct cohorts *out, struct problem *problem) {
    enum status status = OK;
    *out = (struct cohorts){0};
    usage_each(usage, INT32_MIN, INT32_MAX, find_bounds, g);
    if (!g->units || (status = make_periods(g, by, calendar, week_start, arena, out, problem))) return status;
    g->words = out->n / 64 + 1;
    g->bits = memory_new(g->units * g->words * sizeof *g->bits);
    usage_each(usage, INT32_MIN, INT32_MAX, mark, g);
    return OK;
}

enum status cohorts_measure(struct usage *usage, enum cohort_unit unit, enum period_unit by,
                            enum calendar calendar, enum weekday week_start, const uint8_t *included,
                            size_t included_n, struct arena *arena, struct cohorts *out,
                            struct problem *problem) {
    struct gathering g = {
        .unit = unit, .included = included, .included_n = included_n, .first = INT32_MAX, .last = INT32_MIN};
    usage_read_lock(usage);
    enum status status = gather(&g, usage, by, calendar, week_start, arena, out, problem);
    if (!g.bits) goto done;
    out->active = arena_array(arena, out->n * out->n, sizeof *out->active);
    for (size_t i = 0; i < g.units; i++) {
        const uint64_t *bits = g.bits + i * g.words;
        size_t cohort = out->n;
        for (size_t w = 0; w < g.words; w++) {
            for (uint64_t left = bits[w]; left; left &= left - 1) {
                size_t period = w * 64 + (size_t)__builtin_ctzll(left);
                if (cohort == out->n) cohort = period;
                out->active[cohort * out->n + period - cohort]++;
            }
        }
    }
done:
    usage_unlock(usage);
    free(g.bits);
    return status;
}

static size_t first_period(const struct gathering *g, size_t unit) {
    for (size_t w = 0; w < g->words; w++)
        if (g->bits[unit * g->words + w])
            return w * 64 + (size_t)__builtin_ctzll(g->bits[unit * g->words + w]);
    return SIZE_MAX;
}

enum status cohorts_accounts(struct usage *usage, enum period_unit by, enum calendar calendar,
                             enum weekday week_start, const uint8_t *included, size_t included_n,
                             struct str cohort, size_t since, struct arena *arena,
                             struct cohort_account **ret, size_t *n, struct problem *problem) {
    struct gathering g = {
        .included = included, .included_n = included_n, .first = INT32_MAX, .last = INT32_MIN};
    struct cohorts periods;
    *n = 0;
    usage_read_lock(usage);
    enum status status = gather(&g, usage, by, calendar, week_start, arena, &periods, problem);
    if (!g.bits) goto done;
    *ret = arena_array(arena, g.units, sizeof **ret);
    for (size_t i = 0; i < g.units; i++) {
        size_t first = first_period(&g, i), at = first + since;
        if (first == SIZE_MAX || !str_is(cohort, periods.periods[first].label)) continue;
        bool active = at < periods.n && (g.bits[i * g.words + at / 64] >> at % 64 & 1);
        (*ret)[(*n)++] = (struct cohort_account){(uint32_t)i, active};
    }
done:
    usage_unlock(usage);
    free(g.bits);
    return status;
}
