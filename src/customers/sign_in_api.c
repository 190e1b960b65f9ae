#include "customers/factor.h"
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

struct sign_in_code {
    uint64_t has;
    struct str token, code;
};
static const struct field code_fields[] = {
    {"token", FIELD_TEXT, FIELD_REQUIRED | FIELD_WRITE_ONLY, offsetof(struct sign_in_code, token), 0, 100,
     .title = {"Token", "رمز گام نخست"}, .doc = "From the answer to the password."},
    {"code", FIELD_TEXT, FIELD_REQUIRED | FIELD_WRITE_ONLY, offsetof(struct sign_in_code, code), 0, 100,
     .title = {"Code", "کد"}, .doc = "Six digits of the authenticator app, or a recovery code."},
};
RECORD_TYPE(sign_in_code_type, "SignInCode", struct sign_in_code, code_fields);

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

struct str sign_in_cookie(struct request *request, const char *token, int64_t seconds) {
    bool tls = str_starts(settings_text(request->house->settings, SETTING_HTTP_PUBLIC_URL, request->arena),
                          STR("https://"));
    return str_format(request->arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
                      tls ? SIGN_IN_COOKIE_TLS : SIGN_IN_COOKIE, token, (long long)seconds,
                      tls ? "; Secure" : "");
}

/* Counts a try under a name, before it is judged: a thousand guesses must not cost a thousand hashes. */
enum status sign_in_count(struct request *request, struct response *response, struct str name, int most,
                          struct problem *problem) {
    struct settings *settings = request->house->settings;
    struct attempts attempts = {name, settings_int(settings, (enum setting)most),
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
    enum status status = sign_in_count(request, response, peer, SETTING_LOGIN_ADDRESS_ATTEMPTS, problem);
    if (!status) status = sign_in_count(request, response, account, SETTING_LOGIN_MEMBER_ATTEMPTS, problem);
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

/* Goes on as the member from here: a session, its cookie, and who they are. */
static enum status welcome(struct request *request, struct response *response, struct id member,
                           struct problem *problem) {
    char token[TOKEN_TEXT + 1];
    token_make(token);
    enum status status = begin_session(request, member, token, problem);
    request->principal = (struct principal){0};
    if (!status) status = sign_in_principal(request, str_of(token), problem);
    if (status) return status;
    response->set_cookie = sign_in_cookie(request, token, absolute_ms(request->house) / 1000);
    return member_handle_me(request, response, problem);
}

/* The password was right and a code is asked for, too: a token that says so, good for a few minutes. */
static enum status ask_code(struct request *request, struct response *response, struct id member,
                            struct problem *problem) {
    struct one_time token;
    enum status status = one_time_make(request->house, "code", &member, &token, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    response->code = 202;
    json_begin_object(&w);
    json_put_bool(&w, "code_needed", true);
    json_put_string(&w, "token", str_of(token.text));
    json_put_int(&w, "valid_minutes", ONE_TIME_CODE_MINUTES);
    json_end_object(&w);
    return OK;
}

enum status sign_in_handle(struct request *request, struct response *response, struct problem *problem) {
    const struct sign_in *input = request->input;
    struct session *session = NULL;
    struct id member = {0};
    struct str hash = {0}, name = {0};
    struct factor_state factor = {0};
    bool good = false;
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct str folded = member_email_folded(request->arena, input->email);
    struct rows *rows = rows_open(session, &query_member_sign_in);
    rows_bind_text(rows, "email_folded", folded);
    while (rows_next(rows)) {
        member = rows_id(rows, 0);
        if (!rows_is_null(rows, 1) && !rows_int(rows, 2)) hash = rows_text(rows, 1, request->arena);
        name = rows_text(rows, 3, request->arena);
    }
    status = rows_close(rows, problem);
    if (!status) status = factor_read(session, member, &factor, problem);
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
    request->principal.name = name; /* for the audit, while they are nobody yet */
    return factor.set_up ? ask_code(request, response, member, problem)
                         : welcome(request, response, member, problem);
}

enum status sign_in_handle_code(struct request *request, struct response *response, struct problem *problem) {
    const struct sign_in_code *input = request->input;
    struct house *house = request->house;
    struct session *session = NULL;
    struct id member = {0};
    struct member who = {0};
    bool good = false, found = false;
    struct str peer = str_format(request->arena, "code peer %.*s", STR_ARG(request->peer));
    enum status status = sign_in_count(request, response, peer, SETTING_LOGIN_ADDRESS_ATTEMPTS, problem);
    if (!status) status = records_write(house->records, &session, problem);
    if (status) return status;
    if ((status = one_time_take(session, "code", input->token, clock_now(house->clock), &member, problem)))
        goto done;
    if ((status = member_store_by_id(session, member, &who, &found, request->arena, problem))) goto done;
    request->principal.name = who.name;
    struct str name = factor_tries(request->arena, member);
    if ((status = sign_in_count(request, response, name, SETTING_LOGIN_CODE_ATTEMPTS, problem))) goto done;
    if ((status = factor_check(house, session, member, true, input->code, &good, request->arena, problem)))
        goto done;
    if (!good || who.disabled) { /* what was taken is put back: the next code may be right */
        status = factor_wrong(problem, STR("/code"));
        problem->status = status = UNAUTHENTICATED;
        goto done;
    }
    if ((status = session_commit(session, problem))) return status;
    session = NULL;
    people_forgive(house->people, name);
    people_forgive(house->people, peer);
    status = welcome(request, response, member, problem);
done:
    session_rollback(session);
    return status;
}

enum status sign_in_members_only(const struct request *request, struct problem *problem) {
    if (request->principal.kind == MEMBER) return OK;
    return fail(
        problem, FORBIDDEN,
        MESSAGE(
            "members_only", "Only a signed-in member has a password, a second factor and preferences.",
            "تنها همکاری که وارد شده گذرواژه، عامل دوم و ترجیح‌های خود را دارد."),
        NO_ARGS);
}

enum status sign_in_prove(struct request *request, struct response *response, struct str password,
                          struct str where, struct member *member, struct problem *problem) {
    struct session *session = NULL;
    struct str hash = {0}, id = id_str(request->arena, request->principal.member);
    bool good = false;
    enum status status = sign_in_members_only(request, problem);
    if (!status) status = member_find(request->house->records, id, member, request->arena, problem);
    if (status || (status = records_read(request->house->records, &session, problem))) return status;
    struct rows *rows = rows_open(session, &query_member_password);
    rows_bind_id(rows, "id", member->id);
    while (rows_next(rows))
        hash = rows_text(rows, 0, request->arena);
    status = rows_close(rows, problem);
    session_rollback(session);
    if (status) return status;
    struct str account = str_format(request->arena, "account %.*s",
                                    STR_ARG(member_email_folded(request->arena, member->email)));
    if ((status = check_password(request, response, account, password, hash, &good, problem)) || good)
        return status;
    return fail_at(problem, where,
                   MESSAGE("password_wrong", "The current password is wrong.", "گذرواژهٔ کنونی نادرست است."),
                   NO_ARGS);
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
    enum status status = sign_in_count(request, response, peer, SETTING_LOGIN_ADDRESS_ATTEMPTS, problem);
    if (!status) status = records_write(request->house->records, &session, problem);
    if (status) return status;
    if ((status = one_time_take(session, "reset", input->token, now, &id, problem))) goto done;
    if ((status = member_store_by_id(session, id, &member, &found, request->arena, problem))) goto done;
    if ((status = password_check(request->house, input->password, member.email, STR("/password"), problem)))
        goto done; /* the link stays good */
    if ((status = member_set_password(request->house, session, id, input->password, problem))) goto done;
    if ((status = session_commit(session, problem))) return status;
    session = NULL;
    sign_in_ended(request->house);
    response->code = 204;
done:
    session_rollback(session);
    return status;
}

enum status password_handle_change(struct request *request, struct response *response,
                                   struct problem *problem) {
    const struct password_change *input = request->input;
    struct session *session = NULL;
    struct member member = {0};
    char token[TOKEN_TEXT + 1];
    enum status status = sign_in_prove(request, response, input->current, STR("/current"), &member, problem);
    if (!status)
        status = password_check(request->house, input->password, member.email, STR("/password"), problem);
    if (status || (status = records_write(request->house->records, &session, problem))) return status;
    if ((status = member_set_password(request->house, session, member.id, input->password, problem))) {
        session_rollback(session);
        return status;
    }
    if ((status = session_commit(session, problem))) return status;
    token_make(token); /* every session has ended: this browser goes on with a new one */
    sign_in_ended(request->house);
    if ((status = begin_session(request, member.id, token, problem))) return status;
    response->set_cookie = sign_in_cookie(request, token, absolute_ms(request->house) / 1000);
    response->code = 204;
    return OK;
}
