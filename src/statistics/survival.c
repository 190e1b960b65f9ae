#include "statistics/survival.h"
#include "statistics/tails.h"

#include <math.h>
#include <stdlib.h>

/* S is a product of many quotients: two that differ by rounding alone are equal. */
static const double EQUAL = 1e-9;

bool survival_counts(const struct survival_case *one) {
    return one->time > one->entry; /* never of what is not a number */
}

static int by_time(const void *a, const void *b) { /* those that do not count behind */
    const struct survival_case *x = a, *y = b;
    if (survival_counts(x) != survival_counts(y)) return survival_counts(x) ? -1 : 1;
    if (!survival_counts(x)) return 0;
    return x->time < y->time ? -1 : x->time > y->time;
}

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void survival_set_limits(struct survival *curve, enum survival_scale scale) {
    double last = 1; /* upper limit of the step before */
    for (size_t i = 0; i < curve->n; i++) {
        struct survival_step *step = &curve->steps[i];
        double s = step->survival, width = NORMAL_975 * sqrt(step->greenwood);
        if (s >= 1) {
            step->low = step->high = 1;
        } else if (s <= 0) {
            step->low = 0;
            step->high = last;
        } else if (scale == SURVIVAL_LOG) {
            step->low = s * exp(-width);
            step->high = fmin(1, s * exp(width));
        } else {
            step->low = pow(s, exp(-width / log(s)));
            step->high = pow(s, exp(width / log(s)));
        }
        last = step->high;
    }
}

void survival_fit(struct survival_case *cases, size_t n, struct arena *arena, struct survival *out) {
    *out = (struct survival){.steps = arena_array(arena, n + 1, sizeof *out->steps)};
    double *entries = arena_array(arena, n + 1, sizeof *entries);
    if (n) qsort(cases, n, sizeof *cases, by_time);
    for (; out->cases < n && survival_counts(&cases[out->cases]); out->cases++)
        entries[out->cases] = cases[out->cases].entry;
    if (out->cases) qsort(entries, out->cases, sizeof *entries, by_number);
    double survival = 1, greenwood = 0, hazard = 0, hazard_variance = 0;
    size_t entered = 0, ended = 0;
    while (ended < out->cases) {
        struct survival_step *step = &out->steps[out->n++];
        step->time = cases[ended].time;
        while (entered < out->cases && entries[entered] < step->time)
            entered++;
        step->at_risk = (double)(entered - ended);
        for (; ended < out->cases && cases[ended].time == step->time; ended++) {
            step->events += cases[ended].event;
            step->censored += !cases[ended].event;
        }
        survival *= (step->at_risk - step->events) / step->at_risk;
        greenwood += step->events / (step->at_risk * (step->at_risk - step->events)); /* x / 0: all ended */
        hazard += step->events / step->at_risk;
        hazard_variance += step->events / (step->at_risk * step->at_risk);
        step->survival = survival;
        step->greenwood = greenwood;
        step->hazard = hazard;
        step->hazard_variance = hazard_variance;
        out->events += (size_t)step->events;
        out->longest = step->time;
    }
    survival_set_limits(out, SURVIVAL_LOG_LOG);
}

const struct survival_step *survival_at(const struct survival *curve, double time) {
    size_t low = 0, high = curve->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (curve->steps[middle].time <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &curve->steps[low - 1] : NULL;
}

double survival_share(const struct survival *curve, double time) {
    const struct survival_step *step = survival_at(curve, time);
    return step ? step->survival : 1;
}

double survival_error(const struct survival *curve, double time) {
    const struct survival_step *step = survival_at(curve, time);
    return !step || step->survival <= 0 ? 0 : step->survival * sqrt(step->greenwood);
}

double survival_hazard(const struct survival *curve, double time) {
    const struct survival_step *step = survival_at(curve, time);
    return step ? step->hazard : 0;
}

static double first_at_or_below(const struct survival *curve, size_t member, double level) {
    for (size_t i = 0; i < curve->n; i++) {
        double value = *(const double *)((const char *)&curve->steps[i] + member);
        if (value > level + EQUAL) continue;
        if (value < level - EQUAL) return curve->steps[i].time;
        for (size_t k = i + 1; k < curve->n; k++) { /* on the level: until the curve falls again */
            value = *(const double *)((const char *)&curve->steps[k] + member);
            if (value < level - EQUAL) return (curve->steps[i].time + curve->steps[k].time) / 2;
        }
        return curve->steps[i].time;
    }
    return NAN;
}

struct survival_quantile survival_quantile(const struct survival *curve, double p) {
    return (struct survival_quantile){
        .time = first_at_or_below(curve, offsetof(struct survival_step, survival), 1 - p),
        .low = first_at_or_below(curve, offsetof(struct survival_step, low), 1 - p),
        .high = first_at_or_below(curve, offsetof(struct survival_step, high), 1 - p),
    };
}

/* What Σ or ∫ of S adds up to behind each event decides how much that event's chance moves the whole:
 * variance = Σ behind² × d/(n(n − d)). An event after which nobody is left has S = 0 behind it and adds
 * nothing. */
static double spread(const struct survival_step *step, double behind) {
    double left = step->at_risk - step->events;
    return left > 0 ? behind * behind * step->events / (step->at_risk * left) : 0;
}

struct survival_mean survival_restricted_mean(const struct survival *curve, double horizon) {
    double behind = 0, until = horizon, variance = 0;
    for (size_t i = curve->n; i-- > 0;) {
        const struct survival_step *step = &curve->steps[i];
        if (step->time >= horizon) continue;
        behind += (until - step->time) * step->survival;
        until = step->time;
        variance += spread(step, behind);
    }
    return (struct survival_mean){behind + until, sqrt(variance)};
}

struct survival_mean survival_weighted(const struct survival *curve, const double *times,
                                       const double *weights, size_t n) {
    double behind = 0, variance = 0;
    size_t k = n;
    for (size_t i = curve->n; i-- > 0;) {
        const struct survival_step *step = &curve->steps[i];
        for (; k > 0 && times[k - 1] >= step->time; k--)
            behind += weights[k - 1] * step->survival;
        variance += spread(step, behind);
    }
    for (; k > 0; k--)
        behind += weights[k - 1];
    return (struct survival_mean){behind, sqrt(variance)};
}
