#include "statistics/logrank.h"
#include "statistics/matrix.h"
#include "statistics/risk.h"
#include "statistics/tails.h"

#include <string.h>

/* Of a variance that is 0 but for rounding: share of the events. */
static const double NOTHING = 1e-11;

void logrank_test(const struct survival_case *cases, const uint32_t *group, const uint32_t *stratum, size_t n,
                  size_t groups, struct arena *arena, struct logrank *out) {
    *out = (struct logrank){.groups = arena_array(arena, groups + 1, sizeof *out->groups)};
    double *variance = arena_array(arena, groups * groups + 1, sizeof *variance),
           *at_risk = arena_array(arena, groups + 1, sizeof *at_risk),
           *excess = arena_array(arena, groups + 1, sizeof *excess), all = 0;
    bool *left_out = arena_array(arena, n + 1, sizeof *left_out);
    for (size_t i = 0; i < n; i++)
        left_out[i] = group[i] >= groups;
    struct risk_order order;
    risk_order_build(cases, stratum, left_out, n, arena, &order);

    struct risk_walk walk = risk_walk(&order);
    while (risk_next(&walk)) {
        if (walk.fresh) {
            memset(at_risk, 0, groups * sizeof *at_risk);
            all = 0;
        }
        for (size_t k = walk.leave; k < walk.leave_end; k++, all--)
            at_risk[group[order.rows[order.leaving[k]].case_index]]--;
        for (size_t i = walk.row; i < walk.row_end; i++, all++) {
            size_t g = group[order.rows[i].case_index];
            at_risk[g]++;
            out->groups[g].cases++;
            out->groups[g].observed += order.rows[i].event;
        }
        if (walk.events == 0) continue;
        double events = (double)walk.events, spread = all > 1 ? events * (all - events) / (all - 1) : 0;
        for (size_t g = 0; g < groups; g++) {
            double share = at_risk[g] / all;
            out->groups[g].expected += events * share;
            for (size_t h = 0; h <= g; h++) /* hypergeometric */
                variance[g * groups + h] += spread * share * ((g == h) - at_risk[h] / all);
        }
    }
    for (size_t g = 0; g < groups; g++)
        excess[g] = out->groups[g].observed - out->groups[g].expected;
    out->df = matrix_factor(variance, groups, NOTHING * (double)order.events, NULL);
    double *solved = arena_copy(arena, excess, groups * sizeof *excess);
    matrix_solve(variance, groups, solved);
    for (size_t g = 0; g < groups; g++)
        out->chi2 += excess[g] * solved[g];
    out->p = chi_square_tail(out->chi2, (double)out->df);
}
