#include "customers/sign_in.h"
#include "customers/member.h"
#include "platform/records.h"
#include "platform/settings.h"
#include "queries.h"

enum { TOUCH_MS = 60000 };

enum status sign_in_principal(struct house *house, struct str token, struct arena *arena,
                              struct principal *principal, int *language, struct problem *problem) {
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
        if (rows_int(rows, 2) <= now ||
            seen + settings_int(house->settings, SETTING_SESSION_IDLE_MINUTES) * 60000 <= now)
            continue;
        struct str role = rows_text(rows, 5, arena), scope = rows_text(rows, 6, arena),
                   tongue = rows_text(rows, 8, arena);
        principal->kind = MEMBER;
        principal->member = rows_id(rows, 3);
        principal->name = rows_text(rows, 4, arena);
        principal->team = rows_is_null(rows, 7) ? (struct str){0} : rows_text(rows, 7, arena);
        for (int i = 0; member_roles[i]; i++)
            if (str_is(role, member_roles[i])) principal->role = (enum role)(i + 1);
        for (int i = 0; member_scopes[i]; i++)
            if (str_is(scope, member_scopes[i])) principal->scope = (enum scope)i;
        if (tongue.n) *language = str_is(tongue, "fa") ? PERSIAN : ENGLISH;
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    if (status || principal->kind != MEMBER || now - seen < TOUCH_MS) return status;
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
    rows_bind_int(rows, "expires_at", clock_now(house->clock) + ONE_TIME_MINUTES * 60000LL);
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
