#include "customers/audit.h"
#include "base/calendar.h"
#include "base/log.h"
#include "base/utf8.h"
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

const struct route_query audit_query[] = {
    {"who", "Part of the name of whoever asked for it."},
    {"member", "Only of this member: id."},
    {"what", "Part of the operation or of what it was about."},
    {"method", "POST, PUT, PATCH or DELETE."},
    {"since", "From this local day on, YYYY-MM-DD."},
    {"until", "Before this local day, YYYY-MM-DD."},
    {"failed", "1: only what was refused or failed."},
    {NULL, NULL},
};

struct audit_filter {
    instant_t since, until;
    struct str who, what, method;
    struct id member;
    bool any_member;
    int64_t failed;
};

/* A part of a text for LIKE, its signs taken literally; empty: anything. */
static struct str part(struct request *request, const char *name) {
    struct str text = utf8_fold(request->arena, request_query(request, name));
    struct buf out = {0};
    if (!text.n) return STR("");
    buf_put_byte(&out, '%');
    for (size_t i = 0; i < text.n; i++) {
        if (strchr("%_\\", text.p[i])) buf_put_byte(&out, '\\');
        buf_put_byte(&out, text.p[i]);
    }
    buf_put_byte(&out, '%');
    struct str like = str_copy(request->arena, buf_str(&out));
    buf_free(&out);
    return like;
}

static enum status read_filter(struct request *request, struct audit_filter *filter,
                               struct problem *problem) {
    static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE", NULL};
    day_t since = INT32_MIN, until = INT32_MIN;
    int method = -1;
    struct str member = request_query(request, "member");
    *filter = (struct audit_filter){.until = INT64_MAX,
                                    .who = part(request, "who"),
                                    .what = part(request, "what"),
                                    .method = STR(""),
                                    .any_member = !member.n};
    if (request_query_day(request, "since", &since, problem)) return BAD_INPUT;
    if (request_query_day(request, "until", &until, problem)) return BAD_INPUT;
    if (request_query_choice(request, "method", methods, &method, problem)) return BAD_INPUT;
    if (request_query_int(request, "failed", 0, 1, &filter->failed, problem)) return BAD_INPUT;
    if (member.n && !id_parse(member, &filter->member))
        return fail_at(problem, STR("member"),
                       MESSAGE("member_id", "“{0}” is no id of a member.", "«{0}» شناسهٔ همکاری نیست."),
                       ARGS(member));
    if (since != INT32_MIN) filter->since = zone_start(request->house->zone, since);
    if (until != INT32_MIN) filter->until = zone_start(request->house->zone, until);
    if (method >= 0) filter->method = str_of(methods[method]);
    return OK;
}

enum status audit_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct list list;
    struct audit_filter filter;
    enum status status = read_filter(request, &filter, problem);
    if (!status) status = list_begin(&list, request, response, &audit_type, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct id before = list.after;
    if (id_is_none(before)) memset(&before, 0xff, sizeof before);
    struct rows *rows = rows_open(session, &query_audit_list);
    rows_bind_id(rows, "before", before);
    rows_bind_int(rows, "most", list.limit + 1);
    rows_bind_int(rows, "since", filter.since);
    rows_bind_int(rows, "until", filter.until);
    rows_bind_text(rows, "who", filter.who);
    rows_bind_text(rows, "what", filter.what);
    rows_bind_text(rows, "method", filter.method);
    rows_bind_int(rows, "any_member", filter.any_member);
    rows_bind_id(rows, "member", filter.member);
    rows_bind_int(rows, "failed", filter.failed);
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
