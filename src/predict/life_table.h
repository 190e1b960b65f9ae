/* What became of customers of a plan and a year of age, month by month: what is said of leaving where there
 * is too little history for a model.
 *
 * The hazard of a cell (a plan, a year of age) is the customers lost ÷ the months of customers that were
 * watched. Few months say little: so it is drawn towards that of all plans in that year of age, as if one
 * loss more had been seen at their rate, and theirs towards LIFE_PRIOR. That is the posterior of a constant
 * hazard under a gamma prior of shape 1: shape 1 + lost, rate 1 ÷ prior + months (Gelman et al. 2013,
 * Bayesian Data Analysis, 2.6). Where nothing was watched the prior speaks, and its interval is as wide as it
 * should be. */
#ifndef VAFA_PREDICT_LIFE_TABLE_H
#define VAFA_PREDICT_LIFE_TABLE_H
#include "base/json.h"
#include "insight/insight.h"

enum { LIFE_YEARS = 3 }; /* of age: the first, the second, all later ones */
#define LIFE_PRIOR                                                                                           \
    0.01 /* lost a month; a round number set by hand: about a ninth of the customers a year                  \
          */

struct life_cell {
    double lost, months; /* months of customers watched */
};
struct life_cohort {
    struct str plan; /* empty: not known */
    struct life_cell years[LIFE_YEARS];
};
struct life_table {
    struct life_cell all[LIFE_YEARS];
    struct life_cohort *cohorts; /* by plan */
    size_t n;
};
/* From the month starts of the revenue ledger (insight/lifetime.h), the plan being that of the latest running
 * subscription then. Lives in the arena. Takes the read locks of insight. */
enum status life_table_measure(struct house *house, struct arena *arena, struct life_table *ret,
                               struct problem *problem) MUST_USE;
/* NULL: nobody had the plan. */
const struct life_cohort *life_table_cohort(const struct life_table *table, struct str plan);
int life_year(double age_months); /* 0 … LIFE_YEARS − 1 */

/* The chance to be lost within some months: its mean and 95 % credible interval. A cohort NULL: of all plans.
 */
struct life_chance {
    double mean, low, high;
};
struct life_chance life_table_chance(const struct life_table *table, const struct life_cohort *cohort,
                                     int year, double months);

/* {all: [{lost, months}, …], plans: [{plan, years: [{lost, months}, …]}]}; read back into the arena. */
void life_table_put(const struct life_table *table, struct json_writer *w);
/* False: it is no such object. */
bool life_table_read(const struct json *json, struct arena *arena, struct life_table *ret);

#endif
