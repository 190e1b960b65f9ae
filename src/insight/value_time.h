/* Time to first value: from the start of a customer to its first value event, in days. Who has not got there
 * yet is censored, never left out: the figures are Kaplan–Meier quartiles (survival.h), not means of those
 * who did. Who left before is censored on that day, and counted apart: leaving hides value that would have
 * come, or never would have. */
#ifndef VAFA_INSIGHT_VALUE_TIME_H
#define VAFA_INSIGHT_VALUE_TIME_H
#include "insight/selection.h"
#include "insight/span.h"
#include "statistics/survival.h"
#include "insight/value_event.h"

enum value_state { VALUE_REACHED, VALUE_WAITING, VALUE_LEFT };
struct value_case {
    uint32_t account;
    day_t start;
    day_t reached; /* INT32_MIN: not; before the start (a trial): the start, days 0 */
    bool early;    /* it was, before the start */
    int32_t days;  /* to value, to the moment or to leaving */
    enum value_state state;
    const struct value_event *event; /* what proved it, or what is waited for */
};
struct value_cases {
    struct value_case *v;
    size_t n;
    int64_t no_event; /* accounts for which no definition holds */
    int64_t no_start; /* whose clock has not started, or whose start is not known */
    int64_t no_data;  /* who started before usage was recorded: when they first got value cannot be known */
    size_t definitions;
};
/* Of the selection's accounts, as of the moment. */
enum status value_cases_measure(struct house *house, const struct selection *selection,
                                const struct moment *moment, struct arena *arena, struct value_cases *ret,
                                struct problem *problem) MUST_USE;

/* GET /api/v1/time-to-value, /api/v1/time-to-value/accounts */
enum status value_time_handle(struct request *, struct response *, struct problem *);
enum status value_time_handle_accounts(struct request *, struct response *, struct problem *);
extern const struct route_query value_time_query[], value_time_accounts_query[];
struct value_time_row {
    uint64_t has;
    struct str cohort;
    struct str group;
    int64_t accounts, reached, waiting, left, early;
    double not_yet; /* percent not there yet, of all */
    double p25, p25_low, p25_high, p50, p50_low, p50_high, p75, p75_low, p75_high; /* days */
    double within_30, within_90;                                                   /* percent there by then */
};
extern const struct record_type value_time_row_type;

#endif
