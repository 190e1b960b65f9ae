#include "insight/satisfaction.h"

#include <math.h>

enum { NPS_PROMOTER = 9, NPS_PASSIVE = 7, CSAT_MAX = 10 };

struct satisfaction_method satisfaction_method(enum answer_kind kind, double scale_min, double scale_max,
                                               double csat_from, int64_t least) {
    struct satisfaction_method method = {kind, scale_min, scale_max, .below = -INFINITY, .least = least};
    double length = scale_max - scale_min;
    if (kind == ANSWER_NPS) {
        method.from = NPS_PROMOTER;
        method.below = NPS_PASSIVE;
    } else if (kind == ANSWER_CES) {
        method.from = scale_min + length * 2 / 3;
    } else {
        method.from = scale_min == 1 && scale_max == CSAT_MAX ? csat_from : scale_min + length * 3 / 4;
    }
    return method;
}

void satisfaction_add(const struct satisfaction_method *method, double score,
                      struct satisfaction_counts *counts) {
    enum { TINY = 1000000 }; /* 1 + 6 × 2/3 is 5 but for rounding */
    counts->n++;
    counts->good += score >= method->from - 1.0 / TINY;
    counts->bad += score < method->below;
    counts->sum += score;
}

static double value_of(const struct satisfaction_method *method, const struct satisfaction_counts *c) {
    return method->kind == ANSWER_NPS ? nps_score(c->good, c->bad, c->n) : 100 * c->good / c->n;
}

struct satisfaction_result satisfaction_result(const struct satisfaction_method *method,
                                               const struct satisfaction_counts *counts, double population) {
    if (counts->n < (double)method->least || counts->n == 0)
        return (struct satisfaction_result){true, NAN, {NAN, NAN}, NAN};
    struct satisfaction_result result = {.value = value_of(method, counts), .mean = counts->sum / counts->n};
    if (method->kind == ANSWER_NPS) {
        result.interval = nps_interval(counts->good, counts->bad, counts->n);
    } else {
        struct interval share = proportion_wilson(counts->good, counts->n);
        result.interval = (struct interval){100 * share.low, 100 * share.high};
    }
    result.interval =
        interval_narrowed(result.interval, result.value, finite_population(counts->n, population));
    return result;
}

enum trend satisfaction_trend(const struct satisfaction_method *method,
                              const struct satisfaction_counts *before, const struct satisfaction_counts *now,
                              double *difference, struct interval *interval) {
    *difference = NAN;
    *interval = (struct interval){NAN, NAN};
    if (satisfaction_result(method, before, 0).hidden || satisfaction_result(method, now, 0).hidden)
        return TREND_UNKNOWN;
    *difference = value_of(method, now) - value_of(method, before);
    if (method->kind == ANSWER_NPS) {
        double margin =
            nps_difference_margin(before->good, before->bad, before->n, now->good, now->bad, now->n);
        *interval = (struct interval){*difference - margin, *difference + margin};
    } else {
        struct interval share = proportion_difference(before->good, before->n, now->good, now->n);
        *interval = (struct interval){100 * share.low, 100 * share.high};
    }
    return interval->low > 0 ? TREND_UP : interval->high < 0 ? TREND_DOWN : TREND_SAME;
}
