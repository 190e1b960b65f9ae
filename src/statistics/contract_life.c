#include "statistics/contract_life.h"
#include "statistics/gamma.h"

static size_t parameters_of(enum contract_model model) {
    return model == CONTRACT_CONSTANT ? 1 : model == CONTRACT_SBG ? 2 : 3;
}

static bool is_sound(enum contract_model model, const double *p) {
    for (size_t i = 0; i < parameters_of(model); i++)
        if (!(p[i] > 0 && p[i] < INFINITY)) return false;
    return model != CONTRACT_CONSTANT || p[0] <= 1;
}

void contract_add(struct contract_period *periods, const double *alive, size_t n) {
    for (size_t t = 0; t < n; t++) {
        periods[t].at_risk += alive[t];
        periods[t].lost += alive[t] - alive[t + 1];
    }
}

static double ln_survival(enum contract_model model, const double *p, double t) {
    if (t == 0) return 0;
    if (model == CONTRACT_CONSTANT) return t * log1p(-p[0]);
    double age = model == CONTRACT_BDW ? pow(t, p[2]) : t;
    return fmin(ln_gamma_rise(p[1], p[0]) - ln_gamma_rise(p[1] + age, p[0]), 0);
}

/* ln of the share that renews at t ≥ 1: in closed form where there is one. */
static double ln_retention(enum contract_model model, const double *p, double t) {
    if (model == CONTRACT_CONSTANT) return log1p(-p[0]);
    if (model == CONTRACT_SBG) return -log1p(p[0] / (p[1] + t - 1));
    return fmin(ln_gamma_rise(p[1] + pow(t - 1, p[2]), p[0]) - ln_gamma_rise(p[1] + pow(t, p[2]), p[0]), 0);
}

double contract_likelihood(enum contract_model model, const double *parameters,
                           const struct contract_period *periods, size_t n) {
    if (!is_sound(model, parameters)) return NAN;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double kept = periods[i].at_risk - periods[i].lost, lost = periods[i].lost;
        if (!(lost >= 0 && kept >= 0 && periods[i].at_risk < INFINITY)) return NAN;
        double ln = ln_retention(model, parameters, (double)i + 1);
        if (kept > 0) sum += kept * ln;
        if (lost > 0) sum += lost * log(-expm1(ln));
    }
    return sum;
}

struct counts {
    enum contract_model model;
    const struct contract_period *periods;
    size_t n;
};
static double likelihood_of_counts(const double *parameters, const void *data) {
    const struct counts *counts = data;
    return contract_likelihood(counts->model, parameters, counts->periods, counts->n);
}

enum fit contract_fit(enum contract_model model, const struct contract_period *periods, size_t n,
                      struct contract_life *out) {
    static const double starts[][MAXIMISE_MOST] = {{1, 3, 1}, {0.5, 1, 1.5}, {3, 20, 1}, {10, 50, 0.7}};
    size_t parameters = parameters_of(model), seen = 0;
    *out = (struct contract_life){.model = model, .maximum.parameters = parameters};
    double at_risk = 0, lost = 0;
    for (size_t i = 0; i < n; i++) {
        const struct contract_period *p = &periods[i];
        if (!(p->lost >= 0 && p->lost <= p->at_risk && p->at_risk < INFINITY)) return FIT_BAD_DATA;
        at_risk += p->at_risk;
        lost += p->lost;
        seen += p->at_risk > 0;
    }
    if (lost < CONTRACT_FEWEST_LOST) return FIT_TOO_FEW;
    if (seen < parameters) return FIT_TOO_SHORT;
    if (lost == at_risk) return FIT_AT_BOUND;
    struct counts counts = {model, periods, n};
    if (model == CONTRACT_CONSTANT) {
        double theta = lost / at_risk;
        out->maximum.parameter[0] = theta;
        out->maximum.error[0] = sqrt(theta * (1 - theta) / at_risk);
        out->maximum.covariance[0][0] = (1 - theta) / lost;
        out->maximum.ln = likelihood_of_counts(&theta, &counts);
        return FIT_DONE;
    }
    struct likelihood likelihood = {.ln = likelihood_of_counts,
                                    .data = &counts,
                                    .parameters = parameters,
                                    .scale = {1, 1, 1},
                                    .starts = sizeof starts / sizeof *starts,
                                    .start = starts};
    return maximise(&likelihood, &out->maximum);
}

double contract_survival(enum contract_model model, const double *parameters, double t) {
    return is_sound(model, parameters) && t >= 0 && t < INFINITY ? exp(ln_survival(model, parameters, t))
                                                                 : NAN;
}

double contract_retention(enum contract_model model, const double *parameters, double t) {
    return is_sound(model, parameters) && t >= 1 && t < INFINITY ? exp(ln_retention(model, parameters, t))
                                                                 : NAN;
}

double contract_worth(enum contract_model model, const double *parameters, double n, double rate) {
    enum { MOST = 1000000 };
    if (!is_sound(model, parameters) || !(n >= 0 && n < INFINITY) || !(rate >= 1e-4)) return NAN;
    /* Each payment is at most 1 / (1 + rate) of the one before: what lies behind is at most payment / rate.
     */
    double sum = 0, payment = exp(ln_retention(model, parameters, n + 1));
    for (int t = 1; t < MOST && payment > 1e-13 * rate * sum; t++) {
        sum += payment;
        payment *= exp(ln_retention(model, parameters, n + 1 + t)) / (1 + rate);
    }
    return sum;
}

/* ── Intervals ── */

struct asked {
    enum contract_model model;
    double n, rate;
};
static double logit_survival(const double *parameters, const void *context) {
    const struct asked *asked = context;
    double ln = ln_survival(asked->model, parameters, asked->n);
    return ln - log(-expm1(ln));
}
static double ln_worth(const double *parameters, const void *context) {
    const struct asked *asked = context;
    return log(contract_worth(asked->model, parameters, asked->n, asked->rate));
}
static const double Z95 = 1.959963984540054; /* Φ⁻¹(0.975) */

struct interval contract_survival_interval(const struct contract_life *life, double t) {
    const struct maximum *m = &life->maximum;
    double survival = contract_survival(life->model, m->parameter, t);
    if (!(survival > 0 && survival < 1)) return (struct interval){survival, survival};
    struct asked asked = {life->model, t, 0};
    double centre = logit_survival(m->parameter, &asked),
           width = Z95 * maximum_error(m, logit_survival, &asked);
    return (struct interval){one_of_odds(width - centre), one_of_odds(-width - centre)};
}

struct interval contract_worth_interval(const struct contract_life *life, double n, double rate) {
    const struct maximum *m = &life->maximum;
    double worth = contract_worth(life->model, m->parameter, n, rate);
    if (!(worth > 0)) return (struct interval){worth, worth};
    struct asked asked = {life->model, n, rate};
    double factor = exp(Z95 * maximum_error(m, ln_worth, &asked));
    return (struct interval){worth / factor, worth * factor};
}
