#include "insight/retention_books.h"

#include "customers/price_index.h"
#include "insight/health.h"
#include "insight/history.h"
#include "platform/settings.h"

#include <stdio.h>
#include <stdlib.h>

enum status request_retention_moment(const struct request *request, struct retention_request *ret,
                                     struct problem *problem) {
    static const char *const modes[] = {"snapshot", "flow", NULL};
    int mode = 0;
    *ret = (struct retention_request){0};
    enum status status = request_query_choice(request, "mode", modes, &mode, problem);
    if (!status) status = request_moment(request, &ret->moment, problem);
    ret->flow = mode;
    return status;
}

enum status request_place(const struct request *request, const char *name, bool last, day_t *day,
                          struct problem *problem) {
    struct str text = request_query(request, name);
    struct period period;
    if (!text.p || !day_parse(text, day)) return OK;
    const struct message *fault = period_parse(text, &period);
    if (fault) return fail_at(problem, str_of(name), *fault, ARGS(text));
    *day = last ? period.to - 1 : period.from;
    return OK;
}

/* First and last day, as days of the wire. */
static void label_range(struct period *period) {
    char from[DAY_TEXT + 1], to[DAY_TEXT + 1];
    day_print(period->from, from);
    day_print(period->to - 1, to);
    snprintf(period->label, sizeof period->label, "%s..%s", from, to);
}

static bool parse_range(struct str text, struct period *out) {
    for (size_t i = 0; i + 1 < text.n; i++) {
        day_t from, last;
        if (text.p[i] != '.' || text.p[i + 1] != '.') continue;
        if (day_parse((struct str){text.p, i}, &from) ||
            day_parse((struct str){text.p + i + 2, text.n - i - 2}, &last) || last < from)
            return false;
        *out = (struct period){.from = from, .to = last + 1};
        label_range(out);
        return true;
    }
    return false;
}

static enum status too_late(struct problem *problem, struct str where) {
    return fail_at(
        problem, where,
        MESSAGE(
            "retention_no_period",
            "No period lies there: it begins before it ends, and before the day it is seen from.",
            "دوره‌ای در این بازه نیست: آغاز باید پیش از پایان و پیش از روز مشاهده باشد."),
        NO_ARGS);
}

enum status request_retention_periods(const struct request *request, struct retention_request *ret,
                                      struct problem *problem) {
    enum { RANGE = 3, MOST_SPAN = 36 };
    static const char *const units[] = {"month", "quarter", "year", "range", NULL};
    static const char *const calendars[] = {"gregorian", "persian", NULL};
    static const enum period_unit by_choice[] = {PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR, PERIOD_YEAR};
    int64_t span = 1;
    enum status status = request_retention_moment(request, ret, problem);
    int by = 0, calendar = settings_choice(request->house->settings, SETTING_ORGANISATION_CALENDAR);
    day_t from = INT32_MIN, to = ret->moment.day - 1;
    if (status) return status;
    if (request_query_choice(request, "by", units, &by, problem)) status = BAD_INPUT;
    if (request_query_choice(request, "calendar", calendars, &calendar, problem)) status = BAD_INPUT;
    if (request_place(request, "from", false, &from, problem)) status = BAD_INPUT;
    if (request_place(request, "to", true, &to, problem)) status = BAD_INPUT;
    if (request_query_int(request, "span", 1, MOST_SPAN, &span, problem)) status = BAD_INPUT;
    if (status) return status;
    ret->by = by_choice[by];
    ret->calendar = (enum calendar)calendar;
    if (to >= ret->moment.day) to = ret->moment.day - 1;
    if (by == RANGE) {
        if (from == INT32_MIN) from = to - 364;
        if (from > to) return too_late(problem, STR("from"));
        ret->range = true;
        ret->periods = arena_array(request->arena, 1, sizeof *ret->periods);
        ret->periods[ret->count++] = (struct period){.from = from, .to = to + 1};
        label_range(ret->periods);
        return OK;
    }
    struct period period = period_of(to, ret->by, ret->calendar, MONDAY);
    if (from == INT32_MIN) {
        for (int i = 1; i < 12; i++)
            period = period_previous(&period);
    } else {
        period = period_of(from, ret->by, ret->calendar, MONDAY);
    }
    ret->periods = arena_array(request->arena, RETENTION_MOST_PERIODS, sizeof *ret->periods);
    for (; period.from <= to; period = period_next(&period)) {
        if (ret->count == RETENTION_MOST_PERIODS)
            return fail_at(
                problem, STR("from"),
                MESSAGE(
                    "retention_too_many",
                    "That would be more than 400 periods. Choose longer ones or begin later.",
                    "این بیش از ۴۰۰ دوره می‌شود. دوره‌های بلندتر یا آغازی دیرتر برگزینید."),
                NO_ARGS);
        ret->periods[ret->count++] = period;
    }
    if (!ret->count) return too_late(problem, STR("from"));
    struct period *last = &ret->periods[ret->count - 1];
    ret->partial = last->to > ret->moment.day;
    if (ret->partial) last->to = ret->moment.day;
    ret->overlapping = span > 1;
    for (size_t i = 0; i < ret->count && span > 1; i++) {
        struct period first = ret->periods[i];
        for (int64_t k = 1; k < span; k++)
            first = period_previous(&first);
        ret->periods[i].from = first.from;
        label_range(&ret->periods[i]);
    }
    return OK;
}

enum status request_retention_period(const struct request *request, struct str label,
                                     struct retention_request *ret, struct problem *problem) {
    enum status status = request_retention_moment(request, ret, problem);
    if (status) return status;
    ret->periods = arena_array(request->arena, 1, sizeof *ret->periods);
    ret->range = parse_range(label, ret->periods);
    const struct message *fault = ret->range ? NULL : period_parse(label, ret->periods);
    if (fault) return fail_at(problem, STR("period"), *fault, ARGS(label));
    ret->count = 1;
    ret->by = ret->periods->unit;
    ret->calendar = ret->periods->calendar;
    if (ret->periods->from >= ret->moment.day) return too_late(problem, STR("period"));
    ret->partial = ret->periods->to > ret->moment.day;
    if (ret->partial) ret->periods->to = ret->moment.day;
    if (ret->partial && ret->range) label_range(ret->periods);
    return OK;
}

enum status request_retention_index(const struct request *request, struct retention_request *ret,
                                    struct problem *problem) {
    struct session *session = NULL;
    ret->index = request_query(request, "index");
    if (!ret->index.n) return OK;
    if (ret->flow)
        return fail_at(
            problem, STR("index"),
            MESSAGE(
                "index_needs_snapshot", "A price index compares two days: leave mode=flow out.",
                "شاخص قیمت دو روز را با هم می‌سنجد: mode=flow را بردارید."),
            NO_ARGS);
    size_t n = ret->overlapping ? 2 * ret->count : ret->count + 1;
    day_t *days = arena_array(request->arena, n, sizeof *days);
    int64_t *levels = arena_array(request->arena, n, sizeof *levels);
    for (size_t i = 0; i < ret->count; i++) {
        size_t at = ret->overlapping ? 2 * i : i;
        days[at] = ret->periods[i].from;
        days[at + 1] = ret->periods[i].to; /* where the next begins */
    }
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    status = price_index_at(session, ret->index, days, n, ret->moment.known_at, levels, problem);
    session_rollback(session);
    ret->levels = levels;
    return status;
}

struct ledger_settings books_settings(struct settings *settings) {
    if (!settings) return (struct ledger_settings){0};
    return (struct ledger_settings){
        .grace_days = (int32_t)settings_int(settings, SETTING_RETENTION_GRACE_DAYS),
        .sum_overlap = settings_choice(settings, SETTING_RETENTION_OVERLAP) == 1,
        .at_cancellation = settings_choice(settings, SETTING_RETENTION_CHURN) == 1};
}

void books_read(struct insight *insight, const struct ledger_settings *settings, instant_t known_at,
                day_t until, struct books *ret) {
    books_read_some(insight, settings, NULL, 0, known_at, until, ret);
}

/* The lock is held. */
static void begin_books(struct insight *insight, const struct ledger_settings *settings,
                        const struct signal_table *subscriptions, instant_t known_at, struct books *ret) {
    *ret = (struct books){.settings = *settings};
    const struct dict *currencies =
        &subscriptions->texts[signal_text(subscriptions->source, STR("currency"))];
    for (size_t i = 0; i < currencies->n; i++) /* the same numbers, in books of our own */
        dict_put(&ret->currencies, dict_key(currencies, (uint32_t)i), NULL);
    ret->rates = insight->rates;
    ret->rates.rows.v = memory_new((insight->rates.rows.n + 1) * sizeof *ret->rates.rows.v);
    if (insight->rates.rows.n)
        memcpy(ret->rates.rows.v, insight->rates.rows.v, insight->rates.rows.n * sizeof *ret->rates.rows.v);
    memcpy(ret->rates.base, insight->parts.base_currency, sizeof ret->rates.base);
    ret->query = (struct retention_query){.grace_days = ret->settings.grace_days,
                                          .rates = &ret->rates,
                                          .currencies = &ret->currencies,
                                          .known_at = known_at};
}

void books_read_some(struct insight *insight, const struct ledger_settings *settings, const uint8_t *included,
                     size_t included_n, instant_t known_at, day_t until, struct books *ret) {
    pthread_rwlock_rdlock(&insight->lock);
    const struct signal_table *subscriptions = insight_table(insight, "subscriptions");
    begin_books(insight, settings, subscriptions, known_at, ret);
    ledger_read(&ret->ledger, subscriptions, included, included_n, insight->parts.zone, &ret->settings,
                known_at, until);
    pthread_rwlock_unlock(&insight->lock);
}

void books_read_product(struct insight *insight, const struct ledger_settings *settings, struct str product,
                        instant_t known_at, day_t until, struct books *ret) {
    size_t n, kept = 0;
    if (!product.n) {
        books_read(insight, settings, known_at, until, ret);
        return;
    }
    pthread_rwlock_rdlock(&insight->lock);
    const struct signal_table *subscriptions = insight_table(insight, "subscriptions");
    begin_books(insight, settings, subscriptions, known_at, ret);
    struct ledger_row *rows = ledger_rows_read(subscriptions, insight->parts.zone, NULL, 0, &n);
    uint32_t number =
        dict_find(&subscriptions->texts[signal_text(subscriptions->source, STR("product"))], product);
    for (size_t i = 0; i < n && number != DICT_NONE; i++)
        if (rows[i].product == number) rows[kept++] = rows[i];
    ledger_build(&ret->ledger, rows, kept, subscriptions->n, &ret->settings, known_at, until);
    free(rows);
    pthread_rwlock_unlock(&insight->lock);
}

void books_open(struct house *house, const struct retention_request *request, struct books *ret) {
    struct ledger_settings settings = books_settings(house->settings);
    books_read(house->insight, &settings, request->moment.known_at, request->periods[request->count - 1].to,
               ret);
    ret->query.periods = request->periods;
    ret->query.count = request->count;
    ret->query.seen_on = request->moment.day;
    ret->query.flow = request->flow;
    ret->query.index = request->levels;
}

void books_close(struct books *books) {
    ledger_free(&books->ledger);
    rates_free(&books->rates);
    dict_free(&books->currencies);
}

struct str books_rules(struct house *house, struct arena *arena) {
    struct settings *settings = house->settings;
    return str_format(arena, "{\"grace_days\":%lld,\"overlap\":\"%.*s\",\"churn_recognised\":\"%.*s\"}",
                      (long long)settings_int(settings, SETTING_RETENTION_GRACE_DAYS),
                      STR_ARG(settings_text(settings, SETTING_RETENTION_OVERLAP, arena)),
                      STR_ARG(settings_text(settings, SETTING_RETENTION_CHURN, arena)));
}
