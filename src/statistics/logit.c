#include "statistics/logit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 100, HALVINGS = 40 };

double sigmoid(double margin) {
    return 1 / (1 + exp(-margin));
}

double logit_margin(const struct logit *model, const double *x) {
    double margin = model->intercept;
    for (size_t j = 0; j < model->p; j++)
        margin += model->weight[j] * x[j];
    return margin;
}

double logit_probability(const struct logit *model, const double *x) {
    return sigmoid(logit_margin(model, x));
}

double logit_margin_error(const struct logit *model, const double *x) {
    size_t p = model->p;
    double sum = 0;
    for (size_t j = 0; j <= p; j++)
        for (size_t k = 0; k <= p; k++)
            sum += (j < p ? x[j] : 1) * model->covariance[j * (p + 1) + k] * (k < p ? x[k] : 1);
    return sqrt(fmax(sum, 0));
}

/* ---- the objective ---- */

/* Rows are padded to whole lanes: p columns, a 1 for the intercept, zeros. */
enum { LANES = 4 };
typedef double lanes __attribute__((vector_size(LANES * sizeof(double)), aligned(sizeof(double))));

struct fit {
    const uint8_t *outcome;
    const struct logit_options *options;
    size_t n, p, side, width; /* side: p + 1; width: side in lanes */
    double *rows;             /* n × width × LANES */
    double *margin, *error;   /* of each row; the chance less the outcome */
    double *weight, *tried;   /* side; the intercept last */
    double *gradient, *step;  /* side */
    double *curvature;        /* side × width × LANES, the lower half */
    double *factor;           /* side² */
    bool *held;               /* by its sign, at 0 */
};

static double towards(const struct fit *fit, size_t j) {
    return fit->options->towards ? fit->options->towards[j] : 0;
}
static enum logit_sign sign_of(const struct fit *fit, size_t j) {
    return j < fit->p && fit->options->signs ? (enum logit_sign)fit->options->signs[j] : LOGIT_FREE;
}

static inline __attribute__((always_inline)) void margins_in_lanes(struct fit *fit, const double *weight) {
    for (size_t i = 0; i < fit->n; i++) {
        const lanes *row = (const lanes *)fit->rows + i * fit->width, *w = (const lanes *)weight;
        lanes sum = {0};
        for (size_t k = 0; k < fit->width; k++)
            sum += row[k] * w[k];
        fit->margin[i] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
}

/* Σ over rows of chance × (1 − chance) × row × row', lower half. Four rows at a time, so that a cell is read
 * and written once for four products. */
static inline __attribute__((always_inline)) void curvature_in_lanes(struct fit *fit) {
    size_t stride = fit->width * LANES, i = 0;
    for (; i + 4 <= fit->n; i += 4) {
        const double *a = fit->rows + i * stride, *b = a + stride, *c = b + stride, *d = c + stride;
        const double *at = fit->margin + i; /* holds the spreads here */
        for (size_t j = 0; j < fit->side; j++) {
            double pa = at[0] * a[j], pb = at[1] * b[j], pc = at[2] * c[j], pd = at[3] * d[j];
            lanes *cell = (lanes *)(fit->curvature + j * stride);
            for (size_t k = 0; k <= j / LANES; k++)
                cell[k] += (pa * ((const lanes *)a)[k] + pb * ((const lanes *)b)[k]) +
                           (pc * ((const lanes *)c)[k] + pd * ((const lanes *)d)[k]);
        }
    }
    for (; i < fit->n; i++)
        for (size_t j = 0; j < fit->side; j++)
            for (size_t k = 0; k <= j; k++)
                fit->curvature[j * stride + k] +=
                    fit->margin[i] * fit->rows[i * stride + j] * fit->rows[i * stride + k];
}

static inline __attribute__((always_inline)) void gradient_in_lanes(struct fit *fit) {
    for (size_t i = 0; i < fit->n; i++) {
        const lanes *row = (const lanes *)fit->rows + i * fit->width;
        lanes *sum = (lanes *)fit->gradient;
        for (size_t k = 0; k < fit->width; k++)
            sum[k] += fit->error[i] * row[k];
    }
}

/* Each in two makes: plain, and for machines whose registers hold four doubles. No fused products, so that
 * both give the same figures. */
#define TWO_MAKES(name, ...)                                                                                 \
    static void name##_plain(MAKE_TAKES) {                                                                   \
        name##_in_lanes(__VA_ARGS__);                                                                        \
    }                                                                                                        \
    MAKE_WIDE static void name##_wide(MAKE_TAKES) {                                                          \
        name##_in_lanes(__VA_ARGS__);                                                                        \
    }
#if defined(__x86_64__)
#define MAKE_WIDE __attribute__((target("avx2")))
static bool has_wide(void) {
    return __builtin_cpu_supports("avx2");
}
#else
#define MAKE_WIDE
static bool has_wide(void) {
    return false;
}
#endif
#define MAKE_TAKES struct fit *fit, const double *weight
TWO_MAKES(margins, fit, weight)
#undef MAKE_TAKES
#define MAKE_TAKES struct fit *fit
TWO_MAKES(curvature, fit)
TWO_MAKES(gradient, fit)

/* The objective at `weight`; leaves the margins of the rows. */
static double objective(struct fit *fit, const double *weight) {
    (has_wide() ? margins_wide : margins_plain)(fit, weight);
    double sum = 0, distance = 0;
    for (size_t i = 0; i < fit->n; i++) {
        double wrong = fit->outcome[i] ? -fit->margin[i] : fit->margin[i]; /* ln(1 + exp(wrong)) */
        sum += fmax(wrong, 0) + log1p(exp(-fabs(wrong)));
    }
    for (size_t j = 0; j < fit->p; j++)
        distance += (weight[j] - towards(fit, j)) * (weight[j] - towards(fit, j));
    return sum / (double)fit->n + fit->options->pull / 2 * distance;
}

/* Gradient and curvature at fit->weight, whose margins are there. */
static void approximate(struct fit *fit) {
    size_t stride = fit->width * LANES;
    for (size_t i = 0; i < fit->n; i++) {
        double chance = sigmoid(fit->margin[i]);
        fit->error[i] = chance - fit->outcome[i];
        fit->margin[i] = chance * (1 - chance);
    }
    memset(fit->gradient, 0, stride * sizeof *fit->gradient);
    memset(fit->curvature, 0, fit->side * stride * sizeof *fit->curvature);
    (has_wide() ? gradient_wide : gradient_plain)(fit);
    (has_wide() ? curvature_wide : curvature_plain)(fit);
    for (size_t j = 0; j < fit->side; j++) {
        fit->gradient[j] /= (double)fit->n;
        for (size_t k = 0; k <= j; k++)
            fit->curvature[j * stride + k] /= (double)fit->n;
        if (j < fit->p) {
            fit->gradient[j] += fit->options->pull * (fit->weight[j] - towards(fit, j));
            fit->curvature[j * stride + j] += fit->options->pull;
        }
    }
}

/* ---- the step ---- */

/* The Cholesky factor of the curvature of what is not held; a held coordinate stands alone with 1. What has
 * no curvature (a column without spread, or one that others add up to) gets a little. */
static void factorise(struct fit *fit) {
    size_t side = fit->side, stride = fit->width * LANES;
    for (size_t j = 0; j < side; j++) {
        double *row = fit->factor + j * side;
        for (size_t k = 0; k <= j; k++) {
            const double *other = fit->factor + k * side;
            double sum = fit->held[j] || fit->held[k] ? j == k : fit->curvature[j * stride + k];
            double least = 1e-10 * (1e-3 + sum);
            for (size_t m = 0; m < k; m++)
                sum -= row[m] * other[m];
            row[k] = j == k ? sqrt(fmax(sum, least)) : sum / other[k];
        }
    }
}

static void solve(const double *factor, size_t side, double *x) {
    for (size_t j = 0; j < side; j++) {
        for (size_t k = 0; k < j; k++)
            x[j] -= factor[j * side + k] * x[k];
        x[j] /= factor[j * side + j];
    }
    for (size_t j = side; j-- > 0;) {
        for (size_t k = j + 1; k < side; k++)
            x[j] -= factor[k * side + j] * x[k];
        x[j] /= factor[j * side + j];
    }
}

static double within(enum logit_sign sign, double weight) {
    return sign == LOGIT_RISES ? fmax(weight, 0) : sign == LOGIT_FALLS ? fmin(weight, 0) : weight;
}

/* A weight at (or a hair from) 0 that the gradient presses against its sign is held there. */
static void hold(struct fit *fit) {
    for (size_t j = 0; j < fit->side; j++) {
        enum logit_sign sign = sign_of(fit, j);
        fit->held[j] = fabs(fit->weight[j]) < 1e-9 && ((sign == LOGIT_RISES && fit->gradient[j] > 0) ||
                                                       (sign == LOGIT_FALLS && fit->gradient[j] < 0));
    }
}

/* By how much the quadratic says that the objective can fall. */
static double find_step(struct fit *fit) {
    double fall = 0;
    for (size_t j = 0; j < fit->side; j++)
        fit->step[j] = fit->held[j] ? 0 : -fit->gradient[j];
    solve(fit->factor, fit->side, fit->step);
    for (size_t j = 0; j < fit->side; j++)
        fall -= fit->step[j] * fit->gradient[j] / 2;
    return fall;
}

static void minimise(struct fit *fit) {
    double now = objective(fit, fit->weight);
    for (int s = 0; s < STEPS; s++) {
        approximate(fit);
        hold(fit);
        factorise(fit);
        double fall = find_step(fit), next = INFINITY, part = 1, grain = 1e-13 * (1 + now);
        for (int h = 0; h < HALVINGS && !(next <= now + grain); h++, part /= 2) {
            for (size_t j = 0; j < fit->side; j++)
                fit->tried[j] =
                    fit->held[j] ? 0 : within(sign_of(fit, j), fit->weight[j] + part * fit->step[j]);
            next = objective(fit, fit->tried);
        }
        if (!(next <= now + grain)) return;
        memcpy(fit->weight, fit->tried, fit->side * sizeof *fit->weight);
        if (fall < grain / 10) return; /* what is left is far below rounding: steps fall off by squares */
        now = next;
    }
}

/* The covariance: the curvature at the minimum turned round, column by column. */
static double *invert(struct fit *fit, struct arena *arena) {
    size_t side = fit->side;
    double *inverse = arena_array(arena, side * side, sizeof *inverse);
    objective(fit, fit->weight);
    approximate(fit);
    hold(fit);
    factorise(fit);
    for (size_t j = 0; j < side; j++) {
        if (fit->held[j]) continue;
        double *column = inverse + j * side; /* symmetrical: a row as well */
        column[j] = 1 / (double)fit->n;
        solve(fit->factor, side, column);
    }
    return inverse;
}

/* ---- the fit ---- */

static enum status check(const struct logit_data *data, struct problem *problem) {
    size_t happened = 0;
    for (size_t i = 0; i < data->n; i++)
        happened += data->outcome[i] != 0;
    if (!happened || happened == data->n)
        return fail(
            problem, BAD_INPUT,
            MESSAGE(
                "model_one_outcome",
                "A model cannot be fitted: it needs cases of both outcomes, and there is one kind or none.",
                "مدلی برازش نمی‌شود: نمونه‌هایی از هر دو نتیجه لازم است و تنها یک گونه هست یا هیچ."),
            NO_ARGS);
    for (size_t i = 0; i < data->n * data->p; i++) {
        if (isfinite(data->x[i])) continue;
        char row[24], column[24];
        snprintf(row, sizeof row, "%zu", i / data->p + 1);
        snprintf(column, sizeof column, "%zu", i % data->p + 1);
        return fail(
            problem, BAD_INPUT,
            MESSAGE(
                "model_not_finite",
                "A model cannot be fitted: the value in row {0}, column {1} is not a finite number.",
                "مدلی برازش نمی‌شود: مقدار سطر {0}، ستون {1} عددی متناهی نیست."),
            ARGS(str_of(row), str_of(column)));
    }
    return OK;
}

enum status logit_fit(const struct logit_data *data, const struct logit_options *options, struct arena *arena,
                      struct logit *model, struct problem *problem) {
    *model = (struct logit){0};
    enum status status = check(data, problem);
    if (status) return status;
    size_t n = data->n, p = data->p, side = p + 1, width = (side + LANES - 1) / LANES, stride = width * LANES;
    double *all = memory_new((n * (stride + 2) + (4 + side) * stride + side * side) * sizeof *all + side);
    struct fit fit = {
        .outcome = data->outcome, .options = options, .n = n, .p = p, .side = side, .width = width};
    fit.rows = all;
    fit.margin = fit.rows + n * stride;
    fit.error = fit.margin + n;
    fit.weight = fit.error + n;
    fit.tried = fit.weight + stride;
    fit.gradient = fit.tried + stride;
    fit.step = fit.gradient + stride;
    fit.curvature = fit.step + stride;
    fit.factor = fit.curvature + side * stride;
    fit.held = (bool *)(fit.factor + side * side);
    double happened = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(fit.rows + i * stride, data->x + i * p, p * sizeof *data->x);
        fit.rows[i * stride + p] = 1;
        happened += data->outcome[i] != 0;
    }
    for (size_t j = 0; j < p; j++)
        fit.weight[j] = towards(&fit, j);
    fit.weight[p] = log(happened / ((double)n - happened));
    minimise(&fit);
    *model = (struct logit){.p = p, .intercept = fit.weight[p]};
    model->weight = arena_array(arena, p + 1, sizeof *model->weight);
    memcpy(model->weight, fit.weight, p * sizeof *model->weight);
    if (options->covariance) model->covariance = invert(&fit, arena);
    free(all);
    return OK;
}

/* ---- standard columns ---- */

struct standard standard_of(const double *x, size_t n, size_t p, struct arena *arena) {
    struct standard standard = {.p = p,
                                .mean = arena_array(arena, p + 1, sizeof(double)),
                                .spread = arena_array(arena, p + 1, sizeof(double))};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            standard.mean[j] += x[i * p + j] / (double)n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++) {
            double from = x[i * p + j] - standard.mean[j];
            standard.spread[j] += from * from / (double)n;
        }
    for (size_t j = 0; j < p; j++) {
        standard.spread[j] = sqrt(standard.spread[j]);
        if (standard.spread[j] <= 1e-12 * fabs(standard.mean[j])) standard.spread[j] = 0;
    }
    return standard;
}

void standard_apply(const struct standard *standard, const double *x, size_t n, double *out) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < standard->p; j++) {
            size_t at = i * standard->p + j;
            out[at] = standard->spread[j] > 0 ? (x[at] - standard->mean[j]) / standard->spread[j] : 0;
        }
}
