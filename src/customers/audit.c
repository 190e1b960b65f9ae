#include "customers/audit.h"
#include "base/log.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "queries.h"

struct audit_row {
    uint64_t has;
    struct id id;
    instant_t at;
    struct str who;
    struct id member, key;
    struct str method, route, target;
    int64_t code;
    struct str peer;
};
#define AT(what) offsetof(struct audit_row, what)
static const struct field fields[] = {
    {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    {"at", FIELD_INSTANT, FIELD_READ_ONLY, AT(at), .title = {"At", "زمان"}, .doc = "When it ended."},
    {"who", FIELD_TEXT, FIELD_READ_ONLY, AT(who), .title = {"Who", "چه کسی"},
     .doc = "Name of the member, key:<name> or cli:<user>."},
    {"member", FIELD_ID, FIELD_READ_ONLY, AT(member), .title = {"Member", "همکار"},
     .doc = "The member, if it was one."},
    {"key", FIELD_ID, FIELD_READ_ONLY, AT(key), .title = {"Key", "کلید"}, .doc = "The key, if it was one."},
    {"method", FIELD_TEXT, FIELD_READ_ONLY, AT(method), .title = {"Method", "روش"}, .doc = "HTTP method."},
    {"route", FIELD_TEXT, FIELD_READ_ONLY, AT(route), .title = {"Operation", "عملیات"},
     .doc = "Pattern of the address."},
    {"target", FIELD_TEXT, FIELD_READ_ONLY, AT(target), .title = {"Target", "هدف"},
     .doc = "The address asked for."},
    {"code", FIELD_INT, FIELD_READ_ONLY, AT(code), .title = {"Outcome", "نتیجه"},
     .doc = "HTTP status that it ended with."},
    {"peer", FIELD_TEXT, FIELD_READ_ONLY, AT(peer), .title = {"From", "از"},
     .doc = "Network address, or local."},
};
RECORD_TYPE(audit_type, "AuditEntry", struct audit_row, fields);

void audit_put(struct house *house, const struct audit_entry *entry) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct session *session = NULL;
    const struct principal *by = entry->principal;
    instant_t now = clock_now(house->clock);
    enum status status = records_write(house->records, &session, &problem);
    if (status) goto done;
    struct rows *rows = rows_open(session, &query_audit_insert);
    rows_bind_id(rows, "id", id_new(now));
    rows_bind_int(rows, "at", now);
    rows_bind_text(rows, "who", by->name.n ? by->name : STR("-"));
    if (by->kind == MEMBER)
        rows_bind_id(rows, "member", by->member);
    else
        rows_bind_null(rows, "member");
    if (by->kind == API_KEY)
        rows_bind_id(rows, "key", by->key);
    else
        rows_bind_null(rows, "key");
    rows_bind_text(rows, "method", entry->method);
    rows_bind_text(rows, "route", entry->route);
    rows_bind_text(rows, "target", str_slice(entry->target, 0, 500));
    rows_bind_int(rows, "code", entry->code);
    rows_bind_text(rows, "peer", entry->peer);
    rows_next(rows);
    if ((status = rows_close(rows, &problem))) goto done;
    status = session_commit(session, &problem);
    session = NULL;
done:
    session_rollback(session);
    if (status && house->log) log_problem(house->log, "write the audit", &problem);
    arena_free(&arena);
}

enum status audit_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct list list;
    enum status status = list_begin(&list, request, response, &audit_type, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct id before = list.after;
    if (id_is_none(before)) memset(&before, 0xff, sizeof before);
    struct rows *rows = rows_open(session, &query_audit_list);
    rows_bind_id(rows, "before", before);
    rows_bind_int(rows, "most", list.limit + 1);
    while (rows_next(rows)) {
        struct audit_row row = {0};
        rows_read(rows, &audit_type, &row, request->arena);
        if (!list_add(&list, &row, row.id)) break;
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    if (!status) list_end(&list);
    return status;
}
