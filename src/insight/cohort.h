/* Cohorts by activity: those whose first active period is the same, and how many of them were active in it
 * and in each period since. */
#ifndef VAFA_INSIGHT_COHORT_H
#define VAFA_INSIGHT_COHORT_H
#include "base/calendar.h"
#include "platform/route.h"
#include "signals/usage.h"

enum cohort_unit { COHORT_ACCOUNT, COHORT_PERSON };
enum { COHORT_MOST_PERIODS = 1200 };

struct cohorts {
    struct period *periods; /* from the first period with use to the last, without gaps */
    size_t n;
    uint64_t *active; /* n × n: [cohort × n + periods since]; cells beyond the last period are 0 */
};
/* week_start: of weeks. included: by account, 0 leaves it out; NULL: all. Takes the read lock of usage.
 * BAD_INPUT: more than COHORT_MOST_PERIODS. */
enum status cohorts_measure(struct usage *usage, enum cohort_unit unit, enum period_unit by,
                            enum calendar calendar, enum weekday week_start, const uint8_t *included,
                            size_t included_n, struct arena *arena, struct cohorts *out,
                            struct problem *problem) MUST_USE;

/* The accounts of one cohort of usage, ascending, and whether each was active in the period `since` later. A
 * member of the cohort that was not is there, too. */
struct cohort_account {
    uint32_t account;
    bool active;
};
enum status cohorts_accounts(struct usage *usage, enum period_unit by, enum calendar calendar,
                             enum weekday week_start, const uint8_t *included, size_t included_n,
                             struct str cohort, size_t since, struct arena *arena,
                             struct cohort_account **ret, size_t *n, struct problem *problem) MUST_USE;

/* GET
 * /api/v1/cohorts?of=usage|customers|revenue&unit=account|person&by=month|week|quarter|year&calendar=gregorian|persian&format=json|csv
 */
enum status cohorts_handle(struct request *request, struct response *response, struct problem *problem);
extern const struct route_query cohorts_query[];
/* GET /api/v1/cohorts/accounts */
enum status cohort_accounts_handle(struct request *request, struct response *response,
                                   struct problem *problem);
extern const struct route_query cohort_accounts_query[];
/* The two of the ledger: what is left of those whose first day as a customer lies in a period, at the end of
 * it and of each since. */
enum status revenue_cohorts_answer(struct request *request, struct response *response, bool revenue,
                                   enum period_unit by, enum calendar calendar, bool csv,
                                   struct problem *problem) MUST_USE;
/* …and the customers of one of them. cohort: its label. */
enum status revenue_cohort_accounts_answer(struct request *request, struct response *response,
                                           enum period_unit by, enum calendar calendar, struct str cohort,
                                           size_t since, int64_t limit, struct problem *problem) MUST_USE;
/* One row of either: {id, account, name, began, left}; the directory is locked. */
void write_cohort_account(struct json_writer *w, struct request *request, uint32_t account, int64_t began,
                          int64_t left, bool converted);

#endif
