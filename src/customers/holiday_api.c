#include "customers/holiday.h"
#include "platform/answer.h"
#include "platform/notices.h"
#include "platform/records.h"
#include "queries.h"

#define AT(member) offsetof(struct holiday, member)
static const struct field fields[] = {
    {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    {"day", FIELD_DATE, FIELD_REQUIRED, AT(day), .title = {"Day", "روز"}, .doc = "The local day."},
    {"country", FIELD_TEXT, 0, AT(country), 0, 2, .title = {"Country", "کشور"},
     .doc = "ISO 3166-1 alpha-2: only accounts of that country; empty: everybody's."},
    {"title", FIELD_TEXT, FIELD_REQUIRED, AT(title), 1, 200, .title = {"Title", "عنوان"},
     .doc = "What people call it."},
    {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at), .title = {"Created", "زمان ایجاد"},
     .doc = "When it was made."},
};
RECORD_TYPE(holiday_type, "Holiday", struct holiday, fields);

/* Comparisons with an account's own past leave holidays out: all of them change. */
static void changed(struct request *request) {
    notices_put(request->house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_CATALOGUE);
}

enum status holiday_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct list list;
    enum status status = list_begin(&list, request, response, &holiday_type, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_holiday_list);
    rows_bind_int(rows, "first", id_is_none(list.after));
    rows_bind_id(rows, "after", list.after);
    rows_bind_int(rows, "limit", list.limit + 1);
    struct holiday holiday;
    while (rows_next(rows)) {
        rows_read(rows, &holiday_type, &holiday, request->arena);
        if (!list_add(&list, &holiday, holiday.id)) break;
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    if (!status) list_end(&list);
    return status;
}

enum status holiday_handle_create(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct holiday *holiday = request->input;
    enum status status =
        holiday_create(request->house->records, clock_now(request->house->clock), holiday, problem);
    if (status) return status;
    changed(request);
    answer_record(request, response, 201, &holiday_type, holiday, 0);
    return OK;
}

enum status holiday_handle_delete(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct id id;
    enum status status = request_id(request, "id", &id, problem);
    if (!status) status = holiday_delete(request->house->records, id, problem);
    if (status) return status;
    changed(request);
    response->code = 204;
    return OK;
}
