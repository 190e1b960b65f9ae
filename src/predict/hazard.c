#include "predict/hazard.h"

#include "statistics/tails.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_MONTHS = 400000 }; /* of trials; beyond, one of two, three, … rows is taken */

/* Knuth's multiplicative hash: rows come in some order, which a plain step could fall into. */
static bool falls_to(size_t i, size_t stride) {
    return ((uint32_t)i * 2654435761u >> 8) % stride == 0;
}

/* What is known of the k-th month ahead, k from 1. By age alone: the last two are 0. */
static void columns(const struct hazard *h, double age, double margin, double k, double *x) {
    enum { YEAR = 12, QUARTER = 3, HALF = 6 };
    double u = age + k - 1;
    bool known = h->by_facts && !isnan(margin);
    memset(x, 0, HAZARD_COLUMNS * sizeof *x);
    x[0] = log(1 + u);
    x[1] = u < QUARTER;
    x[2] = u >= QUARTER && u < HALF;
    x[3] = u >= HALF && u < YEAR;
    x[4] = fmod(floor(u) + 1, YEAR) == 0;
    if (!known) return;
    x[5] = log(k);
    x[6] = margin - h->margin_mean;
    x[7] = x[6] * x[5];
}

static bool counts(const struct hazard_row *row, bool by_facts) {
    return row->ahead && (!by_facts || !isnan(row->margin));
}

/* Inverse curvature of independent trials → of trials that repeat each other within an account. */
static void by_account(struct hazard *h, const double *x, const uint8_t *lost, const uint32_t *account,
                       size_t n, size_t accounts, struct arena *arena) {
    enum { Q = HAZARD_COLUMNS + 1 };
    double *scores = memory_new((accounts * Q + 1) * sizeof *scores), meat[Q][Q] = {{0}}, half[Q][Q] = {{0}};
    const double *bread = h->logit.covariance;
    memset(scores, 0, (accounts * Q + 1) * sizeof *scores);
    for (size_t i = 0; i < n; i++) {
        double left = lost[i] - logit_probability(&h->logit, x + i * HAZARD_COLUMNS),
               *own = scores + account[i] * Q;
        for (size_t c = 0; c < HAZARD_COLUMNS; c++)
            own[c] += left * x[i * HAZARD_COLUMNS + c];
        own[HAZARD_COLUMNS] += left;
    }
    for (size_t a = 0; a < accounts; a++)
        for (size_t c = 0; c < Q; c++)
            for (size_t d = 0; d < Q; d++)
                meat[c][d] += scores[a * Q + c] * scores[a * Q + d];
    free(scores);
    for (size_t c = 0; c < Q; c++)
        for (size_t d = 0; d < Q; d++)
            for (size_t e = 0; e < Q; e++)
                half[c][d] += bread[c * Q + e] * meat[e][d];
    h->covariance = arena_array(arena, Q * Q, sizeof *h->covariance);
    for (size_t c = 0; c < Q; c++)
        for (size_t d = 0; d < Q; d++)
            for (size_t e = 0; e < Q; e++)
                h->covariance[c * Q + d] += half[c][e] * bread[e * Q + d];
}

enum status hazard_fit(const struct hazard_row *rows, size_t n, bool by_facts, size_t accounts,
                       struct arena *arena, struct hazard *out, struct problem *problem) {
    *out = (struct hazard){.by_facts = by_facts};
    size_t months = 0, known = 0, taken = 0;
    uint8_t *gone = arena_alloc(arena, accounts + 1);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!counts(&rows[i], by_facts)) continue;
        out->rows++;
        months += rows[i].ahead;
        if (rows[i].lost && !gone[rows[i].account]) gone[rows[i].account] = 1, out->lost++;
        if (!isnan(rows[i].margin)) known++, sum += rows[i].margin;
    }
    out->margin_mean = known ? sum / (double)known : 0;
    if (out->lost < HAZARD_LEAST_LOST)
        return fail(
            problem, BAD_INPUT,
            MESSAGE(
                "hazard_too_few",
                "Fewer than 20 customers were lost: too few to say what lies ahead of an account.",
                "کمتر از ۲۰ مشتری از دست رفته‌اند: برای گفتن آیندهٔ یک مشتری بسنده نیست."),
            NO_ARGS);
    size_t stride = months / MOST_MONTHS + 1;
    double *x = memory_new((months * HAZARD_COLUMNS + 1) * sizeof *x);
    uint8_t *lost = memory_new(months + 1);
    uint32_t *account = memory_new((months + 1) * sizeof *account);
    for (size_t i = 0; i < n; i++) {
        if (!counts(&rows[i], by_facts) || !falls_to(i, stride)) continue;
        for (uint32_t k = 1; k <= rows[i].ahead; k++, taken++) {
            columns(out, rows[i].age, rows[i].margin, k, x + taken * HAZARD_COLUMNS);
            lost[taken] = rows[i].lost && k == rows[i].ahead;
            account[taken] = rows[i].account;
        }
    }
    out->months = taken;
    /* A weak pull (each weight normal around 0, variance 1): steps that nobody was lost in stay finite. */
    struct logit_data data = {x, lost, taken, HAZARD_COLUMNS};
    struct logit_options options = {.pull = 1 / (double)(taken ? taken : 1), .covariance = true};
    enum status status = logit_fit(&data, &options, arena, &out->logit, problem);
    if (!status) by_account(out, x, lost, account, taken, accounts, arena);
    free(x);
    free(lost);
    free(account);
    return status;
}

void hazard_outlook(const struct hazard *h, double age, double margin, struct hazard_outlook *out) {
    double x[HAZARD_COLUMNS], sum[HAZARD_COLUMNS + 1] = {0};
    *out = (struct hazard_outlook){.survival[0] = 1};
    for (size_t k = 1; k <= HAZARD_AHEAD; k++) {
        columns(h, age, margin, (double)k, x);
        double chance = logit_probability(&h->logit, x);
        out->survival[k] = out->survival[k - 1] * (1 - chance);
        /* d ln(1 − p) / dβ = −p x */
        for (size_t c = 0; c <= HAZARD_COLUMNS; c++) {
            sum[c] += chance * (c < HAZARD_COLUMNS ? x[c] : 1);
            out->slope[k][c] = -out->survival[k] * sum[c];
        }
    }
}

double hazard_error(const struct hazard *h, const double *slope) {
    enum { Q = HAZARD_COLUMNS + 1 };
    double variance = 0;
    for (size_t c = 0; c < Q; c++)
        for (size_t d = 0; d < Q; d++)
            variance += slope[c] * h->covariance[c * Q + d] * slope[d];
    return sqrt(fmax(0, variance));
}

struct interval hazard_survival_interval(const struct hazard *h, const struct hazard_outlook *outlook,
                                         size_t k) {
    double s = outlook->survival[k];
    if (!(s > 0 && s < 1)) return (struct interval){s, s};
    double centre = log(s / (1 - s)), half = NORMAL_975 * hazard_error(h, outlook->slope[k]) / (s * (1 - s));
    return (struct interval){sigmoid(centre - half), sigmoid(centre + half)};
}

double hazard_value(const struct hazard_outlook *outlook, double monthly, const struct lifetime_terms *terms,
                    double *slope) {
    double value = 0;
    for (size_t t = 1; t <= HAZARD_AHEAD && t <= (size_t)terms->months; t++) {
        double each = monthly * terms->margin / pow(1 + terms->discount, (double)t);
        value += each * outlook->survival[t];
        for (size_t c = 0; slope && c <= HAZARD_COLUMNS; c++)
            slope[c] += each * outlook->slope[t][c];
    }
    return value;
}

struct interval hazard_value_interval(const struct hazard *h, double value, const double *slope) {
    if (!(value > 0)) return (struct interval){value, value};
    double factor = exp(NORMAL_975 * hazard_error(h, slope) / value);
    return (struct interval){value / factor, value * factor};
}
