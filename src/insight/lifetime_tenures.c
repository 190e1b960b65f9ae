/* How long customers were customers, by the starts of months. */
#include "insight/lifetime.h"

#include "base/vec.h"
#include "customers/directory.h"
#include "insight/history.h"

#include <math.h>

enum { MOST_MONTHS = 120 };

/* First subscription day of each account, and of all; INT32_MAX: none. */
static day_t first_days(struct house *house, const struct selection *selection, const struct moment *moment,
                        day_t *firsts) {
    struct insight *insight = house->insight;
    day_t earliest = INT32_MAX;
    directory_lock(house->directory);
    pthread_rwlock_rdlock(&insight->lock);
    const struct signal_table *table = insight_table(insight, "subscriptions");
    for (uint32_t a = 0; a < selection->n; a++) {
        firsts[a] = INT32_MAX;
        if (!selection->included[a] || a >= table->n) continue;
        for (uint32_t i = 0; i < table->accounts[a].n; i++) {
            const struct signal_row *row = &table->accounts[a].rows[i];
            if (row->known_from > moment->known_at) continue;
            day_t day = zone_day(insight->parts.zone, row->occurred);
            if (day < firsts[a]) firsts[a] = day;
        }
        if (firsts[a] < earliest) earliest = firsts[a];
        day_t starts = directory_account(house->directory, a)->starts_on;
        if (starts != INT32_MIN && starts < firsts[a] && firsts[a] != INT32_MAX) firsts[a] = starts;
    }
    pthread_rwlock_unlock(&insight->lock);
    directory_unlock(house->directory);
    return earliest;
}

/* The starts of months from the first behind `earliest` to the moment. */
static void lay_grid(const struct spans *spans, day_t earliest, struct arena *arena,
                     struct lifetime_tenures *ret) {
    ret->month_starts = arena_array(arena, MOST_MONTHS + 1, sizeof *ret->month_starts);
    if (earliest == INT32_MAX) return;
    struct period month = period_of(spans->moment.day, PERIOD_MONTH, spans->calendar, MONDAY);
    size_t n = 0;
    for (; n < MOST_MONTHS && month.from >= earliest; month = period_previous(&month))
        ret->month_starts[n++] = month.from;
    ret->month_count = n;
    for (size_t i = 0; i < n / 2; i++) {
        day_t swap = ret->month_starts[i];
        ret->month_starts[i] = ret->month_starts[n - 1 - i];
        ret->month_starts[n - 1 - i] = swap;
    }
}

static bool pays(const struct column *column, size_t i) {
    return column->state[i] == FACT_KNOWN && column->number[i] > 0;
}

/* A customer with a gap of one month start is late with its renewal. */
static void close_gaps(struct lifetime_tenures *t) {
    for (size_t m = 1; m + 1 < t->month_count; m++)
        for (size_t a = 0; a < t->accounts; a++)
            if (!t->active[m * t->accounts + a] && t->active[(m - 1) * t->accounts + a] &&
                t->active[(m + 1) * t->accounts + a])
                t->active[m * t->accounts + a] = 1;
}

static enum status read_active(struct house *house, const struct catalogue *catalogue,
                               const struct selection *selection, const struct moment *moment,
                               struct lifetime_tenures *t, struct problem *problem) {
    uint32_t arr = catalogue_find(catalogue, STR("arr"));
    struct arena scratch = {0};
    enum status status = OK;
    for (size_t m = 0; m <= t->month_count && !status; m++, arena_reset(&scratch)) {
        bool last = m == t->month_count; /* the moment itself: what they pay now */
        struct moment then = last ? *moment : moment_of_day(house->insight, t->month_starts[m]);
        struct column column;
        then.known_at = moment->known_at;
        then.known_day = moment->known_day;
        if (!last) { /* the start of a day does not see what starts on it: its end does */
            then.at = zone_start(house->insight->parts.zone, t->month_starts[m] + 1) - 1;
            then.now = true;
        }
        status = facts_evaluate(house->insight, catalogue, &arr, 1, &then, 0, t->accounts, &scratch, &column,
                                problem);
        for (size_t a = 0; a < t->accounts && !status; a++) {
            if (!selection->included[a]) continue;
            if (last)
                t->arr[a] = pays(&column, a) ? column.number[a] : NAN;
            else
                t->active[m * t->accounts + a] = pays(&column, a);
        }
    }
    arena_free(&scratch);
    return status;
}

/* Month starts in [start, first): at which it was a customer already, but not yet watched. */
static double months_before(const struct spans *spans, day_t start, day_t first) {
    enum { ENOUGH = 1200 };
    double n = 0;
    struct period month = period_of(first - 1, PERIOD_MONTH, spans->calendar, MONDAY);
    for (; month.from >= start && n < ENOUGH; month = period_previous(&month))
        n++;
    return n;
}

enum status lifetime_tenures_measure(struct house *house, const struct catalogue *catalogue,
                                     const struct selection *selection, const struct spans *spans,
                                     struct arena *arena, struct lifetime_tenures *ret,
                                     struct problem *problem) {
    *ret = (struct lifetime_tenures){.accounts = selection->n};
    day_t *firsts = arena_array(arena, selection->n + 1, sizeof *firsts);
    lay_grid(spans, first_days(house, selection, &spans->moment, firsts), arena, ret);
    ret->active = arena_array(arena, ret->month_count + 1, selection->n + 1);
    ret->arr = arena_array(arena, selection->n + 1, sizeof *ret->arr);
    ret->age = arena_array(arena, selection->n + 1, sizeof *ret->age);
    for (size_t a = 0; a < selection->n; a++)
        ret->arr[a] = ret->age[a] = NAN;
    enum status status = read_active(house, catalogue, selection, &spans->moment, ret, problem);
    if (status) return status;
    close_gaps(ret);
    VEC(struct lifetime_tenure) list = {0};
    for (uint32_t a = 0; a < selection->n; a++) {
        const uint8_t *active = ret->active + a;
        bool first = true;
        for (size_t m = 0; m < ret->month_count; m++) {
            if (!active[m * ret->accounts]) continue;
            /* The first life may have begun before it was watched; a later one begins here. */
            double before = first ? months_before(spans, firsts[a], ret->month_starts[m]) : 0;
            size_t end = m;
            while (end < ret->month_count && active[end * ret->accounts])
                end++;
            struct lifetime_tenure one = {.account = a,
                                          .entry = before > 0 ? before : -INFINITY,
                                          .months = before + (double)(end - m),
                                          .ended = end < ret->month_count};
            if (one.ended)
                one.ended_by = ret->month_starts[end];
            else
                ret->age[a] = one.months;
            VEC_PUSH(&list, one);
            first = false;
            m = end;
        }
    }
    ret->v = arena_copy(arena, list.v, list.n * sizeof *list.v);
    ret->n = list.n;
    VEC_FREE(&list);
    return OK;
}
