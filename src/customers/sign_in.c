#include "customers/sign_in.h"
#include "customers/member.h"
#include "customers/people.h"
#include "customers/preferences.h"
#include "platform/broadcast.h"
#include "platform/records.h"
#include "platform/settings.h"
#include "queries.h"

enum { TOUCH_MS = 60000 };

static bool is_over(struct house *house, instant_t seen, instant_t expires) {
    instant_t now = clock_now(house->clock);
    return expires <= now ||
           seen + settings_int(house->settings, SETTING_SESSION_IDLE_MINUTES) * 60000 <= now;
}

static int option_of(struct rows *rows, int column, const char *const *options) {
    struct str text = rows_is_null(rows, column) ? (struct str){0} : rows_text(rows, column, NULL);
    for (int i = 0; text.n && options[i]; i++)
        if (str_is(text, options[i])) return i;
    return -1;
}

static void take_member(struct request *request, struct rows *rows) {
    struct principal *principal = &request->principal;
    principal->kind = MEMBER;
    principal->session = rows_id(rows, 0);
    principal->member = rows_id(rows, 3);
    principal->name = rows_text(rows, 4, request->arena);
    principal->role = (enum role)(option_of(rows, 5, member_roles) + 1);
    int scope = option_of(rows, 6, member_scopes);
    principal->scope = scope < 0 ? SCOPE_OWN : (enum scope)scope;
    principal->team = rows_is_null(rows, 7) ? (struct str){0} : rows_text(rows, 7, request->arena);
    principal->must_enrol =
        rows_is_null(rows, 11) && settings_choice(request->house->settings, SETTING_LOGIN_SECOND_FACTOR);
    int language = option_of(rows, 8, member_languages), digits = option_of(rows, 10, preference_digits);
    if (language >= 0 && !request_query(request, "lang").n) request->language = (enum language)language;
    request->calendar = option_of(rows, 9, preference_calendars) + 1;
    request->digits = digits < 0 ? DIGITS_BY_LANGUAGE : (enum digits)digits;
}

enum status sign_in_principal(struct request *request, struct str token, struct problem *problem) {
    struct house *house = request->house;
    uint8_t hash[TOKEN_HASH];
    struct session *session = NULL;
    struct id id = {0};
    instant_t now = clock_now(house->clock), seen = 0;
    if (token.n != TOKEN_TEXT) return OK;
    token_hash(token, hash);
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_member_session_find);
    rows_bind_blob(rows, "token_hash", (struct str){(char *)hash, sizeof hash});
    while (rows_next(rows)) {
        id = rows_id(rows, 0);
        seen = rows_int(rows, 1);
        if (!is_over(house, seen, rows_int(rows, 2))) take_member(request, rows);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    if (status || request->principal.kind != MEMBER || now - seen < TOUCH_MS) return status;
    if ((status = records_write(house->records, &session, problem))) return status;
    rows = rows_open(session, &query_member_session_touch);
    rows_bind_id(rows, "id", id);
    rows_bind_int(rows, "seen_at", now);
    rows_next(rows);
    if ((status = rows_close(rows, problem))) {
        session_rollback(session);
        return status;
    }
    return session_commit(session, problem);
}

enum status sign_in_holds(struct house *house, const struct principal *principal, bool *ret,
                          struct problem *problem) {
    struct session *session = NULL;
    *ret = principal->kind == LOCAL ||
           (principal->kind == API_KEY && people_key_lives(house->people, principal->key));
    if (principal->kind != MEMBER) return OK;
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_member_session_alive);
    rows_bind_id(rows, "id", principal->session);
    while (rows_next(rows))
        *ret = !is_over(house, rows_int(rows, 1), rows_int(rows, 0));
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

void sign_in_ended(struct house *house) {
    if (house->broadcast) broadcast_recheck(house->broadcast);
}

enum status sign_in_end_all(struct session *session, struct id member, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_member_session_delete_all);
    rows_bind_id(rows, "member", member);
    rows_next(rows);
    return rows_close(rows, problem);
}

static void bind_member(struct rows *rows, const struct id *member) {
    if (member)
        rows_bind_id(rows, "member", *member);
    else
        rows_bind_null(rows, "member");
}

enum status one_time_make(struct house *house, const char *purpose, const struct id *member,
                          struct one_time *ret, struct problem *problem) {
    uint8_t hash[TOKEN_HASH];
    struct session *session = NULL;
    int64_t minutes = str_is(str_of(purpose), "code") ? ONE_TIME_CODE_MINUTES : ONE_TIME_MINUTES;
    enum status status = records_write(house->records, &session, problem);
    if (status) return status;
    token_make(ret->text);
    token_hash(str_of(ret->text), hash);
    struct rows *rows = rows_open(session, &query_one_time_forget);
    rows_bind_text(rows, "purpose", str_of(purpose));
    bind_member(rows, member);
    rows_next(rows);
    if ((status = rows_close(rows, problem))) goto done;
    rows = rows_open(session, &query_one_time_insert);
    rows_bind_blob(rows, "token_hash", (struct str){(char *)hash, sizeof hash});
    rows_bind_text(rows, "purpose", str_of(purpose));
    bind_member(rows, member);
    rows_bind_int(rows, "expires_at", clock_now(house->clock) + minutes * 60000LL);
    rows_next(rows);
    if ((status = rows_close(rows, problem))) goto done;
    status = session_commit(session, problem);
    session = NULL;
done:
    session_rollback(session);
    return status;
}

enum status one_time_take(struct session *session, const char *purpose, struct str token, instant_t now,
                          struct id *member, struct problem *problem) {
    uint8_t hash[TOKEN_HASH];
    bool found = false;
    token_hash(token, hash);
    struct rows *rows = rows_open(session, &query_one_time_take);
    rows_bind_blob(rows, "token_hash", (struct str){(char *)hash, sizeof hash});
    rows_bind_text(rows, "purpose", str_of(purpose));
    rows_bind_int(rows, "now", now);
    while (rows_next(rows)) {
        found = true;
        if (member && !rows_is_null(rows, 0)) *member = rows_id(rows, 0);
    }
    enum status status = rows_close(rows, problem);
    if (status || found) return status;
    return fail(
        problem, FORBIDDEN,
        MESSAGE(
            "token_used",
            "This link was used already, is too old, or was never given out. Ask for a new one.",
            "این پیوند پیش‌تر به کار رفته، کهنه شده یا هرگز داده نشده است. پیوند تازه‌ای بخواهید."),
        NO_ARGS);
}
