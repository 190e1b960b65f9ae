#include "statistics/cox.h"
#include "statistics/matrix.h"
#include "statistics/risk.h"
#include "statistics/tails.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ITERATIONS = 60, HALVINGS = 30 };
/* Columns have variance 1: what of an event's information about one is left by the others, 0 but for
 * rounding. */
static const double DEPENDENT = 1e-11;
static const double ENDLESS = 300; /* a logarithm of risks that no data bear; exp() still counts */
/* What the likelihood may still gain: 1e-9 standard errors, or where rounding lets it come no closer, 1e-5.
 */
static const double ENOUGH = 1e-18, ROUNDING = 1e-10;

/* The cases that count, in the order of the walk, columns centred and scaled. */
struct sheet {
    struct risk_order order;
    size_t p;
    enum cox_ties ties;
    double *x, *mean, *scale;
    double *eta;            /* of each row, as of the last pass */
    struct cox_step *jumps; /* of the baseline at each time with events, in the order of the walk */
    size_t jump_count;
    double *risk, *dying, *middle; /* work space of a pass: sums, sums, means */
};

/* Score and information; with a function g of time also of the covariates x·g. Lower triangles of p × p. */
struct likelihood {
    double value;
    double *score, *information;
    double *score_g, *information_g, *information_gg;
};

/* Sums over a set of cases: Σw, Σwx and the lower triangle of Σwxxᵀ, one behind the other. */
static size_t sums_size(size_t p) {
    return 1 + p + p * (p + 1) / 2;
}

static void sums_add(double *sums, double w, const double *x, size_t p) {
    *sums++ += w;
    for (size_t j = 0; j < p; j++)
        sums[j] += w * x[j];
    sums += p;
    for (size_t j = 0; j < p; sums += ++j) {
        double part = w * x[j];
        for (size_t k = 0; k <= j; k++)
            sums[k] += part * x[k];
    }
}

/* The part of the likelihood that one event takes: mean and variance of x over the risk set, of which a share
 * of those who die at this very time is gone already (Efron). */
static void take_event(struct sheet *s, double gone, double g, struct likelihood *out) {
    size_t p = s->p;
    const double *risk = s->risk, *dying = s->dying;
    double all = risk[0] - gone * dying[0], *middle = s->middle;
    out->value -= log(all);
    for (size_t j = 0; j < p; j++) {
        middle[j] = (risk[1 + j] - gone * dying[1 + j]) / all;
        out->score[j] -= middle[j];
        if (out->score_g) out->score_g[j] -= g * middle[j];
    }
    risk += 1 + p, dying += 1 + p;
    for (size_t j = 0; j < p; risk += ++j, dying += j) {
        double *row = out->information + j * p;
        for (size_t k = 0; k <= j; k++)
            row[k] += (risk[k] - gone * dying[k]) / all - middle[j] * middle[k];
        if (!out->score_g) continue;
        double *row_g = out->information_g + j * p, *row_gg = out->information_gg + j * p;
        for (size_t k = 0; k <= j; k++) {
            double value = (risk[k] - gone * dying[k]) / all - middle[j] * middle[k];
            row_g[k] += g * value;
            row_gg[k] += g * g * value;
        }
    }
}

/* All of it at β. g: a value for each jump, with out->score_g; or NULL. Not finite where exp(β·x) leaves the
 * numbers. */
static void pass(struct sheet *s, const double *beta, const double *g, struct likelihood *out) {
    size_t p = s->p, size = sums_size(p) * sizeof *s->risk, at_risk = 0;
    out->value = 0;
    memset(out->score, 0, p * sizeof *out->score);
    memset(out->information, 0, p * p * sizeof *out->information);
    s->jump_count = 0;
    struct risk_walk walk = risk_walk(&s->order);
    while (risk_next(&walk)) {
        if (walk.fresh) at_risk = 0;
        at_risk -= walk.leave_end - walk.leave;
        for (size_t k = walk.leave; k < walk.leave_end; k++) {
            size_t i = s->order.leaving[k];
            sums_add(s->risk, -exp(s->eta[i]), s->x + i * p, p);
        }
        if (at_risk == 0) memset(s->risk, 0, size); /* what subtraction left, too */
        at_risk += walk.row_end - walk.row;
        if (walk.events) memset(s->dying, 0, size);
        double at = g && walk.events ? g[s->jump_count] : 0;
        for (size_t i = walk.row; i < walk.row_end; i++) {
            const double *x = s->x + i * p;
            double eta = 0;
            for (size_t j = 0; j < p; j++)
                eta += beta[j] * x[j];
            s->eta[i] = eta;
            sums_add(s->risk, exp(eta), x, p);
            if (!s->order.rows[i].event) continue;
            sums_add(s->dying, exp(eta), x, p);
            out->value += eta;
            for (size_t j = 0; j < p; j++) {
                out->score[j] += x[j];
                if (out->score_g) out->score_g[j] += at * x[j];
            }
        }
        if (walk.events == 0) continue;
        struct cox_step *jump = &s->jumps[s->jump_count++];
        *jump = (struct cox_step){.time = walk.time, .breslow = (double)walk.events / s->risk[0]};
        for (size_t e = 0; e < walk.events; e++) {
            double gone = s->ties == COX_EFRON ? (double)e / (double)walk.events : 0;
            jump->hazard += 1 / (s->risk[0] - gone * s->dying[0]);
            take_event(s, gone, at, out);
        }
    }
}

static bool finite_row(const double *x, size_t p) {
    for (size_t j = 0; j < p; j++)
        if (!isfinite(x[j])) return false;
    return true;
}

static struct sheet sheet_build(const struct cox_data *data, struct arena *arena) {
    size_t p = data->p;
    struct sheet s = {.p = p, .ties = data->ties};
    bool *left_out = arena_array(arena, data->n + 1, sizeof *left_out);
    for (size_t i = 0; i < data->n; i++)
        left_out[i] = !finite_row(data->x + i * p, p);
    risk_order_build(data->cases, data->stratum, left_out, data->n, arena, &s.order);
    size_t n = s.order.n;
    s.x = arena_array(arena, n * p + 1, sizeof *s.x);
    s.mean = arena_array(arena, p + 1, sizeof *s.mean);
    s.scale = arena_array(arena, p + 1, sizeof *s.scale);
    s.eta = arena_array(arena, n + 1, sizeof *s.eta);
    s.jumps = arena_array(arena, s.order.events + 1, sizeof *s.jumps);
    s.risk = arena_array(arena, sums_size(p), sizeof *s.risk);
    s.dying = arena_array(arena, sums_size(p), sizeof *s.dying);
    s.middle = arena_array(arena, p + 1, sizeof *s.middle);
    for (size_t i = 0; i < n; i++)
        memcpy(s.x + i * p, data->x + s.order.rows[i].case_index * p, p * sizeof *s.x);
    for (size_t j = 0; j < p && n; j++) { /* from the first row on: what is constant is 0, exactly */
        double first = s.x[j];
        for (size_t i = 0; i < n; i++)
            s.mean[j] += (s.x[i * p + j] - first) / (double)n;
        s.mean[j] += first;
        for (size_t i = 0; i < n; i++) {
            double *value = &s.x[i * p + j];
            *value -= s.mean[j];
            s.scale[j] += *value * *value / (double)n;
        }
        s.scale[j] = s.scale[j] > 0 ? sqrt(s.scale[j]) : 1;
        for (size_t i = 0; i < n; i++)
            s.x[i * p + j] /= s.scale[j];
    }
    return s;
}

static struct likelihood likelihood_new(size_t p, bool with_time, struct arena *arena) {
    struct likelihood l = {.score = arena_array(arena, p + 1, sizeof(double)),
                           .information = arena_array(arena, p * p + 1, sizeof(double))};
    if (!with_time) return l;
    l.score_g = arena_array(arena, p + 1, sizeof(double));
    l.information_g = arena_array(arena, p * p + 1, sizeof(double));
    l.information_gg = arena_array(arena, p * p + 1, sizeof(double));
    return l;
}

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

/* How far coefficients, or a step of them, move the case that they move farthest. */
static double farthest(const struct sheet *s, const double *by) {
    double most = 0;
    for (size_t i = 0; i < s->order.n; i++)
        most = fmax(most, fabs(dot(by, s->x + i * s->p, s->p)));
    return most;
}

/* Newton's way to β. Where a coefficient is infinite each step moves some cases by about 1 and gains the same
 * fraction, for ever; near a maximum the gain falls with its square, and the cases come to rest. */
static enum cox_status climb(struct sheet *s, double *beta, double *null, size_t *column,
                             struct arena *arena) {
    size_t p = s->p;
    struct likelihood now = likelihood_new(p, false, arena), next = likelihood_new(p, false, arena);
    double *step = arena_array(arena, p + 1, sizeof *step), *tried = arena_array(arena, p + 1, sizeof *tried);
    pass(s, beta, NULL, &now);
    *null = now.value;
    double gain_before = INFINITY, least = DEPENDENT * (double)s->order.events;
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
        if (matrix_factor(now.information, p, least, column) < p)
            return iteration == 0 ? COX_SINGULAR : COX_MONOTONE;
        memcpy(step, now.score, p * sizeof *step);
        matrix_solve(now.information, p, step);
        double gain = dot(step, now.score, p);
        bool no_less = gain > gain_before / 10;
        if (gain <= ENOUGH) return COX_FITTED;
        if ((no_less && gain < 1e-4 && farthest(s, step) > 0.1) || farthest(s, beta) > ENDLESS) {
            for (size_t j = *column = 0; j < p; j++)
                if (fabs(step[j]) > fabs(step[*column])) *column = j;
            return COX_MONOTONE;
        }
        if (no_less && gain < ROUNDING) return COX_FITTED;
        gain_before = gain;
        bool better = false;
        double part = 1, rounding = 1e-12 * (1 + fabs(now.value));
        for (int h = 0; h < HALVINGS && !better; h++, part /= 2) {
            for (size_t j = 0; j < p; j++)
                tried[j] = beta[j] + part * step[j];
            pass(s, tried, NULL, &next);
            better = next.value >= now.value - rounding && isfinite(next.value);
        }
        if (!better) return COX_NOT_CONVERGED;
        memcpy(beta, tried, p * sizeof *beta);
        struct likelihood swap = now;
        now = next;
        next = swap;
    }
    return COX_NOT_CONVERGED;
}

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Counts of cases by risk, in a tree of partial sums (Fenwick 1994): all of it in n log n. */
struct tally {
    double *tree;
    size_t n;
};

static void tally_add(struct tally *t, size_t at, double count) {
    for (size_t i = at + 1; i <= t->n; i += i & -i)
        t->tree[i] += count;
}

static double tally_below(const struct tally *t, size_t at) { /* of ranks < at */
    double sum = 0;
    for (size_t i = at; i > 0; i -= i & -i)
        sum += t->tree[i];
    return sum;
}

/* Each event against those who were at risk and outlived it; whoever is censored at that time did. */
static double concordance(const struct sheet *s, struct arena *arena) {
    size_t n = s->order.n, distinct = 0, *rank = arena_array(arena, n + 1, sizeof *rank);
    double *sorted = arena_copy(arena, s->eta, n * sizeof *sorted), right = 0, pairs = 0;
    qsort(sorted, n, sizeof *sorted, by_number);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || sorted[i] != sorted[distinct - 1]) sorted[distinct++] = sorted[i];
    for (size_t i = 0; i < n; i++)
        rank[i] =
            (size_t)((double *)bsearch(&s->eta[i], sorted, distinct, sizeof *sorted, by_number) - sorted);
    struct tally tally = {arena_array(arena, distinct + 1, sizeof(double)), distinct};
    struct risk_walk walk = risk_walk(&s->order);
    while (risk_next(&walk)) {
        if (walk.fresh) memset(tally.tree, 0, (distinct + 1) * sizeof *tally.tree);
        for (size_t k = walk.leave; k < walk.leave_end; k++)
            tally_add(&tally, rank[s->order.leaving[k]], -1);
        for (size_t i = walk.row; i < walk.row_end; i++)
            if (!s->order.rows[i].event) tally_add(&tally, rank[i], 1);
        for (size_t i = walk.row; i < walk.row_end; i++) {
            if (!s->order.rows[i].event) continue;
            double below = tally_below(&tally, rank[i]), upto = tally_below(&tally, rank[i] + 1);
            right += (below + upto) / 2;
            pairs += tally_below(&tally, distinct);
        }
        for (size_t i = walk.row; i < walk.row_end; i++)
            if (s->order.rows[i].event) tally_add(&tally, rank[i], 1);
    }
    return pairs > 0 ? right / pairs : NAN;
}

/* g(t) = 1 − S(t−) of all cases in one curve; over the events of mean 0 and variance 1, which leaves tests as
 * they are. */
static double *time_of_jumps(const struct sheet *s, struct arena *arena) {
    size_t n = s->order.n;
    struct survival_case *cases = arena_array(arena, n + 1, sizeof *cases);
    for (size_t i = 0; i < n; i++) {
        const struct risk_row *row = &s->order.rows[i];
        cases[i] = (struct survival_case){row->entry, row->time, row->event};
    }
    struct survival curve;
    survival_fit(cases, n, arena, &curve);
    double *g = arena_array(arena, s->order.events + 1, sizeof *g), sum = 0, squares = 0;
    size_t jump = 0;
    struct risk_walk walk = risk_walk(&s->order);
    while (risk_next(&walk)) {
        if (walk.events == 0) continue;
        g[jump] = 1 - survival_share(&curve, nextafter(walk.time, -INFINITY));
        sum += g[jump] * (double)walk.events;
        squares += g[jump] * g[jump] * (double)walk.events;
        jump++;
    }
    double n_events = (double)s->order.events, mean = sum / n_events,
           variance = squares / n_events - mean * mean;
    for (size_t k = 0; k < jump; k++)
        g[k] = variance > 0 ? (g[k] - mean) / sqrt(variance) : 0;
    return g;
}

/* At β̂ the score of x is 0, so the test of the columns x·g needs only what of their information that of x
 * leaves (Schur's complement): one column by its diagonal value, all by the whole. */
static void test_drift(const struct likelihood *at, const double *factor, struct arena *arena,
                       struct cox *out) {
    size_t p = out->p;
    double least = DEPENDENT * (double)out->events;
    double *rest = arena_array(arena, p * p + 1, sizeof *rest),
           *solved = arena_array(arena, p + 1, sizeof *solved);
    for (size_t j = 0; j < p; j++) {
        for (size_t k = 0; k < p; k++)
            solved[k] = at->information_g[k > j ? k * p + j : j * p + k];
        matrix_solve(factor, p, solved);
        for (size_t i = j; i < p; i++) {
            rest[i * p + j] = at->information_gg[i * p + j];
            for (size_t k = 0; k < p; k++)
                rest[i * p + j] -= at->information_g[k > i ? k * p + i : i * p + k] * solved[k];
        }
        double own = rest[j * p + j], score = at->score_g[j];
        bool known = own > least;
        out->columns[j].drift_chi2 = known ? score * score / own : NAN;
        out->columns[j].drift_p = chi_square_tail(out->columns[j].drift_chi2, 1);
    }
    out->drift_df = matrix_factor(rest, p, least, NULL);
    memcpy(solved, at->score_g, p * sizeof *solved);
    matrix_solve(rest, p, solved);
    out->drift_chi2 = out->drift_df ? dot(at->score_g, solved, p) : NAN;
    out->drift_p = chi_square_tail(out->drift_chi2, (double)out->drift_df);
}

/* The jumps were met stratum after stratum, each from its end. */
static void set_baseline(const struct sheet *s, struct arena *arena, struct cox *out) {
    out->stratum_count = s->order.strata;
    out->strata = arena_array(arena, s->order.strata + 1, sizeof *out->strata);
    out->steps = s->jumps;
    struct cox_stratum *stratum = out->strata - 1;
    size_t jump = 0;
    struct risk_walk walk = risk_walk(&s->order);
    while (risk_next(&walk)) {
        if (walk.fresh) *++stratum = (struct cox_stratum){s->order.rows[walk.row].stratum, jump, 0};
        if (walk.events) stratum->n++, jump++;
    }
    for (size_t k = 0; k < out->stratum_count; k++) {
        struct cox_step *steps = out->steps + out->strata[k].from;
        size_t n = out->strata[k].n;
        for (size_t i = 0; i < n / 2; i++) {
            struct cox_step swap = steps[i];
            steps[i] = steps[n - 1 - i];
            steps[n - 1 - i] = swap;
        }
        for (size_t i = 1; i < n; i++) {
            steps[i].hazard += steps[i - 1].hazard;
            steps[i].breslow += steps[i - 1].breslow;
        }
    }
}

void cox_fit(const struct cox_data *data, struct arena *arena, struct cox *out) {
    size_t p = data->p;
    *out = (struct cox){.loglik_null = NAN,
                        .loglik = NAN,
                        .ratio = NAN,
                        .ratio_p = NAN,
                        .concordance = NAN,
                        .drift_chi2 = NAN,
                        .drift_p = NAN,
                        .p = p};
    if (p > COX_MOST) {
        out->status = COX_TOO_MANY_COLUMNS;
        return;
    }
    struct sheet s = sheet_build(data, arena);
    out->cases = s.order.n;
    out->left_out = data->n - s.order.n;
    out->events = s.order.events;
    double *beta = arena_array(arena, p + 1, sizeof *beta), null = NAN;
    out->status = out->events == 0  ? COX_NO_EVENTS
                  : p > out->events ? COX_TOO_MANY_COLUMNS
                                    : climb(&s, beta, &null, &out->column, arena);
    if (out->status != COX_FITTED) return;

    struct likelihood at = likelihood_new(p, true, arena);
    double *inverse = arena_array(arena, p * p + 1, sizeof *inverse), *g = time_of_jumps(&s, arena);
    pass(&s, beta, g, &at);
    double *factor = arena_copy(arena, at.information, p * p * sizeof *factor);
    matrix_factor(factor, p, 0, NULL);
    matrix_invert(factor, p, inverse);
    out->columns = arena_array(arena, p + 1, sizeof *out->columns);
    out->mean = s.mean;
    for (size_t j = 0; j < p; j++) {
        struct cox_column *c = &out->columns[j];
        c->coefficient = beta[j] / s.scale[j];
        c->error = sqrt(inverse[j * p + j]) / s.scale[j];
        c->z = c->coefficient / c->error;
        c->p = normal_both_tails(c->z);
    }
    out->loglik_null = null;
    out->loglik = at.value;
    out->ratio = fmax(0, 2 * (at.value - null));
    out->ratio_p = chi_square_tail(out->ratio, (double)p);
    out->concordance = concordance(&s, arena);
    test_drift(&at, factor, arena, out);
    set_baseline(&s, arena, out);
}

/* The step in force; zeros before the first; NAN where there is none to know. */
static struct cox_step step_at(const struct cox *fit, uint32_t stratum, double time) {
    const struct cox_step unknown = {NAN, NAN, NAN};
    if (fit->status != COX_FITTED || isnan(time)) return unknown;
    size_t low = 0, high = fit->stratum_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (fit->strata[middle].label < stratum)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == fit->stratum_count || fit->strata[low].label != stratum) return unknown;
    const struct cox_step *steps = fit->steps + fit->strata[low].from;
    size_t from = 0, until = fit->strata[low].n;
    while (from < until) {
        size_t middle = from + (until - from) / 2;
        if (steps[middle].time <= time)
            from = middle + 1;
        else
            until = middle;
    }
    return from ? steps[from - 1] : (struct cox_step){0};
}

/* Times exp(β·(x − mean)); x NULL: zeros. Nothing stays nothing, however large the risk. */
static double of_case(const struct cox *fit, double hazard, const double *x) {
    if (!(hazard > 0)) return hazard;
    double eta = 0;
    for (size_t j = 0; j < fit->p; j++)
        eta += fit->columns[j].coefficient * ((x ? x[j] : 0) - fit->mean[j]);
    return hazard * exp(eta);
}

double cox_hazard(const struct cox *fit, uint32_t stratum, double time, const double *x) {
    return of_case(fit, step_at(fit, stratum, time).hazard, x);
}

double cox_baseline(const struct cox *fit, uint32_t stratum, double time) {
    return of_case(fit, step_at(fit, stratum, time).breslow, NULL);
}

double cox_survival(const struct cox *fit, uint32_t stratum, double time, const double *x) {
    return exp(-cox_hazard(fit, stratum, time, x));
}

enum cox_verdict cox_proportional(const struct cox *fit) {
    if (isnan(fit->drift_p)) return COX_UNKNOWN;
    return fit->drift_p < 0.05 ? COX_NOT_PROPORTIONAL : COX_PROPORTIONAL;
}
