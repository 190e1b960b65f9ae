/* The use of one account over time: a series by day or week beside its usual range, and features by week.
 *
 * The usual range of a point comes from the account's own eight weeks before it (fact_series.h): of a day the
 * median of the same weekdays, of a week the median of the weeks; as wide as two robust standard deviations
 * of them to each side. Less than BASELINE_LEAST of them: no range. */
#ifndef VAFA_INSIGHT_ACCOUNT_USAGE_H
#define VAFA_INSIGHT_ACCOUNT_USAGE_H
#include "platform/route.h"

struct usual {
    double low, middle, high; /* NAN: no range */
};
/* The usual range of value `at` of a series (oldest first, NAN: not known); every: 7 for days, whose like are
 * a week apart, 1 for weeks. Needs no more than what stands before `at`. */
struct usual usual_range(const double *values, size_t at, size_t every);

/* GET /api/v1/accounts/{id}/usage, …/features */
enum status account_usage_handle(struct request *, struct response *, struct problem *);
enum status account_features_handle(struct request *, struct response *, struct problem *);
extern const struct route_query account_usage_query[], account_features_query[];

#endif
