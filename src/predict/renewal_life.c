#include "predict/renewal_life.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const renewal_model_names[RENEWAL_MODELS + 1] = {"constant", "sbg", "bdw", NULL};

static int by_day(const void *a, const void *b) {
    const struct renewal_due *x = a, *y = b;
    if (x->day != y->day) return x->day < y->day ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static void count(const struct renewal_due *renewals, size_t n, struct contract_period *periods) {
    memset(periods, 0, RENEWAL_MOST * sizeof *periods);
    for (size_t i = 0; i < n; i++) {
        if (!renewals[i].number || renewals[i].number > RENEWAL_MOST) continue;
        periods[renewals[i].number - 1].at_risk++;
        periods[renewals[i].number - 1].lost += renewals[i].lost;
    }
}

/* ---- the test on later renewals ---- */

static double loss_of(double retention, bool lost) {
    static const double LEAST = 1e-9;
    double chance = lost ? 1 - retention : retention;
    return -log(chance < LEAST ? LEAST : chance);
}

/* Over the t-th renewals of `later`: what the models say beside what came. */
static void ask(struct renewal_life *out, const struct contract_life *earlier, const bool *fitted,
                const struct contract_period *later) {
    double losses[RENEWAL_MODELS] = {0}, best = INFINITY;
    size_t winner = 0;
    for (size_t m = 0; m < RENEWAL_MODELS; m++) {
        struct renewal_fit *fit = &out->models[m];
        if (!fitted[m]) continue;
        fit->expected_lost = 0;
        for (size_t t = 0; t < RENEWAL_MOST; t++) {
            if (later[t].at_risk == 0) continue;
            double kept =
                contract_retention((enum contract_model)m, earlier[m].maximum.parameter, (double)t + 1);
            losses[m] += later[t].lost * loss_of(kept, true) +
                         (later[t].at_risk - later[t].lost) * loss_of(kept, false);
            fit->expected_lost += later[t].at_risk * (1 - kept);
        }
        fit->log_loss = losses[m] / (double)out->later_due;
        if (fit->log_loss < best) best = fit->log_loss, winner = m;
    }
    for (size_t m = 0; m < RENEWAL_MODELS; m++) {
        struct renewal_fit *fit = &out->models[m];
        if (!fitted[m]) continue;
        double n = (double)out->later_due, square = 0;
        fit->over_best = fit->log_loss - best;
        for (size_t t = 0; t < RENEWAL_MOST; t++) {
            if (later[t].at_risk == 0) continue;
            double own = contract_retention((enum contract_model)m, earlier[m].maximum.parameter,
                                            (double)t + 1),
                   its = contract_retention((enum contract_model)winner, earlier[winner].maximum.parameter,
                                            (double)t + 1);
            for (int lost = 0; lost < 2; lost++) {
                double cases = lost ? later[t].lost : later[t].at_risk - later[t].lost,
                       over = loss_of(own, lost) - loss_of(its, lost) - fit->over_best;
                square += cases * over * over;
            }
        }
        fit->over_best_error = sqrt(square / n / n);
    }
}

/* Renewals by day. False: too little to fit before, or to ask about after. */
static bool test(const struct renewal_due *renewals, size_t n, struct renewal_life *out) {
    size_t from = n - n / 4;
    while (from > 0 && from < n && renewals[from].day == renewals[from - 1].day)
        from++;
    if (from >= n) return false;
    struct contract_period earlier[RENEWAL_MOST], later[RENEWAL_MOST];
    struct contract_life lives[RENEWAL_MODELS];
    bool fitted[RENEWAL_MODELS];
    count(renewals, from, earlier);
    count(renewals + from, n - from, later);
    for (size_t t = 0; t < RENEWAL_MOST; t++)
        out->later_due += (size_t)later[t].at_risk, out->later_lost += (size_t)later[t].lost;
    out->later_from = renewals[from].day;
    if (out->later_lost < RENEWAL_LEAST_LATER) return false;
    for (size_t m = 0; m < RENEWAL_MODELS; m++)
        fitted[m] = contract_fit((enum contract_model)m, earlier, RENEWAL_MOST, &lives[m]) == FIT_DONE &&
                    out->models[m].fit == FIT_DONE;
    if (!fitted[CONTRACT_CONSTANT]) return false;
    ask(out, lives, fitted, later);
    return true;
}

static void choose(struct renewal_life *out, bool tested) {
    double best = INFINITY;
    out->choice = tested ? RENEWAL_BY_TEST : RENEWAL_BY_FIT;
    for (size_t m = RENEWAL_MODELS; m-- > 0;) {
        const struct renewal_fit *fit = &out->models[m];
        if (fit->fit != FIT_DONE) continue;
        double akaike = 2 * (double)fit->life.maximum.parameters - 2 * fit->life.maximum.ln;
        if (tested ? fit->over_best <= fit->over_best_error : akaike <= best) {
            out->chosen = (enum contract_model)m;
            best = akaike;
        }
    }
}

void renewal_judge(struct renewal_due *renewals, size_t n, struct renewal_life *out) {
    *out = (struct renewal_life){.state = RENEWAL_NOBODY, .later_from = INT32_MIN};
    for (size_t m = 0; m < RENEWAL_MODELS; m++)
        out->models[m] = (struct renewal_fit){.fit = FIT_TOO_FEW,
                                              .log_loss = NAN,
                                              .over_best = NAN,
                                              .over_best_error = NAN,
                                              .expected_lost = NAN};
    if (!n) return;
    qsort(renewals, n, sizeof *renewals, by_day);
    count(renewals, n, out->periods);
    for (size_t t = 0; t < RENEWAL_MOST; t++) {
        out->due += (size_t)out->periods[t].at_risk;
        out->lost += (size_t)out->periods[t].lost;
        if (out->periods[t].at_risk > 0) out->longest = t + 1;
    }
    if (!out->due) return;
    for (size_t m = 0; m < RENEWAL_MODELS; m++)
        out->models[m].fit =
            contract_fit((enum contract_model)m, out->periods, RENEWAL_MOST, &out->models[m].life);
    out->state = out->lost < CONTRACT_FEWEST_LOST ? RENEWAL_TOO_FEW
                 : out->longest < 2               ? RENEWAL_TOO_SHORT
                 : out->lost == out->due          ? RENEWAL_ALL_LOST
                                                  : RENEWAL_OK;
    if (out->state == RENEWAL_OK) choose(out, test(renewals, n, out));
}

/* ---- worth ---- */

struct lifetime_value renewal_worth(const struct renewal_life *life, double n, double months, double term,
                                    double amount, const struct lifetime_terms *terms) {
    const struct contract_life *of = &life->models[life->chosen].life;
    double rate = pow(1 + terms->discount, term) - 1,
           each = amount * terms->margin / pow(1 + terms->discount, months);
    struct interval interval = contract_worth_interval(of, n, rate);
    return (struct lifetime_value){LIFETIME_OK,
                                   each * contract_worth(of->model, of->maximum.parameter, n, rate),
                                   each * interval.low, each * interval.high, 0};
}

struct lifetime_value renewal_worth_new(const struct renewal_life *life, double term, double amount,
                                        const struct lifetime_terms *terms, double *beyond) {
    struct lifetime_value value = renewal_worth(life, 0, term, term, amount, terms);
    const struct contract_life *of = &life->models[life->chosen].life;
    double now = amount * terms->margin, seen = now;
    for (size_t t = 1; t <= life->longest; t++)
        seen += now * contract_survival(of->model, of->maximum.parameter, (double)t) /
                pow(1 + terms->discount, term * (double)t);
    value.value += now;
    value.low += now;
    value.high += now;
    *beyond = fmax(0, 1 - seen / value.value);
    return value;
}
