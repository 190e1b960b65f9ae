#include "customers/account.h"
#include "customers/price_index.h"
#include "platform/answer.h"
#include "queries.h"

#define AT(member) offsetof(struct price_index_row, member)
static const struct field fields[PRICE_INDEX_FIELDS] = {
    [PRICE_INDEX_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED | FIELD_KEY, AT(name), 1, 40,
                          .title = {"Index", "شاخص قیمت"}, .synonyms = "index|نام",
                          .doc = "Name of the index, such as cpi."},
    [PRICE_INDEX_DAY] = {"day", FIELD_DATE, FIELD_REQUIRED, AT(day), .title = {"From", "از روز"},
                         .synonyms = "date|month|تاریخ|روز|ماه",
                         .doc = "Local day from which it holds, until the next."},
    [PRICE_INDEX_VALUE] = {"value", FIELD_TEXT, FIELD_REQUIRED, AT(value), 0, 40, .title = {"Value", "مقدار"},
                           .synonyms = "level|سطح|عدد",
                           .doc =
                               "The level of prices: a decimal as text, such as “134.6”; its base does not "
                               "matter."},
    [PRICE_INDEX_SOURCE] = {"source", FIELD_TEXT, FIELD_READ_ONLY, AT(source), .title = {"Source", "منبع"},
                            .doc = "Who told it."},
    [PRICE_INDEX_KNOWN_FROM] = {"known_from", FIELD_INSTANT, FIELD_READ_ONLY, AT(known_from),
                                .title = {"Known from", "دانسته از"}, .doc = "Since when it could be known."},
    [PRICE_INDEX_KNOWN_ASSUMED] = {"known_assumed", FIELD_BOOL, FIELD_READ_ONLY, AT(known_assumed),
                                   .title = {"Assumed", "فرضی"},
                                   .doc = "known_from was assumed from a declared back-fill."},
};
RECORD_TYPE(price_index_type, "PriceIndex", struct price_index_row, fields);

enum status price_index_handle_list(struct request *request, struct response *response,
                                    struct problem *problem) {
    struct session *session = NULL;
    struct str name = request_query(request, "name");
    struct json_writer w = {.out = &response->body};
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_price_index_list);
    rows_bind_int(rows, "every", !name.p);
    rows_bind_text(rows, "name", name.p ? name : STR(""));
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    while (rows_next(rows)) {
        struct price_index_row row = {0};
        rows_read(rows, &price_index_type, &row, request->arena);
        fields_encode(&price_index_type, &row, &w);
    }
    json_end_array(&w);
    json_end_object(&w);
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

enum status price_index_handle_put(struct request *request, struct response *response,
                                   struct problem *problem) {
    struct session *session = NULL;
    struct origin origin = request_origin(request);
    struct price_index_row *row = request->input;
    enum upsert_result result;
    enum status status = records_write(request->house->records, &session, problem);
    if (status) return status;
    status = price_index_upsert(session, &origin, row, &result, problem);
    if (!status) {
        struct rows *rows = rows_open(session, &query_price_index_newest_row);
        rows_bind_record(rows, &price_index_type, row);
        if (rows_next(rows)) rows_read(rows, &price_index_type, row, request->arena);
        status = rows_close(rows, problem);
    }
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (status) return status;
    answer_record(request, response, result == UPSERT_CREATED ? 201 : 200, &price_index_type, row, 0);
    return OK;
}
