#include "signals/activity.h"

#include "platform/records.h"
#include "queries.h"

#define BIT(field) ((uint64_t)1 << (field))

/* Whom it was with must be a contact there: an id that was guessed would show a stranger's name. */
static enum status check(struct session *session, void *record, const struct origin *origin,
                         struct problem *problem) {
    (void)origin;
    const struct activity *activity = record;
    /* What a source names by a key of its own may become a contact later. */
    if (!(activity->entry.has & BIT(ACTIVITY_PERSON)) || !(activity->entry.has & BIT(ACTIVITY_AUTHOR)))
        return OK;
    struct rows *rows = rows_open(session, &query_activity_person_there);
    rows_bind_id(rows, "account", activity->entry.account);
    rows_bind_id(rows, "person", activity->person);
    bool there = rows_next(rows) && rows_int(rows, 0) > 0;
    enum status status = rows_close(rows, problem);
    if (status || there) return status;
    return entry_fault(&activity_kind, ACTIVITY_PERSON,
                       MESSAGE("activity_person_unknown",
                               "This person is no contact of the account: add them to its contacts first.",
                               "این شخص مخاطب این مشتری نیست: نخست او را به مخاطبان بیفزایید."),
                       NO_ARGS, problem);
}

static instant_t occurred(const void *record, const struct origin *origin) {
    (void)origin;
    return ((const struct activity *)record)->happened_at;
}

static enum status upsert(struct session *session, const struct origin *origin, const void *row,
                          uint64_t cleared, enum upsert_result *result, struct id *id,
                          struct problem *problem) {
    struct str key = ((const struct activity *)row)->entry.key;
    struct activity stored = {0};
    bool found = false;
    enum status status = key.n ? entry_find(session, activity_kind.by_key, &activity_kind, origin->source,
                                            key, &stored, &found, problem)
                               : OK;
    if (!status) status = entry_upsert(session, origin, &activity_kind, row, cleared, result, id, problem);
    if (status || *result != UPSERT_UPDATED || !(stored.entry.has & BIT(ACTIVITY_AUTHOR))) return status;
    return fail(problem, CONFLICT,
                MESSAGE("activity_by_hand",
                        "“{0}” was logged by hand: change that activity itself, or give another key.",
                        "«{0}» دستی ثبت شده است: خود آن را تغییر دهید یا کلید دیگری بدهید."),
                ARGS(key));
}

const struct entry_kind activity_kind = {
    .type = &activity_type,
    .what = {"activity", "تماس"},
    .by_key = &query_activity_by_key,
    .get = &query_activity_get,
    .insert = &query_activity_insert,
    .update = &query_activity_update,
    .list = &query_activity_list,
    .check = check,
    .occurred = occurred,
    .user_key = ACTIVITY_USER_KEY,
    .person = ACTIVITY_PERSON,
    .upsert = upsert,
};

enum status activity_upsert(struct session *session, const struct origin *origin, const struct activity *row,
                            uint64_t cleared, enum upsert_result *result, struct id *id,
                            struct problem *problem) {
    return upsert(session, origin, row, cleared, result, id, problem);
}
