/* Spans of time for figures by period: the same words for every one of them.
 *
 *   by=month|quarter|year, calendar=gregorian|persian   periods; the organisation's calendar unless told
 *   periods=N                                           how many, the newest is the one of as_of
 *   as_of, known_at                                     as everywhere */
#ifndef VAFA_INSIGHT_SPAN_H
#define VAFA_INSIGHT_SPAN_H
#include "insight/insight.h"
#include "platform/route.h"

#define SPAN_QUERY                                                                                           \
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},                                      \
        {"known_at", "A day: only what could be known when it started."},                                    \
        {"by", "month (default), quarter or year."},                                                         \
        {"calendar", "gregorian or persian; the organisation's where absent."}, {                            \
        "periods", "How many periods, the last being that of as_of."                                         \
    }
enum { SPANS_MOST = 120 };

struct span {
    char label[PERIOD_LABEL];
    day_t from, to; /* [from, to); `to` is cut off at the moment's day */
    bool open;      /* not over at the moment: what happened so far */
};
struct spans {
    struct moment moment;
    enum period_unit by;
    enum calendar calendar;
    struct span *v; /* oldest first, arena */
    size_t n;
};

enum status request_spans(const struct request *request, size_t unless_told, struct spans *ret,
                          struct problem *problem) MUST_USE;
/* By and calendar alone, and as_of. */
enum status request_calendar(const struct request *request, struct spans *ret,
                             struct problem *problem) MUST_USE;
/* The one before the first: what that is compared with. */
struct span span_before(const struct spans *spans, const struct span *span);

/* The moment at the end of a span, and the instants of a span: [from, to). */
struct moment span_end(const struct insight *insight, const struct spans *spans, const struct span *span);
void span_instants(const struct insight *insight, const struct spans *spans, const struct span *span,
                   instant_t *from, instant_t *to);

#endif
