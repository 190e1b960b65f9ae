/* Scorecards as stored: listing, reading, saving a new version; overrides by members; the history of scores.
 */
#include "customers/account.h"
#include "insight/health.h"
#include "insight/segment_set.h"
#include "platform/answer.h"
#include "platform/notices.h"
#include "queries.h"

#include <math.h>

struct stored_scorecard {
    uint64_t has;
    struct id id;
    struct str key;
    int64_t version, place;
    struct str card;
    instant_t live_from, created_at;
    struct str created_by, reason;
};
#define AT(member) offsetof(struct stored_scorecard, member)
enum {
    CARD_ID,
    CARD_KEY,
    CARD_VERSION,
    CARD_PLACE,
    CARD_CARD,
    CARD_LIVE_FROM,
    CARD_CREATED_AT,
    CARD_CREATED_BY,
    CARD_REASON
};
static const struct field card_fields[] = {
    {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier of this version."},
    {"key", FIELD_TEXT, FIELD_READ_ONLY, AT(key), .title = {"Key", "کلید"}, .doc = "Key of the scorecard."},
    {"version", FIELD_INT, FIELD_READ_ONLY, AT(version), .title = {"Version", "نسخه"},
     .doc = "Grows by one with every saved change; the ETag."},
    {"place", FIELD_INT, 0, AT(place), 1, 1000, .title = {"Place", "ترتیب"},
     .doc = "Order in which rules are tried: the first that holds, else the first without a rule."},
    {"card", FIELD_JSON, FIELD_REQUIRED, AT(card), .title = {"Card", "کارت"},
     .doc = "The scorecard: groups, measures, bands, exceptions."},
    {"live_from", FIELD_INSTANT, FIELD_READ_ONLY, AT(live_from), .title = {"In force from", "از تاریخ"},
     .doc = "Since when this version is in force."},
    {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at), .title = {"Saved", "زمان ذخیره"},
     .doc = "When it was saved."},
    {"created_by", FIELD_TEXT, FIELD_READ_ONLY, AT(created_by), .title = {"By", "توسط"},
     .doc = "Who saved it."},
    {"reason", FIELD_TEXT, 0, AT(reason), 1, 2000, .title = {"Reason", "دلیل"},
     .doc = "Why this version was saved, for everyone to read; null: none was given."},
};
RECORD_TYPE(scorecard_type, "Scorecard", struct stored_scorecard, card_fields);

static enum status read_latest(struct session *session, struct str key, struct stored_scorecard *card,
                               bool *found, struct arena *arena, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_scorecard_latest);
    rows_bind_text(rows, "key", key);
    *found = rows_next(rows);
    if (*found) rows_read(rows, &scorecard_type, card, arena);
    return rows_close(rows, problem);
}

enum status scorecard_handle_list(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct json_writer w = {&response->body};
    struct stored_scorecard card;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    struct rows *rows = rows_open(session, &query_scorecard_current);
    while (rows_next(rows)) {
        rows_read(rows, &scorecard_type, &card, request->arena);
        fields_encode(&scorecard_type, &card, &w);
    }
    json_end_array(&w);
    json_name(&w, STR("next_cursor"));
    json_null(&w);
    json_put_bool(&w, "has_more", false);
    json_end_object(&w);
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

enum status scorecard_handle_get(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct session *session = NULL;
    struct stored_scorecard card = {0};
    bool found = false;
    struct str key = request_param(request, "key");
    enum status status = records_read(request->house->records, &session, problem);
    if (!status) status = read_latest(session, key, &card, &found, request->arena, problem);
    session_rollback(session);
    if (status) return status;
    if (!found) return fail_not_found(problem, (struct text){"scorecard", "کارت امتیاز"}, key);
    answer_record(request, response, 200, &scorecard_type, &card, card.version);
    return OK;
}

enum status scorecard_handle_versions(struct request *request, struct response *response,
                                      struct problem *problem) {
    struct session *session = NULL;
    struct str key = request_param(request, "key");
    size_t n = 0;
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct json_writer w = {&response->body};
    struct stored_scorecard card;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    struct rows *rows = rows_open(session, &query_scorecard_versions);
    rows_bind_text(rows, "key", key);
    for (; rows_next(rows); n++) {
        rows_read(rows, &scorecard_type, &card, request->arena);
        fields_encode(&scorecard_type, &card, &w);
    }
    json_end_array(&w);
    json_end_object(&w);
    status = rows_close(rows, problem);
    session_rollback(session);
    if (!status && !n) {
        buf_clear(&response->body);
        return fail_not_found(problem, (struct text){"scorecard", "کارت امتیاز"}, key);
    }
    return status;
}

/* The first place that names such a fact, as a JSON pointer; empty when none does. */
static struct str place_of_score(const struct catalogue *catalogue, const struct json *json, struct str where,
                                 struct arena *arena) {
    struct str found = {0};
    uint32_t fact =
        json->kind == JSON_OBJECT ? catalogue_find(catalogue, json_get_string(json, "fact")) : DICT_NONE;
    if (fact != DICT_NONE && fact_reach(&catalogue->world, fact) & REACH_SCORE)
        return str_format(arena, "%.*s/fact", STR_ARG(where));
    bool nested = json->kind == JSON_OBJECT || json->kind == JSON_ARRAY;
    for (size_t i = 0; nested && i < json->n && !found.n; i++) {
        struct str below = json->kind == JSON_ARRAY
                               ? str_format(arena, "%.*s/%zu", STR_ARG(where), i)
                               : str_format(arena, "%.*s/%.*s", STR_ARG(where), STR_ARG(json->names[i]));
        found = place_of_score(catalogue, &json->items[i], below, arena);
    }
    return found;
}

/* Health cannot be made of health, through whatever formula, segment or touch model. Rules in words name no
 * place: there it is the card. */
enum status scorecard_refuse_cycle(const struct catalogue *catalogue, const struct json *json,
                                   struct str card_at, const struct scorecard *card, struct arena *arena,
                                   struct problem *problem) {
    if (!(needs_reach(&catalogue->world, &card->needs) & REACH_SCORE)) return OK;
    struct str where = place_of_score(catalogue, json, card_at, arena);
    return fail_at(
        problem, where.n ? where : card_at,
        MESSAGE(
            "scorecard_cycle",
            "Something that it reads is made from the score itself: a scorecard cannot read it.",
            "چیزی که می‌خواند خود از امتیاز ساخته می‌شود: کارت امتیاز نمی‌تواند آن را بخواند."),
        NO_ARGS);
}

/* A new version takes force at once and stands beside the old ones; what was shown before stays as it was
 * shown. */
enum status scorecard_handle_put(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct house *house = request->house;
    struct arena *arena = request->arena;
    struct stored_scorecard *card = request->input, before = {0};
    struct card_set draft;
    struct json json;
    struct str key = request_param(request, "key");
    enum status status = json_parse(card->card, arena, &json, problem);
    if (!status)
        status =
            card_set_draft(insight_catalogue(house->insight), &json, STR("/card"), arena, &draft, problem);
    if (status) return status;
    const struct scorecard *parsed = draft.cards[0];
    if (!str_equal(parsed->key, key))
        return fail_at(problem, STR("/card/key"),
                       MESSAGE("scorecard_key_differs",
                               "The card is named “{0}”, but the address says “{1}”.",
                               "نام کارت «{0}» است ولی نشانی می‌گوید «{1}»."),
                       ARGS(parsed->key, key));

    struct session *session = NULL;
    bool found = false;
    instant_t now = clock_now(house->clock);
    if ((status = records_write(house->records, &session, problem))) return status;
    status = read_latest(session, key, &before, &found, arena, problem);
    /* The command line has no version in hand: its file replaces what stands, which stays stored. */
    bool by_command = request->principal.kind == LOCAL && !request_header(request, "if-match").n;
    if (!status && found && !by_command) status = request_if_match(request, before.version, problem);
    if (!status) {
        struct rows *rows = rows_open(session, &query_scorecard_retire);
        rows_bind_text(rows, "key", key);
        rows_bind_int(rows, "at", now);
        while (rows_next(rows)) {
        }
        status = rows_close(rows, problem);
    }
    struct stored_scorecard after = {
        .has = ~(uint64_t)0 >> (64 - scorecard_type.count),
        .id = id_new(now),
        .key = key,
        .version = before.version + 1,
        .place = field_has(card, CARD_PLACE) ? card->place
                 : found                     ? before.place
                                             : 100,
        .card = card->card,
        .live_from = now,
        .created_at = now,
        .created_by = request->principal.name,
        .reason = card->reason,
    };
    if (!field_has(card, CARD_REASON)) after.has &= ~((uint64_t)1 << CARD_REASON);
    if (!status) status = session_run(session, &query_scorecard_insert, &scorecard_type, &after, problem);
    if (status) {
        session_rollback(session);
        return status;
    }
    if ((status = session_commit(session, problem))) return status;
    notices_put(house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_CATALOGUE);
    answer_record(request, response, found ? 200 : 201, &scorecard_type, &after, after.version);
    return OK;
}

/* ---- overrides ---- */

struct override {
    uint64_t has;
    struct id id, account;
    double score;
    struct str reason;
    instant_t starts_at, ends_at;
    struct str created_by;
};
#undef AT
#define AT(member) offsetof(struct override, member)
static const struct field override_fields[] = {
    {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    {"account", FIELD_ID, FIELD_READ_ONLY, AT(account), .title = {"Account", "مشتری"}, .doc = "The account."},
    {"score", FIELD_NUMBER, FIELD_REQUIRED, AT(score), 0, 100, .title = {"Score", "امتیاز"},
     .doc = "The score that counts instead, 0 to 100."},
    {"reason", FIELD_TEXT, FIELD_REQUIRED, AT(reason), 1, 1000, .title = {"Reason", "دلیل"},
     .doc = "Why, for everyone to read."},
    {"starts_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(starts_at), .title = {"From", "از"},
     .doc = "Since when it holds."},
    {"ends_at", FIELD_INSTANT, 0, AT(ends_at), .title = {"Until", "تا"},
     .doc = "Until when; null: until it is taken back."},
    {"created_by", FIELD_TEXT, FIELD_READ_ONLY, AT(created_by), .title = {"By", "توسط"},
     .doc = "Who set it."},
};
RECORD_TYPE(override_type, "HealthOverride", struct override, override_fields);

static enum status end_override(struct session *session, struct id account, instant_t now, int64_t *ended,
                                struct problem *problem) {
    struct rows *rows = rows_open(session, &query_health_override_end);
    rows_bind_id(rows, "account", account);
    rows_bind_int(rows, "at", now);
    while (rows_next(rows)) {
    }
    *ended = rows_changed(rows);
    return rows_close(rows, problem);
}

enum status health_handle_override(struct request *request, struct response *response,
                                   struct problem *problem) {
    struct house *house = request->house;
    struct override *override = request->input;
    struct session *session = NULL;
    int64_t ended;
    instant_t now = clock_now(house->clock);
    enum status status = request_account(request, &override->account, problem);
    if (status) return status;
    if (field_has(override, 5) && override->ends_at <= now)
        return fail_at(problem, STR("/ends_at"),
                       MESSAGE("override_ended", "The end lies in the past. Give a later one, or none.",
                               "پایان در گذشته است. زمانی دیرتر بدهید یا خالی بگذارید."),
                       NO_ARGS);
    override->id = id_new(now);
    override->starts_at = now;
    override->created_by = request->principal.name;
    override->has |= 1 << 0 | 1 << 1 | 1 << 4 | 1 << 6;
    if ((status = records_write(house->records, &session, problem))) return status;
    status = end_override(session, override->account, now, &ended, problem);
    if (!status)
        status = session_run(session, &query_health_override_insert, &override_type, override, problem);
    if (status) {
        session_rollback(session);
        return status;
    }
    if ((status = session_commit(session, problem))) return status;
    account_touched(house, override->account);
    answer_record(request, response, 201, &override_type, override, 0);
    return OK;
}

enum status health_handle_override_end(struct request *request, struct response *response,
                                       struct problem *problem) {
    struct house *house = request->house;
    struct session *session = NULL;
    struct id account;
    int64_t ended = 0;
    enum status status = request_account(request, &account, problem);
    if (!status) status = records_write(house->records, &session, problem);
    if (status) return status;
    status = end_override(session, account, clock_now(house->clock), &ended, problem);
    if (status) {
        session_rollback(session);
        return status;
    }
    if ((status = session_commit(session, problem))) return status;
    if (!ended)
        return fail_not_found(problem,
                              (struct text){"override of", "امتیاز تعیین‌شده برای"},
                              request_param(request, "id"));
    account_touched(house, account);
    response->code = 204;
    return OK;
}

/* ---- history ---- */

struct score_row {
    uint64_t has;
    day_t day;
    instant_t at;
    struct str kind, card;
    int64_t version;
    double score;
    struct str band;
    double coverage;
};
#undef AT
#define AT(member) offsetof(struct score_row, member)
static const struct field score_fields[] = {
    {"day", FIELD_DATE, 0, AT(day), .title = {"Day", "روز"}, .doc = "Local day."},
    {"at", FIELD_INSTANT, 0, AT(at), .title = {"At", "زمان"}, .doc = "When it was computed."},
    {"kind", FIELD_TEXT, 0, AT(kind), .title = {"Kind", "نوع"},
     .doc = "day: the closing score of the day; band: its band had just changed."},
    {"card", FIELD_TEXT, 0, AT(card), .title = {"Scorecard", "کارت امتیاز"},
     .doc = "Scorecard; null: none applied."},
    {"version", FIELD_INT, 0, AT(version), .title = {"Version", "نسخه"}, .doc = "Version of the scorecard."},
    {"score", FIELD_NUMBER, 0, AT(score), .title = {"Health", "سلامت"},
     .doc = "Score as shown; null: no score."},
    {"band", FIELD_TEXT, 0, AT(band), .title = {"Band", "وضعیت"}, .doc = "Band as shown."},
    {"coverage", FIELD_NUMBER, 0, AT(coverage), .title = {"Coverage", "پوشش"}, .doc = "Coverage, 0 to 1."},
};
RECORD_TYPE(score_row_type, "Score", struct score_row, score_fields);

enum status health_handle_history(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct session *session = NULL;
    struct id account;
    int64_t limit = 100, before = INT64_MAX;
    enum status status = request_account(request, &account, problem);
    if (!status) status = request_query_int(request, "limit", 1, 1000, &limit, problem);
    if (!status) status = request_query_int(request, "cursor", INT64_MIN, INT64_MAX, &before, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct json_writer w = {&response->body};
    struct score_row row = {0};
    int64_t n = 0;
    bool more = false;
    instant_t last = INT64_MIN;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    struct rows *rows = rows_open(session, &query_score_history_list);
    rows_bind_id(rows, "account", account);
    rows_bind_int(rows, "before", before);
    rows_bind_int(rows, "limit", limit + 2);
    while (rows_next(rows)) {
        /* The cursor is an instant: two rows of the same one stay on one page. */
        if ((more = n >= limit && rows_int(rows, 1) != last)) break;
        last = rows_int(rows, 1);
        rows_read(rows, &score_row_type, &row, request->arena);
        fields_encode(&score_row_type, &row, &w);
        n++;
    }
    json_end_array(&w);
    json_name(&w, STR("next_cursor"));
    if (more)
        json_string(&w, str_format(request->arena, "%lld", (long long)last));
    else
        json_null(&w);
    json_put_bool(&w, "has_more", more);
    json_end_object(&w);
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}
