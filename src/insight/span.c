#include "insight/span.h"

#include "base/vec.h"
#include "insight/at_risk.h"
#include "platform/settings.h"

static const enum period_unit units[] = {PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR};

enum status request_calendar(const struct request *request, struct spans *ret, struct problem *problem) {
    static const char *const by_names[] = {"month", "quarter", "year", NULL}, *const calendars[] = {
                                                                                  "gregorian", "persian",
                                                                                  NULL};
    int by = 0, calendar = settings_choice(request->house->settings, SETTING_ORGANISATION_CALENDAR);
    *ret = (struct spans){0};
    enum status status = request_moment(request, &ret->moment, problem);
    if (request_query_choice(request, "by", by_names, &by, problem)) status = BAD_INPUT;
    if (request_query_choice(request, "calendar", calendars, &calendar, problem)) status = BAD_INPUT;
    ret->by = units[by];
    ret->calendar = (enum calendar)calendar;
    return status;
}

static struct span span_of(const struct spans *spans, const struct period *period) {
    const struct moment *moment = &spans->moment;
    struct span span = {.from = period->from, .to = period->to};
    memcpy(span.label, period->label, sizeof span.label);
    span.open = moment->day < period->to;
    if (span.open) span.to = moment->day + moment->now;
    return span;
}

enum status request_spans(const struct request *request, size_t unless_told, struct spans *ret,
                          struct problem *problem) {
    int64_t n = (int64_t)unless_told;
    enum status status = request_calendar(request, ret, problem);
    if (request_query_int(request, "periods", 1, SPANS_MOST, &n, problem)) status = BAD_INPUT;
    if (status) return status;
    /* A past day is its start: the day before it is the last that counts. */
    day_t last = ret->moment.now ? ret->moment.day : ret->moment.day - 1;
    struct period period = period_of(last, ret->by, ret->calendar, MONDAY);
    ret->n = (size_t)n;
    ret->v = arena_array(request->arena, ret->n, sizeof *ret->v);
    for (size_t i = ret->n; i-- > 0; period = period_previous(&period))
        ret->v[i] = span_of(ret, &period);
    return OK;
}

struct span span_before(const struct spans *spans, const struct span *span) {
    struct period period = period_of(span->from - 1, spans->by, spans->calendar, MONDAY);
    return span_of(spans, &period);
}

struct moment span_end(const struct insight *insight, const struct spans *spans, const struct span *span) {
    if (span->to >= spans->moment.day) return spans->moment;
    struct moment end = moment_of_day(insight, span->to);
    end.known_at = spans->moment.known_at;
    end.known_day = spans->moment.known_day;
    return end;
}

void span_instants(const struct insight *insight, const struct spans *spans, const struct span *span,
                   instant_t *from, instant_t *to) {
    const struct zone *zone = insight->parts.zone;
    *from = zone_start(zone, span->from);
    *to = zone_start(zone, span->to);
    if (spans->moment.now && *to > spans->moment.at) *to = spans->moment.at + 1;
}
