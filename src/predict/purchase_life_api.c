#include "predict/purchase_life.h"

#include "base/format.h"
#include "base/vec.h"
#include "customers/directory.h"
#include "insight/figure.h"
#include "insight/health.h"
#include "insight/history.h"
#include "insight/retention_books.h"

#include <math.h>

const struct route_query purchase_life_query[] = {
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},
    {"known_at", "A day: only what could be known when it started."},
    SELECTION_QUERY,
    {"limit", "Most rows; 100 unless given."},
    {"cursor", "next_cursor of the page before."},
    {NULL, NULL},
};

static const char *const states[] = {"ok", "nobody", "too_few", "not_found"};
static const char *const fits[] = {"ok", "bad_data", "too_few", "too_short", "at_bound", "not_found"};
static const char *const verdicts[] = {"holds", "unsure", "broken", "unknown"};

/* ---- purchases out of invoices ---- */

/* Who was billed has bought, though it has not paid yet; but so long behind its due day nobody will pay. */
enum { OVERDUE_DAYS = 90 };

struct log {
    VEC(struct purchase) purchases;
    size_t unpaid, credits, not_converted;
};

static void read_invoices(struct insight *insight, uint32_t account, const struct moment *moment,
                          struct log *log) {
    const struct signal_table *table = insight_table(insight, "invoices");
    int amount = signal_number(table->source, STR("amount")), due = signal_number(table->source, STR("due")),
        currency = signal_text(table->source, STR("currency"));
    if (account >= table->n) return;
    for (uint32_t i = 0; i < table->accounts[account].n; i++) {
        const struct signal_row *row = &table->accounts[account].rows[i];
        if (row->known_from > moment->known_at || row->occurred > moment->at) continue;
        day_t day = zone_day(insight->parts.zone, row->occurred);
        double minor = row->number[amount];
        uint32_t text = row->text[currency];
        int64_t base;
        struct rate rate = {0};
        if (text != NO_TEXT)
            rate = rates_at(&insight->rates, dict_key(&table->texts[currency], text), day, moment->known_at);
        if (day >= moment->day && !moment->now) continue;
        if (row->ended > moment->at && moment->day - row->number[due] > OVERDUE_DAYS)
            log->unpaid++;
        else if (!(minor > 0))
            log->credits++;
        else if (!rate_convert(rate, (int64_t)minor, &base) || base <= 0)
            log->not_converted++;
        else
            VEC_PUSH(&log->purchases, (struct purchase){account, day, (double)base});
    }
}

static void read_log(struct house *house, const struct selection *selection, const struct moment *moment,
                     struct log *log) {
    struct ledger_settings settings = books_settings(house->settings);
    struct books books;
    books_read(house->insight, &settings, moment->known_at, moment->day, &books);
    pthread_rwlock_rdlock(&house->insight->lock);
    for (uint32_t a = 0; a < selection->n; a++) {
        bool contract = a < books.ledger.accounts && books.ledger.first[a] != DAY_NEVER;
        if (selection->included[a] && !contract) read_invoices(house->insight, a, moment, log);
    }
    pthread_rwlock_unlock(&house->insight->lock);
    books_close(&books);
}

/* ---- the answer ---- */

static void put_test(struct json_writer *w, const char *model, const char *fit,
                     const struct purchase_test *test, const struct maximum *maximum) {
    bool tried = test->tried;
    json_begin_object(w);
    json_put_string(w, "model", str_of(model));
    json_put_string(w, "state", str_of(fit));
    json_name(w, STR("parameters"));
    json_begin_array(w);
    for (size_t i = 0; maximum && i < maximum->parameters; i++)
        json_number(w, maximum->parameter[i]);
    json_end_array(w);
    json_put_number(w, "log_likelihood", maximum ? maximum->ln : NAN);
    json_put_number(w, "log_loss", tried ? test->log_loss : NAN);
    json_put_number(w, "over_best", tried ? test->over_best : NAN);
    json_put_number(w, "over_best_error", tried ? test->over_best_error : NAN);
    json_put_number(w, "mean_error", tried ? test->mean_error : NAN);
    json_put_number(w, "expected", tried ? test->expected : NAN);
    json_end_object(w);
}

static void put_models(const struct purchase_life *life, struct json_writer *w) {
    json_name(w, STR("models"));
    json_begin_array(w);
    for (size_t m = 0; m < PURCHASE_MODELS && life->state != PURCHASE_NOBODY; m++)
        put_test(w, purchase_model_names[m],
                 fits[life->state == PURCHASE_TOO_FEW ? FIT_TOO_FEW : life->fits[m]], &life->tests[m],
                 life->state == PURCHASE_OK && life->fits[m] == FIT_DONE ? &life->models[m] : NULL);
    if (life->tested) put_test(w, "pace", "ok", &life->pace, NULL);
    json_end_array(w);
}

static void put_outlook(const struct purchase_outlook *o, struct json_writer *w) {
    json_put_number(w, "alive", 100 * o->alive);
    json_put_number(w, "expected", o->expected);
    json_put_number(w, "expected_low", o->expected_low);
    json_put_number(w, "expected_high", o->expected_high);
    json_put_number(w, "spend", o->spend);
    json_put_number(w, "value", o->value);
    json_put_number(w, "value_low", o->low);
    json_put_number(w, "value_high", o->high);
}

static void put_row(struct house *house, const struct purchase_life *life, uint32_t account,
                    const struct buyer *buyer, const struct lifetime_terms *terms, struct json_writer *w) {
    const struct directory_account *of = directory_account(house->directory, account);
    json_begin_object(w);
    json_put_string(w, "account", of->key);
    json_put_string(w, "name", of->name);
    json_put_int(w, "purchases", (int64_t)buyer->repeats + 1);
    json_put_number(w, "weeks_since_first", buyer->age);
    json_put_number(w, "weeks_since_last", buyer->age - buyer->last);
    json_put_number(w, "mean_value", buyer->repeats > 0 ? buyer->value : NAN);
    if (life->state == PURCHASE_OK) {
        struct purchase_outlook one = purchase_outlook(life, buyer, 1, terms);
        put_outlook(&one, w);
    } else {
        put_outlook(&(struct purchase_outlook){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN}, w);
    }
    json_end_object(w);
}

static void put_why(const struct purchase_life *life, struct arena *arena, struct json_writer *w) {
    static const struct text titles[] = {
        {"BG/NBD", "BG/NBD"}, {"MBG/NBD", "MBG/NBD"}, {"Pareto/NBD", "Pareto/NBD"}};
    const struct purchase_test *test = &life->tests[life->chosen];
    switch (life->state) {
    case PURCHASE_NOBODY:
        put_both(
            w, "note",
            STR("Nobody buys without a contract here: there is no invoice of an account without a subscription."),
            STR("در اینجا کسی بدون قرارداد خرید نمی‌کند: صورت‌حسابی از مشتری بدون اشتراک نیست."));
        return;
    case PURCHASE_TOO_FEW:
        put_both(
            w, "note", STR("Fewer than 20 accounts bought again: too few to say when they come back."),
            STR("کمتر از ۲۰ مشتری دوباره خرید کرده‌اند: برای گفتن زمان بازگشت بسنده نیست."));
        return;
    case PURCHASE_NOT_FOUND:
        put_both(
            w, "note", STR("No model fits these purchases: nothing is foretold."),
            STR("هیچ مدلی با این خریدها جور نیست: چیزی پیش‌بینی نمی‌شود."));
        return;
    case PURCHASE_OK:;
    }
    if (!life->tested) {
        put_both(w, "why",
                 str_format(arena,
                            "%s fits best. It was not tested on later purchases: the history is too short.",
                            titles[life->chosen].en),
                 str_format(arena, "%s بهترین برازش را دارد. با خریدهای بعدی آزموده نشد: گذشته کوتاه است.",
                            titles[life->chosen].fa));
        return;
    }
    bool beaten = life->pace.log_loss < test->log_loss;
    put_both(
        w, "why",
        str_format(
            arena,
            "Told only of the first three quarters of the time, %s foretold %.0f purchases of %zu buyers for the last; "
            "%.0f were made.%s",
            titles[life->chosen].en, test->expected, life->later_buyers, life->later_made,
            beaten ? " Everybody's own pace so far did better: take these figures with doubt." : ""),
        str_format(
            arena,
            "%s تنها با سه‌چهارم نخست زمان، برای %.*s خریدار در چهارم پایانی %.*s خرید پیش‌بینی کرد؛ %.*s خرید شد.%s",
            titles[life->chosen].fa, STR_ARG(persian_number(arena, (double)life->later_buyers, 0)),
            STR_ARG(persian_number(arena, test->expected, 0)),
            STR_ARG(persian_number(arena, life->later_made, 0)),
            beaten ? " ادامهٔ روند خود هر خریدار بهتر بود: به این عددها با تردید بنگرید." : ""));
}

static void put_independence(const struct purchase_life *life, struct arena *arena, struct json_writer *w) {
    const struct spend_independence *of = &life->independence;
    json_put_string(w, "independence", str_of(verdicts[of->verdict]));
    json_put_number(w, "correlation", of->correlation);
    json_put_number(w, "correlation_low", of->interval.low);
    json_put_number(w, "correlation_high", of->interval.high);
    if (life->state != PURCHASE_OK) return;
    struct str fa = persian_number(arena, of->correlation, 2);
    if (of->verdict == INDEPENDENCE_BROKEN)
        put_both(
            w, "warning",
            str_format(
                arena,
                "How much is bought goes with how often (correlation %.2f): the model of values does not "
                "hold, and no value is said.",
                of->correlation),
            str_format(
                arena,
                "ارزش خرید با شمار خرید همراه است (همبستگی %.*s): مدل ارزش برقرار نیست و ارزشی گفته نمی‌شود.",
                STR_ARG(fa)));
    else if (of->verdict == INDEPENDENCE_UNSURE)
        put_both(
            w, "warning",
            str_format(
                arena,
                "Whether how much is bought goes with how often is not sure (correlation %.2f, %.2f to %.2f): "
                "values may be off.",
                of->correlation, of->interval.low, of->interval.high),
            str_format(
                arena,
                "روشن نیست که ارزش خرید با شمار خرید همراه نباشد (همبستگی %.*s): ارزش‌ها شاید دقیق نباشند.",
                STR_ARG(fa)));
    else if (!purchase_valued(life))
        put_both(
            w, "warning", STR("No model of values could be fitted: purchases are foretold, values are not."),
            STR("مدلی برای ارزش‌ها ساخته نشد: خریدها پیش‌بینی می‌شوند، ارزش‌ها نه."));
}

static void put_words(const struct lifetime_terms *terms, struct arena *arena, struct json_writer *w) {
    put_both(
        w, "definition",
        str_format(
            arena,
            "For accounts that buy without a contract (invoices, those of a day together, "
            "unless unpaid for 90 days behind their due day): the chance that it is still "
            "a customer, the purchases expected in the next 12 months, and their value × margin %g %%, discounted by %g %% a month "
            "(BG/NBD, MBG/NBD or Pareto/NBD with gamma–gamma). The 95 %% interval is that of what is expected, not of what one "
            "account will do: that varies more.",
            100 * terms->margin, 100 * terms->discount),
        str_format(
            arena,
            "برای مشتریانی که بدون قرارداد خرید می‌کنند (صورت‌حساب‌ها، هر روز با هم، مگر آن که ۹۰ روز پس از سررسید پرداخت نشده باشد): احتمال آن که هنوز مشتری "
            "باشد، خریدهای مورد انتظار در ۱۲ ماه آینده و ارزش آن‌ها × حاشیهٔ %.*s٪ با تنزیل ماهانهٔ %.*s٪ "
            "(BG/NBD، MBG/NBD یا Pareto/NBD با گاما–گاما). بازهٔ ۹۵٪ از آنِ مقدار مورد انتظار است، نه آنچه یک مشتری "
            "خواهد کرد: آن بیشتر نوسان دارد.",
            STR_ARG(persian_number(arena, 100 * terms->margin, 0)),
            STR_ARG(persian_number(arena, 100 * terms->discount, 2))));
}

/* Buyers by what they are worth: without a model, by their number. */
struct order {
    size_t place;
    double key;
};
static int by_key(const void *a, const void *b) {
    const struct order *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? 1 : -1;
    return (x->place > y->place) - (x->place < y->place);
}
static struct order *order_of(const struct purchase_life *life, const struct buyers *buyers,
                              struct arena *arena) {
    struct order *order = arena_array(arena, buyers->n + 1, sizeof *order);
    for (size_t i = 0; i < buyers->n; i++) {
        const struct buyer *buyer = &buyers->buyers[i];
        order[i] = (struct order){i, 0};
        if (life->state != PURCHASE_OK) continue;
        order[i].key = purchases_expected(life->chosen, life->models[life->chosen].parameter, buyer,
                                          PURCHASE_MONTHS * PURCHASE_MONTH);
        if (purchase_valued(life)) order[i].key *= spend_expected(life->spend.parameter, buyer);
    }
    if (buyers->n) qsort(order, buyers->n, sizeof *order, by_key);
    return order;
}

enum status purchase_life_handle(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct house *house = request->house;
    struct arena *arena = request->arena;
    struct selector selector;
    struct selection selection;
    struct moment moment;
    struct figure_page page;
    struct log log = {0};
    enum status status = request_moment(request, &moment, problem);
    if (request_page(request, 100, &page, problem)) status = BAD_INPUT;
    if (!status) status = request_selector(request, &selector, problem);
    if (!status) status = selector_apply(&selector, &moment, arena, &selection, problem);
    if (status) return status;
    struct lifetime_terms terms = lifetime_terms_of(house->settings);
    struct purchase_life life;
    struct buyers buyers;
    read_log(house, &selection, &moment, &log);
    purchase_judge(log.purchases.v, log.purchases.n, moment.day + moment.now, arena, &life, &buyers);
    struct order *order = order_of(&life, &buyers, arena);
    struct json_writer w = {&response->body};
    size_t end = figure_page_end(&page, buyers.n);
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    directory_lock(house->directory);
    for (size_t i = (size_t)page.first; i < end; i++)
        put_row(house, &life, (uint32_t)buyers.customers[order[i].place], &buyers.buyers[order[i].place],
                &terms, &w);
    directory_unlock(house->directory);
    json_end_array(&w);
    put_page(&w, arena, end, buyers.n);
    put_day(&w, "as_of", moment.day);
    json_put_string(&w, "currency", settings_text(house->settings, SETTING_ORGANISATION_CURRENCY, arena));
    json_put_string(&w, "state", str_of(states[life.state]));
    json_name(&w, STR("model"));
    if (life.state == PURCHASE_OK)
        json_string(&w, str_of(purchase_model_names[life.chosen]));
    else
        json_null(&w);
    json_put_bool(&w, "tested", life.tested);
    put_day(&w, "later_from", life.tested ? life.later_from : INT32_MIN);
    json_put_number(&w, "later_made", life.tested ? life.later_made : NAN);
    json_put_int(&w, "buyers", (int64_t)buyers.n);
    json_put_int(&w, "unpaid", (int64_t)log.unpaid);
    json_put_int(&w, "credits", (int64_t)log.credits);
    json_put_int(&w, "not_converted", (int64_t)log.not_converted);
    json_put_int(&w, "unjudged", (int64_t)selection.unjudged);
    json_name(&w, STR("all"));
    if (life.state == PURCHASE_OK) {
        struct purchase_outlook all = purchase_outlook(&life, buyers.buyers, buyers.n, &terms);
        json_begin_object(&w);
        put_outlook(&all, &w);
        json_end_object(&w);
    } else {
        json_null(&w);
    }
    put_models(&life, &w);
    put_independence(&life, arena, &w);
    put_why(&life, arena, &w);
    put_words(&terms, arena, &w);
    json_end_object(&w);
    VEC_FREE(&log.purchases);
    return OK;
}
