/* Facts that hold an account's use day by day against its own past.
 *
 * `compare: baseline`: how far the days of the window lie from what is usual for the account. Usual is the
 * median of the same weekday in the eight weeks before the window; holidays, and days before the account
 * began, are left out at both ends. The deviation is the mean distance of the window's days from their usual,
 * in robust standard deviations: 1.4826 × the median absolute distance of the days of the eight weeks from
 * theirs (Hampel 1974); where that is 0, 1.2533 × their mean absolute distance (Iglewicz & Hoaglin 1993).
 * −3 reads: on a typical day of the window use was three usual swings below what such a day has. A weekday
 * with fewer than BASELINE_LEAST like days has no usual; without any, or where use never swung, there is no
 * base.
 *
 * `compare: trend`: the share by which use changes a week: Sen's slope (the median slope of all pairs, 1968)
 * of the weeks' mean days, holidays left out, over the median week; 0 unless the Mann–Kendall test (normal
 * approximation with ties and continuity correction) is beyond noise at 5 %. */
#ifndef VAFA_INSIGHT_FACT_SERIES_H
#define VAFA_INSIGHT_FACT_SERIES_H
#include "insight/insight.h"

enum {
    BASELINE_DAYS = 56,
    BASELINE_LEAST = 3,
    BASELINE_MOST_DAYS = 28,
    TREND_LEAST_DAYS = 35,
    TREND_MOST_DAYS = 364,
};

/* series: BASELINE_DAYS days and behind them `window` days; counts: 0 leaves a day out. NAN: no base. *usual:
 * what the window's days would have been on average, *now what they were; may be NULL. */
double baseline_deviation(const double *series, const uint8_t *counts, int window, double *usual,
                          double *now);
/* series: of whole weeks. NAN: no base (fewer than five weeks with a day that counts, or a median of 0). */
double trend_change(const double *series, const uint8_t *counts, int weeks);

/* countries: by row, for holidays. Takes the read lock of usage. */
void series_evaluate(struct insight *insight, const struct catalogue *catalogue,
                     const struct declared *declared, const struct moment *moment, const day_t *starts,
                     const uint16_t *countries, uint32_t first, size_t n, struct column *out);

#endif
