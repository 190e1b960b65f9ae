/* Sessions: one's own, and for administrators those of a member, listed and ended. */
#include "base/vec.h"
#include "customers/member.h"
#include "customers/sign_in.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "queries.h"

struct session_row {
    uint64_t has;
    struct id id;
    instant_t created_at, seen_at, expires_at;
    struct str peer, agent, device;
    bool current;
};
#define AT(what) offsetof(struct session_row, what)
static const struct field session_fields[] = {
    {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at), .title = {"Signed in", "زمان ورود"},
     .doc = "When it began."},
    {"seen_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(seen_at), .title = {"Last seen", "آخرین بازدید"},
     .doc = "When it was last used, to the minute."},
    {"expires_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(expires_at), .title = {"Ends", "زمان پایان"},
     .doc = "When it ends at the latest."},
    {"peer", FIELD_TEXT, FIELD_READ_ONLY, AT(peer), .title = {"From", "از"},
     .doc = "Network address at sign-in."},
    {"device", FIELD_TEXT, FIELD_READ_ONLY, AT(device), .title = {"Device", "دستگاه"},
     .doc = "Browser and system in words, as far as the browser tells."},
    {"current", FIELD_BOOL, FIELD_READ_ONLY, AT(current), .title = {"This one", "همین نشست"},
     .doc = "The session that asks."},
    {"agent", FIELD_TEXT, FIELD_READ_ONLY, AT(agent), .title = {"Browser", "مرورگر"},
     .doc = "What the browser calls itself."},
};
RECORD_TYPE(session_type, "Session", struct session_row, session_fields);

/* What a browser calls itself is a history of the trade; these words, in this order, tell most apart. */
static const struct {
    const char *mark;
    const char *name;
} browsers[] = {{"Edg/", "Edge"},        {"OPR/", "Opera"},     {"SamsungBrowser/", "Samsung Internet"},
                {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"Chrome/", "Chrome"},
                {"CriOS/", "Chrome"},    {"Safari/", "Safari"}, {"curl/", "curl"}},
  systems[] = {{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},  {"Windows", "Windows"},
               {"Mac OS X", "macOS"},  {"CrOS", "ChromeOS"}, {"Linux", "Linux"}};

static bool mentions(struct str text, const char *mark) {
    return text.n && memmem(text.p, text.n, mark, strlen(mark));
}

/* "Firefox, Linux"; in the reader's words where neither is told. */
static struct str device_of(struct str agent, enum language language, struct arena *arena) {
    const char *browser = NULL, *system = NULL;
    for (size_t i = 0; i < COUNT(browsers) && !browser; i++)
        if (mentions(agent, browsers[i].mark)) browser = browsers[i].name;
    for (size_t i = 0; i < COUNT(systems) && !system; i++)
        if (mentions(agent, systems[i].mark)) system = systems[i].name;
    if (!browser && !system) return language == PERSIAN ? STR("دستگاه ناشناخته") : STR("Unknown device");
    if (!browser || !system) return str_of(browser ? browser : system);
    return str_format(arena, language == PERSIAN ? "%s، %s" : "%s, %s", browser, system);
}

static struct str token_of(const struct request *request) {
    struct str rest = request_header(request, "cookie");
    while (rest.n) {
        struct str value, pair = str_trim(str_cut(rest, ';', &rest)), name = str_cut(pair, '=', &value);
        if (str_is(name, SIGN_IN_COOKIE) || str_is(name, SIGN_IN_COOKIE_TLS)) return value;
    }
    return (struct str){0};
}

static enum status run_and_commit(struct records *records, const struct query *query, const char *blob_name,
                                  struct str blob, const struct id *id, const struct id *member,
                                  int64_t *changed, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_write(records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, query);
    if (blob_name) rows_bind_blob(rows, blob_name, blob);
    if (id) rows_bind_id(rows, "id", *id);
    if (member) rows_bind_id(rows, "member", *member);
    rows_next(rows);
    *changed = rows_changed(rows);
    if ((status = rows_close(rows, problem))) {
        session_rollback(session);
        return status;
    }
    return session_commit(session, problem);
}

enum status sign_out_handle(struct request *request, struct response *response, struct problem *problem) {
    uint8_t hash[TOKEN_HASH];
    int64_t changed;
    token_hash(token_of(request), hash);
    enum status status =
        run_and_commit(request->house->records, &query_member_session_delete_token, "token_hash",
                       (struct str){(char *)hash, sizeof hash}, NULL, NULL, &changed, problem);
    if (status) return status;
    sign_in_ended(request->house);
    response->code = 204;
    response->set_cookie = sign_in_cookie(request, "", 0);
    return OK;
}

static enum status list_of(struct request *request, struct response *response, struct id member,
                           struct problem *problem) {
    struct session *session = NULL;
    struct list list;
    enum status status = list_begin(&list, request, response, &session_type, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_member_session_list);
    rows_bind_id(rows, "member", member);
    rows_bind_id(rows, "after", list.after);
    rows_bind_int(rows, "most", list.limit + 1);
    while (rows_next(rows)) {
        struct session_row row = {0};
        rows_read(rows, &session_type, &row, request->arena);
        row.device = device_of(row.agent, request->language, request->arena);
        row.current = id_equal(row.id, request->principal.session);
        field_set(&row, field_index(&session_type, STR("device")));
        field_set(&row, field_index(&session_type, STR("current")));
        if (!list_add(&list, &row, row.id)) break;
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    if (!status) list_end(&list);
    return status;
}

enum status session_handle_list(struct request *request, struct response *response, struct problem *problem) {
    return list_of(request, response, request->principal.member, problem);
}

static enum status member_of(struct request *request, struct member *member, struct problem *problem) {
    return member_find(request->house->records, request_param(request, "member"), member, request->arena,
                       problem);
}

enum status session_handle_list_member(struct request *request, struct response *response,
                                       struct problem *problem) {
    struct member member = {0};
    enum status status = member_of(request, &member, problem);
    return status ? status : list_of(request, response, member.id, problem);
}

enum status session_handle_end_member(struct request *request, struct response *response,
                                      struct problem *problem) {
    struct member member = {0};
    int64_t changed = 0;
    enum status status = member_of(request, &member, problem);
    if (!status)
        status = run_and_commit(request->house->records, &query_member_session_delete_all, NULL,
                                (struct str){0}, NULL, &member.id, &changed, problem);
    if (status) return status;
    sign_in_ended(request->house);
    response->code = 204;
    return OK;
}

enum status session_handle_end(struct request *request, struct response *response, struct problem *problem) {
    struct id id;
    int64_t changed = 0;
    enum status status = request_id(request, "id", &id, problem);
    if (!status)
        status = run_and_commit(request->house->records, &query_member_session_delete, NULL, (struct str){0},
                                &id, &request->principal.member, &changed, problem);
    if (status) return status;
    if (!changed)
        return fail_not_found(problem, (struct text){"session", "نشست"}, request_param(request, "id"));
    sign_in_ended(request->house);
    response->code = 204;
    return OK;
}
