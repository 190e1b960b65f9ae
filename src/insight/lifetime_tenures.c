/* How long customers were customers, by the starts of months. */
#include "insight/lifetime.h"

#include "base/vec.h"
#include "customers/directory.h"
#include "insight/retention_books.h"

#include <math.h>

enum { MOST_MONTHS = 120 };

/* The months before the moment, the last one cut off there: who is a customer at a month's start stands at
 * the end of the one before. */
static void lay_periods(const struct spans *spans, struct arena *arena, struct retention_request *asked) {
    day_t today = spans->moment.day;
    *asked = (struct retention_request){.moment = spans->moment, .count = MOST_MONTHS + 1};
    asked->periods = arena_array(arena, asked->count, sizeof *asked->periods);
    struct period month = period_of(today - 1, PERIOD_MONTH, spans->calendar, MONDAY);
    for (size_t i = asked->count; i-- > 0; month = period_previous(&month))
        asked->periods[i] = month;
    asked->periods[asked->count - 1].to = today;
}

struct reading {
    const struct selection *selection;
    const struct retention_request *asked;
    struct lifetime_tenures *tenures;
    size_t before; /* periods that end before the first month start of the grid */
};

static void read_row(void *self, uint32_t account, size_t period, const int64_t *amounts) {
    struct reading *r = self;
    struct lifetime_tenures *t = r->tenures;
    if (account >= t->accounts || !r->selection->included[account] || !amounts[CUSTOMERS_END]) return;
    if (period >= r->before && period - r->before < t->month_count)
        t->active[(period - r->before) * t->accounts + account] = 1;
    if (period + 1 == r->asked->count && amounts[REVENUE_END] > 0)
        t->arr[account] = (double)amounts[REVENUE_END];
}

/* The month starts from the first day of any customer on. */
static void lay_grid(const struct ledger *ledger, const struct spans *spans, int32_t grace, struct reading *r,
                     struct arena *arena) {
    struct lifetime_tenures *t = r->tenures;
    day_t earliest = DAY_NEVER, today = r->asked->moment.day;
    for (size_t a = 0; a < t->accounts && a < ledger->accounts; a++)
        if (r->selection->included[a] && ledger->first[a] < earliest) earliest = ledger->first[a];
    size_t starts =
        r->asked->count; /* periods that end at a month's start: all, but for one that was cut off */
    if (period_of(today, PERIOD_MONTH, spans->calendar, MONDAY).from != today) starts--;
    while (r->before < starts && r->asked->periods[r->before].to < earliest)
        r->before++;
    t->month_count = starts - r->before;
    t->month_starts = arena_array(arena, t->month_count + 1, sizeof *t->month_starts);
    for (size_t m = 0; m < t->month_count; m++)
        t->month_starts[m] = r->asked->periods[r->before + m].to;
    t->decided = t->month_count;
    while (t->decided && t->month_starts[t->decided - 1] >= today - grace)
        t->decided--;
    t->active = arena_array(arena, t->month_count + 1, t->accounts + 1);
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

/* The day since which it is a customer: its first one in the ledger, or the one that is told of it. */
static day_t start_of(struct house *house, const struct ledger *ledger, uint32_t account) {
    day_t first = ledger->first[account], told = directory_account(house->directory, account)->starts_on;
    return told != INT32_MIN && told < first ? told : first;
}

static void list_tenures(struct house *house, const struct ledger *ledger, const struct spans *spans,
                         struct arena *arena, struct lifetime_tenures *t) {
    VEC(struct lifetime_tenure) list = {0};
    directory_lock(house->directory);
    for (uint32_t a = 0; a < t->accounts; a++) {
        const uint8_t *active = t->active + a;
        bool first = true;
        for (size_t m = 0; m < t->month_count; m++) {
            if (!active[m * t->accounts]) continue;
            /* The first life may have begun before it was watched; a later one begins here. */
            double before = first ? months_before(spans, start_of(house, ledger, a), t->month_starts[m]) : 0;
            size_t end = m;
            while (end < t->month_count && active[end * t->accounts])
                end++;
            struct lifetime_tenure one = {.account = a,
                                          .entry = before > 0 ? before : -INFINITY,
                                          .ended = end < t->decided,
                                          .first = m};
            if (one.ended) one.ended_by = t->month_starts[end];
            if (end == t->month_count) t->age[a] = before + (double)(end - 1 - m);
            size_t last = one.ended ? end : t->decided ? t->decided - 1 : 0;
            one.months = before + (last > m ? (double)(last - m) : 0);
            VEC_PUSH(&list, one);
            first = false;
            m = end;
        }
    }
    directory_unlock(house->directory);
    t->v = arena_copy(arena, list.v, list.n * sizeof *list.v);
    t->n = list.n;
    VEC_FREE(&list);
}

enum status lifetime_tenures_measure(struct house *house, const struct selection *selection,
                                     const struct spans *spans, struct arena *arena,
                                     struct lifetime_tenures *ret, struct problem *problem) {
    struct retention_request asked;
    struct books books;
    struct reading reading = {.selection = selection, .asked = &asked, .tenures = ret};
    *ret = (struct lifetime_tenures){.accounts = selection->n,
                                     .arr = arena_array(arena, selection->n + 1, sizeof *ret->arr),
                                     .age = arena_array(arena, selection->n + 1, sizeof *ret->age)};
    for (size_t a = 0; a < selection->n; a++)
        ret->arr[a] = ret->age[a] = NAN;
    lay_periods(spans, arena, &asked);
    books_open(house, &asked, &books);
    lay_grid(&books.ledger, spans, books.settings.grace_days, &reading, arena);
    enum status status = retention_read(&books.ledger, &books.query, read_row, &reading, problem);
    if (!status) list_tenures(house, &books.ledger, spans, arena, ret);
    books_close(&books);
    return status;
}
