#include "customers/preferences.h"
#include "customers/member.h"
#include "customers/sign_in.h"
#include "platform/records.h"
#include "queries.h"

const char *const preference_calendars[] = {"gregorian", "persian", NULL};
const char *const preference_digits[] = {"by_language", "latin", "persian", NULL}; /* as enum digits */
static const char *const themes[] = {"system", "light", "dark", NULL};

enum { P_LANGUAGE, P_CALENDAR, P_DIGITS, P_THEME, P_LETTER_KEYS, P_SEEN_AT, P_LAST_VISIT };
#define AT(what) offsetof(struct preferences, what)
static const struct field fields[] = {
    [P_LANGUAGE] = {"language", FIELD_ENUM, 0, AT(language), .options = member_languages,
                    .title = {"Language", "زبان"},
                    .doc = "Language of screens, messages and errors; null: the organisation's."},
    [P_CALENDAR] = {"calendar", FIELD_ENUM, 0, AT(calendar), .options = preference_calendars,
                    .title = {"Calendar", "تقویم"},
                    .doc = "Calendar of dates in words; null: the organisation's."},
    [P_DIGITS] = {"digits", FIELD_ENUM, 0, AT(digits), .options = preference_digits,
                  .title = {"Digits", "رقم‌ها"},
                  .doc = "Digits of numbers in words; null or by_language: those of the language."},
    [P_THEME] = {"theme", FIELD_ENUM, 0, AT(theme), .options = themes, .title = {"Theme", "پوسته"},
                 .doc = "Light or dark screens; null or system: as the machine says."},
    [P_LETTER_KEYS] = {"letter_keys", FIELD_BOOL, 0, AT(letter_keys),
                       .title = {"Single-letter keys", "میان‌برهای تک‌حرفی"},
                       .doc = "Whether single letters are commands; null: they are."},
    [P_SEEN_AT] = {"seen_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(seen_at),
                   .title = {"Last looked", "آخرین نگاه"}, .doc = "When they last said that they looked."},
    [P_LAST_VISIT] = {"last_visit", FIELD_INSTANT, FIELD_READ_ONLY, AT(last_visit),
                      .title = {"Visit before", "بازدید پیشین"},
                      .doc = "Where the visit before this one ended; null: this is the first."},
};
RECORD_TYPE(preferences_type, "Preferences", struct preferences, fields);

enum status preferences_read(struct session *session, struct id member, struct preferences *ret,
                             struct arena *arena, struct problem *problem) {
    *ret = (struct preferences){0};
    struct rows *rows = rows_open(session, &query_preferences_get);
    rows_bind_id(rows, "member", member);
    while (rows_next(rows))
        rows_read(rows, &preferences_type, ret, arena);
    return rows_close(rows, problem);
}

static enum status write_back(struct session *session, struct id member,
                              const struct preferences *preferences, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_preferences_put);
    rows_bind_id(rows, "member", member);
    rows_bind_record(rows, &preferences_type, preferences);
    rows_next(rows);
    return rows_close(rows, problem);
}

/* The language stands with the member, where administrators may set it, too. */
static enum status change_language(struct request *request, struct session *session,
                                   const struct preferences *patch, uint64_t cleared,
                                   struct problem *problem) {
    const uint64_t language = (uint64_t)1 << MEMBER_LANGUAGE;
    struct member member = {0}, change = {.language = patch->language};
    bool found, changed;
    if (field_has(patch, P_LANGUAGE)) change.has |= language;
    enum status status =
        member_store_by_id(session, request->principal.member, &member, &found, request->arena, problem);
    if (status || !found) return status;
    return member_lay_over(session, clock_now(request->house->clock), &member, &change,
                           cleared >> P_LANGUAGE & 1 ? language : 0, &changed, problem);
}

#define TAKE(index, what)                                                                                    \
    if (field_has(patch, index)) {                                                                           \
        mine.what = patch->what;                                                                             \
        field_set(&mine, index);                                                                             \
    }

enum status preferences_handle_patch(struct request *request, struct response *response,
                                     struct problem *problem) {
    const struct preferences *patch = request->input;
    struct preferences mine;
    struct session *session = NULL;
    struct id member = request->principal.member;
    enum status status = sign_in_members_only(request, problem);
    if (status || (status = records_write(request->house->records, &session, problem))) return status;
    if ((status = preferences_read(session, member, &mine, request->arena, problem))) goto done;
    TAKE(P_CALENDAR, calendar)
    TAKE(P_DIGITS, digits)
    TAKE(P_THEME, theme)
    TAKE(P_LETTER_KEYS, letter_keys)
    mine.has &= ~request->cleared;
    if ((status = change_language(request, session, patch, request->cleared, problem))) goto done;
    if ((status = write_back(session, member, &mine, problem))) goto done;
    if ((status = session_commit(session, problem))) return status;
    session = NULL;
    if (field_has(patch, P_LANGUAGE))
        request->language = (enum language)patch->language; /* answered in it at once */
    status = member_handle_me(request, response, problem);
done:
    session_rollback(session);
    return status;
}

enum status preferences_handle_seen(struct request *request, struct response *response,
                                    struct problem *problem) {
    struct preferences mine;
    struct session *session = NULL;
    instant_t now = clock_now(request->house->clock);
    enum status status = sign_in_members_only(request, problem);
    if (status || (status = records_write(request->house->records, &session, problem))) return status;
    if ((status = preferences_read(session, request->principal.member, &mine, request->arena, problem)))
        goto done;
    if (field_has(&mine, P_SEEN_AT) && now - mine.seen_at > VISIT_GAP_MINUTES * 60000LL) {
        mine.last_visit = mine.seen_at;
        field_set(&mine, P_LAST_VISIT);
    }
    mine.seen_at = now;
    field_set(&mine, P_SEEN_AT);
    struct rows *rows = rows_open(session, &query_preferences_seen);
    rows_bind_id(rows, "member", request->principal.member);
    rows_bind_record(rows, &preferences_type, &mine);
    rows_next(rows);
    if ((status = rows_close(rows, problem))) goto done;
    if ((status = session_commit(session, problem))) return status;
    session = NULL;
    struct json_writer w = {.out = &response->body};
    fields_encode(&preferences_type, &mine, &w);
done:
    session_rollback(session);
    return status;
}
