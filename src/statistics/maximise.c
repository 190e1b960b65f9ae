#include "statistics/maximise.h"

#include <math.h>
#include <nlopt.h>
#include <string.h>

enum { SIMPLEX_STEPS = 600, CLIMB_STEPS = 200, NEWTON_STEPS = 20 };
static const double REACH = 10;        /* parameters are looked for within e^±REACH of their scale */
static const double EDGE = 6;          /* beyond e^±EDGE a distribution is as good as at its limit */
static const double SLOPE_STEP = 1e-4; /* of logarithms, for slopes */
static const double BEND_STEP = 1e-3;  /* and for curvatures */
static const double LOCATED = 1; /* of log-likelihood, by which simplexes of several starts are told apart */
static const double GAIN = 1e-7; /* of log-likelihood, which no longer counts */
static const double LOOSE = 6;   /* a logarithm with that standard error is not held by the data */
static const double IMPOSSIBLE = -1e300;

static double value_at(const struct likelihood *l, const double *logs) {
    double parameters[MAXIMISE_MOST];
    for (size_t i = 0; i < l->parameters; i++)
        parameters[i] = l->scale[i] * exp(logs[i]);
    double value = l->ln(parameters, l->data);
    return isfinite(value) ? value : IMPOSSIBLE;
}

static void slope_at(const struct likelihood *l, const double *logs, double *slope) {
    double moved[MAXIMISE_MOST];
    memcpy(moved, logs, sizeof moved);
    for (size_t i = 0; i < l->parameters; i++) {
        moved[i] = logs[i] + SLOPE_STEP;
        double above = value_at(l, moved);
        moved[i] = logs[i] - SLOPE_STEP;
        slope[i] = (above - value_at(l, moved)) / (2 * SLOPE_STEP);
        moved[i] = logs[i];
    }
}

static double objective(unsigned n, const double *logs, double *slope, void *likelihood) {
    (void)n;
    if (slope) slope_at(likelihood, logs, slope);
    return value_at(likelihood, logs);
}

/* Moves logs uphill; what the optimiser says of its end is not asked, the curvature is. */
static void climb(const struct likelihood *l, nlopt_algorithm algorithm, int steps, double gain,
                  double *logs) {
    nlopt_opt optimiser = nlopt_create(algorithm, (unsigned)l->parameters);
    if (!optimiser) return;
    double tried[MAXIMISE_MOST], value;
    memcpy(tried, logs, sizeof tried);
    nlopt_set_max_objective(optimiser, objective, (void *)l);
    nlopt_set_lower_bounds1(optimiser, -REACH);
    nlopt_set_upper_bounds1(optimiser, REACH);
    nlopt_set_initial_step1(optimiser, 0.5);
    nlopt_set_ftol_abs(optimiser, gain);
    nlopt_set_maxeval(optimiser, steps);
    nlopt_optimize(optimiser, tried, &value);
    if (value_at(l, tried) >= value_at(l, logs)) memcpy(logs, tried, sizeof tried);
    nlopt_destroy(optimiser);
}

static void bend_at(const struct likelihood *l, const double *logs, double value,
                    double bend[][MAXIMISE_MOST]) {
    double moved[MAXIMISE_MOST], h = BEND_STEP;
    memcpy(moved, logs, sizeof moved);
    for (size_t i = 0; i < l->parameters; i++) {
        moved[i] = logs[i] + h;
        double above = value_at(l, moved);
        moved[i] = logs[i] - h;
        bend[i][i] = -(above - 2 * value + value_at(l, moved)) / (h * h);
        for (size_t j = 0; j < i; j++) {
            double corners = 0;
            for (int corner = 0; corner < 4; corner++) {
                int up = corner & 1 ? 1 : -1, right = corner & 2 ? 1 : -1;
                moved[i] = logs[i] + up * h;
                moved[j] = logs[j] + right * h;
                corners += up * right * value_at(l, moved);
            }
            moved[j] = logs[j];
            bend[i][j] = bend[j][i] = -corners / (4 * h * h);
        }
        moved[i] = logs[i];
    }
}

/* The inverse of a symmetric matrix by Cholesky's factors; false: it is not positive definite. */
static bool invert(size_t n, double a[][MAXIMISE_MOST], double inverse[][MAXIMISE_MOST]) {
    double root[MAXIMISE_MOST][MAXIMISE_MOST] = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double rest = a[i][j];
            for (size_t k = 0; k < j; k++)
                rest -= root[i][k] * root[j][k];
            if (i == j && !(rest > 0)) return false;
            root[i][j] = i == j ? sqrt(rest) : rest / root[j][j];
        }
    for (size_t column = 0; column < n; column++) {
        double x[MAXIMISE_MOST];
        for (size_t i = 0; i < n; i++) {
            x[i] = i == column;
            for (size_t k = 0; k < i; k++)
                x[i] -= root[i][k] * x[k];
            x[i] /= root[i][i];
        }
        for (size_t i = n; i-- > 0;) {
            for (size_t k = i + 1; k < n; k++)
                x[i] -= root[k][i] * x[k];
            x[i] /= root[i][i];
            inverse[i][column] = x[i];
        }
    }
    return true;
}

/* Newton's steps to the very top; covariance is that of the last place. */
static bool finish(const struct likelihood *l, double *logs, double covariance[][MAXIMISE_MOST]) {
    for (int s = 0; s < NEWTON_STEPS; s++) {
        double slope[MAXIMISE_MOST], bend[MAXIMISE_MOST][MAXIMISE_MOST];
        double step[MAXIMISE_MOST], next[MAXIMISE_MOST] = {0};
        double gain = 0, value = value_at(l, logs), part = 1;
        slope_at(l, logs, slope);
        bend_at(l, logs, value, bend);
        if (!invert(l->parameters, bend, covariance)) return false;
        for (size_t i = 0; i < l->parameters; i++) {
            step[i] = 0;
            for (size_t j = 0; j < l->parameters; j++)
                step[i] += covariance[i][j] * slope[j];
            gain += slope[i] * step[i] / 2;
        }
        if (gain < GAIN) return true;
        do {
            for (size_t i = 0; i < l->parameters; i++)
                next[i] = logs[i] + part * step[i];
            part /= 2;
        } while (value_at(l, next) <= value && part > 1e-3);
        if (value_at(l, next) <= value) return false;
        memcpy(logs, next, sizeof next);
    }
    return false;
}

enum fit maximise(const struct likelihood *likelihood, struct maximum *out) {
    size_t n = likelihood->parameters;
    *out = (struct maximum){.parameters = n, .ln = -INFINITY};
    double best[MAXIMISE_MOST] = {0};
    for (size_t s = 0; s < likelihood->starts; s++) {
        double logs[MAXIMISE_MOST] = {0};
        for (size_t i = 0; i < n; i++)
            logs[i] = log(likelihood->start[s][i]);
        climb(likelihood, NLOPT_LN_NELDERMEAD, SIMPLEX_STEPS, LOCATED, logs);
        double value = value_at(likelihood, logs);
        if (value <= out->ln) continue;
        out->ln = value;
        memcpy(best, logs, sizeof best);
    }
    if (!(out->ln > IMPOSSIBLE)) return FIT_NOT_FOUND;
    climb(likelihood, NLOPT_LD_LBFGS, CLIMB_STEPS, GAIN, best);
    bool found = finish(likelihood, best, out->covariance), loose = false;
    out->ln = value_at(likelihood, best);
    for (size_t i = 0; i < n; i++) {
        out->parameter[i] = likelihood->scale[i] * exp(best[i]);
        out->error[i] = found ? out->parameter[i] * sqrt(out->covariance[i][i]) : NAN;
        loose |= fabs(best[i]) > EDGE || (found && out->covariance[i][i] > LOOSE * LOOSE);
    }
    return loose ? FIT_AT_BOUND : found ? FIT_DONE : FIT_NOT_FOUND;
}

double maximum_error(const struct maximum *maximum, double (*figure)(const double *, const void *),
                     const void *context) {
    double slope[MAXIMISE_MOST], moved[MAXIMISE_MOST], variance = 0;
    memcpy(moved, maximum->parameter, sizeof moved);
    for (size_t i = 0; i < maximum->parameters; i++) {
        moved[i] = maximum->parameter[i] * exp(SLOPE_STEP);
        double above = figure(moved, context);
        moved[i] = maximum->parameter[i] * exp(-SLOPE_STEP);
        slope[i] = (above - figure(moved, context)) / (2 * SLOPE_STEP);
        moved[i] = maximum->parameter[i];
    }
    for (size_t i = 0; i < maximum->parameters; i++)
        for (size_t j = 0; j < maximum->parameters; j++)
            variance += slope[i] * maximum->covariance[i][j] * slope[j];
    return sqrt(variance);
}
