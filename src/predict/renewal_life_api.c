#include "predict/renewal_life.h"

#include "insight/figure.h"
#include "insight/health.h"
#include "predict/renewal_contracts.h"

#include <math.h>
#include <stdlib.h>

const struct route_query renewal_life_query[] = {
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},
    {"known_at", "A day: only what could be known when it started."},
    SELECTION_QUERY,
    {"split",
     "A text or yes/no fact whose values of the moment are the cohorts; the plan of a contract's first day unless "
     "given."},
    {NULL, NULL},
};

static const char *const states[] = {"ok", "too_few", "too_short", "all_lost", "nobody"};
static const char *const fits[] = {"ok", "bad_data", "too_few", "too_short", "at_bound", "not_found"};

struct answer {
    const struct renewal_contracts *all;
    struct lifetime_terms terms;
    bool split; /* by a fact */
    struct arena *arena;
    struct json_writer *w;
};

/* ---- why this model ---- */

static const struct text model_titles[RENEWAL_MODELS] = {
    {"constant loss", "ریزش ثابت"},
    {"sBG (customers differ)", "sBG (مشتریان متفاوت‌اند)"},
    {"BdW (customers differ and change with age)",
     "BdW (مشتریان متفاوت‌اند و با سن تغییر می‌کنند)"},
};

static void put_refusal(const struct renewal_life *life, const struct answer *a) {
    struct str lost = persian_number(a->arena, (double)life->lost, 0);
    switch (life->state) {
    case RENEWAL_TOO_FEW:
        put_both(
            a->w, "why",
            str_format(a->arena, "Lost at a renewal so far: %zu. From 20 on it can be said.", life->lost),
            str_format(
                a->arena,
                "تاکنون هنگام تمدید از دست رفته: %.*s. از ۲۰ به بالا می‌توان گفت.",
                STR_ARG(lost)));
        return;
    case RENEWAL_TOO_SHORT:
        put_both(
            a->w, "why",
            STR("Nobody has come to a second renewal yet: how retention changes cannot be said."),
            STR("هنوز هیچ‌کس به تمدید دوم نرسیده است: نمی‌توان گفت نگه‌داشت چگونه تغییر می‌کند."));
        return;
    case RENEWAL_ALL_LOST:
        put_both(
            a->w, "why", STR("Every contract that came up for renewal was lost."),
            STR("همهٔ قراردادهایی که به تمدید رسیدند از دست رفته‌اند."));
        return;
    case RENEWAL_NOBODY:
    case RENEWAL_OK:
        put_both(a->w, "why", STR("No contract has come up for renewal yet."),
                 STR("هنوز هیچ قراردادی به تمدید نرسیده است."));
    }
}

static void put_why(const struct renewal_life *life, const struct answer *a) {
    const struct renewal_fit *chosen = &life->models[life->chosen];
    const struct text *title = &model_titles[life->chosen];
    if (life->state != RENEWAL_OK) {
        put_refusal(life, a);
        return;
    }
    if (life->choice == RENEWAL_BY_FIT) {
        put_both(
            a->w, "why",
            str_format(a->arena,
                       "%s fits best for its number of parameters (Akaike). It could not be tested on later "
                       "renewals: too few were lost there.",
                       title->en),
            str_format(
                a->arena,
                "%s با توجه به شمار پارامترهایش بهترین برازش را دارد (آکائیکه). با تمدیدهای بعدی آزموده "
                "نشد: در آن‌ها کمتر از اندازه از دست رفته است.",
                title->fa));
        return;
    }
    bool simpler = chosen->over_best > 0;
    put_both(
        a->w, "why",
        str_format(
            a->arena,
            "Told only what was known before, %s foretold %.1f lost of the %zu later renewals; %zu were. "
            "%s",
            title->en, chosen->expected_lost, life->later_due, life->later_lost,
            simpler ? "A richer model was not better by more than one standard error, so the simplest speaks."
                    : "No model did better."),
        str_format(
            a->arena,
            "%s تنها با دانسته‌های پیشین، از %.*s تمدید بعدی ریزش %.*s را پیش‌بینی کرد؛ %.*s رخ داد. %s",
            title->fa, STR_ARG(persian_number(a->arena, (double)life->later_due, 0)),
            STR_ARG(persian_number(a->arena, chosen->expected_lost, 1)),
            STR_ARG(persian_number(a->arena, (double)life->later_lost, 0)),
            simpler
                ? "مدل پیچیده‌تر بیش از یک خطای معیار بهتر نبود؛ پس ساده‌ترین سخن می‌گوید."
                : "هیچ مدلی بهتر نبود."));
}

/* ---- a row ---- */

static void put_models(const struct renewal_life *life, struct json_writer *w) {
    json_name(w, STR("models"));
    json_begin_array(w);
    for (size_t m = 0; m < RENEWAL_MODELS; m++) {
        const struct renewal_fit *fit = &life->models[m];
        const struct maximum *maximum = &fit->life.maximum;
        json_begin_object(w);
        json_put_string(w, "model", str_of(renewal_model_names[m]));
        json_put_string(w, "state", str_of(fits[fit->fit]));
        json_name(w, STR("parameters"));
        json_begin_array(w);
        for (size_t i = 0; fit->fit == FIT_DONE && i < maximum->parameters; i++)
            json_number(w, maximum->parameter[i]);
        json_end_array(w);
        json_put_number(w, "log_likelihood", fit->fit == FIT_DONE ? maximum->ln : NAN);
        json_put_number(w, "log_loss", fit->log_loss);
        json_put_number(w, "over_best", fit->over_best);
        json_put_number(w, "over_best_error", fit->over_best_error);
        json_put_number(w, "expected_lost", fit->expected_lost);
        json_end_object(w);
    }
    json_end_array(w);
}

/* As far as was watched and a half beyond: observed beside the model and beside constant loss. */
static void put_curve(const struct renewal_life *life, struct json_writer *w) {
    const struct contract_life *of = &life->models[life->chosen].life,
                               *constant = &life->models[CONTRACT_CONSTANT].life;
    bool known = life->state == RENEWAL_OK;
    size_t until = life->longest + (life->longest + 1) / 2;
    double observed = 1;
    if (until > RENEWAL_MOST) until = RENEWAL_MOST;
    json_name(w, STR("curve"));
    json_begin_array(w);
    for (size_t t = 1; t <= until; t++) {
        const struct contract_period *period = &life->periods[t - 1];
        struct interval interval = {NAN, NAN}, kept = {NAN, NAN};
        double n = (double)t, share = NAN;
        if (period->at_risk > 0) {
            share = 1 - period->lost / period->at_risk;
            kept = proportion_wilson(period->at_risk - period->lost, period->at_risk);
        }
        observed *= share;
        if (known) interval = contract_survival_interval(of, n);
        json_begin_object(w);
        json_put_int(w, "renewal", (int64_t)t);
        json_put_int(w, "due", (int64_t)period->at_risk);
        json_put_int(w, "lost", (int64_t)period->lost);
        json_put_number(w, "renewed", share);
        json_put_number(w, "renewed_low", kept.low);
        json_put_number(w, "renewed_high", kept.high);
        json_put_number(w, "observed", observed);
        json_put_number(w, "retention",
                        known ? contract_retention(of->model, of->maximum.parameter, n) : NAN);
        json_put_number(w, "survival", known ? contract_survival(of->model, of->maximum.parameter, n) : NAN);
        json_put_number(w, "low", interval.low);
        json_put_number(w, "high", interval.high);
        json_put_number(w, "constant",
                        known ? contract_survival(CONTRACT_CONSTANT, constant->maximum.parameter, n) : NAN);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_money(struct json_writer *w, const char *name, const char *low, const char *high,
                      const struct lifetime_value *value) {
    json_put_number(w, name, value->value);
    json_put_number(w, low, value->low);
    json_put_number(w, high, value->high);
}

static void put_worth(const struct renewal_life *life, const struct answer *a, size_t from, size_t to) {
    const struct renewal_contracts *all = a->all;
    double term = all->cohorts[from].term, payments = 0, beyond = NAN, discounted = a->terms.discount;
    int64_t active = 0, ending = 0, paying = 0;
    struct lifetime_value sum = {0}, new = {.value = NAN, .low = NAN, .high = NAN};
    bool known = life->state == RENEWAL_OK && discounted > 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct renewal_contract *c = &all->contracts[i];
        if (c->cohort < from || c->cohort >= to || !c->active) continue;
        active++;
        ending += c->ending;
        if (isnan(c->payment)) continue;
        paying++;
        payments += c->payment;
        if (!known || c->ending || isnan(c->due_in)) continue;
        struct lifetime_value one = renewal_worth(life, c->renewed, c->due_in, term, c->payment, &a->terms);
        sum.value += one.value;
        sum.low += one.low;
        sum.high += one.high;
    }
    if (!known || !paying) sum = new;
    if (known && paying) new = renewal_worth_new(life, term, payments / (double)paying, &a->terms, &beyond);
    json_put_int(a->w, "active", active);
    json_put_int(a->w, "ending", ending);
    json_put_number(a->w, "payment", paying ? payments / (double)paying : NAN);
    put_money(a->w, "value", "value_low", "value_high", &new);
    json_put_number(a->w, "beyond", 100 * beyond);
    put_money(a->w, "total", "total_low", "total_high", &sum);
}

/* Of cohorts [from, to), which are of one term. */
static void put_row(const struct answer *a, size_t from, size_t to, bool all) {
    const struct renewal_cohort *cohorts = a->all->cohorts;
    struct renewal_due *own = memory_new((a->all->renewal_n + 1) * sizeof *own);
    struct renewal_life life;
    size_t n = 0, contracts = 0, undecided = 0;
    for (size_t i = 0; i < a->all->renewal_n; i++)
        if (a->all->renewals[i].cohort >= from && a->all->renewals[i].cohort < to)
            own[n++] = a->all->renewals[i];
    for (size_t c = from; c < to; c++) {
        contracts += cohorts[c].contracts;
        undecided += cohorts[c].undecided;
    }
    renewal_judge(own, n, &life);
    free(own);
    json_begin_object(a->w);
    json_put_int(a->w, "term_months", cohorts[from].term);
    json_name(a->w, STR("group"));
    if (all)
        json_null(a->w);
    else
        json_string(a->w, cohorts[from].group);
    json_put_string(a->w, "state", str_of(states[life.state]));
    json_name(a->w, STR("model"));
    if (life.state == RENEWAL_OK)
        json_string(a->w, str_of(renewal_model_names[life.chosen]));
    else
        json_null(a->w);
    json_put_bool(a->w, "tested", life.state == RENEWAL_OK && life.choice == RENEWAL_BY_TEST);
    put_why(&life, a);
    json_put_int(a->w, "contracts", (int64_t)contracts);
    json_put_int(a->w, "due", (int64_t)life.due);
    json_put_int(a->w, "lost", (int64_t)life.lost);
    json_put_int(a->w, "undecided", (int64_t)undecided);
    put_day(a->w, "later_from", life.later_from);
    json_put_int(a->w, "later_due", (int64_t)life.later_due);
    json_put_int(a->w, "later_lost", (int64_t)life.later_lost);
    put_worth(&life, a, from, to);
    put_models(&life, a->w);
    put_curve(&life, a->w);
    json_end_object(a->w);
}

static void put_words(const struct answer *a) {
    struct str margin = persian_number(a->arena, 100 * a->terms.margin, 0),
               discount = persian_number(a->arena, 100 * a->terms.discount, 2);
    put_both(
        a->w, "definition",
        str_format(
            a->arena,
            "How many contracts are kept at their 1st, 2nd, … renewal, carried on by a model in which customers differ "
            "(sBG, BdW) where that foretells later renewals better than a constant loss. Value of a new contract: "
            "its first payment and all renewals × margin %g %%, discounted by %g %% a month. Total: the renewals to come "
            "of today's contracts, each from its own age. Payments are taken as today's; the 95 %% interval "
            "knows how sure the model's numbers are, not whether the model is right.",
            100 * a->terms.margin, 100 * a->terms.discount),
        str_format(
            a->arena,
            "چند قرارداد در تمدید اول، دوم و … حفظ می‌شود، و ادامهٔ آن با مدلی که در آن مشتریان با هم فرق دارند "
            "(sBG و BdW) هر جا تمدیدهای بعدی را بهتر از ریزش ثابت پیش‌بینی کند. ارزش قرارداد تازه: نخستین "
            "پرداخت و همهٔ تمدیدها × حاشیهٔ %.*s٪ با تنزیل ماهانهٔ %.*s٪. مجموع: تمدیدهای پیش روی قراردادهای "
            "امروز، هر یک از سن خودش. پرداخت‌ها همان امروز گرفته شده‌اند؛ بازهٔ ۹۵٪ می‌گوید عددهای مدل چقدر مطمئن‌اند، "
            "نه اینکه خود مدل درست است.",
            STR_ARG(margin), STR_ARG(discount)));
    if (a->split)
        put_both(
            a->w, "split_words",
            STR("Groups are by today's value of the fact, also for renewals long past: what changed since, or changed "
                "because somebody stayed, makes groups differ. By plan (without a split) it is the plan of the first day."),
            STR("گروه‌ها با مقدار امروز شاخص‌اند، برای تمدیدهای گذشته نیز: آنچه از آن پس، یا به سبب ماندن، تغییر کرده گروه‌ها را "
                "متفاوت نشان می‌دهد. به تفکیک طرح (بدون split) طرح روز نخست است."));
    if (!(a->terms.discount > 0))
        put_both(
            a->w, "note",
            STR("Without a discount (lifetime.discount) the sum over all renewals to come has no end: no value is "
                "said."),
            STR("بدون تنزیل (lifetime.discount) مجموع همهٔ تمدیدهای آینده پایانی ندارد: ارزشی گفته نمی‌شود."));
}

enum status renewal_life_handle(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct selector selector;
    struct selection selection;
    struct moment moment;
    struct renewal_contracts all;
    enum status status = request_moment(request, &moment, problem);
    if (!status) status = request_selector(request, &selector, problem);
    if (!status) status = selector_apply(&selector, &moment, request->arena, &selection, problem);
    if (!status) status = renewal_contracts_read(house, &selection, &moment, request->arena, &all, problem);
    if (status) return status;
    struct json_writer w = {&response->body};
    struct answer a = {&all, lifetime_terms_of(house->settings), selection.group != NULL, request->arena, &w};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t from = 0; from < all.cohort_n;) {
        size_t to = from;
        while (to < all.cohort_n && all.cohorts[to].term == all.cohorts[from].term)
            to++;
        if (to > from + 1) put_row(&a, from, to, true);
        for (; from < to; from++)
            put_row(&a, from, from + 1, false);
    }
    json_end_array(&w);
    put_day(&w, "as_of", moment.day);
    json_put_string(&w, "currency",
                    settings_text(house->settings, SETTING_ORGANISATION_CURRENCY, request->arena));
    json_put_number(&w, "margin", a.terms.margin);
    json_put_number(&w, "discount", a.terms.discount);
    json_put_int(&w, "without_term", (int64_t)all.without_term);
    json_put_int(&w, "unjudged", (int64_t)selection.unjudged);
    put_words(&a);
    json_end_object(&w);
    return OK;
}
