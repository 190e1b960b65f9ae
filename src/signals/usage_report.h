/* Usage figures of the whole company over a period: who was active, how much, how often (metrics: DAU/WAU/MAU
 * stickiness). */
#ifndef VAFA_SIGNALS_USAGE_REPORT_H
#define VAFA_SIGNALS_USAGE_REPORT_H
#include "base/calendar.h"
#include "base/fields.h"
#include "signals/usage.h"

enum { USAGE_TRAILING_DAYS = 28, USAGE_MOST_DAYS = 3650 };

struct usage_figures {
    uint64_t has;
    day_t from, to;    /* local days [from, to) */
    struct str period; /* its label, or empty for trailing days */
    int64_t accounts;  /* with an event */
    int64_t users;     /* distinct known people: the monthly actives of a month or of trailing 28 days */
    int64_t events;
    double
        mean_daily_users; /* distinct people of a day, mean over all days, those without any counted as 0 */
    double stickiness;    /* mean daily users ÷ users; no value where there are no users */
    double
        features_per_account; /* distinct event names, mean over the active accounts; no value without one */
};
extern const struct record_type usage_figures_type;

/* included: by account, 0 leaves it out; NULL: all (n: its length). Takes the read lock. from < to ≤ from +
 * USAGE_MOST_DAYS. */
void usage_figures_measure(struct usage *usage, day_t from, day_t to, const uint8_t *included, size_t n,
                           struct usage_figures *out);

#endif
