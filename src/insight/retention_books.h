/* The books as a request asks for them: the ledger of what is known at a moment, with the rates and the
 * settings of the organisation. */
#ifndef VAFA_INSIGHT_RETENTION_BOOKS_H
#define VAFA_INSIGHT_RETENTION_BOOKS_H
#include "insight/insight.h"
#include "insight/retention.h"
#include "platform/route.h"

enum { RETENTION_MOST_PERIODS = 400 };

#define RETENTION_PERIOD_QUERY                                                                               \
    {"by", "month (default), quarter, year, or range: one period from `from` to `to`."},                     \
        {"from", "Where the first period is: a day or a label such as 2026-01 or 1404Q2; 12 periods when "   \
                 "absent."},                                                                                 \
        {"to", "Where the last period is, likewise; the one before as_of when absent."},                     \
        {"span", "How many of `by` each period reaches back, up to 36: 12 with month is the year that ends " \
                 "with each month; 1 when absent."},                                                         \
    {                                                                                                        \
        "calendar", "gregorian or persian; the organisation's where absent."                                 \
    }
#define RETENTION_MOMENT_QUERY                                                                               \
    {"mode", "snapshot (default): two days compared; flow: sums of movements."},                             \
        {"as_of", "YYYY-MM-DD: seen from the start of that day; absent: today."}, {                          \
        "known_at", "YYYY-MM-DD: only what was known when that day started; absent: as known now."           \
    }

/* What a request asks. Periods end at moment.day at the latest: `partial` says that the last one was cut
 * there. */
struct retention_request {
    struct moment moment;
    enum period_unit by;
    enum calendar calendar;
    bool flow, partial;
    bool overlapping;      /* periods reach into each other: each is measured by itself */
    bool range;            /* of days, no calendar period: labelled "2025-11-01..2026-10-31" */
    struct str index;      /* name of a price index; empty: none */
    const int64_t *levels; /* of it, at the count + 1 boundaries; overlapping: at both ends of each; NULL */
    struct period *periods;
    size_t count;
};
/* mode, as_of, known_at. */
enum status request_retention_moment(const struct request *request, struct retention_request *ret,
                                     struct problem *problem) MUST_USE;
/* A day or the label of a period in the query: its first day, or its last; absent leaves *day alone. */
enum status request_place(const struct request *request, const char *name, bool last, day_t *day,
                          struct problem *problem) MUST_USE;
/* …and by, from, to, calendar. Periods live in the request's arena. */
enum status request_retention_periods(const struct request *request, struct retention_request *ret,
                                      struct problem *problem) MUST_USE;
/* …and one period by its label, which a path or the query names. */
enum status request_retention_period(const struct request *request, struct str label,
                                     struct retention_request *ret, struct problem *problem) MUST_USE;

/* The price index asked for (`index`), after the periods. Not with flow. */
enum status request_retention_index(const struct request *request, struct retention_request *ret,
                                    struct problem *problem) MUST_USE;

struct books {
    struct ledger ledger;
    struct rates rates;
    struct dict currencies;
    struct ledger_settings settings;
    struct retention_query query; /* points into the books and the request */
};
/* As the organisation has set them. NULL, in tests: the maximum, churn at the end of the term, no grace. */
struct ledger_settings books_settings(struct settings *settings);
/* Reads insight's table of subscriptions; takes and gives back its lock. until: as of ledger_build. The query
 * has no periods yet. */
void books_read(struct insight *insight, const struct ledger_settings *settings, instant_t known_at,
                day_t until, struct books *ret);
/* …of some accounts alone: by account 1 where it is; accounts from included_n on are not. NULL: of all. */
void books_read_some(struct insight *insight, const struct ledger_settings *settings, const uint8_t *included,
                     size_t included_n, instant_t known_at, day_t until, struct books *ret);
/* …of one product alone (n 0: of all of them). */
void books_read_product(struct insight *insight, const struct ledger_settings *settings, struct str product,
                        instant_t known_at, day_t until, struct books *ret);
/* …as a request asks for them. */
void books_open(struct house *house, const struct retention_request *request, struct books *ret);
void books_close(struct books *books);
/* The settings that figures were made by: {"grace_days":30,"overlap":"max","churn_recognised":"term_end"}. */
struct str books_rules(struct house *house, struct arena *arena);

#endif
