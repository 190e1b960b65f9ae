/* Models of lifetime value on the public CDNOW sample (2,357 customers): the four fits, and what is then told
 * of 100,000 customers. Rivals in the same process: the fits as BTYD and lifetimes make them (customer by
 * customer, one simplex until it stands still, no errors; Pareto/NBD by 6 panels of 20 points), and the
 * published form of what is expected with its hypergeometric series. bench_lifetime_models [rounds] */
#include "base/vec.h"
#include "statistics/gamma.h"
#include "statistics/purchases.h"
#include "statistics/spend.h"

#include <nlopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CUSTOMERS = 100000 };

/* Of this thread: what a busy machine does not stretch. */
static double processor_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void stop(const char *what) {
    fprintf(stderr, "bench_lifetime_models: %s\n", what);
    exit(1);
}

static int32_t day_of(int date) { /* 19970930 */
    struct tm tm = {.tm_year = date / 10000 - 1900, .tm_mon = date / 100 % 100 - 1, .tm_mday = date % 100};
    return (int32_t)(timegm(&tm) / 86400);
}

static struct buyers read_cdnow(struct arena *arena) {
    const char *shared = getenv("VAFA_SHARED");
    char path[1000];
    snprintf(path, sizeof path, "%s/data/clv/CDNOW_sample.txt", shared ? shared : "../shared");
    FILE *file = fopen(path, "r");
    if (!file) stop("CDNOW_sample.txt is not there (VAFA_SHARED)");
    VEC(struct purchase) log = {0};
    unsigned master, id, discs;
    int date;
    double dollars;
    while (fscanf(file, "%u %u %d %u %lf", &master, &id, &date, &discs, &dollars) == 5)
        VEC_PUSH(&log, (struct purchase){id, day_of(date), dollars});
    fclose(file);
    struct buyers out = buyers_of(log.v, log.n, day_of(19970930), day_of(19980630), 7, arena);
    VEC_FREE(&log);
    return out;
}

/* ── The rival's likelihoods ── */

static const double NODE[] = {0.0765265211334973, 0.2277858511416451, 0.3737060887154195, 0.5108670019508271,
                              0.6360536807265150, 0.7463319064601508, 0.8391169718222188, 0.9122344282513259,
                              0.9639719272779138, 0.9931285991850949};
static const double WEIGHT[] = {
    0.1527533871307258, 0.1491729864726037, 0.1420961093183820, 0.1316886384491766, 0.1181945319615184,
    0.1019301198172404, 0.0832767415767048, 0.0626720483341091, 0.0406014298003869, 0.0176140071391521};

struct rival {
    int model; /* a purchase_model, or 3: gamma–gamma */
    const struct buyers *buyers;
};

static double pareto_of(const double *p, const struct buyer *b) {
    double k = p[0] + b->repeats, start = log(p[1] + b->last), half = (log(p[1] + b->age) - start) / 12;
    double top = -k * start - (p[2] + 1) * log(p[3] + b->last) + start, sum = 0;
    for (int panel = 0; panel < 6; panel++)
        for (int i = 0; i < 20; i++) {
            double v = start + half * (2 * panel + 1 + (i & 1 ? 1 : -1) * NODE[i / 2]);
            sum += WEIGHT[i / 2] * half * exp(v - k * v - (p[2] + 1) * log(p[3] + exp(v) - p[1]) - top);
        }
    return ln_gamma(k) - ln_gamma(p[0]) + p[0] * log(p[1]) + p[2] * log(p[3]) +
           ln_sum(-k * log(p[1] + b->age) - p[2] * log(p[3] + b->age),
                  sum > 0 ? log(p[2]) + top + log(sum) : -INFINITY);
}
static double steps_of(const double *p, const struct buyer *b, bool modified) {
    double k = p[0] + b->repeats, left = p[3] + b->repeats - !modified;
    double ln =
        ln_gamma(k) - ln_gamma(p[0]) + p[0] * log(p[1]) + ln_beta(p[2], left + 1) - ln_beta(p[2], p[3]);
    double there = -k * log(p[1] + b->age);
    if (!modified && b->repeats == 0) return ln + there;
    return ln + ln_sum(there, log(p[2]) - log(left) - k * log(p[1] + b->last));
}
static double spend_of(const double *p, const struct buyer *b) {
    double px = p[0] * b->repeats;
    return ln_gamma(px + p[1]) - ln_gamma(px) - ln_gamma(p[1]) + p[1] * log(p[2]) + (px - 1) * log(b->value) +
           px * log(b->repeats) - (px + p[1]) * log(b->repeats * b->value + p[2]);
}

static double rival_likelihood(unsigned n, const double *logs, double *slope, void *data) {
    const struct rival *rival = data;
    double p[4], sum = 0;
    (void)slope;
    for (unsigned i = 0; i < n; i++)
        p[i] = exp(logs[i]);
    for (size_t i = 0; i < rival->buyers->n; i++) {
        const struct buyer *b = &rival->buyers->buyers[i];
        if (rival->model == 3)
            sum += b->repeats > 0 ? spend_of(p, b) : 0;
        else
            sum += rival->model == PURCHASES_PARETO ? pareto_of(p, b) : steps_of(p, b, rival->model);
    }
    return isfinite(sum) ? sum : -1e300;
}

static double rival_fit(int model, const struct buyers *buyers) {
    struct rival rival = {model, buyers};
    double logs[4] = {0}, ln;
    nlopt_opt optimiser = nlopt_create(NLOPT_LN_NELDERMEAD, model == 3 ? 3 : 4);
    nlopt_set_max_objective(optimiser, rival_likelihood, &rival);
    nlopt_set_initial_step1(optimiser, 0.5);
    nlopt_set_ftol_abs(optimiser, 1e-8);
    nlopt_set_maxeval(optimiser, 5000);
    nlopt_optimize(optimiser, logs, &ln);
    nlopt_destroy(optimiser);
    return ln;
}

/* The published E[Y(t) | x, tₓ, T] of BG/NBD. */
static double rival_expected(const double *p, const struct buyer *b, double t) {
    double r = p[0] + b->repeats, beta = p[3] + b->repeats, c = p[2] + beta - 1, old = p[1] + b->age,
           z = t / (old + t), sum = 0, term = 1;
    for (int n = 0; n < 100000 && fabs(term) > 1e-16 * fabs(sum); n++) {
        sum += term;
        term *= (r + n) * (beta + n) / (c + n) / (n + 1) * z;
    }
    double odds = b->repeats > 0 ? p[2] / (beta - 1) * pow(old / (p[1] + b->last), r) : 0;
    return c / (p[2] - 1) * (1 - pow(old / (old + t), r) * sum) / (1 + odds);
}

int main(int argc, char **argv) {
    static const char *const names[] = {"BG/NBD", "MBG/NBD", "Pareto/NBD", "gamma-gamma"};
    int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 5;
    struct arena arena = {0};
    struct buyers cdnow = read_cdnow(&arena);
    struct maximum fit[4];
    double all = 0, all_rival = 0;
    for (int model = 0; model < 4; model++) {
        double best = INFINITY, best_rival = INFINITY, ln = 0;
        for (int round = 0; round < rounds; round++) {
            double start = processor_ms();
            enum fit done = model == 3 ? spend_fit(cdnow.buyers, cdnow.n, &fit[model])
                                       : purchases_fit(model, cdnow.buyers, cdnow.n, &fit[model]);
            best = fmin(best, processor_ms() - start);
            if (done != FIT_DONE) stop("a fit failed");
            if (round > 1) continue; /* the rival is slow */
            start = processor_ms();
            ln = rival_fit(model, &cdnow);
            best_rival = fmin(best_rival, processor_ms() - start);
        }
        printf("%-12s %8.1f ms  log-likelihood %.4f | simplex, row by row %9.1f ms  %.4f | %5.1fx\n",
               names[model], best, fit[model].ln, best_rival, ln, best_rival / best);
        all += best, all_rival += best_rival;
    }
    printf("four fits    %8.1f ms (floor of the house: 2,000 ms) | %9.1f ms | %5.1fx\n", all, all_rival,
           all_rival / all);

    double sum = 0, rival_sum = 0, start = processor_ms();
    for (size_t i = 0; i < CUSTOMERS; i++)
        sum += purchases_expected(PURCHASES_BG, fit[0].parameter, &cdnow.buyers[i % cdnow.n], 39);
    double ours = processor_ms() - start;
    start = processor_ms();
    for (size_t i = 0; i < CUSTOMERS; i++)
        rival_sum += rival_expected(fit[0].parameter, &cdnow.buyers[i % cdnow.n], 39);
    double theirs = processor_ms() - start;
    printf(
        "expected of 100,000 customers (BG/NBD) %.1f ms, %.3f | hypergeometric series %.1f ms, %.3f | %.2fx\n",
        ours, sum, theirs, rival_sum, theirs / ours);
    start = processor_ms(), sum = 0;
    for (size_t i = 0; i < CUSTOMERS; i++) {
        const struct buyer *b = &cdnow.buyers[i % cdnow.n];
        double spend = spend_expected(fit[3].parameter, b);
        sum += purchases_worth(PURCHASES_BG, fit[0].parameter, b, spend, 365.25 / 12 / 7, 12, 0.01);
    }
    printf("worth of 100,000 customers over 12 months %.1f ms, %.0f\n", processor_ms() - start, sum);
    arena_free(&arena);
}
