/* Inside scorecards: one measure judged, one account weighed. */
#ifndef VAFA_INSIGHT_SCORECARD_CODE_H
#define VAFA_INSIGHT_SCORECARD_CODE_H
#include "insight/scorecard.h"

/* Points of a value; NaN for a percentile without peers. */
double measure_points(const struct measure *measure, double value, const struct peer_values *peers);
/* What the card makes of what was seen: counted, value, points. */
void measure_judge(const struct measure *measure, const struct measure_seen *seen,
                   const struct peer_values *peers, struct measure_result *out);
/* Shares and contributions of judged measures; the score from measures (0 when nothing is known) and the
 * coverage. */
double measures_weigh(const struct scorecard *card, struct measure_result *results, double *coverage,
                      bool *known);

#endif
