/* Whether chances hold: bins of what was said beside what happened, and whether scores have drifted. Pure
 * statistics. */
#ifndef VAFA_STATISTICS_SCORING_H
#define VAFA_STATISTICS_SCORING_H
#include "statistics/ranking.h"

struct calibration_bin {
    double from, to;          /* chances: [from, to), the last one with its end */
    size_t n, happened;       /* cases */
    double said, share;       /* mean chance, and share that happened; NaN where n is 0 */
    struct interval interval; /* Wilson's 95 % of the share */
};
/* `count` bins of equal width over [0, 1], empty ones too. Chances are in [0, 1]. */
void calibration_bins_by_width(const double *chance, const uint8_t *outcome, size_t n,
                               struct calibration_bin *bins, size_t count);
/* At most `most` bins of nearly equal count by the ranking of these chances, as ranking_bins. Returns the
 * count. */
size_t calibration_bins_by_count(const struct ranking *ranking, const double *chance,
                                 struct calibration_bin *bins, size_t most, struct arena *scratch);
/* Expected calibration error: Σ n/N |said − share| (Naeini et al. 2015). NaN without cases. */
double calibration_error(const struct calibration_bin *bins, size_t count);

/* Population stability index of a column or score now against a reference: Σ (now − was) ln(now/was) over
 * `bins` bins of nearly equal count in the reference, and one of missing values (NaN). Half a case is added
 * to each bin, so that an empty one is not endless. Rules of thumb: below 0.1 stable, above 0.25 shifted
 * (Siddiqi 2006). NaN where one of them has no row. */
double stability_index(const double *reference, size_t n, const double *now, size_t m, size_t bins,
                       struct arena *scratch);

#endif
