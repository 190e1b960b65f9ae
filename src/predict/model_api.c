#include "predict/model_api.h"

#include "customers/account.h"
#include "customers/directory.h"
#include "insight/backtest_api.h"
#include "insight/overview.h"
#include "insight/reasons.h"
#include "platform/answer.h"
#include "platform/settings.h"
#include "predict/life_table.h"
#include "predict/model_internal.h"
#include "predict/prediction.h"
#include "queries.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct route_query model_trial_query[] = {
    {"days", "Days within which the outcome counts, 7 to 730; as set in insight.outcome_days where absent."},
    {"grace", "Days after its end in which a renewal is only late; as set in retention.grace_days."},
    {"gap", "Days between a snapshot and the outcome's days, 0 to 180; as set in predict.gap_days."},
    {"by", "Snapshots at the starts of these: week, month (default), quarter or year."},
    {"calendar", "gregorian or persian; the organisation's where absent."},
    {"from", "First day of snapshots, YYYY-MM-DD; 24 months before the last one where absent."},
    {"to", "Last day of snapshots; today where absent."},
    {"test_from",
     "Snapshots from this day on are tested on, and what was over before it is learnt; rolling where absent."},
    SELECTION_QUERY,
    {NULL, NULL}};

/* ---- asking ---- */

static enum status request_outcome(struct request *request, struct outcome_key *key,
                                   struct problem *problem) {
    size_t n;
    enum status status = outcome_parse(request_param(request, "outcome"), STR("outcome"), key, problem);
    if (status || !key->product.n) return status;
    const struct product_sold *products = products_sold(request->house, request->arena, &n);
    for (size_t i = 0; i < n; i++)
        if (str_equal(products[i].product, key->product)) return OK;
    return fail_not_found(problem, (struct text){"product", "محصول"}, key->product);
}

static const struct text outcome_titles[OUTCOMES] = {[OUTCOME_CHURN] = {"Leaving", "رفتن"},
                                                     [OUTCOME_NO_RENEWAL] = {"Not renewing", "تمدید نکردن"},
                                                     [OUTCOME_CONTRACTION] = {"Paying less", "کاهش پرداخت"},
                                                     [OUTCOME_SILENCE] = {"Falling silent", "خاموش شدن"},
                                                     [OUTCOME_EXPANSION] = {"Paying more", "افزایش پرداخت"},
                                                     [OUTCOME_CROSS_SELL] = {"Buying", "خرید"}};

static const char *in(enum language language, struct text text) {
    return language == PERSIAN ? text.fa : text.en;
}

struct str outcome_title(const struct request *request, struct outcome_key key) {
    const char *title = in(request->language, outcome_titles[key.kind]);
    if (!key.product.n) return str_of(title);
    return str_format(request->arena, key.kind == OUTCOME_CROSS_SELL ? "%s %.*s" : "%s: %.*s", title,
                      STR_ARG(key.product));
}

/* ---- verdicts in words ---- */

static struct str number_of(struct arena *arena, const struct format *format, int64_t n) {
    struct buf text = {0};
    format_int(&text, format, n);
    struct str copy = str_copy(arena, buf_str(&text));
    buf_free(&text);
    return copy;
}
static struct str decimals_of(struct arena *arena, const struct format *format, double x, int decimals) {
    struct buf text = {0};
    format_number(&text, format, x, decimals);
    struct str copy = str_copy(arena, buf_str(&text));
    buf_free(&text);
    return copy;
}
static struct str percent_of(struct arena *arena, const struct format *format, double x) {
    struct buf text = {0};
    format_percent(&text, format, x, x < 0.1 ? 1 : 0);
    struct str copy = str_copy(arena, buf_str(&text));
    buf_free(&text);
    return copy;
}

static const struct text learner_titles[LEARNERS] = {
    [LEARNER_PRIOR] = {"the share of all", "سهم کل"},
    [LEARNER_RECENCY] = {"days since the last use alone", "تنها روزهای گذشته از آخرین استفاده"},
    [LEARNER_LOGIT] = {"the shrunk logistic model", "مدل لجستیک فشرده"},
    [LEARNER_BOOSTING] = {"boosted trees", "درخت‌های تقویت‌شده"}};

static enum learner_kind learner_of(struct str name) {
    int k = 0;
    while (k + 1 < LEARNERS && !str_is(name, learner_names[k]))
        k++;
    return (enum learner_kind)k;
}

/* Outcomes, each once; versions of old counted each at every snapshot. */
static int64_t losses_of(const struct json *tests) {
    double losses = json_get_number(tests, "losses");
    return (int64_t)(isnan(losses) ? json_get_number(tests, "lost") : losses);
}

/* Which learner is used and why, or why nothing is foretold. */
static struct str verdict_text(const struct request *request, struct str state, bool cross_sell,
                               const struct json *tests) {
    static const struct text
        too_few =
            {"Not enough history: the outcome was seen {0} times; {1} are needed on each side. Until then the "
             "health score speaks, with what became of customers of its band.",
             "تاریخچهٔ کافی نیست: پیامد {0} بار دیده شده است؛ از هر سو {1} بار لازم است. تا آن هنگام امتیاز سلامت و "
             "سرنوشت مشتریان هم‌وضعیت سخن می‌گویند."},
        too_few_bought =
            {"Not enough history: it was bought {0} times by customers without it; {1} are needed, and as many that "
             "did not buy. Until then peers speak: how many of them own it.",
             "تاریخچهٔ کافی نیست: مشتریانی که آن را نداشتند {0} بار آن را خریده‌اند؛ {1} بار لازم است، و به همین شمار نخریدن. "
             "تا آن هنگام همتایان سخن می‌گویند: چند تن از آنان آن را دارند."},
        too_short =
            {"Not enough history: a model must be tested on later days than it learnt from, and there are "
             "fewer than {0} such days, or fewer than {1} outcomes on them.",
             "تاریخچهٔ کافی نیست: مدل باید بر روزهایی پس از روزهای یادگیری سنجیده شود و شمار آن‌ها کمتر از {0} است، یا در آن‌ها کمتر از {1} رخداد بوده است."},
        no_skill =
            {"No skill: on later days nothing told those it befell from the others better than the share of "
             "all, so nothing is foretold.",
             "بی‌مهارت: بر روزهای بعدی هیچ چیز بهتر از سهم کل، گرفتاران را از دیگران جدا نکرد؛ پس چیزی پیش‌بینی نمی‌شود."},
        best_used =
            {"Used: {0}, the best on later days: log loss {1}, on {2} cases.",
             "به‌کاررفته: {0}، بهترین بر روزهای بعدی: زیان لگاریتمی {1}، بر {2} مورد."},
        worse = {"Not used: on later days it did worse than the live version.",
                 "به کار نرفت: بر روزهای بعدی از نسخهٔ فعال بدتر بود."},
        used = {
            "Used: {0}, the simplest within one standard error of the best ({1}). Log loss {2} against {3}, on "
            "{4} cases of later days.",
            "به‌کاررفته: {0}، ساده‌ترین در فاصلهٔ یک خطای معیار از بهترین ({1}). زیان لگاریتمی {2} در برابر {3}، بر "
            "{4} مورد از روزهای بعدی."};
    struct format format = request_format(request);
    struct arena *arena = request->arena;
    if (str_is(state, "too_few"))
        return say(arena, request->language, cross_sell ? too_few_bought : too_few,
                   ARGS(number_of(arena, &format, losses_of(tests)),
                        number_of(arena, &format, TRIAL_LEAST_LOST)));
    if (str_is(state, "too_short"))
        return say(arena, request->language, too_short,
                   ARGS(number_of(arena, &format, TRIAL_LEAST_ORIGINS),
                        number_of(arena, &format, TRIAL_LEAST_TESTED)));
    if (str_is(state, "worse")) return say(arena, request->language, worse, NO_ARGS);
    if (str_is(state, "no_skill")) return say(arena, request->language, no_skill, NO_ARGS);
    struct str chosen = json_get_string(tests, "chosen"), best = json_get_string(tests, "best");
    const struct json *learners = json_get(tests, "learners");
    double loss[2] = {NAN, NAN};
    for (size_t k = 0; learners && k < learners->n; k++) {
        struct str name = json_get_string(&learners->items[k], "learner");
        if (str_equal(name, chosen)) loss[0] = json_get_number(&learners->items[k], "log_loss");
        if (str_equal(name, best)) loss[1] = json_get_number(&learners->items[k], "log_loss");
    }
    if (str_equal(chosen, best))
        return say(arena, request->language, best_used,
                   ARGS(str_of(in(request->language, learner_titles[learner_of(chosen)])),
                        decimals_of(arena, &format, loss[0], 4),
                        number_of(arena, &format, (int64_t)json_get_number(tests, "test_cases"))));
    return say(arena, request->language, used,
               ARGS(str_of(in(request->language, learner_titles[learner_of(chosen)])),
                    str_of(in(request->language, learner_titles[learner_of(best)])),
                    decimals_of(arena, &format, loss[0], 4), decimals_of(arena, &format, loss[1], 4),
                    number_of(arena, &format, (int64_t)json_get_number(tests, "test_cases"))));
}

/* ---- what is said without a model ---- */

/* False: the version has none. */
static enum status read_life_table(const struct request *request, const struct model_row *row, bool *found,
                                   struct life_table *table, struct problem *problem) {
    struct json body;
    enum status status = json_parse(row->body, request->arena, &body, problem);
    *found = !status && life_table_read(json_get(&body, "life_table"), request->arena, table);
    return status;
}

static void put_life_chance(const struct life_chance *chance, struct json_writer *w) {
    json_put_number(w, "chance", chance->mean);
    json_put_number(w, "low", chance->low);
    json_put_number(w, "high", chance->high);
}

/* Each plan and year of age, and what of a hundred would leave within a year. */
static void put_life_table(const struct life_table *table, struct json_writer *w) {
    json_name(w, STR("life_table"));
    json_begin_array(w);
    for (size_t c = 0; c <= table->n; c++)
        for (int year = 0; year < LIFE_YEARS; year++) {
            const struct life_cohort *cohort = c < table->n ? &table->cohorts[c] : NULL;
            const struct life_cell *cell = cohort ? &cohort->years[year] : &table->all[year];
            struct life_chance chance = life_table_chance(table, cohort, year, 12);
            json_begin_object(w);
            json_name(w, STR("plan"));
            if (cohort)
                json_string(w, cohort->plan);
            else
                json_null(w);
            json_put_int(w, "year", year + 1);
            json_put_number(w, "lost", cell->lost);
            json_put_number(w, "months", cell->months);
            put_life_chance(&chance, w);
            json_end_object(w);
        }
    json_end_array(w);
}

static bool is_cross_sell(const struct model_row *row) {
    struct str name = str_of(outcome_names[OUTCOME_CROSS_SELL]);
    return row->outcome.n > name.n && !memcmp(row->outcome.p, name.p, name.n);
}

enum status model_words(const struct request *request, const struct model_row *row, struct str *ret,
                        struct problem *problem) {
    struct json tests;
    enum status status = json_parse(row->tests, request->arena, &tests, problem);
    if (!status) *ret = verdict_text(request, row->verdict, is_cross_sell(row), &tests);
    return status;
}

/* ---- GET /models ---- */

static enum status put_version(const struct request *request, const struct model_row *row, bool whole,
                               struct json_writer *w, struct problem *problem) {
    struct json tests;
    enum status status = json_parse(row->tests, request->arena, &tests, problem);
    if (status) return status;
    json_begin_object(w);
    json_put_int(w, "version", row->version);
    json_put_string(w, "state", row->state);
    json_put_string(w, "verdict", row->verdict);
    json_put_string(w, "learner", row->learner);
    json_put_string(w, "learner_title",
                    str_of(in(request->language, learner_titles[learner_of(row->learner)])));
    char text[INSTANT_TEXT + 1];
    instant_print(row->made_at, text);
    json_put_string(w, "made_at", str_of(text));
    json_put_string(w, "made_by", row->made_by);
    json_put_int(w, "cases", row->cases);
    json_put_int(w, "lost", row->lost);
    json_put_int(w, "accounts", row->accounts);
    if (row->has & MODEL_HAS_LAST) {
        day_print(row->first_day, text);
        json_put_string(w, "first_day", str_of(text));
        day_print(row->last_day, text);
        json_put_string(w, "last_day", str_of(text));
    }
    json_put_string(w, "text", verdict_text(request, row->verdict, is_cross_sell(row), &tests));
    json_name(w, STR("definition"));
    json_raw(w, row->definition);
    if (whole) {
        json_name(w, STR("columns"));
        json_raw(w, row->columns);
        json_name(w, STR("tests"));
        json_raw(w, row->tests);
        struct life_table table;
        bool found;
        status = read_life_table(request, row, &found, &table, problem);
        if (found) put_life_table(&table, w);
    } else { /* of the learner that it uses */
        const struct json *learners = json_get(&tests, "learners");
        for (size_t k = 0; learners && k < learners->n; k++)
            if (str_equal(json_get_string(&learners->items[k], "learner"), row->learner)) {
                json_put_number(w, "auc", json_get_number(&learners->items[k], "auc"));
                json_put_number(w, "auc_low", json_get_number(&learners->items[k], "auc_low"));
                json_put_number(w, "auc_high", json_get_number(&learners->items[k], "auc_high"));
                json_put_number(w, "log_loss", json_get_number(&learners->items[k], "log_loss"));
                json_put_number(w, "ece", json_get_number(&learners->items[k], "ece"));
                json_put_number(w, "lift", json_get_number(&learners->items[k], "lift"));
            }
    }
    json_end_object(w);
    return status;
}

static void put_head(const struct request *request, struct outcome_key key, struct json_writer *w) {
    struct backtest_plan plan = model_plan(request->house, key);
    json_put_string(w, "outcome", outcome_text(key, request->arena));
    json_put_string(w, "title", outcome_title(request, key));
    if (key.product.n)
        json_put_string(w, "product", key.product);
    else
        json_put_string(w, "fact", str_format(request->arena, "%s_probability", outcome_names[key.kind]));
    json_put_int(w, "days", plan.outcome.days);
    json_put_int(w, "gap_days", plan.gap_days);
    json_put_bool(w, "being_made", request->house->models && model_keeper_busy(request->house->models, key));
}

enum status model_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct json_writer w = {.out = &response->body};
    struct outcome_key *keys;
    size_t count;
    enum status status = models_watched(request->house, request->arena, &keys, &count, problem);
    if (status) return status;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t k = 0; k < count && !status; k++) {
        static const char *const names[] = {"live", "newest"};
        json_begin_object(&w);
        put_head(request, keys[k], &w);
        for (int which = 0; which < 2 && !status; which++) {
            struct model_row row;
            bool any;
            status = (which ? model_read_newest : model_read_live)(request->house, keys[k], request->arena,
                                                                   &row, &any, problem);
            json_name(&w, str_of(names[which]));
            if (!status && any)
                status = put_version(request, &row, false, &w, problem);
            else
                json_null(&w);
        }
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    return status;
}

/* ---- GET /models/{outcome} ---- */

struct today { /* what the live model says now */
    size_t n, given;
    double *x, *chance;
};

static enum status read_today(struct request *request, const struct model *model, struct today *today,
                              struct problem *problem) {
    struct house *house = request->house;
    struct moment moment = moment_now(house->insight);
    directory_lock(house->directory);
    today->n = directory_size(house->directory);
    directory_unlock(house->directory);
    today->x = arena_array(request->arena, today->n * model->p + 1, sizeof *today->x);
    today->chance = arena_array(request->arena, today->n + 1, sizeof *today->chance);
    enum status status =
        panel_rows(house, model->columns, model->p, &moment, 0, today->n, today->x, request->arena, problem);
    for (uint32_t i = 0; i < today->n && !status; i++) {
        if (!prediction_last(house, model->key, i, &today->chance[i])) today->chance[i] = NAN;
        today->given += !isnan(today->chance[i]);
    }
    return status;
}

/* How far what is foretold today moved from what was foretold when it was made: the population stability
 * index over the tenths of then. Below 0.1 steady, above 0.25 another population. */
enum { DRIFT_LEAST = 200 }; /* accounts, below which chance alone looks like drift */
static double drift_of(const struct model *model, const struct today *today) {
    double psi = 0;
    if (today->given < DRIFT_LEAST || isnan(model->deciles[0])) return NAN;
    for (size_t b = 0; b <= 9;) { /* equal tenths are one */
        double from = b ? model->deciles[b - 1] : -INFINITY, inside = 0;
        size_t end = b + 1;
        while (end <= 9 && end > 0 && b < 9 && model->deciles[end - 1] <= from + 1e-12)
            end++;
        double to = end <= 9 ? model->deciles[end - 1] : INFINITY;
        for (size_t i = 0; i < today->n; i++)
            inside += today->chance[i] >= from - 1e-12 && today->chance[i] < to - 1e-12;
        double now = fmax(inside, 0.5) / (double)today->given, then = (double)(end - b) / 10;
        psi += (now - then) * log(now / then);
        b = end;
    }
    return psi;
}

struct weight {
    const struct panel_column *column;
    double mean, direction;
};
static int by_mean(const void *a, const void *b) {
    const struct weight *x = a, *y = b;
    return x->mean < y->mean ? 1 : x->mean > y->mean ? -1 : str_compare(x->column->fact, y->column->fact);
}

/* Facts by what they add on the average, up or down, over those who are foretold of today. */
static void put_facts(const struct request *request, const struct model *model, const struct today *today,
                      struct json_writer *w) {
    enum { MOST = 15 };
    double *reasons = arena_array(request->arena, today->n * model->p + 1, sizeof *reasons);
    struct weight *weights = arena_array(request->arena, model->p + 1, sizeof *weights);
    size_t n = 0;
    learner_reasons(&model->learner, today->x, today->n, 1, reasons);
    for (size_t c = 0; c < model->p; c++) {
        if (c && str_equal(model->columns[c].fact, model->columns[c - 1].fact)) continue;
        double sum = 0, known = 0, x = 0, y = 0, together = 0; /* means of the value and of what it adds */
        size_t end = c + 1;
        while (end < model->p && str_equal(model->columns[end].fact, model->columns[c].fact))
            end++;
        for (size_t i = 0; i < today->n; i++) {
            double part = 0, value = today->x[i * model->p + c];
            if (isnan(today->chance[i])) continue;
            for (size_t k = c; k < end; k++)
                part += reasons[i * model->p + k];
            sum += fabs(part);
            if (isnan(value)) continue;
            known++; /* of those whose value is known, centred as they come (Welford 1962) */
            double aside = value - x;
            x += aside / known;
            y += (part - y) / known;
            together += aside * (part - y);
        }
        weights[n++] =
            (struct weight){&model->columns[c], today->given ? sum / (double)today->given : 0, together};
    }
    qsort(weights, n, sizeof *weights, by_mean);
    json_name(w, STR("facts"));
    json_begin_array(w);
    for (size_t i = 0; i < n && i < MOST && weights[i].mean > 0; i++) {
        json_begin_object(w);
        json_put_string(w, "fact", weights[i].column->fact);
        json_put_string(w, "title", str_of(in(request->language, weights[i].column->title)));
        json_put_number(w, "adds", weights[i].mean);
        json_put_string(w, "direction",
                        weights[i].column->value.p  ? STR("mixed")
                        : weights[i].direction >= 0 ? STR("rises")
                                                    : STR("falls"));
        json_end_object(w);
    }
    json_end_array(w);
}

static enum status put_live(struct request *request, struct outcome_key key, struct json_writer *w,
                            struct problem *problem) {
    struct model model;
    struct today today = {0};
    bool found;
    enum status status = model_open(request->house, key, request->arena, &model, &found, problem);
    if (!status && found) status = read_today(request, &model, &today, problem);
    if (!status && found) {
        double mean = 0;
        for (size_t i = 0; i < today.n; i++)
            mean += isnan(today.chance[i]) ? 0 : today.chance[i] / (double)today.given;
        json_name(w, STR("now"));
        json_begin_object(w);
        json_put_int(w, "foretold", (int64_t)today.given);
        json_put_number(w, "mean", today.given ? mean : NAN);
        json_put_number(w, "base_rate", (double)model.row.lost / (double)model.row.cases);
        json_put_number(w, "psi", drift_of(&model, &today));
        put_facts(request, &model, &today, w);
        json_end_object(w);
    }
    if (found) model_close(&model);
    return status;
}

enum { VERSIONS_SHOWN = 26 }; /* the newest, and the live one */
enum status model_handle_get(struct request *request, struct response *response, struct problem *problem) {
    struct json_writer w = {.out = &response->body};
    struct outcome_key key;
    struct model_row *list;
    size_t n;
    enum status status = request_outcome(request, &key, problem);
    if (!status)
        status = models_read(request->house, outcome_text(key, request->arena), request->arena, &list, &n,
                             problem);
    if (status) return status;
    json_begin_object(&w);
    put_head(request, key, &w);
    status = put_live(request, key, &w, problem);
    json_name(&w, STR("versions"));
    json_begin_array(&w);
    for (size_t i = 0; i < n && !status; i++)
        if (i < VERSIONS_SHOWN || str_is(list[i].state, "live"))
            status = put_version(request, &list[i], true, &w, problem);
    json_end_array(&w);
    json_end_object(&w);
    return status;
}

/* ---- making ---- */

static enum status answer_version(const struct request *request, const struct model_row *row,
                                  struct response *response, struct problem *problem) {
    struct json_writer w = {.out = &response->body};
    return put_version(request, row, true, &w, problem);
}

enum status model_handle_make(struct request *request, struct response *response, struct problem *problem) {
    struct outcome_key key;
    struct model_row row;
    enum status status = request_outcome(request, &key, problem);
    if (status) return status;
    if (request->waiter && request->house->models) { /* a reader who waits must not stop the others */
        bool fresh = model_keeper_ask(request->house->models, key);
        struct json_writer w = {.out = &response->body};
        response->code = 202;
        json_begin_object(&w);
        json_put_string(&w, "outcome", outcome_text(key, request->arena));
        json_put_bool(&w, "asked", fresh);
        json_put_bool(&w, "being_made", true);
        json_end_object(&w);
        return OK;
    }
    status = model_make(request->house, key, INT32_MIN, request->principal.name, NULL, request->arena, &row,
                        problem);
    return status ? status : answer_version(request, &row, response, problem);
}

enum status model_handle_roll_back(struct request *request, struct response *response,
                                   struct problem *problem) {
    struct outcome_key key;
    struct model_row row;
    enum status status = request_outcome(request, &key, problem);
    if (!status) status = model_roll_back(request->house, key, request->arena, &row, problem);
    return status ? status : answer_version(request, &row, response, problem);
}

/* ---- trials and panels ---- */

static size_t snapshots_at_most(struct house *house, const struct backtest_plan *plan) {
    static const int days[] = {
        [PERIOD_WEEK] = 7, [PERIOD_MONTH] = 28, [PERIOD_QUARTER] = 89, [PERIOD_YEAR] = 354};
    day_t today = moment_now(house->insight).day, to = plan->to < today ? plan->to : today,
          from = plan->from != INT32_MIN ? plan->from : to - BACKTEST_MONTHS * 31;
    return from > to ? 1 : (size_t)((to - from) / days[plan->by] + 1);
}

static enum status request_plan(struct request *request, struct backtest_plan *plan, day_t *test_from,
                                struct problem *problem) {
    struct outcome_key key;
    int64_t gap = settings_int(request->house->settings, SETTING_PREDICT_GAP_DAYS);
    *test_from = INT32_MIN;
    enum status status = request_outcome(request, &key, problem);
    if (!status) status = request_backtest(request, plan, problem);
    if (status) return status;
    plan->outcome.kind = key.kind;
    plan->outcome.product = key.product;
    if (key.kind == OUTCOME_SILENCE) plan->outcome.grace_days = 0;
    status = request_query_int(request, "gap", 0, 180, &gap, problem);
    plan->gap_days = (int32_t)gap;
    if (!status) status = request_query_day(request, "test_from", test_from, problem);
    model_bound(request->house, snapshots_at_most(request->house, plan), plan);
    return status;
}

enum status model_handle_trial(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct backtest_plan plan;
    struct panel panel;
    struct trial trial;
    day_t test_from;
    enum status status = request_plan(request, &plan, &test_from, problem);
    if (status) return status;
    struct fact_memory *memory = house_memory(house, plan.selector->catalogue);
    status = panel_make(house, &plan, memory, request->arena, &panel, problem);
    if (!status) {
        struct trial_rows rows = model_rows(&panel, request->arena);
        struct trial_options options = model_options(house, test_from, request->stopping);
        status = trial_run(&rows, &options, request->arena, &trial, problem);
    }
    fact_memory_release(memory);
    if (status) return status;
    struct buf tests = {0};
    struct json parsed;
    model_put_trial(&panel, &trial, &(struct json_writer){.out = &tests});
    struct str text = str_copy(request->arena, buf_str(&tests));
    buf_free(&tests);
    status = json_parse(text, request->arena, &parsed, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    backtest_put_plan(&panel.cases, &w);
    json_put_string(&w, "text",
                    verdict_text(request, json_get_string(&parsed, "state"),
                                 plan.outcome.kind == OUTCOME_CROSS_SELL, &parsed));
    json_name(&w, STR("trial"));
    json_raw(&w, text);
    json_end_object(&w);
    return OK;
}

enum status model_handle_panel(struct request *request, struct response *response, struct problem *problem) {
    struct backtest_plan plan;
    struct panel panel;
    day_t test_from;
    enum status status = request_plan(request, &plan, &test_from, problem);
    if (status) return status;
    struct fact_memory *memory = house_memory(request->house, plan.selector->catalogue);
    status = panel_make(request->house, &plan, memory, request->arena, &panel, problem);
    if (!status) panel_csv(request->house, &panel, &response->body);
    fact_memory_release(memory);
    response->content_type = "text/csv; charset=utf-8";
    return status;
}

/* ---- of one account ---- */

/* "Of 100 customers with such a chance, 9 left within 90 days (6–13)" is said by backtest_sentence. */
static void put_evidence(const struct model *model, struct outcome_key key, const struct request *request,
                         double chance, struct json_writer *w) {
    const struct model_bin *bin = model_bin_of(model, chance);
    struct format format = request_format(request);
    struct buf text = {0};
    if (!bin) return;
    struct backtest_plan plan = model_plan(request->house, key);
    struct backtest_share share = {.cases = (size_t)bin->cases,
                                   .accounts = (size_t)model->row.accounts,
                                   .rate = bin->rate,
                                   .interval = {bin->low, bin->high}};
    backtest_sentence(&plan.outcome, &share, &format, &text);
    json_put_string(w, "text", buf_str(&text));
    json_put_number(w, "low", bin->low);
    json_put_number(w, "high", bin->high);
    buf_free(&text);
}

struct reason {
    const struct panel_column *column; /* the first of the fact */
    size_t c;
    double adds;
};
static int by_weight(const void *a, const void *b) {
    double x = fabs(((const struct reason *)a)->adds), y = fabs(((const struct reason *)b)->adds);
    return x < y ? 1 : x > y ? -1 : 0;
}

enum { REASONS_MOST = 8 };

/* What others have of the facts of some reasons, as far as a chance is given to them. */
struct peers {
    size_t n, p;
    double *x; /* n rows of p */
    uint8_t *given;
};
static enum status read_peers(const struct request *request, struct outcome_key key,
                              const struct reason *list, size_t n, struct peers *peers,
                              struct problem *problem) {
    struct house *house = request->house;
    struct moment moment = moment_now(house->insight);
    struct panel_column columns[REASONS_MOST];
    double chance;
    directory_lock(house->directory);
    peers->n = directory_size(house->directory);
    directory_unlock(house->directory);
    peers->p = n;
    peers->x = arena_array(request->arena, peers->n * n + 1, sizeof *peers->x);
    peers->given = arena_alloc(request->arena, peers->n + 1);
    for (size_t i = 0; i < n; i++)
        columns[i] = *list[i].column;
    for (uint32_t i = 0; i < peers->n; i++)
        peers->given[i] = prediction_last(house, key, i, &chance) && !isnan(chance);
    return panel_rows(house, columns, n, &moment, 0, peers->n, peers->x, request->arena, problem);
}

/* Share of peers whose value is lower, equal ones by half. */
static double percentile_of(const struct peers *peers, size_t c, double value) {
    double below = 0, known = 0;
    for (size_t i = 0; i < peers->n; i++) {
        double other = peers->x[i * peers->p + c];
        if (!peers->given[i] || isnan(other)) continue;
        known++;
        below += other < value ? 1 : other == value ? 0.5 : 0;
    }
    return known ? below / known : NAN;
}

static const char *evidence_of(const struct catalogue *catalogue, struct str fact) {
    uint32_t number = catalogue_find(catalogue, fact);
    if (number == DICT_NONE) return "";
    const struct declared *declared = catalogue_declared(catalogue, number);
    return declared->kind == FROM_USAGE ? "usage"
           : declared->kind == FROM_RECORD || declared->kind == FROM_ATTRIBUTE
               ? signal_sources[declared->record.table]->key
           : declared->kind == FROM_PEOPLE ? "contacts"
                                           : "facts";
}

static void put_reason(const struct request *request, const struct peers *peers, size_t place,
                       const struct reason *reason, double value, struct json_writer *w) {
    static const struct text raises = {"associated with a higher chance", "همراه با احتمال بیشتر"},
                             lowers = {"associated with a lower chance", "همراه با احتمال کمتر"};
    const struct panel_column *column = reason->column;
    json_begin_object(w);
    json_put_string(w, "fact", column->fact);
    json_put_string(w, "title", str_of(in(request->language, column->title)));
    json_put_number(w, "adds", reason->adds);
    json_put_string(w, "direction", reason->adds >= 0 ? STR("raises") : STR("lowers"));
    json_put_string(w, "text", str_of(in(request->language, reason->adds >= 0 ? raises : lowers)));
    if (!column->value.p) {
        json_put_number(w, "value", value);
        json_put_number(w, "percentile", isnan(value) ? NAN : percentile_of(peers, place, value));
    }
    json_put_string(w, "evidence",
                    str_of(evidence_of(insight_catalogue(request->house->insight), column->fact)));
    json_end_object(w);
}

/* x: the account's own row. */
static enum status put_reasons(const struct request *request, const struct model *model, const double *x,
                               struct json_writer *w, struct problem *problem) {
    double *adds = arena_array(request->arena, model->p + 1, sizeof *adds);
    struct reason *list = arena_array(request->arena, model->p + 1, sizeof *list);
    struct peers peers;
    size_t n = 0;
    double bias = learner_reasons(&model->learner, x, 1, 1, adds), rest = 0;
    for (size_t c = 0; c < model->p; c++) {
        if (!n || !str_equal(list[n - 1].column->fact, model->columns[c].fact))
            list[n++] = (struct reason){&model->columns[c], c, 0};
        list[n - 1].adds += adds[c];
    }
    qsort(list, n, sizeof *list, by_weight);
    size_t told = n < REASONS_MOST ? n : REASONS_MOST;
    enum status status = read_peers(request, model->key, list, told, &peers, problem);
    if (status) return status;
    json_put_number(w, "bias", bias);
    json_name(w, STR("reasons"));
    json_begin_array(w);
    for (size_t i = 0; i < told; i++)
        put_reason(request, &peers, i, &list[i], x[list[i].c], w);
    for (size_t i = told; i < n; i++)
        rest += list[i].adds;
    json_end_array(w);
    json_put_number(w, "others_add", rest);
    return OK;
}

/* An account's age in months and its plan now. */
static enum status read_cohort(struct request *request, uint32_t account, const struct life_table *table,
                               const struct life_cohort **cohort, int *year, struct problem *problem) {
    struct insight *insight = request->house->insight;
    const struct catalogue *catalogue = insight_catalogue(insight);
    struct moment moment = moment_now(insight);
    uint32_t facts[] = {catalogue_find(catalogue, STR("subscription_plan")),
                        catalogue_find(catalogue, STR("tenure_days"))};
    struct column columns[COUNT(facts)];
    enum status status = facts_evaluate(insight, catalogue, facts, COUNT(facts), &moment, account, 1,
                                        request->arena, columns, problem);
    if (status) return status;
    bool planned = columns[0].state[0] == FACT_KNOWN, aged = columns[1].state[0] == FACT_KNOWN;
    *cohort = life_table_cohort(
        table, planned ? dict_key(catalogue_fact(catalogue, facts[0])->texts, (uint32_t)columns[0].number[0])
                       : STR(""));
    *year = aged ? life_year(columns[1].number[0] / MONTH_DAYS) : -1;
    return OK;
}

/* "Customers of plan Pro in their second year: 3 were lost in 250 months of customers …" */
static void put_cohort(const struct request *request, struct outcome_key key, const struct life_table *table,
                       const struct life_cohort *cohort, int year, struct json_writer *w) {
    static const struct text years
        [LIFE_YEARS] = {{"first", "نخست"}, {"second", "دوم"}, {"third or a later", "سوم یا پس از آن"}},
   of_plan =
        {"Customers of the plan {0} in their {1} year: {2} lost in {3} months of customers; of all plans "
         "{4} in {5}. Drawn towards all, {6} leave within {7} days (95 %: {8} to {9}).",
         "مشتریان طرح {0} در سال {1}: {2} ازدست‌رفته در {3} ماه‌مشتری؛ در همهٔ طرح‌ها {4} در {5}. با کشیدن به "
         "سوی کل، {6} در {7} روز می‌روند (۹۵٪: {8} تا {9})."},
   of_all = {
       "Customers of all plans in their {0} year: {1} lost in {2} months of customers. {3} leave within "
       "{4} days (95 %: {5} to {6}).",
       "مشتریان همهٔ طرح‌ها در سال {0}: {1} ازدست‌رفته در {2} ماه‌مشتری. {3} در {4} روز می‌روند "
       "(۹۵٪: {5} تا {6})."};
    struct arena *arena = request->arena;
    struct format format = request_format(request);
    int days = model_plan(request->house, key).outcome.days;
    bool own = cohort && cohort->plan.n;
    const struct life_cell *cell = own ? &cohort->years[year] : NULL, *all = &table->all[year];
    struct life_chance chance = life_table_chance(table, own ? cohort : NULL, year, days / MONTH_DAYS);
    struct str which = str_of(in(request->language, years[year])),
               all_lost = number_of(arena, &format, (int64_t)all->lost),
               all_months = number_of(arena, &format, (int64_t)all->months),
               mean = percent_of(arena, &format, chance.mean), within = number_of(arena, &format, days),
               low = percent_of(arena, &format, chance.low), high = percent_of(arena, &format, chance.high);
    json_name(w, STR("cohort"));
    json_begin_object(w);
    json_put_string(w, "plan", own ? cohort->plan : STR(""));
    json_put_int(w, "year", year + 1);
    put_life_chance(&chance, w);
    json_put_string(w, "text",
                    own ? say(arena, request->language, of_plan,
                              ARGS(cohort->plan, which, number_of(arena, &format, (int64_t)cell->lost),
                                   number_of(arena, &format, (int64_t)cell->months), all_lost, all_months,
                                   mean, within, low, high))
                        : say(arena, request->language, of_all,
                              ARGS(which, all_lost, all_months, mean, within, low, high)));
    json_end_object(w);
}

/* Why nothing is foretold, and what became of customers like it: beside the health score, all there is. */
static enum status put_without_model(struct request *request, struct outcome_key key, uint32_t account,
                                     struct json_writer *w, struct problem *problem) {
    static const struct text not_made = {"No model was made yet.", "هنوز مدلی ساخته نشده است."};
    struct model_row row;
    struct life_table table;
    struct str words;
    const struct life_cohort *cohort;
    bool any, found = false;
    int year = -1;
    enum status status = model_read_newest(request->house, key, request->arena, &row, &any, problem);
    if (!status && !any) {
        json_put_string(w, "text", str_of(in(request->language, not_made)));
        return OK;
    }
    if (!status) status = model_words(request, &row, &words, problem);
    if (!status) status = read_life_table(request, &row, &found, &table, problem);
    if (!status && found) status = read_cohort(request, account, &table, &cohort, &year, problem);
    if (status) return status;
    json_put_string(w, "text", words);
    if (found && year >= 0) put_cohort(request, key, &table, cohort, year, w);
    return OK;
}

enum status prediction_put(struct request *request, struct outcome_key key, uint32_t account,
                           struct json_writer *w, struct problem *problem) {
    static const struct text
        new_here =
            {"Too new for a prediction: the onboarding score speaks for it.",
             "برای پیش‌بینی تازه‌وارد است؛ امتیاز آغاز همکاری دربارهٔ آن می‌گوید."},
        not_given =
            {"Nothing was foretold of it yet: that happens once a day, where the outcome can befall.",
             "هنوز چیزی درباره‌اش پیش‌بینی نشده است: روزی یک بار، آن‌جا که پیامد رخ‌دادنی باشد."},
        not_asked = {"The outcome cannot befall it now.", "این پیامد اکنون دربارهٔ آن معنا ندارد."};
    struct house *house = request->house;
    struct moment moment = moment_now(house->insight);
    struct model model;
    bool found;
    double *x = NULL;
    struct prediction given = {.probability = NAN};
    enum status status = model_open(house, key, request->arena, &model, &found, problem);
    if (!status && found) {
        x = arena_array(request->arena, model.p + 1, sizeof *x);
        status = panel_rows(house, model.columns, model.p, &moment, account, 1, x, request->arena, problem);
    }
    if (status) {
        if (found) model_close(&model);
        return status;
    }
    if (found && !prediction_of(house, key, account, INT64_MAX, &given)) given.probability = NAN;
    json_begin_object(w);
    put_head(request, key, w);
    json_put_number(w, "chance", given.probability);
    if (!isnan(given.probability)) {
        struct format format = request_format(request);
        double margin;
        learner_margins(&model.learner, x, 1, 1, &margin);
        json_put_int(w, "version", given.version);
        json_put_string(w, "chance_text", percent_of(request->arena, &format, given.probability));
        json_put_number(w, "margin", margin);
        put_evidence(&model, key, request, given.probability, w);
        status = put_reasons(request, &model, x, w, problem);
    } else {
        struct arena *arena = request->arena;
        const struct catalogue *catalogue = insight_catalogue(house->insight);
        uint32_t tenure = catalogue_find(catalogue, STR("tenure_days"));
        struct column column;
        status = facts_evaluate(house->insight, catalogue, &tenure, 1, &moment, account, 1, arena, &column,
                                problem);
        double before;
        bool young = !status && column.state[0] == FACT_KNOWN && column.number[0] < MODEL_NEW_DAYS,
             ended = prediction_last(house, key, account, &before);
        if (!status && !young && !found)
            status = put_without_model(request, key, account, w, problem);
        else
            json_put_string(w, "text",
                            str_of(in(request->language, young   ? new_here
                                                         : ended ? not_asked
                                                                 : not_given)));
    }
    json_end_object(w);
    if (found) model_close(&model);
    return status;
}

static enum status put_history(struct request *request, struct json_writer *w, struct problem *problem) {
    struct session *session = NULL;
    struct id id;
    enum status status = request_account(request, &id, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_prediction_history);
    rows_bind_id(rows, "account", id);
    json_name(w, STR("history"));
    json_begin_array(w);
    while (rows_next(rows)) {
        char text[INSTANT_TEXT + 1];
        instant_print(rows_int(rows, 1), text);
        json_begin_object(w);
        json_put_string(w, "outcome", rows_text(rows, 0, request->arena));
        json_put_string(w, "given_at", str_of(text));
        json_put_int(w, "version", rows_int(rows, 2));
        json_put_number(w, "chance", rows_is_null(rows, 3) ? NAN : rows_number(rows, 3));
        json_put_number(w, "low", rows_is_null(rows, 4) ? NAN : rows_number(rows, 4));
        json_put_number(w, "high", rows_is_null(rows, 5) ? NAN : rows_number(rows, 5));
        json_end_object(w);
    }
    json_end_array(w);
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

enum status prediction_handle_account(struct request *request, struct response *response,
                                      struct problem *problem) {
    struct json_writer w = {.out = &response->body};
    uint32_t account;
    enum status status = request_account_index(request, &account, problem);
    if (status) return status;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (int k = 0; k < OUTCOMES && !status; k++)
        if (k != OUTCOME_CROSS_SELL) /* those stand with what it could buy: growth_api.c */
            status = prediction_put(request, (struct outcome_key){.kind = (enum outcome_kind)k}, account, &w,
                                    problem);
    json_end_array(&w);
    if (!status) status = put_history(request, &w, problem);
    json_end_object(&w);
    return status;
}
