#include "statistics/logit.h"

#include <math.h>
#include <string.h>

enum { STEPS = 60, SWEEPS = 200, HALVINGS = 30, SIDE = LOGIT_MOST + 1 };

double logit_probability(const struct logit *model, const double *x, size_t p) {
    double eta = model->intercept;
    for (size_t j = 0; j < p; j++)
        eta -= model->weight[j] * x[j];
    return 1 / (1 + exp(-eta));
}

static double objective(const struct logit_data *data, const double *towards, double pull,
                        const struct logit *model) {
    double sum = 0, distance = 0;
    for (size_t i = 0; i < data->n; i++) {
        double eta = model->intercept;
        for (size_t j = 0; j < data->p; j++)
            eta -= model->weight[j] * data->x[i * data->p + j];
        double wrong = data->lost[i] ? -eta : eta; /* ln(1 + exp(wrong)), without overflow */
        sum += wrong > 0 ? wrong + log1p(exp(-wrong)) : log1p(exp(wrong));
    }
    for (size_t j = 0; j < data->p; j++)
        distance += (model->weight[j] - towards[j]) * (model->weight[j] - towards[j]);
    return sum / (double)data->n + pull / 2 * distance;
}

/* Coordinates: 0 … p − 1 the weights, p the intercept. */
struct quadratic {
    size_t side;
    double gradient[SIDE], curvature[SIDE][SIDE];
};

static void approximate(const struct logit_data *data, const double *towards, double pull,
                        const struct logit *model, struct quadratic *q) {
    memset(q, 0, sizeof *q);
    size_t p = data->p;
    q->side = p + 1;
    double row[SIDE];
    for (size_t i = 0; i < data->n; i++) {
        const double *x = data->x + i * p;
        double chance = logit_probability(model, x, p), error = chance - data->lost[i],
               spread = chance * (1 - chance);
        for (size_t j = 0; j < p; j++)
            row[j] = -x[j];
        row[p] = 1;
        for (size_t j = 0; j <= p; j++) {
            q->gradient[j] += error * row[j];
            double part = spread * row[j];
            for (size_t k = 0; k <= j; k++)
                q->curvature[j][k] += part * row[k];
        }
    }
    for (size_t j = 0; j <= p; j++) {
        q->gradient[j] /= (double)data->n;
        for (size_t k = 0; k <= j; k++)
            q->curvature[j][k] = q->curvature[k][j] = q->curvature[j][k] / (double)data->n;
        if (j < p) {
            q->gradient[j] += pull * (model->weight[j] - towards[j]);
            q->curvature[j][j] += pull;
        }
        q->curvature[j][j] += 1e-9; /* of a column without spread */
    }
}

/* The step that minimises the quadratic while no weight falls below 0. */
static void solve(const struct quadratic *q, const struct logit *model, double *step) {
    size_t p = q->side - 1;
    memset(step, 0, q->side * sizeof *step);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double moved = 0;
        for (size_t j = 0; j < q->side; j++) {
            double slope = q->gradient[j];
            for (size_t k = 0; k < q->side; k++)
                slope += q->curvature[j][k] * step[k];
            double to = step[j] - slope / q->curvature[j][j];
            if (j < p && model->weight[j] + to < 0) to = -model->weight[j];
            moved = fmax(moved, fabs(to - step[j]));
            step[j] = to;
        }
        if (moved < 1e-12) return;
    }
}

void logit_fit(const struct logit_data *data, const double *towards, double pull, struct logit *model) {
    static _Thread_local struct quadratic q;
    double step[SIDE], now = objective(data, towards, pull, model);
    for (int s = 0; s < STEPS; s++) {
        approximate(data, towards, pull, model, &q);
        solve(&q, model, step);
        double largest = 0, next = now;
        struct logit tried = *model;
        for (size_t j = 0; j <= data->p; j++)
            largest = fmax(largest, fabs(step[j]));
        if (largest < 1e-9) return;
        double part = 1;
        for (int h = 0; h < HALVINGS; h++, part /= 2) {
            tried.intercept = model->intercept + part * step[data->p];
            for (size_t j = 0; j < data->p; j++)
                tried.weight[j] = fmax(0, model->weight[j] + part * step[j]);
            next = objective(data, towards, pull, &tried);
            if (next <= now) break;
        }
        if (next > now) return;
        *model = tried;
        if (now - next < 1e-13 * (1 + fabs(now))) return;
        now = next;
    }
}
