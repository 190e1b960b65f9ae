/* Who is at risk when: the cases of each stratum walked backwards in time, so that sums over the risk set
 * grow by those who end and shrink only by those who had not entered yet. What the log-rank test and Cox's
 * model share.
 *
 *     struct risk_walk walk = risk_walk(&order);
 *     while (risk_next(&walk)) {
 *         if (walk.fresh) … the sums start anew: another stratum
 *         … take off order.rows[order.leaving[k]] for k in [walk.leave, walk.leave_end)
 *         … add order.rows[i] for i in [walk.row, walk.row_end): those who end at walk.time
 *         … now the sums are over the risk set at walk.time
 *     } */
#ifndef VAFA_STATISTICS_RISK_H
#define VAFA_STATISTICS_RISK_H
#include "statistics/survival.h"

#include <stdint.h>

struct risk_row {
    double entry, time;
    uint32_t stratum;
    bool event;
    size_t case_index; /* in the caller's list */
};
struct risk_order {
    struct risk_row *rows; /* by stratum, then from the latest time to the earliest, then by index */
    size_t *leaving;       /* rows that entered late, by stratum, then from the latest entry */
    size_t n, late, events;
    size_t strata; /* with at least one row */
};

/* The cases that count (survival_counts) and, where `left_out` is given, have no mark there. stratum: a label
 * of each case; NULL: all in one. Lives in the arena. */
void risk_order_build(const struct survival_case *cases, const uint32_t *stratum, const bool *left_out,
                      size_t n, struct arena *arena, struct risk_order *out);

struct risk_walk {
    const struct risk_order *order;
    double time;
    bool fresh;
    size_t row, row_end, leave, leave_end;
    size_t events; /* among those who end */
};
struct risk_walk risk_walk(const struct risk_order *order);
bool risk_next(struct risk_walk *walk); /* false after the last time of the last stratum */

#endif
