#include "predict/model_words.h"

#include "insight/backtest_api.h"
#include "insight/reasons.h"
#include "platform/answer.h"

#include <math.h>
#include <string.h>

static const struct text outcome_titles[OUTCOMES] = {[OUTCOME_CHURN] = {"Leaving", "رفتن"},
                                                     [OUTCOME_NO_RENEWAL] = {"Not renewing", "تمدید نکردن"},
                                                     [OUTCOME_CONTRACTION] = {"Paying less", "کاهش پرداخت"},
                                                     [OUTCOME_SILENCE] = {"Falling silent", "خاموش شدن"},
                                                     [OUTCOME_EXPANSION] = {"Paying more", "افزایش پرداخت"},
                                                     [OUTCOME_CROSS_SELL] = {"Buying", "خرید"}};

const char *words_in(enum language language, struct text text) {
    return language == PERSIAN ? text.fa : text.en;
}

struct str outcome_title(const struct request *request, struct outcome_key key) {
    const char *title = words_in(request->language, outcome_titles[key.kind]);
    if (!key.product.n) return str_of(title);
    return str_format(request->arena, key.kind == OUTCOME_CROSS_SELL ? "%s %.*s" : "%s: %.*s", title,
                      STR_ARG(key.product));
}

/* ---- verdicts in words ---- */

struct str words_number(struct arena *arena, const struct format *format, int64_t n) {
    struct buf text = {0};
    format_int(&text, format, n);
    struct str copy = str_copy(arena, buf_str(&text));
    buf_free(&text);
    return copy;
}
struct str words_decimals(struct arena *arena, const struct format *format, double x, int decimals) {
    struct buf text = {0};
    format_number(&text, format, x, decimals);
    struct str copy = str_copy(arena, buf_str(&text));
    buf_free(&text);
    return copy;
}
struct str words_percent(struct arena *arena, const struct format *format, double x) {
    struct buf text = {0};
    format_percent(&text, format, x, x < 0.1 ? 1 : 0);
    struct str copy = str_copy(arena, buf_str(&text));
    buf_free(&text);
    return copy;
}

const struct text learner_titles[LEARNERS] = {
    [LEARNER_PRIOR] = {"the share of all", "سهم کل"},
    [LEARNER_RECENCY] = {"days since the last use alone", "تنها روزهای گذشته از آخرین استفاده"},
    [LEARNER_LOGIT] = {"the shrunk logistic model", "مدل لجستیک فشرده"},
    [LEARNER_BOOSTING] = {"boosted trees", "درخت‌های تقویت‌شده"}};

enum learner_kind learner_of(struct str name) {
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
struct str verdict_words(const struct request *request, struct str state, bool cross_sell,
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
        overtaken = {"Not used: another version went live while it was made, by a roll-back or by hand.",
                     "به کار نرفت: هنگام ساخت آن نسخهٔ دیگری فعال شد، با بازگشت یا به دست کسی."},
        used = {
            "Used: {0}, the simplest within one standard error of the best ({1}). Log loss {2} against {3}, on "
            "{4} cases of later days.",
            "به‌کاررفته: {0}، ساده‌ترین در فاصلهٔ یک خطای معیار از بهترین ({1}). زیان لگاریتمی {2} در برابر {3}، بر "
            "{4} مورد از روزهای بعدی."};
    struct format format = request_format(request);
    struct arena *arena = request->arena;
    if (str_is(state, "too_few"))
        return say(arena, request->language, cross_sell ? too_few_bought : too_few,
                   ARGS(words_number(arena, &format, losses_of(tests)),
                        words_number(arena, &format, TRIAL_LEAST_LOST)));
    if (str_is(state, "too_short"))
        return say(arena, request->language, too_short,
                   ARGS(words_number(arena, &format, TRIAL_LEAST_ORIGINS),
                        words_number(arena, &format, TRIAL_LEAST_TESTED)));
    if (str_is(state, "overtaken")) return say(arena, request->language, overtaken, NO_ARGS);
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
                   ARGS(str_of(words_in(request->language, learner_titles[learner_of(chosen)])),
                        words_decimals(arena, &format, loss[0], 4),
                        words_number(arena, &format, (int64_t)json_get_number(tests, "test_cases"))));
    return say(arena, request->language, used,
               ARGS(str_of(words_in(request->language, learner_titles[learner_of(chosen)])),
                    str_of(words_in(request->language, learner_titles[learner_of(best)])),
                    words_decimals(arena, &format, loss[0], 4), words_decimals(arena, &format, loss[1], 4),
                    words_number(arena, &format, (int64_t)json_get_number(tests, "test_cases"))));
}

/* ---- what is said without a model ---- */

/* False: the version has none. */
enum status model_life_table(const struct request *request, const struct model_row *row, bool *found,
                             struct life_table *table, struct problem *problem) {
    struct json body;
    enum status status = json_parse(row->body, request->arena, &body, problem);
    *found = !status && life_table_read(json_get(&body, "life_table"), request->arena, table);
    return status;
}

void life_chance_put(const struct life_chance *chance, struct json_writer *w) {
    json_put_number(w, "chance", chance->mean);
    json_put_number(w, "low", chance->low);
    json_put_number(w, "high", chance->high);
}

static bool is_cross_sell(const struct model_row *row) {
    struct str name = str_of(outcome_names[OUTCOME_CROSS_SELL]);
    return row->outcome.n > name.n && !memcmp(row->outcome.p, name.p, name.n);
}

enum status model_words(const struct request *request, const struct model_row *row, struct str *ret,
                        struct problem *problem) {
    struct json tests;
    enum status status = json_parse(row->tests, request->arena, &tests, problem);
    if (!status) *ret = verdict_words(request, row->verdict, is_cross_sell(row), &tests);
    return status;
}

void model_put_head(const struct request *request, struct outcome_key key, struct json_writer *w) {
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
