#include "predict/purchase_life.h"

#include "statistics/tails.h"

#include <math.h>

const char *const purchase_model_names[PURCHASE_MODELS + 1] = {"bg", "mbg", "pareto", NULL};

/* ---- the test on the last quarter ---- */

static double poisson_loss(double expected, double made) {
    static const double LEAST = 1e-6;
    double mean = expected > LEAST ? expected : LEAST;
    return mean - made * log(mean) + lgamma(made + 1);
}

static void score(const double *losses, const double *expected, const struct buyers *b,
                  struct purchase_test *test) {
    *test = (struct purchase_test){.tried = true};
    for (size_t i = 0; i < b->n; i++) {
        test->log_loss += losses[i] / (double)b->n;
        test->mean_error += fabs(expected[i] - b->later[i]) / (double)b->n;
        test->expected += expected[i];
    }
}

static void compare(const double *losses, const double *best, size_t n, struct purchase_test *test) {
    double mean = 0, square = 0;
    for (size_t i = 0; i < n; i++)
        mean += (losses[i] - best[i]) / (double)n;
    for (size_t i = 0; i < n; i++)
        square += pow(losses[i] - best[i] - mean, 2);
    test->over_best = mean;
    test->over_best_error = n > 1 ? sqrt(square / (double)(n - 1) / (double)n) : 0;
}

static void try_later(struct purchase *log, size_t n, int32_t until, struct arena *arena,
                      struct purchase_life *out) {
    int32_t first = until;
    for (size_t i = 0; i < n; i++)
        if (log[i].day < first) first = log[i].day;
    out->later_from = until - (until - first) / 4;
    if (out->later_from >= until || out->later_from <= first + 1) return;
    struct buyers b = buyers_of(log, n, out->later_from - 1, until - 1, PURCHASE_WEEK, arena);
    double span = (until - out->later_from) / PURCHASE_WEEK, *losses[PURCHASE_MODELS + 1],
           *expected = arena_array(arena, b.n + 1, sizeof *expected);
    size_t best = PURCHASE_MODELS;
    out->later_buyers = b.n;
    for (size_t i = 0; i < b.n; i++)
        out->later_made += b.later[i];
    for (size_t m = 0; m <= PURCHASE_MODELS; m++) {
        struct purchase_test *test = m < PURCHASE_MODELS ? &out->tests[m] : &out->pace;
        struct maximum fitted;
        losses[m] = arena_array(arena, b.n + 1, sizeof **losses);
        if (m < PURCHASE_MODELS &&
            (out->fits[m] != FIT_DONE ||
             purchases_fit((enum purchase_model)m, b.buyers, b.n, &fitted) != FIT_DONE))
            continue;
        for (size_t i = 0; i < b.n; i++) {
            const struct buyer *buyer = &b.buyers[i];
            expected[i] = m < PURCHASE_MODELS
                              ? purchases_expected((enum purchase_model)m, fitted.parameter, buyer, span)
                              : buyer->repeats / fmax(buyer->age, 1) * span;
            losses[m][i] = poisson_loss(expected[i], b.later[i]);
        }
        score(losses[m], expected, &b, test);
        if (m < PURCHASE_MODELS && (best == PURCHASE_MODELS || test->log_loss < out->tests[best].log_loss))
            best = m;
    }
    if (best == PURCHASE_MODELS) return;
    out->tested = true;
    for (size_t m = 0; m <= PURCHASE_MODELS; m++) {
        struct purchase_test *test = m < PURCHASE_MODELS ? &out->tests[m] : &out->pace;
        if (test->tried) compare(losses[m], losses[best], b.n, test);
    }
}

/* ---- the fit ---- */

static void choose(struct purchase_life *out) {
    double best = -INFINITY;
    for (size_t m = PURCHASE_MODELS; m-- > 0;) {
        const struct purchase_test *test = &out->tests[m];
        if (out->fits[m] != FIT_DONE) continue;
        if (out->tested ? test->tried && test->over_best <= test->over_best_error
                        : out->models[m].ln >= best) {
            out->chosen = (enum purchase_model)m;
            best = out->models[m].ln;
        }
    }
}

void purchase_judge(struct purchase *log, size_t n, int32_t until, struct arena *arena,
                    struct purchase_life *out, struct buyers *buyers) {
    *out =
        (struct purchase_life){.state = PURCHASE_NOBODY, .later_from = INT32_MIN, .spend_fit = FIT_TOO_FEW};
    *buyers = buyers_of(log, n, until - 1, until - 1, PURCHASE_WEEK, arena);
    out->independence = spend_independence(buyers->buyers, buyers->n);
    if (!buyers->n) return;
    size_t row, done = 0;
    if (buyers_check(buyers->buyers, buyers->n, &row) != FIT_DONE) {
        out->state = PURCHASE_TOO_FEW;
        return;
    }
    for (size_t m = 0; m < PURCHASE_MODELS; m++) {
        out->fits[m] = purchases_fit((enum purchase_model)m, buyers->buyers, buyers->n, &out->models[m]);
        done += out->fits[m] == FIT_DONE;
    }
    out->state = done ? PURCHASE_OK : PURCHASE_NOT_FOUND;
    if (!done) return;
    try_later(log, n, until, arena, out);
    choose(out);
    struct buyer *again = arena_array(arena, buyers->n + 1, sizeof *again);
    size_t count = 0;
    for (size_t i = 0; i < buyers->n; i++)
        if (buyers->buyers[i].repeats > 0) again[count++] = buyers->buyers[i];
    out->spend_fit = spend_fit(again, count, &out->spend);
}

/* ---- what is to come ---- */

bool purchase_valued(const struct purchase_life *life) {
    return life->state == PURCHASE_OK && life->spend_fit == FIT_DONE &&
           life->independence.verdict != INDEPENDENCE_BROKEN && spend_mean(life->spend.parameter) > 0;
}

struct outlook {
    enum purchase_model model;
    const struct buyer *buyers;
    size_t n;
    const double *spends; /* of each; NULL: purchases are counted */
    const double *worths; /* of each, of purchases of 1 */
    double rate;
};
static double ln_expected(const double *parameters, const void *context) {
    const struct outlook *o = context;
    double sum = 0;
    for (size_t i = 0; i < o->n; i++)
        sum += purchases_expected(o->model, parameters, &o->buyers[i], PURCHASE_MONTHS * PURCHASE_MONTH);
    return log(sum);
}
static double ln_worth(const double *parameters, const void *context) {
    const struct outlook *o = context;
    double sum = 0;
    for (size_t i = 0; i < o->n; i++)
        sum += purchases_worth(o->model, parameters, &o->buyers[i], o->spends[i], PURCHASE_MONTH,
                               PURCHASE_MONTHS, o->rate);
    return log(sum);
}
static double ln_spent(const double *parameters, const void *context) {
    const struct outlook *o = context;
    double sum = 0;
    for (size_t i = 0; i < o->n; i++)
        sum += o->worths[i] * spend_expected(parameters, &o->buyers[i]);
    return log(sum);
}

struct purchase_outlook purchase_outlook(const struct purchase_life *life, const struct buyer *buyers,
                                         size_t count, const struct lifetime_terms *terms) {
    struct purchase_outlook out = {0, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    const struct maximum *fitted = &life->models[life->chosen];
    struct arena arena = {0};
    double *spends = arena_array(&arena, count + 1, sizeof *spends),
           *worths = arena_array(&arena, count + 1, sizeof *worths);
    struct outlook o = {life->chosen, buyers, count, spends, worths, terms->discount};
    for (size_t i = 0; i < count; i++)
        out.alive += purchases_alive(life->chosen, fitted->parameter, &buyers[i]) / (double)count;
    double ln = ln_expected(fitted->parameter, &o),
           factor = exp(NORMAL_975 * maximum_error(fitted, ln_expected, &o));
    out.expected = exp(ln);
    out.expected_low = out.expected / factor;
    out.expected_high = out.expected * factor;
    if (purchase_valued(life)) {
        out.spend = 0;
        for (size_t i = 0; i < count; i++) {
            spends[i] = spend_expected(life->spend.parameter, &buyers[i]);
            worths[i] = purchases_worth(life->chosen, fitted->parameter, &buyers[i], 1, PURCHASE_MONTH,
                                        PURCHASE_MONTHS, terms->discount);
            out.spend += spends[i] / (double)count;
        }
        /* The two models are fitted apart: their errors add as squares. */
        double bought = maximum_error(fitted, ln_worth, &o),
               spent = maximum_error(&life->spend, ln_spent, &o);
        factor = exp(NORMAL_975 * hypot(bought, spent));
        out.value = terms->margin * exp(ln_worth(fitted->parameter, &o));
        out.low = out.value / factor;
        out.high = out.value * factor;
    }
    arena_free(&arena);
    return out;
}
