#include "insight/lifetime.h"

#include "statistics/proportion.h"
#include "statistics/tails.h"

#include <math.h>

static double capped(double monthly, double churn, const struct lifetime_terms *terms) {
    double months = churn > 0 ? 1 / churn : INFINITY;
    return monthly * terms->margin * fmin(months, (double)terms->cap_months);
}

struct lifetime_value lifetime_simple(double monthly, double lost, double exposed,
                                      const struct lifetime_terms *terms) {
    struct lifetime_value refused = {LIFETIME_NOBODY, NAN, NAN, NAN, 0};
    if (!(monthly > 0) || exposed <= 0) return refused;
    if (lost > 0 && lost < (double)terms->least_churns) {
        refused.state = LIFETIME_TOO_FEW;
        return refused;
    }
    double churn = lost / exposed;
    struct interval interval = proportion_wilson(lost, exposed);
    double lifetime = churn > 0 ? 1 / churn : INFINITY;
    bool cap = lifetime > (double)terms->cap_months;
    return (struct lifetime_value){cap ? LIFETIME_CAPPED : LIFETIME_OK, capped(monthly, churn, terms),
                                   capped(monthly, interval.high, terms),
                                   capped(monthly, interval.low, terms),
                                   llround(cap ? (double)terms->cap_months : lifetime)};
}

int64_t lifetime_horizon(const struct survival *tenure, const struct lifetime_terms *terms) {
    double last = 0;
    for (size_t i = 0; i < tenure->n; i++)
        if (tenure->steps[i].at_risk >= LIFETIME_AT_RISK) last = tenure->steps[i].time;
    return last < (double)terms->months ? (int64_t)last : terms->months;
}

struct lifetime_value lifetime_contract(const struct survival *tenure, double monthly,
                                        const struct lifetime_terms *terms) {
    struct lifetime_value refused = {LIFETIME_NOBODY, NAN, NAN, NAN, lifetime_horizon(tenure, terms)};
    if (!(monthly > 0) || !tenure->cases) return refused;
    refused.state = tenure->events < LIFETIME_LEAST_OUTCOMES ? LIFETIME_TOO_FEW : LIFETIME_TOO_SHORT;
    if (tenure->events < LIFETIME_LEAST_OUTCOMES || refused.months < LIFETIME_LEAST_MONTHS) return refused;
    double times[LIFETIME_MOST_MONTHS], weights[LIFETIME_MOST_MONTHS];
    size_t n = (size_t)refused.months;
    for (size_t t = 0; t < n; t++) {
        times[t] = (double)t + 1;
        weights[t] = monthly * terms->margin / pow(1 + terms->discount, times[t]);
    }
    struct survival_mean sum = survival_weighted(tenure, times, weights, n);
    double half = NORMAL_975 * sum.error;
    return (struct lifetime_value){LIFETIME_OK, sum.value, fmax(0, sum.value - half), sum.value + half,
                                   refused.months};
}

double lifetime_remaining(const struct survival *tenure, double age, double monthly,
                          const struct lifetime_terms *terms, int64_t *beyond) {
    struct lifetime_terms unbounded = *terms;
    unbounded.months = LIFETIME_MOST_MONTHS * 10;
    double known = (double)lifetime_horizon(tenure, &unbounded), base = survival_share(tenure, age), sum = 0;
    *beyond = 0;
    for (int64_t t = 1; t <= terms->months; t++) {
        if (age + (double)t > known || base <= 0)
            ++*beyond;
        else
            sum += survival_share(tenure, age + (double)t) / base * monthly * terms->margin /
                   pow(1 + terms->discount, (double)t);
    }
    return sum;
}
