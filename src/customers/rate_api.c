#include "customers/account.h"
#include "customers/rate.h"
#include "platform/answer.h"
#include "platform/notices.h"
#include "platform/settings.h"
#include "queries.h"

#define AT(member) offsetof(struct rate_row, member)
static const struct field fields[RATE_FIELDS] = {
    [RATE_CURRENCY] = {"currency", FIELD_TEXT, FIELD_REQUIRED | FIELD_KEY, AT(currency), 3, 3,
                       .title = {"Currency", "ارز"}, .synonyms = "code|from|واحد پول",
                       .doc = "ISO 4217, capital letters."},
    [RATE_DAY] = {"day", FIELD_DATE, FIELD_REQUIRED, AT(day), .title = {"From", "از روز"},
                  .synonyms = "date|valid from|تاریخ|روز",
                  .doc = "Local day from which it holds, until the next."},
    [RATE_RATE] = {"rate", FIELD_TEXT, FIELD_REQUIRED, AT(rate), 0, 40, .title = {"Rate", "نرخ"},
                   .synonyms = "value|نرخ تبدیل",
                   .doc =
                       "What one unit is worth in the base currency: a decimal as text, such as “1.0835”."},
    [RATE_BASE] = {"base", FIELD_TEXT, 0, AT(base), 0, 3, .title = {"Base", "ارز پایه"},
                   .synonyms = "to|quote", .doc = "The organisation's currency; another is refused."},
    [RATE_SOURCE] = {"source", FIELD_TEXT, FIELD_READ_ONLY, AT(source), .title = {"Source", "منبع"},
                     .doc = "Who told it."},
    [RATE_KNOWN_FROM] = {"known_from", FIELD_INSTANT, FIELD_READ_ONLY, AT(known_from),
                         .title = {"Known from", "دانسته از"}, .doc = "Since when it could be known."},
    [RATE_KNOWN_ASSUMED] = {"known_assumed", FIELD_BOOL, FIELD_READ_ONLY, AT(known_assumed),
                            .title = {"Assumed", "فرضی"},
                            .doc = "known_from was assumed from a declared back-fill."},
};
RECORD_TYPE(rate_type, "ExchangeRate", struct rate_row, fields);

enum status rate_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct session *session = NULL;
    struct str currency = request_query(request, "currency");
    struct json_writer w = {.out = &response->body};
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_rate_list);
    rows_bind_text(rows, "base",
                   settings_text(house->settings, SETTING_ORGANISATION_CURRENCY, request->arena));
    rows_bind_int(rows, "every", !currency.p);
    rows_bind_text(rows, "currency", currency.p ? currency : STR(""));
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    while (rows_next(rows)) {
        struct rate_row row = {0};
        rows_read(rows, &rate_type, &row, request->arena);
        fields_encode(&rate_type, &row, &w);
    }
    json_end_array(&w);
    json_end_object(&w);
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

enum status rate_handle_put(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct session *session = NULL;
    struct origin origin = request_origin(request);
    struct str base = settings_text(house->settings, SETTING_ORGANISATION_CURRENCY, request->arena);
    struct rate_row *row = request->input;
    enum upsert_result result;
    enum status status = records_write(house->records, &session, problem);
    if (status) return status;
    status = rate_upsert(session, &origin, base, row, &result, problem);
    struct rows *rows = rows_open(session, &query_rate_newest_row);
    row->base = base;
    field_set(row, RATE_BASE);
    rows_bind_record(rows, &rate_type, row);
    if (!status && rows_next(rows)) rows_read(rows, &rate_type, row, request->arena);
    enum status read = rows_close(rows, problem);
    if (!status) status = read;
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (status) return status;
    if (result != UPSERT_UNCHANGED)
        notices_put(house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_DIRECTORY | NOTICE_RECORDS);
    answer_record(request, response, result == UPSERT_CREATED ? 201 : 200, &rate_type, row, 0);
    return OK;
}
