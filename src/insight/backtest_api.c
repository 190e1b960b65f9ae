#include "insight/backtest_api.h"

#include "base/format.h"
#include "platform/settings.h"

#include <math.h>

#define PLAN_QUERY                                                                                           \
    {"outcome", "churn, no_renewal, contraction, silence, expansion, or one of a product such as "           \
                "cross_sell:PRODUCT; as set in insight.outcome where absent."},                              \
        {"days", "Days within which it counts, 7 to 730; as set in insight.outcome_days where absent."},     \
        {"grace", "Days after its end in which a renewal is only late; as set in retention.grace_days."},    \
        {"by", "Snapshots at the starts of these: week, month (default), quarter or year."},                 \
        {"calendar", "gregorian or persian; the organisation's where absent."},                              \
        {"from", "First day of snapshots, YYYY-MM-DD; 24 months before the last one where absent."},         \
        {"to", "Last day of snapshots; today where absent."}, SELECTION_QUERY

const struct route_query backtest_query[] = {PLAN_QUERY, {NULL, NULL}};
const struct route_query what_if_query[] = {
    PLAN_QUERY, {"limit", "Most accounts that are named; 100 where absent."}, {NULL, NULL}};

struct draft {
    uint64_t has;
    struct str card;
};
static const struct field draft_fields[] = {
    {"card", FIELD_JSON, FIELD_REQUIRED, offsetof(struct draft, card), .title = {"Card", "کارت"},
     .doc = "The scorecard as it would be saved."},
};
RECORD_TYPE(scorecard_draft_type, "ScorecardDraft", struct draft, draft_fields);

/* ---- asking ---- */

static bool has_subscriptions(struct insight *insight) {
    pthread_rwlock_rdlock(&insight->lock);
    bool any = false;
    for (int i = 0; signal_sources[i]; i++)
        if (str_is(STR("subscriptions"), signal_sources[i]->key)) any = insight->tables[i].rows > 0;
    pthread_rwlock_unlock(&insight->lock);
    return any;
}

struct outcome outcome_of_settings(struct house *house) {
    int chosen = settings_choice(house->settings, SETTING_INSIGHT_OUTCOME); /* 0: automatic */
    return (struct outcome){.kind = chosen                              ? (enum outcome_kind)(chosen - 1)
                                    : has_subscriptions(house->insight) ? OUTCOME_CHURN
                                                                        : OUTCOME_SILENCE,
                            .days = (int32_t)settings_int(house->settings, SETTING_INSIGHT_OUTCOME_DAYS),
                            .grace_days =
                                (int32_t)settings_int(house->settings, SETTING_RETENTION_GRACE_DAYS)};
}

enum status request_backtest(const struct request *request, struct backtest_plan *ret,
                             struct problem *problem) {
    static const char *const periods[] = {"week", "month", "quarter", "year", NULL}, *const calendars[] = {
                                                                                         "gregorian",
                                                                                         "persian", NULL};
    struct settings *settings = request->house->settings;
    struct outcome outcome = outcome_of_settings(request->house);
    struct outcome_key key = outcome_key_of(&outcome);
    struct str named = request_query(request, "outcome");
    int by = PERIOD_MONTH, calendar = settings_choice(settings, SETTING_ORGANISATION_CALENDAR);
    int64_t days = outcome.days, grace = outcome.grace_days;
    struct selector *selector = arena_alloc(request->arena, sizeof *selector);
    *ret = (struct backtest_plan){
        .from = INT32_MIN,
        .to = INT32_MAX,
        .week_start = (enum weekday)settings_choice(settings, SETTING_ORGANISATION_WEEK_START),
        .selector = selector,
        .stopping = request->stopping};
    enum status status = OK;
    if (named.p && outcome_parse(named, STR("outcome"), &key, problem)) status = BAD_INPUT;
    if (request_query_int(request, "days", 7, OUTCOME_MOST_DAYS, &days, problem)) status = BAD_INPUT;
    if (request_query_int(request, "grace", 0, OUTCOME_MOST_GRACE, &grace, problem)) status = BAD_INPUT;
    if (request_query_choice(request, "by", periods, &by, problem)) status = BAD_INPUT;
    if (request_query_choice(request, "calendar", calendars, &calendar, problem)) status = BAD_INPUT;
    if (request_query_day(request, "from", &ret->from, problem)) status = BAD_INPUT;
    if (request_query_day(request, "to", &ret->to, problem)) status = BAD_INPUT;
    if (!status) status = request_selector(request, selector, problem);
    if (!status && ret->from > ret->to)
        status = fail_at(
            problem, STR("from"),
            MESSAGE("backtest_order", "The first day of snapshots lies behind the last one.",
                    "نخستین روز برش‌ها پس از واپسین روز آن‌هاست."),
            NO_ARGS);
    ret->outcome = (struct outcome){key.kind, (int32_t)days, (int32_t)grace, key.product};
    ret->by = (enum period_unit)by;
    ret->calendar = (enum calendar)calendar;
    return status;
}

enum status request_draft(const struct request *request, struct catalogue *catalogue, struct card_set *ret,
                          struct problem *problem) {
    const struct draft *draft = request->input;
    struct json json;
    enum status status = json_parse(draft->card, request->arena, &json, problem);
    if (!status) status = card_set_draft(catalogue, &json, STR("/card"), request->arena, ret, problem);
    return status;
}

struct fact_memory *house_memory(struct house *house, struct catalogue *catalogue) {
    return fact_memory_hold(house->insight, catalogue,
                            (size_t)settings_int(house->settings, SETTING_INSIGHT_MEMORY_MB) << 20);
}

/* ---- sentences ---- */

/* {0} is how many of 100, {1} the days, {2} and {3} the ends of the interval, {4} the product. */
static const struct text outcome_sentences[OUTCOMES] = {
    [OUTCOME_CHURN] = {"Of 100 customers like this, {0} left within {1} days ({2}–{3})",
                       "از ۱۰۰ مشتری مانند این، {0} مشتری ظرف {1} روز رفتند ({2} تا {3})"},
    [OUTCOME_NO_RENEWAL] =
        {"Of 100 customers like this whose term ended within {1} days, {0} did not renew "
         "({2}–{3})",
         "از ۱۰۰ مشتری مانند این که دوره‌شان ظرف {1} روز پایان یافت، {0} مشتری تمدید نکردند "
         "({2} تا {3})"},
    [OUTCOME_CONTRACTION] =
        {"Of 100 customers like this, {0} paid less after {1} days ({2}–{3})",
         "از ۱۰۰ مشتری مانند این، {0} مشتری پس از {1} روز کمتر می‌پرداختند ({2} تا {3})"},
    [OUTCOME_SILENCE] = {"Of 100 customers like this, {0} were silent for the next {1} days ({2}–{3})",
                         "از ۱۰۰ مشتری مانند این، {0} مشتری در {1} روز بعد خاموش ماندند ({2} تا {3})"},
    [OUTCOME_EXPANSION] =
        {"Of 100 customers like this, {0} paid more after {1} days ({2}–{3})",
         "از ۱۰۰ مشتری مانند این، {0} مشتری پس از {1} روز بیشتر می‌پرداختند ({2} تا {3})"},
    [OUTCOME_CROSS_SELL] = {"Of 100 customers like this, {0} bought {4} within {1} days ({2}–{3})",
                            "از ۱۰۰ مشتری مانند این، {0} مشتری ظرف {1} روز {4} را خریدند ({2} تا {3})"},
};
static const struct text few_cases = {
    "Too few past cases to name a chance: {0}, 30 are needed",
    "موارد گذشته برای بیان احتمال کم است: {0} مورد، دست‌کم ۳۰ لازم است"};

static void fill(const char *pattern, const struct str *values, struct buf *out) {
    for (const char *p = pattern; *p; p++) {
        if (p[0] == '{' && p[1] >= '0' && p[1] <= '9' && p[2] == '}') {
            buf_put_str(out, values[p[1] - '0']);
            p += 2;
        } else {
            buf_put_byte(out, (uint8_t)*p);
        }
    }
}

void backtest_sentence(const struct outcome *outcome, const struct backtest_share *share,
                       const struct format *format, struct buf *out) {
    bool few = share->cases < BACKTEST_LEAST_CASES;
    double numbers[4] = {round(100 * share->rate), outcome->days, round(100 * share->interval.low),
                         round(100 * share->interval.high)};
    struct buf texts[4] = {{0}};
    struct str values[5] = {[4] = outcome->product};
    if (few) numbers[0] = (double)share->cases;
    for (int i = 0; i < 4; i++) {
        format_number(&texts[i], format, numbers[i], 0);
        values[i] = buf_str(&texts[i]);
    }
    struct text text = few ? few_cases : outcome_sentences[outcome->kind];
    if (outcome->product.n && outcome->kind != OUTCOME_CROSS_SELL) { /* what is said is of it alone */
        buf_put_str(out, outcome->product);
        buf_put_c(out, ": ");
    }
    fill(format->language == PERSIAN ? text.fa : text.en, values, out);
    for (int i = 0; i < 4; i++)
        buf_free(&texts[i]);
}

/* ---- answers ---- */

void put_interval(struct json_writer *w, const char *low, const char *high, struct interval interval) {
    json_put_number(w, low, interval.low);
    json_put_number(w, high, interval.high);
}

static void put_day(struct json_writer *w, const char *name, day_t day) {
    char text[DAY_TEXT + 1];
    day_print(day, text);
    json_put_string(w, name, str_of(text));
}

static void put_share(struct json_writer *w, const struct backtest_cases *cases,
                      const struct backtest_share *share, const struct format *format) {
    bool enough = share->cases >= BACKTEST_LEAST_CASES;
    struct buf text = {0};
    backtest_sentence(&cases->plan.outcome, share, format, &text);
    json_put_int(w, "cases", (int64_t)share->cases);
    json_put_int(w, "lost", (int64_t)share->lost);
    json_put_int(w, "accounts", (int64_t)share->accounts);
    json_put_number(w, "rate", enough ? share->rate : NAN);
    put_interval(w, "low", "high", enough ? share->interval : (struct interval){NAN, NAN});
    json_put_string(w, "text", buf_str(&text));
    buf_free(&text);
}

void backtest_put_plan(const struct backtest_cases *cases, struct json_writer *w) {
    static const char *const periods[] = {"week", "month", "quarter", "year"}, *const calendars[] = {
                                                                                   "gregorian", "persian"};
    const struct backtest_plan *plan = &cases->plan;
    size_t counts[3] = {0}, unjudged = 0;
    for (size_t s = 0; s < cases->snapshot_count; s++) {
        counts[cases->snapshots[s].state]++;
        unjudged += cases->snapshots[s].unjudged;
    }
    json_put_string(w, "outcome", str_of(outcome_names[plan->outcome.kind]));
    if (plan->outcome.product.n) json_put_string(w, "product", plan->outcome.product);
    json_put_int(w, "days", plan->outcome.days);
    if (plan->outcome.kind != OUTCOME_SILENCE) json_put_int(w, "grace_days", plan->outcome.grace_days);
    json_put_string(w, "by", str_of(periods[plan->by]));
    json_put_string(w, "calendar", str_of(calendars[plan->calendar]));
    json_put_int(w, "labelled_snapshots", (int64_t)counts[SNAPSHOT_LABELLED]);
    json_put_int(w, "unlabelled_snapshots", (int64_t)counts[SNAPSHOT_NOT_OVER]);
    json_put_int(w, "unobserved_snapshots", (int64_t)counts[SNAPSHOT_NOT_OBSERVED]);
    json_put_int(w, "unjudged", (int64_t)unjudged);
}

static void put_snapshots(const struct backtest_cases *cases, const struct backtest_result *result,
                          struct json_writer *w) {
    static const char *const states[] = {"labelled", "not_over", "not_observed"};
    json_name(w, STR("snapshots"));
    json_begin_array(w);
    for (size_t s = 0; s < cases->snapshot_count; s++) {
        const struct backtest_snapshot *one = &result->snapshots[s];
        json_begin_object(w);
        put_day(w, "day", cases->snapshots[s].period.from);
        json_put_string(w, "period", str_of(cases->snapshots[s].period.label));
        json_put_string(w, "state", str_of(states[cases->snapshots[s].state]));
        json_put_int(w, "cases", (int64_t)one->cases);
        json_put_int(w, "lost", (int64_t)one->lost);
        json_put_int(w, "unscored", (int64_t)one->unscored);
        json_put_number(w, "auc", one->cases ? one->auc : NAN);
        put_interval(w, "auc_low", "auc_high", one->cases ? one->auc_interval : (struct interval){NAN, NAN});
        json_put_number(w, "recency_auc", one->cases ? one->recency_auc : NAN);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_bands(const struct request *request, const struct backtest_cases *cases,
                      const struct backtest_result *result, struct json_writer *w) {
    struct format format = request_format(request);
    const struct scorecard *card = result->card;
    json_name(w, STR("bands"));
    json_begin_array(w);
    for (size_t b = 0; b <= card->band_count; b++) {
        bool unknown = b == card->band_count;
        struct text title = unknown ? (struct text){"Unknown", "نامعلوم"} : card->bands[b].title;
        json_begin_object(w);
        json_put_string(w, "band", unknown ? STR("unknown") : card->bands[b].key);
        json_put_string(w, "band_title", str_of(request->language == PERSIAN ? title.fa : title.en));
        put_share(w, cases, &result->bands[b], &format);
        json_end_object(w);
    }
    json_end_array(w);
    json_name(w, STR("calibration"));
    json_begin_array(w);
    for (size_t b = 0; b < result->bin_count; b++) {
        json_begin_object(w);
        json_put_number(w, "score_from", result->bins[b].score_from);
        json_put_number(w, "score_to", result->bins[b].score_to);
        put_share(w, cases, &result->bins[b], &format);
        json_end_object(w);
    }
    json_end_array(w);
}

void backtest_put_result(const struct request *request, const struct backtest_cases *cases,
                         const struct backtest_result *result, struct json_writer *w) {
    bool money = result->losses_with_arr && result->lost_arr > 0;
    json_begin_object(w);
    json_put_string(w, "card", result->card->key);
    json_put_int(w, "version", result->card->version);
    json_put_int(w, "cases", (int64_t)result->cases);
    json_put_int(w, "lost", (int64_t)result->lost);
    json_put_int(w, "losses", (int64_t)result->losses);
    json_put_int(w, "accounts", (int64_t)result->accounts);
    json_put_int(w, "unscored", (int64_t)result->unscored);
    json_put_int(w, "other_card", (int64_t)result->other_card);
    json_put_number(w, "rate", result->all.rate);
    put_interval(w, "rate_low", "rate_high", result->all.interval);
    json_put_number(w, "auc", result->auc);
    put_interval(w, "auc_low", "auc_high", result->auc_interval);
    json_put_number(w, "recency_auc", result->recency_auc);
    put_interval(w, "recency_auc_low", "recency_auc_high", result->recency_interval);
    json_put_number(w, "over_recency", result->auc - result->recency_auc);
    put_interval(w, "over_recency_low", "over_recency_high", result->over_recency);
    json_put_number(w, "constant_auc", 0.5);
    json_put_number(w, "lift", result->lift);
    json_put_number(w, "recency_lift", result->recency_lift);
    json_put_int(w, "green_losses", (int64_t)result->green_losses);
    json_put_number(w, "green_loss_share", (double)result->green_losses / (double)result->losses);
    put_interval(w, "green_loss_low", "green_loss_high",
                 proportion_wilson((double)result->green_losses, (double)result->losses));
    json_put_number(w, "lost_arr", money ? result->lost_arr : NAN);
    json_put_number(w, "green_arr", money ? result->green_arr : NAN);
    json_put_number(w, "green_arr_share", money ? result->green_arr / result->lost_arr : NAN);
    json_put_int(w, "losses_without_arr", (int64_t)(result->losses - result->losses_with_arr));
    put_bands(request, cases, result, w);
    put_snapshots(cases, result, w);
    json_end_object(w);
}

enum status backtest_count(const struct request *request, const struct card_set *set,
                           const struct backtest_cases *cases, struct knowledge **ret, size_t *n,
                           struct problem *problem) {
    *ret = backtest_knowledge(set->catalogue, set->cards[0], request->arena, n);
    return knowledge_count(request, backtest_last(cases, request->house->zone), *ret, *n, problem);
}

static enum status answer_test(struct request *request, struct response *response, const struct card_set *set,
                               const struct backtest_plan *plan, struct problem *problem) {
    struct house *house = request->house;
    struct fact_memory *memory = house_memory(house, set->catalogue);
    struct backtest_cases cases;
    struct backtest_scores scores;
    struct backtest_result result;
    struct knowledge *knowledge;
    size_t known_n;
    enum status status = backtest_gather(house, plan, memory, request->arena, &cases, problem);
    if (!status) status = backtest_score(house, set, 0, memory, &cases, request->arena, &scores, problem);
    if (!status) {
        backtest_measure(&cases, &scores, NULL, request->arena, &result);
        status = backtest_enough(&result, &cases, problem);
    }
    if (!status) status = backtest_count(request, set, &cases, &knowledge, &known_n, problem);
    fact_memory_release(memory);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    backtest_put_plan(&cases, &w);
    json_name(&w, STR("test"));
    backtest_put_result(request, &cases, &result, &w);
    knowledge_put(knowledge, known_n, &w);
    json_end_object(&w);
    return OK;
}

enum status backtest_handle_test(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct backtest_plan plan;
    struct card_set set;
    struct moment moment = moment_now(request->house->insight);
    enum status status = request_backtest(request, &plan, problem);
    if (!status)
        status = card_set_make(request->house, &moment, request_param(request, "key"), request->arena, &set,
                               problem);
    return status ? status : answer_test(request, response, &set, &plan, problem);
}

enum status backtest_handle_draft(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct backtest_plan plan;
    struct card_set set;
    enum status status = request_backtest(request, &plan, problem);
    if (!status) status = request_draft(request, insight_catalogue(request->house->insight), &set, problem);
    return status ? status : answer_test(request, response, &set, &plan, problem);
}
