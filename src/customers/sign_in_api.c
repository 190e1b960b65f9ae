#include "customers/member.h"
#include "customers/password.h"
#include "customers/people.h"
#include "customers/sign_in.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "platform/settings.h"
#include "queries.h"

struct sign_in {
    uint64_t has;
    struct str email, password;
};
static const struct field sign_in_fields[] = {
    {"email", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct sign_in, email), 0, 254,
     .title = {"E-mail", "ایمیل"}, .doc = "E-mail address."},
    {"password", FIELD_TEXT, FIELD_REQUIRED | FIELD_WRITE_ONLY, offsetof(struct sign_in, password), 0, 512,
     .title = {"Password", "گذرواژه"}, .doc = "Password."},
};
RECORD_TYPE(sign_in_type, "SignIn", struct sign_in, sign_in_fields);

struct session_row {
    uint64_t has;
    struct id id;
    instant_t created_at, seen_at, expires_at;
    struct str peer, agent;
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
    {"agent", FIELD_TEXT, FIELD_READ_ONLY, AT(agent), .title = {"Browser", "مرورگر"},
     .doc = "What the browser calls itself."},
};
RECORD_TYPE(session_type, "Session", struct session_row, session_fields);

struct password_reset {
    uint64_t has;
    struct str token, password;
};
static const struct field reset_fields[] = {
    {"token", FIELD_TEXT, FIELD_REQUIRED | FIELD_WRITE_ONLY, offsetof(struct password_reset, token), 0, 100,
     .title = {"Token", "رمز پیوند"}, .doc = "From the link."},
    {"password", FIELD_TEXT, FIELD_REQUIRED | FIELD_WRITE_ONLY, offsetof(struct password_reset, password), 0,
     512, .title = {"New password", "گذرواژهٔ تازه"}, .doc = "New password, 12 to 128 characters."},
};
RECORD_TYPE(password_reset_type, "PasswordReset", struct password_reset, reset_fields);

struct password_change {
    uint64_t has;
    struct str current, password;
};
static const struct field change_fields[] = {
    {"current", FIELD_TEXT, FIELD_REQUIRED | FIELD_WRITE_ONLY, offsetof(struct password_change, current), 0,
     512, .title = {"Current password", "گذرواژهٔ کنونی"}, .doc = "Current password."},
    {"password", FIELD_TEXT, FIELD_REQUIRED | FIELD_WRITE_ONLY, offsetof(struct password_change, password), 0,
     512, .title = {"New password", "گذرواژهٔ تازه"}, .doc = "New password, 12 to 128 characters."},
};
RECORD_TYPE(password_change_type, "PasswordChange", struct password_change, change_fields);

static int64_t absolute_ms(const struct house *house) {
    return settings_int(house->settings, SETTING_SESSION_ABSOLUTE_HOURS) * 3600000;
}

static struct str cookie(struct request *request, const char *token, int64_t seconds) {
    bool tls = str_starts(settings_text(request->house->settings, SETTING_HTTP_PUBLIC_URL, request->arena),
                          STR("https://"));
    return str_format(request->arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
                      tls ? SIGN_IN_COOKIE_TLS : SIGN_IN_COOKIE, token, (long long)seconds,
                      tls ? "; Secure" : "");
}

/* Counts a try under a name, before it is judged: a thousand guesses must not cost a thousand hashes. */
static enum status count_try(struct request *request, struct response *response, struct str name,
                             enum setting most, struct problem *problem) {
    struct settings *settings = request->house->settings;
    struct attempts attempts = {name, settings_int(settings, most),
                                settings_int(settings, SETTING_LOGIN_WINDOW_MINUTES) * 60000};
    if (people_attempt(request->house->people, &attempts, clock_now(request->house->clock))) return OK;
    response->retry_after = (int)(attempts.window_ms / 1000);
    return fail(
        problem, LIMITED,
        MESSAGE(
            "sign_in_limited", "Too many failed tries. Wait {0} minutes, or ask for a password link.",
            "تلاش‌های ناموفق بیش از اندازه بود. {0} دقیقه صبر کنید، یا پیوند گذرواژه بخواهید."),
        ARGS(str_format(request->arena, "%lld", (long long)(attempts.window_ms / 60000))));
}

/* An empty hash costs the same work: who is unknown must not be answered sooner. */
static enum status check_password(struct request *request, struct response *response, struct str account,
                                  struct str password, struct str hash, bool *good, struct problem *problem) {
    struct str peer = str_format(request->arena, "peer %.*s", STR_ARG(request->peer));
    enum status status = count_try(request, response, peer, SETTING_LOGIN_ADDRESS_ATTEMPTS, problem);
    if (!status) status = count_try(request, response, account, SETTING_LOGIN_MEMBER_ATTEMPTS, problem);
    if (!status) status = password_verify(request->house->secure, password, hash, good, problem);
    if (status || !*good) return status;
    people_forgive(request->house->people, account);
    people_forgive(request->house->people, peer);
    return OK;
}

static enum status begin_session(struct request *request, struct id member, const char *token,
                                 struct problem *problem) {
    uint8_t hash[TOKEN_HASH];
    struct session *session = NULL;
    instant_t now = clock_now(request->house->clock);
    token_hash(str_of(token), hash);
    enum status status = records_write(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_member_session_delete_expired);
    rows_bind_int(rows, "now", now);
    rows_bind_int(rows, "idle_since",
                  now - settings_int(request->house->settings, SETTING_SESSION_IDLE_MINUTES) * 60000);
    rows_next(rows);
    if ((status = rows_close(rows, problem))) goto done;
    rows = rows_open(session, &query_member_session_insert);
    rows_bind_id(rows, "id", id_new(now));
    rows_bind_blob(rows, "token_hash", (struct str){(char *)hash, sizeof hash});
    rows_bind_id(rows, "member", member);
    rows_bind_int(rows, "created_at", now);
    rows_bind_int(rows, "expires_at", now + absolute_ms(request->house));
    rows_bind_text(rows, "peer", request->peer);
    rows_bind_text(rows, "agent", str_slice(request_header(request, "user-agent"), 0, 200));
    rows_next(rows);
    if ((status = rows_close(rows, problem))) goto done;
    status = session_commit(session, problem);
    session = NULL;
done:
    session_rollback(session);
    return status;
}

enum status sign_in_handle(struct request *request, struct response *response, struct problem *problem) {
    const struct sign_in *input = request->input;
    struct session *session = NULL;
    struct id member = {0};
    struct str hash = {0};
    char token[TOKEN_TEXT + 1];
    bool good = false;
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct str folded = member_email_folded(request->arena, input->email);
    struct rows *rows = rows_open(session, &query_member_sign_in);
    rows_bind_text(rows, "email_folded", folded);
    while (rows_next(rows)) {
        member = rows_id(rows, 0);
        if (!rows_is_null(rows, 1) && !rows_int(rows, 2)) hash = rows_text(rows, 1, request->arena);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    if (status) return status;
    struct str account = str_format(request->arena, "account %.*s", STR_ARG(folded));
    if ((status = check_password(request, response, account, input->password, hash, &good, problem)))
        return status;
    if (!good)
        return fail(problem, UNAUTHENTICATED,
                    MESSAGE("sign_in_wrong", "The e-mail address or the password is wrong.",
                            "نشانی ایمیل یا گذرواژه نادرست است."),
                    NO_ARGS);
    token_make(token);
    if ((status = begin_session(request, member, token, problem))) return status;
    int language = -1;
    request->principal = (struct principal){0};
    if ((status = sign_in_principal(request->house, str_of(token), request->arena, &request->principal,
                                    &language, problem)))
        return status;
    response->set_cookie = cookie(request, token, absolute_ms(request->house) / 1000);
    return member_handle_me(request, response, problem);
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
    response->code = 204;
    response->set_cookie = cookie(request, "", 0);
    return run_and_commit(request->house->records, &query_member_session_delete_token, "token_hash",
                          (struct str){(char *)hash, sizeof hash}, NULL, NULL, &changed, problem);
}

enum status session_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct list list;
    enum status status = list_begin(&list, request, response, &session_type, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_member_session_list);
    rows_bind_id(rows, "member", request->principal.member);
    rows_bind_id(rows, "after", list.after);
    rows_bind_int(rows, "most", list.limit + 1);
    while (rows_next(rows)) {
        struct session_row row = {0};
        rows_read(rows, &session_type, &row, request->arena);
        if (!list_add(&list, &row, row.id)) break;
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    if (!status) list_end(&list);
    return status;
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
    response->code = 204;
    return OK;
}

enum status password_handle_reset(struct request *request, struct response *response,
                                  struct problem *problem) {
    const struct password_reset *input = request->input;
    struct session *session = NULL;
    struct member member = {0};
    struct id id = {0};
    bool found = false;
    instant_t now = clock_now(request->house->clock);
    struct str peer = str_format(request->arena, "link %.*s", STR_ARG(request->peer));
    enum status status = count_try(request, response, peer, SETTING_LOGIN_ADDRESS_ATTEMPTS, problem);
    if (!status) status = records_write(request->house->records, &session, problem);
    if (status) return status;
    if ((status = one_time_take(session, "reset", input->token, now, &id, problem))) goto done;
    if ((status = member_store_by_id(session, id, &member, &found, request->arena, problem))) goto done;
    if ((status = password_check(request->house, input->password, member.email, STR("/password"), problem)))
        goto done; /* the link stays good */
    if ((status = member_set_password(request->house, session, id, input->password, problem))) goto done;
    status = session_commit(session, problem);
    session = NULL;
    response->code = 204;
done:
    session_rollback(session);
    if (status) response->code = 0;
    return status;
}

enum status password_handle_change(struct request *request, struct response *response,
                                   struct problem *problem) {
    const struct password_change *input = request->input;
    struct session *session = NULL;
    struct member member = {0};
    struct str hash = {0};
    bool good = false;
    char token[TOKEN_TEXT + 1];
    if (request->principal.kind != MEMBER)
        return fail(problem, FORBIDDEN,
                    MESSAGE("members_only", "Only a signed-in member has a password.",
                            "تنها همکاری که وارد شده گذرواژه دارد."),
                    NO_ARGS);
    struct str id = id_str(request->arena, request->principal.member);
    enum status status = member_find(request->house->records, id, &member, request->arena, problem);
    if (status || (status = records_read(request->house->records, &session, problem))) return status;
    struct rows *rows = rows_open(session, &query_member_password);
    rows_bind_id(rows, "id", member.id);
    while (rows_next(rows))
        hash = rows_text(rows, 0, request->arena);
    status = rows_close(rows, problem);
    session_rollback(session);
    if (status) return status;
    struct str account = str_format(request->arena, "account %.*s",
                                    STR_ARG(member_email_folded(request->arena, member.email)));
    if ((status = check_password(request, response, account, input->current, hash, &good, problem)))
        return status;
    if (!good)
        return fail_at(
            problem, STR("/current"),
            MESSAGE("password_wrong", "The current password is wrong.", "گذرواژهٔ کنونی نادرست است."),
            NO_ARGS);
    if ((status = password_check(request->house, input->password, member.email, STR("/password"), problem)))
        return status;
    if ((status = records_write(request->house->records, &session, problem))) return status;
    if ((status = member_set_password(request->house, session, member.id, input->password, problem))) {
        session_rollback(session);
        return status;
    }
    if ((status = session_commit(session, problem))) return status;
    token_make(token); /* every session has ended: this browser goes on with a new one */
    if ((status = begin_session(request, member.id, token, problem))) return status;
    response->set_cookie = cookie(request, token, absolute_ms(request->house) / 1000);
    response->code = 204;
    return OK;
}
