#include "insight/fact_series.h"

#include "insight/feature_map.h"
#include "insight/usage_features.h"
#include "statistics/tails.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCK = 512, MOST_WEEKS = TREND_MOST_DAYS / 7 };
#define MAD_TO_DEVIATION  1.4826
#define MEAN_TO_DEVIATION 1.2533

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n) {
    qsort(values, n, sizeof *values, ascending);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double baseline_deviation(const double *series, const uint8_t *counts, int window, double *usual,
                          double *now) {
    double like[8], middle[7], distances[BASELINE_DAYS], absolute = 0, sum = 0, was = 0, is = 0;
    bool known[7] = {false};
    size_t n = 0;
    int days = 0;
    for (int w = 0; w < 7; w++) {
        size_t k = 0;
        for (int day = w; day < BASELINE_DAYS; day += 7)
            if (counts[day]) like[k++] = series[day];
        if (k < BASELINE_LEAST) continue;
        known[w] = true;
        middle[w] = median(like, k);
        for (int day = w; day < BASELINE_DAYS; day += 7) {
            if (!counts[day]) continue;
            distances[n] = fabs(series[day] - middle[w]);
            absolute += distances[n++];
        }
    }
    for (int day = BASELINE_DAYS; day < BASELINE_DAYS + window; day++) {
        if (!counts[day] || !known[day % 7]) continue;
        sum += series[day] - middle[day % 7];
        was += middle[day % 7];
        is += series[day];
        days++;
    }
    if (!days) return NAN;
    if (usual) *usual = was / days;
    if (now) *now = is / days;
    double swing = MAD_TO_DEVIATION * median(distances, n);
    if (swing == 0) swing = MEAN_TO_DEVIATION * absolute / (double)n;
    return swing > 0 ? sum / days / swing : sum == 0 ? 0 : NAN;
}

/* Mann–Kendall: S over its standard deviation, ties taken out, one step nearer to 0 for continuity. */
static double kendall(const double *values, size_t n) {
    double s = 0, variance = (double)(n * (n - 1) * (2 * n + 5));
    for (size_t i = 0; i < n; i++) {
        size_t equal = 1;
        bool first = true;
        for (size_t j = 0; j < i; j++)
            first &= values[j] != values[i];
        for (size_t j = i + 1; j < n; j++) {
            s += (values[j] > values[i]) - (values[j] < values[i]);
            equal += values[j] == values[i];
        }
        if (first) variance -= (double)(equal * (equal - 1) * (2 * equal + 5));
    }
    if (s == 0) return 0;
    return (s - (s > 0 ? 1 : -1)) / sqrt(variance / 18);
}

double trend_change(const double *series, const uint8_t *counts, int weeks) {
    double values[MOST_WEEKS], at[MOST_WEEKS], sorted[MOST_WEEKS], slopes[MOST_WEEKS * (MOST_WEEKS - 1) / 2];
    size_t n = 0, pairs = 0;
    for (int week = 0; week < weeks; week++) {
        double sum = 0;
        int days = 0;
        for (int day = week * 7; day < week * 7 + 7; day++) {
            if (!counts[day]) continue;
            sum += series[day];
            days++;
        }
        if (!days) continue;
        at[n] = week;
        sorted[n] = values[n] = sum / days;
        n++;
    }
    if (n < TREND_LEAST_DAYS / 7) return NAN;
    double middle = median(sorted, n);
    if (middle == 0) return NAN;
    if (fabs(kendall(values, n)) <= NORMAL_975) return 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            slopes[pairs++] = (values[j] - values[i]) / (at[j] - at[i]);
    return median(slopes, pairs) / middle;
}

static void set(struct column *out, size_t i, enum fact_state state, enum fact_cause cause, double value,
                int32_t age) {
    out->state[i] = (uint8_t)state;
    out->cause[i] = (uint8_t)cause;
    out->number[i] = state == FACT_KNOWN ? value : NAN;
    out->age_days[i] = age;
}

void series_evaluate(struct insight *insight, const struct catalogue *catalogue,
                     const struct declared *declared, const struct moment *moment, const day_t *starts,
                     const uint16_t *countries, uint32_t first, size_t n, struct column *out) {
    const struct usage_fact *fact = &declared->usage;
    struct arena arena = {0};
    struct usage_query query = {0};
    usage_features(insight, catalogue, fact, &arena, &query);
    int days = fact->window + (fact->baseline ? BASELINE_DAYS : 0);
    day_t from = moment->day - days;
    double *series = arena_array(&arena, (size_t)BLOCK * (size_t)days, sizeof *series);
    uint8_t *counts = arena_alloc(&arena, (size_t)days), *healthy = arena_alloc(&arena, (size_t)days);
    int32_t age;
    day_t heard;
    for (size_t done = 0; done < n; done += BLOCK) {
        size_t block = n - done < BLOCK ? n - done : BLOCK;
        usage_read_lock(insight->parts.usage);
        usage_health(insight->parts.usage, moment->day, healthy, (size_t)days, &age, &heard);
        const struct usage *usage = insight->parts.usage;
        if (fact->of_property) {
            const struct property_series *of =
                properties_ready(insight->parts.properties, fact->of_property->key);
            usage = of ? property_events(of) : NULL;
        }
        if (usage)
            usage_series(usage, fact->measure, query.features, query.feature_count, from, moment->day,
                         moment->known_day, first + (uint32_t)done, block, series);
        usage_unlock(insight->parts.usage);
        for (size_t i = 0; i < block; i++) {
            size_t row = done + i;
            day_t start = starts[row];
            int own = start != INT32_MIN && start > from ? moment->day - start : days;
            if (own < 0 || (own == 0 && !moment->now)) {
                set(out, row, FACT_NOT_APPLICABLE, CAUSE_NOT_CUSTOMER, 0, age);
                continue;
            }
            if (heard == INT32_MIN || (own > 0 && !healthy[own - 1])) {
                set(out, row, FACT_UNKNOWN, heard == INT32_MIN ? CAUSE_NO_SOURCE : CAUSE_SOURCE_SILENT, 0,
                    age);
                continue;
            }
            if (!usage) {
                set(out, row, FACT_UNKNOWN, CAUSE_BACK_FILLING, 0, age);
                continue;
            }
            for (int day = 0; day < days; day++)
                counts[day] =
                    day >= days - own && !workdays_holiday(catalogue->workdays, countries[row], from + day);
            const double *of = series + i * (size_t)days;
            double value = fact->baseline ? baseline_deviation(of, counts, fact->window, NULL, NULL)
                                          : trend_change(of, counts, fact->window / 7);
            out->partial[row] = own < days;
            set(out, row, isnan(value) ? FACT_UNKNOWN : FACT_KNOWN, isnan(value) ? CAUSE_NO_BASE : CAUSE_NONE,
                value, age);
        }
    }
    arena_free(&arena);
}
