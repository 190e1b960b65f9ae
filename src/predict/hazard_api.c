#include "predict/hazard.h"

#include "base/vec.h"
#include "customers/directory.h"
#include "insight/backtest_api.h"
#include "insight/figure.h"
#include "predict/model.h"
#include "predict/model_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct route_query hazard_query[] = {
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},
    {"known_at", "A day: only what could be known when it started."},
    {"calendar", "gregorian or persian months; the organisation's where absent."},
    SELECTION_QUERY,
    {"limit", "Most rows; 100 unless given."},
    {"cursor", "next_cursor of the page before."},
    {NULL, NULL},
};

enum { WATCH_DAYS = 31 };

struct making {
    const struct request *request;
    struct house *house;
    struct arena *arena;
    struct spans spans;
    struct selection selection, everybody; /* learnt from everybody that may be seen, told of the selection */
    struct lifetime_tenures tenures;
    struct lifetime_terms terms;
    struct panel panel;
    size_t *month; /* of the panel's rows, in the grid of the tenures; SIZE_MAX: none */
    double *now;   /* margin by account, of today; NAN */
};

/* ---- what facts say: the margin of a logistic model of the month ahead ---- */

/* Lost: missing at the next month start, as the hazard counts it. */
static struct learner_rows some_rows(const struct making *m, const struct trial_rows *all, const bool *taken,
                                     double **x, uint8_t **lost) {
    const struct lifetime_tenures *t = &m->tenures;
    size_t p = m->panel.p, n = 0;
    *x = memory_new((m->panel.cases.n * p + 1) * sizeof **x);
    *lost = memory_new(m->panel.cases.n + 1);
    for (size_t i = 0; i < m->panel.cases.n; i++) {
        if (!taken[i]) continue;
        memcpy(*x + n * p, m->panel.x + i * p, p * sizeof **x);
        (*lost)[n++] = !t->active[(m->month[i] + 1) * t->accounts + m->panel.cases.account[i]];
    }
    struct learner_rows rows = all->rows;
    rows.x = *x;
    rows.lost = *lost;
    rows.n = n;
    return rows;
}

/* Learns from the rows that are taken; false where they do not hold both outcomes. */
static bool learn(const struct making *m, const struct trial_rows *all, const bool *taken,
                  struct learner *learner) {
    double *x;
    uint8_t *lost;
    struct problem ignored = {.arena = m->arena};
    struct learner_rows rows = some_rows(m, all, taken, &x, &lost);
    bool learnt =
        rows.p && !learner_train(LEARNER_LOGIT, &rows, model_threads(), m->arena, learner, &ignored);
    free(x);
    free(lost);
    return learnt;
}

/* Margins of the panel's rows up to a month of the grid, those of half of the accounts by what was learnt
 * from the others, so that no row speaks of itself; and of `asked` rows by what was learnt from all. False:
 * nothing could be learnt. */
static bool margins(const struct making *m, size_t until, double *margin, const double *asked, size_t asked_n,
                    double *answer) {
    const struct backtest_cases *cases = &m->panel.cases;
    struct trial_rows all = model_rows(&m->panel, m->arena);
    bool *taken = memory_new(cases->n + 1), ok = true;
    for (size_t i = 0; i < cases->n; i++)
        margin[i] = NAN;
    for (uint32_t half = 0; half < 3 && ok; half++) { /* 2: all */
        struct learner learner;
        for (size_t i = 0; i < cases->n; i++)
            taken[i] = m->month[i] != SIZE_MAX && m->month[i] + 1 < until &&
                       (half == 2 || cases->cluster[i] % 2 != half);
        ok = learn(m, &all, taken, &learner);
        for (size_t i = 0; i < cases->n && ok && half < 2; i++)
            if (m->month[i] < until && cases->cluster[i] % 2 == half)
                learner_margins(&learner, m->panel.x + i * m->panel.p, 1, 1, &margin[i]);
        if (ok && half == 2) learner_margins(&learner, asked, asked_n, 1, answer);
        if (ok) learner_free(&learner);
    }
    free(taken);
    return ok;
}

/* ---- rows of the hazard ---- */

static double *ages_of(const struct making *m) {
    const struct lifetime_tenures *t = &m->tenures;
    double *ages = arena_array(m->arena, t->month_count * t->accounts + 1, sizeof *ages);
    for (size_t i = 0; i < t->n; i++) {
        const struct lifetime_tenure *one = &t->v[i];
        double age = one->entry > 0 ? one->entry : 0;
        for (size_t k = one->first; k < t->month_count && t->active[k * t->accounts + one->account]; k++)
            ages[k * t->accounts + one->account] = age++;
    }
    return ages;
}

/* What became of a customer of a month start until another. */
static struct hazard_row row_of(const struct making *m, const double *ages, uint32_t account, size_t month,
                                size_t until, double margin) {
    const struct lifetime_tenures *t = &m->tenures;
    struct hazard_row row = {account, ages[month * t->accounts + account], margin, 0, false};
    while (!row.lost && row.ahead < HAZARD_AHEAD && month + row.ahead + 1 < until) {
        row.ahead++;
        row.lost = !t->active[(month + row.ahead) * t->accounts + account];
    }
    return row;
}

static struct hazard_row *rows_until(const struct making *m, const double *ages, const double *margin,
                                     size_t until, size_t *n) {
    const struct backtest_cases *cases = &m->panel.cases;
    struct hazard_row *rows = arena_array(m->arena, cases->n + 1, sizeof *rows);
    *n = 0;
    for (size_t i = 0; i < cases->n; i++)
        if (m->month[i] != SIZE_MAX && m->month[i] + 1 < until)
            rows[(*n)++] = row_of(m, ages, cases->account[i], m->month[i], until, margin[i]);
    return rows;
}

/* ---- do facts foretell a later year better than age alone? ---- */

static const struct text
    too_short =
        {"The history is too short to test whether facts foretell a year: age alone speaks.",
         "گذشته برای آزمودن این که شاخص‌ها یک سال را پیش‌بینی می‌کنند کوتاه است: تنها سن سخن می‌گوید."},
    too_few =
        {"Too few customers were lost before the last year to test whether facts foretell it: age alone "
         "speaks.",
         "پیش از سال پایانی مشتریان کمی از دست رفته‌اند و نمی‌توان آزمود شاخص‌ها آن را پیش‌بینی می‌کنند یا نه: تنها "
         "سن سخن می‌گوید."},
    nothing_learnt = {
        "Nothing could be learnt from the facts before the last year: age alone speaks.",
        "از شاخص‌های پیش از سال پایانی چیزی آموختنی نبود: تنها سن سخن می‌گوید."};

struct test {
    bool tested;
    const struct text *why_not; /* where it is not */
    size_t customers, lost;
    double expected[2], log_loss[2]; /* by age, by facts */
    double over, over_error;         /* log loss by age above that by facts */
    day_t from;
};

static double loss_of(double chance, bool lost) {
    static const double LEAST = 1e-9;
    return -log(fmax(LEAST, lost ? chance : 1 - chance));
}

static void test(const struct making *m, const double *ages, struct test *out) {
    const struct lifetime_tenures *t = &m->tenures;
    const struct backtest_cases *cases = &m->panel.cases;
    struct problem ignored = {.arena = m->arena};
    *out = (struct test){.from = INT32_MIN, .why_not = &too_short};
    if (t->decided <= HAZARD_TEST_MONTHS + 2) return;
    size_t cut = t->decided - 1 - HAZARD_TEST_MONTHS, n, at_n = 0;
    double *margin = arena_array(m->arena, cases->n + 1, sizeof *margin),
           *x = arena_array(m->arena, cases->n * m->panel.p + 1, sizeof *x),
           *answer = arena_array(m->arena, cases->n + 1, sizeof *answer);
    uint32_t *account = arena_array(m->arena, cases->n + 1, sizeof *account);
    for (size_t i = 0; i < cases->n; i++) {
        if (m->month[i] != cut) continue;
        account[at_n] = cases->account[i];
        memcpy(x + at_n++ * m->panel.p, m->panel.x + i * m->panel.p, m->panel.p * sizeof *x);
    }
    struct hazard by[2];
    if (!at_n) return;
    out->why_not = &too_few;
    struct hazard_row *rows = rows_until(m, ages, margin, cut + 1, &n);
    if (hazard_fit(rows, n, false, t->accounts, m->arena, &by[0], &ignored)) return;
    out->why_not = &nothing_learnt;
    if (!margins(m, cut + 1, margin, x, at_n, answer)) return;
    rows = rows_until(m, ages, margin, cut + 1, &n);
    if (hazard_fit(rows, n, true, t->accounts, m->arena, &by[1], &ignored)) return;
    double square = 0, *over = arena_array(m->arena, at_n + 1, sizeof *over);
    out->tested = true;
    out->from = t->month_starts[cut];
    out->customers = at_n;
    for (size_t i = 0; i < at_n; i++) {
        double losses[2], age = ages[cut * t->accounts + account[i]];
        struct hazard_row became = row_of(m, ages, account[i], cut, t->decided, NAN);
        out->lost += became.lost;
        for (int facts = 0; facts < 2; facts++) {
            struct hazard_outlook outlook;
            hazard_outlook(&by[facts], age, answer[i], &outlook);
            double chance = 1 - outlook.survival[HAZARD_TEST_MONTHS];
            out->expected[facts] += chance;
            losses[facts] = loss_of(chance, became.lost);
            out->log_loss[facts] += losses[facts] / (double)at_n;
        }
        over[i] = losses[0] - losses[1];
        out->over += over[i] / (double)at_n;
    }
    for (size_t i = 0; i < at_n; i++)
        square += pow(over[i] - out->over, 2);
    out->over_error = at_n > 1 ? sqrt(square / (double)(at_n - 1) / (double)at_n) : INFINITY;
}

/* ---- gathering ---- */

static enum status gather(struct making *m, struct problem *problem) {
    struct backtest_plan plan = model_plan(m->house, (struct outcome_key){.kind = OUTCOME_CHURN});
    struct fact_memory *memory = house_memory(m->house, insight_catalogue(m->house->insight));
    day_t today = m->spans.moment.day;
    plan.outcome.days = WATCH_DAYS;
    plan.by = PERIOD_MONTH; /* rows are of months: of a large company some accounts, not some months */
    model_bound(m->house, MODEL_MONTHS, &plan);
    plan.stopping = m->request->stopping;
    plan.gap_days = 0;
    plan.calendar = m->spans.calendar;
    plan.to = today - 1;
    plan.from = day_add_months(today, plan.calendar, -MODEL_MONTHS);
    enum status status = panel_make(m->house, &plan, memory, m->arena, &m->panel, problem);
    fact_memory_release(memory);
    if (status) return status;
    const struct backtest_cases *cases = &m->panel.cases;
    const struct lifetime_tenures *t = &m->tenures;
    m->month = arena_array(m->arena, cases->n + 1, sizeof *m->month);
    for (size_t i = 0; i < cases->n; i++)
        m->month[i] = SIZE_MAX;
    for (size_t s = 0; s < cases->snapshot_count; s++) {
        size_t k = 0;
        while (k < t->month_count && t->month_starts[k] != cases->snapshots[s].period.from)
            k++;
        for (size_t i = cases->snapshots[s].first; i < cases->snapshots[s].first + cases->snapshots[s].n; i++)
            if (k < t->month_count && cases->account[i] < t->accounts &&
                m->everybody.included[cases->account[i]] && t->active[k * t->accounts + cases->account[i]])
                m->month[i] = k;
    }
    return OK;
}

/* Facts of today, of all accounts. */
static enum status read_now(struct making *m, double *x, struct problem *problem) {
    struct arena scratch = {0};
    enum status status = panel_rows(m->house, m->panel.columns, m->panel.p, &m->spans.moment, 0,
                                    m->tenures.accounts, x, &scratch, problem);
    arena_free(&scratch);
    return status;
}

/* ---- the answer ---- */

struct one {
    uint32_t account;
    double value;
};
static int by_value(const void *a, const void *b) {
    const struct one *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? 1 : -1;
    return (x->account > y->account) - (x->account < y->account);
}

static void put_account(const struct making *m, const struct hazard *hazard, const struct one *one,
                        struct json_writer *w) {
    const struct directory_account *of = directory_account(m->house->directory, one->account);
    double slope[HAZARD_COLUMNS + 1] = {0}, arr = m->tenures.arr[one->account],
                                  age =
                                      isnan(m->tenures.age[one->account]) ? 0 : m->tenures.age[one->account];
    struct hazard_outlook outlook;
    hazard_outlook(hazard, age, m->now[one->account], &outlook);
    double value = hazard_value(&outlook, arr / 12, &m->terms, slope);
    struct interval interval = hazard_value_interval(hazard, value, slope),
                    year = hazard_survival_interval(hazard, &outlook, 12);
    json_begin_object(w);
    json_put_string(w, "account", of->key);
    json_put_string(w, "name", of->name);
    json_put_number(w, "age_months", age);
    json_put_number(w, "arr", arr);
    json_put_number(w, "stays_12", 100 * outlook.survival[12]);
    json_put_number(w, "stays_12_low", 100 * year.low);
    json_put_number(w, "stays_12_high", 100 * year.high);
    json_put_number(w, "stays_36", 100 * outlook.survival[HAZARD_AHEAD]);
    json_put_number(w, "value", value);
    json_put_number(w, "value_low", interval.low);
    json_put_number(w, "value_high", interval.high);
    json_name(w, STR("survival"));
    json_begin_array(w);
    for (size_t k = 1; k <= HAZARD_AHEAD; k++)
        json_number(w, outlook.survival[k]);
    json_end_array(w);
    json_end_object(w);
}

static void put_rows(const struct making *m, const struct hazard *hazard, const struct figure_page *page,
                     struct json_writer *w) {
    VEC(struct one) list = {0};
    double slope[HAZARD_COLUMNS + 1] = {0}, total = 0;
    for (uint32_t a = 0; hazard && a < m->tenures.accounts; a++) {
        if (a >= m->selection.n || !m->selection.included[a] || isnan(m->tenures.arr[a])) continue;
        struct hazard_outlook outlook;
        hazard_outlook(hazard, isnan(m->tenures.age[a]) ? 0 : m->tenures.age[a], m->now[a], &outlook);
        double value = hazard_value(&outlook, m->tenures.arr[a] / 12, &m->terms, slope);
        VEC_PUSH(&list, (struct one){a, value});
        total += value;
    }
    if (list.n) qsort(list.v, list.n, sizeof *list.v, by_value);
    size_t end = figure_page_end(page, list.n);
    json_name(w, STR("data"));
    json_begin_array(w);
    directory_lock(m->house->directory);
    for (size_t i = (size_t)page->first; i < end; i++)
        put_account(m, hazard, &list.v[i], w);
    directory_unlock(m->house->directory);
    json_end_array(w);
    put_page(w, m->arena, end, list.n);
    json_put_int(w, "customers", (int64_t)list.n);
    struct interval interval = {NAN, NAN};
    if (hazard && list.n) interval = hazard_value_interval(hazard, total, slope);
    json_put_number(w, "total", hazard && list.n ? total : NAN);
    json_put_number(w, "total_low", interval.low);
    json_put_number(w, "total_high", interval.high);
    VEC_FREE(&list);
}

static void put_why(const struct making *m, const struct hazard *hazard, const struct test *of,
                    struct json_writer *w) {
    struct arena *arena = m->arena;
    json_put_bool(w, "tested", of->tested);
    put_day(w, "tested_from", of->from);
    json_put_int(w, "tested_customers", (int64_t)of->customers);
    json_put_int(w, "tested_lost", (int64_t)of->lost);
    json_put_number(w, "expected_by_age", of->tested ? of->expected[0] : NAN);
    json_put_number(w, "expected_by_facts", of->tested ? of->expected[1] : NAN);
    json_put_number(w, "log_loss_by_age", of->tested ? of->log_loss[0] : NAN);
    json_put_number(w, "log_loss_by_facts", of->tested ? of->log_loss[1] : NAN);
    if (!hazard) {
        put_both(
            w, "note",
            STR("Fewer than 20 customers were lost in the months that can be learnt from: what lies ahead of an account "
                "cannot be said."),
            STR("در ماه‌هایی که می‌توان از آن‌ها آموخت کمتر از ۲۰ مشتری از دست رفته‌اند: آیندهٔ یک مشتری را نمی‌توان گفت."));
        return;
    }
    if (!of->tested) {
        put_both(w, "why", str_of(of->why_not->en), str_of(of->why_not->fa));
        return;
    }
    double said = of->expected[hazard->by_facts];
    put_both(
        w, "why",
        str_format(
            arena,
            "Told only what was known a year before, the model %s foretold that %.0f of %zu customers would leave; %zu did. %s",
            hazard->by_facts ? "with facts" : "of age alone", said, of->customers, of->lost,
            hazard->by_facts
                ? "Facts did better than age alone by more than one standard error."
                : "Facts did not do better by more than one standard error, so age alone speaks."),
        str_format(
            arena,
            "مدل %s تنها با دانسته‌های یک سال پیش، رفتن %.*s مشتری از %.*s را پیش‌بینی کرد؛ %.*s رفت. %s",
            hazard->by_facts ? "با شاخص‌ها" : "تنها با سن", STR_ARG(persian_number(arena, said, 0)),
            STR_ARG(persian_number(arena, (double)of->customers, 0)),
            STR_ARG(persian_number(arena, (double)of->lost, 0)),
            hazard->by_facts
                ? "شاخص‌ها بیش از یک خطای معیار از سن تنها بهتر بودند."
                : "شاخص‌ها بیش از یک خطای معیار بهتر نبودند؛ پس تنها سن سخن می‌گوید."));
}

static void put_words(const struct making *m, struct json_writer *w) {
    struct arena *arena = m->arena;
    int64_t months = m->terms.months < HAZARD_AHEAD ? m->terms.months : HAZARD_AHEAD;
    put_both(
        w, "definition",
        str_format(
            arena,
            "For each customer the chance that it is still there after each of the next 36 months, by its age and by its own facts "
            "as far as they foretell better than age; value: Σ over %lld months of that chance × revenue of a month × margin %g %% ÷ "
            "(1 + %g %%)^month. Revenue is taken as today's. The 95 %% interval knows how sure the model's numbers are, "
            "not what one account will do.",
            (long long)months, 100 * m->terms.margin, 100 * m->terms.discount),
        str_format(
            arena,
            "برای هر مشتری احتمال آن که پس از هر یک از ۳۶ ماه آینده هنوز باشد، با سن و، تا جایی که بهتر از سن پیش‌بینی کنند، "
            "با شاخص‌های خودش؛ ارزش: مجموع %.*s ماه از این احتمال × درآمد ماه × حاشیهٔ %.*s٪ ÷ (۱ + %.*s٪)^ماه. درآمد همان "
            "امروز گرفته شده است. بازهٔ ۹۵٪ می‌گوید عددهای مدل چقدر مطمئن‌اند، نه این که یک مشتری چه خواهد کرد.",
            STR_ARG(persian_number(arena, (double)months, 0)),
            STR_ARG(persian_number(arena, 100 * m->terms.margin, 0)),
            STR_ARG(persian_number(arena, 100 * m->terms.discount, 2))));
}

/* The model that speaks; NULL: too little was lost. */
static enum status fit(struct making *m, struct test *of, struct hazard *hazard, bool *fitted,
                       struct problem *problem) {
    const struct backtest_cases *cases = &m->panel.cases;
    const struct lifetime_tenures *t = &m->tenures;
    size_t n;
    double *ages = ages_of(m), *margin = arena_array(m->arena, cases->n + 1, sizeof *margin),
           *x = memory_new((t->accounts * m->panel.p + 1) * sizeof *x);
    test(m, ages, of);
    bool by_facts = of->tested && of->over > of->over_error;
    enum status status = by_facts ? read_now(m, x, problem) : OK;
    if (!status && by_facts && !margins(m, t->decided, margin, x, t->accounts, m->now)) by_facts = false;
    free(x);
    if (status) return status;
    struct hazard_row *rows = rows_until(m, ages, margin, t->decided, &n);
    status = hazard_fit(rows, n, by_facts, t->accounts, m->arena, hazard, problem);
    *fitted = !status;
    if (status == BAD_INPUT) problem_clear(problem);
    return status == BAD_INPUT ? OK : status;
}

enum status hazard_handle(struct request *request, struct response *response, struct problem *problem) {
    struct making m = {.request = request, .house = request->house, .arena = request->arena};
    struct selector selector;
    struct figure_page page;
    struct test of;
    struct hazard hazard;
    bool fitted = false;
    enum status status = request_calendar(request, &m.spans, problem);
    if (request_page(request, 100, &page, problem)) status = BAD_INPUT;
    if (!status) status = request_selector(request, &selector, problem);
    if (!status) status = selector_apply(&selector, &m.spans.moment, m.arena, &m.selection, problem);
    selector.rule = NULL;
    selector.split = DICT_NONE;
    if (!status) status = selector_apply(&selector, &m.spans.moment, m.arena, &m.everybody, problem);
    if (!status)
        status = lifetime_tenures_measure(m.house, &m.everybody, &m.spans, m.arena, &m.tenures, problem);
    if (!status) status = gather(&m, problem);
    if (status) return status;
    m.terms = lifetime_terms_of(m.house->settings);
    m.now = arena_array(m.arena, m.tenures.accounts + 1, sizeof *m.now);
    for (size_t a = 0; a < m.tenures.accounts; a++)
        m.now[a] = NAN;
    status = fit(&m, &of, &hazard, &fitted, problem);
    if (status) return status;
    struct json_writer w = {&response->body};
    json_begin_object(&w);
    put_rows(&m, fitted ? &hazard : NULL, &page, &w);
    put_day(&w, "as_of", m.spans.moment.day);
    json_put_string(&w, "currency", settings_text(m.house->settings, SETTING_ORGANISATION_CURRENCY, m.arena));
    json_put_string(&w, "state", fitted ? STR("ok") : STR("too_few"));
    json_put_string(&w, "model", !fitted ? STR("none") : hazard.by_facts ? STR("facts") : STR("age"));
    json_put_int(&w, "lost", fitted ? (int64_t)hazard.lost : 0);
    json_put_int(&w, "account_months", fitted ? (int64_t)hazard.months : 0);
    json_put_int(&w, "unjudged", (int64_t)m.selection.unjudged);
    put_why(&m, fitted ? &hazard : NULL, &of, &w);
    put_words(&m, &w);
    json_end_object(&w);
    return OK;
}
