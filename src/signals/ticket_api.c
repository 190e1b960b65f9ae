#include "signals/ticket.h"

#define AT(member) offsetof(struct ticket, member)
static const char *const urgencies[] = {"low", "normal", "high", "urgent", NULL};
static const struct field fields[TICKET_FIELDS] = {
    ENTRY_FIELD_ROWS(struct ticket, "ticket|ticket_id|number|id|شماره تیکت|شناسه تیکت|شناسه"),
    [TICKET_USER_KEY] = {"user_key", FIELD_TEXT, FIELD_WRITE_ONLY, AT(user_key), 0, 200,
                         .title = {"User", "کاربر"},
                         .synonyms = "user|user_id|contact|requester|کاربر|درخواست‌کننده",
                         .doc = "Who asked, as the source names them."},
    [TICKET_PERSON] = {"person", FIELD_ID, FIELD_READ_ONLY, AT(person), .title = {"Person", "شخص"},
                       .doc = "Who asked."},
    [TICKET_OPENED_AT] = {"opened_at", FIELD_INSTANT, FIELD_REQUIRED, AT(opened_at),
                          .title = {"Opened", "زمان گشایش"},
                          .synonyms = "opened|created|created_at|date|تاریخ|تاریخ ایجاد",
                          .doc = "When it was opened."},
    [TICKET_CLOSED_AT] = {"closed_at", FIELD_INSTANT, 0, AT(closed_at), .title = {"Closed", "زمان بسته شدن"},
                          .synonyms = "closed|solved|solved_at|resolved|resolved_at|تاریخ بستن",
                          .doc = "When it was closed; open without."},
    [TICKET_URGENCY] = {"urgency", FIELD_ENUM, 0, AT(urgency), .options = urgencies,
                        .title = {"Urgency", "فوریت"}, .synonyms = "priority|severity|اولویت",
                        .doc = "low, normal, high or urgent; normal unless told."},
    [TICKET_STATUS] = {"status", FIELD_TEXT, 0, AT(status), 0, 100, .title = {"Status", "وضعیت"},
                       .synonyms = "state", .doc = "As the source names it."},
    [TICKET_SUBJECT] = {"subject", FIELD_TEXT, 0, AT(subject), 0, 500, .title = {"Subject", "موضوع"},
                        .synonyms = "title|summary|عنوان", .doc = "What it is about."},
};
RECORD_TYPE(ticket_type, "Ticket", struct ticket, fields);

enum status ticket_handle_list(struct request *request, struct response *response, struct problem *problem) {
    return entry_handle_list(request, response, &ticket_kind, problem);
}

enum status ticket_handle_create(struct request *request, struct response *response,
                                 struct problem *problem) {
    return entry_handle_create(request, response, &ticket_kind, problem);
}
