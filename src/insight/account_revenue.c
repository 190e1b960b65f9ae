#include "insight/account_revenue.h"

#include "insight/figure.h"
#include "insight/health.h"
#include "insight/overview.h"
#include "insight/retention_api.h"
#include "platform/settings.h"

const struct route_query account_movements_query[] = {
    {"as_of", "A day, YYYY-MM-DD: seen from its start; today unless given."},
    {"known_at", "A day: only what was known when it started."},
    {NULL, NULL},
};

struct months {
    const int64_t **rows; /* by period: NULL where nothing is paid */
    struct arena *arena;
};

static void keep_row(void *self, uint32_t account, size_t period, const int64_t *amounts) {
    (void)account;
    struct months *months = self;
    months->rows[period] = arena_copy(months->arena, amounts, RETENTION_AMOUNTS * sizeof *amounts);
}

/* The months from the first day as a customer to the day seen from, the newest RETENTION_MOST_PERIODS of
 * them. */
static size_t find_periods(const struct request *request, day_t first, day_t seen_on, struct period **ret) {
    enum calendar calendar =
        (enum calendar)settings_choice(request->house->settings, SETTING_ORGANISATION_CALENDAR);
    struct period *list = arena_array(request->arena, RETENTION_MOST_PERIODS, sizeof *list);
    struct period period = period_of(seen_on - 1, PERIOD_MONTH, calendar, MONDAY);
    size_t n = 0;
    while (n < RETENTION_MOST_PERIODS &&
           period.to >= first) { /* what begins on a first day is of the month before */
        list[RETENTION_MOST_PERIODS - ++n] = period;
        period = period_previous(&period);
    }
    *ret = list + RETENTION_MOST_PERIODS - n;
    if (n && (*ret)[n - 1].to > seen_on) (*ret)[n - 1].to = seen_on;
    return n;
}

static void put_months(struct json_writer *w, const struct period *periods, size_t n,
                       const struct months *months) {
    json_name(w, STR("months"));
    json_begin_array(w);
    for (size_t p = 0; p < n; p++) {
        json_begin_object(w);
        json_put_string(w, "period", str_of(periods[p].label));
        put_day(w, "to", periods[p].to);
        json_put_int(w, "arr", months->rows[p] ? months->rows[p][REVENUE_END] : 0);
        json_end_object(w);
    }
    json_end_array(w);
}

enum status account_movements_handle(struct request *request, struct response *response,
                                     struct problem *problem) {
    struct house *house = request->house;
    struct moment moment;
    uint32_t account;
    enum status status = request_account_index(request, &account, problem);
    if (!status) status = request_moment(request, &moment, problem);
    if (status) return status;
    struct books books;
    struct ledger_settings settings = books_settings(house->settings);
    uint8_t *included = arena_array(request->arena, account + 1, sizeof *included);
    included[account] = 1;
    books_read_some(house->insight, &settings, included, account + 1, moment.known_at, moment.day, &books);
    day_t first = account < books.ledger.accounts ? books.ledger.first[account] : DAY_NEVER;
    struct period *periods = NULL;
    size_t n = first >= moment.day ? 0 : find_periods(request, first, moment.day, &periods);
    struct months months = {arena_array(request->arena, n + 1, sizeof *months.rows), request->arena};
    movements list = {0};
    books.query.periods = periods;
    books.query.count = n;
    books.query.seen_on = moment.day;
    if (n) status = retention_read(&books.ledger, &books.query, keep_row, &months, problem);
    if (n) retention_movements(&books.ledger, &books.query, account, &list);
    if (!status) {
        struct json_writer w = {.out = &response->body};
        json_begin_object(&w);
        json_name(&w, STR("data"));
        json_begin_array(&w);
        for (size_t i = list.n; i-- > 0;)
            retention_write_movement(&w, &list.v[i]);
        json_end_array(&w);
        put_months(&w, periods, n, &months);
        put_day(&w, "first", first);
        json_put_string(&w, "currency", str_of(house->insight->parts.base_currency));
        json_end_object(&w);
    }
    VEC_FREE(&list);
    books_close(&books);
    return status;
}
