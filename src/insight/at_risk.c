#include "insight/at_risk.h"
#include "insight/odds.h"

#include "base/format.h"
#include "customers/directory.h"
#include "platform/answer.h"
#include "platform/settings.h"
#include "queries.h"

#include <math.h>
#include <stdlib.h>

/* ---- reasons ---- */

static struct text override_title(void) {
    return (struct text){"Set by a member", "تعیین‌شده به دست همکار"};
}

static int by_lost(const void *a, const void *b) {
    const struct reason *left = a, *right = b;
    if (left->lost != right->lost) return left->lost < right->lost ? 1 : -1;
    return (left->measure > right->measure) - (left->measure < right->measure); /* the order of the card */
}

static const char *in_language(struct text text, enum language language) {
    return language == PERSIAN && text.fa ? text.fa : text.en;
}

static struct text title_of(const struct measure *measure) {
    return measure->title.en ? measure->title : measure->fact->title;
}

void reason_print(const struct reason *reason, const struct format *format, struct str currency,
                  struct buf *out) {
    if (reason->exception) {
        buf_put_c(out, in_language(reason->exception->reason, format->language));
    } else if (!reason->measure) {
        buf_put_c(out, in_language(override_title(), format->language));
    } else {
        buf_put_c(out, in_language(title_of(reason->measure), format->language));
        buf_put_c(out, ": ");
        if (isnan(reason->result->value))
            buf_put_c(out, in_language(fact_cause_text[reason->result->seen.cause], format->language));
        else if (reason->measure->fact->type == VALUE_TEXT)
            buf_put_str(out, dict_key(reason->measure->fact->texts, (uint32_t)reason->result->value));
        else
            fact_print(reason->measure->fact, reason->result->value, format, currency, out);
    }
}

struct str reason_key(const struct reason *reason) {
    return reason->exception ? reason->exception->key
           : reason->measure ? reason->measure->key
                             : STR("override");
}

size_t health_reasons(const struct health *health, const struct scorecard_result *result, size_t row,
                      size_t most, struct arena *arena, struct reason **ret) {
    const struct scorecard *card = health->set->cards[health->card[row]];
    struct reason *reasons =
        arena_array(arena, card->measure_count + card->exception_count + 1, sizeof *reasons);
    size_t n = 0;
    for (size_t i = 0; i < card->measure_count; i++) {
        const struct measure_result *measure = &result->measures[i];
        if (measure->counted > COUNTED_NEUTRAL) continue;
        reasons[n++] =
            (struct reason){measure->share * (100 - measure->points), &card->measures[i], measure, NULL};
    }
    for (size_t i = 0; i < card->exception_count; i++) {
        if (result->exceptions[i].contribution < 0)
            reasons[n++] =
                (struct reason){-result->exceptions[i].contribution, NULL, NULL, &card->exceptions[i]};
    }
    if (result->override_contribution < 0)
        reasons[n++] = (struct reason){.lost = -result->override_contribution};
    qsort(reasons, n, sizeof *reasons, by_lost);
    *ret = reasons;
    size_t kept = 0;
    while (kept < n && kept < most && reasons[kept].lost > 0.05)
        kept++;
    return kept;
}

struct str reasons_json(const struct health *health, const struct scorecard_result *result, size_t row,
                        const struct format *format, struct str currency, size_t most, struct arena *arena) {
    struct reason *reasons;
    size_t n = health_reasons(health, result, row, most, arena, &reasons);
    struct buf out = {0}, text = {0};
    struct json_writer w = {&out};
    json_begin_array(&w);
    for (size_t i = 0; i < n; i++) {
        buf_clear(&text);
        reason_print(&reasons[i], format, currency, &text);
        json_begin_object(&w);
        json_put_string(&w, "key", reason_key(&reasons[i]));
        json_put_string(&w, "text", buf_str(&text));
        json_put_number(&w, "lost", reasons[i].lost);
        json_end_object(&w);
    }
    json_end_array(&w);
    struct str json = str_copy(arena, buf_str(&out));
    buf_free(&out);
    buf_free(&text);
    return json;
}

/* ---- ranking ---- */

struct ranked {
    size_t row;
    double stake; /* what orders: at stake, or without any ARR at all 100 − health */
    double arr;
    bool estimated, unknown;
};

static int by_stake(const void *a, const void *b) {
    const struct ranked *left = a, *right = b;
    if (left->unknown != right->unknown) return left->unknown - right->unknown;
    if (left->stake != right->stake) return left->stake < right->stake ? 1 : -1;
    return (left->row > right->row) - (left->row < right->row);
}

static int by_number(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The facts that the list shows beside the score. */
enum shown { SHOWN_ARR, SHOWN_RENEWAL, SHOWN_SEGMENT, SHOWN_STATUS, SHOWN_LAST_USE, SHOWN_FACTS };
static const char *const shown_keys[SHOWN_FACTS] = {"arr", "days_to_renewal", "segment", "status",
                                                    "days_since_last_use"};

static enum status evaluate_shown(struct house *house, const struct health *health, struct column *columns,
                                  struct arena *arena, struct problem *problem) {
    uint32_t numbers[SHOWN_FACTS];
    for (size_t i = 0; i < SHOWN_FACTS; i++)
        numbers[i] = catalogue_find(health->set->catalogue, str_of(shown_keys[i]));
    return facts_evaluate(house->insight, health->set->catalogue, numbers, SHOWN_FACTS, &health->moment,
                          health->first, health->n, arena, columns, problem);
}

bool at_risk_customer(const struct catalogue *catalogue, const struct column *status, size_t row) {
    const struct fact *fact = catalogue_fact(catalogue, catalogue_find(catalogue, STR("status")));
    if (status->state[row] != FACT_KNOWN) return true;
    struct str word = dict_key(fact->texts, (uint32_t)status->number[row]);
    return !str_is(word, "lost") && !str_is(word, "prospect");
}

double *at_risk_medians(const uint8_t *customers, const struct column *arr, const struct column *segment,
                        size_t n, size_t segments, bool sees_all, struct arena *arena) {
    enum { LEAST_IN_SCOPE = 3 };
    double *out = arena_array(arena, segments + 1, sizeof *out);
    double *values = arena_array(arena, n + 1, sizeof *values);
    uint8_t *met =
        arena_alloc(arena, segments + 1); /* the dictionary holds the values of other fields, too */
    met[segments] = 1;
    for (size_t i = 0; i < n; i++)
        if (segment->state[i] == FACT_KNOWN) met[(size_t)segment->number[i]] = 1;
    for (size_t s = 0; s <= segments; s++) {
        size_t paying = 0;
        out[s] = NAN;
        if (!met[s]) continue;
        for (size_t i = 0; i < n; i++) {
            bool in = customers[i] &&
                      (s == segments || (segment->state[i] == FACT_KNOWN && (size_t)segment->number[i] == s));
            if (in && arr->state[i] == FACT_KNOWN && arr->number[i] > 0) values[paying++] = arr->number[i];
        }
        if (paying) qsort(values, paying, sizeof *values, by_number);
        out[s] = paying < (sees_all || s == segments ? 1 : LEAST_IN_SCOPE) ? NAN
                 : paying % 2                                              ? values[paying / 2]
                              : (values[paying / 2 - 1] + values[paying / 2]) / 2;
    }
    return out;
}

static size_t rank(struct request *request, const struct health *health, const struct column *columns,
                   struct ranked **ret, size_t *silent) {
    struct arena *arena = request->arena;
    *silent = 0;
    const struct catalogue *catalogue = health->set->catalogue;
    size_t segments = catalogue_fact(catalogue, catalogue_find(catalogue, STR("segment")))->texts->n;
    bool sees_all = request->principal.scope == SCOPE_ALL || request->principal.kind == LOCAL;
    uint8_t *customers = arena_alloc(arena, health->n + 1);
    for (size_t i = 0; i < health->n; i++)
        customers[i] = health->present[i] && at_risk_customer(catalogue, &columns[SHOWN_STATUS], i);
    double *median = at_risk_medians(customers, &columns[SHOWN_ARR], &columns[SHOWN_SEGMENT], health->n,
                                     segments, sees_all, arena);
    struct ranked *list = arena_array(arena, health->n, sizeof *list);
    size_t n = 0;
    directory_lock(request->house->directory);
    for (size_t i = 0; i < health->n; i++) {
        if (!customers[i]) continue;
        if (!directory_in_scope(request->house->directory, health->first + (uint32_t)i, &request->principal))
            continue;
        struct ranked one = {
            .row = i, .arr = NAN, .unknown = isnan(health->score[i]) || health->band[i] == BAND_UNKNOWN};
        if (columns[SHOWN_ARR].state[i] == FACT_KNOWN) {
            one.arr = columns[SHOWN_ARR].number[i];
            if (!(one.arr > 0) && !one.unknown) continue; /* known to pay nothing: nothing is at stake */
        } else {
            const struct column *last_use = &columns[SHOWN_LAST_USE];
            if (!one.unknown && last_use->state[i] == FACT_KNOWN &&
                last_use->number[i] > AT_RISK_SILENT_DAYS) {
                ++*silent;
                continue;
            }
            bool has_segment = columns[SHOWN_SEGMENT].state[i] == FACT_KNOWN;
            one.arr = has_segment ? median[(size_t)columns[SHOWN_SEGMENT].number[i]] : NAN;
            if (isnan(one.arr)) one.arr = median[segments];
            one.estimated = !isnan(one.arr);
        }
        double danger = one.unknown ? 1 : (100 - health->score[i]) / 100;
        one.stake = (isnan(one.arr) ? 100 : one.arr) * danger;
        list[n++] = one;
    }
    directory_unlock(request->house->directory);
    qsort(list, n, sizeof *list, by_stake);
    *ret = list;
    return n;
}

/* ---- the answer ---- */

enum row_field {
    ROW_ACCOUNT,
    ROW_NAME,
    ROW_ID,
    ROW_SCORE,
    ROW_BAND,
    ROW_BAND_TITLE,
    ROW_ARR,
    ROW_AT_STAKE,
    ROW_ESTIMATED,
    ROW_CHANGE,
    ROW_REASONS,
    ROW_RENEWAL,
    ROW_OWNER,
    ROW_COVERAGE,
    ROW_CARD,
    ROW_UNKNOWN,
    ROW_ODDS
};
#define AT(member) offsetof(struct at_risk_row, member)
static const struct field fields[] = {
    {"account", FIELD_TEXT, 0, AT(account), .title = {"Account", "مشتری"}, .doc = "Key of the account."},
    {"name", FIELD_TEXT, 0, AT(name), .title = {"Name", "نام"}, .doc = "Name of the account."},
    {"account_id", FIELD_ID, 0, AT(account_id), .title = {"Id", "شناسه"},
     .doc = "Identifier of the account."},
    {"score", FIELD_NUMBER, 0, AT(score), .title = {"Health", "سلامت"},
     .doc = "0 to 100, higher is healthier; null: no score."},
    {"band", FIELD_TEXT, 0, AT(band), .title = {"Band", "وضعیت"},
     .doc = "Band of the scorecard, or unknown."},
    {"band_title", FIELD_TEXT, 0, AT(band_title), .title = {"Band", "وضعیت"},
     .doc = "The band in the reader's language."},
    {"arr", FIELD_NUMBER, 0, AT(arr), .title = {"ARR", "درآمد سالانه"},
     .doc = "Annual recurring revenue, minor units of the base currency."},
    {"at_stake", FIELD_NUMBER, 0, AT(at_stake), .title = {"At stake", "در خطر"},
     .doc = "ARR × (100 − health) / 100, minor units."},
    {"arr_estimated", FIELD_BOOL, 0, AT(arr_estimated), .title = {"Estimated", "برآوردی"},
     .doc = "The median ARR of the segment stands in."},
    {"change_28d", FIELD_NUMBER, 0, AT(change), .title = {"4 weeks", "۴ هفته"},
     .doc = "Change of the score in four weeks; null: no score then."},
    {"reasons", FIELD_JSON, 0, AT(reasons), .title = {"Why", "چرا"},
     .doc = "The three leading reasons: key, text, lost points."},
    {"days_to_renewal", FIELD_NUMBER, 0, AT(days_to_renewal), .title = {"Renewal", "تمدید"},
     .doc = "Days to the next renewal."},
    {"owner", FIELD_TEXT, 0, AT(owner), .title = {"Owner", "مسئول"}, .doc = "Name of the owner."},
    {"coverage", FIELD_NUMBER, 0, AT(coverage), .title = {"Coverage", "پوشش"},
     .doc = "Share of the card that could be measured, 0 to 1."},
    {"card", FIELD_TEXT, 0, AT(card), .title = {"Scorecard", "کارت امتیاز"}, .doc = "Scorecard and version."},
    {"unknown", FIELD_BOOL, 0, AT(unknown), .title = {"Unknown", "نامعلوم"},
     .doc = "In the block whose health is unknown."},
    {"odds", FIELD_JSON, 0, AT(odds), .title = {"Customers like this", "مشتریان مانند این"},
     .doc = "{text, band, bin}: what became of customers with such a score (ScoreOdds); of today alone."},
};
RECORD_TYPE(at_risk_type, "AtRisk", struct at_risk_row, fields);

static void set_number(struct at_risk_row *row, enum row_field field, double *to, double value) {
    if (isnan(value)) return;
    *to = value;
    field_set(row, (int)field);
}

static struct str owner_name(struct session *session, struct id owner, struct arena *arena,
                             enum status *status, struct problem *problem) {
    struct str name = {0};
    if (*status || id_is_none(owner)) return name;
    struct rows *rows = rows_open(session, &query_member_name);
    rows_bind_id(rows, "id", owner);
    if (rows_next(rows)) name = rows_text(rows, 0, arena);
    *status = rows_close(rows, problem);
    return name;
}

enum status at_risk_handle(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct arena *arena = request->arena;
    struct moment moment;
    int64_t limit = 50, from = 0;
    enum status status = request_moment(request, &moment, problem);
    if (!status) status = request_query_int(request, "limit", 1, 1000, &limit, problem);
    if (!status) status = request_query_int(request, "cursor", 0, UINT32_MAX, &from, problem);
    if (status) return status;

    struct card_set set;
    struct health health, before;
    struct column columns[SHOWN_FACTS];
    struct ranked *list;
    directory_lock(house->directory);
    size_t accounts = directory_size(house->directory);
    directory_unlock(house->directory);
    struct str named = request_query(request, "card");
    status = card_set_make(house, &moment, named, arena, &set, problem);
    if (!status) status = health_evaluate(house, &set, &moment, 0, accounts, NULL, arena, &health, problem);
    if (!status) status = evaluate_shown(house, &health, columns, arena, problem);
    if (status) return status;
    size_t silent, n = rank(request, &health, columns, &list, &silent);
    size_t end = (size_t)from + (size_t)limit < n ? (size_t)(from + limit) : n;

    /* Four weeks before, by what is known now and the same cards: what moved are the customers. */
    struct moment then = moment_of_day(house->insight, moment.day - AT_RISK_CHANGE_DAYS);
    then.known_at = moment.known_at;
    then.known_day = moment.known_day;
    status = health_evaluate(house, &set, &then, 0, accounts, NULL, arena, &before, problem);
    if (status) return status;

    struct format format = request_format(request);
    struct str currency = settings_text(house->settings, SETTING_ORGANISATION_CURRENCY, arena);
    struct session *session = NULL;
    struct odds odds;
    if ((status = odds_read(house, &format, arena, &odds, problem))) return status;
    if ((status = records_read(house->records, &session, problem))) return status;
    size_t unknown = 0;
    double unknown_arr = 0, unknown_estimated = 0;
    for (size_t i = 0; i < n; i++) {
        if (!list[i].unknown) continue;
        unknown++;
        if (!isnan(list[i].arr)) *(list[i].estimated ? &unknown_estimated : &unknown_arr) += list[i].arr;
    }
    struct json_writer w = {&response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = (size_t)from; i < end && !status; i++) {
        size_t at = list[i].row;
        struct scorecard_result result;
        struct at_risk_row row = {0};
        bool judged = health_explain(&health, at, arena, &result);
        directory_lock(house->directory);
        const struct directory_account *account =
            directory_account(house->directory, health.first + (uint32_t)at);
        row.account = str_copy(arena, account->key);
        row.name = str_copy(arena, account->name);
        row.account_id = account->id;
        struct id owner = account->owner;
        directory_unlock(house->directory);
        row.owner = owner_name(session, owner, arena, &status, problem);
        row.band = str_of(health_band_key(&health, at));
        row.band_title = str_of(in_language(health_band_title(&health, at), request->language));
        if (judged) {
            row.reasons = reasons_json(&health, &result, at, &format, currency, AT_RISK_REASONS, arena);
            row.card =
                str_format(arena, "%.*s v%lld", STR_ARG(result.card->key), (long long)result.card->version);
            row.has |= 1 << ROW_REASONS | 1 << ROW_CARD;
        }
        if (judged && moment.now) {
            row.odds = odds_json(&odds, result.card, result.score, row.band, &format, arena);
            field_set(&row, ROW_ODDS);
        }
        row.arr_estimated = list[i].estimated;
        row.unknown = list[i].unknown;
        row.has |= 1 << ROW_ACCOUNT | 1 << ROW_NAME | 1 << ROW_ID | 1 << ROW_BAND | 1 << ROW_BAND_TITLE |
                   1 << ROW_ESTIMATED | 1 << ROW_UNKNOWN;
        if (row.owner.n) field_set(&row, ROW_OWNER);
        set_number(&row, ROW_SCORE, &row.score, health.score[at]);
        set_number(&row, ROW_COVERAGE, &row.coverage, health.coverage[at]);
        set_number(&row, ROW_ARR, &row.arr, list[i].arr);
        if (!isnan(list[i].arr) && !list[i].unknown)
            set_number(&row, ROW_AT_STAKE, &row.at_stake, list[i].stake);
        set_number(&row, ROW_CHANGE, &row.change, health.score[at] - before.score[at]);
        if (columns[SHOWN_RENEWAL].state[at] == FACT_KNOWN)
            set_number(&row, ROW_RENEWAL, &row.days_to_renewal, columns[SHOWN_RENEWAL].number[at]);
        fields_encode(&at_risk_type, &row, &w);
    }
    session_rollback(session);
    json_end_array(&w);
    json_name(&w, STR("next_cursor"));
    if (end < n)
        json_string(&w, str_format(arena, "%zu", end));
    else
        json_null(&w);
    json_put_bool(&w, "has_more", end < n);
    json_put_int(&w, "accounts", (int64_t)n);
    json_put_int(&w, "unknown", (int64_t)unknown);
    json_put_number(&w, "unknown_arr", unknown_arr);
    json_put_number(&w, "unknown_arr_estimated", unknown_estimated);
    json_put_int(&w, "silent", (int64_t)silent);
    json_put_string(&w, "currency", currency);
    char day[DAY_TEXT + 1];
    day_print(moment.day, day);
    json_put_string(&w, "as_of", str_of(day));
    json_end_object(&w);
    return status;
}
