/* Do groups last equally long? The log-rank test (Mantel 1966; Peto and Peto 1972), of any number of groups
 * and, where asked, within strata: R's survdiff with rho = 0. */
#ifndef VAFA_STATISTICS_LOGRANK_H
#define VAFA_STATISTICS_LOGRANK_H
#include "statistics/survival.h"

#include <stdint.h>

struct logrank_group {
    size_t cases;              /* that count */
    double observed, expected; /* events, and those expected if all groups shared one hazard */
};
struct logrank {
    struct logrank_group *groups;
    double chi2, p;
    size_t df; /* groups that can be told apart, less one; 0: nothing to compare, chi2 0 and p NAN */
};

/* group[i] < groups says where case i belongs; a case with another number does not count. stratum: a label of
 * each case, compared only with those of the same label; NULL: all in one. Late entries are at risk only
 * after them. Takes n log n + times × groups². */
void logrank_test(const struct survival_case *cases, const uint32_t *group, const uint32_t *stratum, size_t n,
                  size_t groups, struct arena *arena, struct logrank *out);

#endif
