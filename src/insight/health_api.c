#include "base/format.h"
#include "customers/account.h"
#include "insight/at_risk.h"
#include "insight/health.h"
#include "insight/odds.h"
#include "platform/answer.h"
#include "platform/settings.h"
#include "queries.h"

#include <math.h>

/* ---- shared with at_risk ---- */

static enum status not_future(const char *name, day_t day, day_t today, struct problem *problem) {
    if (day <= today) return OK;
    return fail_at(
        problem, str_of(name),
        MESSAGE(
            "as_of_future", "The day lies in the future; facts are known up to today.",
            "این روز در آینده است؛ شاخص‌ها تا امروز معلوم‌اند."),
        NO_ARGS);
}

enum status request_moment(const struct request *request, struct moment *moment, struct problem *problem) {
    struct insight *insight = request->house->insight;
    day_t as_of = INT32_MIN, known_at = INT32_MIN;
    enum status status = request_query_day(request, "as_of", &as_of, problem);
    if (!status) status = request_query_day(request, "known_at", &known_at, problem);
    if (status) return status;
    *moment = moment_now(insight);
    if ((status = not_future("as_of", as_of, moment->day, problem))) return status;
    if (as_of != INT32_MIN) *moment = moment_of_day(insight, as_of);
    if (known_at != INT32_MIN) moment_known_at(insight, moment, known_at);
    return OK;
}

struct format request_format(const struct request *request) {
    struct settings *settings = request->house->settings;
    return (struct format){
        .language = request->language,
        .calendar =
            (enum calendar)(request->calendar ? request->calendar - 1
                                              : settings_choice(settings, SETTING_ORGANISATION_CALENDAR)),
        .digits = request->digits,
    };
}

/* Units whose figure stands with a word behind it: "45 days", «۴۵ روز». */
static const struct {
    const char *unit;
    struct text one, many;
} unit_words[] = {
    {"people", {"person", "نفر"}, {"people", "نفر"}},
    {"events", {"event", "رویداد"}, {"events", "رویداد"}},
    {"tickets", {"ticket", "تیکت"}, {"tickets", "تیکت"}},
    {"seats", {"seat", "صندلی"}, {"seats", "صندلی"}},
    {"features", {"feature", "قابلیت"}, {"features", "قابلیت"}},
};

void fact_print(const struct fact *fact, double value, const struct format *format, struct str currency,
                struct buf *out) {
    if (fact->type == VALUE_DATE) {
        format_day(out, format, (day_t)value, DAY_LONG);
    } else if (fact->type == VALUE_BOOL) {
        buf_put_c(out, format->language == PERSIAN ? (value != 0 ? "بله" : "خیر")
                       : value != 0                ? "yes"
                                                   : "no");
    } else if (str_is(fact->unit, "days")) {
        format_days(out, format, llround(value));
    } else if (str_is(fact->unit, "share") || str_is(fact->unit, "percent")) {
        format_percent(out, format, str_is(fact->unit, "share") ? value : value / 100, 0);
    } else if (str_is(fact->unit, "money")) {
        format_money(out, format, llround(value), currency);
    } else {
        format_number(out, format, value, 1);
        for (size_t i = 0; i < sizeof unit_words / sizeof *unit_words; i++) {
            if (!str_is(fact->unit, unit_words[i].unit)) continue;
            struct text word = value == 1 ? unit_words[i].one : unit_words[i].many;
            buf_put_byte(out, ' ');
            buf_put_c(out, format->language == PERSIAN ? word.fa : word.en);
        }
    }
}

static const char *spoken(struct text text, enum language language) {
    return language == PERSIAN && text.fa ? text.fa : text.en;
}

static size_t account_count(struct house *house) {
    directory_lock(house->directory);
    size_t n = directory_size(house->directory);
    directory_unlock(house->directory);
    return n;
}

/* ---- list ---- */

struct health_row {
    uint64_t has;
    struct str account, name;
    double score, coverage;
    struct str band, band_title, card;
};
#define AT(member) offsetof(struct health_row, member)
static const struct field row_fields[] = {
    {"account", FIELD_TEXT, 0, AT(account), .title = {"Account", "مشتری"}, .doc = "Key of the account."},
    {"name", FIELD_TEXT, 0, AT(name), .title = {"Name", "نام"}, .doc = "Name of the account."},
    {"score", FIELD_NUMBER, 0, AT(score), .title = {"Health", "سلامت"},
     .doc = "0 to 100, higher is healthier; null: no score."},
    {"band", FIELD_TEXT, 0, AT(band), .title = {"Band", "وضعیت"},
     .doc = "Band of the scorecard, or unknown."},
    {"band_title", FIELD_TEXT, 0, AT(band_title), .title = {"Band", "وضعیت"},
     .doc = "The band in the reader's language."},
    {"coverage", FIELD_NUMBER, 0, AT(coverage), .title = {"Coverage", "پوشش"},
     .doc = "Share of the card that could be measured, 0 to 1."},
    {"card", FIELD_TEXT, 0, AT(card), .title = {"Scorecard", "کارت امتیاز"},
     .doc = "Scorecard and version; null: none applies."},
};
RECORD_TYPE(health_row_type, "Health", struct health_row, row_fields);

static struct str card_label(const struct scorecard *card, struct arena *arena) {
    return str_format(arena, "%.*s v%lld", STR_ARG(card->key), (long long)card->version);
}

/* Pages go by directory index: stable while accounts are added behind. */
enum status health_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct arena *arena = request->arena;
    struct moment moment;
    struct card_set set;
    struct health health;
    int64_t limit = 50, from = 0;
    enum status status = request_moment(request, &moment, problem);
    if (!status) status = request_query_int(request, "limit", 1, 1000, &limit, problem);
    if (!status) status = request_query_int(request, "cursor", 0, UINT32_MAX, &from, problem);
    if (!status)
        status = card_set_make(request->house, &moment, request_query(request, "card"), arena, &set, problem);
    size_t n = account_count(request->house);
    if (!status) status = health_evaluate(request->house, &set, &moment, 0, n, NULL, arena, &health, problem);
    if (status) return status;

    struct json_writer w = {&response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    int64_t shown = 0, next = -1;
    directory_lock(request->house->directory);
    for (size_t i = (size_t)from; i < n; i++) {
        if (!health.present[i] ||
            !directory_in_scope(request->house->directory, (uint32_t)i, &request->principal))
            continue;
        if (shown == limit) {
            next = (int64_t)i;
            break;
        }
        const struct directory_account *account = directory_account(request->house->directory, (uint32_t)i);
        struct health_row row = {.has = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5,
                                 .account = account->key,
                                 .name = account->name,
                                 .band = str_of(health_band_key(&health, i)),
                                 .band_title =
                                     str_of(spoken(health_band_title(&health, i), request->language)),
                                 .coverage = health.coverage[i],
                                 .score = health.score[i]};
        if (!isnan(row.score)) field_set(&row, 2);
        if (health.card[i] >= 0) {
            row.card = card_label(set.cards[health.card[i]], arena);
            field_set(&row, 6);
        }
        fields_encode(&health_row_type, &row, &w);
        shown++;
    }
    directory_unlock(request->house->directory);
    json_end_array(&w);
    json_name(&w, STR("next_cursor"));
    if (next < 0)
        json_null(&w);
    else
        json_string(&w, str_format(arena, "%lld", (long long)next));
    json_put_bool(&w, "has_more", next >= 0);
    json_end_object(&w);
    return OK;
}

/* ---- explain ---- */

struct explained {
    uint64_t has;
    struct str account, name;
    day_t as_of;
    struct str card;
    bool card_in_force;
    double score, coverage;
    struct str band, band_title, measures, adjustments, waterfall, odds;
};
#undef AT
#define AT(member) offsetof(struct explained, member)
enum explained_field {
    EXPLAINED_ACCOUNT,
    EXPLAINED_NAME,
    EXPLAINED_AS_OF,
    EXPLAINED_SCORE,
    EXPLAINED_BAND,
    EXPLAINED_BAND_TITLE,
    EXPLAINED_COVERAGE,
    EXPLAINED_CARD,
    EXPLAINED_IN_FORCE,
    EXPLAINED_MEASURES,
    EXPLAINED_ADJUSTMENTS,
    EXPLAINED_WATERFALL,
    EXPLAINED_ODDS
};
static const struct field explained_fields[] = {
    {"account", FIELD_TEXT, 0, AT(account), .title = {"Account", "مشتری"}, .doc = "Key of the account."},
    {"name", FIELD_TEXT, 0, AT(name), .title = {"Name", "نام"}, .doc = "Name of the account."},
    {"as_of", FIELD_DATE, 0, AT(as_of), .title = {"As of", "در تاریخ"}, .doc = "The local day asked for."},
    {"score", FIELD_NUMBER, 0, AT(score), .title = {"Health", "سلامت"},
     .doc = "0 to 100, higher is healthier; null: no score."},
    {"band", FIELD_TEXT, 0, AT(band), .title = {"Band", "وضعیت"},
     .doc = "Band of the scorecard, or unknown."},
    {"band_title", FIELD_TEXT, 0, AT(band_title), .title = {"Band", "وضعیت"},
     .doc = "The band in the reader's language."},
    {"coverage", FIELD_NUMBER, 0, AT(coverage), .title = {"Coverage", "پوشش"},
     .doc = "Share of the card that could be measured, 0 to 1."},
    {"card", FIELD_TEXT, 0, AT(card), .title = {"Scorecard", "کارت امتیاز"},
     .doc = "Scorecard and version; null: none applies."},
    {"card_in_force", FIELD_BOOL, 0, AT(card_in_force), .title = {"Card of that day", "کارت همان روز"},
     .doc = "The card was in force on that day; false: a named card or today's was used instead."},
    {"measures", FIELD_JSON, 0, AT(measures), .title = {"Measures", "سنجه‌ها"},
     .doc = "[{group, key, title, state, cause, value, text, age_days, window: {from, to}, counted, "
            "points, share, contribution}]: contributions and adjustments sum to the score."},
    {"adjustments", FIELD_JSON, 0, AT(adjustments), .title = {"Adjustments", "تعدیل‌ها"},
     .doc = "[{kind: exception, override or clamp, key, text, holds, contribution}]."},
    {"waterfall", FIELD_JSON, 0, AT(waterfall), .title = {"Change", "تغییر"},
     .doc =
         "{against, score_before, difference, parts: [{step, key, title, difference, before, after, text}]}: parts sum to the difference."},
    {"odds", FIELD_JSON, 0, AT(odds), .title = {"Customers like this", "مشتریان مانند این"},
     .doc =
         "{text, band, bin}: what became of customers with such a score (ScoreOdds); of the score as it stands now."},
};
RECORD_TYPE(health_explained_type, "HealthExplained", struct explained, explained_fields);

static const char *const counted_names[] = {"known",   "carried",  "zero",
                                            "neutral", "left_out", "not_applicable"};
static const char *const state_names[] = {"unknown", "known", "not_applicable"};
static const struct text override_title = {"Set by a member", "تعیین‌شده به دست همکار"};
static const struct text clamp_title = {"Kept within 0 and 100", "نگه‌داشته میان ۰ و ۱۰۰"};
static const char *const step_names[] = {"value",     "peers",    "data", "scorecard",
                                         "exception", "override", "clamp"};

struct explainer {
    const struct request *request;
    struct format format;
    struct str currency;
    const struct moment *moment;
};

static struct text measure_title(const struct measure *measure) {
    return measure->title.en ? measure->title : measure->fact->title;
}

static void put_value(struct json_writer *w, const char *name, const struct explainer *explainer,
                      const struct fact *fact, double value) {
    json_name(w, str_of(name));
    if (isnan(value)) {
        json_null(w);
    } else if (fact->type == VALUE_TEXT) {
        json_string(w, dict_key(fact->texts, (uint32_t)value));
    } else {
        struct buf text = {0};
        fact_print(fact, value, &explainer->format, explainer->currency, &text);
        json_string(w, buf_str(&text));
        buf_free(&text);
    }
}

static void put_window(struct json_writer *w, const struct fact *fact, const struct moment *moment) {
    day_t days[2];
    char text[DAY_TEXT + 1];
    json_name(w, STR("window"));
    if (!fact_window(fact, moment, &days[0], &days[1])) {
        json_null(w);
        return;
    }
    json_begin_object(w);
    for (int i = 0; i < 2; i++) {
        day_print(days[i], text);
        json_put_string(w, i ? "to" : "from", str_of(text));
    }
    json_end_object(w);
}

static void put_measures(const struct explainer *explainer, const struct scorecard_result *result,
                         struct json_writer *w) {
    enum language language = explainer->request->language;
    json_begin_array(w);
    for (size_t i = 0; i < result->card->measure_count; i++) {
        const struct measure *measure = &result->card->measures[i];
        const struct measure_result *one = &result->measures[i];
        json_begin_object(w);
        json_put_string(w, "group", result->card->groups[measure->group].key);
        json_put_string(w, "key", measure->key);
        json_put_string(w, "title", str_of(spoken(measure_title(measure), language)));
        json_put_string(w, "state", str_of(state_names[one->seen.state]));
        json_name(w, STR("cause"));
        if (one->seen.state == FACT_KNOWN)
            json_null(w);
        else
            json_string(w, str_of(spoken(fact_cause_text[one->seen.cause], language)));
        json_put_number(w, "value", measure->fact->type == VALUE_TEXT ? NAN : one->value);
        put_value(w, "text", explainer, measure->fact, one->value);
        json_name(w, STR("age_days"));
        int32_t age = one->counted == COUNTED_CARRIED ? one->seen.carried_age : one->seen.age_days;
        if (age < 0)
            json_null(w);
        else
            json_int(w, age);
        put_window(w, measure->fact, explainer->moment);
        json_put_string(w, "counted", str_of(counted_names[one->counted]));
        json_put_number(w, "points", one->points);
        json_put_number(w, "share", one->share);
        json_put_number(w, "contribution", one->contribution);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_adjustment(struct json_writer *w, const char *kind, struct str key, struct str text,
                           const char *holds, double contribution) {
    json_begin_object(w);
    json_put_string(w, "kind", str_of(kind));
    json_put_string(w, "key", key);
    json_put_string(w, "text", text);
    json_put_string(w, "holds", str_of(holds));
    json_put_number(w, "contribution", contribution);
    json_end_object(w);
}

/* "Set by Sara Rad: strategic customer." */
static enum status override_text(const struct request *request, struct id account,
                                 const struct moment *moment, struct str *text, struct problem *problem) {
    struct session *session = NULL;
    *text = str_of(spoken(override_title, request->language));
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_health_override_of);
    rows_bind_id(rows, "account", account);
    rows_bind_int(rows, "at", moment->at);
    if (rows_next(rows)) {
        struct str reason = rows_text(rows, 3, request->arena), author = rows_text(rows, 6, request->arena);
        *text = str_format(request->arena,
                           request->language == PERSIAN ? "تعیین‌شده به دست %.*s: %.*s"
                                                        : "Set by %.*s: %.*s",
                           STR_ARG(author), STR_ARG(reason));
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

static void put_adjustments(enum language language, const struct scorecard_result *result,
                            struct str override, struct json_writer *w) {
    static const char *const truths[] = {"no", "unknown", "yes"};
    json_begin_array(w);
    for (size_t i = 0; i < result->card->exception_count; i++) {
        const struct exception *exception = &result->card->exceptions[i];
        put_adjustment(w, "exception", exception->key, str_of(spoken(exception->reason, language)),
                       truths[result->exceptions[i].truth], result->exceptions[i].contribution);
    }
    if (result->overridden)
        put_adjustment(w, "override", STR("override"), override, "yes", result->override_contribution);
    if (result->clamp_contribution != 0)
        put_adjustment(w, "clamp", STR("clamp"), str_of(spoken(clamp_title, language)), "yes",
                       result->clamp_contribution);
    json_end_array(w);
}

static const struct measure *find_measure(const struct scorecard *card, struct str key) {
    for (size_t i = 0; i < card->measure_count; i++) {
        if (str_equal(card->measures[i].key, key)) return &card->measures[i];
    }
    return NULL;
}

static const struct exception *find_exception(const struct scorecard *card, struct str key) {
    for (size_t i = 0; i < card->exception_count; i++) {
        if (str_equal(card->exceptions[i].key, key)) return &card->exceptions[i];
    }
    return NULL;
}

static void put_waterfall(const struct explainer *explainer, day_t against,
                          const struct scorecard_result *before, const struct scorecard_result *after,
                          const struct waterfall *waterfall, struct json_writer *w) {
    enum language language = explainer->request->language;
    char day[DAY_TEXT + 1];
    day_print(against, day);
    json_begin_object(w);
    json_put_string(w, "against", str_of(day));
    json_put_number(w, "score_before", before->score);
    json_put_number(w, "difference", waterfall->difference);
    json_name(w, STR("parts"));
    json_begin_array(w);
    for (size_t i = 0; i < waterfall->n; i++) {
        const struct waterfall_part *part = &waterfall->parts[i];
        const struct measure *measure = find_measure(after->card, part->key);
        if (!measure) measure = find_measure(before->card, part->key);
        const struct exception *exception = find_exception(after->card, part->key);
        if (!exception) exception = find_exception(before->card, part->key);
        const char *title = "";
        if (part->step <= STEP_SCORECARD && measure) title = spoken(measure_title(measure), language);
        if (part->step == STEP_EXCEPTION && exception) title = spoken(exception->reason, language);
        if (part->step == STEP_OVERRIDE) title = spoken(override_title, language);
        if (part->step == STEP_CLAMP) title = spoken(clamp_title, language);
        json_begin_object(w);
        json_put_string(w, "step", str_of(step_names[part->step]));
        json_put_string(w, "key", part->key);
        json_put_string(w, "title", str_of(title));
        json_put_number(w, "difference", part->difference);
        if (part->step <= STEP_DATA && measure) {
            put_value(w, "before", explainer, measure->fact, part->before);
            put_value(w, "after", explainer, measure->fact, part->after);
        } else {
            json_put_number(w, "before", part->before);
            json_put_number(w, "after", part->after);
        }
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static struct str taken(struct buf *buf, struct arena *arena) {
    struct str text = str_copy(arena, buf_str(buf));
    buf_free(buf);
    return text;
}

static enum status explain_change(const struct explainer *explainer, struct str named, uint32_t index,
                                  day_t against, const struct health *health,
                                  const struct scorecard_result *after, struct explained *out,
                                  struct problem *problem) {
    struct house *house = explainer->request->house;
    struct arena *arena = explainer->request->arena;
    struct moment moment = moment_of_day(house->insight, against);
    moment.known_at = health->moment.known_at;
    moment.known_day = health->moment.known_day;
    struct card_set set_then;
    struct health then;
    struct scorecard_result before;
    enum status status = card_set_make(house, &moment, named, arena, &set_then, problem);
    if (!status) status = health_evaluate(house, &set_then, &moment, index, 1, NULL, arena, &then, problem);
    if (status) return status;
    struct buf json = {0};
    struct json_writer w = {&json};
    if (!health_explain(&then, 0, arena, &before)) {
        json_null(&w);
    } else {
        struct waterfall waterfall;
        scorecard_waterfall(&before, then.peers[then.card[0]], after, health->peers[health->card[0]], arena,
                            &waterfall);
        put_waterfall(explainer, against, &before, after, &waterfall, &w);
    }
    out->waterfall = taken(&json, arena);
    field_set(out, EXPLAINED_WATERFALL);
    return OK;
}

/* What became of customers with such a score: of now alone, since it tells of what came after past days. */
static enum status beside_score(const struct explainer *explainer, const struct scorecard_result *result,
                                struct explained *out, struct problem *problem) {
    struct arena *arena = explainer->request->arena;
    struct odds odds;
    enum status status = odds_read(explainer->request->house, &explainer->format, arena, &odds, problem);
    if (status) return status;
    out->odds = odds_json(&odds, result->card, result->score, out->band, &explainer->format, arena);
    field_set(out, EXPLAINED_ODDS);
    return OK;
}

enum status health_handle_explain(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct house *house = request->house;
    struct arena *arena = request->arena;
    struct moment moment;
    struct card_set set;
    struct health health;
    struct id id;
    day_t against = INT32_MIN;
    struct str named = request_query(request, "card");
    enum status status = request_account(request, &id, problem);
    if (!status) status = request_moment(request, &moment, problem);
    if (!status) status = request_query_day(request, "against", &against, problem);
    if (!status) status = not_future("against", against, moment_now(house->insight).day, problem);
    if (!status) status = card_set_make(house, &moment, named, arena, &set, problem);
    if (status) return status;

    directory_lock(house->directory);
    uint32_t index = directory_by_id(house->directory, id);
    if (index == ACCOUNT_NONE) { /* stored a moment ago, not yet in the directory */
        directory_unlock(house->directory);
        return fail_not_found(problem, (struct text){"account", "مشتری"}, request_param(request, "id"));
    }
    const struct directory_account *account = directory_account(house->directory, index);
    struct explained out = {.has = 1 << EXPLAINED_ACCOUNT | 1 << EXPLAINED_NAME | 1 << EXPLAINED_AS_OF |
                                   1 << EXPLAINED_BAND | 1 << EXPLAINED_BAND_TITLE | 1 << EXPLAINED_COVERAGE |
                                   1 << EXPLAINED_IN_FORCE,
                            .account = str_copy(arena, account->key),
                            .name = str_copy(arena, account->name),
                            .as_of = moment.day};
    directory_unlock(house->directory);
    if ((status = health_evaluate(house, &set, &moment, index, 1, NULL, arena, &health, problem)))
        return status;

    struct explainer explainer = {request, request_format(request),
                                  settings_text(house->settings, SETTING_ORGANISATION_CURRENCY, arena),
                                  &health.moment};
    struct scorecard_result result;
    out.card_in_force = set.then;
    out.band = str_of(health_band_key(&health, 0));
    out.band_title = str_of(spoken(health_band_title(&health, 0), request->language));
    if (health_explain(&health, 0, arena, &result)) {
        struct buf measures = {0}, adjustments = {0};
        struct str override = {0};
        if (result.overridden && (status = override_text(request, id, &moment, &override, problem)))
            return status;
        put_measures(&explainer, &result, &(struct json_writer){&measures});
        put_adjustments(request->language, &result, override, &(struct json_writer){&adjustments});
        out.measures = taken(&measures, arena);
        out.adjustments = taken(&adjustments, arena);
        out.card = card_label(result.card, arena);
        out.coverage = result.coverage;
        out.has |= 1 << EXPLAINED_MEASURES | 1 << EXPLAINED_ADJUSTMENTS | 1 << EXPLAINED_CARD;
        if (result.has_score) {
            out.score = result.score;
            field_set(&out, EXPLAINED_SCORE);
        }
        if (moment.now) status = beside_score(&explainer, &result, &out, problem);
        if (!status && against != INT32_MIN)
            status = explain_change(&explainer, named, index, against, &health, &result, &out, problem);
    }
    if (!status) answer_record(request, response, 200, &health_explained_type, &out, 0);
    return status;
}
