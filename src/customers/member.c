#include "customers/member.h"
#include "base/utf8.h"
#include "customers/sign_in.h"
#include "customers/password.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "platform/secure.h"
#include "queries.h"

enum status member_check(const struct member *member, struct problem *problem) {
    struct str rest = {0}, name = str_cut(member->email, '@', &rest);
    bool spaces = false;
    for (size_t i = 0; i < member->email.n; i++)
        spaces |= (unsigned char)member->email.p[i] <= ' ';
    if (!name.n || !rest.n || spaces || memchr(rest.p, '@', rest.n))
        fail_at(problem, STR("/email"),
                MESSAGE("email_bad", "“{0}” is no e-mail address.", "«{0}» نشانی ایمیل درستی نیست."),
                ARGS(member->email));
    if (utf8_blank(member->name))
        fail_at(problem, STR("/name"), MESSAGE("name_missing", "A name is needed.", "نام لازم است."),
                NO_ARGS);
    if (member->scope == SCOPE_TEAM && !(field_has(member, MEMBER_TEAM) && member->team.n))
        fail_at(
            problem, STR("/team"),
            MESSAGE(
                "team_missing", "Whoever sees the accounts of a team needs a team.",
                "کسی که مشتریان تیم را می‌بیند باید تیم داشته باشد."),
            NO_ARGS);
    return problem->status;
}

static enum status email_taken(enum status status, const struct member *member, struct problem *problem) {
    if (status != CONFLICT) return status;
    problem_clear(problem);
    fail_at(problem, STR("/email"),
            MESSAGE("email_taken", "Somebody has the address “{0}” already.",
                    "نشانی «{0}» از پیش برای کس دیگری ثبت شده است."),
            ARGS(member->email));
    return problem->status = CONFLICT;
}

enum status member_create(struct house *house, struct session *session, struct member *member,
                          struct str password, struct problem *problem) {
    char hash[PASSWORD_HASH];
    instant_t now = clock_now(house->clock);
    member->id = id_new(now);
    member->created_at = member->updated_at = now;
    member->version = 1;
    member->has_password = password.n > 0;
    if (!field_has(member, MEMBER_SCOPE))
        member->scope = member->role + 1 == ROLE_CSM ? SCOPE_OWN : SCOPE_ALL;
    if (!field_has(member, MEMBER_DISABLED)) member->disabled = false;
    for (int i = 0; i <= MEMBER_VERSION; i++)
        if (i != MEMBER_TEAM && i != MEMBER_LANGUAGE) field_set(member, i);
    enum status status = member_check(member, problem);
    if (status) return status;
    if (password.n && (status = password_check(house, password, member->email, STR("/password"), problem)))
        return status;
    if (password.n && (status = password_hash(house->secure, password, hash, problem))) return status;
    return email_taken(member_store_insert(session, member, password.n ? hash : NULL, problem), member,
                       problem);
}

#define TAKE(index, what)                                                                                    \
    if (field_has(patch, index)) {                                                                           \
        member->what = patch->what;                                                                          \
        field_set(member, index);                                                                            \
    }

enum status member_lay_over(struct session *session, instant_t now, struct member *member,
                            const struct member *patch, uint64_t cleared, bool *changed,
                            struct problem *problem) {
    struct member before = *member;
    bool found = false;
    int64_t others = 0;
    enum status status;
    TAKE(MEMBER_NAME, name)
    TAKE(MEMBER_EMAIL, email)
    TAKE(MEMBER_ROLE, role)
    TAKE(MEMBER_SCOPE, scope)
    TAKE(MEMBER_TEAM, team)
    TAKE(MEMBER_LANGUAGE, language)
    TAKE(MEMBER_DISABLED, disabled)
    member->has &= ~(cleared & ((uint64_t)1 << MEMBER_TEAM | (uint64_t)1 << MEMBER_LANGUAGE));
    if (!field_has(member, MEMBER_TEAM)) member->team = (struct str){0};
    *changed = before.has != member->has || !str_equal(before.name, member->name) ||
               !str_equal(before.email, member->email) || before.role != member->role ||
               before.scope != member->scope || !str_equal(before.team, member->team) ||
               before.language != member->language || before.disabled != member->disabled;
    if (!*changed) return OK;
    member->updated_at = now;
    member->version++;
    if ((status = member_check(member, problem))) return status;
    bool was_admin = before.role + 1 == ROLE_ADMIN && !before.disabled;
    if (was_admin && (member->role + 1 != ROLE_ADMIN || member->disabled)) {
        if ((status = member_store_other_admins(session, member->id, &others, problem))) return status;
        if (!others)
            return fail(problem, CONFLICT,
                        MESSAGE("last_admin", "This is the last administrator: make another one first.",
                                "این تنها مدیر سامانه است: نخست مدیر دیگری تعیین کنید."),
                        NO_ARGS);
    }
    if ((status = email_taken(member_store_update(session, member, &found, problem), member, problem)))
        return status;
    if (!found)
        return fail(problem, CONFLICT,
                    MESSAGE("stale_version",
                            "It was changed since you read it (yours {0}, now {1}): read it again.",
                            "پس از خواندن شما تغییر کرده است (نسخهٔ شما {0}، اکنون {1}): دوباره بخوانید."),
                    ARGS(str_format(problem->arena, "%lld", (long long)before.version), STR("?")));
    bool power = before.role != member->role || before.scope != member->scope ||
                 before.disabled != member->disabled || !str_equal(before.team, member->team);
    return power ? sign_in_end_all(session, member->id, problem) : OK;
}

enum status member_patch(struct records *records, instant_t now, struct member *member,
                         const struct member *patch, uint64_t cleared, struct problem *problem) {
    struct session *session = NULL;
    bool changed;
    enum status status = records_write(records, &session, problem);
    if (!status) status = member_lay_over(session, now, member, patch, cleared, &changed, problem);
    if (status) {
        session_rollback(session);
        return status;
    }
    return session_commit(session, problem);
}

enum status member_find(struct records *records, struct str typed, struct member *member, struct arena *arena,
                        struct problem *problem) {
    struct session *session = NULL;
    struct id id;
    bool found = false;
    size_t n = 0;
    enum status status = records_read(records, &session, problem);
    if (status) return status;
    if (id_parse(typed, &id)) status = member_store_by_id(session, id, member, &found, arena, problem);
    if (!status && !found) status = member_store_by_email(session, typed, member, &found, arena, problem);
    if (!status && !found) status = member_store_by_name(session, typed, member, &n, arena, problem);
    session_rollback(session);
    if (status || found || n == 1) return status;
    if (n > 1)
        return fail(problem, CONFLICT,
                    MESSAGE("member_ambiguous",
                            "Several colleagues are named “{0}”: give the e-mail address.",
                            "چند همکار نام «{0}» دارند: نشانی ایمیل را بدهید."),
                    ARGS(typed));
    return fail_not_found(problem, (struct text){"member", "همکار"}, typed);
}

enum status member_set_password(struct house *house, struct session *session, struct id member,
                                struct str password, struct problem *problem) {
    char hash[PASSWORD_HASH];
    enum status status = password_hash(house->secure, password, hash, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_member_set_password);
    rows_bind_id(rows, "id", member);
    rows_bind_text(rows, "password_hash", str_of(hash));
    rows_next(rows);
    status = rows_close(rows, problem);
    return status ? status : sign_in_end_all(session, member, problem);
}
